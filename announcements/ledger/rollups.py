"""Stored roll-ups: sums of ledger entries by every dimension and by any three, brought up to date after each posting.

Every change of them happens under the lock of the one RollupState row, in one transaction with the mark on the
postings that it took in. A posting is therefore in the cells or still to come, whoever crashes or runs beside.
"""

import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Sum

from ..models import LedgerEntry, Posting, Pot, RollupCell, RollupState, RollupSum
from .claims import MANY, connected, in_parts
from .levels import coarser
from .posting import differences, lock

logger = logging.getLogger(__name__)

CELLS, SUMS = "cell against entries", "coarser sum against entries"
ENTRIES, MEMBERSHIPS = "entries against rules", "memberships against rules"
COLUMNS = ("measure", "theme_id", "region_id", "sector", "additionality", "announced_year", "money_year")
SUM_COLUMNS = ("measure", "level", "first", "second", "third")


class Mismatch(NamedTuple):
    """Where two things that must agree do not. found and due are what stands and what ought to, in pence or words."""

    check: str
    where: tuple
    found: object
    due: object

    def __str__(self):
        return f"{self.check}: {' / '.join(map(str, self.where))}: found {self.found}, due {self.due}"


@transaction.atomic
def apply_unapplied(*, at):
    """Take the postings that are not in the cells yet into them. Returns how many it took; 0 writes no cell."""
    state = _locked_state()
    waiting = list(Posting.objects.filter(run=None).order_by("pk").values_list("pk", flat=True))
    if not waiting:
        return 0
    state.run += 1
    for ids in in_parts(waiting):
        Posting.objects.filter(pk__in=ids, run=None).update(run=state.run)
    _add(_sums(LedgerEntry.objects.filter(posting__run=state.run)), state.generation)
    state.rolled_up_at = at
    state.save()
    logger.info("rolled up run=%s postings=%s", state.run, len(waiting))
    return len(waiting)


def rebuild(*, at):
    """Build all cells anew beside those that are read, then swap them whole. Readers never see a half-built set.

    Of two rebuilds side by side the one that began later stays.
    """
    with transaction.atomic():
        state = _locked_state()
        state.begun = generation = state.begun + 1
        state.save()
    _add(_sums(LedgerEntry.objects.filter(posting__run__lte=state.run)), generation)
    with transaction.atomic():
        built_from, state = state.run, _locked_state()
        _add(_sums(LedgerEntry.objects.filter(posting__run__gt=built_from)), generation)
        state.generation, state.rolled_up_at = max(generation, state.generation), at
        state.save()
        for model in (RollupCell, RollupSum):
            model.objects.filter(generation__lt=state.generation).delete()
    logger.info("rebuilt generation=%s from run=%s", generation, built_from)
    apply_unapplied(at=at)


def verify():
    """Whether cells = entries = rules, as a list of Mismatches; empty where all agree.

    Postings that still wait for their roll-up are none: the cells are compared with what they took in.
    """
    return [*_cells_against_entries(), *_entries_against_rules()]


def _cells_against_entries():
    with transaction.atomic():
        state = _locked_state()
        cells, sums = (_stored(*table, state.generation) for table in ((RollupCell, COLUMNS), (RollupSum, SUM_COLUMNS)))
        due = _sums(LedgerEntry.objects.filter(posting__run__isnull=False))
    yield from _unlike(CELLS, cells, due)
    yield from _unlike(SUMS, sums, coarser(due))


def _stored(model, columns, generation):
    rows = model.objects.filter(generation=generation).values_list(*columns, "firm", "ceiling")
    return {row[:-2]: row[-2:] for row in rows}


def _unlike(check, found, due):
    for where in sorted(found.keys() | due.keys(), key=str):
        pair = found.get(where, (0, 0)), due.get(where, (0, 0))
        if pair[0] != pair[1]:
            yield Mismatch(check, where, *pair)


def _entries_against_rules():
    pots = set(Pot.objects.values_list("pk", flat=True))
    while pots:
        with transaction.atomic():
            # Nobody posts between the reading of the claims and that of the entries.
            lock()
            family = connected(sorted(pots)[:MANY])
            lacking = differences(family)
        for slot, (firm, ceiling, *_) in lacking.entries.items():
            yield Mismatch(ENTRIES, tuple(slot), "short by", (firm, ceiling))
        for place, change in lacking.joined.items():
            yield Mismatch(MEMBERSHIPS, place, "short by", change)
        pots -= family


def _locked_state():
    """The RollupState row, held until the transaction ends."""
    if not RollupState.objects.filter(pk=1).update(run=F("run")):
        RollupState.objects.create(pk=1)
    return RollupState.objects.get(pk=1)


def _sums(entries):
    rows = entries.order_by().values_list(*COLUMNS).annotate(f=Sum("firm"), c=Sum("ceiling"))
    return {row[:-2]: (int(row[-2]), int(row[-1])) for row in rows if row[-2] or row[-1]}


def _add(sums, generation):
    """Add pence to the cells of a generation, given by where they lie, and to the coarser sums of them."""
    add_to(RollupCell, COLUMNS, sums, generation)
    add_to(RollupSum, SUM_COLUMNS, coarser(sums), generation)


def add_to(model, columns, sums, generation):
    """Add pence to rows known by these columns; those that come to nothing go, as a rebuild would not make them."""
    if not sums:
        return
    beside = model.objects.filter(generation=generation)
    for place, column in enumerate(columns):
        values = {where[place] for where in sums}
        # NULL is in no list of values.
        if None not in values:
            beside = beside.filter(**{f"{column}__in": values})
    known = {tuple(getattr(row, column) for column in columns): row for row in beside}
    changed, empty, new = [], [], []
    for where, (firm, ceiling) in sums.items():
        if row := known.get(where):
            row.firm += firm
            row.ceiling += ceiling
            (changed if row.firm or row.ceiling else empty).append(row)
        else:
            new.append(
                model(generation=generation, firm=firm, ceiling=ceiling, **dict(zip(columns, where, strict=True)))
            )
    model.objects.bulk_create(new, batch_size=MANY)
    model.objects.bulk_update(changed, ["firm", "ceiling"], batch_size=MANY)
    for ids in in_parts(row.pk for row in empty):
        model.objects.filter(pk__in=ids).delete()
