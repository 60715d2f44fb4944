"""What in the records is weak: named checks, each with the rows that it finds, what it means and what an editor does.

Nothing here changes a total. A check is of pots, announcements or sources; the money of the pots that it finds is what
they add to the announced totals now.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import Coalesce

from .choices import Flag, Reached, Sector
from .filters import MISSING, carrying
from .ledger import totals
from .ledger.totals import Amounts
from .models import Announcement, Pot, PotFacet, Source, SourceCheck


class Check(NamedTuple):
    """A check: its rows as a function that gives an ordered queryset, whose order ends on something unique.

    of: what the rows are, "pots", "announcements" or "sources". question: the filters of totals whose money this is, where
    the grammar of totals has that question.
    """

    key: str
    title: str
    means: str
    mend: str
    of: str
    rows: Callable
    question: dict = {}


def flagged(flag):
    """Pots on which a flag stands."""
    return lambda: Pot.objects.introduced().filter(carrying(PotFacet, "flag")([flag])).in_order()


def adding(**question):
    """Pots that add to a total."""
    return lambda: Pot.objects.filter(pk__in=totals.pots(**question).values("pot")).in_order()


def with_assumed_years():
    return Pot.objects.filter(pk__in=totals.entries().filter(assumed=True).order_by().values("pot")).in_order()


def without_source():
    readable = Source.objects.filter(announcement=OuterRef("pk")).exclude(url="")
    return Announcement.objects.published().filter(~Exists(readable)).in_order()


def sources(checks):
    """Sources of published announcements whose address is among these SourceChecks."""
    return (
        Source.objects.of_published()
        .filter(url__in=checks.order_by().values("url"))
        .select_related("announcement")
        .latest_first()
    )


CHECKS = {
    check.key: check
    for check in [
        Check(
            "parts-exceed-whole",
            "Parts that exceed their whole",
            "What lies in the pot adds up to more than the pot, by more than rounding explains. Each part counts, so the "
            "total may be too high.",
            "Read the sources again: a part may lie in another pot, a figure may be of other years, or the whole was raised.",
            "pots",
            flagged(Flag.PARTS_EXCEED_WHOLE),
        ),
        Check(
            "overlap-unknown",
            "Overlaps of unknown size",
            "Two pots share money and nobody said how much. In the firm figure the overlap is full, in the ceiling there "
            "is none; the distance between the two is this doubt.",
            "Look for a source that states the share, and enter it as a link with its sum.",
            "pots",
            flagged(Flag.OVERLAP_UNKNOWN),
        ),
        Check(
            "open-ended",
            "Open-ended sums",
            "It was worded as at least so much, or is yearly without a last year: it counts as stated and may be more.",
            "Look for a later source with the sum or the last year.",
            "pots",
            flagged(Flag.OPEN_ENDED),
        ),
        Check(
            "no-amount",
            "Money without an amount",
            "Something was announced and no sum was stated: unknown is not nil, and it adds nothing.",
            "Look for a figure in a later source, such as accounts or a written answer, and enter it as a revision.",
            "pots",
            flagged(Flag.NO_AMOUNT),
        ),
        Check(
            "no-rate",
            "Sums in other currencies without a rate",
            "The sum is in another currency and no rate is stated, so it adds no pounds.",
            "State on the claim the published average rate of the year, with its source.",
            "pots",
            flagged(Flag.NO_RATE),
        ),
        Check(
            "no-period",
            "Money without a period",
            "No source says for which years the money is. It is in the totals, and in those by year of the money it "
            "stands as not stated; in real terms it is converted by the year of its announcement.",
            "Look for first and last year in the source or in accounts, and enter them on the claim.",
            "pots",
            adding(money_year=totals.NOT_STATED),
            {"money_year": MISSING},
        ),
        Check(
            "part-without-year",
            "Parts without years in a whole with years",
            "The whole says its years and this part of it does not, so by year of the money the two do not meet.",
            "Where the part is for the same years, enter them on its claim.",
            "pots",
            flagged(Flag.PART_WITHOUT_YEAR),
        ),
        Check(
            "assumed-years",
            "Years that are an even split",
            "Several years are stated and not how much is for each, so the money is split evenly.",
            "Enter the profile by year where a source has one.",
            "pots",
            with_assumed_years,
        ),
        Check(
            "unclear-newness",
            "Not known to be new",
            "No evidence says whether the money is new or moved. It is announced money, and never in the figure for new.",
            "Look for what the Treasury, the auditors or the press found, and set how new it is on the claim.",
            "pots",
            adding(additionality="unclear"),
            {"additionality": "unclear"},
        ),
        Check(
            "joint-sums",
            "Joint sums that nobody divided",
            "Public and other money stand in one sum, and no source divides it. It stays outside the public total.",
            "Look for the public share, and enter it as a part.",
            "pots",
            adding(sector=Sector.MIXED),
            {"sector": str(Sector.MIXED)},
        ),
        Check(
            "no-theme",
            "Whole budgets without a theme",
            "A settlement for everything, which no theme holds. It is in the totals, and in no theme's own.",
            "Nothing, where it is one; enter its stated parts with their themes.",
            "pots",
            adding(theme="whole-system"),
            {"theme": "whole-system"},
        ),
        Check(
            "no-source",
            "Announcements without a source to open",
            "No source with an address is on record, so nobody can read it again.",
            "Find where it was published, or an archived copy, and enter the address.",
            "announcements",
            without_source,
        ),
        Check(
            "dead-links",
            "Sources that are gone",
            f"The address gave no page on {SourceCheck.GONE_AFTER} or more different days in a row. The figures stay as they are.",
            "Find the page's new address or an archived copy, and enter that.",
            "sources",
            lambda: sources(SourceCheck.objects.gone()),
        ),
        Check(
            "moved-links",
            "Sources that answer elsewhere",
            "The address leads on to another one, which answers.",
            "Enter the new address before the old one stops leading there.",
            "sources",
            lambda: sources(SourceCheck.objects.filter(outcome=Reached.MOVED)),
        ),
    ]
}
"""By key, in the order in which they are shown."""


def money(check):
    """What the pots of a check add to the announced totals now, as Amounts; None for one that is not of pots."""
    if check.of != "pots":
        return None
    if check.question:
        return totals.total(**check.question)
    found = totals.pots().filter(pot__in=check.rows().order_by().values("pk"))
    sums = found.aggregate(f=Coalesce(Sum("adds"), 0), c=Coalesce(Sum("adds_at_most"), 0))
    return Amounts(int(sums["f"]), int(sums["c"]))


def looked_at():
    """How many addresses of sources were looked at so far: without any, nothing is known of dead links."""
    return SourceCheck.objects.exclude(checked_at=None).count()
