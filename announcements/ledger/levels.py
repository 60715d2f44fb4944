"""Which coarser sums are stored beside the roll-up cells, and which of them answers a question with the least to read. Pure.

There are about as many cells as entries: most combinations of all dimensions occur once. Any three dimensions combine
in some thousand ways at most, however many announcements there are.
"""

import math
from itertools import combinations
from operator import itemgetter

SIZES = {"sector": 8, "additionality": 6, "region": 16, "theme": 17, "announced_year": 20, "money_year": 30}
"""The dimensions of a cell, each with about how many values it takes."""
CELL = ("theme", "region", "sector", "additionality", "announced_year", "money_year")
"""The same in the order of a cell's columns."""
LEVELS = tuple(sorted(combinations(SIZES, 3), key=lambda level: math.prod(SIZES[name] for name in level)))
"""Every three dimensions, those with the fewest combinations first."""
NOT_STATED = ""
"""Stands where a year is not stated."""


def smallest(names):
    """The level with the least to read that knows all of these dimensions; None where only the cells do."""
    return next((level for level in LEVELS if set(names) <= set(level)), None)


def title(level):
    """What a level is called where its sums are stored."""
    return " ".join(level)


_PICKED = [(title(level), itemgetter(*(CELL.index(name) for name in level))) for level in LEVELS]


def coarser(sums):
    """The sums of every level, of the sums of cells.

    sums: {(measure, *values of CELL): (firm, ceiling)} in pence. Gives {(measure, title of the level, *its three values
    as text): (firm, ceiling)}, without those that come to nothing.
    """
    found: dict[tuple, tuple[int, int]] = {}
    for where, (firm, ceiling) in sums.items():
        words = [word(value) for value in where[1:]]
        for name, pick in _PICKED:
            key = (where[0], name, *pick(words))
            before = found.get(key, (0, 0))
            found[key] = (before[0] + firm, before[1] + ceiling)
    return {key: ends for key, ends in found.items() if any(ends)}


def word(value):
    """A value of a dimension as text: years as the calendar year in which they start."""
    return NOT_STATED if value is None else str(int(value)) if isinstance(value, int) else value
