"""The columns of a table of announcements, one claim a row: what each fills in what is typed (`typed`), how its cells are
read, how they are written, and what to say of it. Pure.

Cells are those of `intake.sheets`. What cannot be read is left as it stands, for `typed.compose` and the format's own
rules to name; only what they would misread is told here, by raising Misread.
"""

import csv
import datetime
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from programmes import money
from programmes.documents import printable

from ..choices import (
    Additionality,
    Bound,
    ClaimMeasure,
    Effect,
    Instrument,
    LinkKind,
    Nature,
    Sector,
    SourceKind,
    Terms,
)
from ..facts.format import WHOLES
from ..intake import amounts
from .typed import slug

NONE = "none"
"""In the column of amounts: no sum was stated, whatever the wording says."""


class Misread(ValueError):
    """A cell that would be taken for something else than it says; the text says what to do."""


class Names(NamedTuple):
    """The keys that themes and regions are called by: {name or key in small letters: key}."""

    themes: dict[str, str]
    regions: dict[str, str]


class Column(NamedTuple):
    """A column. part: what it is of, "announcement", "source" or "claim"; path: the place in what is typed of that part
    which it fills; read: from a cell and Names what is typed; show: the text of what is typed."""

    name: str
    part: str
    path: tuple[str, ...]
    read: Callable
    show: Callable
    says: str
    also: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------- single values


def text(cell, names=None):
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)


def day(cell, names=None):
    """``20th July 2018``, ``20.7.2018`` and ``Friday, 20 July 2018`` in a form that `typed` reads."""
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text(cell), flags=re.IGNORECASE)
    plain = re.sub(r"^[A-Za-z]+day,? +", "", plain)
    return re.sub(r"^(\d{1,2})[.-](\d{1,2})[.-](\d{4})$", r"\1/\2/\3", plain)


def year(cell, names=None):
    """A financial year; ``2001-02`` that a spreadsheet took for February 2001 is meant as it was typed."""
    if isinstance(cell, datetime.date) and cell.day == 1 and cell.month == (cell.year + 1) % 100:
        return f"{cell:%Y-%m}"
    return text(cell)


NO_AMOUNT = "“{}” is not an amount: write it as 412000000, £412,000,000 or £412m."


def number(plain):
    """The digits of an amount that is written in full, such as £412,000,000.50; empty for anything else."""
    found = re.fullmatch(r"£? ?(\d{1,3}(?:[, \u00a0\u202f]\d{3})+|\d+)(\.\d{1,2})?", plain)
    return re.sub(r"\D", "", found[1]) + (found[2] or "") if found else ""


def digits(cell, names=None):
    """The digits of an amount, in words as well, such as £1.2 billion. Raises Misread for what is no single sum of pounds."""
    plain = text(cell)
    if found := number(plain):
        return found
    sum_of_money = amounts.read(plain)
    if sum_of_money and (sum_of_money.bound, sum_of_money.currency, sum_of_money.per) == (Bound.EXACT, "GBP", ""):
        return money.in_digits(sum_of_money.high)
    raise Misread(NO_AMOUNT.format(printable(plain)))


def one_of(choices):
    """Reads one of the choices by its value or its label, in small or capital letters."""
    words = {_plain(word): value for value, label in choices.choices for word in (label, value)}

    def read(cell, names=None):
        return words.get(_plain(text(cell)), text(cell))

    return read


def theme(cell, names):
    return _known(text(cell), names.themes)


def _plain(word):
    return re.sub(r"[\W_]+", " ", word).strip().casefold()


def same(value):
    return "" if value is None else str(value)


# ---------------------------------------------------------------------------------------------------- lists


def listed(cell, names=None):
    """The items of a cell, between semicolons or on lines of their own; one that holds a semicolon stands in quotes."""
    plain = text(cell)
    try:
        lines = list(csv.reader(io.StringIO(plain, newline=""), delimiter=";", skipinitialspace=True, strict=True))
    except csv.Error:
        lines = [re.split(r"[;\n]", plain)]
    return list(dict.fromkeys(item for line in lines for one in line if (item := one.strip())))


def joined(items):
    return "; ".join(_quoted(item) for item in items or ())


def _quoted(item):
    return '"{}"'.format(item.replace('"', '""')) if re.search(r'[;"\r\n]', item) else item


def themes(cell, names):
    return [theme(item, names) for item in listed(cell)]


def regions(cell, names):
    return [_region(item, names) for item in listed(cell)]


def _region(item, names):
    return _known(item, names.regions)


def _known(word, keys):
    """The key of that name; of a name that is not known what might be its key, which the loader tells the nearest of."""
    return keys.get(word.casefold()) or slug(word) or word


def only_these(cell, names=None):
    return [] if text(cell).casefold() == NONE else listed(cell)


def show_only_these(programmes):
    return joined(programmes) or NONE


def links(kind):
    """Reads the links of one kind: each a reference, where it is a share with its sum or both ends after a colon."""

    def read(cell, names=None):
        return [_link(kind, item) for item in listed(cell)]

    return read


def _link(kind, item):
    pot, _, share = item.partition(":")
    low, _, high = share.partition(" to ")
    ends = {"low": digits(low.strip()), "high": digits((high or low).strip())} if share.strip() else {}
    return {"kind": kind, "pot": pot.strip(), "low": "", "high": ""} | ends


def show_links(rows):
    shares = []
    for row in rows:
        ends = f": {row['low']}" if row.get("low") else ""
        shares.append(f"{row['pot']}{ends}" + (f" to {row['high']}" if ends and row["high"] != row["low"] else ""))
    return joined(shares)


def by_year(cell, names=None):
    return [{"year": key, "amount": amount} for key, amount in _pairs(cell, "2018-19: 1000000")]


def by_region(cell, names):
    return [{"region": _region(key, names), "amount": amount} for key, amount in _pairs(cell, "north-east: 1000000")]


def _pairs(cell, example):
    for item in listed(cell):
        key, colon, amount = item.partition(":")
        if not colon:
            raise Misread(f"“{printable(item)}” lacks its amount: write it as {example}, with semicolons between.")
        yield key.strip(), digits(amount.strip())


def show_pairs(key):
    return lambda rows: joined([f"{row[key]}: {row['amount']}" for row in rows])


# -------------------------------------------------------------------------------------------- the columns


def _of_choices(choices):
    return ", ".join(str(value) for value in choices.values)


COLUMNS = {
    column.name: column
    for column in [
        Column(
            "announcement",
            "announcement",
            ("id",),
            text,
            same,
            "Id of the announcement: its day and a few words, such as 2018-07-20-hospital-technology. Rows of the same id "
            "belong together. Empty: made of day and title, or, where these are empty too, that of the row above.",
            also=("id", "announcement id"),
        ),
        Column(
            "announced_on",
            "announcement",
            ("announced_on",),
            day,
            same,
            "Day of the announcement: 2018-07-20, 20/07/2018 or 20 July 2018.",
            also=("day", "date", "announced"),
        ),
        Column("title", "announcement", ("title",), text, same, "What was announced, in our own words."),
        Column("summary", "announcement", ("summary",), text, same, "What was said, in our own words."),
        Column(
            "announcer",
            "announcement",
            ("announcer", "organisation"),
            text,
            same,
            "The organisation that announced it.",
            also=("organisation",),
        ),
        Column("person", "announcement", ("announcer", "person"), text, same, "Who spoke, where somebody is named."),
        Column("role", "announcement", ("announcer", "role"), text, same, "In which role that person spoke."),
        Column(
            "programmes",
            "announcement",
            ("programmes",),
            listed,
            joined,
            "Programmes that it speaks of, with semicolons between.",
            also=("programme",),
        ),
        Column(
            "announcement_note",
            "announcement",
            ("note",),
            text,
            same,
            "What a reader should know about how the announcement was judged.",
        ),
        Column(
            "source",
            "source",
            ("url",),
            text,
            same,
            "Address where it can be read. Each row may name one more source of its announcement, also a row without a claim.",
            also=("source address", "url", "address"),
        ),
        Column(
            "publisher", "source", ("publisher",), text, same, "Who published that source.", also=("source publisher",)
        ),
        Column(
            "source_kind",
            "source",
            ("kind",),
            one_of(SourceKind),
            same,
            f"What it is: {_of_choices(SourceKind)}. Empty: press_release.",
        ),
        Column("source_day", "source", ("published_on",), day, same, "Day on which that source was published."),
        Column(
            "claim",
            "claim",
            ("key",),
            text,
            same,
            "Short name of the claim in its announcement, such as total. Empty: made of its name.",
            also=("key", "claim key"),
        ),
        Column("name", "claim", ("name",), text, same, "What the sum is.", also=("claim name",)),
        Column(
            "as_stated",
            "claim",
            ("as_stated",),
            text,
            same,
            "The amount exactly as worded, such as up to £50 million over three years.",
            also=("wording",),
        ),
        Column(
            "amount",
            "claim",
            ("amount",),
            text,
            same,
            "In pounds: 412000000, £412,000,000 or £412m. Empty: read from as_stated. none: no sum was stated.",
        ),
        Column("low", "claim", ("low",), digits, same, "Low end of a range; the amount is then empty."),
        Column("high", "claim", ("high",), digits, same, "High end of a range."),
        Column(
            "bound",
            "claim",
            ("bound",),
            one_of(Bound),
            same,
            f"{_of_choices(Bound)}. Empty: read from the wording.",
        ),
        Column(
            "currency", "claim", ("currency",), text, same, "Three capital letters. Empty: that of the wording, or GBP."
        ),
        Column("rate", "claim", ("rate", "gbp_per_unit"), text, same, "Pounds for one unit of another currency."),
        Column("rate_on", "claim", ("rate", "on"), day, same, "Day of that rate."),
        Column("rate_source", "claim", ("rate", "source"), text, same, "Where that rate was read."),
        Column(
            "measure",
            "claim",
            ("measure",),
            one_of(ClaimMeasure),
            same,
            f"{_of_choices(ClaimMeasure)}. Empty: per_year where the wording says so, else total.",
        ),
        Column("terms", "claim", ("terms",), one_of(Terms), same, f"{_of_choices(Terms)}. Empty: cash."),
        Column("price_year", "claim", ("price_year",), year, same, "Of a sum in real terms: the year of its prices."),
        Column(
            "effect",
            "claim",
            ("effect",),
            one_of(Effect),
            same,
            f"{_of_choices(Effect)}. Empty: repeats where about is filled, else introduces.",
        ),
        Column(
            "about",
            "claim",
            ("about",),
            text,
            same,
            "The earlier claim that it speaks of again: 2018-07-20-hospital-technology#total, or total for one of the same "
            "announcement. Empty where the money is first spoken of here.",
        ),
        *(
            Column(kind, "claim", ("links", kind), links(kind), show_links, says)
            for kind, says in [
                (LinkKind.PART_OF.value, "Claims whose money holds all of this, with semicolons between."),
                (LinkKind.INCLUDES.value, "Claims whose money lies in this, whole."),
                (
                    LinkKind.PARTLY_IN.value,
                    "Claims whose money holds some of this, with the share where it is known: total: 5000000, or both its "
                    "ends: total: 4000000 to 5000000.",
                ),
                (LinkKind.OVERLAPS.value, "Claims of whose money some lies in this, with the share in the same way."),
            ]
        ),
        Column(
            "claim_programmes",
            "claim",
            ("programmes",),
            only_these,
            show_only_these,
            "Those of the announcement's programmes that the claim is for; none where it is for none. Empty: all.",
        ),
        Column(
            "sector", "claim", ("sector",), one_of(Sector), same, f"Who pays: {_of_choices(Sector)}.", also=("payer",)
        ),
        Column("funders", "claim", ("funders",), listed, joined, "Who pays by name, with semicolons between."),
        Column("recipients", "claim", ("recipients",), listed, joined, "Who gets it by name."),
        Column(
            "additionality",
            "claim",
            ("additionality",),
            one_of(Additionality),
            same,
            f"How new the money is: {_of_choices(Additionality)}.",
            also=("how new",),
        ),
        Column("nature", "claim", ("nature",), one_of(Nature), same, f"{_of_choices(Nature)}."),
        Column("instrument", "claim", ("instrument",), one_of(Instrument), same, f"{_of_choices(Instrument)}."),
        Column(
            "start_fy",
            "claim",
            ("start_fy",),
            year,
            same,
            "First financial year of the money, such as 2018-19. Empty: read from the wording.",
            also=("first year",),
        ),
        Column("end_fy", "claim", ("end_fy",), year, same, "Last financial year.", also=("last year",)),
        Column(
            "profile",
            "claim",
            ("profile",),
            by_year,
            show_pairs("year"),
            "How much in each year where the source says so: 2018-19: 1000000; 2019-20: 2000000.",
        ),
        Column("theme", "claim", ("theme",), theme, same, "Theme, by name or key."),
        Column("tags", "claim", ("tags",), themes, joined, "Further themes, for finding only."),
        Column(
            "regions",
            "claim",
            ("regions",),
            regions,
            joined,
            "Places that the money is for, by name or key.",
            also=("region",),
        ),
        Column(
            "splits",
            "claim",
            ("splits",),
            by_region,
            show_pairs("region"),
            "How much for each place where the source says so: north-east: 1000000; london: 2000000.",
        ),
        Column("note", "claim", ("note",), text, same, "Why the claim was judged so.", also=("claim note",)),
    ]
}
"""By name, in the order of the template."""

HEADERS = {
    re.sub(r"[\W_]+", "", header).casefold(): column
    for column in COLUMNS.values()
    for header in (column.name, *column.also)
}


def column_of(header):
    """The column that a header means, whatever its capitals, spaces and hyphens; None where there is none."""
    return HEADERS.get(re.sub(r"[\W_]+", "", str(header)).casefold())


def of_path(path, row):
    """The name of the column whose cell a place in a typed announcement comes from.

    path: such as ("claims", 0, "links", 2, "pot"); row: the typed part that it lies in. The announcement's own column
    for what no column holds.
    """
    names = [step for step in path if isinstance(step, str)]
    part = {"claims": "claim", "sources": "source"}.get(names[0] if names else "", "announcement")
    if part != "announcement":
        names = names[1:]
    if names[:1] == ["links"]:
        number = next((step for step in path[3:] if isinstance(step, int)), None)
        rows = row.get("links") or []
        return rows[number]["kind"] if number is not None and number < len(rows) else WHOLES[0]
    best = [
        column.name
        for column in COLUMNS.values()
        if column.part == part and names and column.path[: len(names)] == tuple(names[: len(column.path)])
    ]
    return best[0] if best else {"claim": "claim", "source": "source"}.get(part, "announcement")
