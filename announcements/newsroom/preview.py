"""What publishing a record would do to the public totals, found out by doing it and taking it back.

The record is loaded and posted as it will be, in a transaction that never commits, while the ledger's head is held: the
difference is therefore that of the rules themselves, to the penny, and nobody posts in between. What is asked of the
broker after a commit is never asked, and nothing that is read in there is remembered.
"""

import logging
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from programmes.documents import Fault, place
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Theme

from ..choices import Additionality, Flag, Measure, Sector
from ..facts import loading
from ..facts.format import FORMAT
from ..ledger import figures, newness, posting
from ..ledger.claims import counted, in_parts
from ..ledger.totals import Amounts
from ..models import Announcement, Claim, ClaimLink, LedgerEntry, Membership, Pot
from .telling import Cell, Moved, sentences

logger = logging.getLogger(__name__)

TABLES = {
    "public": "Whether it is public money",
    "theme": "Theme",
    "region": "Place",
    "programme": "Programme",
    "sector": "Who pays",
    "additionality": "How new it is said to be",
    "announced_year": "Year of the announcement",
    "money_year": "Year of the money",
}
COLUMNS = ("pot__reference", "measure", "theme", "region", "sector", "additionality", "announced_year", "money_year")


class Line(NamedTuple):
    """One figure of a table: what it is of, and how much it changes, in pence."""

    label: str
    amounts: Amounts


class PotLine(NamedTuple):
    """A pot that changes: its amount (low, high) before and after, None where it has none or is not there, and what it
    adds to announced money, more or less than now; all in pence."""

    reference: str
    name: str
    before: tuple | None
    after: tuple | None
    adds: Amounts


@dataclass(frozen=True)
class Preview:
    """What publishing a record would do, or why it cannot be done.

    faults: what to mend, each a Fault with its path in the record; with any, nothing else is known. public_already:
    whether the announcement is published now. moved: the change of every total; names: {dimension: {value: name}} of
    what it is asked by; pots: those that change; spoken: how new is what it says; raised, lowered: flags that appear and
    go, as (name of the pot, Flag); words: all that matters of it, in plain sentences.
    """

    faults: tuple = ()
    public_already: bool = False
    change: loading.Change | None = None
    moved: Moved = field(default_factory=lambda: Moved({}, {}))
    names: dict = field(default_factory=dict)
    pots: tuple = ()
    spoken: newness.Spoken | None = None
    raised: tuple = ()
    lowered: tuple = ()
    words: tuple = ()

    @property
    def totals(self):
        """A Line for each measure, also where it does not change."""
        order = (Measure.ANNOUNCED, Measure.ALLOCATED, Measure.SPENT, Measure.SAID)
        return [Line(measure.label, self.moved.total(measure)) for measure in order]

    @property
    def tables(self):
        """(title, Lines) of announced money by each dimension in which it changes."""
        found = []
        for dimension, title in TABLES.items():
            rows = self.moved.by(dimension)
            lines = [Line(self.names[dimension][row.key[0]], Amounts(*row[1:])) for row in rows]
            if lines:
                found.append((title, lines))
        return found


class _Standing(NamedTuple):
    """What the ledger holds of some pots, as {Cell: (firm, ceiling)}, and what is kept of each, by reference."""

    cells: dict
    pots: dict


def preview(record, *, at, today=None, future_ok=False):
    """The Preview of publishing a record (a dict of the interchange format) now. Nothing stays of it.

    What is published already is compared with what is counted of it now, what was withdrawn with nothing. at: the moment
    it would be published; today: the last day that it may be dated, that of `at` where not given, unless future_ok.
    """
    today = today or timezone.localtime(at).date()
    slug = record.get("id")
    slug = slug if isinstance(slug, str) else ""
    with transaction.atomic():
        seen = _seen(record, slug, at, today, future_ok)
        transaction.set_rollback(True)
    logger.info("previewed announcement=%s, and took it back", slug)
    return seen


def _seen(record, slug, at, today, future_ok):
    # Until both states are read. On SQLite the transaction itself is the lock.
    posting.lock()
    was_public = Announcement.objects.published().filter(slug=slug).exists()
    about = _pots_about(slug)
    try:
        with transaction.atomic():
            document = {"format": FORMAT, "announcements": [record]}
            loaded = loading.load([("", document)], at=at, today=today, future_ok=future_ok, put_back=True)
            pots = _families(about | _pots_about(slug))
            after = _standing(pots)
            spoken, uncounted = _said(slug)
            programmes = dict(Programme.objects.values_list("slug", "name"))
            transaction.set_rollback(True)
    except loading.FactFaults as wrong:
        return Preview(faults=tuple(_in_record(fault) for fault in wrong.faults), public_already=was_public)
    before = _standing(pots)
    return _told(slug, was_public, loaded.outcomes[0].change, before, after, programmes, spoken, uncounted)


def _in_record(fault):
    path = fault.path[2:] if fault.path[:2] == ("announcements", 0) else fault.path
    return Fault(place("", path), fault.message, path)


def _told(slug, was_public, change, before, after, programmes, spoken, uncounted):
    moved = Moved(before.cells, after.cells)
    names = _names(moved, programmes)
    pots = {reference: name for reference, (name, _, _) in (before.pots | after.pots).items()}
    lines = _pot_lines(moved, before, after)
    raised, lowered = _flags(before, after), _flags(after, before)
    earlier = {part.pot for part in spoken.slices} - {""} - pots.keys()
    return Preview(
        public_already=was_public,
        change=change,
        moved=moved,
        names=names,
        pots=tuple(lines),
        spoken=spoken,
        raised=tuple((pots[pot], flag) for pot, flag in raised),
        lowered=tuple((pots[pot], flag) for pot, flag in lowered),
        words=tuple(
            sentences(
                moved,
                names,
                slug=slug,
                public_already=was_public,
                uncounted=uncounted,
                spoken=spoken,
                pots=pots | dict(Pot.objects.filter(reference__in=earlier).values_list("reference", "name")),
                raised=raised,
                lowered=lowered,
            )
        ),
    )


def _pot_lines(moved, before, after):
    adds = {row.key[0]: Amounts(*row[1:]) for row in moved.by("pot")}
    for reference in sorted(before.pots.keys() | after.pots.keys()):
        was, now = before.pots.get(reference), after.pots.get(reference)
        if reference in adds or (was and was[:2]) != (now and now[:2]):
            yield PotLine(
                reference,
                (now or was)[0],
                was and was[1],
                now and now[1],
                adds.get(reference, Amounts(0, 0)),
            )


def _flags(before, after):
    """(reference, Flag) of those that stand after and not before."""
    return [
        (reference, Flag(flag))
        for reference, (_, _, flags) in sorted(after.pots.items())
        for flag in flags
        if reference not in before.pots or flag not in before.pots[reference][2]
    ]


# What stands


def _pots_about(slug):
    """The ids of the pots that an announcement's claims are about or link to."""
    claims = Claim.objects.filter(announcement__slug=slug).order_by()
    return {
        *claims.values_list("pot", flat=True),
        *ClaimLink.objects.filter(claim__in=claims).order_by().values_list("pot", flat=True),
    }


def _families(pots):
    """The ids of these pots and of all that share money with them, as they were last posted."""
    found = set(pots)
    for ids in in_parts(pots):
        families = Pot.objects.filter(pk__in=ids).exclude(family="").order_by().values("family")
        found.update(Pot.objects.filter(family__in=families).values_list("pk", flat=True))
    return found


def _standing(pots):
    cells, kept = {}, {}
    for ids in in_parts(pots):
        programmes = {}
        joined = Membership.objects.filter(pot__in=ids).order_by().values_list("pot__reference", "programme__slug")
        for reference, slug, now in joined.annotate(now=Sum("change")):
            if now > 0:
                programmes.setdefault(reference, []).append(slug)
        rows = LedgerEntry.objects.filter(pot__in=ids).order_by().values_list(*COLUMNS)
        for *key, firm, ceiling in rows.annotate(f=Sum("firm"), c=Sum("ceiling")):
            cells[Cell(*key, tuple(sorted(programmes.get(key[0], ()))))] = int(firm), int(ceiling)
        for reference, name, low, high, flags in Pot.objects.filter(pk__in=ids).values_list(
            "reference", "name", "low", "high", "flags"
        ):
            kept[reference] = name, None if high is None else (low, high), flags
    return _Standing(cells, kept)


def _said(slug):
    """How new is what an announcement says, and (name, reason) of its claims that are not counted."""
    row = Announcement.objects.get(slug=slug)
    claims = Claim.objects.filter(announcement=row).select_related("announcement", "pot").in_order()
    reasons = ((claim.name, figures.why_uncounted(counted(claim))) for claim in claims)
    return newness.of(row), [(name, reason) for name, reason in reasons if reason]


def _names(moved, programmes):
    """{dimension: {value: name}} of what totals are asked by. programmes: {slug: name}, new ones among them."""
    years = {year for cell in moved.cells for year in (cell.announced_year, cell.money_year) if year is not None}
    written = {year: str(FinancialYear(year)) for year in years}
    return {
        "public": {True: "Public money", False: "Not public"},
        "theme": dict(Theme.objects.values_list("key", "name")),
        "region": dict(Region.objects.values_list("key", "name")),
        "programme": programmes | {None: "No programme"},
        "sector": dict(Sector.choices),
        "additionality": dict(Additionality.choices),
        "announced_year": written,
        "money_year": written | {None: "Not stated"},
    }
