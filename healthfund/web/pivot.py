"""A table of totals by one or two dimensions, with its sums where they add up. Pure: the lines of an answer in, cells out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from announcements.ledger import prices
from healthfund.web.charts import Ends, Strip, bar, room


class Value(NamedTuple):
    """One value of a dimension: as totals have it (None where not stated), in words, and the page of it ("" for none)."""

    key: object
    label: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Axis:
    """A dimension with its values in the order in which they stand. adds: whether what lies at each adds up."""

    name: str
    title: str
    values: Sequence[Value]
    adds: bool = True


class Figure(NamedTuple):
    """What is known at a place of the table: pence, and whose heads they are divided by where that was asked."""

    firm: int
    ceiling: int
    people: int | None = None


class Door(NamedTuple):
    """What the API is asked for a figure ("" where the figure is no total of it), and the page behind it ("" for none)."""

    query: str
    href: str


class Cell(NamedTuple):
    """A figure as it is shown: pence, or pence for each head; None where the people are unknown."""

    amounts: Ends | None
    door: Door


@dataclass(frozen=True)
class Row:
    """A value of the first dimension: its cells in the order of the columns (None for nothing), its sum where the cells
    add up, and the bar of the sum."""

    value: Value
    cells: Sequence[Cell | None]
    sum: Cell | None
    bar: Sequence[Strip]


@dataclass(frozen=True)
class Table:
    """rows are the largest of `number`; the sums of the columns are of all of them, and None where they do not add up."""

    rows: Sequence[Row]
    columns: Sequence[Value]
    sums: Sequence[Cell | None] | None
    number: int
    left_out_columns: int


Doors = Callable[[Mapping[str, object]], Door]


def table(
    figures: Mapping[tuple, Figure],
    rows: Axis,
    columns: Axis | None,
    doors: Doors,
    *,
    heads: bool = False,
    most_rows: int = 1000,
    most_columns: int = 1000,
) -> Table:
    """The Table of figures by (row key,) or (row key, column key).

    doors: from {dimension: key} to the Door of that total. heads: whether pence are shown for each head.
    """
    shown = columns.values if columns else []
    of_row: dict[object, dict[object, Figure]] = {}
    for key, figure in figures.items():
        of_row.setdefault(key[0], {})[key[-1] if columns else None] = figure
    drawn = []
    for value in rows.values:
        inside = of_row.get(value.key, {})
        at: dict[str, object] = {rows.name: value.key}
        cells = [
            _cell(inside[column.key], heads, doors(at | {columns.name: column.key})) if column.key in inside else None
            for column in shown
            if columns
        ]
        whole = added(inside.values()) if columns is None or columns.adds else None
        drawn.append((value, cells[:most_columns], whole and _cell(whole, heads, doors(at))))
    kept = drawn[:most_rows]
    least, most = room([cell.amounts for _, _, cell in kept if cell and cell.amounts])
    return Table(
        rows=[
            Row(value, cells, cell, bar(cell.amounts, least, most) if cell and cell.amounts else ())
            for value, cells, cell in kept
        ],
        columns=shown[:most_columns],
        sums=_column_sums(of_row, columns, doors, heads)[:most_columns] if columns and rows.adds else None,
        number=len(drawn),
        left_out_columns=max(len(shown) - most_columns, 0),
    )


def added(figures: Iterable[Figure]) -> Figure | None:
    """The sum of figures that are of the same people; None of none, and of those that are of different people."""
    found = list(figures)
    if not found or len({figure.people for figure in found}) > 1:
        return None
    return Figure(sum(one.firm for one in found), sum(one.ceiling for one in found), found[0].people)


def largest_first(values: Iterable[Value], figures: Mapping[tuple, Figure], place: int) -> list[Value]:
    """Values in the order of what lies at each, the largest first; what is not stated last. place: of its key."""
    sizes: dict[object, int] = {}
    for key, figure in figures.items():
        sizes[key[place]] = sizes.get(key[place], 0) + max(figure.firm, figure.ceiling)
    return sorted(values, key=lambda value: (value.key is None, -sizes.get(value.key, 0), value.label))


def _column_sums(
    of_row: Mapping[object, Mapping[object, Figure]], columns: Axis, doors: Doors, heads: bool
) -> list[Cell | None]:
    sums = []
    for column in columns.values:
        whole = added(inside[column.key] for inside in of_row.values() if column.key in inside)
        sums.append(whole and _cell(whole, heads, doors({columns.name: column.key})))
    return sums


def _cell(figure: Figure, heads: bool, door: Door) -> Cell:
    if not heads:
        return Cell(Ends(figure.firm, figure.ceiling), door)
    if not figure.people:
        return Cell(None, door)
    return Cell(Ends(*prices.per_head(prices.Sum(figure.firm, figure.ceiling), figure.people)), door)
