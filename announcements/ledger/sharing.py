"""What pots share, and what is each pot's own: every pound once. Pure.

Amounts are pence by pot; a pot without a counted amount is not in them. Source: COUNTING.md beside this file.
"""

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Holding:
    """Who holds whom at one day, for one set of amounts and one end of the open shares.

    inside: all pots that a pot holds whole, at any depth. part: pence of the shares that a pot has of others.
    order: inner pots first, by the longest chain of links inside them, then as announced.
    """

    order: list
    inside: dict
    part: dict
    sharers: dict = field(default_factory=dict)

    def shared_with(self, pot):
        """The pots not inside this one that it, or a pot inside it, has a share of, in order."""
        return self.sharers[pot]


def hold(pots, links, highs, *, open_shares_full):
    """The Holding of these pots.

    pots: references as announced. links: {(outer, inner): Link}. highs: high ends by pot, in pence. A share that
    reaches its pot's high end holds it whole, or the parts that exceed the pot would be missed; a share of nothing
    reaches nothing, and a pot without an amount has no end to reach. An unknown share runs from nothing to the
    smaller of the two high ends.
    """
    known = set(pots)
    wholes: dict[str, list] = {pot: [] for pot in pots}
    part: dict[str, dict] = {pot: {} for pot in pots}
    below: dict[str, list] = {pot: [] for pot in pots}
    for (outer, inner), link in links.items():
        if outer not in known or inner not in known:
            continue
        below[outer].append(inner)
        if link.whole:
            wholes[outer].append(inner)
            continue
        if link.unknown:
            share = min(highs.get(outer, 0), highs.get(inner, 0)) if open_shares_full else 0
        else:
            share = link.high if open_shares_full else link.low
        if share and inner in highs and share >= highs[inner]:
            wholes[outer].append(inner)
        elif share:
            part[outer][inner] = share
    depth = longest_chains(below)
    order = sorted(pots, key=lambda pot: depth[pot])  # stable: as announced among equals
    rank = {pot: n for n, pot in enumerate(order)}
    inside: dict[str, list] = {}
    sharers = {}
    for pot in order:
        held = set(wholes[pot]).union(*(inside[inner] for inner in wholes[pot]))
        partly = set(part[pot]).union(*(part[inner] for inner in held)) - held
        inside[pot] = sorted(held, key=rank.__getitem__)
        sharers[pot] = sorted(partly, key=rank.__getitem__)
    return Holding(order, inside, part, sharers)


def longest_chains(below):
    """The length of the longest chain of links inside each pot. Links never form a cycle: those are refused."""
    depth: dict[str, int] = {}
    for start in below:
        stack = [start]
        while stack:
            pot = stack[-1]
            waiting = [inner for inner in below[pot] if inner not in depth]
            if waiting and pot not in depth:
                stack += waiting
            else:
                stack.pop()
                depth[pot] = max((depth[inner] + 1 for inner in below[pot]), default=0)
    return depth


@dataclass
class Own:
    """How money divides in one scenario, in pence by pot.

    own: what is a pot's own. shared: {pot: {inner pot: pence}} of other pots' money that lies in it, all of which comes
    off it but where stages lie apart: there apart is the fraction of it that does. promised: {pot: {inner pot: pence}}
    of unpaid promises that come off it, because another pot keeps them.
    """

    holding: Holding
    own: dict = field(default_factory=dict)
    shared: dict = field(default_factory=dict)
    promised: dict = field(default_factory=dict)
    apart: dict = field(default_factory=dict)

    def taken_off(self, pot):
        """What comes off a pot as shared, as {inner pot: pence}, fractions of a penny dropped."""
        apart = self.apart.get(pot, 1)
        return {inner: int(pence * apart) for inner, pence in self.shared[pot].items()}


def divide(holding, amounts, own_of=None):
    """Divide amounts into what is own and what is shared, inner pots first, as an Own.

    own_of(pot, amount, taken, result) gives a pot's own money; by default its amount less what it shares, never
    below 0. It may note promises or a fraction that lies apart in the result.
    """
    result = Own(holding)
    own, shared = result.own, result.shared
    further: dict[str, dict] = {}
    for pot in holding.order:
        inside = holding.inside[pot]
        held = {inner: own[inner] for inner in inside if own[inner]}
        left = dict(held)
        further[pot] = {}
        for other in holding.shared_with(pot):
            amount = amounts.get(other, 0)
            through = sum(further[inner].get(other, 0) for inner in inside)
            own_share = min(amount, holding.part[pot].get(other, 0))
            further[pot][other] = max(0, own_share - through)
            need = min(amount, max(through, own_share))
            lies_in_both = shared[other]
            for inner in [inner for inner in holding.order if inner in left and inner in lies_in_both] if left else ():
                use = min(need, left[inner], lies_in_both[inner])
                left[inner] -= use
                need -= use
            if need:
                held[other] = left[other] = need
        taken = sum(held.values())
        amount = amounts.get(pot, 0)
        shared[pot] = held
        own[pot] = (own_of or plainly)(pot, amount, taken, result)
    return result


def plainly(pot, amount, taken, result):
    return max(0, amount - taken)


def divide_stage_at_ceiling(holding, amounts, announced):
    """What is allocated or spent, at the ceiling: apart from what lies inside, as far as the pot has room beside it.

    The room is the announced amount of the pot, or its own amount in this stage where that is more; only what finds
    no room is shared. announced: high ends, in pence.
    """

    def own_of(pot, amount, taken, result):
        own = min(amount, max(0, max(announced.get(pot, 0), amount) - taken))
        if own > plainly(pot, amount, taken, result):
            result.apart[pot] = Fraction(amount - own, taken)
        return own

    return divide(holding, amounts, own_of)


def divide_firm(holding, lows, highs):
    """The firm scenario: every promise pays nothing, and still lies in the firm pots around it.

    In order each pot keeps, of a promise that lies in it, as much as no pot keeps yet, as far as its own money
    reaches; what is missing of it because pots not inside this one keep it comes off its own money.
    lows, highs: amounts in pence. The holding has its open shares full.
    """
    full = divide(holding, highs)
    promise: dict[str, int] = {}
    kept: dict[str, dict] = {}
    inside = {pot: set(pots) for pot, pots in holding.inside.items()}

    def lies(inner, pot, result):
        if inner in inside[pot]:
            return promise[inner]
        more = full.shared[pot].get(inner, 0) - result.shared[pot].get(inner, 0)
        return min(promise[inner], max(0, more))

    def own_of(pot, amount, taken, result):
        own = plainly(pot, amount, taken, result)
        may, lost = {}, {}
        for inner, keepers in kept.items():
            lying = lies(inner, pot, result)
            if not lying:
                continue
            missing = lying - sum(pence for keeper, pence in keepers.items() if keeper in inside[pot])
            may[inner] = min(max(0, missing), promise[inner] - sum(keepers.values()))
            if missing > may[inner]:
                lost[inner] = missing - may[inner]
        own = max(0, own - sum(lost.values()))
        result.promised[pot] = lost
        room = own
        for inner, pence in may.items():
            keeps = min(pence, room)
            if keeps:
                kept[inner][pot] = keeps
                room -= keeps
        promise[pot] = max(0, full.own[pot] - room)
        if promise[pot]:
            kept[pot] = {}
        return own

    return divide(holding, lows, own_of)
