"""Announcements from a table: one claim a row, judged as a whole, and brought in whole or not at all.

A row says what its cells say. What announcement a row belongs to is told by its id, or by day and title; an announcement
that is public already keeps what no cell speaks of, so a table adds and changes and takes nothing away. `columns` holds
what each column is.
"""

import io
import re
from typing import NamedTuple

import openpyxl
from django.db import transaction
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from programmes import money
from programmes.documents import nearest, printable
from programmes.models import Region, Theme

from ..choices import Bound, ClaimMeasure, Did, Status
from ..facts import dumping, loading
from ..facts.format import FORMAT, SHARES, WHOLES, hundredths
from ..intake import amounts, sheets
from ..intake.sheets import Formula, Unreadable
from ..models import Announcement, Revision, Source
from . import checks, columns, revisions, typed
from .checks import Level
from .columns import COLUMNS, NONE, Misread, Names
from .known import written

SHEET = "Announcements"
"""The sheet that is read, where a workbook has one of this name."""
CHUNK = 500


class Fault(NamedTuple):
    """What is wrong in a cell, in words that say what to do. row: as the spreadsheet counts; column: its name, or ""."""

    row: int
    column: str
    message: str


class Drawn(NamedTuple):
    """One announcement of the table. rows: the numbers of its rows; said: the row of each of its own columns; of_claims, of_sources: the row that each claim and
    source comes from, the first row for one that only the public record has; named: the places of the claims that rows
    speak of; record: what it is to say, in the interchange format; was: what it says now, None where it is new."""

    rows: list[int]
    said: dict[str, int]
    typed: dict
    composed: typed.Composed
    of_claims: list[int]
    of_sources: list[int]
    named: set[int]
    was: dict | None

    @property
    def record(self):
        return self.composed.record

    def place(self, path):
        """The (row, column) that a place in what is typed comes from."""
        rows = {"claims": self.of_claims, "sources": self.of_sources}.get(path[0] if path else "")
        if rows is not None and len(path) > 1 and path[1] < len(rows):
            return rows[path[1]], columns.of_path(path, self.typed[path[0]][path[1]])
        column = columns.of_path(path, {})
        return self.said.get(column, self.rows[0]), column


class Judged(NamedTuple):
    """A table as it would come in. warnings: what the checks find doubtful, each a Fault; changes: what becomes of each
    announcement, None while there are faults."""

    announcements: list[Drawn]
    faults: list[Fault]
    warnings: list[Fault]
    changes: list | None

    @property
    def claims(self):
        """How many claims its rows speak of."""
        return sum(len(one.named) for one in self.announcements)

    @property
    def bad_rows(self):
        """How many rows have faults."""
        return len({fault.row for fault in self.faults})

    def number(self, change):
        """How many announcements are new, changed or unchanged."""
        return (self.changes or ()).count(change)

    @property
    def money(self):
        """(low, high) in pence of what the rows word as money first spoken of, in pounds: parts and their wholes both."""
        claims = (one.record["claims"][place] for one in self.announcements for place in one.named)
        ends = [_ends(claim) for claim in claims if not claim.get("about")]
        return sum(low for low, _ in ends), sum(high for _, high in ends)


def _ends(claim):
    if claim.get("currency") != "GBP":
        return 0, 0
    try:
        low, high = (hundredths(claim.get(end) or claim.get("amount")) or 0 for end in ("low", "high"))
    except ArithmeticError:
        return 0, 0
    return (0 if claim.get("bound") == Bound.UP_TO else low), high


# ---------------------------------------------------------------------------------------------- in: judging


def judge(data, *, today):
    """The table in a file's bytes as it would come in, with everything that is wrong with it. Writes nothing.

    Raises sheets.Unreadable where it is no table of announcements at all.
    """
    rows = sheets.read(data, SHEET)
    announcements, found = drawn(rows, names(), _public)
    found += [*_unread(announcements), *_in_work(announcements)]
    changes = None
    document = {"format": FORMAT, "announcements": [one.record for one in announcements]}
    try:
        loaded = loading.load([("", document)], at=None, today=today, check=True, publish=True)
        changes = [outcome.change for outcome in loaded.outcomes]
    except loading.FactFaults as wrong:
        found += _told(announcements, wrong.faults)
    seen = list(_checked(announcements, today))
    found += [fault for level, fault in seen if level == Level.ERROR]
    faults = _in_order(_once(found, announcements))
    warnings = _in_order(fault for level, fault in seen if level == Level.WARNING)
    return Judged(announcements, faults, warnings, None if faults else changes)


def drawn(rows, names, public):
    """The announcements that the rows of a table make, and the faults of its cells. Pure but for `public`, which gives
    {id: record} of those of some ids that are public already. Raises Unreadable for a header that is none."""
    table = _Table(rows[0], rows[1:], names)
    table.draw(public)
    return table.drawn, table.faults


def names():
    """What themes and regions may be called."""
    return Names(*(_called(model) for model in (Theme, Region)))


def _called(model):
    rows = model.objects.values_list("key", "name")
    return {name.casefold(): key for key, name in rows} | {key: key for key, _ in rows}


def _public(ids):
    """{id: record} of the announcements that are there already."""
    ids = sorted(ids)
    return {
        row.slug: dumping.announcement(row)
        for chunk in (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
        for row in dumping.prefetched(Announcement.objects.filter(slug__in=chunk).in_order())
    }


def _in_work(announcements):
    """Faults of announcements that somebody is entering or revising already."""
    by_id = {one.record["id"]: one for one in announcements if one.record.get("id")}
    by_title = {
        (one.record["announced_on"], one.record.get("title")): one
        for one in announcements
        if one.record.get("announced_on")
    }
    for about in Revision.objects.open().order_by("pk").values_list("announcement", "announced_on", "title"):
        one = by_id.get(about[0]) or by_title.get((str(about[1]), about[2]))
        if one:
            message = "Somebody is at work on this announcement already: finish or discard that on the work list first."
            yield Fault(one.rows[0], "announcement", message)


def _unread(announcements):
    """Faults of what cannot be read."""
    return [Fault(*one.place(path), message) for one in announcements for path, message in one.composed.faults]


def _told(announcements, faults):
    """Faults of the loader, at the cells that they come from."""
    for fault in faults:
        one = announcements[fault.path[1]] if len(fault.path) > 1 else None
        if one is None:
            yield Fault(1, "announcement", str(fault.message))
            continue
        row, column = one.place(one.composed.typed_path(fault.path[2:]))
        yield Fault(row, column, f"{str(fault.message)[:1].upper()}{str(fault.message)[1:]}.")


def _once(faults, announcements):
    """Each cell's first fault, without what is wrong only because something else is: an id that is made of a day and title that cannot be read."""
    faults = list({(fault.row, fault.column): fault for fault in reversed(faults)}.values())
    heads = {fault.row for fault in faults if fault.column in ("announced_on", "title")}
    spoilt = {one.rows[0] for one in announcements if not one.record.get("id") and heads.intersection(one.rows)}
    return [fault for fault in faults if not (fault.column == "announcement" and fault.row in spoilt)]


def _in_order(faults):
    places = {name: place for place, name in enumerate(COLUMNS)}
    return sorted(faults, key=lambda fault: (fault.row, places[fault.column]))


def _checked(announcements, today):
    """(level, Fault) of what the checks find, by what each announcement says and where else its sources are used."""
    using = _using(
        [source["url"] for one in announcements for source in one.record.get("sources") or () if source["url"]]
    )
    for one in announcements:
        addresses = {checks.bare_address(source["url"] or "") for source in one.record.get("sources") or ()}
        others = {other.slug: other for address in addresses for other in using.get(address, ())}
        if one.was:
            others.pop(one.was["id"], None)
        for finding in checks.find(one.record, checks.Known(today=today, others=tuple(others.values()))):
            yield finding.level, Fault(*one.place(one.composed.typed_path(finding.path)), finding.message)


def _using(addresses):
    """{bare address: the announcements that have it as a source} of these addresses."""
    found, addresses = {}, sorted(set(addresses))
    for chunk in (addresses[start : start + CHUNK] for start in range(0, len(addresses), CHUNK)):
        sources = Source.objects.filter(url__in=written(chunk)).select_related("announcement").order_by("pk")
        for source in sources:
            row = source.announcement
            other = checks.Other(
                row.slug, row.title, row.announced_on, (source.url,), withdrawn=row.status == Status.WITHDRAWN
            )
            found.setdefault(checks.bare_address(source.url), []).append(other)
    return found


# ------------------------------------------------------------------------------------------- in: rows to typed


class _Group:
    """The rows of one announcement."""

    def __init__(self):
        self.rows = []
        self.claims = {}
        """{key: (row, {column: what is typed})}"""
        self.sources = {}
        """{what it is known by: (row, {column: what is typed})}"""
        self.said = {}
        """{column: (row, what is typed)} of the announcement itself"""


class _Table:
    def __init__(self, header, rows, names):
        self.names = names
        self.faults = []
        self.drawn = []
        self.columns = self._header(header)
        self.groups = {}
        self._group(rows)

    def fault(self, row, column, message):
        self.faults.append(Fault(row, column, message))

    # The header

    def _header(self, header):
        found, wrong = {}, []
        for place, cell in header.cells.items():
            column = columns.column_of(cell)
            if column is None:
                close = nearest(str(cell).casefold().replace(" ", "_"), list(COLUMNS))
                wrong.append(f"“{str(cell)[:60]}” is no column" + (f": did you mean {close}?" if close else "."))
            elif column in found.values():
                wrong.append(f"{column.name} is there twice.")
            else:
                found[place] = column
        if not found:
            raise Unreadable("The first row has to name the columns, such as announced_on and title: see the template.")
        if wrong:
            raise Unreadable(" ".join([*wrong, "Mend the first row, or take those columns out."]))
        return found

    # Which rows belong together

    def _group(self, rows):
        read = []
        for row in rows:
            cells = self._cells(row)
            head = {key: cells.get(key, "") for key in ("announced_on", "title")}
            read.append((row.number, cells, any(head.values()), typed.compose(head).record.get("id")))
        # Whoever gives an id once may name the announcement by its day and title elsewhere.
        ids = {made: cells["announcement"] for _, cells, _, made in reversed(read) if made and "announcement" in cells}
        above = None
        for number, cells, headed, made in read:
            key = cells.get("announcement") or ids.get(made, made) or (None if headed else above) or ("row", number)
            above = key
            group = self.groups.setdefault(key, _Group())
            group.rows.append(number)
            self._add(group, number, cells)

    def _cells(self, row):
        """{column: what is typed} of a row."""
        cells = {}
        for place, cell in row.cells.items():
            column = self.columns.get(place)
            if column is None:
                self.fault(row.number, "announcement", f"“{str(cell)[:60]}” stands under no heading: take it out.")
            elif isinstance(cell, Formula):
                self.fault(row.number, column.name, f"This is a formula ({str(cell)[:60]}): put in its value.")
            else:
                try:
                    value = column.read(cell, self.names)
                except Misread as wrong:
                    self.fault(row.number, column.name, str(wrong))
                else:
                    if value or column.name == "claim_programmes":
                        cells[column.name] = value
        return cells

    def _add(self, group, number, cells):
        parts = {part: {} for part in ("announcement", "source", "claim")}
        for name, value in cells.items():
            parts[COLUMNS[name].part][name] = value
        for name, value in parts["announcement"].items():
            self._say(group.said, name, value, number)
        if source := parts["source"]:
            known_by = source.get("source") or tuple(sorted(source.items()))
            row, said = group.sources.setdefault(known_by, (number, {}))
            for name, value in source.items():
                if said.setdefault(name, value) != value:
                    self.fault(number, name, f"Row {row} says {said[name]} of the same source: make them one.")
        if claim := parts["claim"]:
            key = claim.get("claim") or _free(
                typed.slug(claim.get("name", ""))[:76].strip("-") or f"row-{number}", group.claims
            )
            if key in group.claims:
                self.fault(
                    number,
                    "claim",
                    f"Row {group.claims[key][0]} has the claim {key} already: give this one another key.",
                )
            else:
                group.claims[key] = number, claim | {"claim": key}

    def _say(self, said, name, value, number):
        row, before = said.setdefault(name, (number, value))
        if before != value:
            shown = COLUMNS[name].show(before)
            self.fault(
                number,
                name,
                f"Row {row} of the same announcement says “{shown[:60]}”: make them one, or leave this empty.",
            )

    # What is typed

    def draw(self, public):
        """Make announcements of the groups, on top of what is public already. public: from ids to {id: record}."""
        heads = {}
        for key, group in self.groups.items():
            said = {name: value for name, (_, value) in group.said.items()}
            heads[key] = said.get("announcement") or (key if isinstance(key, str) else None)
        records = public({key for key in heads.values() if key})
        for key, group in self.groups.items():
            was = records.get(heads[key])
            self.drawn.append(self._announcement(group, was, heads[key]))

    def _announcement(self, group, was, key):
        out = typed.of(was) if was else {"announcer": {}, "sources": [], "claims": []}
        for name, (_, value) in group.said.items():
            _put(out, COLUMNS[name].path, value)
        if key:
            out["id"] = key
        of_sources = [group.rows[0]] * len(out["sources"])
        for row, said in group.sources.values():
            source = next((one for one in out["sources"] if _is_that(one, said)), None)
            if source is None:
                source = {}
                out["sources"].append(source)
                of_sources.append(row)
            for name, value in said.items():
                _put(source, COLUMNS[name].path, value)
        of_claims = [group.rows[0]] * len(out["claims"])
        places = {claim["key"]: place for place, claim in enumerate(out["claims"])}
        named = set()
        for key, (row, said) in group.claims.items():
            place = places.get(key, len(of_claims))
            if place == len(of_claims):
                out["claims"].append({})
                of_claims.append(row)
            of_claims[place] = row
            named.add(place)
            self._claim(out["claims"][place], said, row)
        said = {name: row for name, (row, _) in group.said.items()}
        return Drawn(group.rows, said, out, typed.compose(out), of_claims, of_sources, named, was)

    def _claim(self, claim, said, row):
        said = said | self._figure(claim, said, row)
        for name, value in said.items():
            path = COLUMNS[name].path
            if path[0] == "links":
                kept = [link for link in claim.get("links", ()) if link["kind"] != path[1]]
                claim["links"] = [*kept, *value]
            else:
                _put(claim, path, value)
        if "claim_programmes" in said:
            claim["programmes_are"] = "these"

    def _figure(self, claim, said, row):
        """What the cells of the figure come to, {column: what is typed}; nothing of an earlier figure is left beside it."""
        amount, wording = said.get("amount", ""), said.get("as_stated", "")
        given = [name for name in ("amount", "low", "high") if said.get(name)]
        if not given and (not wording or wording == claim.get("as_stated")):
            return {}
        fresh = {name: said.get(name, "") for name in ("amount", "low", "high", "bound")}
        nothing = fresh | {"amount": "", "bound": fresh["bound"] or Bound.EXACT.value}
        if amount.casefold() == NONE:
            return nothing
        if given and (not amount or columns.number(amount)):
            return fresh | {"amount": columns.number(amount)}
        name = "amount" if given else "as_stated"
        reading = amounts.read(said[name])
        if reading is None or reading.per not in ("", "year"):
            if name == "amount":
                self.fault(row, name, columns.NO_AMOUNT.format(printable(amount)))
            elif re.search(r"\d", wording):
                message = f"“{printable(wording)}” is not read as one sum: fill in amount, or low and high; or none as the amount, where no sum was stated."
                self.fault(row, name, message)
            return nothing
        if said.get("currency", reading.currency) != reading.currency:
            self.fault(
                row,
                "currency",
                f"“{printable(said[name])}” is in {reading.currency}: fill in the amount, or mend this.",
            )
        found = {"bound": reading.bound.value, "currency": reading.currency}
        if reading.bound == Bound.RANGE:
            found |= {"amount": "", "low": money.in_digits(reading.low), "high": money.in_digits(reading.high)}
        else:
            found["amount"] = money.in_digits(reading.high)
        if reading.per_year:
            found["measure"] = ClaimMeasure.PER_YEAR.value
        return fresh | found | {key: said[key] for key in ("bound", "currency", "measure") if said.get(key)}


def _put(out, path, value):
    for step in path[:-1]:
        out = out.setdefault(step, {})
    out[path[-1]] = value


def _is_that(source, said):
    """Whether a source is the one that cells speak of: of the same address, or without one of the same words."""
    if said.get("source"):
        return source.get("url") == said["source"]
    return not source.get("url") and all(source.get(COLUMNS[name].path[0]) == value for name, value in said.items())


def _free(key, taken):
    found, number = key, 1
    while found in taken:
        number += 1
        found = f"{key}-{number}"
    return found


# ------------------------------------------------------------------------------------------- in: what is written


@transaction.atomic
def bring_in(judged, *, by, at, assignee=None, why=""):
    """A draft of each announcement that is new or changed, for somebody to go on with: all of them or none.

    judged: a table without faults. Gives how many. Raises revisions.Refused.
    """
    records = _to_write(judged)
    for start in range(0, len(records), CHUNK):
        part = records[start : start + CHUNK]
        revisions.begin_all(part, by=by, at=at, why=why, assignee=assignee, verb=Did.IMPORTED)
    return len(records)


def publish(judged, *, by, at, today, why=""):
    """Make each announcement that is new or changed public at once: all of them or none. Gives how many.

    judged: a table without faults. Raises loading.FactFaults.
    """
    document = {"format": FORMAT, "announcements": _to_write(judged)}
    return len(loading.load([("", document)], at=at, today=today, by=by, why=why).outcomes)


def _to_write(judged):
    told = zip(judged.announcements, judged.changes, strict=True)
    return [one.record for one, change in told if change != loading.Change.UNCHANGED]


# ------------------------------------------------------------------------------------------- out: records to rows


def table(records):
    """The rows of announcements, header first, as texts: what `judge` reads back as the same records. Figures, targets
    and responses have no columns, and are left out."""
    yield list(COLUMNS)
    for record in records:
        yield from ([row.get(name, "") for name in COLUMNS] for row in rows_of(record))


def rows_of(record):
    """The rows of one announcement, each {column: text}: one a claim, and as many as it has sources."""
    said = typed.of(record)
    claims = [_cells_of("claim", claim) | _of_links(claim) for claim in said["claims"]]
    sources = [_cells_of("source", source) for source in said["sources"]]
    rows = []
    for place in range(max(len(claims), len(sources), 1)):
        row = _cells_of("announcement", said) if not place else {"announcement": said["id"]}
        for part in (sources, claims):
            row |= part[place] if place < len(part) else {}
        rows.append(row)
    return rows


def _cells_of(part, said):
    cells = {}
    for column in COLUMNS.values():
        if column.part == part and column.path[0] != "links":
            value = said
            for step in column.path:
                value = (value or {}).get(step)
            cells[column.name] = column.show(value)
    return cells


def _of_links(claim):
    cells = {
        kind: COLUMNS[kind].show([link for link in claim["links"] if link["kind"] == kind])
        for kind in (*WHOLES, *SHARES)
    }
    if not claim["amount"] and claim["bound"] != Bound.RANGE:
        cells["amount"] = NONE
    if claim["programmes_are"] != "these":
        cells["claim_programmes"] = ""
    return cells


def template():
    """The bytes of a workbook to fill in: the columns with an example, and a sheet that says what each column is."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = SHEET
    for row in table([EXAMPLE]):
        sheet.append(row)
    explained = workbook.create_sheet("Explanation")
    explained.append(["column", "what it is"])
    for column in COLUMNS.values():
        explained.append([column.name, column.says])
    for one, widths in ((sheet, dict.fromkeys(range(1, len(COLUMNS) + 1), 18)), (explained, {1: 20, 2: 120})):
        one.freeze_panes = "A2"
        for cell in one[1]:
            cell.font = Font(bold=True)
        for place, width in widths.items():
            one.column_dimensions[get_column_letter(place)].width = width
        for cells in one.iter_rows():
            for cell in cells:
                # Text stays text, also where a spreadsheet would make a day or a number of it.
                cell.number_format = "@"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


EXAMPLE = {
    "id": "2026-05-14-scanners-for-hospitals",
    "announced_on": "2026-05-14",
    "title": "New scanners for hospitals",
    "summary": "Hospitals get new scanners over three years, some of the money for the North East.",
    "announcer": {"organisation": "Department of Health and Social Care", "person": "A. Minister", "role": "Minister"},
    "programmes": ["Diagnostics fund"],
    "sources": [
        {
            "url": "https://www.example.org/news/scanners",
            "publisher": "GOV.UK",
            "published_on": "2026-05-14",
            "kind": "press_release",
        }
    ],
    "claims": [
        {
            "key": "total",
            "name": "Scanners for hospitals",
            "as_stated": "£120 million",
            "amount": "120000000",
            "currency": "GBP",
            "bound": "exact",
            "measure": "total",
            "effect": "introduces",
            "sector": "government",
            "additionality": "new",
            "start_fy": "2026-27",
            "end_fy": "2028-29",
            "theme": "diagnostics",
            "regions": ["england"],
        },
        {
            "key": "north-east",
            "name": "Scanners in the North East",
            "as_stated": "up to £9 million",
            "amount": "9000000",
            "currency": "GBP",
            "bound": "up_to",
            "measure": "total",
            "effect": "introduces",
            "part_of": ["total"],
            "sector": "government",
            "additionality": "new",
            "theme": "diagnostics",
            "regions": ["north-east"],
        },
    ],
}
"""What the template shows: an announcement of two claims, one of which is a part of the other."""
