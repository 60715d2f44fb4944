"""Citing a view: an address whose figures stay as they are, words to cite it by, and what it would be now and why."""

import datetime
import re
from typing import NamedTuple

from django.utils import timezone

from announcements.choices import Status
from announcements.ledger import moves, totals
from announcements.ledger.counting import RULES
from announcements.ledger.moves import Reading
from announcements.models import Announcement

from . import panels
from .charts import Ends

LISTED = 40
"""How many announcements that moved a figure are named; the others stand in one line."""


class Citation(NamedTuple):
    """How to cite a view: its permanent address, a sentence, and an entry for BibTeX."""

    address: str
    text: str
    bibtex: str


class Mover(NamedTuple):
    """An announcement that moved a figure (None where it is not public), what happened, when it was posted, and by how
    much in pence."""

    announcement: Announcement | None
    what: str
    posted_at: datetime.datetime
    amounts: Ends


class Later(NamedTuple):
    """What a figure comes to in a later reading, by how much that is another sum, and what moved it: the largest, and
    how many others with what those come to. reading: the moves.Reading."""

    reading: Reading
    total: Ends
    difference: Ends
    movers: list
    others: int
    rest: Ends


class Since(NamedTuple):
    """A cited total as cash, and what it would be now: as at the same day as known now, and from there as at today."""

    cited: Ends
    known: Later
    today: Later


def moment(at):
    """A moment as addresses write it, in UTC, to the microsecond: one that is rounded would cut off a posting."""
    return f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def fixed(asked, answer, today):
    """The parameters that give this answer at any later day; None where nothing is posted yet.

    asked: {name: values} as they were given, with the dimensions; today: the day that a view without as_at is of.
    """
    if answer.posted_at is None:
        return None
    pinned = {
        "as_at": str(answer.question["as_at"] or today),
        "known_at": moment(answer.posted_at),
        "measure": str(answer.question["measure"]),
        "rules": str(RULES),
    }
    if answer.in_prices:
        pinned["deflator"] = answer.in_prices.prices.release
    if answer.heads:
        pinned["population_year"] = str(answer.heads.year)
    return asked | pinned


def citation(address, title, pinned):
    """The Citation of a view. title: what it shows, in words; pinned: what `fixed` gave."""
    as_at = datetime.date.fromisoformat(pinned["as_at"])
    known_at = datetime.datetime.fromisoformat(pinned["known_at"])
    state = (
        f"As at {as_at.day} {as_at:%B %Y}, as known on {known_at.day} {known_at:%B %Y} at {known_at:%H:%M} UTC, "
        f"counting rules version {pinned['rules']}"
    )
    entry = [
        "@misc{healthfund-" + f"{as_at:%Y%m%d},",
        "  author = {{healthfund}},",
        f"  title = {{{_for_tex(title)}}},",
        f"  year = {{{known_at.year}}},",
        f"  note = {{{_for_tex(state)}}},",
        f"  url = {{{address}}},",
        "}",
    ]
    return Citation(address, f"healthfund ({known_at.year}). {title}. {state}. {address}", "\n".join(entry))


def since(question, *, now):
    """What became of a cited total, as a Since. question: as `totals.by` takes it, with as_at and known_at; now: an aware
    moment.

    Everything is read as posted until the last posting, so that it agrees whatever is posted meanwhile.
    """
    where = dict(question)
    measure, cited = where.pop("measure"), Reading(where.pop("as_at"), where.pop("known_at"))
    known = Reading(cited.as_at, max(cited.known_at, totals.posted_at(from_ledger=True) or cited.known_at))
    today = Reading(max(cited.as_at, timezone.localdate(now)), known.known_at)
    first = moves.total(cited, measure, **where)
    steps = [moves.step(*readings, measure, **where) for readings in ((cited, known), (known, today))]
    return Since(
        Ends(*first),
        _later(known, first, steps[0], cited.known_at),
        _later(today, steps[0].total, steps[1], cited.known_at),
    )


def _later(reading, before, step, known_at):
    shown, others = step.moves[:LISTED], step.moves[LISTED:]
    named = Announcement.objects.exclude(status=Status.DRAFT).in_bulk(
        [move.announcement for move in shown], field_name="slug"
    )
    return Later(
        reading,
        Ends(*step.total),
        Ends(step.total.firm - before.firm, step.total.ceiling - before.ceiling),
        [
            Mover(
                announcement := named.get(move.announcement),
                _what(announcement, known_at),
                move.posted_at,
                Ends(move.firm, move.ceiling),
            )
            for move in shown
        ],
        len(others),
        panels.sum_of([(move.announcement, Ends(move.firm, move.ceiling)) for move in others]),
    )


def _what(announcement, known_at):
    """What an announcement did since a moment, in words."""
    if announcement is None:
        return "no longer public"
    if announcement.status == Status.WITHDRAWN:
        return "withdrawn"
    if announcement.published_at and announcement.published_at > known_at:
        return "recorded since"
    return "corrected, or its money is seen otherwise since"


def _for_tex(text):
    """A text in which TeX reads nothing but letters."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", " "))
