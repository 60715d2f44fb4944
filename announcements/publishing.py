"""The verbs that take an announcement away: withdraw one that is public, remove one that never was.

What becomes public, and what is public and changes, is loaded: `facts.loading`. Each verb is one transaction, in which
also the ledger is posted; the roll-ups follow after it. A refusal leaves everything as it was, and its text tells an
editor what to mend. The clock is read by the caller: `at` is an aware datetime, `by` the user who acts.
"""

import logging

from django.db import transaction

from . import auditing, readside, search, tasks
from .choices import Did, Status
from .ledger import posting
from .models import Announcement, Claim, ClaimLink, LedgerEntry, Membership, Pot

logger = logging.getLogger(__name__)


class Refused(Exception):
    """What was asked would leave something wrong; `reasons` lists everything that an editor has to mend."""

    def __init__(self, reasons):
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


class NotWithdrawable(Refused):
    """Others that are public lean on what would go."""


class NotRemovable(Refused):
    """Something else leans on it, or it has been public."""


# The verbs


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


@transaction.atomic
def remove(*, announcement, by, at):
    """Delete an announcement that never was public, with its claims and their pots.

    Raises NotRemovable where it has been public (withdraw it, the record stays) or others lean on its pots.
    """
    _hold(announcement)
    if reasons := why_not_removable(announcement):
        raise NotRemovable(reasons)
    pots = list(_introduced(announcement))
    announcement.claims.all().delete()
    _drop(pots)
    pk, slug = announcement.pk, announcement.slug
    _note(announcement, Did.DELETED, by=by, at=at)
    announcement.delete()
    search.index([pk])
    logger.info("removed announcement=%s by=%s", slug, by)


# What they judge by


def why_not_removable(announcement):
    """Everything that keeps an announcement from being deleted, as sentences for its editor."""
    if announcement.published_at:
        return [f"“{announcement}” has been public, so its record stays: withdraw it instead."]
    leaning = _leaning(_introduced(announcement), besides=announcement.claims.all())
    return [
        f"{_called(claim)} leans on “{pot.name}”, which would go: change or remove that claim first."
        for claim, pot in leaning
    ]


# Pots


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


def _called(claim):
    return f"Claim {claim.key} of “{claim.announcement}” ({claim.announcement.slug})"


def _drop(pots):
    """Delete pots that no claim introduces any more; one that the ledger holds entries of stays for their sake."""
    held = set(LedgerEntry.objects.filter(pot__in=pots).values_list("pot_id", flat=True))
    held |= set(Membership.objects.filter(pot__in=pots).values_list("pot_id", flat=True))
    Pot.objects.filter(pk__in=[pot.pk for pot in pots if pot.pk not in held]).delete()


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
