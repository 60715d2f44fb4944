"""The repeat radar: which published pots the claims being entered are likely about, and on which nobody has looked yet.

Every published telling of a pot (the claims that introduce, repeat or revise it) is compared by amount and name; of
those that come near in one of them, or share a programme, the points are counted (intake.matching).
"""

import datetime
from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import Q

from programmes.models import Programme

from ..choices import Bound, Effect
from ..intake.matching import MOST_FOR_ONE_REASON, Among, Said, Why, rounding, words
from ..intake.matching import likely as likeliest
from ..ledger.figures import to_pence
from ..models import Claim, Pot, PotFacet
from .pots import TOLD_BY, told
from .reading import Announcement

NAMED = 5
"""How many pots are shown for a claim."""
ALIKE = 40
"""How many tellings of the likest names are compared in full."""
COMMON = 100
"""A programme that more pots share is no reason to compare them all."""
RETOLD = (Effect.REPEATS, Effect.REVISES)
COLUMNS = (
    "pot__reference",
    "announcement__announced_on",
    "name",
    "as_stated",
    "amount",
    "high",
    "bound",
    "currency",
    "rate",
    "theme",
    "start_fy",
    "end_fy",
)


class Candidate(NamedTuple):
    """A published pot that a claim may be about, told so that an editor knows it, and why it may be.

    linked: the claim says already how the two share money. A look is demanded where more speaks for it than any one
    reason could, and nothing is said yet.
    """

    reference: str
    name: str
    amount: str
    programmes: tuple[str, ...]
    day: datetime.date
    announcement: str
    title: str
    reasons: tuple[str, ...]
    score: float
    linked: bool = False

    @property
    def demands_a_look(self):
        return self.score > MOST_FOR_ONE_REASON and not self.linked


def likely(record, *, besides=""):
    """{claim's key, or its place while it has none: [Candidate]} of a record's claims that introduce a pot, likeliest first.

    Pots announced after the record's day are left out, and those that the announcement `besides` introduces. Takes eight
    queries at most, however many claims and pots there are.
    """
    said = Announcement.read(record)
    asked = [(claim, _as_said(said, claim)) for claim in said.claims if claim.introduces]
    if not any(one.high is not None or one.name or one.programmes for _, one in asked):
        return {claim.mark: [] for claim, _ in asked}
    earlier = _Earlier(said, besides, frozenset().union(*(one.programmes for _, one in asked)))
    found = {claim.mark: likeliest(one, earlier.near(one), NAMED, earlier.among) for claim, one in asked}
    references = {pot.key for pots in found.values() for pot in pots}
    pots = {pot.reference: told(pot) for pot in Pot.objects.filter(reference__in=references).prefetch_related(*TOLD_BY)}
    return {
        claim.mark: [_candidate(pot, pots[pot.key], said, claim, one) for pot in found[claim.mark]]
        for claim, one in asked
    }


def unlooked(candidates, looked):
    """The (claim's key, Candidate) pairs that demand a look and that nobody has given a verdict on.

    candidates: as `likely` gives them; looked: {claim's key: [{"pot": reference, "verdict": …}]}.
    """
    seen = {key: {one.get("pot") for one in verdicts if one.get("verdict")} for key, verdicts in looked.items()}
    return [
        (key, candidate)
        for key, some in candidates.items()
        for candidate in some
        if candidate.demands_a_look and candidate.reference not in seen.get(key, ())
    ]


class _Earlier:
    """Every telling of a pot published up to a record's day, and what is common `among` them."""

    def __init__(self, said, besides, programmes):
        claims = Claim.objects.published().filter(Q(introduces_pot=True) | Q(effect__in=RETOLD))
        facets = PotFacet.objects.filter(name="programme")
        if said.day:
            claims = claims.filter(announcement__announced_on__lte=said.day)
        if besides:
            claims = claims.exclude(Q(pot__reference__startswith=f"{besides}#") | Q(announcement__slug=besides))
        slugs = dict(Programme.objects.filter(name__in=programmes).values_list("slug", "name")) if programmes else {}
        of_pot = defaultdict(set)
        for slug, reference in facets.filter(value__in=slugs).values_list("value", "pot__reference"):
            of_pot[reference].add(slugs[slug])
        self.tellings = [
            _telling(frozenset(of_pot.get(reference, ())), reference, *row)
            for reference, *row in claims.latest_first().values_list(*COLUMNS)
        ]
        self.among = Among.of(self.tellings)
        self.by_amount, self.by_word, self.by_programme = {}, defaultdict(list), defaultdict(list)
        for place, telling in enumerate(self.tellings):
            if telling.high is not None:
                if telling.high not in self.by_amount:
                    self.by_amount[telling.high] = _most_off(telling.high), []
                self.by_amount[telling.high][1].append(place)
            for word in words(telling.name):
                self.by_word[word].append(place)
            for programme in telling.programmes:
                self.by_programme[programme].append(place)

    def near(self, one):
        """The tellings that could be the claim's: of about its amount, of the likest names, or of a programme of its that
        is not everybody's."""
        places = set()
        for programme in one.programmes:
            if self.among.programmes[programme] <= COMMON:
                places.update(self.by_programme[programme])
        if one.high is not None:
            off = int(rounding(one)) + 1
            for high, (most, of_it) in self.by_amount.items():
                if abs(high - one.high) <= off + most:
                    places.update(of_it)
        shared = Counter()
        for word in words(one.name):
            weight = self.among.weight(word)
            for place in self.by_word.get(word, ()):
                shared[place] += weight
        places.update(place for place, _ in shared.most_common(ALIKE))
        return [self.tellings[place] for place in sorted(places)]


def _most_off(pence):
    """By how much a sum can be off at most, however it is worded: `half_unit` of its digits alone, up to the penny."""
    digits = str(pence)
    return 10 ** (len(digits) - len(digits.rstrip("0"))) // 2 + 1


def _telling(programmes, reference, day, name, as_stated, amount, high, bound, currency, rate, theme, first, last):
    """One telling of a pot, in pence as stated, before years."""
    stated = high if bound == Bound.RANGE else amount
    if currency != "GBP":
        stated = None if stated is None or rate is None else to_pence(stated, 1, rate)
    return Said(reference, name, stated, as_stated, programmes, theme, first, last, day)


def _as_said(said, claim):
    programmes = frozenset(said.programmes_of(claim))
    theme = claim.theme or None
    return Said(
        "", claim.name, claim.stated_pence, claim.as_stated, programmes, theme, claim.start, claim.end, said.day
    )


def _candidate(pot, known, said, claim, one):
    """known: the pot as it is Told."""
    shared = sorted(one.programmes & set(known.programmes))
    reasons = tuple(
        f"{why.value}: {', '.join(shared)}" if why == Why.SAME_PROGRAMME and shared else why.value
        for why in pot.reasons
    )
    linked = pot.key in {said.full(link.pot) for link in claim.links}
    return Candidate(
        pot.key,
        known.name,
        known.amount,
        known.programmes,
        known.day,
        known.announcement,
        known.title,
        reasons,
        pot.score,
        linked,
    )
