"""The repeat radar: which published pots the claims being entered are likely about, and on which nobody has looked yet.

Every published telling of a pot (the claims that introduce, repeat or revise it) is compared by amount and name; of
those that come near in one of them, or share a programme, the points are counted (intake.matching).
"""

import datetime
from collections import Counter, defaultdict
from typing import NamedTuple

from django.db.models import Q
from rapidfuzz import fuzz, process, utils

from programmes.models import Programme

from ..choices import Bound, Effect
from ..intake.matching import Said, Why
from ..intake.matching import likely as likeliest
from ..ledger.figures import half_unit, to_pence
from ..models import Claim, Pot, PotFacet
from .pots import TOLD_BY, told
from .reading import Announcement

NAMED = 5
"""How many pots are shown for a claim."""
DEMANDING = 30
"""Points from which a pot has to be looked at before anything is published as new."""
ALIKE = 40
"""How many tellings of the likest names are compared in full."""
COMMON = 100
"""A programme that more pots share is no reason to compare them all."""
RETOLD = (Effect.REPEATS, Effect.REVISES)
COLUMNS = (
    "pot__reference",
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

    linked: the claim says already how the two share money.
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
        return self.score >= DEMANDING and not self.linked


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
    found = {claim.mark: likeliest(one, earlier.near(one), NAMED, earlier.sharing) for claim, one in asked}
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
    """Every telling of a pot published up to a record's day, and which of the record's programmes each pot belongs to.

    `sharing`: how many pots belong to each of these programmes.
    """

    def __init__(self, said, besides, programmes):
        claims = Claim.objects.published().filter(Q(introduces_pot=True) | Q(effect__in=RETOLD))
        facets = PotFacet.objects.filter(name="programme")
        if said.day:
            claims = claims.filter(announcement__announced_on__lte=said.day)
            facets = facets.filter(pot__reference__lt=str(said.day + datetime.timedelta(days=1)))
        if besides:
            own = Q(pot__reference__startswith=f"{besides}#")
            claims = claims.exclude(own | Q(announcement__slug=besides))
            facets = facets.exclude(own)
        slugs = dict(Programme.objects.filter(name__in=programmes).values_list("slug", "name")) if programmes else {}
        of_pot = defaultdict(set)
        for slug, reference in facets.filter(value__in=slugs).values_list("value", "pot__reference"):
            of_pot[reference].add(slugs[slug])
        self.sharing = Counter(name for names in of_pot.values() for name in names)
        self.tellings = [
            _telling(row, frozenset(of_pot[row["pot__reference"]])) for row in claims.latest_first().values(*COLUMNS)
        ]
        self.names = [utils.default_process(telling.name) for telling in self.tellings]
        self.rough = [half_unit("", telling.high) if telling.high else 0 for telling in self.tellings]

    def near(self, one):
        """The tellings that could be the claim's: about its amount, of the likest names, or of a rarer programme of its."""
        places = {place for place, telling in enumerate(self.tellings) if self._rarely_shared(one, telling)}
        if one.high is not None:
            off = half_unit(one.as_stated, one.high)
            places.update(
                place
                for place, telling in enumerate(self.tellings)
                if telling.high is not None and abs(telling.high - one.high) <= off + self.rough[place]
            )
        name = utils.default_process(one.name)
        for scorer in (fuzz.token_sort_ratio, fuzz.token_set_ratio) if name else ():
            places.update(place for _, _, place in process.extract(name, self.names, scorer=scorer, limit=ALIKE))
        return [self.tellings[place] for place in sorted(places)]

    def _rarely_shared(self, one, telling):
        return any(self.sharing[name] <= COMMON for name in one.programmes & telling.programmes)


def _telling(row, programmes):
    """One telling of a pot, in pence as stated, before years."""
    high = row["high"] if row["bound"] == Bound.RANGE else row["amount"]
    rate = 1 if row["currency"] == "GBP" else row["rate"]
    return Said(
        row["pot__reference"],
        row["name"],
        None if high is None or rate is None else to_pence(high, 1, rate),
        row["as_stated"],
        programmes,
        row["theme"],
        row["start_fy"],
        row["end_fy"],
    )


def _as_said(said, claim):
    return Said(
        claim.mark,
        claim.name,
        claim.stated_pence,
        claim.as_stated,
        frozenset(said.programmes_of(claim)),
        claim.theme or None,
        claim.start,
        claim.end,
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
