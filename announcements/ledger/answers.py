"""A whole answer to a question about money: its total and rows, in the prices of a year, per head, and from what."""

import datetime
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Count, Sum

from programmes.models import Population, Region

from . import claims, prices, reasons, totals
from .prices import CASH, Level, Part, Prices
from .totals import Amounts


@dataclass(frozen=True)
class Line:
    """A row, or with an empty key the total: whole pence in the prices asked for.

    left_out is cash of years that the series does not know, and in no other figure. people are those that the line's
    money is for, None where a place has no population; per_head is pence for each of them.
    """

    key: tuple
    firm: int
    ceiling: int
    left_out: Amounts
    people: int | None = None
    per_head: Amounts | None = None


@dataclass(frozen=True)
class Year:
    """What stands in one year's prices: as cash, and in the prices asked for, where the series knows the year."""

    year: int
    level: Level | None
    cash: Amounts
    converted: Amounts | None


@dataclass(frozen=True)
class InPrices:
    """How a total was converted. cash is all of it as announced; undated is what of that states no year of its own and
    was converted by the year of its announcement. The years' converted sums add up to the total."""

    prices: Prices
    cash: Amounts
    undated: Amounts
    years: list[Year]


@dataclass(frozen=True)
class Heads:
    """Whose heads a total was divided by: {region: Population} of one year, and of the total the topmost of its places."""

    year: int
    populations: dict
    places: list[str]

    def people(self, places):
        """How many live in these places, none of which lies in another; None where one has no population."""
        if not places or any(place not in self.populations for place in places):
            return None
        return sum(self.populations[place].people for place in places)

    @property
    def used(self):
        """The Populations of the total's places."""
        return [self.populations[place] for place in self.places if place in self.populations]


@dataclass(frozen=True)
class Explanation:
    """How many pots a total is the sum of, what they come to in pence of cash, and which claims are left out of it, as
    `reasons.LeftOut`s."""

    pots: int
    cash: Amounts
    left_out: list


@dataclass(frozen=True)
class Answer:
    """question: the arguments of `totals.by`; by: its dimensions. rolled_up_at is None where the ledger itself was read,
    and posted_at the moment of the last posting that was there to read."""

    question: dict
    by: list[str]
    total: Line
    rows: list[Line]
    in_prices: InPrices | None
    heads: Heads | None
    explanation: Explanation | None
    from_ledger: bool
    rolled_up_at: datetime.datetime | None
    posted_at: datetime.datetime | None


def prices_of(series, base):
    """The Prices of a financial year by a DeflatorSeries. Raises KeyError for a year that it does not know."""
    levels = {
        value.year: Level(Fraction(value.index), value.forecast, value.confirmed)
        for value in series.values.order_by("year")
    }
    levels[base]
    return Prices(base, levels, series.series, series.release, series.unit, series.forecast_by)


def answer(by, question, *, in_prices=None, heads_of=None, explain=False):
    """The Answer to a question to `totals.by`. in_prices: Prices, None for cash; heads_of: the year whose heads are
    divided by, None for nobody's; explain: whether to tell what the total rests on, which is then read from the ledger as
    posted until now, `known_at` in the answer's question."""
    explanation = None
    if explain:
        left_out = reasons.summary(**question)
        # What was posted until now, in every reading, so that all of them agree whatever is posted meanwhile.
        question = question | {"known_at": question["known_at"] or totals.posted_at(from_ledger=True)}
        explanation = _explanation(question, left_out)
    asked = {name: value for name, value in question.items() if name != "measure"}
    from_ledger = totals.reads_ledger(*by, **asked)
    # Read before the sums, so that they are never older than it says.
    rolled_up_at = None if from_ledger else totals.rolled_up_at()
    posted_at = totals.posted_at(from_ledger=from_ledger, known_at=question["known_at"])
    used = in_prices or CASH
    parts = parts_of(by, question, used)
    found = {key: one for key, one in prices.by_key(parts, used).items() if one != prices.Sum()} if by else {}
    whole = _whole(by, question, used, parts)
    total = sum(prices.by_key(whole, used).values(), prices.Sum())
    heads = None if heads_of is None else heads_in(heads_of, question)
    if "programme" in by:
        # They overlap, so each stands alone.
        pence = [prices.in_pence([one])[0] for one in found.values()]
    else:
        pence = prices.in_pence(list(found.values()))
    place = by.index("region") if heads and "region" in by else None
    return Answer(
        question=question,
        by=by,
        total=_line((), total, *prices.in_pence([total]), heads, heads and heads.places),
        rows=[
            _line(key, one, ends, heads, heads and (heads.places if place is None else [key[place]]))
            for (key, one), ends in zip(found.items(), pence, strict=True)
        ],
        in_prices=in_prices and _in_prices(whole, in_prices),
        heads=heads,
        explanation=explanation,
        from_ledger=from_ledger,
        rolled_up_at=rolled_up_at,
        posted_at=posted_at,
    )


def _explanation(question, left_out):
    sums = totals.pots(**question).aggregate(pots=Count("pot"), firm=Sum("adds"), ceiling=Sum("adds_at_most"))
    return Explanation(sums["pots"], Amounts(int(sums["firm"] or 0), int(sums["ceiling"] or 0)), left_out)


def parts_of(by, question, used):
    """The `prices.Part`s of a question to `totals.by`, keyed by its dimensions. used: Prices, CASH for as announced."""
    if used is CASH:
        return [Part(row.key, CASH.base, True, row.firm, row.ceiling) for row in totals.by(*by, **question)]
    return totals.by_price_year(*by, **question)


def _whole(by, question, used, parts):
    """The parts of the total, every pound once. The same reading as the rows, so that they agree whatever is posted."""
    if "programme" not in by:
        return [part._replace(key=()) for part in parts]
    # Rows by programme overlap: ask again for all the pots in them, from the ledger as they were.
    programmes = {part.key[by.index("programme")] or totals.NOT_STATED for part in parts}
    return parts_of([], {"programme": sorted(programmes)} | question, used)


def _line(key, one, pence, heads, places):
    people = heads and heads.people(places)
    return Line(key, *pence, Amounts(*one.left_out), people, Amounts(*prices.per_head(one, people)) if people else None)


def _in_prices(whole, used):
    by_year = {}
    for part in whole:
        by_year.setdefault(part.year, []).append(part)
    years = sorted(by_year)
    known = [year for year in years if year in used.levels]
    sums = [sum((prices.converted(part, used) for part in by_year[year]), prices.Sum()) for year in known]
    real = dict(zip(known, (Amounts(*ends) for ends in prices.in_pence(sums)), strict=True))
    return InPrices(
        prices=used,
        cash=_cash(whole),
        undated=_cash(part for part in whole if not part.stated and part.year in used.levels),
        years=[Year(year, used.levels.get(year), _cash(by_year[year]), real.get(year)) for year in years],
    )


def _cash(parts):
    parts = list(parts)
    return Amounts(sum(part.firm for part in parts), sum(part.ceiling for part in parts))


def heads_in(year, question):
    """The Heads of the places that a question asks for: all of them where it names none."""
    tree = claims.tree()
    asked = set(tree.parents)
    if "region" in question:
        asked &= set(Region.objects.at_or_below(question["region"]))
    if "region_itself" in question:
        asked &= set(question["region_itself"])
    populations = {row.region_id: row for row in Population.objects.filter(year=year)}
    return Heads(year, populations, tree.topmost(asked))
