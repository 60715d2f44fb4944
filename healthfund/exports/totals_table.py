"""A table of totals as rows: what it groups by, and every figure of each row. Pure."""

from .columns import Column, Kind

FIGURES = {
    "firm": Kind.MONEY,
    "ceiling": Kind.MONEY,
    "unconverted": ("firm", "ceiling"),
    "people": Kind.INTEGER,
    "per_head": ("firm", "ceiling"),
}
"""What a row of totals may show: a kind, or the sums of money that are in it."""


def columns(told):
    """The columns of an answer of the API's totals; the measure comes first, so that the first is always a text."""
    found = [Column(name, Kind.TEXT, (name,)) for name in ("measure", *told["by"])]
    for name, figure in FIGURES.items():
        if name not in told["total"]:
            continue
        inner = [(name,)] if isinstance(figure, Kind) else [(name, end) for end in figure]
        kind = figure if isinstance(figure, Kind) else Kind.MONEY
        found += [Column(".".join(path), kind, path) for path in inner]
    return found


def documents(told):
    """Its rows; without anything to group by, the total alone."""
    for row in told["rows"] if told["by"] else [told["total"]]:
        yield {"measure": told["measure"]} | row


def remarks(told):
    """What a reader of the rows has to know beside them, as (name, text) for the statement: the total, and the notes.

    The total is no row, for a column would then add up to twice as much.
    """
    if told["by"]:
        yield "total", ", ".join(f"{end} {told['total'][end]}" for end in ("firm", "ceiling"))
    if told["known_at"]:
        yield "known at", told["known_at"]
    if told.get("prices"):
        yield "prices", f"of {told['prices']['year']}, {told['prices']['release']}"
    for note in told["notes"]:
        yield "note", note
