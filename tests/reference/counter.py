"""The counting rules a second time: slow, obvious and independent of the product.

Written from COUNTING.md ("How healthfund counts") and FACTS.md (the fact file) alone. It takes announcements as
dicts of the fact file and gives ledger entries, totals and flags. Every day of every link family is worked out from
nothing. Money is whole pence in ints; `Decimal` and `Fraction` only where text is read. Sentences in quotation marks
are those of COUNTING.md; "Reading:" marks a place where another reading is possible, and says which was taken.

usage, from the root of the repository: python3 -m tests.reference.counter FILE...
       golden cases: prints each miss; fact files: counts them together and prints their totals.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

# The region tree of FACTS.md in the order of reference.json, which decides who gets an odd penny.
PARENT = {
    "uk": None,
    "england": "uk",
    "north-of-england": "england",
    "north-east": "north-of-england",
    "north-west": "north-of-england",
    "yorkshire-and-the-humber": "north-of-england",
    "midlands": "england",
    "east-midlands": "midlands",
    "west-midlands": "midlands",
    "east-of-england": "england",
    "london": "england",
    "south-east": "england",
    "south-west": "england",
    "scotland": "uk",
    "wales": "uk",
    "northern-ireland": "uk",
}
TREE = list(PARENT)
PUBLIC = {"government", "devolved_government", "local_nhs"}
UNSUMMABLE = {"level", "rise", "breakdown"}
STAGES = ("announced", "allocated", "spent")
WHOLE, UNKNOWN = "whole", "unknown"


# ------------------------------------------------------------------------------------------------ reading the facts


@dataclass(frozen=True)
class Link:
    """`outer includes inner`. The share is WHOLE, UNKNOWN or (low, high) in pence."""

    outer: str
    inner: str
    share: object


@dataclass(frozen=True)
class Claim:
    """A claim with its references followed: `pot` and the links name pots by the claim that introduces them."""

    ref: str
    announcement: str
    day: str
    place: int
    pot: str
    record: dict
    programmes: tuple[str, ...]
    links: tuple[Link, ...]

    @property
    def effect(self) -> str:
        return self.record["effect"]

    @property
    def introduces(self) -> bool:
        return self.record.get("about") is None

    @property
    def order(self) -> tuple:
        """Their order is "of the announcement's day (ties: introductions first, then by the announcement's id, then
        by the claim's place in it)"."""
        return (self.day, not self.introduces, self.announcement, self.place)


def read_claims(announcements: list[dict]) -> list[Claim]:
    """All claims of these announcements in the order in which they have their effect."""
    records = {f"{a['id']}#{c['key']}": (a, c) for a in announcements for c in a["claims"]}

    def full(announcement: dict, reference: str) -> str:
        return reference if "#" in reference else f"{announcement['id']}#{reference}"

    def pot_of(reference: str) -> str:
        announcement, record = records[reference]
        about = record.get("about")
        return reference if about is None else pot_of(full(announcement, about))

    def share(item: dict) -> object:
        return UNKNOWN if item["low"] is None else (pence(item["low"]), pence(item["high"]))

    def links(announcement: dict, record: dict, pot: str) -> list[Link]:
        # In the order of FACTS.md's table, should one claim speak of two pots twice: the last one holds.
        def other(reference: str) -> str:
            return pot_of(full(announcement, reference))

        return (
            [Link(other(r), pot, WHOLE) for r in record.get("part_of") or []]
            + [Link(pot, other(r), WHOLE) for r in record.get("includes") or []]
            + [Link(other(s["pot"]), pot, share(s)) for s in record.get("partly_in") or []]
            + [Link(pot, other(s["pot"]), share(s)) for s in record.get("overlaps") or []]
        )

    claims = []
    for announcement in announcements:
        for place, record in enumerate(announcement["claims"]):
            ref = f"{announcement['id']}#{record['key']}"
            programmes = record.get("programmes")
            if programmes is None:
                programmes = announcement.get("programmes") or []
            claims.append(
                Claim(
                    ref=ref,
                    announcement=announcement["id"],
                    day=announcement["announced_on"],
                    place=place,
                    pot=pot_of(ref),
                    record=record,
                    programmes=tuple(programmes),
                    links=tuple(links(announcement, record, pot_of(ref))),
                )
            )
    return sorted(claims, key=lambda claim: claim.order)


def pence(text: str) -> int:
    """Pounds in text, with two decimals at most, in pence."""
    return int(Decimal(text) * 100)


def rounded(value: Fraction) -> int:
    """Reading: half a penny and more goes up."""
    return math.floor(value + Fraction(1, 2))


def financial_year(day: str) -> str:
    """The UK financial year (April to March) of an ISO date: 2018-19."""
    first = int(day[:4]) if day[5:7] >= "04" else int(day[:4]) - 1
    return year_name(first)


def year_name(first: int) -> str:
    return f"{first}-{(first + 1) % 100:02d}"


def years_between(start: str, end: str) -> list[str]:
    return [year_name(first) for first in range(int(start[:4]), int(end[:4]) + 1)]


def families(claims: list[Claim]) -> list[list[Claim]]:
    """The claims by connected pots, over all links ever shown. Nothing in the counting crosses a family."""
    family = {claim.pot: {claim.pot} for claim in claims}
    for claim in claims:
        for link in claim.links:
            if family[link.outer] is not family[link.inner]:
                joined = family[link.outer] | family[link.inner]
                for pot in joined:
                    family[pot] = joined
    groups = {id(pots): [] for pots in family.values()}
    for claim in claims:
        groups[id(family[claim.pot])].append(claim)
    return list(groups.values())


# ------------------------------------------------------------------------------------------------ a claim's figure


@dataclass(frozen=True)
class Figure:
    """What a counted claim states: both ends in pence, its rounding in pence (half a unit), its marks."""

    low: int
    high: int
    half_unit: Fraction
    open_ended: bool
    cancelled: bool


def states_figure(record: dict) -> bool:
    return record["amount"] is not None or record["bound"] == "range"


def has_no_rate(record: dict) -> bool:
    return record["currency"] != "GBP" and not record.get("rate")


def is_counted(claim: Claim) -> bool:
    """Whether a claim is counted.

    "A claim without an amount (a cancellation needs none), in a currency without a rate, or that is a proposal or
    demand, is recorded and never counted"; nor are "levels, rises, breakdowns and amounts in real terms".
    """
    record = claim.record
    if claim.effect == "proposes" or record["measure"] in UNSUMMABLE or record.get("terms") == "real":
        return False
    if not states_figure(record):
        return claim.effect == "cancels"
    return not has_no_rate(record)


def figure_of(claim: Claim, described: Description) -> Figure:
    """The figure of a counted claim that states one, about a pot as the claim leaves it described."""
    record = claim.record
    low_text = record["low"] if record["bound"] == "range" else record["amount"]
    high_text = record["high"] if record["bound"] == "range" else record["amount"]
    factor = Fraction(100)
    if record["currency"] != "GBP":
        factor *= Fraction(record["rate"]["gbp_per_unit"])
    open_ended = record["bound"] == "at_least"
    if record["measure"] == "per_year":
        if described.year_count is None:
            open_ended = True
        else:
            factor *= described.year_count
    return Figure(
        low=0 if record["bound"] == "up_to" else rounded(Fraction(low_text) * factor),
        high=rounded(Fraction(high_text) * factor),
        half_unit=half_unit(record["as_stated"], high_text) * factor,
        open_ended=open_ended,
        cancelled=claim.effect == "cancels",
    )


SCALES = {
    "k": 3, "thousand": 3,
    "m": 6, "mn": 6, "mln": 6, "million": 6, "millions": 6,
    "b": 9, "bn": 9, "bln": 9, "billion": 9, "billions": 9,
    "t": 12, "tn": 12, "trn": 12, "trillion": 12,
}  # fmt: skip
NUMBER = re.compile(
    r"(\d[\d,]*)(?:\.(\d+))?(?:[\s-]*(" + "|".join(sorted(SCALES, key=len, reverse=True)) + r")(?![a-z]))?", re.I
)


def half_unit(wording: str | None, amount: str) -> Fraction:
    """A figure's rounding, in the claim's own currency: "half a unit in the last digit, as worded, of the number that
    is the figure"; where there is none, "the figure's last digit that is not 0 decides".

    Reading: a wording with the figure in it twice goes by the first. A figure of 0 in no wording has no rounding.
    """
    for whole, decimals, scale in NUMBER.findall(wording or ""):
        power = SCALES[scale.lower()] if scale else 0
        value = Fraction(whole.replace(",", "") + ("." + decimals if decimals else "")) * 10**power
        if value == Fraction(amount):
            return Fraction(10) ** (power - len(decimals)) / 2
    digits, _, decimals = amount.partition(".")
    for place, digit in enumerate(reversed(digits + decimals)):
        if digit != "0":
            return Fraction(10) ** (place - len(decimals)) / 2
    return Fraction(0)


# ------------------------------------------------------------------------------------------------ a pot's description


@dataclass
class Description:
    """What a pot is, as its claims have said so far."""

    theme: str = ""
    sector: str = ""
    additionality: str = ""
    node: str = ""  # the lowest node that holds its regions
    splits: dict[str, int] = field(default_factory=dict)  # region: pence
    years: list[str] = field(default_factory=list)  # the stated years
    profile: dict[str, int] = field(default_factory=dict)  # year: pence
    year_count: int | None = None  # how many, where first and last are stated


def describe(described: Description, record: dict) -> None:
    """Let a claim replace what it states of its pot: what is given, not null and not empty."""
    for key in ("theme", "sector", "additionality"):
        if record.get(key):
            setattr(described, key, record[key])
    if record.get("regions"):  # regions and splits are replaced together
        described.node = lowest_common(record["regions"])
        described.splits = {s["region"]: pence(s["amount"]) for s in record.get("splits") or []}
    describe_years(described, record)


def describe_years(described: Description, record: dict) -> None:
    """What a claim states of the years, which is "read with this claim's measure" (FACTS.md).

    Reading: a claim with only one end that "has no stated years" states none, so the pot keeps those it had. Reading:
    a profile states its years whatever else is given; where both ends are given too, those count a yearly sum.
    """
    start, end, profile = record.get("start_fy"), record.get("end_fy"), record.get("profile") or {}
    if start and end:
        described.years = years_between(start, end)
        described.year_count = len(described.years)
    elif profile:
        described.years = sorted(profile)
        described.year_count = len(described.years)
    elif start and record["measure"] == "per_year":
        described.years = [start]
        described.year_count = None
    else:
        return
    described.profile = {year: pence(amount) for year, amount in sorted(profile.items())}


def with_ancestors(region: str) -> list[str]:
    path = []
    while region is not None:
        path.append(region)
        region = PARENT[region]
    return path


def lowest_common(regions: Iterable[str]) -> str:
    paths = [with_ancestors(region) for region in regions]
    return next(node for node in paths[0] if all(node in path for path in paths))


# ------------------------------------------------------------------------------------------------ replaying a family


class Replay:
    """A family's pots as their claims leave them at the end of a day."""

    def __init__(self, claims: list[Claim], until: str):
        self.claims = [claim for claim in claims if claim.day <= until]
        self.pots: list[str] = []  # as announced
        self.amount: dict[str, tuple[int, int] | None] = {}
        self.allocated: dict[str, tuple[int, int]] = {}
        self.spent: dict[str, tuple[int, int]] = {}
        self.described: dict[str, Description] = {}
        self.makers: dict[str, list[Figure]] = {}  # the figures that make the amount
        self.stated: dict[tuple[str, str], object] = {}  # (outer, inner): share
        self.links: dict[tuple[str, str], object] = {}  # those of them between pots that are there
        self.said: list[tuple[Claim, Figure]] = []  # counted on the last day, cancellations left out
        for day in sorted({claim.day for claim in self.claims}):
            self.replay_day([claim for claim in self.claims if claim.day == day])

    def replay_day(self, claims: list[Claim]) -> None:
        """First what holds "for the whole of its day" (introductions and links), then each claim in its order."""
        self.said = []
        for claim in claims:
            if claim.introduces:
                self.introduce(claim.pot)
            if claim.effect != "proposes":
                # Reading: "the latest statement about two pots" is the last in the order of effects.
                self.stated.update({(link.outer, link.inner): link.share for link in claim.links})
        # Reading: a link to a pot that is introduced later holds from when there are two pots.
        self.links = {pair: share for pair, share in self.stated.items() if set(pair) <= set(self.pots)}
        for claim in claims:
            # "Its links and description hold all the same; of a proposal, only the description of a pot it introduces."
            if claim.effect != "proposes" or claim.introduces:
                describe(self.described[claim.pot], claim.record)
            if is_counted(claim):
                self.have_effect(claim, claims)

    def introduce(self, pot: str) -> None:
        self.pots.append(pot)
        self.amount[pot] = None
        self.allocated[pot] = self.spent[pot] = (0, 0)
        self.described[pot] = Description()
        self.makers[pot] = []

    def have_effect(self, claim: Claim, todays: list[Claim]) -> None:
        pot = claim.pot
        if not states_figure(claim.record):
            self.cancel(claim, None, todays)
            return
        figure = figure_of(claim, self.described[pot])
        if claim.effect == "cancels":
            self.cancel(claim, figure, todays)
            return
        self.said.append((claim, figure))
        if claim.introduces or claim.effect == "revises":
            self.amount[pot] = (figure.low, figure.high)
            self.makers[pot] = [figure]
        elif claim.effect == "tops_up":
            # Reading: a pot without an amount, topped up, has the money that was added.
            self.change(pot, figure.low, figure.high, figure, even_if_none=True)
            for around in self.around(claim, todays):
                self.change(around, figure.low, figure.high, figure)
        if claim.effect == "allocates":
            self.allocated[pot] = added(self.allocated[pot], figure)
        if claim.effect == "spends":
            self.spent[pot] = added(self.spent[pot], figure)

    def change(self, pot: str, low: int, high: int, figure: Figure | None, even_if_none: bool = False) -> None:
        """Add (or, below 0, take off) pence at both ends of a pot's amount. "One without a counted amount stays
        without."

        Reading: a figure that changes nothing (a cancellation of what is gone) makes nothing. Reading: a pot around
        that falls to 0 is "a pot cancelled to 0" too.
        """
        had = self.amount[pot]
        if had is None and not even_if_none:
            return
        had_low, had_high = had or (0, 0)
        self.amount[pot] = (max(0, had_low + low), max(0, had_high + high))
        if self.amount[pot] != had and figure is not None:
            self.makers[pot].append(figure)
        if self.amount[pot][1] == 0 and (low < 0 or high < 0):
            self.makers[pot] = []  # "a pot cancelled to 0 has none"

    def cancel(self, claim: Claim, figure: Figure | None, todays: list[Claim]) -> None:
        """Let a claim cancel its pot, or the figure of it.

        "A cancellation takes its high end off the low and its low end off the high, never below 0; off the pots
        around, each end at most what the pot itself had."

        Reading: each end of what is cancelled is at most that end of the pot, so that no low end around is left above
        its high end; a cancellation that states no amount is of what the pot had. Reading: a pot without an amount is
        known to be 0 when it is cancelled whole, and stays unknown when a stated sum is cancelled of it.
        """
        pot = claim.pot
        had_low, had_high = self.amount[pot] or (0, 0)
        if figure is None:
            off_low, off_high = had_low, had_high
            self.amount[pot] = (0, 0)
            self.makers[pot] = []
        else:
            off_low, off_high = min(figure.low, had_low), min(figure.high, had_high)
            self.change(pot, -figure.high, -figure.low, figure)
        for around in self.around(claim, todays):
            self.change(around, -off_high, -off_low, figure)

    def around(self, claim: Claim, todays: list[Claim]) -> list[str]:
        """The pots that hold this claim's pot whole, "at any depth, up to the first that the same announcement itself
        introduces, revises, tops up or cancels, counted or not", each once.

        Reading: an allocation, outturn or proposal that introduces its pot introduces it.
        """
        given = {
            other.pot
            for other in todays
            if other.announcement == claim.announcement
            and (other.introduces or other.effect in {"revises", "tops_up", "cancels"})
        }
        found: list[str] = []
        look_at = [claim.pot]
        while look_at:
            pot = look_at.pop()
            for (outer, inner), share in self.links.items():
                if inner == pot and share == WHOLE and outer not in given and outer not in found:
                    found.append(outer)
                    look_at.append(outer)
        return found

    def read_amount(self, pot: str) -> tuple[int, int] | None:
        """The announced amount as everything but the effects reads it: "what is allocated or spent is firm"."""
        if self.amount[pot] is None:
            return None
        low, high = self.amount[pot]
        return (min(high, max(low, self.allocated[pot][0], self.spent[pot][0])), high)

    def holders(self, pot: str) -> set[str]:
        """The pots that hold this one whole, as stated, at any depth."""
        found: set[str] = set()
        look_at = [pot]
        while look_at:
            inside = look_at.pop()
            for (outer, inner), share in self.links.items():
                if inner == inside and share == WHOLE and outer not in found:
                    found.add(outer)
                    look_at.append(outer)
        return found

    def programmes(self, pot: str) -> set[str]:
        """The programmes "of every claim about it, and of the pots that hold it whole".

        Reading: "every claim" has proposals among them.
        """
        belongs = self.holders(pot) | {pot}
        return {name for claim in self.claims if claim.pot in belongs for name in claim.programmes}


def added(amount: tuple[int, int], figure: Figure) -> tuple[int, int]:
    return (amount[0] + figure.low, amount[1] + figure.high)


# ------------------------------------------------------------------------------------------------ who holds whom


class Holding:
    """What holds what in one scenario, as the arithmetic sees it.

    `high` is each pot's high end in pence, or None; `open_end` is the end taken of an open share: 1 high, 0 low.
    """

    def __init__(
        self, pots: list[str], links: dict[tuple[str, str], object], high: dict[str, int | None], open_end: int
    ):
        self.pots = pots
        self.links = links
        wholes = set()
        self.part: dict[str, dict[str, int]] = {pot: {} for pot in pots}
        for (outer, inner), share in links.items():
            if share == WHOLE:
                wholes.add((outer, inner))
                continue
            if share == UNKNOWN:  # "0 to the smaller of the two high ends"
                money = min(high[outer] or 0, high[inner] or 0) if open_end else 0
            else:
                money = share[open_end]
            # "A share that reaches its pot's high end holds it whole in this arithmetic". Reading: a share of nothing
            # is no share ("every unknown overlap is nil"), and a pot without an amount has no end to reach.
            if money > 0 and high[inner] is not None and money >= high[inner]:
                wholes.add((outer, inner))
            elif money > 0:
                self.part[outer][inner] = money
        self.inside = {pot: self.held_by(pot, wholes) for pot in pots}
        self.order = sorted(pots, key=lambda pot: (self.chain(pot), pots.index(pot)))

    @staticmethod
    def held_by(pot: str, wholes: set[tuple[str, str]]) -> set[str]:
        found: set[str] = set()
        look_at = [pot]
        while look_at:
            outside = look_at.pop()
            for outer, inner in wholes:
                if outer == outside and inner not in found:
                    found.add(inner)
                    look_at.append(inner)
        return found

    def chain(self, pot: str) -> int:
        """The longest chain of links inside a pot. Reading: of all links as stated, whatever their share."""
        return max((1 + self.chain(inner) for outer, inner in self.links if outer == pot), default=0)

    def direct(self, pot: str) -> list[str]:
        return [inner for outer, inner in self.links if outer == pot]


# ------------------------------------------------------------------------------------------------ own money


@dataclass
class Own:
    """Each pot's own money, and what is taken off it, in pence."""

    own: dict[str, int] = field(default_factory=dict)
    shared: dict[str, dict[str, int]] = field(default_factory=dict)  # pot: {pot whose money is taken off: pence}
    promised: dict[str, dict[str, int]] = field(default_factory=dict)  # pot: {pot whose promise is taken off: pence}


def own_money(holding: Holding, amount: dict[str, int], own_of: Callable[[str, int, Own], int]) -> Own:
    """Each pot's own money, inner pots first. `own_of(pot, taken, so far)` says what is left when `taken` is taken off.

    "Of every pot it holds whole, at any depth, take off that pot's own money, once however it is reached. Of every
    other pot that it, or a pot it holds whole, has a share of, take off that share, at most the pot's amount."
    """
    result = Own()
    further: dict[tuple[str, str], int] = {}  # what a pot's share of another adds to those of the pots inside it
    for pot in holding.order:
        inside = holding.inside[pot]
        shared = {inner: result.own[inner] for inner in holding.order if inner in inside}
        left = dict(shared)  # the pounds that no share has counted yet
        for other in holding.order:
            sharers = [p for p in [pot, *inside] if other in holding.part[p]]
            if other in inside or not sharers:
                continue
            # "The shares of several pots are different pounds, but a pot's own share counts first those of the pots
            # it holds whole."
            through = sum(further.get((inner, other), 0) for inner in inside)
            share = min(amount[other], holding.part[pot].get(other, 0))
            further[pot, other] = max(0, share - through)
            need = min(amount[other], max(through, share))
            # "Of the share, such pounds as are taken off already (they lie in both) count first, each for one share
            # only, both in this order."
            for inner in holding.order:
                in_both = min(left.get(inner, 0), result.shared[other].get(inner, 0))
                use = min(need, in_both)
                if use:
                    left[inner] -= use
                    need -= use
            shared[other] = left[other] = need
        result.shared[pot] = shared
        result.promised[pot] = {}
        result.own[pot] = own_of(pot, sum(shared.values()), result)
    return result


def plainly(amount: dict[str, int]) -> Callable[[str, int, Own], int]:
    """What is left of the amount; it is "never below 0"."""
    return lambda pot, taken, _so_far: max(0, amount[pot] - taken)


def as_apart_as_room_allows(amount: dict[str, int], announced: dict[str, int]) -> Callable[[str, int, Own], int]:
    """For allocated and spent in the ceiling: "as apart as far as the outer pot's announced amount (what is allocated
    of it, where that is more) has room beside them; only what finds no room is shared"."""
    return lambda pot, taken, _so_far: min(amount[pot], max(0, max(announced[pot], amount[pot]) - taken))


def firm_money(holding: Holding, low: dict[str, int], high: dict[str, int]) -> Own:
    """Own money in firm, where "an unpaid promise still lies in the firm pots around it"."""
    full = own_money(holding, high, plainly(high))  # "with amounts and shares at their high ends"
    promise: dict[str, int] = {}
    keeps: dict[str, dict[str, int]] = {}  # pot: {pot whose promise it keeps: pence}

    def lies_in(inner: str, pot: str, so_far: Own) -> int:
        """How much of a pot's promise lies in another.

        "Of a share, what is promised in the pot that includes it is the share at the high ends less the share in
        firm, within the promise." Reading: the shares are what is left of them to take off, once the pounds that are
        taken off already are counted.
        """
        if inner in holding.inside[pot]:
            return promise[inner]
        more = full.shared[pot][inner] - so_far.shared[pot][inner]
        return min(promise[inner], max(0, more))

    def own_of(pot: str, taken: int, so_far: Own) -> int:
        room = max(0, low[pot] - taken)
        may_keep = {}
        for inner in [p for p in holding.order if p in so_far.shared[pot]]:
            kept_inside = sum(keeps[p].get(inner, 0) for p in holding.inside[pot])
            kept = sum(of_pot.get(inner, 0) for of_pot in keeps.values())
            lies = max(0, lies_in(inner, pot, so_far) - kept_inside)
            may_keep[inner] = min(lies, promise[inner] - kept)
            # "What is missing of it because pots not inside this one keep it comes off its own money."
            so_far.promised[pot][inner] = lies - may_keep[inner]
        own = room = max(0, room - sum(so_far.promised[pot].values()))
        keeps[pot] = {}
        for inner, most in may_keep.items():
            # "Each pot keeps, of a promise that lies in it, as much as no pot keeps yet, as far as its own money
            # reaches."
            keeps[pot][inner] = min(most, room)
            room -= keeps[pot][inner]
        # "A pot's promise is its own money with amounts and shares at their high ends, less that part of its firm own
        # money that keeps no promise."
        promise[pot] = max(0, full.own[pot] - room)
        return own

    return own_money(holding, low, own_of)


# ------------------------------------------------------------------------------------------------ place and year


def spread(money: int, weights: dict) -> dict:
    """Whole pence by weights; "the odd pence of any spread go to the largest remainders", if equal to the first."""
    total = sum(weights.values())
    if money == 0:
        return dict.fromkeys(weights, 0)
    assert total > 0, "there is money and nowhere to put it"
    parts = {key: money * weight // total for key, weight in weights.items()}
    remainder = {key: money * weight % total for key, weight in weights.items()}
    odd = money - sum(parts.values())
    for key in sorted(weights, key=lambda key: -remainder[key])[:odd]:  # a stable sort keeps the order of equals
        parts[key] += 1
    return parts


def in_order_of_tree(places: dict[str, int]) -> dict[str, int]:
    return {place: places[place] for place in TREE if place in places}


def in_order_of_time(years: dict) -> dict:
    return {year: years[year] for year in sorted(years, key=lambda year: (year is None, year or ""))}


def laid_out_by_place(described: Description, amount: int) -> dict[str, int]:
    """Pence by place: "splits as stated, the rest at the pot's node", scaled down where they exceed the amount."""
    stated = in_order_of_tree(described.splits)
    if sum(stated.values()) > amount:
        stated = spread(amount, stated)
    places = {described.node: 0, **stated}
    places[described.node] += amount - sum(stated.values())
    return in_order_of_tree(places)


def laid_out_by_year(described: Description, amount: int) -> dict[str | None, int]:
    """Pence by year: "the profile as stated and the rest without a year, else evenly over the stated years, else all
    without a year"; scaled down where the profile exceeds the amount."""
    if described.profile:
        stated = described.profile
        if sum(stated.values()) > amount:
            stated = spread(amount, stated)
        return in_order_of_time({**stated, None: amount - sum(stated.values())})
    if described.years:
        return spread(amount, dict.fromkeys(described.years, 1))
    return {None: amount}


class Cells:
    """Own money by place and year, "in whole pence at every step", of one stage in one scenario.

    `amount` is each pot's amount in the scenario, `promise_amount` that at the high end.
    """

    def __init__(
        self,
        described: dict[str, Description],
        money: Own,
        amount: dict[str, int],
        promise_amount: dict[str, int],
        holding: Holding,
    ):
        self.described = described
        self.money = money
        self.amount = amount
        self.promise_amount = promise_amount
        self.holding = holding
        self.of_pot: dict[str, dict[tuple[str, str | None], int]] = {}
        for pot in holding.order:
            self.of_pot[pot] = self.cells(pot)

    def cells(self, pot: str) -> dict[tuple[str, str | None], int]:
        own = self.money.own[pot]
        if own == 0:
            return {}
        places = laid_out_by_place(self.described[pot], self.amount[pot])
        years = laid_out_by_year(self.described[pot], self.amount[pot])
        for other_places, other_years in self.taken_off(pot):
            self.take_places(pot, places, other_places)
            take_years(years, other_years)
        return spread_over(own, places, years)

    def taken_off(self, pot: str) -> list[tuple[dict, dict]]:
        """How everything lies that is taken off a pot: by place and by year, in pence."""
        shared = self.money.shared[pot]
        taken = sum(shared.values())
        # "Where stages lie apart, take only the shared part of each, fractions of a penny dropped." Reading: of what
        # is taken off for each pot, before it is laid out.
        really_shared = min(taken, self.amount[pot] - self.money.own[pot])
        out = []
        for other, money in shared.items():
            if not money:
                continue
            money = money * really_shared // taken
            if other in self.holding.inside[pot]:  # "other money as the inner pot's own"
                out.append((spread(money, self.own_by_place(other)), spread(money, self.own_by_year(other))))
            else:  # "A share lies as its whole pot does"
                out.append(self.as_whole_pot(other, money, self.amount[other]))
        for other, money in self.money.promised[pot].items():
            if money:  # "a promise as its whole pot at the high end"
                out.append(self.as_whole_pot(other, money, self.promise_amount[other]))
        return out

    def as_whole_pot(self, pot: str, money: int, amount: int) -> tuple[dict, dict]:
        described = self.described[pot]
        return (
            spread(money, laid_out_by_place(described, amount)),
            spread(money, laid_out_by_year(described, amount)),
        )

    def own_by_place(self, pot: str) -> dict[str, int]:
        places: dict[str, int] = defaultdict(int)
        for (place, _year), money in self.of_pot[pot].items():
            places[place] += money
        return in_order_of_tree(places)

    def own_by_year(self, pot: str) -> dict[str | None, int]:
        years: dict[str | None, int] = defaultdict(int)
        for (_place, year), money in self.of_pot[pot].items():
            years[year] += money
        return in_order_of_time(years)

    def take_places(self, pot: str, places: dict[str, int], off: dict[str, int]) -> None:
        """Take pence "off the lowest of these places that holds its place, else off the pot's node"."""
        for place, money in off.items():
            holding_it = [node for node in with_ancestors(place) if node in places]
            places[holding_it[0] if holding_it else self.described[pot].node] -= money


def take_years(years: dict[str | None, int], off: dict[str | None, int]) -> None:
    """Take pence "off the same year, else off the money without a year, if there is any"."""
    for year, money in off.items():
        if year in years:
            years[year] -= money
        elif None in years:
            years[None] -= money


def spread_over(own: int, places: dict[str, int], years: dict[str | None, int]) -> dict[tuple[str, str | None], int]:
    """Own money spread "over the places by what is left there, then each place's over the years by what is left
    there; below 0 is none"."""
    places_left = {place: max(0, money) for place, money in places.items()}
    years_left = {year: max(0, money) for year, money in years.items()}
    cells = {}
    for place, at_place in spread(own, places_left).items():
        for year, money in spread(at_place, years_left).items():
            if money:
                cells[place, year] = money
    return cells


# ------------------------------------------------------------------------------------------------ a day's outcome

# An entry's key: pot, measure, theme, region, sector, additionality, money year or None.
Key = tuple[str, str, str, str, str, str, "str | None"]


def key_of(pot: str, measure: str, described: Description, place: str, year: str | None) -> Key:
    return (pot, measure, described.theme, place, described.sector, described.additionality, year)


def scenarios(replay: Replay, stage: str) -> dict[str, Cells]:
    """The cells of a stage, firm and ceiling, at the end of the replayed day."""
    announced = {pot: replay.read_amount(pot) for pot in replay.pots}
    ends = {"announced": announced, "allocated": replay.allocated, "spent": replay.spent}[stage]
    low = {pot: ends[pot][0] if ends[pot] else 0 for pot in replay.pots}
    high = {pot: ends[pot][1] if ends[pot] else 0 for pot in replay.pots}
    reach = {pot: ends[pot][1] if ends[pot] else None for pot in replay.pots}

    fullest = Holding(replay.pots, replay.links, reach, open_end=1)
    firm = firm_money(fullest, low, high)
    loosest = Holding(replay.pots, replay.links, reach, open_end=0)
    if stage == "announced":
        ceiling = own_money(loosest, high, plainly(high))
    else:
        announced_high = {pot: announced[pot][1] if announced[pot] else 0 for pot in replay.pots}
        ceiling = own_money(loosest, high, as_apart_as_room_allows(high, announced_high))
    return {
        "firm": Cells(replay.described, firm, low, high, fullest),
        "ceiling": Cells(replay.described, ceiling, high, high, loosest),
    }


def standing(replay: Replay) -> dict[Key, tuple[int, int]]:
    """What stands in the ledger at the end of a day, announced, allocated and spent: (firm, ceiling) by key."""
    total: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for stage in STAGES:
        for column, cells in enumerate(scenarios(replay, stage).values()):
            for pot, of_pot in cells.of_pot.items():
                for (place, year), money in of_pot.items():
                    total[key_of(pot, stage, replay.described[pot], place, year)][column] += money
    return {key: (firm, ceiling) for key, (firm, ceiling) in total.items()}


def said_on(replay: Replay) -> list[tuple[Claim, Key, int, int]]:
    """What the last replayed day adds to `said`: "of several about one pot in one announcement the largest (by high
    end, then low), and none whose pot lies whole inside another pot so said there".

    Reading: of equals the first stands. The description "of its day" is that at the day's end.
    """
    largest: dict[tuple[str, str], tuple[Claim, Figure]] = {}
    for claim, figure in replay.said:
        at = (claim.announcement, claim.pot)
        if at not in largest or (figure.high, figure.low) > (largest[at][1].high, largest[at][1].low):
            largest[at] = (claim, figure)
    out = []
    for (announcement, pot), (claim, figure) in largest.items():
        if any((announcement, holder) in largest for holder in replay.holders(pot)):
            continue
        described = replay.described[pot]
        total: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
        for column, money in enumerate((figure.low, figure.high)):
            places = laid_out_by_place(described, money)
            years = laid_out_by_year(described, money)
            for cell, in_cell in spread_over(money, places, years).items():
                total[cell][column] += in_cell
        for (place, year), (firm, ceiling) in total.items():
            out.append((claim, key_of(pot, "said", described, place, year), firm, ceiling))
    return out


# ------------------------------------------------------------------------------------------------ flags


def flags_of(replay: Replay) -> set[tuple[str, str]]:
    """The flags that stand at the end of the replayed day, {(pot, flag)}; proposals raise none."""
    flags = set()
    for pot in replay.pots:
        about = [claim for claim in replay.claims if claim.pot == pot and claim.effect != "proposes"]
        not_cancelled = [claim for claim in about if claim.effect != "cancels"]
        if not_cancelled and not any(states_figure(claim.record) for claim in not_cancelled):
            flags.add((pot, "no_amount"))
        if any(states_figure(claim.record) and has_no_rate(claim.record) for claim in about):
            flags.add((pot, "no_rate"))
        if any(c.record["measure"] in UNSUMMABLE or c.record.get("terms") == "real" for c in about):
            flags.add((pot, "not_summable"))
        if any(figure.open_ended and not figure.cancelled for figure in replay.makers[pot]):
            flags.add((pot, "open_ended"))
        if lies_without_year(replay, pot):
            flags.add((pot, "part_without_year"))
    for (outer, inner), share in replay.links.items():
        if share == UNKNOWN:
            flags |= {(outer, "overlap_unknown"), (inner, "overlap_unknown")}
    return flags | {(pot, "parts_exceed_whole") for pot in exceeded(replay) if (pot, "open_ended") not in flags}


def lies_without_year(replay: Replay, pot: str) -> bool:
    """Whether a pot "has an amount above 0 and no stated years, and lies whole inside a pot, at any depth, that has"."""
    if replay.amount[pot] is None or replay.amount[pot][1] == 0 or replay.described[pot].years:
        return False
    return any(replay.described[holder].years for holder in replay.holders(pot))


def exceeded(replay: Replay) -> list[str]:
    """The pots whose inner pots exceed them by more than rounding, "even the low ends of its inner pots (each pound
    once, open shares at their low end)". A pot without an amount has no high end to exceed."""
    ends = {pot: replay.read_amount(pot) for pot in replay.pots}
    low = {pot: ends[pot][0] if ends[pot] else 0 for pot in replay.pots}
    holding = Holding(replay.pots, replay.links, {p: ends[p][1] if ends[p] else None for p in replay.pots}, open_end=0)
    money = own_money(holding, low, plainly(low))
    out = []
    for pot in replay.pots:
        if ends[pot] is None:
            continue
        rounding = sum(figure.half_unit for p in [pot, *holding.direct(pot)] for figure in replay.makers[p])
        if sum(money.shared[pot].values()) > ends[pot][1] + rounding:
            out.append(pot)
    return out


# ------------------------------------------------------------------------------------------------ entries and totals


@dataclass(frozen=True)
class Entry:
    """What a pot adds to the totals from a day on; firm and ceiling in pence, signed."""

    day: str
    pot: str
    cause: str
    measure: str
    theme: str
    region: str
    sector: str
    additionality: str
    money_fy: str | None
    firm: int
    ceiling: int


@dataclass
class Family:
    """One link family: what each of its days leaves."""

    replays: dict[str, Replay]
    flags: dict[str, set[tuple[str, str]]]
    entries: list[Entry]

    def last_day(self, as_at: str | None) -> str | None:
        return max((day for day in self.replays if as_at is None or day <= as_at), default=None)


def count_family(claims: list[Claim]) -> Family:
    family = Family({}, {}, [])
    before: dict[Key, tuple[int, int]] = {}
    for day in sorted({claim.day for claim in claims}):
        replay = Replay(claims, day)
        after = standing(replay)
        for claim, key, firm, ceiling in said_on(replay):
            add_entry(family, day, key, claim.ref, firm, ceiling)
        for key in sorted(set(before) | set(after), key=str):
            had, has = before.get(key, (0, 0)), after.get(key, (0, 0))
            add_entry(family, day, key, cause_of(replay, day, key[0]), has[0] - had[0], has[1] - had[1])
        family.replays[day] = replay
        family.flags[day] = flags_of(replay)
        before = after
    return family


def add_entry(family: Family, day: str, key: Key, cause: str, firm: int, ceiling: int) -> None:
    if firm or ceiling:
        pot, *dimensions = key
        family.entries.append(Entry(day, pot, cause, *dimensions, firm, ceiling))


def cause_of(replay: Replay, day: str, pot: str) -> str:
    """The claim that caused an entry: "of that day the last about the pot, else the last about a pot linked with it".

    Reading: linked with it directly, else at any distance.
    """
    linked = {p for pair in replay.links for p in pair if pot in pair}
    todays = [claim for claim in replay.claims if claim.day == day]
    for candidates in ({pot}, linked, set(replay.pots)):
        about = [claim for claim in todays if claim.pot in candidates]
        if about:
            return about[-1].ref
    raise AssertionError("an entry of a day without claims")


class Counted:
    """A set of announcements, counted."""

    def __init__(self, announcements: list[dict]):
        claims = read_claims(announcements)
        self.families = [count_family(of_family) for of_family in families(claims)]
        self.entries = sorted(
            (entry for family in self.families for entry in family.entries), key=lambda entry: (entry.day, str(entry))
        )

    def total(self, measure: str, as_at: str | None = None, where: dict | None = None) -> tuple[int, int]:
        """(firm, ceiling) in pence of the entries up to a day (None: all) that match a golden case's `where`."""
        where = dict(where or {})
        chosen = [e for e in self.entries if e.measure == measure and (as_at is None or e.day <= as_at)]
        if "programme" in where:
            name = where.pop("programme")
            belongs = self.programmes(as_at)
            chosen = [e for e in chosen if (not belongs[e.pot] if name is None else name in belongs[e.pot])]
        for key, value in where.items():
            chosen = [entry for entry in chosen if matches(entry, key, value)]
        return sum(entry.firm for entry in chosen), sum(entry.ceiling for entry in chosen)

    def programmes(self, as_at: str | None = None) -> dict[str, set[str]]:
        """The programmes each pot belongs to, as at the end of a day."""
        belongs = {}
        for family in self.families:
            day = family.last_day(as_at)
            if day is not None:
                belongs.update({pot: family.replays[day].programmes(pot) for pot in family.replays[day].pots})
        return belongs

    def flags(self, as_at: str | None = None) -> set[tuple[str, str]]:
        """{(pot, flag)} that stand at the end of a day."""
        days = [(family, family.last_day(as_at)) for family in self.families]
        return {flag for family, day in days if day is not None for flag in family.flags[day]}


def matches(entry: Entry, key: str, value: object) -> bool:
    if key == "region":
        return value in with_ancestors(entry.region)
    if key == "public":
        return (entry.sector in PUBLIC) == value
    if key == "announced_fy":
        return financial_year(entry.day) == value
    assert key in {"theme", "sector", "additionality", "money_fy"}, key
    return getattr(entry, key) == value


def count(announcements: list[dict]) -> Counted:
    """Count announcements, given as dicts of the fact file that are valid and refer to nothing outside."""
    return Counted(announcements)


# ------------------------------------------------------------------------------------------------ golden cases


def misses(case: dict) -> list[str]:
    """What of a golden case does not come out, one line each."""
    counted = count(case["announcements"])
    out = []
    for expect in case["expect"]:
        wanted = (pence(expect["firm"]), pence(expect["ceiling"]))
        got = counted.total(expect["measure"], expect.get("as_at"), expect.get("where"))
        if got != wanted:
            asked = f"{expect['measure']} as at {expect.get('as_at')} where {expect.get('where')}"
            out.append(f"{asked}: expected {pounds(*wanted)}, got {pounds(*got)}")
    if "flags" in case:
        wanted_flags = {(f["pot"], f["flag"]) for f in case["flags"]}
        got_flags = counted.flags()
        out += [f"flag not raised: {pot} {flag}" for pot, flag in sorted(wanted_flags - got_flags)]
        out += [f"flag not expected: {pot} {flag}" for pot, flag in sorted(got_flags - wanted_flags)]
    return out


def pounds(firm: int, ceiling: int) -> str:
    return f"{Decimal(firm) / 100:,.2f} to {Decimal(ceiling) / 100:,.2f}"


def main(paths: list[str]) -> int:
    failed = 0
    facts: list[dict] = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        if document["format"] == "healthfund-facts/1":
            facts += document["announcements"]
            continue
        found = misses(document)
        failed += len(found)
        print(f"{path}: {len(document['expect'])} totals, {len(found)} misses")
        for miss in found:
            print(f"  {miss}")
    if facts:
        counted = count(facts)
        for measure in ("said", *STAGES):
            print(f"{measure}: {pounds(*counted.total(measure))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
