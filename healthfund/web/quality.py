"""Data quality: what in the records is weak, how much money it is about, and what to do about it."""

from itertools import islice
from typing import NamedTuple

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements import quality
from announcements.documents import amounts_as_json
from announcements.filters import Fault, StrictForm
from announcements.ledger import totals
from announcements.ledger.counting import RULES
from announcements.models import SourceCheck
from healthfund.exports.answering import TITLES, answer
from healthfund.exports.columns import Column, Kind
from healthfund.exports.statement import Statement

from . import filtering, paging, panels
from .charts import Ends, share

SIZE = 50
BATCH = 500


class Line(NamedTuple):
    """A check with how many rows it finds, their money in pence (None where there is none to tell), what of all
    announced money that is at the ceiling in hundredths, and the question that has the money as its total."""

    check: quality.Check
    number: int
    money: Ends | None
    share: float | None
    query: str


class Item(NamedTuple):
    """A row that a check found: its id, its name and page, what else to know, another address, and its money."""

    id: str
    name: str
    href: str
    note: str = ""
    elsewhere: str = ""
    amounts: Ends | None = None


@require_safe
@filtering.takes_nothing
def checks(request):
    whole = totals.total()
    context = {"lines": [_line(check, whole) for check in quality.CHECKS.values()], "looked_at": quality.looked_at()}
    return render(request, "quality/checks.html", context)


@require_safe
def check(request, key):
    check = _check(key)
    form = StrictForm(request.GET, also=[filtering.CURSOR])
    asked = filtering.Asked(form, request.GET)
    if form.faults:
        return filtering.refuse(request, asked, form.faults, "announcements/refused.html")
    rows, cursor = check.rows(), request.GET.get(filtering.CURSOR, "")
    try:
        after = _after(rows, check, cursor) if cursor else None
    except paging.NoSuchPlace as error:
        faults = [Fault(filtering.CURSOR, str(error))]
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    page = paging.page(rows, after, SIZE)
    items = _items(check, page.rows)
    context = {
        "line": _line(check, totals.total()),
        "items": items,
        "top": filtering.top(request.GET) if cursor else "",
        "onward": filtering.further(request.GET, items[-1].id) if page.more else "",
        "files": [(f"/quality/{check.key}.{suffix}", name) for suffix, name in TITLES.items()],
        "looked_at": quality.looked_at() if check.of == "sources" else None,
    }
    return render(request, "quality/check.html", context)


@require_safe
@filtering.takes_nothing
def file(request, key, suffix):
    """The whole list of a check as a file."""
    check = _check(key)
    statement = Statement(f"quality-{key}", request.build_absolute_uri(), timezone.now(), rules=RULES)
    columns = [Column(name, Kind.TEXT, (name,)) for name in ("id", "name", "address", "note", "elsewhere")]
    if check.of == "pots":
        columns += [Column(end, Kind.MONEY, (end,)) for end in ("firm", "ceiling")]
    return answer(suffix, _documents(check, request), columns, statement)


def _check(key):
    if key not in quality.CHECKS:
        raise Http404(f"There is no check {key!r}: there are {', '.join(quality.CHECKS)}.")
    return quality.CHECKS[key]


def _line(check, whole):
    money = quality.money(check)
    query = panels.query(measure="announced", **check.question) if check.question else ""
    part = share(money.ceiling, whole.ceiling) if money and whole.ceiling > 0 else None
    return Line(check, check.rows().count(), money and Ends(*money), part, query)


COLUMNS = {"pots": "reference", "announcements": "slug", "sources": "pk"}
"""What a row is known by, in addresses and files."""


def _after(rows, check, cursor):
    column = COLUMNS[check.of]
    # Only what can be an id reaches the database: PostgreSQL refuses some characters.
    possible = cursor.isdecimal() and len(cursor) < 18 if column == "pk" else cursor.isprintable() and len(cursor) < 300
    after = rows.filter(**{column: cursor}).first() if possible else None
    if after is None:
        raise paging.NoSuchPlace(f"There is nothing “{cursor[:80]}” in this list to go on after.")
    return after


def _items(check, rows):
    """Rows of a check as Items, in a fixed number of queries."""
    if check.of == "pots":
        adds = totals.pots(**check.question).filter(pot__in=[pot.pk for pot in rows])
        sums = {pot: Ends(int(firm), int(ceiling)) for pot, firm, ceiling in adds}
        return [
            Item(
                pot.reference,
                pot.name,
                pot.get_absolute_url(),
                pot.reference[:10],
                "",
                sums.get(pot.pk, panels.NOTHING),
            )
            for pot in rows
        ]
    if check.of == "announcements":
        return [Item(row.slug, row.title, row.get_absolute_url(), str(row.announced_on)) for row in rows]
    looks = {look.url: look for look in SourceCheck.objects.filter(url__in=[source.url for source in rows])}
    return [
        Item(
            str(source.pk),
            f"{source.publisher}: {source.announcement.title}",
            source.announcement.get_absolute_url(),
            _seen(looks[source.url]),
            looks[source.url].moved_to or source.url,
        )
        for source in rows
    ]


def _seen(look):
    """What was seen at an address, in words."""
    answer = f"answered {look.status}" if look.status else look.said
    since = f", failing since {look.failing_since:%-d %B %Y}" if look.failing_since else ""
    return f"{look.get_outcome_display()}: {answer}{since}"


def _documents(check, request):
    """The rows as documents for a file, a batch at a time."""
    found = check.rows().iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        for item in _items(check, batch):
            row = {"id": item.id, "name": item.name, "address": request.build_absolute_uri(item.href)}
            row |= {"note": item.note, "elsewhere": item.elsewhere}
            yield row | (amounts_as_json(item.amounts) if item.amounts else {})
