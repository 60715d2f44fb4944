"""What a list can be asked for: one FilterSet per list, shared by pages, API, exports, feeds and alerts.

The grammar is one for all of them:

    theme=ai&theme=digital      a parameter that is repeated asks for any of its values; different ones must all hold
    not_theme=ai                without what theme=ai finds; every parameter that can be repeated has such a twin
    theme=_missing              what none of the other values finds: nothing is stated
    announced_from, amount_max  ranges, both ends included; amounts are in pounds
    q=                          words
    ordering=-amount            one of the list's orders, a minus for the other way round; what is not stated comes last

Nothing is ever ignored: an unknown parameter, an unknown value or one value too many is a Fault, and a list with faults
is empty, never whole (carltongibson/django-filter#1740).

    asked = AnnouncementFilter(request.GET, Announcement.objects.published(), also=["page"])
    asked.faults   what is wrong, as Faults; empty when all is well
    asked.qs       the rows; none where there are faults
    asked.form     the form, to draw; its fields know their choices

`also` names parameters that the caller reads itself. `ordered=True` takes `ordering`, which a list that always comes
latest first does not know. `blanks=False` refuses a parameter without a value, which a form
sends for what was left empty and a program sends by mistake.
"""

import copy
import datetime
import difflib
import re
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import (
    BigIntegerField,
    Case,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Floor
from django.utils import timezone

from programmes.choices import OrganisationKind, OrganisationStatus
from programmes.financial_years import FinancialYear
from programmes.models import (
    DeflatorSeries,
    ExchangeRate,
    Organisation,
    Population,
    Programme,
    Region,
    Target,
    Theme,
)

from . import search
from .choices import (
    LINKS_TO_OUTER,
    WHOLE_LINKS,
    Additionality,
    Bound,
    ChangeKind,
    ClaimMeasure,
    Effect,
    FigureKind,
    Flag,
    Instrument,
    Measure,
    Nature,
    Resource,
    Sector,
    SourceKind,
    Stance,
    Terms,
)
from .ledger import answers, reasons
from .ledger.totals import DIMENSIONS, FILTERS, NOT, NOT_STATED, SINCE, UNTIL
from .models import AnnouncedTarget, Announcement, AnnouncementFacet, Claim, Forward, Pot, PotFacet, Response, Source

MISSING = NOT_STATED
"""Asks for what has no value at all."""

UNSTATED = (MISSING, "Not stated")

LONGEST = 200
"""Characters of a value that are read back or compared; whoever sends more gets no nearest match."""


class Fault(NamedTuple):
    """What is wrong with one parameter, in a sentence; `allowed` is None where the values are no short list."""

    parameter: str
    message: str
    allowed: tuple | None = None
    nearest: str | None = None


def nearest(word, known):
    """Which of the known words was probably meant, or None. `known` may map what people call a thing to its word."""
    words = known if isinstance(known, dict) else {name: name for name in known}
    if not word or len(word) > LONGEST:
        return None
    by_name = {}
    for name, meant in words.items():
        by_name.setdefault(name.lower(), meant)
    wanted = word.strip().lower()
    close = difflib.get_close_matches(wanted, by_name, n=1)
    if not close and len(wanted) > 2:
        close = sorted(name for name in by_name if wanted in name)[:1]
    return by_name[close[0]] if close else None


def quoted(value):
    return f"“{value if len(value) <= LONGEST else value[:LONGEST] + '…'}”"


# Values


def refusal(message, *, allowed=None, nearest=None):
    """A ValidationError that knows what a Fault tells. A percent sign in the message stays one."""
    error = ValidationError(message, code="invalid")
    error.allowed, error.nearest = allowed, nearest
    return error


def unknown_value(value, choices):
    named = {label: word for word, label in choices} | {word: word for word, _ in choices}
    return refusal(
        f"{quoted(value)} is not one of the allowed values.",
        allowed=tuple(word for word, _ in choices),
        nearest=nearest(value, named),
    )


class OneOf(forms.ChoiceField):
    """One word of a list."""

    def validate(self, value):
        # Choices may cost a query, so they are only read where something was chosen.
        choices = list(self.choices) if value else []
        if value and value not in {word for word, _ in choices}:
            raise unknown_value(value, choices)


class AnyOf(forms.MultipleChoiceField):
    """Any number of words of a list, each in a parameter of its own."""

    def to_python(self, values):
        """In the order given, each once; a form sends an empty one for no choice at all."""
        return [value for value in dict.fromkeys(super().to_python(values)) if value]

    def validate(self, values):
        # Choices may be read from the database: not for nothing.
        choices = list(self.choices) if values else []
        words = {word for word, _ in choices}
        faults = [unknown_value(value, choices) for value in values if value not in words]
        if faults:
            raise ValidationError(faults)


class CommaSeparated(AnyOf):
    """The same, also with several words in one parameter with commas between them; each counts once."""

    def to_python(self, values):
        return list(dict.fromkeys(word.strip() for value in super().to_python(values) for word in value.split(",")))


class AnyKey(AnyOf):
    """Any number of keys of rows that exist, few enough to be listed. `pairs` is a function named for what they are,
    which gives them as (key, name)."""

    def __init__(self, *, pairs, missing=False, **kwargs):
        self.resource, self.missing = pairs.__name__, missing
        super().__init__(choices=lambda: [*pairs(), *([UNSTATED] if missing else [])], **kwargs)


class AnySlug(AnyOf):
    """Any number of slugs of rows that exist. There may be thousands, so only the given ones are looked up."""

    column = "slug"
    possible = r"[-\w]{1,200}"
    """Only what can be a slug reaches the database: PostgreSQL refuses some characters."""

    def __init__(self, *, rows, missing=False, **kwargs):
        self.rows, self.missing = rows, missing
        super().__init__(choices=self.pairs, **kwargs)

    def pairs(self):
        return [*self._special(), *self.rows().order_by("name", "pk").values_list("slug", "name")]

    def what(self):
        """What a value names, with its article."""
        return f"the slug of any {self.rows().model._meta.verbose_name}"

    def _special(self):
        return [UNSTATED] if self.missing else []

    def clean(self, value):
        try:
            return super().clean(value)
        except ValidationError:
            led = self._led_on(self.to_python(value))
            if led is None:
                raise
            return super().clean(led)

    def _led_on(self, values):
        """The values with what was merged as what it is now; None where none of them was."""
        possible = [value for value in values if re.fullmatch(self.possible, value, re.ASCII)]
        forwards = Forward.objects.filter(thing=self.rows().model._meta.model_name, old__in=possible)
        now = dict(forwards.values_list("old", "new"))
        return list(dict.fromkeys(now.get(value, value) for value in values)) if now else None

    def validate(self, values):
        given = [value for value in values if not (self.missing and value == MISSING)]
        possible = [value for value in given if re.fullmatch(self.possible, value, re.ASCII)]
        rows = self.rows().filter(**{f"{self.column}__in": possible}).order_by()
        known = set(rows.values_list(self.column, flat=True).distinct()) if possible else set()
        strangers = [value for value in given if value not in known]
        if strangers:
            named = {}
            for value, name in self.pairs():
                named[name] = named[value] = value
            raise ValidationError(
                [
                    refusal(f"{quoted(value)} is not {self.what()}.", nearest=nearest(value, named))
                    for value in strangers
                ]
            )


class AnyKnown(AnySlug):
    """Any number of values that stand in a column of rows. what: names one in a refusal, with its article; many: there
    may be so many that none is offered in place of another."""

    possible = r"[^\0]{1,300}"

    def __init__(self, *, rows, column, what, many=False, **kwargs):
        self.column, self.name, self.many = column, what, many
        super().__init__(rows=rows, **kwargs)

    def pairs(self):
        values = () if self.many else self.rows().order_by(self.column).values_list(self.column, flat=True).distinct()
        return [(value, value) for value in values]

    def what(self):
        return self.name


class Day(forms.DateField):
    """A day, written 2019-03-31 and in no other way."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def to_python(self, value):
        if not value:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return datetime.date.fromisoformat(value)
        except ValueError:
            pass
        raise refusal(f"{quoted(value)} is not a day: write it as 2019-03-31.")


class Money(forms.Field):
    """Pounds, written 412000000 or 412000000.50 and in no other way. Gives whole pence."""

    SCALES = {"": 1, "k": 10**3, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9}

    def to_python(self, value):
        if not value:
            return None
        # As many digits as a database column holds.
        if re.fullmatch(r"\d{1,15}(\.\d{1,2})?", value, re.ASCII):
            return int(Decimal(value) * 100)
        raise refusal(
            f"{quoted(value)} is not a sum of pounds: write it as 412000000 or 412000000.50.",
            nearest=self._meant(value),
        )

    def _meant(self, value):
        match = re.fullmatch(r"£? ?([\d,]{1,19}(?:\.\d{1,9})?) ?([a-z]*)", value.strip().lower(), re.ASCII)
        if not match or not match[1].strip(",") or match[2] not in self.SCALES:
            return None
        pounds = Decimal(match[1].replace(",", "")) * self.SCALES[match[2]]
        whole = pounds == pounds.to_integral_value()
        meant = f"{pounds:.0f}" if whole else f"{pounds:.2f}"
        return meant if len(meant.partition(".")[0]) <= 15 and Decimal(meant) == pounds else None


class Moment(forms.Field):
    """A moment with its offset (2019-03-31T12:00:00Z), or a day in the portal's time zone: to its end, or with `begins`
    from its beginning."""

    def __init__(self, *, begins=False, **kwargs):
        super().__init__(**kwargs)
        self.begins = begins

    def to_python(self, value):
        if not value:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                day = datetime.date.fromisoformat(value)
                # Whoever names a day wants what was posted on it; the last microsecond is the finest that is kept.
                time = datetime.time.min if self.begins else datetime.time.max
                return timezone.make_aware(datetime.datetime.combine(day, time))
            # An unescaped plus sign arrives as a space.
            moment = datetime.datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", value))
            if moment.tzinfo and value.isascii():
                return moment.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            pass
        raise refusal(
            f"{quoted(value)} is not a moment: write a day "
            f"(2019-03-31, {'from its beginning' if self.begins else 'to its end'} in London) "
            "or a time with its offset (2019-03-31T12:00:00Z)."
        )


class Cursor(forms.Field):
    """The whole number that a change is known by."""

    def to_python(self, value):
        if not value:
            return None
        if re.fullmatch(r"\d{1,18}", value, re.ASCII):
            return int(value)
        raise refusal(f"{quoted(value)} is not a cursor: take the one that the last answer gave, or 0 to begin.")


class AnyYear(AnyOf):
    """Any number of financial years, written 2018-19. Gives FinancialYears, and MISSING where that is allowed."""

    def __init__(self, *, missing=False, **kwargs):
        self.missing = missing
        super().__init__(**kwargs)

    def clean(self, values):
        years, faults = [], []
        for value in self.to_python(values):
            if self.missing and value == MISSING:
                years.append(value)
                continue
            try:
                years.append(financial_year(value, otherwise=MISSING if self.missing else None))
            except ValidationError as fault:
                faults.append(fault)
        if faults:
            raise ValidationError(faults)
        return years


class OneYear(forms.Field):
    """A financial year, written 2018-19, as a FinancialYear."""

    def to_python(self, value):
        return financial_year(value) if value else None


def financial_year(text, *, otherwise=None):
    """The FinancialYear that a text names. Raises a refusal, which offers the word `otherwise` too."""
    try:
        year = FinancialYear.parse(text)
        # Far enough for every announcement; beyond it days and database columns end.
        if text.isascii() and 1900 <= year <= 2200:
            return year
    except ValueError:
        pass
    match = re.fullmatch(r"(19\d\d|20\d\d|21\d\d)\D?(\d\d|\d{4})?", text, re.ASCII)
    meant = str(FinancialYear(match[1])) if match else None
    or_else = f", or {otherwise}" if otherwise else ""
    raise refusal(f"{quoted(text)} is not a financial year: write it as 2018-19{or_else}.", nearest=meant)


class PricesOf(forms.Field):
    """The financial year in whose prices money is shown, as a FinancialYear; None for `cash`, which is also the default."""

    CASH = "cash"

    def to_python(self, value):
        if not value or value == self.CASH:
            return None
        if value.strip().lower() == self.CASH:
            raise refusal(f"{quoted(value)} is not a financial year.", nearest=self.CASH)
        return financial_year(value, otherwise=self.CASH)


class YesOrNo(OneOf):
    """`true` or `false`; None where not given."""

    def __init__(self, **kwargs):
        super().__init__(choices=[("true", "Yes"), ("false", "No")], **kwargs)

    def clean(self, value):
        return {"true": True, "false": False}.get(super().clean(value))


def themes():
    return list(Theme.objects.by_name().values_list("key", "name"))


def regions():
    return list(Region.objects.in_tree_order().values_list("key", "name"))


def releases():
    return [(release, release) for release in DeflatorSeries.objects.newest_first().values_list("release", flat=True)]


def population_years():
    years = Population.objects.order_by("-year").values_list("year", flat=True).distinct()
    return [(str(year), str(year)) for year in years]


def announcers():
    return Organisation.objects.filter(
        Exists(Announcement.objects.published().filter(announcer=OuterRef("pk")).order_by())
    )


def responders():
    return Organisation.objects.filter(
        Exists(Response.objects.of_published().filter(organisation=OuterRef("pk")).order_by())
    )


# Forms and filters


class StrictForm(forms.Form):
    """A form over a query string that answers for every parameter in it. See the module for `also` and `blanks`."""

    def __init__(self, data=None, *, also=(), blanks=True, prefix=None):
        super().__init__(data, prefix=prefix)
        self.also, self.blanks = tuple(also), blanks
        for field in self.fields.values():
            field.required = False

    @cached_property
    def faults(self):
        """Everything wrong, parameter by parameter in the order they were given."""
        found = []
        names = (*self.fields, *self.also)
        errors = self.errors.as_data()
        for name in self.data:
            if name not in names:
                found.append(self._stranger(name, names))
            elif name not in self.fields:
                continue
            elif not self.blanks and not all(value.strip() for value in self._given(name)):
                found.append(Fault(name, f"Give {name} a value, or leave it out.", self._allowed(name)))
            elif len(self._given(name)) > 1 and not isinstance(self.fields[name], forms.MultipleChoiceField):
                found.append(Fault(name, f"{name} is given {len(self._given(name))} times; only one is possible."))
            else:
                found += [self._fault(name, error) for error in errors.get(name, [])]
        return found + [self._fault(name, error) for name in errors if name not in self.data for error in errors[name]]

    def _given(self, name):
        return self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data[name]]

    def _stranger(self, name, names):
        allowed = tuple(sorted(names))
        if not allowed:
            return Fault(name, f"There is no parameter {quoted(name)} here; there are none at all.", allowed)
        return Fault(name, f"There is no parameter {quoted(name)} here.", allowed, nearest(name, allowed))

    def _allowed(self, name):
        field = self.fields[name]
        if isinstance(field, (AnySlug, AnyYear)) or not hasattr(field, "choices"):
            return None
        return tuple(word for word, _ in field.choices)

    def _fault(self, name, error):
        """Errors of our own fields carry what is allowed; those of Django's carry a message alone."""
        return Fault(name, " ".join(error.messages), getattr(error, "allowed", None), getattr(error, "nearest", None))


class StrictFilterSet(django_filters.FilterSet):
    """The base of every list's filters; by itself, a list that takes no parameters.

    Each parameter that asks for any of some values has a `not_` twin, made here.
    """

    orders = {}
    """What the list can be ordered by: Orders by the word that asks for them."""

    class Meta:
        form = StrictForm

    @classmethod
    def get_filters(cls):
        declared = super().get_filters()
        twins = {
            f"{NOT}{name}": found.twin() for name, found in declared.items() if getattr(found, "repeatable", False)
        }
        return declared | twins

    def __init__(self, data, queryset, *, also=(), blanks=True, ordered=False):
        super().__init__(data, queryset)
        self.also, self.blanks = also, blanks
        if ordered and self.orders:
            self.filters["ordering"] = Ordering(self.orders, label="Order")

    @cached_property
    def form(self):
        return self.get_form_class()(self.data, also=self.also, blanks=self.blanks)

    @cached_property
    def faults(self):
        """What is wrong with the question, as Faults; empty when nothing is."""
        return self.form.faults or self._answered[1]

    @property
    def qs(self):
        """The rows asked for, in the order asked for or else as they came in; none where there are faults."""
        return self.queryset.none() if self.form.faults else self._answered[0]

    def in_order(self, queryset):
        """Other rows in the order that is asked for, or else as they come in."""
        word = self.form.cleaned_data.get("ordering")
        return self.orders[word].of(queryset) if word else queryset

    @cached_property
    def _answered(self):
        try:
            return self.filter_queryset(self.queryset.all()), []
        except Unsearchable as error:
            return self.queryset.none(), [error.fault]

    def is_valid(self):
        return not self.faults


class Unsearchable(Exception):
    """A search text that cannot be understood, with the Fault that says why."""

    def __init__(self, fault):
        super().__init__(fault.message)
        self.fault = fault


class Where(django_filters.Filter):
    """A filter by a field of ours and a function from its clean value to a condition (a Q)."""

    def __init__(self, field, condition, **kwargs):
        super().__init__(**kwargs)
        self.make_field, self.condition = field, condition

    @property
    def field(self):
        if not hasattr(self, "_field"):
            self._field = self.make_field(label=self.label, required=False)
        return self._field

    @property
    def repeatable(self):
        return isinstance(self.make_field(), AnyOf)

    def twin(self):
        """The filter that leaves out what this one finds."""
        label = f"Not {self.label[:1].lower()}{self.label[1:]}"
        return type(self)(self.make_field, self.condition, label=label, exclude=not self.exclude)

    def filter(self, queryset, value):
        return queryset if value in (None, "", []) else self.get_method(queryset)(self.condition(value))


class OneEnd(django_filters.Filter):
    """A parameter for one end of a range of money, asked together with the other: `condition` takes both ends, in pence
    and None where open, so that one and the same thing lies in between. `ends` names both parameters."""

    def __init__(self, ends, condition, **kwargs):
        super().__init__(**kwargs)
        self.ends, self.condition = ends, condition

    @property
    def field(self):
        if not hasattr(self, "_field"):
            self._field = Money(label=self.label, required=False)
        return self._field

    def filter(self, queryset, value):
        if value is None:
            return queryset
        return queryset.filter(self.condition(*(self.parent.form.cleaned_data[name] for name in self.ends)))


class Order(NamedTuple):
    """What to sort by: columns as order_by takes them, the last of them unique, and annotations that are among them.
    Where the first column can be empty (`unstated`), what is not stated comes last."""

    columns: tuple
    annotations: dict = {}
    unstated: bool = False

    def of(self, queryset):
        first, *others = self.columns
        if self.unstated:
            name = F(first.lstrip("-"))
            first = name.desc(nulls_last=True) if self.columns[0].startswith("-") else name.asc(nulls_last=True)
        return queryset.annotate(**self.annotations).order_by(first, *others)


def either_way(word, *columns, **how):
    """Two Orders, as a dict: by the columns, and for the word with a minus the other way round."""
    return {f"{sign}{word}": Order(tuple(f"{sign}{column}" for column in columns), **how) for sign in ("", "-")}


class Ordering(django_filters.Filter):
    def __init__(self, orders, **kwargs):
        super().__init__(**kwargs)
        self.orders = orders

    @property
    def field(self):
        if not hasattr(self, "_field"):
            self._field = OneOf(choices=[(word, word) for word in self.orders], label=self.label, required=False)
        return self._field

    def filter(self, queryset, word):
        return self.orders[word].of(queryset) if word else queryset


class Words(django_filters.CharFilter):
    """Rows whose fields hold every word of the text, in small or capital letters; JSON fields are read as text."""

    def __init__(self, *fields, json=(), **kwargs):
        super().__init__(max_length=LONGEST, **kwargs)
        self.fields, self.json = fields, json

    def filter(self, queryset, text):
        if not text:
            return queryset
        queryset = queryset.alias(**{f"{name}_as_text": Cast(name, TextField()) for name in self.json})
        for word in text.split():
            found = Q()
            for name in (*self.fields, *(f"{name}_as_text" for name in self.json)):
                found |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


class FullText(django_filters.CharFilter):
    """Announcements that `announcements.search` finds."""

    def __init__(self, **kwargs):
        super().__init__(max_length=search.LONGEST, **kwargs)

    def filter(self, queryset, text):
        if not text:
            return queryset
        try:
            return search.search(queryset, text)
        except ValueError as error:
            raise Unsearchable(Fault("q", str(error))) from error


def any_of(choices, missing=False):
    """A maker of AnyOf fields over (word, label) pairs, or of AnyKey fields over a function that gives them; with
    `missing`, also over what is not stated."""
    if callable(choices):
        return lambda **kwargs: AnyKey(pairs=choices, missing=missing, **kwargs)
    return lambda **kwargs: AnyOf(choices=[*choices, *([UNSTATED] if missing else [])], **kwargs)


def any_slug(rows, missing=False):
    return lambda **kwargs: AnySlug(rows=rows, missing=missing, **kwargs)


# Announcements and pots are found by the facets of their documents, see `readside`


def carrying(facets, name):
    """Rows with one of these values among their facets of this name, MISSING among them for what states none; a region
    finds what lies in it too. Of announcements and pots theme, region, sector and additionality are what a claim states
    or an entry of the pot ever carried; programmes are those that the announcement names or its pots belong to now.

    Each parameter is asked by itself: theme=ai&region=wales finds an announcement with something for AI and something
    for Wales. For money that is both, ask for pots or totals.
    """

    def condition(values):
        return Q(Exists(_facets(facets, name).filter(value__in=values)))

    return condition


def about_amounts(least=None, most=None):
    """Announcements one of whose pots has the high end of its announced amount from least to most, in pence."""
    amounts = _facets(AnnouncementFacet, "amount").filter(number__isnull=False)
    if least is not None:
        amounts = amounts.filter(number__gte=least)
    if most is not None:
        amounts = amounts.filter(number__lte=most)
    return Q(Exists(amounts))


def _facets(facets, name):
    """The facets of one name of the row asked about; `facets` is the model, whose first column names that row."""
    of = "announcement" if facets is AnnouncementFacet else "pot"
    return facets.objects.filter(**{of: OuterRef("pk")}, name=name)


def of_announcements(name):
    """Rows whose announcement carries one of these values among its facets of this name, as `carrying` finds it."""

    def condition(values):
        carriers = AnnouncementFacet.objects.filter(name=name, value__in=values).order_by()
        return Q(announcement__in=carriers.values("announcement"))

    return condition


def promised_by(name):
    """Targets of which a published announcement that carries one of these values makes the promise."""
    made = AnnouncedTarget.objects.of_published().order_by()

    def condition(values):
        return Q(pk__in=made.filter(of_announcements(name)(values)).values("target"))

    return condition


def naming(rows, links, column):
    """Rows (by the lookup `rows`) that are linked to one of these programmes, or with MISSING to none. `links` is the
    model that links them, `column` its end here."""

    def condition(values):
        slugs = [value for value in values if value != MISSING]
        linked = links.objects.order_by()
        condition = Q(**{f"{rows}__in": linked.filter(programme__slug__in=slugs).values(column)})
        return condition | ~Q(**{f"{rows}__in": linked.values(column)}) if MISSING in values else condition

    return condition


def announced_in(years, day="announced_on"):
    found = Q()
    for year in years:
        found |= Q(**{f"{day}__range": (year.starts_on, year.ends_on)})
    return found


# The lists


class RangesForm(StrictForm):
    """Refuses a range that ends before it begins; `ranges` names the two parameters of each."""

    ranges = (("announced_from", "announced_to"), ("amount_min", "amount_max"))

    def clean(self):
        for first, last in self.ranges:
            least, most = self.cleaned_data.get(first), self.cleaned_data.get(last)
            if least is not None and most is not None and least > most:
                self.add_error(last, refusal(f"{last} is before {first}."))


AMOUNT = any_of([], missing=True)
"""Of amounts all that can be asked for beside their range: that none is stated."""


class ChangesForm(RangesForm):
    """Which changes of public documents: those after the cursor `since`, and those between two moments."""

    ranges = (("changed_from", "changed_to"),)

    since = Cursor(label="After the change")
    changed_from = Moment(label="From", begins=True)
    changed_to = Moment(label="To")
    resource = AnyOf(choices=Resource.choices, label="Of")
    kind = AnyOf(choices=ChangeKind.choices, label="What happened")

    CONDITIONS = {"changed_from": "at__gte", "changed_to": "at__lte", "resource": "resource__in", "kind": "kind__in"}

    def of(self, changes):
        """The changes asked for, of a queryset, in their order."""
        given = self.cleaned_data
        rows = changes.since(given["since"] or 0)
        return rows.filter(**{lookup: given[name] for name, lookup in self.CONDITIONS.items() if given[name]})


class AnnouncementFilter(StrictFilterSet):
    """See `carrying` for what theme, region, sector and additionality mean of an announcement.

    An announcement matches a range of amounts when one of its pots has the high end of its amount in it, and is
    ordered by the largest of these.
    """

    orders = {
        **either_way("announced_on", "announced_on", "slug"),
        **either_way("title", "title", "slug"),
        **either_way("amount", "largest", "slug", annotations={"largest": F("document__largest")}, unstated=True),
        **either_way("published_at", "published_at", "slug", unstated=True),
        **either_way("updated_at", "updated_at", "slug"),
    }

    class Meta:
        form = RangesForm

    q = FullText(label="Search")
    theme = Where(any_of(themes, missing=True), carrying(AnnouncementFacet, "theme"), label="Theme")
    region = Where(any_of(regions, missing=True), carrying(AnnouncementFacet, "region"), label="Region")
    sector = Where(any_of(Sector.choices, missing=True), carrying(AnnouncementFacet, "sector"), label="Payer")
    additionality = Where(
        any_of(Additionality.choices, missing=True), carrying(AnnouncementFacet, "additionality"), label="How new"
    )
    programme = Where(
        any_slug(Programme.objects.all, missing=True), carrying(AnnouncementFacet, "programme"), label="Programme"
    )
    organisation = Where(any_slug(announcers), lambda slugs: Q(announcer__slug__in=slugs), label="Announced by")
    year = Where(AnyYear, announced_in, label="Financial year")
    announced_from = Where(Day, lambda day: Q(announced_on__gte=day), label="From")
    announced_to = Where(Day, lambda day: Q(announced_on__lte=day), label="To")
    amount = Where(AMOUNT, lambda _: ~about_amounts(), label="Amount")
    amount_min = OneEnd(("amount_min", "amount_max"), about_amounts, label="Pounds from")
    amount_max = OneEnd(("amount_min", "amount_max"), about_amounts, label="Pounds to")


class PotFilter(StrictFilterSet):
    """See `carrying` for what theme, region, sector and additionality mean of a pot; every pot that was introduced has
    these. A pot matches a range of amounts when the high end of its amount lies in it."""

    class Meta:
        form = RangesForm

    orders = {
        **either_way("id", "reference"),
        **either_way("name", "name", "reference"),
        **either_way("amount", "high", "reference", unstated=True),
    }

    q = Words("name", label="Name")
    theme = Where(any_of(themes), carrying(PotFacet, "theme"), label="Theme")
    region = Where(any_of(regions), carrying(PotFacet, "region"), label="Region")
    sector = Where(any_of(Sector.choices), carrying(PotFacet, "sector"), label="Payer")
    additionality = Where(any_of(Additionality.choices), carrying(PotFacet, "additionality"), label="How new")
    programme = Where(any_slug(Programme.objects.all, missing=True), carrying(PotFacet, "programme"), label="Programme")
    flag = Where(any_of(Flag.choices, missing=True), carrying(PotFacet, "flag"), label="Flag")
    amount = Where(AMOUNT, lambda _: Q(high__isnull=True), label="Amount")
    amount_min = Where(Money, lambda pence: Q(high__gte=pence), label="Pounds from")
    amount_max = Where(Money, lambda pence: Q(high__lte=pence), label="Pounds to")


def about_pots(name):
    """Rows about a pot that the list of pots finds by this parameter."""
    found = PotFilter.base_filters[name].condition
    return lambda values: Q(pot__in=Pot.objects.filter(found(values)).order_by().values("pk"))


def any_announcement():
    """A maker of fields over the ids of published announcements."""
    return lambda **kwargs: AnyKnown(
        rows=Announcement.objects.published,
        column="slug",
        what="the id of any published announcement",
        many=True,
        **kwargs,
    )


def any_pot():
    """A maker of fields over the ids of pots."""
    return lambda **kwargs: AnyKnown(
        rows=Pot.objects.introduced, column="reference", what="the id of any pot", many=True, **kwargs
    )


def any_value(rows, column, what):
    """A maker of fields over the values in a column, of which there are few."""
    return lambda **kwargs: AnyKnown(rows=rows, column=column, what=what, **kwargs)


def one_of(choices, name, *, missing=False, label):
    """A Where for the words of a column; with `missing`, also for its being empty."""

    def condition(words):
        stated = Q(**{f"{name}__in": [word for word in words if word != MISSING]})
        return stated | Q(**{name: ""}) if MISSING in words else stated

    return Where(any_of(choices, missing=missing), condition, label=label)


def in_pounds():
    """The high end of a claim's figure as it states it, in whole pence at the rate that it states, as an expression; NULL
    without a figure or a rate."""
    figure = Coalesce("high", "amount")
    exchanged = ExpressionWrapper(
        Coalesce("high", "amount") * F("rate") + Value(Decimal("0.5")),
        output_field=DecimalField(max_digits=40, decimal_places=9),
    )
    return Case(
        When(currency="GBP", then=figure),
        When(rate__isnull=False, then=Cast(Floor(exchanged), BigIntegerField())),
        output_field=BigIntegerField(),
    )


class InPounds(Where):
    def filter(self, queryset, value):
        return super().filter(queryset.alias(stated_pence=in_pounds()), value)


BY_ANNOUNCEMENT = {
    # Those of one announcement in its own order, whichever comes first.
    "announced_on": Order(("announcement__announced_on", "announcement__slug", "position", "pk")),
    "-announced_on": Order(("-announcement__announced_on", "-announcement__slug", "position", "pk")),
}
"""The orders of what hangs on announcements."""


class ClaimFilter(StrictFilterSet):
    """Theme, region, sector, additionality and programme are those of the pot that a claim is about, as the list of pots
    finds it; everything else is what the claim says itself.

    A claim matches a range of amounts by the high end of its figure as stated, in pounds at the rate that it states: a
    yearly sum is that of one year, and levels and proposals are found like any other.
    """

    class Meta:
        form = RangesForm

    orders = {
        **BY_ANNOUNCEMENT,
        **either_way("amount", "stated_pence", "pk", annotations={"stated_pence": in_pounds()}, unstated=True),
    }

    q = Words("name", "as_stated", label="Words")
    theme = Where(any_of(themes), about_pots("theme"), label="Theme")
    region = Where(any_of(regions), about_pots("region"), label="Region")
    sector = Where(any_of(Sector.choices), about_pots("sector"), label="Payer")
    additionality = Where(any_of(Additionality.choices), about_pots("additionality"), label="How new")
    programme = Where(any_slug(Programme.objects.all, missing=True), about_pots("programme"), label="Programme")
    effect = one_of(Effect.choices, "effect", label="Effect")
    measure = one_of(ClaimMeasure.choices, "measure", label="Sort of sum")
    bound = one_of(Bound.choices, "bound", label="How precise")
    terms = one_of(Terms.choices, "terms", label="Terms")
    nature = one_of(Nature.choices, "nature", missing=True, label="Nature")
    instrument = one_of(Instrument.choices, "instrument", missing=True, label="Instrument")
    currency = Where(
        any_value(Claim.objects.published, "currency", "the currency of any claim"),
        lambda words: Q(currency__in=words),
        label="Currency",
    )
    organisation = Where(
        any_slug(announcers), lambda slugs: Q(announcement__announcer__slug__in=slugs), label="Announced by"
    )
    announcement = Where(any_announcement(), lambda slugs: Q(announcement__slug__in=slugs), label="Announcement")
    pot = Where(any_pot(), lambda references: Q(pot__reference__in=references), label="Pot")
    year = Where(
        AnyYear, lambda years: announced_in(years, "announcement__announced_on"), label="Announced in financial year"
    )
    announced_from = Where(Day, lambda day: Q(announcement__announced_on__gte=day), label="From")
    announced_to = Where(Day, lambda day: Q(announcement__announced_on__lte=day), label="To")
    amount = InPounds(AMOUNT, lambda _: Q(stated_pence__isnull=True), label="Amount")
    amount_min = InPounds(Money, lambda pence: Q(stated_pence__gte=pence), label="Pounds from")
    amount_max = InPounds(Money, lambda pence: Q(stated_pence__lte=pence), label="Pounds to")


class LinkFilter(StrictFilterSet):
    """What claims state of the money that two pots share. `pot` is either of them."""

    orders = {
        "announced_on": Order(
            ("claim__announcement__announced_on", "claim__announcement__slug", "claim__position", "position", "pk")
        ),
        "-announced_on": Order(
            ("-claim__announcement__announced_on", "-claim__announcement__slug", "claim__position", "position", "pk")
        ),
    }

    pot = Where(
        any_pot(),
        lambda references: Q(pot__reference__in=references) | Q(claim__pot__reference__in=references),
        label="Pot",
    )
    outer = Where(any_pot(), lambda references: at_end(references, outer=True), label="Pot that holds the other")
    inner = Where(any_pot(), lambda references: at_end(references, outer=False), label="Pot that lies in the other")
    whole = Where(
        YesOrNo,
        lambda whole: Q(kind__in=sorted(WHOLE_LINKS)) if whole else ~Q(kind__in=sorted(WHOLE_LINKS)),
        label="All of the inner pot",
    )
    announcement = Where(any_announcement(), lambda slugs: Q(claim__announcement__slug__in=slugs), label="Announcement")


def at_end(references, *, outer):
    """Links whose outer (or inner) pot is one of these, as a Q."""
    to_outer = Q(kind__in=sorted(LINKS_TO_OUTER))
    other, own = Q(pot__reference__in=references), Q(claim__pot__reference__in=references)
    return (to_outer & other) | (~to_outer & own) if outer else (to_outer & own) | (~to_outer & other)


class PublishedForm(RangesForm):
    ranges = (("published_from", "published_to"),)


class SourceFilter(StrictFilterSet):
    class Meta:
        form = PublishedForm

    orders = {
        **BY_ANNOUNCEMENT,
        **either_way("published_on", "published_on", "pk", unstated=True),
        **either_way("publisher", "publisher", "pk"),
    }

    q = Words("publisher", "url", label="Words")
    publisher = Where(
        any_value(Source.objects.of_published, "publisher", "the publisher of any source"),
        lambda names: Q(publisher__in=names),
        label="Publisher",
    )
    kind = one_of(SourceKind.choices, "kind", label="Kind")
    published = Where(any_of([], missing=True), lambda _: Q(published_on__isnull=True), label="Published")
    published_from = Where(Day, lambda day: Q(published_on__gte=day), label="Published from")
    published_to = Where(Day, lambda day: Q(published_on__lte=day), label="Published to")
    announcement = Where(any_announcement(), lambda slugs: Q(announcement__slug__in=slugs), label="Announcement")


class FigureFilter(StrictFilterSet):
    orders = BY_ANNOUNCEMENT

    q = Words("as_stated", "what", label="Words")
    kind = one_of(FigureKind.choices, "kind", label="Kind")
    announcement = Where(any_announcement(), lambda slugs: Q(announcement__slug__in=slugs), label="Announcement")


class ResponseFilter(StrictFilterSet):
    """The programme is one that the answered announcement names; theme and region are what the list of announcements
    finds it by, and the year is that in which it was announced."""

    class Meta:
        form = RangesForm

    orders = {**BY_ANNOUNCEMENT, **either_way("organisation", "organisation__name", "pk")}

    q = Words("summary", "organisation__name", "person", label="Words")
    stance = one_of(Stance.choices, "stance", label="Stance")
    announcement = Where(any_announcement(), lambda slugs: Q(announcement__slug__in=slugs), label="Announcement")
    organisation = Where(any_slug(responders), lambda slugs: Q(organisation__slug__in=slugs), label="From")
    programme = Where(
        any_slug(Programme.objects.all, missing=True),
        naming("announcement", Announcement.programmes.through, "announcement"),
        label="Programme",
    )
    theme = Where(any_of(themes, missing=True), of_announcements("theme"), label="Theme")
    region = Where(any_of(regions, missing=True), of_announcements("region"), label="Place")
    year = Where(
        AnyYear, lambda years: announced_in(years, "announcement__announced_on"), label="Announced in financial year"
    )
    announced_from = Where(Day, lambda day: Q(announcement__announced_on__gte=day), label="From")
    announced_to = Where(Day, lambda day: Q(announcement__announced_on__lte=day), label="To")


class DueForm(RangesForm):
    ranges = (("due_from", "due_to"),)


class TargetFilter(StrictFilterSet):
    """A target due in a year or month falls into every span that touches it; one without a day into none.

    Theme and region are what the list of announcements finds those by that make the promise.
    """

    class Meta:
        form = DueForm

    orders = {
        # Those without a day come last.
        "due": Order(("undated", "due", "pk"), {"undated": Q(due="")}),
        "-due": Order(("undated", "-due", "-pk"), {"undated": Q(due="")}),
        **either_way("metric", "metric", "pk"),
    }

    q = Words("metric", "wording", label="Words")
    programme = Where(
        any_slug(Programme.objects.all, missing=True),
        naming("pk", Target.programmes.through, "target"),
        label="Programme",
    )
    theme = Where(any_of(themes, missing=True), promised_by("theme"), label="Theme")
    region = Where(any_of(regions, missing=True), promised_by("region"), label="Place")
    due = Where(any_of([], missing=True), lambda _: Q(due=""), label="Due")
    # Days, months and years compare as text: a year stands before its months, a month before its days.
    due_from = Where(Day, lambda day: Q(due__gte=str(day)) | Q(due__in=[str(day)[:7], str(day)[:4]]), label="Due from")
    due_to = Where(Day, lambda day: Q(due__lte=str(day)) & ~Q(due=""), label="Due to")


ROLES = [("announcer", "Announces"), ("responder", "Responds")]


def playing(roles):
    """Organisations that announced something published, or responded to it."""
    rows = {"announcer": announcers, "responder": responders}
    found = Q(pk__in=[])
    for role in roles:
        found |= Q(pk__in=rows[role]().values("pk"))
    return found


def covering(places):
    """Organisations that work for one of these places as such; with MISSING, those of which no place is known."""
    covered = Organisation.covers.through.objects.order_by()
    found = Q(pk__in=covered.filter(region__in=places).values("organisation"))
    return found | ~Q(pk__in=covered.values("organisation")) if MISSING in places else found


class OrganisationFilter(StrictFilterSet):
    orders = {**either_way("name", "name", "slug"), **either_way("kind", "kind", "name", "slug")}

    q = Words("name", "short_name", json=["other_names"], label="Name")
    kind = one_of(OrganisationKind.choices, "kind", label="Kind")
    status = one_of(OrganisationStatus.choices, "status", label="Status")
    role = Where(any_of(ROLES), playing, label="Role")
    covers = Where(any_of(regions, missing=True), covering, label="Place that it works for")


class ProgrammeFilter(StrictFilterSet):
    orders = either_way("name", "name", "slug")

    q = Words("name", "description", label="Name")


class ThemeFilter(StrictFilterSet):
    orders = either_way("name", "name", "key")


class RegionFilter(StrictFilterSet):
    orders = {**either_way("position", "position", "key"), **either_way("name", "name", "key")}


CONFIRMED = "Read in the source that is named"


class SeriesFilter(StrictFilterSet):
    orders = either_way("release", "release")


class PopulationFilter(StrictFilterSet):
    orders = {
        **either_way("region", "region__position", "year", "pk"),
        **either_way("people", "people", "pk"),
    }

    region = Where(any_of(regions), lambda keys: Q(region__in=Region.objects.at_or_below(keys)), label="Region")
    confirmed = Where(YesOrNo, lambda confirmed: Q(confirmed=confirmed), label=CONFIRMED)


class ExchangeRateFilter(StrictFilterSet):
    orders = either_way("currency", "currency", "year", "pk")

    currency = Where(
        any_value(ExchangeRate.objects.all, "currency", "a currency with a rate here"),
        lambda words: Q(currency__in=words),
        label="Currency",
    )
    confirmed = Where(YesOrNo, lambda confirmed: Q(confirmed=confirmed), label=CONFIRMED)


class QuestionForm(RangesForm):
    """A question to `ledger.totals`, in the grammar of the lists; `question` is its arguments, where there are no faults."""

    measure = OneOf(choices=Measure.choices, label="Measure")
    theme = AnyKey(pairs=themes, label="Theme")
    region = AnyKey(pairs=regions, label="Place")
    region_itself = AnyKey(pairs=regions, label="Place, not what lies in it")
    sector = AnyOf(choices=Sector.choices, label="Payer")
    public = YesOrNo(label="Public money")
    additionality = AnyOf(choices=Additionality.choices, label="How new")
    programme = AnySlug(rows=Programme.objects.all, missing=True, label="Programme")
    announced_year = AnyYear(label="Announced in")
    announced_year_from = OneYear(label="Announced from the year")
    announced_year_to = OneYear(label="Announced to the year")
    money_year = AnyYear(missing=True, label="Money of")
    as_at = Day(label="As at")
    known_at = Moment(label="As known at")

    ranges = ((SINCE, UNTIL),)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields |= {f"{NOT}{name}": copy.deepcopy(self.fields[name]) for name in DIMENSIONS}

    @property
    def question(self):
        """Keyword arguments of `totals.by`: measure, as_at, known_at and the filters that were given."""
        given = self.cleaned_data
        measure = Measure(given["measure"] or Measure.ANNOUNCED)
        return {"measure": measure, "as_at": given["as_at"], "known_at": given["known_at"]} | self.where

    @property
    def where(self):
        """The filters that were given, by name: lists of values, and True or False for `public`."""
        values = {name: self.cleaned_data[name] for name in FILTERS}
        return {name: value for name, value in values.items() if value not in ([], None)}


class LeftOutForm(QuestionForm):
    """The same with `cleaned_data["reason"]`, those of `reasons.WHY` that are asked for; empty for all of them."""

    reason = AnyOf(choices=list(reasons.WHY.items()), label="Why not")
    not_reason = AnyOf(choices=list(reasons.WHY.items()), label="Not why not")

    def among(self, claims):
        """Of `reasons.claims` those that are left out for these reasons."""
        wanted, unwanted = self.cleaned_data["reason"], self.cleaned_data["not_reason"]
        claims = claims.filter(why__in=wanted) if wanted else claims
        return claims.exclude(why__in=unwanted) if unwanted else claims


class TotalsForm(QuestionForm):
    """The same with how to show the answer: `cleaned_data["by"]`, the dimensions to group by, and `shown`."""

    by = CommaSeparated(choices=[(name, name.replace("_", " ").capitalize()) for name in DIMENSIONS])
    prices = PricesOf(label="In prices of")
    deflator = OneOf(choices=releases, label="Release of prices")
    per = OneOf(choices=[("head", "Per head")], label="Per")
    population_year = OneOf(choices=population_years, label="Population of")
    explain = YesOrNo(label="With what it rests on")

    @property
    def shown(self):
        """The other keyword arguments of `answers.answer`."""
        return {name: self.cleaned_data.get(name) for name in ("in_prices", "heads_of", "explain")}

    def clean(self):
        super().clean()
        given = self.cleaned_data
        if given.get("prices"):
            self._convert(given["prices"], given.get("deflator"))
        elif given.get("deflator") and "prices" in given:
            self.add_error("deflator", refusal("It says how prices are converted: give prices=2024-25 with it."))
        if given.get("per"):
            self._divide(given.get("population_year"))
        elif given.get("population_year") and "per" in given:
            self.add_error("population_year", refusal("It says whose heads are counted: give per=head with it."))

    def _convert(self, base, release):
        series = DeflatorSeries.objects.newest_first()
        series = series.filter(release=release).first() if release else series.first()
        years = sorted(series.values.values_list("year", flat=True)) if series else []
        if not years:
            self.add_error("prices", refusal("There is no series of prices here.", allowed=(PricesOf.CASH,)))
        elif base not in years:
            message = f"{series.release} has no prices of {base}: its years are {years[0]} to {years[-1]}."
            closest = min(years, key=lambda year: abs(year - base))
            self.add_error("prices", refusal(message, allowed=(PricesOf.CASH, *map(str, years)), nearest=str(closest)))
        else:
            self.cleaned_data["in_prices"] = answers.prices_of(series, base)

    def _divide(self, year):
        year = int(year) if year else Population.objects.best_year()
        if self.cleaned_data.get(f"{NOT}region"):
            message = "Money without some places is no one's share: name the places that it is for, with region."
            self.add_error("per", refusal(message))
        elif year is None:
            self.add_error("per", refusal("There are no populations here."))
        else:
            self.cleaned_data["heads_of"] = year


SHOWN = frozenset(TotalsForm.declared_fields) - frozenset(QuestionForm.declared_fields)
"""Parameters of totals that say how to show an answer, and not what is asked."""
