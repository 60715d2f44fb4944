"""A list's filters as a page shows them: controls, what is chosen, and the way out of a question that has faults.

What the filters mean is said in `announcements.filters`; here is only how they are drawn and kept in the address.
"""

from functools import wraps
from typing import NamedTuple

from django import forms
from django.db.models import Max, Min
from django.shortcuts import redirect, render

from announcements.filters import MISSING, NOT, AnySlug, AnyYear, Day, Money, StrictForm, TotalsForm
from announcements.ledger import answers
from programmes.financial_years import FinancialYear
from programmes.models import Deflator, DeflatorSeries

from . import money

CURSOR = "after"
UNSEEN = ("amount",)


class ScopeForm(TotalsForm):
    """What a page of panels, or a chart, can be asked: money of which time, place, theme and payer, and how to show it."""

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        for name in ("measure", "by", "explain"):
            del self.fields[name]

    @property
    def scope(self):
        """Keyword arguments of the panels: filters of totals, and `in_prices` and `heads` where they were asked for."""
        given = self.cleaned_data
        shown = {"as_at": given["as_at"], "known_at": given["known_at"], "in_prices": given.get("in_prices")}
        if given.get("heads_of"):
            shown["heads"] = answers.heads_in(given["heads_of"], self.where)
        return self.where | {name: value for name, value in shown.items() if value is not None}


class Control(NamedTuple):
    """A field of the form. `kind` is search, date or choice; `kept` are further values of a choice, sent on unseen."""

    name: str
    label: str
    kind: str
    value: str
    options: tuple = ()
    kept: tuple = ()


class Chosen(NamedTuple):
    """A value that the list is filtered by, in words, and the address of the list without it."""

    label: str
    value: str
    without: str


class Asked(NamedTuple):
    """A form over a query string where there is no list that it filters."""

    form: StrictForm
    data: dict


class AsAtForm(StrictForm):
    """Which day's state a page shows; today's where none is given."""

    as_at = Day(label="As at")


class Refusal(NamedTuple):
    """A Fault with the addresses that mend it: as it was probably meant (or ""), and without the parameter."""

    fault: object
    meant: str
    without: str


def controls(asked, years=()):
    """The form's fields with what is asked for. Some have no control: they come by links and are sent on unseen.

    years: the (value, label) pairs of financial years to choose from.
    """
    drawn = []
    for name, field in asked.form.fields.items():
        given = _given(asked.data, name)
        first = given[0] if given else ""
        if isinstance(field, (AnySlug, Money)) or name in UNSEEN or name.startswith(NOT):
            drawn.append(Control(name, field.label, "hidden", "", kept=tuple(given)))
        elif isinstance(field, forms.MultipleChoiceField):
            choices = years if isinstance(field, AnyYear) else field.choices
            options = tuple((value, label, value == first) for value, label in choices)
            if first and not any(chosen for *_, chosen in options):
                options = ((first, first, True), *options)
            drawn.append(Control(name, field.label, "choice", first, options, tuple(given[1:])))
        else:
            kind = "date" if isinstance(field, forms.DateField) else "search"
            drawn.append(Control(name, field.label, kind, first))
    return drawn


def choice(name, label, value, options, kept=()):
    """A Control to choose from (word, words)."""
    drawn = tuple((word, words, word == value) for word, words in options)
    return Control(name, label, "choice", value, drawn, tuple(kept))


def price_choices():
    """In which prices money can be shown, as choices."""
    newest = DeflatorSeries.objects.newest_first().values("pk")[:1]
    years = Deflator.objects.filter(series__in=newest).order_by("-year").values_list("year", flat=True)
    return [("", "Cash"), *((str(year), f"Real terms, {year}") for year in years)]


def chosen(asked, names=None, unless=("ordering",)):
    """What the list is filtered by. names: the words for slugs, by parameter and slug; unless: parameters that do not
    filter it."""
    found = []
    for name, field in asked.form.fields.items():
        if name in unless:
            continue
        words = {MISSING: "Not stated"} | (
            (names or {}).get(name.removeprefix(NOT))
            or ({} if isinstance(field, (AnySlug, AnyYear)) else dict(getattr(field, "choices", ())))
        )
        for value in _given(asked.data, name):
            word = money.pounds(field.clean(value)) if isinstance(field, Money) else words.get(value, value)
            found.append(Chosen(field.label, word, _address(_without(asked.data, name, value))))
    return found


def years_of(announcements):
    """The financial years from the first to the last of these announcements, the latest first, as choices."""
    span = announcements.aggregate(first=Min("announced_on"), last=Max("announced_on"))
    if not span["first"]:
        return ()
    years = FinancialYear.of(span["first"]).to(FinancialYear.of(span["last"]))
    return tuple((str(year), str(year)) for year in reversed(years))


def refuse(request, asked, faults, template):
    """The 400 page: each fault with its parameter, what is allowed, the nearest match, and the rest of the view kept."""
    refusals = [
        Refusal(fault, _meant(asked, fault), _address(_without(asked.data, fault.parameter))) for fault in faults
    ]
    return render(request, template, {"refusals": refusals}, status=400)


def short_address(view):
    """A page whose address has no blanks: a form sends one for each field that was left empty, and is led on."""

    @wraps(view)
    def short(request, *args, **kwargs):
        if any("" in values for _, values in request.GET.lists()):
            given = request.GET.copy()
            for name in list(given):
                given.setlist(name, _given(request.GET, name))
            return redirect(f"{request.path}{_address(given).removesuffix('?')}")
        return view(request, *args, **kwargs)

    return short


def takes_nothing(view):
    """A page that takes no parameters: whoever gives one is told, as on every list, and nothing is ignored."""

    @wraps(view)
    def strict(request, *args, **kwargs):
        asked = StrictForm(request.GET)
        if asked.faults:
            return refuse(request, asked, asked.faults, "announcements/refused.html")
        return view(request, *args, **kwargs)

    return strict


def takes_day(view):
    """A page that takes a day, `as_at`, and shows what had taken effect by its end; the view is given it, None for now."""

    @wraps(view)
    def strict(request, *args, **kwargs):
        form = AsAtForm(request.GET)
        if form.faults:
            return refuse(request, Asked(form, request.GET), form.faults, "announcements/refused.html")
        return view(request, *args, as_at=form.cleaned_data["as_at"], **kwargs)

    return strict


def top(data):
    """The address of the same list from its top."""
    return _address(_copy(data))


def without(data, *names):
    """The address of the same view without some of its parameters."""
    rest = _copy(data)
    for name in names:
        rest.setlist(name, [])
    return _address(rest)


def further(data, cursor):
    """The address of the same list after a cursor."""
    onward = _copy(data)
    onward[CURSOR] = cursor
    return _address(onward)


def _meant(asked, fault):
    if fault.nearest is None:
        return ""
    mended = _without(asked.data, fault.parameter)
    given = _given(asked.data, fault.parameter)
    if fault.parameter not in asked.form.fields:
        mended.setlist(fault.nearest, given)
    else:
        right = [value for value in given if value in (fault.allowed or ())]
        mended.setlist(fault.parameter, list(dict.fromkeys([*right, fault.nearest])))
    return _address(mended)


def _given(data, name):
    values = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
    return [value for value in values if value]


def _copy(data):
    """The query without blanks and without a place in the list, to be changed."""
    copy = data.copy()
    copy.pop(CURSOR, None)
    for name in list(copy):
        copy.setlist(name, _given(data, name))
    return copy


def _without(data, name, value=None):
    """The query without a parameter, or without one of its values."""
    copy = _copy(data)
    rest = [other for other in copy.getlist(name) if value is not None and other != value]
    copy.setlist(name, rest)
    return copy


def _address(query):
    return f"?{query.urlencode()}" if query.urlencode() else "?"
