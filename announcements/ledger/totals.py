"""Asking the ledger: every total is a sum of entries, read from the stored roll-ups where those can answer.

Amounts are pence. Dimensions are named as in COUNTING.md; years are financial years. A region means the node and
below when it filters, and the node itself when it groups or when `region_itself` filters.
"""

from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from programmes.fields import FinancialYearField
from programmes.models import Region

from ..choices import PUBLIC_SECTORS, Measure
from ..models import LedgerEntry, Membership, Posting, RollupCell, RollupState, RollupSum
from . import levels
from .prices import Part

DIMENSIONS = (
    "theme",
    "region",
    "sector",
    "additionality",
    "programme",
    "announced_year",
    "money_year",
)
NOT_STATED = "_missing"
"""Filters for what is not stated: the money year of an entry, the programme of a pot."""
NOT = "not_"
"""Before the name of a dimension, leaves out what its filter finds."""
SINCE, UNTIL = "announced_year_from", "announced_year_to"
"""Filters for a span of announced years, both ends included."""
FILTERS = (*DIMENSIONS, *(f"{NOT}{name}" for name in DIMENSIONS), "region_itself", "public", SINCE, UNTIL)


PRICE_YEAR = ("price_year", "stated")
"""The year in whose prices money stands, and whether that is its own year and not that of its announcement."""


class Amounts(NamedTuple):
    """A total in pence: what is firm, and what it may come to."""

    firm: int
    ceiling: int


class Row(NamedTuple):
    """A total in pence for one value of each dimension asked for, in that order; None where not stated."""

    key: tuple
    firm: int
    ceiling: int


def total(measure=Measure.ANNOUNCED, *, as_at=None, known_at=None, **where):
    """One total, as Amounts. See `by` for the filters."""
    [row] = by(measure=measure, as_at=as_at, known_at=known_at, **where)
    return Amounts(row.firm, row.ceiling)


def by(*dimensions, measure=Measure.ANNOUNCED, as_at=None, known_at=None, **where):
    """Totals for each combination of the dimensions that comes to something, as Rows sorted by key; without
    dimensions, one.

    as_at: a day; only what had taken effect by its end. known_at: a moment; only what had been posted by then.
    where: `theme`, `region`, `sector`, `additionality`, `programme` (its slug), `announced_year`, `money_year`, each a
    value or a list of values of which any will do, NOT_STATED among them for programme and money_year; `not_theme` and
    so on, which leave out what the same filter without `not_` finds; `region_itself`, without the regions below;
    `announced_year_from` and `announced_year_to`, each one year; and `public`, True or False. A pot may belong to several programmes, so rows by programme do not add up.
    Raises TypeError for a dimension or filter that does not exist.
    """
    _known(dimensions, where)
    return _by(dimensions, measure, as_at, known_at, where)


def by_price_year(*dimensions, measure=Measure.ANNOUNCED, as_at=None, known_at=None, **where):
    """The same, of each combination apart by the year in whose prices its money stands: a list of `prices.Part`.

    That is the year the money is for, or where none is stated the year of its announcement.
    """
    _known(dimensions, where)
    rows = _by((*dimensions, *PRICE_YEAR), measure, as_at, known_at, where)
    return [Part(row.key[:-2], *row.key[-2:], row.firm, row.ceiling) for row in rows]


def _by(dimensions, measure, as_at, known_at, where):
    if reads_ledger(*dimensions, as_at=as_at, known_at=known_at, **where):
        rows = entries(measure, as_at=as_at, known_at=known_at, **where)
    else:
        rows = _where(_rolled_up(measure, _named(dimensions, where)), where)
    if set(PRICE_YEAR) & set(dimensions):
        rows = rows.annotate(
            price_year=Coalesce("money_year", "announced_year"),
            stated=ExpressionWrapper(Q(money_year__isnull=False), BooleanField()),
        )
    if "programme" in dimensions:
        return _by_programme(rows, dimensions, as_at, known_at)
    columns = [_column(name) for name in dimensions]
    if not columns:
        sums = rows.aggregate(f=Sum("firm"), c=Sum("ceiling"))
        return [Row((), int(sums["f"] or 0), int(sums["c"] or 0))]
    grouped = rows.order_by().values_list(*columns).annotate(f=Sum("firm"), c=Sum("ceiling"))
    return _sorted(Row(tuple(row[:-2]), int(row[-2]), int(row[-1])) for row in grouped)


def entries(measure=Measure.ANNOUNCED, *, as_at=None, known_at=None, **where):
    """The ledger entries that a total is the sum of, as a QuerySet; the questions are those of `by`.

    measure: None for those of every measure.
    """
    _known((), where)
    rows = LedgerEntry.objects.filter(measure=measure) if measure else LedgerEntry.objects.all()
    rows = _as_known(rows, as_at, known_at)
    return _where(rows, where, as_at, known_at)


def pots(measure=Measure.ANNOUNCED, *, as_at=None, known_at=None, **where):
    """The pots that a total is made of, each with what it adds: (pot id, firm, ceiling) in pence, as a QuerySet.

    They sum to the total; pots whose entries add up to nothing are left out. The questions are those of `by`.
    """
    rows = entries(measure, as_at=as_at, known_at=known_at, **where).order_by().values_list("pot")
    return rows.annotate(adds=Sum("firm"), adds_at_most=Sum("ceiling")).exclude(adds=0, adds_at_most=0)


def reads_ledger(*dimensions, as_at=None, known_at=None, **where):
    """Whether a question is answered from the ledger itself: the roll-ups know neither days nor programmes."""
    return bool(as_at or known_at or "programme" in (name.removeprefix(NOT) for name in (*dimensions, *where)))


def _rolled_up(measure, names):
    """The stored rows with the least to read that know these dimensions, with the columns of a cell."""
    level = levels.smallest(names)
    rows = RollupSum if level else RollupCell
    rows = rows.objects.filter(generation__in=RollupState.objects.values("generation"), measure=measure)
    if not level:
        return rows
    stored = zip(level, ("first", "second", "third"), strict=True)
    return rows.filter(level=levels.title(level)).annotate(
        **{
            _column(name): Cast(NullIf(column, Value(levels.NOT_STATED)), FinancialYearField())
            if name.endswith("_year")
            else F(column)
            for name, column in stored
        }
    )


def rolled_up_at():
    """When the roll-ups last took in a posting; None when they never did."""
    state = RollupState.objects.first()
    return state and state.rolled_up_at


def version():
    """What differs whenever any total might, also one that is read from the ledger: the state of the roll-ups and the
    last posting, each with its moment."""
    state = RollupState.objects.values_list("run", "generation", "rolled_up_at").first()
    return state, Posting.objects.order_by("-pk").values_list("pk", "posted_at").first()


def posted_at(*, from_ledger, known_at=None):
    """The moment of the last posting that totals hold now; None where there is none.

    The same question with this as `known_at` gives the same totals at any later day: postings become visible in the
    order of their moments, and the roll-ups take in all that wait.
    """
    held = Posting.objects.all() if from_ledger else Posting.objects.filter(run__isnull=False)
    if known_at:
        held = held.filter(posted_at__lte=known_at)
    return held.order_by("-pk").values_list("posted_at", flat=True).first()


def members(programme_condition, as_at=None, known_at=None):
    """The pots that belong to a programme that fits the condition (a Q over Membership) as at a day: a query for ids."""
    changes = _as_known(Membership.objects.filter(programme_condition), as_at, known_at).order_by()
    return changes.values("pot", "programme").annotate(now=Sum("change")).filter(now__gt=0).values("pot")


def _known(dimensions, where):
    unknown = [name for name in dimensions if name not in DIMENSIONS] + [name for name in where if name not in FILTERS]
    if unknown:
        raise TypeError(f"no such dimension: {', '.join(unknown)}")


def _where(rows, where, as_at=None, known_at=None):
    for name, wanted in where.items():
        rows = rows.filter(condition(name, wanted, as_at, known_at))
    return rows


def _as_known(rows, as_at, known_at):
    if as_at:
        rows = rows.as_at(as_at)
    return rows.known_at(known_at) if known_at else rows


def _named(dimensions, where):
    """The dimensions that a question needs to know."""
    named = {*dimensions, *map(_dimension, where)}
    return named - set(PRICE_YEAR) | {"announced_year", "money_year"} if named & set(PRICE_YEAR) else named


def _dimension(name):
    """The dimension that a filter is about."""
    if name in (SINCE, UNTIL):
        return "announced_year"
    return "sector" if name == "public" else name.removeprefix(NOT).removesuffix("_itself")


def _column(name):
    name = name.removesuffix("_itself")
    return f"{name}_id" if name in ("theme", "region") else name


def listed(wanted):
    """What a filter asks for, as a list of values."""
    return list(wanted) if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]


def condition(name, wanted, as_at, known_at):
    """The filter for one name, as a Q over entries or cells."""
    if name.startswith(NOT):
        return ~condition(name.removeprefix(NOT), wanted, as_at, known_at)
    if name == "public":
        public = Q(sector__in=PUBLIC_SECTORS)
        return public if wanted else ~public
    if name == SINCE:
        return Q(announced_year__gte=wanted)
    if name == UNTIL:
        return Q(announced_year__lte=wanted)
    values = listed(wanted)
    stated = [value for value in values if value != NOT_STATED]
    if name == "programme":
        found = Q(pot__in=members(Q(programme__slug__in=stated), as_at, known_at))
        return found | ~Q(pot__in=members(Q(), as_at, known_at)) if NOT_STATED in values else found
    if name == "region":
        stated = Region.objects.at_or_below(stated)
    found = Q(**{f"{_column(name)}__in": stated})
    if name == "money_year":
        # Said outright, so that its negation finds what is not stated.
        found &= Q(money_year__isnull=False)
    return found | Q(**{f"{name}__isnull": True}) if NOT_STATED in values else found


def _by_programme(rows, dimensions, as_at, known_at):
    """Rows for each programme of each pot; None for pots that belong to none."""
    of_pot = {}
    changes = _as_known(Membership.objects.all(), as_at, known_at).order_by()
    for pot, slug, now in changes.values_list("pot", "programme__slug").annotate(now=Sum("change")):
        if now > 0:
            of_pot.setdefault(pot, []).append(slug)
    others = [name for name in dimensions if name != "programme"]
    sums = {}
    grouped = rows.order_by().values_list("pot", *map(_column, others)).annotate(f=Sum("firm"), c=Sum("ceiling"))
    for pot, *values, firm, ceiling in grouped:
        for slug in of_pot.get(pot, [None]):
            named = dict(zip(others, values, strict=True)) | {"programme": slug}
            key = tuple(named[name] for name in dimensions)
            before = sums.get(key, (0, 0))
            sums[key] = (before[0] + firm, before[1] + ceiling)
    return _sorted(Row(key, int(firm), int(ceiling)) for key, (firm, ceiling) in sums.items())


def _sorted(rows):
    """By key, what is not stated last; without those that come to nothing, which the roll-ups do not keep."""
    return sorted(
        (row for row in rows if row.firm or row.ceiling),
        key=lambda row: [(value is None, value if value is not None else 0) for value in row.key],
    )
