"""The verbs that touch several models: enter and remove a claim, edit, publish, withdraw and remove an announcement.

Each is one transaction, in which also the ledger is posted; the roll-ups follow after it. A refusal leaves everything
as it was, and its text tells an editor what to mend. The clock is read by the caller: `at` is an aware datetime, `by`
the user who acts.
"""

import logging
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import auditing, readside, search, tasks
from .choices import MOST, ClaimMeasure, Did, Status
from .ledger import claims as ledger_claims
from .ledger import posting
from .ledger.figures import to_pence
from .ledger.links import find_cycle
from .models import Announcement, Claim, ClaimLink, LedgerEntry, Membership, Pot

logger = logging.getLogger(__name__)


class Refused(Exception):
    """What was asked would leave something wrong; `reasons` lists everything that an editor has to mend."""

    def __init__(self, reasons):
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


class NotPublishable(Refused):
    """The announcement cannot be public as it stands."""


class NotWithdrawable(Refused):
    """Others that are public lean on what would go."""


class NotRemovable(Refused):
    """Something else leans on it, or it has been public."""


# The verbs


@transaction.atomic
def publish(*, announcement, by, at):
    """Make an announcement public, also one that was withdrawn, and post what it adds.

    Raises NotPublishable, whose text tells the editor what to mend.
    """
    _hold(announcement)
    if announcement.is_published:
        raise NotPublishable([f"{announcement.slug} is published already."])
    if reasons := faults(announcement, at=at):
        raise NotPublishable(reasons)
    announcement.status = Status.PUBLISHED
    announcement.published_at = at
    announcement.withdrawn_reason = ""
    announcement.save(update_fields=["status", "published_at", "withdrawn_reason", "updated_at"])
    _post(announcement, _touched(announcement), at=at)
    _note(announcement, Did.PUBLISHED, by=by, at=at)
    logger.info("published announcement=%s by=%s", announcement.slug, by)


@transaction.atomic
def withdraw(*, announcement, reason, by, at):
    """Take a published announcement back and post what its claims added as taken back. Its record and reason stay.

    Raises NotWithdrawable, which names the published announcements that lean on its pots.
    """
    _hold(announcement)
    reasons = []
    if not announcement.is_published:
        reasons.append(f"{announcement.slug} is not published.")
    if not reason.strip():
        reasons.append("Give the reason why it is withdrawn: readers are shown it.")
    reasons += [
        f"{_called(claim)} leans on “{pot.name}”, which is first spoken of here: withdraw or change that one first."
        for claim, pot in _leaning(_introduced(announcement), besides=announcement.claims.all(), published=True)
    ]
    if reasons:
        raise NotWithdrawable(reasons)
    announcement.status = Status.WITHDRAWN
    announcement.withdrawn_reason = reason.strip()
    announcement.save(update_fields=["status", "withdrawn_reason", "updated_at"])
    _post(announcement, _touched(announcement), at=at)
    _note(announcement, Did.WITHDRAWN, by=by, at=at, why=announcement.withdrawn_reason)
    logger.info("withdrew announcement=%s by=%s", announcement.slug, by)


@contextmanager
def editing(announcement, *, by, at):
    """Whatever is saved inside, of an announcement and all that hangs on it, is saved as a whole and posted.

    A published announcement is judged again as `publish` judges it and its ledger entries follow in the same
    transaction; of any other, only the pots that it introduces are kept in line with their claims. Raises
    NotPublishable, and then nothing that was done inside stays.
    """
    with transaction.atomic():
        if announcement.pk:
            _hold(announcement)
        published = announcement.is_published
        before = _touched(announcement) if published else set()
        yield
        _keep_pots_in_line(announcement)
        search.index([announcement.pk])
        if published:
            if reasons := faults(announcement, at=at):
                raise NotPublishable(reasons)
            _post(announcement, before | _touched(announcement), at=at)
            logger.info("edited published announcement=%s by=%s", announcement.slug, by)


@transaction.atomic
def enter(claim):
    """Save a claim, new or changed, with the pot it introduces where it introduces one. Belongs inside `editing`.

    What the claim says goes: with `introduces_pot` it gets the pot of its own, else it is about `claim.pot`. Raises
    NotRemovable where that would take away a pot that other claims are about.
    """
    own = Pot.objects.filter(claims=claim.pk, claims__introduces_pot=True).first() if claim.pk else None
    if claim.introduces_pot:
        if own is None:
            own, _ = Pot.objects.get_or_create(reference=_reference(claim), defaults={"name": claim.name})
        claim.pot = own
        claim.save()
    else:
        if own is not None:
            _refuse_while_leant_on([own], besides=[claim])
        claim.save()
        if own is not None:
            _drop([own])


@transaction.atomic
def remove_claims(claims):
    """Delete claims, and the pots that they introduce unless the ledger holds entries of them. Belongs inside `editing`.

    Raises NotRemovable, which names the other claims that lean on those pots.
    """
    claims = list(claims)
    pots = list(Pot.objects.filter(claims__in=claims, claims__introduces_pot=True).distinct())
    _refuse_while_leant_on(pots, besides=claims)
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).delete()
    _drop(pots)


@transaction.atomic
def remove(*, announcement, by, at):
    """Delete an announcement that never was public, with its claims and their pots.

    Raises NotRemovable where it has been public (withdraw it, the record stays) or others lean on its pots.
    """
    _hold(announcement)
    if reasons := why_not_removable(announcement):
        raise NotRemovable(reasons)
    remove_claims(announcement.claims.all())
    pk, slug = announcement.pk, announcement.slug
    _note(announcement, Did.DELETED, by=by, at=at)
    announcement.delete()
    search.index([pk])
    logger.info("removed announcement=%s by=%s", slug, by)


# What they judge by


def faults(announcement, *, at):
    """Everything that keeps an announcement from being public, as sentences for its editor; empty when it may be."""
    claims = list(
        announcement.claims.in_order()
        .select_related("pot")
        .prefetch_related("regions", "programmes", "splits__region", "links__pot")
    )
    return [
        *_faults_of_the_whole(announcement, at),
        *(fault for claim in claims for fault in _faults_of_a_claim(claim, announcement)),
        *_faults_of_pots(announcement, claims),
        *_faults_of_links(announcement),
        *_faults_of_responses(announcement),
    ]


def why_not_removable(announcement):
    """Everything that keeps an announcement from being deleted, as sentences for its editor."""
    if announcement.published_at:
        return [f"“{announcement}” has been public, so its record stays: withdraw it instead."]
    return why_claims_stay(announcement.claims.all())


def why_claims_stay(claims):
    """Everything that keeps these claims from being deleted together, as sentences for their editor."""
    claims = list(claims)
    pots = Pot.objects.filter(claims__in=claims, claims__introduces_pot=True).distinct()
    return [_leans(claim, pot) for claim, pot in _leaning(pots, besides=claims)]


def _faults_of_the_whole(announcement, at):
    today = timezone.localtime(at).date()
    if announcement.announced_on > today:
        yield f"Its day, {announcement.announced_on:%-d %B %Y}, is in the future."
    if not announcement.slug.startswith(f"{announcement.announced_on}-"):
        yield f"Its id has to start with its day, {announcement.announced_on}."
    if not announcement.sources.exists():
        yield "It has no source: name at least one."
    for source in announcement.sources.filter(published_on__gt=today).order_by("position", "pk"):
        yield f"The source of {source.publisher} is of a day in the future, {source.published_on:%-d %B %Y}."


def _faults_of_a_claim(claim, announcement):
    regions = list(claim.regions.all())
    yearly = claim.measure == ClaimMeasure.PER_YEAR and claim.start_fy and claim.end_fy
    times = len(claim.start_fy.to(claim.end_fy)) if yearly else 1
    if to_pence(max(claim.amount or 0, claim.high or 0), times, claim.rate or 1) > MOST:
        yield f"Claim {claim.key} comes to more than £10 trillion over its years and at its rate: check its scale."
    if max(claim.profile.values(), default=0) > MOST:
        yield f"Claim {claim.key} has more than £10 trillion in a year: check its scale."
    if claim.introduces_pot:
        for given, what in [
            (claim.theme_id, "theme"),
            (claim.sector, "payer"),
            (claim.additionality, "how new the money is"),
            (regions, "region"),
        ]:
            if not given:
                yield f"Claim {claim.key} introduces a pot and lacks its {what}."
    by_key = {region.key: region for region in regions}
    splits = claim.splits.all()
    if len(regions) > 1 or splits:
        tree = ledger_claims.tree()
        for region in regions:
            around = next((key for key in tree.upwards(region.key)[1:] if key in by_key), None)
            if around:
                yield f"Claim {claim.key} names both {by_key[around]} and {region}, which lies in it: keep one of them."
        if splits and not regions:
            yield f"Claim {claim.key} splits its money over regions and names none."
        for split in splits if regions else ():
            if tree.lowest_common(by_key) not in tree.upwards(split.region_id):
                yield f"Claim {claim.key} gives {split.region} an amount, and its regions lie elsewhere."
    programmes = set(announcement.programmes.all())
    for programme in claim.programmes.all():
        if programme not in programmes:
            yield f"Claim {claim.key} is for {programme}, which is not among the announcement's programmes."


def _faults_of_pots(announcement, claims):
    spoken_of = {claim.pot_id for claim in claims} | {link.pot_id for claim in claims for link in claim.links.all()}
    first = {
        claim.pot_id: claim.announcement
        for claim in Claim.objects.filter(introduces_pot=True, pot__in=spoken_of).select_related("announcement")
    }
    for claim in claims:
        source = first.get(claim.pot_id)
        if source is None or not (source.is_published or source == announcement):
            yield f"Claim {claim.key} is about “{claim.pot.name}”, which no published announcement introduces."
        elif source.announced_on > announcement.announced_on:
            yield (
                f"Claim {claim.key} is about “{claim.pot.name}”, which is first spoken of later, "
                f"on {source.announced_on:%-d %B %Y} ({source.slug})."
            )
        for link in claim.links.all():
            source = first.get(link.pot_id)
            if source is None or not (source.is_published or source == announcement):
                yield f"Claim {claim.key} links to “{link.pot.name}”, which no published announcement introduces."
    early = (
        Claim.objects.published()
        .filter(pot__in=_introduced(announcement), announcement__announced_on__lt=announcement.announced_on)
        .exclude(announcement=announcement)
    )
    for claim in early.select_related("announcement", "pot").in_order():
        yield f"{_called(claim)} speaks of “{claim.pot.name}” already, on an earlier day than this."


def _faults_of_links(announcement):
    """A cycle is refused over the links of all time, also over statements since replaced."""
    links = (
        ClaimLink.objects.filter(Q(claim__announcement__status=Status.PUBLISHED) | Q(claim__announcement=announcement))
        .select_related("claim")
        .order_by("pk")
    )
    cycle = find_cycle(
        (link.pot_id, link.claim.pot_id) if link.to_outer else (link.claim.pot_id, link.pot_id) for link in links
    )
    if cycle:
        names = dict(Pot.objects.filter(pk__in=cycle).values_list("pk", "name"))
        yield "The links go in a circle: " + " includes ".join(f"“{names[pot]}”" for pot in cycle) + "."


def _faults_of_responses(announcement):
    for response in announcement.responses.select_related("organisation", "claim", "source").order_by("position", "pk"):
        if response.claim and response.claim.announcement_id != announcement.pk:
            yield f"The response of {response.organisation} answers a claim of another announcement."
        if response.source and response.source.announcement_id != announcement.pk:
            yield f"The response of {response.organisation} names a source of another announcement."


# Pots


def _reference(claim):
    return f"{claim.announcement.slug}#{claim.key}"


def _introduced(announcement):
    return Pot.objects.filter(claims__announcement=announcement, claims__introduces_pot=True)


def _touched(announcement):
    """Ids of the pots that its claims are about or link to."""
    claims = announcement.claims.all()
    return {
        *claims.values_list("pot_id", flat=True),
        *ClaimLink.objects.filter(claim__in=claims).values_list("pot_id", flat=True),
    }


def _leaning(pots, *, besides, published=False):
    """Pairs of a claim and the pot that it is about or links to, of these pots, without the claims named."""
    pots = {pot.pk: pot for pot in pots}
    claims = Claim.objects.exclude(pk__in=[claim.pk for claim in besides]).select_related("announcement")
    if published:
        claims = claims.published()
    pairs = [(claim, pots[claim.pot_id]) for claim in claims.filter(pot__in=pots).in_order()]
    links = ClaimLink.objects.filter(pot__in=pots, claim__in=claims).select_related("claim__announcement")
    return pairs + [(link.claim, pots[link.pot_id]) for link in links.order_by("pk")]


def _refuse_while_leant_on(pots, *, besides):
    if reasons := [_leans(claim, pot) for claim, pot in _leaning(pots, besides=besides)]:
        raise NotRemovable(reasons)


def _leans(claim, pot):
    return f"{_called(claim)} leans on “{pot.name}”, which would go: change or remove that claim first."


def _called(claim):
    return f"Claim {claim.key} of “{claim.announcement}” ({claim.announcement.slug})"


def _drop(pots):
    """Delete pots that no claim introduces any more; one that the ledger holds entries of stays for their sake."""
    held = set(LedgerEntry.objects.filter(pot__in=pots).values_list("pot_id", flat=True))
    held |= set(Membership.objects.filter(pot__in=pots).values_list("pot_id", flat=True))
    Pot.objects.filter(pk__in=[pot.pk for pot in pots if pot.pk not in held]).delete()


def _keep_pots_in_line(announcement):
    """Pots are named after the claim that introduces them."""
    claims = announcement.claims.filter(introduces_pot=True).select_related("pot", "announcement")
    for claim in claims:
        if (claim.pot.reference, claim.pot.name) != (_reference(claim), claim.name):
            Pot.objects.filter(pk=claim.pot_id).update(reference=_reference(claim), name=claim.name)


# The record


def _hold(announcement):
    """Let nobody else judge or post until we are done, and take the announcement as it stands now."""
    posting.lock()
    now = Announcement.objects.get(pk=announcement.pk)
    announcement.status = now.status
    announcement.published_at = now.published_at
    announcement.withdrawn_reason = now.withdrawn_reason


def _note(announcement, verb, *, by, at, why=""):
    auditing.note("announcement", announcement.slug, announcement.title, verb, by=by, at=at, why=why)


def _post(announcement, pots, *, at):
    posted = posting.post(pots, at=at)
    changed = readside.refresh(pots, [announcement.pk], at=at)
    if posted or changed:
        tasks.roll_up_soon()
