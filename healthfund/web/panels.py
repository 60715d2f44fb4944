"""What the pages show of totals: rows with their label, their amounts, where they lead and how they are drawn.

Every panel takes the filters of `ledger.totals` and asks it alone, so that a figure on a page is a total of the ledger.
"""

from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, Prefetch
from django.http import QueryDict

from announcements.choices import Additionality, Measure, Sector, Stance
from announcements.filters import AnnouncementFilter
from announcements.ledger import answers, prices, totals
from announcements.models import Announcement, Claim, Pot
from healthfund.remembering import Remembered
from programmes.financial_years import FinancialYear
from programmes.models import Programme, Region, Theme

from . import charts
from .charts import Ends, Mark, Picture

NOTHING = Ends(0, 0)
LATEST = 6
LARGEST = 12
WHOLE_BUDGETS = "whole-system"
MAPPED = ("nation", "region")
BY_PROGRAMME = Remembered()


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
    """What the API is asked for the same total, as it stands in an address. asked: as the panels are asked."""
    used, heads = asked.pop("in_prices", None), asked.pop("heads", None)
    if used:
        asked |= {"prices": FinancialYear(used.base), "deflator": used.release}
    if heads:
        asked |= {"per": "head", "population_year": heads.year}
    named = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in asked.items()
        if value is not None
    }
    return urlencode(sorted(named.items()), doseq=True)


def list_query(**asked):
    """What the list of announcements is asked for those that a panel is about; what the list does not know is left out."""
    known = {name: value for name, value in asked.items() if name in AnnouncementFilter.base_filters}
    if "announced_year" in asked:
        known["year"] = asked["announced_year"]
    if totals.SINCE in asked:
        known["announced_from"] = FinancialYear(asked[totals.SINCE]).starts_on
    if totals.UNTIL in asked:
        known["announced_to"] = FinancialYear(asked[totals.UNTIL]).ends_on
    if "as_at" in asked:
        known["announced_to"] = min(asked["as_at"], known.get("announced_to", asked["as_at"]))
    return query(**known)


def money_address(asked):
    """The page of what a total is made of."""
    return f"/money/?{asked}"


FALL = [
    ("Said", "every time a sum was spoken of", "said", {"measure": Measure.SAID}),
    ("Announced", "distinct money, each pound once", "firm", {"measure": Measure.ANNOUNCED}),
    ("Public", "of that, paid by governments, the NHS and councils", "firm", {"public": True}),
    ("New", "of the public money, shown to be new", "firm", {"public": True, "additionality": "new"}),
    ("Allocated", "handed to somebody on record, whoever pays", "firm", {"measure": Measure.ALLOCATED}),
]
"""The steps from words to money: each its name, what it is, how it is drawn, and what totals are asked beside a scope."""


def fall(**where):
    """From words to money: said, announced, public, public and new, and allocated."""
    questions = [within(where, **asked) for *_, asked in FALL]
    amounts = [_total(question) for question in questions]
    least, most = charts.room(amounts)
    return [
        Line(
            label,
            ends,
            "",
            charts.bar(ends, least, most, kind),
            total_query(question),
            note,
        )
        for (label, note, kind, _), question, ends in zip(FALL, questions, amounts, strict=True)
    ]


def fall_picture(**where):
    """The fall as a Picture."""
    marks = [
        Mark(line.label, "money", line.amounts, kind) for line, (*_, kind, _) in zip(fall(**where), FALL, strict=True)
    ]
    return Picture("fall", query(**where), "From words to money", charts.bars(marks), marks)


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
            f"/announcements/?{list_query(**where, year=str(year))}",
            one,
            charts.bar(one, least, most, "said"),
            total_query(within(where, measure=Measure.SAID, announced_year=year)),
            other,
            charts.bar(other, least, most),
            total_query(within(where, announced_year=year)),
        )
        for year, one, other in zip(years, spoken, distinct, strict=True)
    ]
    marks = [
        mark
        for row in rows
        for mark in (Mark(str(row.year), "said", row.said, "said"), Mark(str(row.year), "announced", row.announced))
    ]
    picture = Picture("years", query(**where), "Said and announced by year", charts.columns(marks), marks)
    return {"rows": rows, "picture": picture}


def lines_picture(name, title, lines, **where):
    """Lines as a Picture of lying bars: the first LARGEST of them that come to anything."""
    marks = [Mark(line.label, "announced", line.amounts) for line in lines if any(line.amounts)][:LARGEST]
    return Picture(name, query(**where), title, charts.bars(marks), marks)


def theme_picture(**where):
    return lines_picture("themes", "Announced by theme", by_theme(**where), **where)


def programme_picture(**where):
    return lines_picture("programmes", "Announced by programme, which overlap", by_programme(**where)[0], **where)


def place_picture(**where):
    lines = [Line(place.region.name, place.amounts, "") for place in by_region(**where) if place.shade >= 0]
    lines.sort(key=lambda line: -max(line.amounts))
    return lines_picture("places", "Announced for one nation or region", lines, **where)


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
            total_query(within(where, theme=theme.key)),
            theme.description,
        )
        for theme in Theme.objects.by_name()
        if within(where, theme=theme.key)
    ]
    whole = f"/themes/{WHOLE_BUDGETS}/"
    return sorted(lines, key=lambda line: (line.href == whole, -max(line.amounts), line.label))


def by_region(**where):
    """Announced by place in the order of the tree: what lies in each, and what of it is not divided further."""
    heads = where.get("heads")
    people = heads and {place: row.people for place, row in heads.populations.items()}
    itself = {place: one for (place,), one in _sums("region", **where).items()}
    return places_of(itself, people=people, **{"measure": Measure.ANNOUNCED, **where})


def places_of(itself, people=None, **asked):
    """Places in the order of the tree, of {region: Ends or exact `prices.Sum` at the node itself}. asked: what totals are
    asked for them.

    people: {region: how many live in it}, where figures are for each of them; a place without people has none. Where
    only some places are asked for, others are left out.
    """
    regions = list(Region.objects.in_tree_order())
    parents = {region.key: region.parent_id for region in regions}
    if "region" in asked:
        wanted = set(totals.listed(asked["region"]))
        regions = [region for region in regions if wanted & set(_way_up(region.key, parents))]
    below = dict.fromkeys(parents, prices.Sum())
    for key, one in itself.items():
        for node in _way_up(key, parents):
            below[node] += prices.Sum(one.firm, one.ceiling)
    inside = {key: _for_each(one, people, key) for key, one in below.items()}
    parted = {parent for parent in parents.values() if parent}
    mapped = [region.key for region in regions if region.level in MAPPED and region.key not in parted]
    shade = dict(zip(mapped, charts.shades([max(inside[key]) for key in mapped]), strict=True))
    least, most = charts.room([inside[key] for key in mapped])
    return [
        Place(
            region,
            inside[region.key],
            _for_each(itself.get(region.key, prices.Sum()), people, region.key),
            len(_way_up(region.key, parents)) - 1,
            region.key in parted,
            () if region.key in parted else charts.bar(inside[region.key], least, most),
            query(**asked | {"region": region.key}),
            total_query(within(asked, region_itself=region.key)),
            shade.get(region.key, -1),
        )
        for region in regions
    ]


def _for_each(one, people, key):
    """A sum in whole pence: for each of a place's people, or as it is where nobody asked for that."""
    if people is None:
        return _whole(one)
    return Ends(*prices.per_head(one, people[key])) if people.get(key) else NOTHING


def by_programme(**where):
    """Announced by programme: those with money, the largest first, and those without, by name.

    They overlap: a pot may belong to several.
    """
    amounts = _by("programme", **where)
    least, most = charts.room(list(amounts.values()))
    lines = [
        Line(
            programme.name,
            amounts.get(programme.slug, NOTHING),
            programme.get_absolute_url(),
            charts.bar(amounts.get(programme.slug, NOTHING), least, most),
            total_query(within(where, programme=programme.slug)),
        )
        for programme in Programme.objects.by_name()
        # Of a pot that belongs to another one too, nothing is asked.
        if within(where, programme=programme.slug)
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
    address = list_query(**where)
    asked = AnnouncementFilter(QueryDict(address), Announcement.objects.published())
    return asked.qs, f"/announcements/?{address}" if address else "/announcements/"


def within(where, **asked):
    """A question inside of a scope, asked for one value of each name; None where the scope has no room for one of them."""
    for name, wanted in asked.items():
        # One value is asked for at a time, and stays a value: a list would not read as yes or no.
        if wanted not in totals.listed(where.get(name, wanted)):
            return None
    return where | asked


def total_query(question):
    """The address of a total `within` a scope; "" where there is no such total."""
    return query(**{"measure": Measure.ANNOUNCED} | question) if question else ""


def _total(question):
    """One total in pence, as it is shown; nothing where there is no question."""
    if question is None:
        return NOTHING
    return _shown(_sums(**question).get((), prices.Sum()), question.get("heads"))


def _by(dimension, **where):
    """{value: Ends} of the announced totals, or of another measure's, by one dimension; as they are shown."""
    return {key: _shown(one, where.get("heads")) for (key,), one in _sums(dimension, **where).items()}


def _sums(*dimensions, in_prices=None, heads=None, **question):
    """{key: exact `prices.Sum`} of a question to the totals. By programme it is remembered, for that reads every entry:
    the roll-ups do not know programmes."""
    used = in_prices or prices.CASH

    def work_out():
        return prices.by_key(answers.parts_of(dimensions, question, used), used)

    if "programme" not in dimensions:
        return work_out()
    return BY_PROGRAMME.of(totals.version(), (dimensions, repr((used, sorted(question.items())))), work_out)


def _shown(one, heads):
    """A sum in whole pence: for each head, where it is asked for, or in all."""
    people = heads and heads.people(heads.places)
    return _for_each(one, {"": people} if heads else None, "")


def _whole(one):
    return Ends(*prices.in_pence([prices.Sum(one.firm, one.ceiling)])[0])


def _way_up(key, parents):
    """The region and those it lies in, up to the root."""
    way = []
    while key:
        way.append(key)
        key = parents[key]
    return way
