"""Why a pot counts as it does: its claims day by day, what it shares with which pots, and what is left as its own."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from ..choices import Effect, Flag, Measure
from . import claims, counting
from .figures import why_uncounted
from .totals import Amounts


@dataclass(frozen=True)
class Said:
    """One claim about the pot: its reference, its effect, and why it is not counted (None where it is)."""

    claim: str
    effect: str
    uncounted: str | None


@dataclass(frozen=True)
class Step:
    """A day on which something was said of the pot, or of pots that share money with it, that changed or could change it.

    amount, allocated and spent are (low, high) in pence at the end of the day, amount None while none is counted; own
    is what the pot adds to the announced totals from then on, as Amounts.
    """

    day: date
    said: list
    amount: tuple | None
    allocated: tuple
    spent: tuple
    own: Amounts


@dataclass(frozen=True)
class Shared:
    """Money in this pot that is counted as another's: whole (its own money), a share of it, or its unpaid promise."""

    pot: str
    kind: str
    firm: int
    ceiling: int


@dataclass(frozen=True)
class Link:
    """A link that holds now: this pot holds the other one (or lies in it), whole or a share of it in pence.

    claim and stated_on are the reference and the day of the claim that states it.
    """

    pot: str
    holds: bool
    whole: bool
    low: int | None
    high: int | None
    claim: str
    stated_on: date


@dataclass(frozen=True)
class Explanation:
    """All of the above for one pot, as at a day.

    amount is read with what is allocated or spent as firm. own = amount - shared, never below 0, in each scenario, and
    is the sum of the pot's ledger entries.
    """

    reference: str
    amount: Amounts | None
    own: Amounts
    shared: list
    steps: list
    links: list
    flags: dict


def explain(pot, *, as_at=None):
    """The Explanation of a Pot, replayed from the published claims; a fixed number of queries for a family of any size.

    as_at: a day; None for all that is known.
    """
    family = claims.read(claims.family_of(pot))
    explained = explanations(family, claims.tree(), as_at=as_at)
    return explained.get(pot.reference) or Explanation(pot.reference, None, Amounts(0, 0), [], [], [], {})


def explanations(family, tree, *, as_at=None):
    """{reference: Explanation} of every pot in a whole link family, from one replay of its counting.Claims."""
    steps, owns, last_divided, stating, last = defaultdict(list), {}, {}, {}, None
    for day in counting.days(family, tree, as_at, entries=False):
        last = day
        stating |= statements(day.claims)
        divided = day.divided[Measure.ANNOUNCED]
        said = defaultdict(list)
        for claim in day.claims:
            said[claim.pot].append(Said(claim.reference, claim.effect, why_uncounted(claim)))
        for reference in day.touched:
            if reference not in day.pots:
                continue
            last_divided[reference] = divided
            before, own = owns.get(reference, Amounts(0, 0)), own_money(divided, reference)
            owns[reference] = own
            if reference in said or own != before:
                state = day.pots[reference]
                steps[reference].append(Step(day.day, said[reference], state.amount, state.allocated, state.spent, own))
    if last is None:
        return {}
    flags, linked = counting.flags(last), by_pot(last.links)
    return {
        reference: Explanation(
            reference=reference,
            amount=Amounts(*state.read_amount) if state.amount else None,
            own=owns.get(reference, Amounts(0, 0)),
            shared=shared(last_divided.get(reference), reference),
            steps=steps[reference],
            links=links(linked[reference], stating, reference),
            flags={flag: Flag(flag).label for flag in sorted(flags.get(reference, ()))},
        )
        for reference, state in last.pots.items()
    }


def by_pot(held):
    """{reference: the links that it is an end of}, of {(outer, inner): figures.Link}."""
    found = defaultdict(dict)
    for pair, link in held.items():
        for reference in pair:
            found[reference][pair] = link
    return found


def own_money(divided, reference):
    return Amounts(*(own.own.get(reference, 0) for own in divided)) if divided else Amounts(0, 0)


def shared(divided, reference):
    """What comes off a pot, by the pot whose money it is."""
    if not divided:
        return []
    found = {}
    for end, own in enumerate(divided):
        inside = own.holding.inside.get(reference, ())
        for inner, pence in own.taken_off(reference).items():
            found.setdefault((inner, "whole" if inner in inside else "share"), [0, 0])[end] += pence
        for inner, pence in own.promised.get(reference, {}).items():
            found.setdefault((inner, "promise"), [0, 0])[end] += pence
    return [Shared(inner, kind, *ends) for (inner, kind), ends in sorted(found.items()) if any(ends)]


def statements(claims):
    """Which of a day's claims, in their order, is the last to state each link: {(outer, inner): claim}. Proposals never do."""
    return {
        (link.outer, link.inner): claim for claim in claims if claim.effect != Effect.PROPOSES for link in claim.links
    }


def links(held, stating, reference):
    """The links of a pot that hold now. held: {(outer, inner): figures.Link}; stating: the claim that states each."""
    return [
        Link(
            inner if holds else outer,
            holds,
            link.whole,
            link.low,
            link.high,
            stating[outer, inner].reference,
            stating[outer, inner].day,
        )
        for (outer, inner), link in sorted(held.items())
        if reference in (outer, inner)
        for holds in [outer == reference]
    ]
