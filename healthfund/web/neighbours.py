"""The picture of a pot among the pots that it shares money with, as plain geometry for SVG. Pure.

The pots around it stand on the left, itself in the middle, the pots in it on the right. A whole lies on a solid line, a
share on a broken one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, BOX, HEIGHT, STEP, MOST, LETTERS = 960.0, 270.0, 52.0, 66.0, 6, 34


class Knot(NamedTuple):
    """A pot in the picture: where its box begins, its name as far as there is room, and what is written under it."""

    x: float
    y: float
    name: str
    note: str


class Thread(NamedTuple):
    """A line from the box on the left to the one on the right; broken where less than the whole lies on it."""

    x1: float
    y1: float
    x2: float
    y2: float
    whole: bool


@dataclass(frozen=True)
class Web:
    """The picture: its size, its boxes (the pot itself first), its lines."""

    width: float
    height: float
    box: float
    tall: float
    knots: tuple[Knot, ...]
    threads: tuple[Thread, ...]


class Beside(NamedTuple):
    """A pot beside another one: its name, how much they share in words, and whether that is the whole of the inner one."""

    name: str
    note: str
    whole: bool


def web(name: str, note: str, around: Sequence[Beside], inside: Sequence[Beside]) -> Web:
    """The picture of a pot with those around it and those inside it; of many, the first, and how many others there are."""
    left, right = _shown(around), _shown(inside)
    rows = max(len(left), len(right), 1)
    height = rows * STEP - (STEP - HEIGHT) + 2
    middle_x = 1.0 if not left else WIDTH - BOX - 1 if not right else (WIDTH - BOX) / 2
    middle_y = (height - HEIGHT) / 2
    knots, threads = [Knot(middle_x, middle_y, _cut(name), note)], []
    for side, x in ((left, 1.0), (right, WIDTH - BOX - 1)):
        top = (height - (len(side) * STEP - (STEP - HEIGHT))) / 2
        for place, beside in enumerate(side):
            y = round(top + place * STEP, 1)
            knots.append(Knot(x, y, _cut(beside.name), beside.note))
            ends = ((x + BOX, y), (middle_x, middle_y)) if side is left else ((middle_x + BOX, middle_y), (x, y))
            (x1, y1), (x2, y2) = ends
            threads.append(Thread(x1, y1 + HEIGHT / 2, x2, y2 + HEIGHT / 2, beside.whole))
    return Web(WIDTH, height, BOX, HEIGHT, tuple(knots), tuple(threads))


def _shown(pots: Sequence[Beside]) -> list[Beside]:
    if len(pots) <= MOST:
        return list(pots)
    others = len(pots) - MOST + 1
    return [*pots[: MOST - 1], Beside(f"{others} others", "listed below", all(pot.whole for pot in pots[MOST - 1 :]))]


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1].rstrip() + "…"
