"""What some announcements said, and what they brought in: two sums over a list of announcements.

Each entry of what was said is caused by one claim, and each pot is first announced in one announcement. So both part the
ledger: over everything published they come to the totals, and lists that share no announcement add up.
"""

from typing import NamedTuple

from django.db.models import CharField, F, Sum, Value
from django.db.models.functions import Left, StrIndex

from ..choices import Measure
from ..models import Claim, LedgerEntry
from .totals import Amounts


class Contribution(NamedTuple):
    """said: what the claims were, each time, in the sense of the measure; adds: what the pots first announced in them add
    to what is announced, as it stands now; in pence."""

    said: Amounts
    adds: Amounts

    def without(self, parts):
        """What is left of it beside these Contributions."""

        def left(name):
            whole, taken = getattr(self, name), [getattr(part, name) for part in parts]
            return Amounts(
                whole.firm - sum(one.firm for one in taken), whole.ceiling - sum(one.ceiling for one in taken)
            )

        return Contribution(left("said"), left("adds"))


NOTHING = Contribution(Amounts(0, 0), Amounts(0, 0))


def of(announcements, *, known_at=None):
    """The Contribution of all of these published announcements (a queryset) together: two queries.

    known_at: a moment; only what had been posted by then.
    """
    both = _said(announcements, known_at), _adds(announcements, known_at)
    sums = [rows.aggregate(f=Sum("firm"), c=Sum("ceiling")) for rows in both]
    return Contribution(*(_amounts(ends["f"], ends["c"]) for ends in sums))


def by_announcement(announcements, *, known_at=None):
    """{id of the announcement: Contribution} of each that has one: two queries. known_at: see `of`."""
    added = _adds(announcements, known_at).annotate(slug=_announcement_in("pot__reference"))
    said, adds = (
        {
            slug: _amounts(firm, ceiling)
            for slug, firm, ceiling in rows.values_list("slug").annotate(f=Sum("firm"), c=Sum("ceiling"))
        }
        for rows in (_said(announcements, known_at), added)
    )
    return {
        slug: Contribution(said.get(slug, NOTHING.said), adds.get(slug, NOTHING.adds))
        for slug in said.keys() | adds.keys()
    }


def _said(announcements, known_at):
    """What was said in them, as entries with the `slug` of the announcement that caused each."""
    wanted = announcements.order_by()
    claims = Claim.objects.filter(announcement__in=wanted.values("pk")).order_by()
    return (
        _entries(Measure.SAID, known_at)
        .filter(pot__in=claims.values("pot"))
        .order_by()
        .annotate(slug=_announcement_in("cause"))
        .filter(slug__in=wanted.values("slug"))
    )


def _adds(announcements, known_at):
    """What the pots first announced in them add, as entries."""
    claims = Claim.objects.filter(
        announcement__in=announcements.order_by().values("pk"), introduces_pot=True
    ).order_by()
    return _entries(Measure.ANNOUNCED, known_at).filter(pot__in=claims.values("pot")).order_by()


def _entries(measure, known_at):
    rows = LedgerEntry.objects.filter(measure=measure)
    return rows.known_at(known_at) if known_at else rows


def _announcement_in(reference):
    """The announcement's id in the public id of a claim or pot, which is that, #, and a key."""
    return Left(reference, StrIndex(F(reference), Value("#")) - 1, output_field=CharField())


def _amounts(firm, ceiling):
    return Amounts(int(firm or 0), int(ceiling or 0))
