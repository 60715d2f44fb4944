"""Explore: any total by one or two dimensions, in any measure, scenario and prices; and how to cite what it shows."""

from typing import NamedTuple

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from announcements.choices import Additionality, Measure, Sector
from announcements.filters import MISSING, SHOWN, Fault, OneOf, TotalsForm, refusal
from announcements.ledger import answers, totals
from announcements.ledger.counting import RULES
from announcements.models import Announcement
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Theme

from . import charts, citing, filtering, panels, pivot
from .charts import Ends

DIMENSIONS = {
    "theme": "theme",
    "region": "place",
    "sector": "payer",
    "additionality": "how new",
    "programme": "programme",
    "announced_year": "year of announcement",
    "money_year": "year of the money",
}
"""The dimensions of totals, as a reader calls them."""

FIRST_SEEN = ("theme", "announced_year")
"""What an address without dimensions shows."""

MOST_ROWS, MOST_COLUMNS = 250, 60
DRAWN = 24
"""How many rows a chart has."""
SCENARIOS = [("both", "Firm to ceiling"), ("firm", "Firm"), ("ceiling", "Ceiling")]
DEFAULTS = {"measure": str(Measure.ANNOUNCED), "scenario": "both"}
LABELS = {"prices": "Prices", "per": "Per head"}
ORDER = ("by", "measure", "scenario", "prices", "per", "as_at")
SHOWING = 7
"""How many controls say what to show: those of ORDER, `by` twice. The others filter."""
PINNED = ("as_at", "known_at", "rules")
"""What fixes a cited view, all or nothing."""
PAGE_ONLY = ("scenario", "rules")
"""Parameters that say how this page shows an answer, and which the API does not know."""


class ExploreForm(TotalsForm):
    """A question to the totals with at most two dimensions, in the order rows, columns, and the scenario to show.

    rules: makes it a cited view, which names the version of the counting rules, the day and the moment that it is of.
    """

    scenario = OneOf(choices=SCENARIOS, label="Scenario")
    rules = OneOf(choices=[(str(version), str(version)) for version in range(1, RULES + 1)], label="Rules")

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        # A page always leads to what its figures rest on.
        del self.fields["explain"]

    def clean(self):
        super().clean()
        if len(self.cleaned_data.get("by", ())) > 2:
            self.add_error("by", refusal("A page has rows and columns: name at most two dimensions."))
        pinned = [self.cleaned_data.get("as_at"), self.cleaned_data.get("known_at")]
        if self.cleaned_data.get("rules") and not all(pinned):
            self.add_error(
                "rules", refusal("A cited view is of a day and a moment: give as_at and known_at with rules.")
            )

    @property
    def by(self):
        return self.cleaned_data["by"] or list(FIRST_SEEN)

    @property
    def end(self):
        """Which end of each figure is shown; "" for both."""
        return self.cleaned_data["scenario"].replace("both", "")


@require_safe
def explore(request):
    form = ExploreForm(request.GET)
    asked, now = filtering.Asked(form, request.GET), timezone.now()
    faults = form.faults or _not_yet(form, now)
    if faults:
        return filtering.refuse(request, asked, faults, "announcements/refused.html")
    names = _names()
    answer, figures, axes, doors, table = found(form, request.GET, names)
    shown = answer.total.per_head if answer.heads else (answer.total.firm, answer.total.ceiling)
    shown_so = chosen(asked, names)
    filters = [item for item in shown_so if item.label not in {form.fields[name].label for name in PINNED}]
    drawn = controls(asked, names)
    context = {
        "by": form.by,
        "answer": answer,
        "rules": RULES,
        "measure": form.question["measure"],
        "axes": axes,
        "table": table,
        "picture": _picture(form, request.GET, axes, table),
        "total": pivot.Cell(shown and Ends(*shown), doors({})),
        "money": Ends(answer.total.firm, answer.total.ceiling),
        "end": form.end,
        "in_cash": doors.told,
        "crossed": any(line.firm > line.ceiling for line in answer.rows),
        "overlapping": "programme" in form.by,
        "controls": drawn[:SHOWING],
        "filters": drawn[SHOWING:],
        "filtered": bool(form.where),
        "chosen": filters if form.cleaned_data["rules"] else shown_so,
        "query": doors.table(),
        "turned": _turned(request.GET, form.by),
        "places": _places(axes, figures, answer, form, doors),
        "cited": form.cleaned_data["rules"],
        "citation": _citation(request, answer, doors, axes, filters, now),
    }
    if context["cited"]:
        context["since"] = since = citing.since(form.question, now=now)
        for name, later in (("known_query", since.known), ("today_query", since.today)):
            context[name] = panels.query(**doors.question | {"as_at": str(later.reading.as_at), "known_at": None})
        context["current"] = filtering.without(request.GET, *PINNED)
    return render(request, "explore/explore.html", context)


class Found(NamedTuple):
    """What a question finds: its Answer, {key: pivot.Figure}, the Axes, the Doors and the pivot.Table."""

    answer: answers.Answer
    figures: dict
    axes: list
    doors: "Doors"
    table: pivot.Table


def found(form, given, names):
    """What an ExploreForm without faults asks for, as Found. given: the parameters as they came."""
    answer = answers.answer(form.by, form.question, **form.shown)
    figures = {line.key: pivot.Figure(line.firm, line.ceiling, line.people) for line in answer.rows}
    axes = [axis(name, place, figures, names) for place, name in enumerate(form.by)]
    doors = Doors(given, form, told=not (answer.in_prices or answer.heads))
    table = pivot.table(
        figures,
        axes[0],
        axes[1] if len(axes) > 1 else None,
        doors,
        heads=answer.heads is not None,
        most_rows=MOST_ROWS,
        most_columns=MOST_COLUMNS,
    )
    return Found(answer, figures, axes, doors, table)


def picture(form):
    """The chart of what an ExploreForm asks for; None where there is nothing to draw."""
    seen = found(form, form.data, _names())
    return _picture(form, form.data, seen.axes, seen.table)


def _picture(form, given, axes, table):
    """The sums of the rows as a Picture: years upright, everything else lying. None where they are not to be had."""
    measure = form.question["measure"]
    kind = "said" if measure == Measure.SAID else "firm"
    of_years = axes[0].name.endswith("_year")
    marks = []
    for row in table.rows:
        amounts = row.sum.amounts if row.sum else panels.NOTHING if of_years else None
        if amounts:
            ends = Ends(*[getattr(amounts, form.end)] * 2) if form.end else amounts
            label = " ".join(filter(None, [row.value.label, row.value.note]))
            marks.append(charts.Mark(label, measure.label.lower(), ends, kind))
    if not any(row.sum for row in table.rows):
        return None
    draw, marks = (charts.columns, marks) if of_years else (charts.bars, marks[:DRAWN])
    title = f"{measure.label} by {axes[0].title}"
    query = filtering.top(given).removeprefix("?")
    return charts.Picture("explore", query, title, draw(marks), marks)


class Doors:
    """The way from a place in the table to its question. told: whether the API has the very figure as a total."""

    def __init__(self, given, form, *, told):
        self.asked = {name: [value for value in given.getlist(name) if value] for name in form.fields}
        self.asked = {name: values for name, values in self.asked.items() if values}
        self.question = {name: values for name, values in self.asked.items() if name not in {*SHOWN, *PAGE_ONLY}}
        self.question["measure"] = [str(form.question["measure"])]
        self.by, self.told = form.by, told

    def __call__(self, place):
        """The Door of {dimension: key}; one without addresses where the grammar has no such question."""
        question = dict(self.question)
        for name, key in place.items():
            word = MISSING if key is None else str(FinancialYear(key)) if isinstance(key, int) else key
            if name == "programme" and word not in question.get(name, [word]):
                # A pot of the programmes asked for that belongs to another one too: both at once cannot be asked for.
                return pivot.Door("", "")
            question["region_itself" if name == "region" else name] = [word]
        query = panels.query(**question)
        return pivot.Door(query if self.told else "", panels.money_address(query))

    def table(self):
        """The question that has the whole table, as the API is asked."""
        asked = {name: values for name, values in self.asked.items() if name not in PAGE_ONLY}
        return panels.query(**asked | {"by": self.by})


def axis(name, place, figures, names):
    """The Axis of a dimension with the values that figures have; of years none is left out from the first to the last."""
    keys = {key[place] for key in figures}
    title = DIMENSIONS[name]
    if name.endswith("_year"):
        years = sorted(key for key in keys if key is not None)
        span = FinancialYear(years[0]).to(FinancialYear(years[-1])) if years else []
        values = [pivot.Value(year, str(year)) for year in span]
        return pivot.Axis(name, title, [*values, *([pivot.Value(None, "Not stated")] if None in keys else [])])
    values = [value for value in names[name] if value.key in keys]
    if name in ("theme", "programme"):
        values = pivot.largest_first(values, figures, place)
    return pivot.Axis(name, title, values, adds=name != "programme")


def _names():
    """The values of every dimension but the years, in their own order."""
    parents = set(Region.objects.exclude(parent=None).values_list("parent", flat=True))
    found = {
        "theme": [pivot.Value(theme.key, theme.name, theme.get_absolute_url()) for theme in Theme.objects.by_name()],
        "region": [
            pivot.Value(
                region.key, region.name, region.get_absolute_url(), "as a whole" if region.key in parents else ""
            )
            for region in Region.objects.in_tree_order()
        ],
        "sector": [pivot.Value(*choice) for choice in Sector.choices],
        "additionality": [pivot.Value(*choice) for choice in Additionality.choices],
    }
    programmes = [
        pivot.Value(slug, name, f"/programmes/{slug}/")
        for slug, name in Programme.objects.by_name().values_list("slug", "name")
    ]
    return found | {"programme": [*programmes, pivot.Value(None, "No programme")]}


def _not_yet(form, now):
    """A cited view is of what is known: whatever is posted later would move one that is of a moment to come."""
    cited, known_at = form.cleaned_data["rules"], form.cleaned_data["known_at"]
    if cited and known_at > now:
        return [Fault("rules", "A cited view is of a moment that has passed: give an earlier known_at with rules.")]
    return []


def _citation(request, answer, doors, axes, filters, now):
    """How to cite the view; None where nothing is posted yet. filters: what it is filtered by, as Chosen."""
    pinned = citing.fixed(doors.asked | {"by": doors.by}, answer, timezone.localdate(now))
    if pinned is None:
        return None
    if "rules" in doors.asked:
        pinned |= {name: doors.asked[name][0] for name in ("known_at", "rules")}
    title = f"{answer.question['measure'].label} UK health-technology funding by {' and '.join(axis.title for axis in axes)}"
    if filters:
        title += f" ({'; '.join(f'{item.label.lower()}: {item.value}' for item in filters)})"
    return citing.citation(request.build_absolute_uri(f"?{panels.query(**pinned)}"), title, pinned)


def _turned(given, by):
    """The address of the same table with rows for columns, "" where it has only rows."""
    if len(by) < 2:
        return ""
    turned = given.copy()
    turned.setlist("by", by[::-1])
    return filtering.top(turned)


def _places(axes, figures, answer, form, doors):
    """The map: Places with what lies in each, where a dimension is region. None with a filter by place, whose tiles could
    not be asked for, and in a table by programme, whose figures overlap."""
    place = form.by.index("region") if "region" in form.by else None
    if place is None or "region" in form.question or "programme" in form.by:
        return None
    itself = {}
    for key, figure in figures.items():
        before = itself.get(key[place], panels.NOTHING)
        itself[key[place]] = Ends(before.firm + figure.firm, before.ceiling + figure.ceiling)
    people = {key: row.people for key, row in answer.heads.populations.items()} if answer.heads else None
    places = panels.places_of(itself, people=people, **doors.question)
    return places if doors.told else [one._replace(query="", itself_query="") for one in places]


# The form


def controls(asked, names):
    """The form's fields: rows and columns first, then what is shown, then the filters."""
    by = asked.form.by
    dimensions = [(name, label.capitalize()) for name, label in DIMENSIONS.items()]
    drawn = [
        filtering.choice("by", "Rows", by[0], dimensions),
        filtering.choice("by", "Columns", by[1] if len(by) > 1 else "", [("", "None"), *dimensions]),
    ]
    choices = _choices(names)
    for name, field in asked.form.fields.items():
        given = [value for value in asked.data.getlist(name) if value]
        if name == "by":
            continue
        if name in choices:
            value = given[0] if given else DEFAULTS.get(name, "")
            drawn.append(filtering.choice(name, LABELS.get(name, field.label), value, choices[name], given[1:]))
        elif name == "as_at":
            drawn.append(filtering.Control(name, field.label, "date", given[0] if given else ""))
        else:
            drawn.append(filtering.Control(name, field.label, "hidden", "", kept=tuple(given)))
    return sorted(drawn, key=lambda control: ORDER.index(control.name) if control.name in ORDER else len(ORDER))


def _choices(names):
    """What the selects offer, by parameter."""
    of = {
        name: [("", "All"), *((value.key or MISSING, value.label) for value in values)]
        for name, values in names.items()
    }
    announced = [("", "All"), *filtering.years_of(Announcement.objects.published())]
    known = [row.key[0] for row in totals.by("money_year")]
    money = [(str(FinancialYear(year)), str(FinancialYear(year))) for year in known if year is not None]
    return of | {
        "measure": Measure.choices,
        "scenario": SCENARIOS,
        "prices": filtering.price_choices(),
        "per": [("", "In all"), ("head", "Per head")],
        "public": [("", "All"), ("true", "Public"), ("false", "Not public")],
        "announced_year": announced,
        "money_year": [("", "All"), *reversed(money), (MISSING, "Not stated")],
    }


def chosen(asked, names):
    """What the table is filtered by, in words."""
    words = {name: {value.key or MISSING: value.label for value in values} for name, values in names.items()}
    words |= {"region_itself": words["region"], "money_year": {MISSING: "not stated"}}
    by_default = {asked.form.fields[name].label for name in ("by", "measure", "scenario")}
    return [item for item in filtering.chosen(asked, words) if item.label not in by_default]
