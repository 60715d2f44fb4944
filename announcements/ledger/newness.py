"""How new was what an announcement said: each pound that it spoke of, by what the ledger held before it spoke and after.

What an announcement said is the sum of its *said* entries, and `spoken` splits exactly that. The claims of its link
families are replayed by the rules of counting up to the moment before it (everything said earlier, of its own day what
other announcements introduced or what comes before it in the order of counting) and once more with its own claims. Of
each sum that it said, in both scenarios:

1. **What lies in the sum** is its pot's own money and what comes off it for the pots inside it.
2. **Gained** is what a pot that the announcement gives a figure has more of its own than before. Money that was an
   unpaid promise before and is firm now was announced before; so firm gains only what both ends gain, or what even the
   higher end before did not reach. Each pound is gained once, in the first sum that it lies in.
3. **Come out of a pot around it** is gained money that now lies in a pot that has less of its own than before: it was
   announced there.
4. What is gained otherwise is new, moved or others' as its pot is described: *new* is public and shown to be new, as in
   every total; "partly new" and "unclear" are unexplained, and so is money whose payer is not known.
5. **Already announced** is what lay there before, in the sum's own pot where it lay in that before, else in the pot
   inside. A sum that is smaller than what lies in it (a top-up, a share of it handed out) is filled from what was gained
   first; one that is larger has a rest, which nobody has explained.

Pure but for `of`, which reads the claims and the said entries.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Sum

from ..choices import PUBLIC_SECTORS, Additionality, Measure, Novelty, Sector
from ..models import LedgerEntry, Pot
from . import claims, counting
from .counting import GIVES_A_FIGURE
from .layout import spread
from .totals import Amounts

OTHERS = frozenset({Sector.INDUSTRY, Sector.CHARITY, Sector.FOREIGN})
FIRM, CEILING = ENDS = 0, 1


@dataclass(frozen=True)
class Slice:
    """Some of what was said, in pence: what kind it is, and where it was announced before (a pot's reference; "" where it
    was not, or where no record says where)."""

    kind: Novelty
    pot: str
    firm: int
    ceiling: int


@dataclass(frozen=True)
class Spoken:
    """What an announcement did. said is the sum of the slices, in both scenarios.

    By pot: moved is what it adds since, more or less than before; inside what lies in it of other pots and is counted
    there; came what it gained out of pots around it, where that was counted before; around the pots that hold it whole,
    the innermost first. inside and came are of the pots that the announcement speaks of, as {other pot: Amounts}.
    """

    said: Amounts
    slices: list
    moved: dict
    inside: dict
    came: dict
    around: dict


@dataclass
class Standing:
    """What each pot of some families has at a moment, as announced: its own money, and what lies in it of others', each
    as a (firm, ceiling) pair of dicts in pence."""

    own: tuple = field(default_factory=lambda: ({}, {}))
    holds: tuple = field(default_factory=lambda: (defaultdict(dict), defaultdict(dict)))

    def take(self, day):
        """Bring it to the end of a counting.Day; only the pots that the day touched can have moved."""
        both = day.divided[Measure.ANNOUNCED]
        for pot in day.touched:
            for end in ENDS:
                self.own[end][pot] = both[end].own.get(pot, 0) if both else 0
                self.holds[end][pot] = {}
                for inside in (both[end].taken_off(pot), both[end].promised.get(pot, {})) if both else ():
                    for inner, pence in inside.items():
                        self.holds[end][pot][inner] = self.holds[end][pot].get(inner, 0) + pence

    def copy(self):
        return Standing(tuple(dict(own) for own in self.own), tuple(defaultdict(dict, holds) for holds in self.holds))

    def most(self, pot):
        """The higher end of a pot's own money."""
        return max(self.own[end].get(pot, 0) for end in ENDS)


def of(announcement):
    """The Spoken of a published Announcement, by its said entries; a fixed number of queries for families of any size."""
    own = list(announcement.claims.all())
    about = {claim.pot_id for claim in own}
    family = set(
        Pot.objects.filter(
            family__in=Pot.objects.filter(pk__in=about).exclude(family="").order_by().values("family")
        ).values_list("pk", flat=True)
    )
    references = [f"{announcement.slug}#{claim.key}" for claim in own]
    entries = LedgerEntry.objects.filter(measure=Measure.SAID, pot__in=about, cause__in=references).order_by()
    sums = entries.values_list("pot__reference").annotate(f=Sum("firm"), c=Sum("ceiling"))
    said = {pot: (int(firm), int(ceiling)) for pot, firm, ceiling in sums}
    return spoken(claims.read(family | about), claims.tree(), announcement.slug, said)


def spoken(family, tree, announcement, said):
    """The Spoken of an announcement (its id). family: the counting.Claims of whole link families, among them its own;
    said: what it said of each pot, as {reference: (firm, ceiling)} in pence."""
    own = sorted((claim for claim in family if claim.announcement == announcement), key=lambda claim: claim.order)
    if not own:
        return Spoken(Amounts(0, 0), [], {}, {}, {}, {})
    before, after, last = _replayed(family, tree, own)
    gives = {claim.pot for claim in own if claim.introduces or claim.effect in GIVES_A_FIGURE}
    first = {}
    for place, claim in enumerate(own):
        first.setdefault(claim.pot, place)
    sums = sorted((pot for pot in said if any(said[pot])), key=lambda pot: (first.get(pot, len(own)), pot))
    found = defaultdict(lambda: [0, 0])
    came_out = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for end in ENDS:
        gained = _gained(before, after, end, gives)
        came = _came_out_of(before, after, end, gained)
        for pot, outers in came.items():
            for outer, pence in outers.items():
                came_out[pot][outer][end] += pence
        for pot in sums:
            for kind, where, pence in _split(said[pot][end], pot, before, after, end, gained, came, last.pots):
                found[kind, where][end] += pence
    order = {kind: place for place, kind in enumerate(Novelty)}
    return Spoken(
        Amounts(*(sum(said[pot][end] for pot in sums) for end in ENDS)),
        [
            Slice(kind, where, *ends)
            for (kind, where), ends in sorted(
                found.items(), key=lambda row: (order[row[0][0]], -max(row[1]), row[0][1])
            )
        ],
        _moved(before, after),
        {pot: _inside(after, pot) for pot in first},
        {pot: {outer: Amounts(*ends) for outer, ends in outers.items()} for pot, outers in came_out.items()},
        _around(last),
    )


def _replayed(family, tree, own):
    """The Standing before and after an announcement's own claims, and the Day on which it spoke."""
    day, announcement = own[0].day, own[0].announcement
    earlier = [
        claim
        for claim in family
        if claim.day < day
        or (
            claim.day == day
            and claim.announcement != announcement
            and (claim.introduces or claim.announcement < announcement)
        )
    ]
    introduced = {claim.pot for claim in earlier if claim.introduces}
    replay, standing = counting.Family(tree), Standing()
    by_day = defaultdict(list)
    for claim in earlier:
        if claim.pot in introduced:
            by_day[claim.day].append(claim)
    for when in sorted(by_day):
        standing.take(replay.live(when, sorted(by_day[when], key=lambda claim: claim.order), entries=False))
    before = standing.copy()
    introduced |= {claim.pot for claim in own if claim.introduces}
    last = replay.live(day, [claim for claim in own if claim.pot in introduced], entries=False)
    standing.take(last)
    return before, standing, last


def _gained(before, after, end, gives):
    """{pot: pence that it has more of its own at one end} of the pots that the announcement gives a figure."""
    gained = {}
    for pot in gives:
        more = [after.own[one].get(pot, 0) - before.own[one].get(pot, 0) for one in ENDS]
        beyond = after.own[FIRM].get(pot, 0) - before.most(pot)
        pence = max(min(more), beyond) if end == FIRM else more[CEILING]
        if pence > 0:
            gained[pot] = pence
    return gained


def _came_out_of(before, after, end, gained):
    """{pot: {pot around it: pence}} of what was gained and lies in pots that have less of their own than before."""
    came, left = defaultdict(dict), dict(gained)
    for outer in sorted(after.holds[end]):
        falls = [before.own[one].get(outer, 0) - after.own[one].get(outer, 0) for one in ENDS]
        lost = max(falls) if end == FIRM else falls[CEILING]
        takers = {
            inner: min(pence - before.holds[end][outer].get(inner, 0), left.get(inner, 0))
            for inner, pence in after.holds[end][outer].items()
        }
        takers = {inner: pence for inner, pence in takers.items() if pence > 0}
        if lost <= 0 or not takers:
            continue
        for inner, pence in spread(min(lost, sum(takers.values())), takers, str).items():
            came[inner][outer] = pence
            left[inner] -= pence
    return came


def _split(said, pot, before, after, end, gained, came, pots):
    """Yield (kind, where, pence) that add up to what was said of a pot. Takes off gained and came what it uses."""
    inside = {pot: after.own[end].get(pot, 0)} | after.holds[end].get(pot, {})
    wanted = {inner: min(pence, gained.get(inner, 0)) for inner, pence in inside.items()}
    used = wanted if sum(wanted.values()) <= said else spread(said, wanted, str)
    fresh, moved_out, there = defaultdict(int), defaultdict(int), defaultdict(int)
    for inner, pence in inside.items():
        use = used.get(inner, 0)
        pence -= use
        if use:
            gained[inner] -= use
            for outer in came.get(inner, {}):
                out = min(came[inner][outer], use)
                came[inner][outer] -= out
                moved_out[outer] += out
                use -= out
            fresh[_kind(pots[inner].description)] += use
        lay = pence if inner == pot else min(pence, before.holds[end].get(pot, {}).get(inner, 0))
        there[pot] += lay
        there[inner] += pence - lay
    left = said - sum(used.values())
    unexplained = max(0, left - sum(there.values()))
    fresh[Novelty.UNEXPLAINED] += unexplained
    before_that = [*moved_out.items(), *spread(left - unexplained, there, str).items()]
    yield from ((kind, "", pence) for kind, pence in fresh.items() if pence)
    yield from ((Novelty.ALREADY, where, pence) for where, pence in before_that if pence)


def _kind(description):
    """What gained money is, by the description of its pot."""
    if description.sector in OTHERS:
        return Novelty.OTHERS
    if description.additionality == Additionality.ALREADY_ANNOUNCED:
        return Novelty.ALREADY
    if description.additionality in (Additionality.MOVED, Additionality.RESTORED):
        return Novelty.MOVED
    if description.additionality == Additionality.NEW and description.sector in PUBLIC_SECTORS:
        return Novelty.NEW
    return Novelty.UNEXPLAINED


def _moved(before, after):
    moved = {}
    for pot in after.own[FIRM]:
        more = Amounts(*(after.own[end].get(pot, 0) - before.own[end].get(pot, 0) for end in ENDS))
        if any(more):
            moved[pot] = more
    return moved


def _inside(standing, pot):
    held = [standing.holds[end].get(pot, {}) for end in ENDS]
    both = {
        inner: Amounts(*(inside.get(inner, 0) for inside in held)) for inner in sorted({*held[FIRM], *held[CEILING]})
    }
    return {inner: ends for inner, ends in both.items() if any(ends)}


def _around(day):
    """{pot: the pots that hold it whole at the end of a Day, the innermost first}."""
    inner_first = {}
    for outer, inner in sorted(pair for pair, link in day.links.items() if link.whole):
        inner_first.setdefault(inner, []).append(outer)
    found = {}
    for pot in inner_first:
        way, todo = [], [pot]
        while todo:
            for outer in inner_first.get(todo.pop(0), ()):
                if outer not in way:
                    way.append(outer)
                    todo.append(outer)
        found[pot] = way
    return found
