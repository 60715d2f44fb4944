"""Published claims as the pure counting reads them, and which pots share money with which."""

from collections import defaultdict
from dataclasses import replace

from programmes.financial_years import FinancialYear
from programmes.models import Region

from ..choices import LINKS_TO_OUTER, WHOLE_LINKS, Status
from ..models import Announcement, Claim, ClaimLink, Pot, RegionSplit
from .figures import Claim as CountedClaim
from .figures import Link
from .layout import Tree

MANY = 500
"""How many ids go into one query: every database takes as many."""


def tree():
    """The tree of regions, as the counting reads it."""
    return Tree(dict(Region.objects.in_tree_order().values_list("key", "parent")))


def in_parts(ids):
    """Ids, sorted, in lists that fit into one query each."""
    ids = sorted(ids)
    return [ids[start : start + MANY] for start in range(0, len(ids), MANY)]


def connected(pot_ids):
    """These pots and all that are connected with them by links that published claims ever showed."""
    found, frontier = set(), set(pot_ids)
    links = ClaimLink.objects.filter(claim__announcement__status=Status.PUBLISHED).order_by()
    while frontier:
        found |= frontier
        beside = set()
        for ids in in_parts(frontier):
            beside.update(links.filter(claim__pot__in=ids).values_list("pot", flat=True))
            beside.update(links.filter(pot__in=ids).values_list("claim__pot", flat=True))
        frontier = beside - found
    return found


def family_of(pot):
    """The pots that are connected with one, itself among them, as they were last posted: one query."""
    return set(Pot.objects.filter(family=pot.family).values_list("pk", flat=True)) if pot.family else {pot.pk}


def read(pot_ids):
    """The published claims about these pots, as counting.Claims; a fixed number of queries for every MANY pots.

    Programmes are named by their ids.
    """
    claims = []
    for ids in in_parts(pot_ids):
        claims += _read_part(ids)
    return claims


def _read_part(pot_ids):
    about = Claim.objects.filter(pot__in=pot_ids, announcement__status=Status.PUBLISHED).order_by()
    regions, named, of_announcement, splits, links = (defaultdict(list) for _ in range(5))
    for claim, region in Claim.regions.through.objects.filter(claim__in=about).values_list("claim", "region"):
        regions[claim].append(region)
    for claim, programme in Claim.programmes.through.objects.filter(claim__in=about).values_list("claim", "programme"):
        named[claim].append(programme)
    through = Announcement.programmes.through.objects.filter(announcement__claims__in=about).distinct()
    for announcement, programme in through.values_list("announcement", "programme"):
        of_announcement[announcement].append(programme)
    for claim, region, amount in RegionSplit.objects.filter(claim__in=about).values_list("claim", "region", "amount"):
        splits[claim].append((region, amount))
    stated = ClaimLink.objects.filter(claim__in=about).order_by("position", "pk")
    for claim, *link in stated.values_list("claim", "claim__pot__reference", "kind", "pot__reference", "low", "high"):
        links[claim].append(_link(*link))
    return [
        replace(
            counted(claim),
            regions=tuple(sorted(regions[claim.pk])),
            splits=tuple(sorted(splits[claim.pk])),
            programmes=frozenset(of_announcement[claim.announcement_id] if claim.all_programmes else named[claim.pk]),
            links=tuple(links[claim.pk]),
        )
        for claim in about.select_related("announcement", "pot")
    ]


def counted(claim):
    """A Claim as a counting.Claim, by its own row, its announcement's and its pot's; asks for nothing where those are read.

    Without what hangs on it: regions, splits, programmes and links, which its figure does not depend on.
    """
    return CountedClaim(
        reference=f"{claim.announcement.slug}#{claim.key}",
        announcement=claim.announcement.slug,
        day=claim.announcement.announced_on,
        place=claim.position,
        pot=claim.pot.reference,
        introduces=claim.introduces_pot,
        effect=claim.effect,
        bound=claim.bound,
        measure=claim.measure,
        terms=claim.terms,
        as_stated=claim.as_stated,
        amount=claim.amount,
        low=claim.low,
        high=claim.high,
        currency=claim.currency,
        rate=claim.rate,
        theme=claim.theme_id,
        sector=claim.sector,
        additionality=claim.additionality,
        start=claim.start_fy,
        end=claim.end_fy,
        profile=tuple(sorted((FinancialYear.parse(year), pence) for year, pence in claim.profile.items())),
    )


def _link(mine, kind, other, low, high):
    outer, inner = (other, mine) if kind in LINKS_TO_OUTER else (mine, other)
    return Link(outer, inner, kind in WHOLE_LINKS, low, high)
