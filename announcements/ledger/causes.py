"""What some announcements did to the ledger: the entries that their claims caused, and the sums that name a payer."""

from typing import NamedTuple

from django.db.models import CharField, Sum, Value
from django.db.models.functions import Concat

from ..choices import Measure
from ..models import Claim, LedgerEntry, Pot
from . import totals
from .totals import Amounts


class Paid(NamedTuple):
    """What sums that name a payer add now: those that name it alone, those that name others beside it (nobody says how
    much is whose), and each pot as (id, Amounts), the largest first."""

    alone: Amounts
    shared: Amounts
    pots: list


def moved_by(claims):
    """By how much entries that these published claims (a queryset) caused moved each measure: {measure: Amounts}.

    Money that a claim takes out of one pot into another moves nothing.
    """
    families = Pot.objects.filter(pk__in=claims.order_by().values("pot")).order_by().values("family")
    references = Concat("announcement__slug", Value("#"), "key", output_field=CharField())
    caused = LedgerEntry.objects.filter(
        pot__family__in=families, cause__in=claims.order_by().annotate(reference=references).values("reference")
    )
    sums = caused.order_by().values_list("measure").annotate(f=Sum("firm"), c=Sum("ceiling"))
    found = {measure: Amounts(int(firm), int(ceiling)) for measure, firm, ceiling in sums}
    return {measure: found.get(measure, Amounts(0, 0)) for measure in Measure}


def paid_by(names):
    """What sums add that name one of these among their payers, as Paid."""
    naming = Claim.objects.published().naming_payer(names).order_by()
    shared = {pot for pot, funders in naming.values_list("pot", "funders") if len(funders) > 1}
    found = totals.pots().filter(pot__in=naming.values("pot"))
    adds = [(pot, Amounts(int(firm), int(ceiling))) for pot, firm, ceiling in found]
    return Paid(
        _sum(ends for pot, ends in adds if pot not in shared),
        _sum(ends for pot, ends in adds if pot in shared),
        sorted(adds, key=lambda row: (-max(row[1]), row[0])),
    )


def _sum(rows):
    rows = list(rows)
    return Amounts(sum(ends.firm for ends in rows), sum(ends.ceiling for ends in rows))
