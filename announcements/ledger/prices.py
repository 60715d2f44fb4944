"""Sums in the prices of one financial year, and per head: exact until the end, then whole pence once. Pure.

Source: COUNTING.md beside this file ("Shown, never stored"). Nothing of this is ever in the ledger.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Level:
    """How high prices were in one financial year, and whether that is a forecast and was read in the named source."""

    index: Fraction
    forecast: bool = False
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of the financial year `base`, by one release of a series: {financial year: Level}, base among them."""

    base: int
    levels: Mapping[int, Level]
    series: str = ""
    release: str = ""
    unit: str = ""
    forecast_by: str = ""

    def factor(self, year: int) -> Fraction | None:
        """What a pound of that year comes to in the prices of base; None where the series does not know the year."""
        level = self.levels.get(year)
        return self.levels[self.base].index / level.index if level else None


CASH = Prices(0, {0: Level(Fraction(1))})
"""Money as it was announced, all of it of one year without a name."""


class Part(NamedTuple):
    """Pence of one row in one year's prices. `stated` says that it is the money's own year, not that of its announcement."""

    key: tuple
    year: int
    stated: bool
    firm: int
    ceiling: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum in both scenarios: exact, in pence. `left_out` is cash whose year the series does not know, in no other figure."""

    firm: Fraction | int = 0
    ceiling: Fraction | int = 0
    left_out: tuple[int, int] = (0, 0)

    def __add__(self, other):
        left_out = (self.left_out[0] + other.left_out[0], self.left_out[1] + other.left_out[1])
        return Sum(self.firm + other.firm, self.ceiling + other.ceiling, left_out)


def converted(part: Part, prices: Prices) -> Sum:
    """One part in the prices asked for."""
    factor = prices.factor(part.year)
    if factor is None:
        return Sum(left_out=(part.firm, part.ceiling))
    if factor == 1:
        return Sum(part.firm, part.ceiling)
    return Sum(part.firm * factor, part.ceiling * factor)


def by_key(parts: Iterable[Part], prices: Prices) -> dict[tuple, Sum]:
    """The Sum of each key's parts, in the order in which the keys come."""
    found: dict[tuple, Sum] = {}
    for part in parts:
        found[part.key] = found.get(part.key, Sum()) + converted(part, prices)
    return found


def half_up(exact: Fraction | int) -> int:
    """Rounded to whole pence, halves up."""
    return math.floor(exact + Fraction(1, 2))


def apportioned(values: Sequence[Fraction | int]) -> list[int]:
    """Whole pence that add up to the rounded sum of the values: each is rounded down, and the odd pence go to the largest
    remainders, of equal ones to the first."""
    pence = [math.floor(value) for value in values]
    odd = half_up(sum(values)) - sum(pence)
    for place in sorted(range(len(values)), key=lambda place: pence[place] - values[place])[:odd]:
        pence[place] += 1
    return pence


def in_pence(sums: Sequence[Sum]) -> list[tuple[int, int]]:
    """(firm, ceiling) in whole pence of sums that stand together, so that they add up to `in_pence` of their total.

    Rounded are the firm figures and what may come on top of them: where both scenarios agree they still do, and
    neither passes the other.
    """
    firm = apportioned([one.firm for one in sums])
    on_top = apportioned([one.ceiling - one.firm for one in sums])
    return [(low, low + more) for low, more in zip(firm, on_top, strict=True)]


def per_head(one: Sum, people: int) -> tuple[int, int]:
    """(firm, ceiling) in whole pence for each of so many people, each rounded by itself, halves up."""
    return half_up(Fraction(one.firm) / people), half_up(Fraction(one.ceiling) / people)
