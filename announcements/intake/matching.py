"""The repeat radar: which earlier pots a claim being entered is likely about, and why. Pure.

A pot's score is the sum of what speaks for it, in points:

    the amount is the same                  30, less where many pots have it
    or it is the same as far as both are rounded                          12
    a programme is the same          25, less where many pots belong to it
    the wording is alike   up to 30, by how rare the words are that both have
    it was told a month, half a year or a year before             12, 8 or 4
    the years are the same, or some of them                          10 or 5
    the theme is the same                                                  5

The points order the pots and say nothing else: no score makes a repeat, the editor does. They were chosen on the real
announcements: of 39 repeats of an earlier announcement's pot 36 are named first, and all 39 among five.
"""

import datetime
import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from rapidfuzz import fuzz, utils

from ..ledger.figures import half_unit


class Why(Enum):
    """What speaks for a pot, as editors read it."""

    SAME_AMOUNT = "Same amount"
    WITHIN_ROUNDING = "Same amount within rounding"
    SAME_PROGRAMME = "Same programme"
    SAME_PERIOD = "Same years"
    PERIODS_MEET = "Some of the same years"
    SAME_THEME = "Same theme"
    ALIKE = "Similar wording"
    RECENT = "Told shortly before"


class Said(NamedTuple):
    """What is known of a claim being entered, or of a pot: what is empty or None speaks neither for nor against.

    key is the pot's, and name what the sum is. high is the sum, or its high end, in pence: what "£50m" and "up to £50m"
    have in common; as_stated is its wording, which says how far it is rounded. first and last are financial years, day
    is when it was told.
    """

    key: str = ""
    name: str = ""
    high: int | None = None
    as_stated: str = ""
    programmes: frozenset[str] = frozenset()
    theme: str | None = None
    first: int | None = None
    last: int | None = None
    day: datetime.date | None = None


class Likely(NamedTuple):
    """A pot that a claim may be about, with its points and every reason for it, the weightiest first."""

    key: str
    score: float
    reasons: tuple[Why, ...]


class Among(NamedTuple):
    """How common it is what tellings of pots say: of how many there are, and by how many pots an amount and a programme
    is shared, and a word by how many tellings."""

    tellings: int
    amounts: Mapping[int | None, int]
    programmes: Mapping[str, int]
    words: Mapping[str, int]

    @classmethod
    def of(cls, pots: Iterable[Said]) -> "Among":
        pots = list(pots)
        return cls(
            len(pots),
            Counter(high for _, high in {(pot.key, pot.high) for pot in pots}),
            Counter(programme for _, programme in {(pot.key, name) for pot in pots for name in pot.programmes}),
            Counter(word for pot in pots for word in words(pot.name)),
        )

    def weight(self, word: str) -> float:
        """How much a word says: the more, the fewer tellings have it."""
        return math.log(1 + (self.tellings + 1) / (1 + self.words.get(word, 0))) ** 2


STRONG = frozenset({Why.SAME_AMOUNT, Why.WITHIN_ROUNDING, Why.SAME_PROGRAMME, Why.ALIKE})
MOST_FOR_ONE_REASON = 30
ALIKE = 0.2
"""From here on wordings count as alike."""
RECENT = ((31, 12), (183, 8), (366, 4))
"""Days since it was told, and points."""
WORD = re.compile(r"[^\W_]+")
EMPTY = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "first",
        "for",
        "from",
        "in",
        "is",
        "it",
        "its",
        "more",
        "new",
        "of",
        "on",
        "over",
        "the",
        "to",
        "with",
        "year",
        "years",
    ]
)


def likely(said: Said, pots: Iterable[Said], limit: int = 5, among: Among | None = None) -> list[Likely]:
    """The pots that the claim is most likely about, best first, at most limit; of equal ones the first given.

    A pot that was spoken of several times may be given as often, each time as it was told: the likest counts. A pot of
    which only theme, years or day agree is not named. among: what is common among all pots, where these are not all.
    """
    pots = list(pots)
    among = among or Among.of(pots)
    found: dict[str, Likely] = {}
    for pot in pots:
        points = [point for point in _points(said, pot, among) if point[1] > 0]
        if any(why in STRONG for why, _ in points):
            points.sort(key=lambda point: -point[1])
            one = Likely(pot.key, round(sum(worth for _, worth in points), 1), tuple(why for why, _ in points))
            found[pot.key] = max(found.get(pot.key, one), one, key=lambda pot: pot.score)
    return sorted(found.values(), key=lambda pot: -pot.score)[:limit]


def _points(said: Said, pot: Said, among: Among) -> Iterable[tuple[Why, float]]:
    if said.high is not None and pot.high is not None:
        if said.high == pot.high:
            yield Why.SAME_AMOUNT, 30 / (1 + math.log10(among.amounts[pot.high]) / 2)
        elif abs(said.high - pot.high) <= rounding(said) + rounding(pot):
            yield Why.WITHIN_ROUNDING, 12
    if shared := said.programmes & pot.programmes:
        yield Why.SAME_PROGRAMME, max(25 / (1 + math.log10(among.programmes[programme])) for programme in shared)
    alike = _alike(words(said.name), words(pot.name), among)
    if alike >= ALIKE:
        yield Why.ALIKE, 30 * alike
    if said.day is not None and pot.day is not None and said.day >= pot.day:
        yield Why.RECENT, next((points for days, points in RECENT if (said.day - pot.day).days <= days), 0)
    if said.first is not None and said.last is not None and pot.first is not None and pot.last is not None:
        if (said.first, said.last) == (pot.first, pot.last):
            yield Why.SAME_PERIOD, 10
        elif said.first <= pot.last and pot.first <= said.last:
            yield Why.PERIODS_MEET, 5
    if said.theme and said.theme == pot.theme:
        yield Why.SAME_THEME, 5


@functools.lru_cache(20_000)
def words(name: str) -> frozenset[str]:
    """The words of a name that say something, in small letters and without the s of many."""
    found = WORD.findall(name.lower())
    return frozenset(word[:-1] if word[-1] == "s" and len(word) > 2 else word for word in found if word not in EMPTY)


def _alike(one: frozenset[str], other: frozenset[str], among: Among) -> float:
    """0 to 1: the cosine of the words' weights."""
    both = sum(among.weight(word) for word in one & other)
    whole = sum(map(among.weight, one)) * sum(map(among.weight, other)) if both else 1
    return both / math.sqrt(whole)


def rounding(said: Said) -> Fraction:
    """How far a sum may be off in pence: half a unit of the last digit that is worded."""
    return half_unit(said.as_stated, said.high)


def likeness(one: str, other: str) -> float:
    """0 to 1, how alike two titles are, whatever the order of their words: the mean of how alike all are, and how alike
    where one says less."""
    one, other = utils.default_process(one), utils.default_process(other)
    if not one or not other:
        return 0.0
    return (fuzz.token_sort_ratio(one, other) + fuzz.token_set_ratio(one, other)) / 200
