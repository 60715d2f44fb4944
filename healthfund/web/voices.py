"""Who welcomed and who criticised: responses counted by stance, and by what they have in common; each number is a door to
the list of exactly those responses."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Count
from django.http import QueryDict

from announcements.choices import Stance
from announcements.filters import MISSING, NOT, ResponseFilter
from announcements.models import Response
from programmes.financial_years import FinancialYear
from programmes.models import Organisation, Theme

from . import charts
from .charts import Count as Counted
from .charts import Picture, Strip

INKS = {Stance.WELCOMES: "firm", Stance.MIXED: "shade-2", Stance.CRITICAL: "warn", Stance.NEUTRAL: "said"}
"""With which ink each stance is drawn."""

MOST = 12
"""So many organisations have a row, those with the most responses."""


class Number(NamedTuple):
    """How many responses take a stance, and where they are listed."""

    stance: Stance
    number: int
    href: str


class Row(NamedTuple):
    """One row of a table of stances: its counts in the order of the stances, their sum, and its bar."""

    label: str
    counts: list
    number: int
    href: str
    strips: list


def counted(data):
    """Responses by year, by theme and by organisation, for what an address asks (a QueryDict without faults).

    As with facets, a table takes no notice of what is asked of the stance and of itself, so that its numbers say what
    choosing another value would find; a response to an announcement of several themes is in several rows.
    """
    return {"years": by_year(data), "themes": _by_theme(data), "organisations": _by_organisation(data)}


def of(**where):
    """The responses by year on the page of one thing, asked as the list of responses is: their rows, their picture, how
    many there are, and where they are listed."""
    data = QueryDict(mutable=True)
    for name, value in where.items():
        data[name] = value
    rows = by_year(data)
    return {
        "rows": rows,
        "picture": picture(data, rows),
        "number": sum(row.number for row in rows),
        "href": _address(data),
    }


def picture(data, rows=None):
    """Responses by year and stance as a chart; None where there are none. rows: what `by_year` gives, where it is known."""
    rows = by_year(data) if rows is None else rows
    figures = [Counted(row.label, count.stance.label, count.number) for row in rows for count in row.counts]
    query = _address(data).partition("?")[2]
    document = charts.counts(figures, {stance.label: ink for stance, ink in INKS.items()}) if figures else None
    return Picture("responses", query, "Responses by year and stance", document, figures) if figures else None


def by_year(data):
    """A Row for each financial year in which something was announced that was answered, in order."""
    found = defaultdict(lambda: defaultdict(int))
    responses = _asked(data, "year")
    by_day = responses.values_list("announcement__announced_on", "stance").annotate(number=Count("pk"))
    for day, stance, number in by_day:
        found[FinancialYear.of(day)][stance] += number
    return _rows(data, "year", [(str(year), str(year), found[year]) for year in sorted(found)])


def _by_theme(data):
    found = defaultdict(dict)
    facets = _asked(data, "theme").filter(announcement__facets__name="theme")
    for key, stance, number in facets.values_list("announcement__facets__value", "stance").annotate(number=Count("pk")):
        found[key][stance] = number
    names = dict(Theme.objects.by_name().values_list("key", "name")) | {MISSING: "No theme stated"}
    rows = _rows(data, "theme", [(key, name, found[key]) for key, name in names.items() if key in found])
    return sorted(rows, key=lambda row: -row.number)


def _by_organisation(data):
    responses = _asked(data, "organisation")
    most = responses.values_list("organisation").annotate(number=Count("pk")).order_by("-number", "organisation__name")
    shown = [pk for pk, _ in most[:MOST]]
    found = defaultdict(dict)
    counts = responses.filter(organisation__in=shown).values_list("organisation", "stance")
    for pk, stance, number in counts.annotate(number=Count("pk")):
        found[pk][stance] = number
    named = Organisation.objects.in_bulk(shown)
    return _rows(data, "organisation", [(named[pk].slug, named[pk].name, found[pk]) for pk in shown])


def _asked(data, name):
    """The responses asked for, but for what is asked of one filter and of the stance."""
    rest = data.copy()
    for word in (name, "stance"):
        rest.pop(word, None)
        rest.pop(f"{NOT}{word}", None)
    return ResponseFilter(rest, Response.objects.of_published()).qs.order_by()


def _rows(data, name, found):
    most = max((sum(counts.values()) for _, _, counts in found), default=0)
    rows = []
    for value, label, by_stance in found:
        counts = [
            Number(stance, by_stance.get(stance, 0), _address(data, **{name: value}, stance=stance))
            for stance in Stance
        ]
        start, strips = 0, []
        for count in counts:
            if count.number:
                width = charts.share(count.number, most)
                strips.append(Strip(f"stance-{count.stance}", charts.share(start, most), width))
            start += count.number
        rows.append(Row(label, counts, start, _address(data, **{name: value}), strips))
    return rows


def _address(data, **more):
    """The list of responses as asked, with these in the place of what was asked of them; without blanks."""
    asked = QueryDict(mutable=True)
    for name in data:
        if name not in more and name.removeprefix(NOT) not in more and name not in ("after", "ordering"):
            asked.setlist(name, [value for value in data.getlist(name) if value])
    if "stance" not in more and more:
        asked.pop("stance", None)
        asked.pop(f"{NOT}stance", None)
    asked.update(more)
    return "/responses/" + (f"?{asked.urlencode()}" if asked else "")
