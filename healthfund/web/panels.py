"""What the pages show of totals: rows with their label, their amounts, where they lead and how they are drawn.

Every panel takes the filters of `ledger.totals` and asks it alone, so that a figure on a page is a total of the ledger.
"""

from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Prefetch

from announcements.choices import Additionality, Measure, Sector, Stance
from announcements.filters import AnnouncementFilter
from announcements.ledger import prices, totals
from announcements.models import Announcement, Claim, Pot
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Theme

from . import charts
from .charts import Ends

NOTHING = Ends(0, 0)
LATEST = 6
LARGEST = 12
WHOLE_BUDGETS = "whole-system"
MAPPED = ("nation", "region")


class Line(NamedTuple):
    """One figure of a panel: its amounts in pence, the page behind it, its bar, and the total it is."""

    label: str
    amounts: Ends
    href: str
    bar: tuple = ()
    query: str = ""
    note: str = ""


class Place(NamedTuple):
    """A region's line: what lies in it, what of that is at the node itself, how deep it stands and how dark its tile is."""

    region: Region
    amounts: Ends
    itself: Ends
    depth: int
    divided: bool
    bar: tuple
    query: str
    itself_query: str
    shade: int


class Year(NamedTuple):
    """A year's two lines, each with its bar and the total it is."""

    year: FinancialYear
    href: str
    said: Ends
    said_bar: tuple
    said_query: str
    announced: Ends
    announced_bar: tuple
    announced_query: str


def query(**asked):
    """What the API is asked for the same total, as it stands in an address."""
    named = {name: "true" if value is True else value for name, value in asked.items() if value is not None}
    return urlencode(sorted(named.items()), doseq=True)


def money_address(asked):
    """The page of what a total is made of."""
    return f"/money/?{asked}"


def fall(**where):
    """From words to money: said, announced, public, public and new, and allocated."""
    steps = [
        ("Said", "every time a sum was spoken of", "said", {"measure": Measure.SAID}),
        ("Announced", "distinct money, each pound once", "firm", {"measure": Measure.ANNOUNCED}),
        ("Public", "of that, paid by governments, the NHS and councils", "firm", {"public": True}),
        ("New", "of the public money, shown to be new", "firm", {"public": True, "additionality": "new"}),
        ("Allocated", "handed to somebody on record, whoever pays", "firm", {"measure": Measure.ALLOCATED}),
    ]
    amounts = [Ends(*totals.total(**asked, **where)) for _, _, _, asked in steps]
    least, most = charts.room(amounts)
    lines = []
    for (label, note, kind, asked), ends in zip(steps, amounts, strict=True):
        named = query(**{"measure": Measure.ANNOUNCED, **asked, **where})
        lines.append(Line(label, ends, "", charts.bar(ends, least, most, kind), named, note))
    return lines


def by_year(**where):
    """Said and announced by announced year, no year left out between the first and the last; and their picture."""
    said = _by("announced_year", measure=Measure.SAID, **where)
    announced = _by("announced_year", **where)
    years = sorted({*said, *announced})
    years = FinancialYear(years[0]).to(years[-1]) if years else []
    spoken, distinct = ([amounts.get(year, NOTHING) for year in years] for amounts in (said, announced))
    least, most = charts.room([*spoken, *distinct])
    rows = [
        Year(
            year,
            f"/announcements/?{query(year=str(year), **where)}",
            one,
            charts.bar(one, least, most, "said"),
            query(measure=Measure.SAID, announced_year=str(year), **where),
            other,
            charts.bar(other, least, most),
            query(measure=Measure.ANNOUNCED, announced_year=str(year), **where),
        )
        for year, one, other in zip(years, spoken, distinct, strict=True)
    ]
    return {"rows": rows, "picture": charts.by_year([str(year) for year in years], spoken, distinct)}


def by_theme(**where):
    """Announced by theme, the largest first, whole budgets last: they are no theme's own money."""
    amounts = _by("theme", **where)
    least, most = charts.room(list(amounts.values()))
    lines = [
        Line(
            theme.name,
            amounts.get(theme.key, NOTHING),
            theme.get_absolute_url(),
            charts.bar(amounts.get(theme.key, NOTHING), least, most),
            query(**{"measure": Measure.ANNOUNCED, "theme": theme.key, **where}),
            theme.description,
        )
        for theme in Theme.objects.by_name()
    ]
    whole = f"/themes/{WHOLE_BUDGETS}/"
    return sorted(lines, key=lambda line: (line.href == whole, -max(line.amounts), line.label))


def by_region(**where):
    """Announced by place in the order of the tree: what lies in each, and what of it is not divided further."""
    return places_of(_by("region", **where), **{"measure": Measure.ANNOUNCED, **where})


def places_of(itself, people=None, **asked):
    """Places in the order of the tree, of {region: Ends at the node itself}. asked: what totals are asked for them.

    people: {region: how many live in it}, where figures are for each of them; a place without people has none.
    """
    regions = list(Region.objects.in_tree_order())
    parents = {region.key: region.parent_id for region in regions}
    below = {key: [0, 0] for key in parents}
    for key, ends in itself.items():
        for node in _way_up(key, parents):
            below[node][0] += ends.firm
            below[node][1] += ends.ceiling
    inside = {key: _for_each(Ends(*ends), people, key) for key, ends in below.items()}
    parted = {parent for parent in parents.values() if parent}
    mapped = [region.key for region in regions if region.level in MAPPED and region.key not in parted]
    shade = dict(zip(mapped, charts.shades([max(inside[key]) for key in mapped]), strict=True))
    least, most = charts.room([inside[key] for key in mapped])
    return [
        Place(
            region,
            inside[region.key],
            _for_each(itself.get(region.key, NOTHING), people, region.key),
            len(_way_up(region.key, parents)) - 1,
            region.key in parted,
            () if region.key in parted else charts.bar(inside[region.key], least, most),
            query(**{**asked, "region": region.key}),
            query(**{**asked, "region_itself": region.key}),
            shade.get(region.key, -1),
        )
        for region in regions
    ]


def _for_each(ends, people, key):
    """Pence for each of a place's people; as they are where nobody asked for that."""
    if people is None:
        return ends
    return Ends(*prices.per_head(prices.Sum(*ends), people[key])) if people.get(key) else NOTHING


def by_programme():
    """Announced by programme: those with money, the largest first, and those without, by name.

    They overlap: a pot may belong to several.
    """
    amounts = _by("programme")
    least, most = charts.room(list(amounts.values()))
    lines = [
        Line(
            programme.name,
            amounts.get(programme.slug, NOTHING),
            programme.get_absolute_url(),
            charts.bar(amounts.get(programme.slug, NOTHING), least, most),
            query(measure=Measure.ANNOUNCED, programme=programme.slug),
        )
        for programme in Programme.objects.by_name()
    ]
    counted = sorted((line for line in lines if any(line.amounts)), key=lambda line: -max(line.amounts))
    return counted, [line for line in lines if not any(line.amounts)]


def made_of(**question):
    """The pots that a total is made of, the largest first: (pot id, Ends). The question is one to `totals.pots`."""
    found = [(pot, Ends(int(firm), int(ceiling))) for pot, firm, ceiling in totals.pots(**question)]
    return sorted(found, key=lambda row: (-max(row[1]), row[0]))


def sum_of(found):
    """What pots come to, of (pot id, Ends)."""
    return Ends(sum(ends.firm for _, ends in found), sum(ends.ceiling for _, ends in found))


def pots(**where):
    """The pots that make up an announced total: the largest, how many others there are, what those come to, and where
    all are listed."""
    found = made_of(**where)
    shown, others = found[:LARGEST], found[LARGEST:]
    named = Pot.objects.in_bulk([pot for pot, _ in shown])
    least, most = charts.room([ends for _, ends in shown])
    lines = [
        Line(
            named[pot].name,
            ends,
            named[pot].get_absolute_url(),
            charts.bar(ends, least, most),
            note=named[pot].reference[:4],
        )
        for pot, ends in shown
    ]
    everything = money_address(query(measure=Measure.ANNOUNCED, **where))
    return {"lines": lines, "others": len(others), "rest": sum_of(others), "href": everything}


def section(**where):
    """What the page of one theme, programme or region shows; where names that one."""
    announcements, address = found_by(**where)
    return {
        "fall": fall(**where),
        "years": by_year(**where),
        "pots": pots(**where),
        "count": announcements.count(),
        "latest": latest(announcements),
        "list_address": address,
        "rolled_up_at": totals.rolled_up_at(),
    }


def around(region):
    """The places in a region, and the places that it lies in with what is at each itself: that may reach the region."""
    places = by_region()
    parents = {place.region.key: place.region.parent_id for place in places}
    above = set(_way_up(region.key, parents)) - {region.key}
    return {
        "inside": [place for place in places if region.key in _way_up(place.region.key, parents)],
        "above": [place for place in reversed(places) if place.region.key in above],
    }


def by_stance(responses):
    """How many of the responses take each stance, in the order in which the stances are named; only those taken."""
    counted = dict(responses.order_by().values_list("stance").annotate(number=Count("pk")))
    return [(Stance(stance), counted[stance]) for stance in Stance.values if stance in counted]


def grouped_by_stance(responses):
    """Responses by stance, in the order in which the stances are named; only those taken."""
    return [
        (stance, taken)
        for stance in Stance
        if (taken := [response for response in responses if response.stance == stance])
    ]


def entries(pot, as_at=None):
    """The pot's ledger entries by measure, in the order of their days, each measure with the sum they come to.

    as_at: only those that had taken effect by the end of that day.
    """
    rows = pot.entries.as_at(as_at) if as_at else pot.entries
    rows = list(rows.in_order().select_related("theme", "region"))
    stages = []
    for measure in Measure:
        own = [entry for entry in rows if entry.measure == measure]
        if own:
            ends = Ends(sum(entry.firm for entry in own), sum(entry.ceiling for entry in own))
            stages.append({"measure": measure, "entries": own, "ends": ends})
    return stages


def described(stages):
    """How the ledger describes the money that a pot adds now: its themes, payers, how new, and places; None for none.

    stages: what `entries` gives. Usually one of each; several places where the money is split.
    """
    announced = next((stage["entries"] for stage in stages if stage["measure"] == Measure.ANNOUNCED), [])
    standing = {}
    for entry in announced:
        key = (entry.theme, entry.region, entry.sector, entry.additionality)
        firm, ceiling = standing.get(key, (0, 0))
        standing[key] = (firm + entry.firm, ceiling + entry.ceiling)
    kept = [key for key, ends in standing.items() if any(ends)]
    if not kept:
        return None
    themes, regions, sectors, additionalities = (list(dict.fromkeys(column)) for column in zip(*kept, strict=True))
    return {
        "themes": themes,
        "regions": regions,
        "sectors": [Sector(sector).label for sector in sectors],
        "additionalities": [Additionality(word).label for word in additionalities],
    }


def latest(announcements, count=LATEST):
    """The latest of these announcements with what a line of a list shows."""
    return with_lines(announcements.latest_first())[:count]


def with_lines(announcements):
    """Announcements with what their line in a list shows, in a fixed number of queries."""
    claims = Claim.objects.order_by("position", "pk")
    return announcements.select_related("announcer").prefetch_related(Prefetch("claims", claims))


def found_by(**where):
    """Published announcements that the list shows for the same filters, and the address of that list."""
    asked = AnnouncementFilter({name: [value] for name, value in where.items()}, Announcement.objects.published())
    return asked.qs, f"/announcements/?{query(**where)}"


def _by(dimension, **where):
    return {row.key[0]: Ends(row.firm, row.ceiling) for row in totals.by(dimension, **where)}


def _way_up(key, parents):
    """The region and those it lies in, up to the root."""
    way = []
    while key:
        way.append(key)
        key = parents[key]
    return way
