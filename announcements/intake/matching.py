"""The repeat radar: which earlier pots a claim being entered is likely about, and why. Pure.

A pot's score is the sum of what speaks for it, in points:

    the amount is the same                                        30
    or it is the same as far as both are rounded                  20
    a programme is the same        25, less where many pots share it
    the years are the same, or some of them                   10 or 5
    the theme is the same                                          5
    the wording is alike                          up to 30, from half alike on

The points order the pots and say nothing else: no score makes a repeat, the editor does.
"""

import math
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


class Said(NamedTuple):
    """What is known of a claim being entered, or of a pot: what is empty or None speaks neither for nor against.

    key is the pot's, and name what the sum is. high is the sum, or its high end, in pence: what "£50m" and "up to £50m"
    have in common; as_stated is its wording, which says how far it is rounded. first and last are financial years.
    """

    key: str = ""
    name: str = ""
    high: int | None = None
    as_stated: str = ""
    programmes: frozenset[str] = frozenset()
    theme: str | None = None
    first: int | None = None
    last: int | None = None


class Likely(NamedTuple):
    """A pot that a claim may be about, with its points and every reason for it, the weightiest first."""

    key: str
    score: float
    reasons: tuple[Why, ...]


STRONG = frozenset({Why.SAME_AMOUNT, Why.WITHIN_ROUNDING, Why.SAME_PROGRAMME, Why.ALIKE})


def likely(said: Said, pots: Iterable[Said], limit: int = 5, sharing: Mapping[str, int] | None = None) -> list[Likely]:
    """The pots that the claim is most likely about, best first, at most limit; of equal ones the first given.

    A pot that was spoken of several times may be given as often, each time as it was told: the likest counts. A pot of
    which only theme or years agree is not named. sharing: how many pots share each programme, where these pots are not all.
    """
    pots = list(pots)
    if sharing is None:
        sharing = Counter(programme for _, programme in {(pot.key, name) for pot in pots for name in pot.programmes})
    found: dict[str, Likely] = {}
    for pot in pots:
        points = [point for point in _points(said, pot, sharing) if point[1] > 0]
        if any(why in STRONG for why, _ in points):
            points.sort(key=lambda point: -point[1])
            one = Likely(pot.key, round(sum(worth for _, worth in points), 1), tuple(why for why, _ in points))
            found[pot.key] = max(found.get(pot.key, one), one, key=lambda pot: pot.score)
    return sorted(found.values(), key=lambda pot: -pot.score)[:limit]


def _points(said: Said, pot: Said, sharing: Mapping[str, int]) -> Iterable[tuple[Why, float]]:
    if said.high is not None and pot.high is not None:
        if said.high == pot.high:
            yield Why.SAME_AMOUNT, 30
        elif abs(said.high - pot.high) <= _rounding(said) + _rounding(pot):
            yield Why.WITHIN_ROUNDING, 20
    if shared := said.programmes & pot.programmes:
        yield Why.SAME_PROGRAMME, max(25 / (1 + math.log10(sharing[programme])) for programme in shared)
    if said.first is not None and said.last is not None and pot.first is not None and pot.last is not None:
        if (said.first, said.last) == (pot.first, pot.last):
            yield Why.SAME_PERIOD, 10
        elif said.first <= pot.last and pot.first <= said.last:
            yield Why.PERIODS_MEET, 5
    if said.theme and said.theme == pot.theme:
        yield Why.SAME_THEME, 5
    alike = likeness(said.name, pot.name)
    if alike >= 0.5:
        yield Why.ALIKE, 30 * alike


def likeness(one: str, other: str) -> float:
    """0 to 1, whatever the order of the words: the mean of how alike all are, and how alike where one says less."""
    one, other = utils.default_process(one), utils.default_process(other)
    if not one or not other:
        return 0.0
    return (fuzz.token_sort_ratio(one, other) + fuzz.token_set_ratio(one, other)) / 200


def _rounding(said: Said) -> Fraction:
    """Half a unit of the last digit that is worded, in pence."""
    return half_unit(said.as_stated, said.high)
