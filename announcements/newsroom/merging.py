"""Two that turn out to be one: pots, announcements, organisations. Each verb is one transaction, the ledger included.

What is public is rewritten as records and loaded again, so that a merge leaves what a fresh load of the rewritten records
would. What was merged is forwarded: its address leads to what it is now. Revisions that are being worked on are carried
along. The clock is read by the caller; `by` is the user who acts.
"""

import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Q, Sum

from programmes.models import Organisation

from .. import auditing, publishing, readside, search, tasks
from ..choices import Did, Merged, Status
from ..facts import dumping, loading
from ..facts.format import FORMAT
from ..ledger import posting
from ..models import (
    AnnouncedTarget,
    Announcement,
    Claim,
    ClaimLink,
    Forward,
    LedgerEntry,
    Pot,
    Response,
    Revision,
    RevisionVersion,
)
from . import differences, rewriting, things, typed

logger = logging.getLogger(__name__)


class NotMergeable(publishing.Refused):
    """The two cannot be one as they stand."""


class Outcome(NamedTuple):
    """What a merge did: the sums of all entries by measure, (firm, ceiling) in pence, before and after, and the ids of
    the announcements that say something else now."""

    before: dict
    after: dict
    changed: tuple[str, ...]


def rehearsed(verb, *args, **kwargs):
    """What a merge would do: it is done, looked at, and taken back."""
    with transaction.atomic():
        outcome = verb(*args, **kwargs)
        transaction.set_rollback(True)
    return outcome


# Pots


@transaction.atomic
def merge_pots(kept, gone, *, why, by, at, today, effect=""):
    """Have two pots be one: all claims about and links to `gone` are about and to `kept`.

    effect: what the claim that introduced gone did to kept; empty for a repeat, or the allocation that it was. Gives an
    Outcome. Raises NotMergeable, whose text tells what stands in the way.
    """
    _hold()
    reasons = [*_unequal(kept, gone, why), *(_not_introduced(pot) for pot in (kept, gone) if not _is_introduced(pot))]
    if not reasons and kept.reference[:10] > gone.reference[:10]:
        reasons = [f"“{gone.name}” was announced first, so it is the one to keep: merge the two the other way round."]
    _refuse_if(reasons)
    before = _sums()

    def rewritten(record):
        return rewriting.one_pot(record, gone.reference, kept.reference, effect)

    about = _speaking_of([gone])
    changed = _load(about.exclude(status=Status.WITHDRAWN), rewritten, by=by, at=at, today=today, why=why)
    _lead_withdrawn({gone.reference: kept.pk})
    _carry_along(rewritten, by=by, at=at)
    _forward(Merged.POT, {gone.reference: kept.reference}, at=at)
    _note(Merged.POT, gone.reference, gone.name, f"{kept.reference}: {why}", by=by, at=at)
    logger.info("merged pot=%s into=%s by=%s", gone.reference, kept.reference, by)
    return Outcome(before, _sums(), changed)


def _is_introduced(pot):
    return Pot.objects.introduced().filter(pk=pot.pk).exists()


def _not_introduced(pot):
    return f"No published announcement introduces “{pot.name}”."


def _speaking_of(pots):
    """The announcements whose claims are about these pots or link to them."""
    claims = Claim.objects.filter(Q(pot__in=pots) | Q(links__pot__in=pots)).order_by()
    return Announcement.objects.filter(pk__in=claims.values("announcement"))


def _lead_withdrawn(leads):
    """Withdrawn announcements are not loaded: what they said of the pots, {reference: id of the pot now}, leads on."""
    for reference, pot in leads.items():
        gone = Claim.objects.filter(announcement__status=Status.WITHDRAWN)
        gone.filter(pot__reference=reference, introduces_pot=False).update(pot=pot)
        links = ClaimLink.objects.filter(claim__announcement__status=Status.WITHDRAWN, pot__reference=reference)
        links.filter(claim__pot=pot).delete()
        links.update(pot=pot)


# Announcements


@transaction.atomic
def merge_announcements(kept, gone, *, same, why, by, at, today):
    """Have two announcements be one: all that `gone` says moves to `kept`, and gone is withdrawn.

    same: {key of a claim of gone: key of the claim of kept that says the same}; the others move over. Gives an Outcome.
    Raises NotMergeable.
    """
    _hold()
    reasons = _unequal(kept, gone, why)
    reasons += [f"“{one.title}” is not published." for one in (kept, gone) if not one.is_published]
    if Revision.objects.open().filter(announcement=gone.slug).exists():
        reasons.append(f"Somebody is revising “{gone.title}”: publish or discard that revision first.")
    _refuse_if(reasons)
    before = _sums()
    first, second = _records(Announcement.objects.filter(pk__in=[kept.pk, gone.pk]), by_id=True, of=(kept, gone))
    record, leads = rewriting.one_announcement(first, second, same)
    _share_targets(kept, gone)

    def rewritten(other):
        return record if other["id"] == kept.slug else rewriting.led(other, leads)

    pots = Pot.objects.filter(reference__in=leads)
    about = _speaking_of(pots).exclude(pk=gone.pk) | Announcement.objects.filter(pk=kept.pk)
    changed = _load(about.exclude(status=Status.WITHDRAWN), rewritten, by=by, at=at, today=today, why=why)
    [record] = _records(Announcement.objects.filter(pk=kept.pk))
    now = dict(Pot.objects.filter(reference__in=leads.values()).values_list("reference", "pk"))
    _lead_withdrawn({old: now[new] for old, new in leads.items()})
    try:
        reason = f"The same as {kept.slug}, where all that it says is now. {why}"
        publishing.withdraw(announcement=gone, reason=reason, by=by, at=at)
    except publishing.NotWithdrawable as refusal:
        raise NotMergeable(refusal.reasons) from refusal
    _carry_along(rewritten, by=by, at=at, anew={kept.slug: (first, record)})
    _forward(Merged.POT, leads, at=at)
    _forward(Merged.ANNOUNCEMENT, {gone.slug: kept.slug}, at=at)
    _note(Merged.ANNOUNCEMENT, gone.slug, gone.title, f"{kept.slug}: {why}", by=by, at=at)
    logger.info("merged announcement=%s into=%s by=%s", gone.slug, kept.slug, by)
    return Outcome(before, _sums(), (*changed, gone.slug))


def _share_targets(kept, gone):
    """The promises of gone become promises of both, so that each keeps its address."""
    mine = {(target.metric, target.due) for target in kept.targets.all()}
    last = kept.announced_targets.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    for announced in gone.announced_targets.select_related("target").order_by("position", "pk"):
        if (announced.target.metric, announced.target.due) not in mine:
            AnnouncedTarget.objects.create(announcement=kept, target=announced.target, position=place)
            place += 1


# Organisations


@transaction.atomic
def merge_organisations(kept, gone, *, why, by, at, today):
    """Have two organisations be one: what `gone` announced, paid, received and answered is of `kept`, which knows its
    names, identifiers and places. Gone is deleted. Gives an Outcome, whose sums are the same. Raises NotMergeable."""
    _hold()
    reasons = _unequal(kept, gone, why)
    if kept.successor_id == gone.pk:
        reasons.append(
            f"“{kept.name}” names “{gone.name}” as its successor: take that out, or merge the other way round."
        )
    _refuse_if(reasons)
    before = _sums()
    names = {name.lower(): kept.name for name in (gone.name, gone.short_name, *gone.other_names) if name}
    # A name that others go by as well is nobody's in a list of payers.
    others = Organisation.objects.exclude(pk__in=[kept.pk, gone.pk])
    for name, short, more in others.values_list("name", "short_name", "other_names"):
        for each in (name, short, *more):
            names.pop(each.lower(), None)

    def rewritten(record):
        return rewriting.renamed(record, names)

    rewritten_names = _rename_payers(names)
    about = set(Announcement.objects.filter(announcer=gone).values_list("pk", flat=True))
    about |= set(Response.objects.filter(organisation=gone).values_list("announcement", flat=True))
    about |= {claim.announcement_id for claim in rewritten_names}
    Announcement.objects.filter(announcer=gone).update(announcer=kept, updated_at=at)
    Response.objects.filter(organisation=gone).update(organisation=kept)
    _take_over(kept, gone)
    key, name = gone.slug, gone.name
    gone.delete()
    kept.save()
    _carry_along(rewritten, by=by, at=at)
    _forward(Merged.ORGANISATION, {key: kept.slug}, at=at)
    search.index(about)
    public = Announcement.objects.published().filter(pk__in=about)
    readside.refresh({claim.pot_id for claim in rewritten_names}, public.values_list("pk", flat=True), at=at)
    tasks.roll_up_soon()
    changed = _records(Announcement.objects.filter(pk__in=about))
    auditing.note_all(
        [auditing.Noted("announcement", each["id"], each["title"], Did.CHANGED, each) for each in changed],
        by=by,
        at=at,
        why=why,
    )
    _note(Merged.ORGANISATION, key, name, f"{kept.slug}: {why}", by=by, at=at)
    auditing.note(
        "organisation", kept.slug, kept.name, Did.CHANGED, by=by, at=at, why=why, document=things.document(kept)
    )
    logger.info("merged organisation=%s into=%s by=%s", key, kept.slug, by)
    return Outcome(before, _sums(), tuple(each["id"] for each in changed))


def _rename_payers(names):
    """Give payers and receivers by these names their name now; gives the claims that changed."""
    changed = []
    for claim in Claim.objects.exclude(funders=[], recipients=[]).order_by("pk").iterator():
        now = rewriting.renamed({"claims": [{"funders": claim.funders, "recipients": claim.recipients}]}, names)
        [said] = now["claims"]
        if (said["funders"], said["recipients"]) != (claim.funders, claim.recipients):
            claim.funders, claim.recipients = said["funders"], said["recipients"]
            changed.append(claim)
    Claim.objects.bulk_update(changed, ["funders", "recipients"], batch_size=500)
    return changed


def _take_over(kept, gone):
    names = [*kept.other_names, gone.name, gone.short_name, *gone.other_names]
    kept.other_names = [name for name in dict.fromkeys(names) if name and name not in (kept.name, kept.short_name)]
    kept.short_name = kept.short_name or gone.short_name
    kept.other_names = [name for name in kept.other_names if name != kept.short_name]
    kept.identifiers = [*kept.identifiers, *(each for each in gone.identifiers if each not in kept.identifiers)]
    if not kept.website:
        kept.website, kept.website_confirmed = gone.website, gone.website_confirmed
    kept.covers.add(*gone.covers.all())
    Organisation.objects.filter(successor=gone).exclude(pk=kept.pk).update(successor=kept)


# What all of them do


def _hold():
    """Let nobody write on, publish or post anything until we are done: in the order in which publishing takes them."""
    list(Revision.objects.open().select_for_update().order_by("pk").values_list("pk"))
    posting.lock()


def _unequal(kept, gone, why):
    reasons = []
    if kept.pk == gone.pk:
        reasons.append("These are one already: choose another.")
    if not why.strip():
        reasons.append("Give the reason why they are one: it is kept in the history.")
    return reasons


def _refuse_if(reasons):
    if reasons:
        raise NotMergeable(reasons)


def _sums():
    rows = LedgerEntry.objects.order_by().values_list("measure").annotate(Sum("firm"), Sum("ceiling"))
    return {measure: (int(firm), int(ceiling)) for measure, firm, ceiling in rows}


def _records(announcements, *, by_id=False, of=()):
    rows = [dumping.announcement(row) for row in dumping.prefetched(announcements.in_order())]
    if not by_id:
        return rows
    found = {record["id"]: record for record in rows}
    return [found[row.slug] for row in of]


def _load(announcements, rewritten, *, by, at, today, why):
    """Load these announcements as they are rewritten; gives the ids of those that say something else."""
    records = [(record, rewritten(record)) for record in _records(announcements)]
    changed = [now for record, now in records if now != record]
    try:
        # Drafts stay drafts, and what is published follows.
        loading.load(
            [("", {"format": FORMAT, "announcements": changed})], at=at, today=today, publish=False, by=by, why=why
        )
    except loading.FactFaults as faults:
        raise NotMergeable(str(fault) for fault in faults.faults) from faults
    return tuple(record["id"] for record in changed)


def _carry_along(rewritten, *, by, at, anew=None):
    """Rewrite what is being worked on, so that nobody's work leads to what is gone. Each gets a new version.

    anew: {id: (record before, record now)} of announcements that say more than a rewriting of the revision would.
    """
    anew = anew or {}
    for revision in Revision.objects.open().order_by("pk"):
        was, now = anew.get(revision.announcement, (None, None))
        if now is not None:
            if revision.base == was:
                mine, _ = differences.merged(typed.of(was), revision.typed, typed.of(now))
                base = now
            else:
                mine, base = revision.typed, revision.base
        else:
            mine, base = rewritten(revision.typed), revision.base and rewritten(revision.base)
        if (mine, base) != (revision.typed, revision.base):
            revision.typed, revision.base = mine, base
            revision.version += 1
            revision.save(update_fields=["typed", "base", "version"])
            RevisionVersion.objects.create(
                revision=revision, version=revision.version, typed=mine, by=str(by or ""), at=at
            )


def _forward(thing, leads, *, at):
    """What leads to something that is gone now, leads on to what that is."""
    for old, new in leads.items():
        Forward.objects.filter(thing=thing, old=new).delete()
        Forward.objects.filter(thing=thing, new=old).update(new=new)
        Forward.objects.update_or_create(thing=thing, old=old, defaults={"new": new, "at": at})


def _note(thing, key, label, why, *, by, at):
    auditing.note(thing, key, label, Did.MERGED, by=by, at=at, why=f"Into {why}")
