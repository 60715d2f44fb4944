"""Compare: themes, places, programmes or governments side by side, two to six of one kind."""

from typing import NamedTuple

from django.db.models import Sum
from django.shortcuts import render
from django.views.decorators.http import require_safe

from announcements.choices import PUBLIC_SECTORS, Additionality, Measure
from announcements.filters import AnyKey, AnyOf, AnySlug, StrictForm, refusal, regions, themes
from announcements.ledger import prices, totals
from programmes.financial_years import FinancialYear
from programmes.governments import GOVERNMENTS
from programmes.models import Population, Programme, Region, Theme

from . import charts, filtering, panels
from .charts import Ends

FEWEST, MOST = 2, 6
KINDS = {"theme": "Themes", "region": "Places", "programme": "Programmes", "government": "Governments"}
ONE = {"theme": "theme", "region": "place", "programme": "programme", "government": "government"}

STEPS = [
    ("Said", "every time a sum was spoken of", {"measure": Measure.SAID}),
    ("Announced", "distinct money, each pound once", {"measure": Measure.ANNOUNCED}),
    ("Public", "paid by governments, the NHS and councils", {"measure": Measure.ANNOUNCED, "public": True}),
    ("New", "of the public money, shown to be new", {"measure": Measure.ANNOUNCED, "public": True, "additionality": "new"}),
    ("Allocated", "handed to somebody on record", {"measure": Measure.ALLOCATED}),
]  # fmt: skip


class CompareForm(StrictForm):
    """What to compare: up to MOST values of one of the KINDS."""

    theme = AnyKey(pairs=themes, label="Theme")
    region = AnyKey(pairs=regions, label="Place")
    programme = AnySlug(rows=Programme.objects.all, label="Programme")
    government = AnyOf(choices=[(one.key, one.name) for one in GOVERNMENTS.values()], label="Government")

    def clean(self):
        kinds = [name for name in KINDS if self.cleaned_data.get(name)]
        for name in kinds[1:]:
            self.add_error(name, refusal(f"One kind at a time: this compares {KINDS[kinds[0]].lower()}."))
        for name in kinds[:1]:
            if len(self.cleaned_data[name]) > MOST:
                self.add_error(name, refusal(f"At most {MOST} stand side by side."))

    @property
    def kind(self):
        """Which of the KINDS is asked for; "" where none is."""
        return next((name for name in KINDS if self.cleaned_data[name]), "")


class Figure(NamedTuple):
    """A figure with its bar, what totals are asked for it ("" for nothing), and the page behind it (None: its pots)."""

    amounts: Ends
    bar: tuple
    query: str
    href: str | None


class Compared(NamedTuple):
    """One of those that are compared: its name and page, a word on it, how it is found in lists, and its sums in pence."""

    key: str
    name: str
    href: str
    note: str
    steps: list
    years: dict
    list_query: str

    @property
    def list_address(self):
        return f"/announcements/?{self.list_query}"

    @property
    def years_query(self):
        """What totals are asked for its row of years."""
        return f"by=announced_year&{self.list_query}"


class Way(NamedTuple):
    """A form that adds one more of a kind: those there already are sent along."""

    kind: str
    label: str
    options: list
    kept: list


@require_safe
def compare(request):
    form = CompareForm(request.GET)
    asked = filtering.Asked(form, request.GET)
    if form.faults:
        return filtering.refuse(request, asked, form.faults, "announcements/refused.html")
    kind = form.kind
    compared = [_READ[kind](key) for key in form.cleaned_data[kind]] if kind else []
    compared = _named(kind, compared)
    names = {kind: {one.key: one.name for one in compared}}
    context = {
        "kind": kind,
        "kinds": KINDS.get(kind, ""),
        "fewest": FEWEST,
        "full": len(compared) == MOST,
        "compared": compared,
        "chosen": filtering.chosen(asked, names),
        "ways": _ways(form),
        "steps": _steps(kind, compared),
        "years": _years(kind, compared),
        **(_per_head(compared) if kind == "region" else {}),
    }
    return render(request, "explore/compare.html", context)


# What is known of each


def _sums(entries_of):
    """The sums of STEPS and by announced year, from {measure: rows with firm and ceiling}: one query a measure."""
    found = {}
    for measure in (Measure.SAID, Measure.ALLOCATED):
        found[measure] = _added(entries_of(measure))
    announced = entries_of(Measure.ANNOUNCED, "sector", "additionality", "announced_year")
    public = [row for row in announced if row.key[0] in PUBLIC_SECTORS]
    new = [row for row in public if row.key[1] == Additionality.NEW]
    years = {}
    for row in announced:
        years.setdefault(FinancialYear(row.key[2]), []).append(row)
    steps = [found[Measure.SAID], _added(announced), _added(public), _added(new), found[Measure.ALLOCATED]]
    return steps, {year: _added(rows) for year, rows in years.items()}


def _added(rows):
    return Ends(sum(row.firm for row in rows), sum(row.ceiling for row in rows))


def _by_filter(name):
    """Reads what a filter of totals finds."""

    def read(key):
        steps, years = _sums(lambda measure, *by: totals.by(*by, measure=measure, **{name: key}))
        return Compared(key, key, "", "", steps, years, panels.query(**{name: key}))

    return read


def _of_government(key):
    """Reads what the ledger gained in a government's days: what it announced, less what it cut."""
    government = GOVERNMENTS[key]

    def gained(measure, *by):
        rows = totals.entries(measure, as_at=government.last).filter(effective_on__gte=government.first).order_by()
        if not by:
            sums = rows.aggregate(f=Sum("firm"), c=Sum("ceiling"))
            return [totals.Row((), sums["f"] or 0, sums["c"] or 0)]
        grouped = rows.values_list(*by).annotate(f=Sum("firm"), c=Sum("ceiling"))
        return [totals.Row(tuple(row[:-2]), int(row[-2]), int(row[-1])) for row in grouped]

    days = {"announced_from": str(government.first)} | (
        {"announced_to": str(government.last)} if government.last else {}
    )
    query = panels.query(**days)
    span = f"{government.first:%-d %B %Y} to {government.last:%-d %B %Y}" if government.last else f"since {government.first:%-d %B %Y}"  # fmt: skip
    return Compared(
        key, government.name, f"/announcements/?{query}", f"{government.parties}, {span}", *_sums(gained), query
    )


_READ = {
    "theme": _by_filter("theme"),
    "region": _by_filter("region"),
    "programme": _by_filter("programme"),
    "government": _of_government,
}


def _named(kind, compared):
    """The same with the names and pages of rows, which one query reads."""
    rows = {"theme": (Theme, "key"), "region": (Region, "key"), "programme": (Programme, "slug")}
    if kind not in rows:
        return compared
    model, column = rows[kind]
    found = model.objects.in_bulk([one.key for one in compared], field_name=column)
    return [one._replace(name=found[one.key].name, href=found[one.key].get_absolute_url()) for one in compared]


# As tables


def _figure(kind, one, amounts, room, asked, kind_of_bar="firm"):
    """A figure of one that is compared: a total of the API, but for governments, whose days no total can be asked for."""
    bar = charts.bar(amounts, *room, kind_of_bar)
    if kind == "government":
        return Figure(amounts, bar, "", one.list_address)
    return Figure(amounts, bar, panels.query(**asked | {kind: one.key}), None)


def _steps(kind, compared):
    """The rows of STEPS: (label, note, Figures in the order of the columns)."""
    room = charts.room([ends for one in compared for ends in one.steps])
    return [
        (label, note, [_figure(kind, one, one.steps[place], room, asked, "said" if not place else "firm") for one in compared])
        for place, (label, note, asked) in enumerate(STEPS)
    ]  # fmt: skip


def _years(kind, compared):
    """Announced by announced year: (year, Figures), no year left out between the first and the last."""
    known = sorted({year for one in compared for year in one.years})
    room = charts.room([ends for one in compared for ends in one.years.values()])
    return [
        (
            year,
            [
                _figure(
                    kind,
                    one,
                    one.years.get(year, panels.NOTHING),
                    room,
                    {"measure": Measure.ANNOUNCED, "announced_year": str(year)},
                )
                for one in compared
            ],
        )
        for year in (known[0].to(known[-1]) if known else [])
    ]


def _per_head(compared):
    """The announced money for each inhabitant, with the year of their count; None for a place without one."""
    year = Population.objects.best_year()
    people = dict(Population.objects.filter(year=year).values_list("region", "people"))
    return {
        "per_head_year": year,
        "per_head": [
            Ends(*prices.per_head(prices.Sum(*one.steps[1]), people[one.key])) if one.key in people else None
            for one in compared
        ],
    }


# The form


def _ways(form):
    """A Way for each kind, that of the page first."""
    offered = {
        "theme": themes(),
        "region": regions(),
        "programme": list(Programme.objects.by_name().values_list("slug", "name")),
        "government": list(form.fields["government"].choices),
    }
    ways = []
    for kind, options in offered.items():
        kept = form.cleaned_data[kind]
        ways.append(Way(kind, ONE[kind], [option for option in options if option[0] not in kept], kept))
    return sorted(ways, key=lambda way: way.kind != form.kind)
