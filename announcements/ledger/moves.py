"""Why a total is another one in a later reading of the ledger: the same question asked twice, and the entries that only one
of the two has.

They are grouped by the announcement that caused them and add up to the difference, to the penny: also where a pot joined
or left a programme since, whose entries then come in or go out whole.
"""

import datetime
from typing import NamedTuple

from django.db.models import Max, Q, Sum

from ..choices import Measure
from ..models import LedgerEntry
from . import totals
from .totals import Amounts


class Reading(NamedTuple):
    """How a question is read: what had taken effect by the end of a day, as posted by a moment."""

    as_at: datetime.date
    known_at: datetime.datetime


class Move(NamedTuple):
    """What an announcement's entries changed, in pence, and when the last of them was posted."""

    announcement: str
    posted_at: datetime.datetime
    firm: int
    ceiling: int


class Step(NamedTuple):
    """From one reading of a total to another: what it comes to then, and the Moves that lead there, the largest first."""

    total: Amounts
    moves: list


def total(reading, measure=Measure.ANNOUNCED, **where):
    """The total of a question in this reading."""
    return totals.total(measure, **reading._asdict(), **where)


def step(earlier, later, measure=Measure.ANNOUNCED, **where):
    """The Step from one reading to a later one. where: the filters of `totals.by`."""
    before, after = (_holds(reading, measure, where) for reading in (earlier, later))
    found = {}
    for rows, sign in ((after & ~before, 1), (before & ~after, -1)):
        sums = LedgerEntry.objects.filter(rows).order_by().values_list("cause")
        for cause, firm, ceiling, posted_at in sums.annotate(f=Sum("firm"), c=Sum("ceiling"), last=Max("posted_at")):
            slug = cause.partition("#")[0]
            one = found.get(slug, Move(slug, posted_at, 0, 0))
            found[slug] = Move(
                slug, max(one.posted_at, posted_at), one.firm + sign * int(firm), one.ceiling + sign * int(ceiling)
            )
    moved = [move for move in found.values() if move.firm or move.ceiling]
    moved.sort(key=lambda move: (-max(abs(move.firm), abs(move.ceiling)), move.announcement))
    return Step(total(later, measure, **where), moved)


def _holds(reading, measure, where):
    """The entries of a question in a reading, as a Q."""
    held = Q(measure=measure, effective_on__lte=reading.as_at, posted_at__lte=reading.known_at)
    for name, wanted in where.items():
        held &= totals.condition(name, wanted, *reading)
    return held
