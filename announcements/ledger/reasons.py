"""What a figure rests on: the pots that it is the sum of, and the published claims that do not count in it, with why.

The pots' sums add up to the figure. A claim is left out of a figure when it is about money that the question asks for
and caused no entry of the measure of its own pot. What is counted and lies elsewhere than the question asks is no part of it.
"""

from typing import NamedTuple

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Concat

from programmes.financial_years import FinancialYear
from programmes.models import Region

from ..choices import Bound, ClaimMeasure, Effect, Measure, Terms
from ..models import Claim, Pot, RegionSplit
from . import figures, totals

REPEATS, OTHER_STAGE, SHARED, UNCHANGED = "repeats", "other_stage", "shared", "unchanged"

NEVER_COUNTED = {
    "proposal": figures.PROPOSAL,
    "not_summable": figures.NOT_SUMMABLE,
    "real_terms": figures.REAL_TERMS,
    "no_amount": figures.NO_AMOUNT,
    "no_rate": figures.NO_RATE,
}
"""Why a claim counts in no figure, in the words of `figures`; the first that holds is told."""

WHY = NEVER_COUNTED | {
    REPEATS: "It says again what was announced before: it adds nothing.",
    OTHER_STAGE: "It is about another stage of the money (announced, allocated, spent): those are never added up.",
    SHARED: "All of its money lies in other pots and is counted there.",
    UNCHANGED: "It leaves what its pot adds as it was, or a later claim of the same day stands for it.",
}
"""Every reason why a claim is left out, by its name."""

REFERENCE = Concat(OuterRef("announcement__slug"), Value("#"), OuterRef("key"), output_field=CharField())
"""A claim's public id, as entries name their cause."""


class LeftOut(NamedTuple):
    """How many claims are left out for a reason, and what they said in pence (None where it is never added up)."""

    reason: str
    claims: int
    firm: int | None
    ceiling: int | None


def pots(**question):
    """The pots that a figure is the sum of, as announced; those that come to nothing are left out. The questions are
    those of `totals.by`."""
    return Pot.objects.filter(pk__in=totals.pots(**question).values("pot")).in_order()


def claims(measure=Measure.ANNOUNCED, *, as_at=None, known_at=None, **where):
    """The published claims that are left out of a figure, each with `why`, one of WHY. The questions are those of
    `totals.by`; what was known at a moment is read from claims as they stand now, if they were published by then."""
    found = Claim.objects.published()
    if as_at:
        found = found.filter(announcement__announced_on__lte=as_at)
    if known_at:
        found = found.filter(announcement__published_at__lte=known_at)
    if where:
        found = found.filter(_about(as_at, known_at, where))
    caused = totals.entries(measure, as_at=as_at, known_at=known_at).filter(pot=OuterRef("pot"), cause=REFERENCE)
    return found.annotate(why=_why(measure, ~Exists(caused.order_by()))).filter(why__isnull=False)


def summary(measure=Measure.ANNOUNCED, *, as_at=None, known_at=None, **where):
    """The claims that are left out of a figure, counted and summed by reason, as LeftOuts in the order of WHY."""
    said = totals.entries(Measure.SAID, as_at=as_at, known_at=known_at, **where).filter(
        pot=OuterRef("pot"), cause=REFERENCE
    )
    sums = {
        end: Subquery(said.order_by().values("pot").annotate(sum=Sum(end)).values("sum")) for end in ("firm", "ceiling")
    }
    rows = claims(measure, as_at=as_at, known_at=known_at, **where).annotate(**sums).order_by()
    counted = rows.values_list("why").annotate(number=Count("pk"), f=Sum("firm"), c=Sum("ceiling"))
    found = {
        why: LeftOut(why, number, *((None, None) if why in NEVER_COUNTED else (int(firm or 0), int(ceiling or 0))))
        for why, number, firm, ceiling in counted
    }
    return [found[why] for why in WHY if why in found]


def _why(measure, caused_nothing):
    """The reason as an expression over claims, NULL where one counts. The first five are `figures.UNCOUNTED` in SQL."""
    stated = Q(bound=Bound.RANGE) | Q(amount__isnull=False)
    never = [
        Q(effect=Effect.PROPOSES),
        Q(measure__in=[ClaimMeasure.LEVEL, ClaimMeasure.RISE, ClaimMeasure.BREAKDOWN]),
        Q(terms=Terms.REAL),
        ~stated & ~Q(effect=Effect.CANCELS),
        stated & ~Q(currency="GBP") & Q(rate__isnull=True),
    ]
    here = {
        Measure.SAID: [(SHARED, ~Q(effect=Effect.CANCELS))],
        Measure.ANNOUNCED: [
            (REPEATS, Q(effect=Effect.REPEATS)),
            (SHARED, Q(introduces_pot=True)),
            (OTHER_STAGE, Q(effect__in=[Effect.ALLOCATES, Effect.SPENDS])),
        ],
        Measure.ALLOCATED: [(OTHER_STAGE, ~Q(effect=Effect.ALLOCATES)), (SHARED, Q())],
        Measure.SPENT: [(OTHER_STAGE, ~Q(effect=Effect.SPENDS)), (SHARED, Q())],
    }[measure]
    return Case(
        *(When(condition, then=Value(why)) for why, condition in zip(NEVER_COUNTED, never, strict=True)),
        *(When(Q(caused_nothing) & condition, then=Value(why)) for why, condition in here),
        When(caused_nothing, then=Value(UNCHANGED)),
        output_field=CharField(null=True),
    )


def _about(as_at, known_at, where):
    """Claims about pots whose money lies, in any measure, where a question asks; and about pots without any money whose
    introduction states what it asks."""
    ledger = totals.entries(None, as_at=as_at, known_at=known_at).order_by()
    lies = totals.entries(None, as_at=as_at, known_at=known_at, **where).order_by()
    introducing = Claim.objects.published().filter(
        *(_states(name, wanted, as_at, known_at) for name, wanted in where.items()), introduces_pot=True
    )
    return Q(pot__in=lies.values("pot")) | (
        Q(pot__in=introducing.order_by().values("pot")) & ~Q(Exists(ledger.filter(pot=OuterRef("pot"))))
    )


def _states(name, wanted, as_at, known_at):
    """Whether a claim itself states what a filter of `totals.by` asks for, as a Q over claims."""
    if name.startswith(totals.NOT):
        return ~_states(name.removeprefix(totals.NOT), wanted, as_at, known_at)
    if name == totals.SINCE:
        return Q(announcement__announced_on__gte=FinancialYear(wanted).starts_on)
    if name == totals.UNTIL:
        return Q(announcement__announced_on__lte=FinancialYear(wanted).ends_on)
    values = totals.listed(wanted)
    if name in ("region", "region_itself"):
        places = Region.objects.at_or_below(values) if name == "region" else values
        return Q(pk__in=Claim.regions.through.objects.filter(region__in=places).values("claim")) | Q(
            pk__in=RegionSplit.objects.filter(region__in=places).values("claim")
        )
    if name not in ("announced_year", "money_year"):
        return totals.condition(name, wanted, as_at, known_at)
    found = Q(pk__in=[])
    for value in values:
        if value == totals.NOT_STATED:
            found |= Q(start_fy__isnull=True) | Q(end_fy__isnull=True)
        elif name == "announced_year":
            year = FinancialYear(value)
            found |= Q(announcement__announced_on__range=(year.starts_on, year.ends_on))
        else:
            found |= Q(start_fy__lte=value, end_fy__gte=value)
    return found
