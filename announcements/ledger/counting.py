"""The rules of counting: claims and links in, ledger entries out. Pure; nothing here knows a database or a clock.

A link family (pots connected by links) is replayed day by day; each day's entries are the difference between what its
pots add at the end of that day and what they added before. Source: COUNTING.md beside this file; figures, sharing and layout hold the
rules for one claim, for money in common, and for places and years.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from ..choices import Effect, Flag, Measure
from . import sharing
from .figures import NOT_SUMMABLE, REAL_TERMS, Years, figure, lacks_rate, stated_years, why_uncounted
from .layout import Lay, cells, in_time, spread

RULES, RULES_SINCE = 1, date(2026, 11, 21)
"""The version of the rules, as totals name it, and the day from which it counts. Raise it whenever the same claims would
be counted otherwise than before, and say in COUNTING.md what changed."""

STAGES = (Measure.ANNOUNCED, Measure.ALLOCATED, Measure.SPENT)
GIVES_A_FIGURE = frozenset({Effect.INTRODUCES, Effect.REVISES, Effect.TOPS_UP, Effect.CANCELS})


@dataclass(frozen=True, slots=True)
class Description:
    """What a pot's money is, as at a day."""

    theme: str
    sector: str
    additionality: str
    node: str
    splits: tuple = ()
    years: Years = Years()

    @property
    def lay(self):
        return Lay(self.node, self.splits, self.years.stated, self.years.profile)


@dataclass
class Pot:
    """The state of a pot at a day. Amounts are (low, high) in pence; the announced one is None where none is counted."""

    reference: str
    description: Description
    amount: tuple | None = None
    allocated: tuple = (0, 0)
    spent: tuple = (0, 0)
    figures: list = field(default_factory=list)
    programmes: set = field(default_factory=set)
    claims: list = field(default_factory=list)

    @property
    def read_amount(self):
        """The announced amount as it is read: what is allocated or spent is firm, within the high end."""
        if self.amount is None:
            return None
        low, high = self.amount
        return min(high, max(low, self.allocated[0], self.spent[0])), high

    def stage(self, measure):
        return {Measure.ANNOUNCED: self.read_amount, Measure.ALLOCATED: self.allocated, Measure.SPENT: self.spent}[
            measure
        ]

    @property
    def open_ended(self):
        return any(each.open_ended for each in self.figures if not each.taken)

    def become(self, counted):
        self.amount, self.figures = (counted.low, counted.high), [counted]

    def change(self, low, high, counted):
        """Add pence to both ends, never below 0; the figure is among those that make the amount if it changed it."""
        before = self.amount
        self.amount = tuple(max(0, end + more) for end, more in zip(before or (0, 0), (low, high), strict=True))
        if self.amount != before:
            self.figures.append(counted)
        if counted.taken and not self.amount[1]:
            self.figures = []


@dataclass(frozen=True, slots=True)
class Key:
    """What an entry is about: its pot, measure and dimensions. cause is part of it only for what was said."""

    pot: str
    measure: str
    theme: str
    region: str
    sector: str
    additionality: str
    money_year: int | None
    said_by: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a pot adds to the totals from a day on, in pence, signed."""

    day: date
    key: Key
    cause: str
    assumed: bool
    firm: int
    ceiling: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A pot joins (1) or leaves (-1) a programme from a day on."""

    day: date
    pot: str
    programme: str
    change: int


@dataclass
class Day:
    """A family at the end of a day on which something was said of it.

    touched: the pots that something of the day may have moved, as announced; divided: {measure: (firm, ceiling)} of
    them as sharing.Own, None where a stage has no money.
    """

    day: date
    claims: list
    pots: dict
    links: dict
    entries: list
    joined: list
    touched: list
    divided: dict


@dataclass
class Replay:
    """All that a family comes to: its entries and programme changes, and its last day (None without claims)."""

    entries: list
    joined: list
    last: Day | None


def replay(claims, tree, until=None):
    """Replay the claims of whole link families up to the end of a day, as a Replay."""
    entries, joined, last = [], [], None
    for day in days(claims, tree, until):
        entries += day.entries
        joined += day.joined
        last = day
    return Replay(entries, joined, last)


def days(claims, tree, until=None, *, entries=True):
    """Yield a Day for each day on which something was said of these pots, in order.

    claims: Claims of whole link families, in any order. tree: the layout.Tree of regions. entries=False leaves them
    out, which are a good part of the work. A Day is good until the next one is asked for: the pots in it go on living.
    """
    by_day = defaultdict(list)
    for claim in claims:
        if until is None or claim.day <= until:
            by_day[claim.day].append(claim)
    family = Family(tree)
    for day in sorted(by_day):
        yield family.live(day, sorted(by_day[day], key=lambda claim: claim.order), entries)


class Family:
    """Pots that share money, as they stand while their claims are replayed."""

    def __init__(self, tree):
        self.tree = tree
        self.pots = {}  # as announced
        self.links = {}  # (outer, inner): Link, the latest statement
        self.neighbours = defaultdict(set)  # over all links so far, those since replaced too
        self.standing: dict[str, dict[Key, tuple[int, int]]] = defaultdict(dict)  # (firm, ceiling) as at the day before
        self.member = defaultdict(set)  # {pot: programmes} as at the day before

    def live(self, day, claims, entries=True):
        """Take in the claims of a day, in their order, and return the Day."""
        for claim in claims:
            if claim.introduces:
                self.pots[claim.pot] = Pot(claim.pot, self.described(None, claim))
        for claim in claims:
            self.state_links(claim)
        heads = {
            (claim.announcement, claim.pot) for claim in claims if claim.introduces or claim.effect in GIVES_A_FIGURE
        }
        said: dict[str, dict] = defaultdict(dict)
        for claim in claims:
            self.take(claim, heads, said[claim.announcement])
        touched = self.connected(
            {claim.pot for claim in claims}
            | {end for claim in claims for link in claim.links for end in (link.outer, link.inner)}
        )
        divided = {measure: self.divide(measure, touched) for measure in STAGES}
        entries = self.said_entries(day, said) + self.differences(day, claims, touched, divided) if entries else []
        return Day(day, claims, self.pots, self.links, entries, self.changed_programmes(day, touched), touched, divided)

    # ------------------------------------------------------------ one claim

    def described(self, before, claim):
        """The description of a pot once a claim has stated what it states."""
        years = stated_years(claim)
        if before is None:
            return Description(
                claim.theme,
                claim.sector,
                claim.additionality,
                self.tree.lowest_common(claim.regions),
                claim.splits,
                years or Years(),
            )
        return replace(
            before,
            theme=claim.theme or before.theme,
            sector=claim.sector or before.sector,
            additionality=claim.additionality or before.additionality,
            node=self.tree.lowest_common(claim.regions) if claim.regions else before.node,
            splits=claim.splits if claim.regions else before.splits,
            years=years or before.years,
        )

    def state_links(self, claim):
        """Links hold from the day of the claim that shows them, the latest statement; a proposal's hold never."""
        if claim.effect == Effect.PROPOSES:
            return
        for link in claim.links:
            self.links[link.outer, link.inner] = link
            self.neighbours[link.outer].add(link.inner)
            self.neighbours[link.inner].add(link.outer)

    def take(self, claim, heads, said):
        """Have a claim's effect on its pot and on the pots around it."""
        pot = self.pots[claim.pot]
        pot.claims.append(claim)
        pot.programmes |= claim.programmes
        if not claim.introduces and claim.effect != Effect.PROPOSES:
            pot.description = self.described(pot.description, claim)
        counted = figure(claim, pot.description.years)
        if counted is None:
            return
        if claim.effect == Effect.INTRODUCES or claim.effect == Effect.REVISES:
            pot.become(counted)
        elif claim.effect == Effect.TOPS_UP:
            pot.change(counted.low, counted.high, counted)
            for around in self.around(pot.reference, claim.announcement, heads):
                if around.amount is not None:
                    around.change(counted.low, counted.high, counted)
        elif claim.effect == Effect.CANCELS:
            self.cancel(pot, counted, claim.announcement, heads)
        elif claim.effect in (Effect.ALLOCATES, Effect.SPENDS):
            if claim.introduces:
                pot.become(counted)
            stage = "allocated" if claim.effect == Effect.ALLOCATES else "spent"
            low, high = getattr(pot, stage)
            setattr(pot, stage, (low + counted.low, high + counted.high))
        if claim.effect != Effect.CANCELS:
            before = said.get(claim.pot)
            if before is None or (counted.high, counted.low) > (before[1].high, before[1].low):
                said[claim.pot] = (claim, counted)

    def cancel(self, pot, counted, announcement, heads):
        """Take off what is cancelled; without a figure, everything. Pots around lose at most what the pot had."""
        had = pot.amount
        if had is None:
            if counted.high is None:
                pot.amount, pot.figures = (0, 0), []
            return
        low, high = had if counted.high is None else (min(counted.low, had[0]), min(counted.high, had[1]))
        if counted.high is None:
            pot.amount, pot.figures = (0, 0), []
        else:
            pot.change(-counted.high, -counted.low, counted)
        for around in self.around(pot.reference, announcement, heads):
            if around.amount is not None:
                around.change(-high, -low, counted)

    def around(self, reference, announcement, heads):
        """The pots that hold a pot whole, each once, up to the first that the same announcement gives a figure."""
        found, todo = {}, [reference]
        while todo:
            inner = todo.pop()
            for outer, link in self.outer_of(inner):
                if link.whole and outer not in found and outer in self.pots and (announcement, outer) not in heads:
                    found[outer] = self.pots[outer]
                    todo.append(outer)
        return found.values()

    def outer_of(self, inner):
        """The pots that now include this one, with their links."""
        pairs = ((outer, self.links.get((outer, inner))) for outer in self.neighbours[inner])
        return [(outer, link) for outer, link in pairs if link]

    def wholly_around(self, reference):
        """All pots that hold this one whole as stated, at any depth."""
        found, todo = set(), [reference]
        while todo:
            for outer, link in self.outer_of(todo.pop()):
                if link.whole and outer not in found:
                    found.add(outer)
                    todo.append(outer)
        return found

    # ------------------------------------------------------------ the end of a day

    def connected(self, pots):
        """These pots and all that are connected with them by links so far, as announced."""
        found, todo = set(), list(pots)
        while todo:
            pot = todo.pop()
            if pot not in found:
                found.add(pot)
                todo += self.neighbours[pot]
        return [pot for pot in self.pots if pot in found]

    def divide(self, measure, references):
        """Own and shared money of these pots in one stage, as (firm, ceiling); None where the stage has no money."""
        amounts = {ref: ends for ref in references if (ends := self.pots[ref].stage(measure))}
        if not any(high for _, high in amounts.values()):
            return None
        lows = {ref: low for ref, (low, _) in amounts.items()}
        highs = {ref: high for ref, (_, high) in amounts.items()}
        links = self.links_among(references)
        firm = sharing.divide_firm(sharing.hold(references, links, highs, open_shares_full=True), lows, highs)
        apart = sharing.hold(references, links, highs, open_shares_full=False)
        if measure == Measure.ANNOUNCED:
            return firm, sharing.divide(apart, highs)
        announced = {ref: self.pots[ref].amount[1] for ref in references if self.pots[ref].amount}
        return firm, sharing.divide_stage_at_ceiling(apart, highs, announced)

    def links_among(self, references):
        pairs = {(outer, inner) for outer in references for inner in self.neighbours[outer]}
        return {pair: self.links[pair] for pair in sorted(pairs) if pair in self.links}

    def cells(self, measure, divided, end):
        """{pot: {(place, year): pence}} of one stage at one end of the amounts: 0 firm, 1 ceiling."""
        found: dict[str, dict] = {}
        for reference in divided.holding.order:
            taken = [
                self.own_lay(pence, found[inner])
                if inner in divided.holding.inside[reference]
                else self.whole_lay(measure, end, inner, pence)
                for inner, pence in divided.taken_off(reference).items()
            ]
            taken += [
                self.whole_lay(measure, 1, inner, pence) for inner, pence in divided.promised.get(reference, {}).items()
            ]
            pot = self.pots[reference]
            amount = ends[end] if (ends := pot.stage(measure)) else 0
            found[reference] = cells(divided.own[reference], amount, pot.description.lay, taken, self.tree)
        return found

    def own_lay(self, pence, own_cells):
        """Some pence of a pot's own money, as that lies by place and by year."""
        by_place: dict[str, int] = defaultdict(int)
        by_year: dict[int | None, int] = defaultdict(int)
        for (place, year), part in own_cells.items():
            by_place[place] += part
            by_year[year] += part
        return self.spread_both(pence, by_place, by_year)

    def whole_lay(self, measure, end, reference, pence):
        """Some pence of a pot, as its whole amount lies by place and by year at one end: 0 low, 1 high."""
        pot = self.pots[reference]
        amount, lay = pot.stage(measure)[end], pot.description.lay
        return self.spread_both(pence, lay.by_place(amount, self.tree), lay.by_year(amount))

    def spread_both(self, pence, by_place, by_year):
        return spread(pence, by_place, self.tree.rank.__getitem__), spread(pence, by_year, in_time)

    def said_entries(self, day, said):
        """What each announcement of the day said: of each pot its largest figure, none that lies inside another so said."""
        entries = []
        for announcement in sorted(said):
            of_pot = said[announcement]
            for reference, (claim, counted) in of_pot.items():
                if self.wholly_around(reference) & of_pot.keys():
                    continue
                lay = self.pots[reference].description.lay
                firm, ceiling = (cells(amount, amount, lay, (), self.tree) for amount in (counted.low, counted.high))
                for key, sums in self.keyed(reference, Measure.SAID, firm, ceiling, claim.reference).items():
                    if any(sums):
                        entries.append(
                            Entry(day, key, claim.reference, lay.assumed and key.money_year is not None, *sums)
                        )
        return entries

    def keyed(self, reference, measure, firm, ceiling, said_by=None):
        """Cells of both scenarios as {Key: (firm, ceiling)}, with the pot's own description."""
        what = self.pots[reference].description
        return {
            Key(reference, measure, what.theme, place, what.sector, what.additionality, year, said_by): (
                firm.get((place, year), 0),
                ceiling.get((place, year), 0),
            )
            for place, year in sorted(
                firm.keys() | ceiling.keys(), key=lambda at: (self.tree.rank[at[0]], in_time(at[1]))
            )
        }

    def differences(self, day, claims, touched, divided):
        """The entries that bring what stands for these pots to what they now add."""
        now: dict[str, dict[Key, tuple[int, int]]] = {reference: {} for reference in touched}
        for measure, both in divided.items():
            if both is None:
                continue
            firm, ceiling = (self.cells(measure, own, end) for end, own in enumerate(both))
            for reference in touched:
                now[reference] |= self.keyed(reference, measure, firm[reference], ceiling[reference])
        entries = []
        for reference in touched:
            before, after = self.standing[reference], now[reference]
            cause, assumed = self.cause(reference, claims), self.pots[reference].description.lay.assumed
            for key in [*after, *(key for key in before if key not in after)]:
                firm, ceiling = (x - y for x, y in zip(after.get(key, (0, 0)), before.get(key, (0, 0)), strict=True))
                if firm or ceiling:
                    entries.append(Entry(day, key, cause, assumed and key.money_year is not None, firm, ceiling))
            self.standing[reference] = after
        return entries

    def cause(self, reference, claims):
        """Of the day's claims the last about the pot, else the last about a pot linked with it, else the last."""
        linked = {outer for outer, _ in self.outer_of(reference)}
        linked |= {inner for inner in self.neighbours[reference] if (reference, inner) in self.links}
        for pots in ({reference}, linked, self.pots.keys()):
            about = [claim.reference for claim in claims if claim.pot in pots]
            if about:
                return about[-1]
        raise ValueError(f"nothing was said on this day that could move {reference}")

    def changed_programmes(self, day, touched):
        """Who joins and who leaves: a pot belongs to the programmes of its claims, and of the pots that hold it whole."""
        changes = []
        for reference in touched:
            now = set(self.pots[reference].programmes)
            for outer in self.wholly_around(reference):
                if outer in self.pots:
                    now |= self.pots[outer].programmes
            changes += [Joined(day, reference, programme, 1) for programme in sorted(now - self.member[reference])]
            changes += [Joined(day, reference, programme, -1) for programme in sorted(self.member[reference] - now)]
            self.member[reference] = now
        return changes


# ---------------------------------------------------------------- flags


def flags(day):
    """The flags that stand at the end of a Day (None: no claims, no flags), as {pot: set of flags}."""
    return {} if day is None else Flags(day.pots, day.links).all()


class Flags:
    """Flags of pots that share money, as at a day; each flag's rule is a method."""

    def __init__(self, pots, links):
        self.pots = pots
        self.links = {pair: link for pair, link in links.items() if pair[0] in pots and pair[1] in pots}
        amounts = {reference: ends for reference, pot in pots.items() if (ends := pot.read_amount)}
        self.lows = {reference: low for reference, (low, _) in amounts.items()}
        self.highs = {reference: high for reference, (_, high) in amounts.items()}

    def all(self):
        holding = sharing.hold(list(self.pots), self.links, self.highs, open_shares_full=False)
        self.shared = sharing.divide(holding, self.lows).shared
        rules = {
            Flag.PARTS_EXCEED_WHOLE: self.parts_exceed_whole,
            Flag.OPEN_ENDED: lambda pot: pot.open_ended,
            Flag.NO_AMOUNT: self.no_amount,
            Flag.NO_RATE: self.no_rate,
            Flag.NOT_SUMMABLE: self.not_summable,
            Flag.OVERLAP_UNKNOWN: self.overlap_unknown,
            Flag.PART_WITHOUT_YEAR: self.part_without_year,
        }
        return {
            reference: {flag for flag, stands in rules.items() if stands(pot)} for reference, pot in self.pots.items()
        }

    def parts_exceed_whole(self, pot):
        """Even the low ends of what lies inside exceed the pot's high end by more than rounding."""
        if pot.amount is None or pot.open_ended:
            return False
        directly = {pot.reference} | {inner for outer, inner in self.links if outer == pot.reference}
        rounding = sum((each.rounding for ref in directly for each in self.pots[ref].figures), Fraction(0))
        return sum(self.shared[pot.reference].values()) > pot.amount[1] + rounding

    def no_amount(self, pot):
        """It has been claimed, not only proposed or cancelled, and no such claim states a figure."""
        claims = [claim for claim in pot.claims if claim.effect not in (Effect.PROPOSES, Effect.CANCELS)]
        return bool(claims) and all(claim.ends is None for claim in claims)

    def no_rate(self, pot):
        return any(claim.ends is not None and lacks_rate(claim) for claim in unproposed(pot))

    def not_summable(self, pot):
        return any(why_uncounted(claim) in (NOT_SUMMABLE, REAL_TERMS) for claim in unproposed(pot))

    def overlap_unknown(self, pot):
        return any(link.unknown for pair, link in self.links.items() if pot.reference in pair)

    def part_without_year(self, pot):
        """It has money and no stated years, and lies whole inside a pot, at any depth, that has some."""
        if pot.amount is None or not pot.amount[1] or pot.description.years.stated:
            return False
        found: set[str] = set()
        todo = [pot.reference]
        while todo:
            inner = todo.pop()
            around = {outer for (outer, held), link in self.links.items() if held == inner and link.whole} - found
            found |= around
            todo += around
        return any(self.pots[outer].description.years.stated for outer in found)


def unproposed(pot):
    return [claim for claim in pot.claims if claim.effect != Effect.PROPOSES]


def families(claims):
    """Split claims into link families: the claims of pots that are connected by any link ever shown."""
    root: dict[str, str] = {}

    def find(pot):
        root.setdefault(pot, pot)
        while root[pot] != pot:
            root[pot] = root[root[pot]]
            pot = root[pot]
        return pot

    for claim in claims:
        for link in claim.links:
            root[find(link.outer)] = find(link.inner)
    grouped = defaultdict(list)
    for claim in claims:
        grouped[find(claim.pot)].append(claim)
    return list(grouped.values())
