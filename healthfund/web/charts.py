"""Pictures of totals, as plain geometry that the templates draw as SVG. Pure: pence in, places on the paper out.

Everywhere solid is firm, hatched may come on top, grey was said. Where a total's firm end lies above its ceiling (a
promise can lie in another pot of the same total) the lower end is drawn solid, for that much is there either way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from healthfund.web.money import pounds


class Ends(NamedTuple):
    """Two ends of a total in pence, in either order."""

    firm: int
    ceiling: int


class Strip(NamedTuple):
    """A piece of a horizontal bar: from where, and how wide, in hundredths of the room (with one decimal)."""

    kind: str
    start: float
    width: float


class Box(NamedTuple):
    """A rectangle in the units of its picture, measured from the top left."""

    kind: str
    x: float
    y: float
    width: float
    height: float


class Tick(NamedTuple):
    """A line across a picture and what it stands for."""

    y: float
    label: str


@dataclass(frozen=True)
class Column:
    """What stands over one label of the years' picture."""

    label: str
    middle: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Columns:
    """A picture of years: its size, the room on the left for the ticks' labels, where nothing lies, what stands on it."""

    width: float
    height: float
    left: float
    base: float
    ticks: tuple[Tick, ...]
    columns: tuple[Column, ...]


def bar(ends: Ends, least: int, most: int, kind: str = "firm") -> tuple[Strip, ...]:
    """A bar of one total in a room that reaches from `least` (at most 0) to `most` (at least 0) pence.

    Solid from nothing to the end nearer to it, hatched on to the other end; across nothing, hatched all the way.
    """
    room = most - least
    if room <= 0:
        return ()
    low, high = sorted(ends)
    strips = [(kind, *_solid(low, high)), ("may", low, high)]
    return tuple(
        Strip(name, share(start - least, room), max(share(end - start, room), 0.2))
        for name, start, end in strips
        if end > start
    )


def room(totals: Sequence[Ends]) -> tuple[int, int]:
    """The least and the most that bars of these totals reach, nothing included."""
    values = [0, *(value for ends in totals for value in ends)]
    return min(values), max(values)


def by_year(labels: Sequence[str], said: Sequence[Ends], announced: Sequence[Ends]) -> Columns:
    """Two columns over each label: what was said, and what of it is distinct money. The lists are equally long."""
    width, top, height, left, foot = 1100.0, 12.0, 290.0, 64.0, 30.0
    least, most = room([*said, *announced])
    step = tick_step(most - least)
    lowest, highest = least // step * step, -(-most // step) * step
    span = max(highest - lowest, step)
    scale = (height - top - foot) / span

    def y(pence: int) -> float:
        return round(top + (highest - pence) * scale, 1)

    ticks = tuple(Tick(y(at), pounds(at)) for at in range(lowest, highest + 1, step))
    slot = (width - left) / max(len(labels), 1)
    wide = min(slot * 0.38, 44)
    columns = []
    for place, label in enumerate(labels):
        middle = round(left + slot * (place + 0.5), 1)
        boxes = [
            *_column(said[place], "said", middle - wide - 1, wide, y),
            *_column(announced[place], "firm", middle + 1, wide, y),
        ]
        columns.append(Column(label, middle, tuple(boxes)))
    return Columns(width, height, left, y(0), ticks, tuple(columns))


def tick_step(span: int, about: int = 4) -> int:
    """The pence between two ticks so that about so many lie in the span: 1, 2 or 5 with noughts."""
    wanted = max(Decimal(span) / about, Decimal(1))
    power = int(Decimal(10) ** wanted.adjusted())
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= wanted)


def shades(totals: Sequence[int], steps: int = 5) -> list[int]:
    """For each total how dark its place is drawn: 0 for nothing, then 1 to `steps` by its order of magnitude."""
    positive = [value for value in totals if value > 0]
    if not positive:
        return [0] * len(totals)
    smallest, largest = (Decimal(value).log10() for value in (min(positive), max(positive)))
    span = largest - smallest
    return [
        0
        if value <= 0
        else steps
        if not span
        else 1 + min(steps - 1, int((Decimal(value).log10() - smallest) / span * steps))
        for value in totals
    ]


def _solid(low: int, high: int) -> tuple[int, int]:
    """From nothing to the nearer end, whichever side of nothing it lies on."""
    if low > 0:
        return 0, low
    return (high, 0) if high < 0 else (0, 0)


def share(part: int, whole: int) -> float:
    """A part in hundredths of the whole, with two decimals."""
    return float(round(Decimal(part) * 100 / whole, 2))


def _column(ends: Ends, kind: str, x: float, width: float, y: Callable[[int], float]) -> list[Box]:
    low, high = sorted(ends)
    pieces = [(kind, *_solid(low, high)), ("may", low, high)]
    return [
        Box(name, round(x, 1), y(upper), round(width, 1), round(max(y(lower) - y(upper), 0.6), 1))
        for name, lower, upper in pieces
        if upper > lower
    ]
