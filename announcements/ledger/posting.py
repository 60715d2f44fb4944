"""Posting: what the rules say that pots add is compared with what the ledger holds, and the difference is appended.

Posting twice therefore posts nothing, and a correction is an ordinary posting of a later day. Whoever posts holds the
ledger's head until the transaction ends, so entries of one link family are never worked out side by side.
"""

import datetime
import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import Case, F, Max, Sum, Value, When

from programmes.financial_years import FinancialYear

from ..choices import Measure
from ..models import LedgerEntry, LedgerHead, Membership, Posting, Pot
from . import claims, counting

logger = logging.getLogger(__name__)

RESOLUTION = datetime.timedelta(microseconds=1)
"""The least that two postings lie apart: what both databases store."""


class Slot(NamedTuple):
    """Where entries are compared: what an entry is about, from which day; said_by only for what was said."""

    day: object
    pot: str
    measure: str
    theme: str
    region: str
    sector: str
    additionality: str
    money_year: int | None
    said_by: str


class Differences(NamedTuple):
    """What the ledger lacks of what the rules say.

    entries: {Slot: (firm pence, ceiling pence, cause, assumed)}. joined: {(day, pot, programme id): change}.
    pots: {reference: (low, high, family, flags)} as they stand now.
    """

    entries: dict
    joined: dict
    pots: dict


def lock():
    """Hold the ledger's head until the transaction ends. Verbs that write what `post` reads take it before they write."""
    while not LedgerHead.objects.select_for_update().filter(pk=1):
        # The very first: another may be making it at this moment.
        LedgerHead.objects.get_or_create(pk=1)


def next_moment(at):
    """The time of the next posting, while the head is held: `at`, or just after the last posting where that is later."""
    head = LedgerHead.objects.get(pk=1)
    moment = max(at, head.posted_at + RESOLUTION) if head.posted_at else at
    LedgerHead.objects.filter(pk=1).update(posted_at=moment)
    return moment


def post(pot_ids, *, at):
    """Bring the ledger to what the rules say of these pots and of all that share money with them.

    Belongs in the transaction that changed their claims. Returns the Posting, None where nothing differed.
    """
    lock()
    family = claims.connected(pot_ids)
    lacking = differences(family)
    ids = {}
    for part in claims.in_parts(family):
        ids |= dict(Pot.objects.filter(pk__in=part).values_list("reference", "pk"))
    _keep(lacking.pots, ids)
    if not (lacking.entries or lacking.joined):
        return None
    at = next_moment(at)
    posting = Posting.objects.create(posted_at=at)
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                posting=posting,
                posted_at=at,
                effective_on=slot.day,
                pot_id=ids[slot.pot],
                cause=cause,
                measure=slot.measure,
                theme_id=slot.theme,
                region_id=slot.region,
                sector=slot.sector,
                additionality=slot.additionality,
                announced_year=FinancialYear.of(slot.day),
                money_year=slot.money_year,
                assumed=assumed,
                firm=firm,
                ceiling=ceiling,
            )
            for slot, (firm, ceiling, cause, assumed) in lacking.entries.items()
        ],
        batch_size=claims.MANY,
    )
    Membership.objects.bulk_create(
        [
            Membership(
                posting=posting, posted_at=at, effective_on=day, pot_id=ids[pot], programme_id=programme, change=change
            )
            for (day, pot, programme), change in lacking.joined.items()
        ],
        batch_size=claims.MANY,
    )
    logger.info("posted posting=%s entries=%s pots=%s", posting.pk, len(lacking.entries), len(family))
    return posting


def post_everything(*, at):
    """Bring the whole ledger to what the rules say now, some families a transaction. Returns how many postings it took."""
    pots, postings = set(Pot.objects.values_list("pk", flat=True)), 0
    while pots:
        with transaction.atomic():
            family = claims.connected(sorted(pots)[: claims.MANY])
            postings += post(family, at=at) is not None
        pots -= family
    return postings


def differences(pot_ids):
    """What the ledger lacks of what the rules say of whole link families, as Differences. Writes nothing."""
    entries, joined, pots = {}, {}, {}
    tree = claims.tree()
    for family in counting.families(claims.read(pot_ids)):
        replayed = counting.replay(family, tree)
        for entry in replayed.entries:
            key = entry.key
            slot = Slot(
                entry.day,
                key.pot,
                str(key.measure),
                key.theme,
                key.region,
                str(key.sector),
                str(key.additionality),
                key.money_year,
                key.said_by or "",
            )
            entries[slot] = (entry.firm, entry.ceiling, entry.cause, entry.assumed)
        for change in replayed.joined:
            place = (change.day, change.pot, change.programme)
            joined[place] = joined.get(place, 0) + change.change
        flags = counting.flags(replayed.last)
        first = min(replayed.last.pots)
        for reference, pot in replayed.last.pots.items():
            pots[reference] = (*(pot.amount or (None, None)), first, sorted(flags[reference]))
    for ids in claims.in_parts(pot_ids):
        for reference in Pot.objects.filter(pk__in=ids).values_list("reference", flat=True):
            pots.setdefault(reference, (None, None, "", []))
        for slot, firm, ceiling, cause, assumed in _posted(ids):
            due = entries.pop(slot, (0, 0, cause, assumed))
            if due[:2] != (firm, ceiling):
                entries[slot] = (due[0] - firm, due[1] - ceiling, *due[2:])
        for day, pot, programme, change in _memberships(ids):
            due = joined.pop((day, pot, programme), 0)
            if due != change:
                joined[day, pot, programme] = due - change
    return Differences(
        entries,
        {place: change for place, change in joined.items() if change},
        pots,
    )


def _posted(pot_ids):
    """What the ledger holds of these pots, as (Slot, firm, ceiling, last cause, whether assumed)."""
    said_by = Case(When(measure=Measure.SAID, then=F("cause")), default=Value(""))
    columns = (
        "effective_on",
        "pot__reference",
        "measure",
        "theme_id",
        "region_id",
        "sector",
        "additionality",
        "money_year",
    )
    rows = (
        LedgerEntry.objects.filter(pot__in=pot_ids)
        .order_by()
        .values_list(*columns)
        .annotate(
            said_by=said_by,
            due_firm=Sum("firm"),
            due_ceiling=Sum("ceiling"),
            last=Max("cause"),
            split=Max(Case(When(assumed=True, then=1), default=0)),
        )
    )
    for row in rows:
        slot = Slot(*row[: len(columns) + 1])
        firm, ceiling, cause, assumed = row[len(columns) + 1 :]
        yield slot, int(firm), int(ceiling), cause, bool(assumed)


def _memberships(pot_ids):
    rows = Membership.objects.filter(pot__in=pot_ids).order_by()
    return rows.values_list("effective_on", "pot__reference", "programme").annotate(now=Sum("change"))


def _keep(pots, ids):
    """Keep for lists what the rules say that each pot comes to now."""
    for part in claims.in_parts(ids[reference] for reference in pots):
        changed = []
        for pot in Pot.objects.filter(pk__in=part):
            now = pots[pot.reference]
            if (pot.low, pot.high, pot.family, pot.flags) != now:
                pot.low, pot.high, pot.family, pot.flags = now
                changed.append(pot)
        # One upsert a batch: an UPDATE with a CASE for each row takes many times as long.
        Pot.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["low", "high", "family", "flags"],
        )
