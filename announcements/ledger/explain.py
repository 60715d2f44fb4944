"""Why a pot counts as it does: its claims day by day, what it shares with which pots, and what is left as its own."""

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
    steps, last, own = [], None, Amounts(0, 0)
    divided, stating = None, {}
    for day in counting.days(family, claims.tree(), until=as_at):
        last = day
        stating |= statements(day.claims)
        state = day.pots.get(pot.reference)
        if state is None or pot.reference not in day.touched:
            continue
        divided = day.divided[Measure.ANNOUNCED]
        before, own = own, own_money(divided, pot.reference)
        about = [
            Said(claim.reference, claim.effect, why_uncounted(claim))
            for claim in day.claims
            if claim.pot == pot.reference
        ]
        if about or own != before:
            steps.append(Step(day.day, about, state.amount, state.allocated, state.spent, own))
    if last is None or pot.reference not in last.pots:
        return Explanation(pot.reference, None, own, [], [], [], {})
    state = last.pots[pot.reference]
    return Explanation(
        reference=pot.reference,
        amount=Amounts(*state.read_amount) if state.amount else None,
        own=own,
        shared=shared(divided, pot.reference),
        steps=steps,
        links=links(last.links, stating, pot.reference),
        flags={flag: Flag(flag).label for flag in sorted(counting.flags(last).get(pot.reference, ()))},
    )


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
