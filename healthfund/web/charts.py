"""Pictures of totals: bars beside figures as plain geometry, and charts as Vega-Lite documents. Pure: pence in.

Everywhere solid is firm, hatched may come on top, grey was said. Where a total's firm end lies above its ceiling (a
promise can lie in another pot of the same total) the lower end is drawn solid, for that much is there either way.

A chart is made of Marks and says its figures in pence, so that one document gives the picture in the page, the one to
download, the interactive one and the file of its figures. Colours are the stylesheet's variables (`INK`): in a page they
follow light and dark; `painted` puts fixed ones into a picture that leaves the page.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from healthfund.web.money import pounds_range


class Ends(NamedTuple):
    """Two ends of a total in pence, in either order."""

    firm: int
    ceiling: int


class Strip(NamedTuple):
    """A piece of a horizontal bar: from where, and how wide, in hundredths of the room (with one decimal)."""

    kind: str
    start: float
    width: float


class Mark(NamedTuple):
    """One total of a chart: what it stands at, which of several series it belongs to, its pence, and how it is drawn
    (`firm` or `said`)."""

    label: str
    series: str
    ends: Ends
    kind: str = "firm"


class Count(NamedTuple):
    """One number of a chart that counts: what it stands at, what is counted, and how many."""

    label: str
    series: str
    number: int


class Moment(NamedTuple):
    """A total from a day on, as an ISO date."""

    day: str
    series: str
    ends: Ends


Document = dict[str, Any]
"""A Vega-Lite document."""


class Picture(NamedTuple):
    """A chart with its address: its name among `pictures.CHARTS`, the query that draws it there, what it shows in words,
    its document, and its figures (Marks, Counts or Moments)."""

    name: str
    query: str
    title: str
    document: Document
    figures: Sequence[Mark | Count | Moment]


SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
HATCH = "url(#hatch)"
INK = {
    "ink": "var(--ink)",
    "soft": "var(--soft)",
    "rule": "var(--rule)",
    "firm": "var(--firm)",
    "may": "var(--may)",
    "said": "var(--said)",
    "warn": "var(--warn)",
    "shade-1": "var(--shade-1)",
    "shade-2": "var(--shade-2)",
    "shade-3": "var(--shade-3)",
    "shade-4": "var(--shade-4)",
}
PAPER = {
    "ink": "#17202a",
    "soft": "#55616d",
    "rule": "#dcd8cd",
    "firm": "#14506e",
    "may": "#6f9bb0",
    "said": "#b3ad9c",
    "warn": "#93351b",
    "shade-1": "#d3e0e6",
    "shade-2": "#b3cbd6",
    "shade-3": "#8cb0c0",
    "shade-4": "#2f6a88",
}
"""The stylesheet's light colours, for a picture by itself."""

FILLS = {"said": INK["said"], "firm": INK["firm"], "may": HATCH}
POUNDS = (
    "(datum.value < 0 ? '\u2212£' : '£') + (abs(datum.value) >= 1e11 ? format(abs(datum.value) / 1e11, ',.3~r') + 'bn' : "
    "abs(datum.value) >= 1e8 ? format(abs(datum.value) / 1e8, ',.3~r') + 'm' : format(abs(datum.value) / 100, ',.3~r'))"
)
"""Vega's words for a tick's pence; `tick_step` gives round ones."""


# Bars beside figures


def bar(ends: Ends, least: int, most: int, kind: str = "firm") -> tuple[Strip, ...]:
    """A bar of one total in a room that reaches from `least` (at most 0) to `most` (at least 0) pence.

    Solid from nothing to the end nearer to it, hatched on to the other end; across nothing, hatched all the way.
    """
    extent = most - least
    if extent <= 0:
        return ()
    return tuple(
        Strip(name, share(start - least, extent), max(share(end - start, extent), 0.2))
        for name, start, end in pieces(ends, kind)
    )


def pieces(ends: Ends, kind: str = "firm") -> list[tuple[str, int, int]]:
    """What a total is drawn of: (`kind` or `may`, from, to) in pence, without empty ones."""
    low, high = sorted(ends)
    return [(name, start, end) for name, start, end in [(kind, *_solid(low, high)), ("may", low, high)] if end > start]


def room(totals: Sequence[Ends]) -> tuple[int, int]:
    """The least and the most that bars of these totals reach, nothing included."""
    values = [0, *(value for ends in totals for value in ends)]
    return min(values), max(values)


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


# Charts


def columns(marks: Sequence[Mark], *, width: int = 1060, height: int = 250) -> Document:
    """Upright columns over each label, one for each series beside the others; the years are the usual labels."""
    series = _order(mark.series for mark in marks)
    return _chart(
        width=width,
        height=height,
        data={"values": _values(marks)},
        mark={"type": "bar", "clip": False},
        encoding={
            "x": _names("label", _order(mark.label for mark in marks)),
            "xOffset": {"field": "series", "scale": {"domain": series, "paddingInner": 0.06}},
            "y": _amount("from", marks) | {"axis": _money_axis(marks, grid=True)},
            "y2": {"field": "to"},
            **_drawn(),
        },
    )


def bars(marks: Sequence[Mark], *, width: int = 620) -> Document:
    """Lying bars in the order given, one line for each label and in it one bar for each series; their figures at the
    end of each."""
    series = _order(mark.series for mark in marks)
    labels = _order(mark.label for mark in marks)
    lying = {
        "y": _names("label", labels) | {"axis": {"title": None, "labelLimit": 260, "domain": False, "ticks": False}},
        "yOffset": {"field": "series", "scale": {"domain": series, "paddingInner": 0.1}},
    }
    ends = [_reading(mark) | {"most": max(0, *mark.ends)} for mark in marks]
    return _chart(
        width=width,
        height={"step": 26 if len(series) == 1 else 15, "for": "position" if len(series) == 1 else "offset"},
        layer=[
            {
                "data": {"values": _values(marks)},
                "mark": {"type": "bar"},
                "encoding": lying
                | {
                    "x": _amount("from", marks) | {"axis": _money_axis(marks, grid=False)},
                    "x2": {"field": "to"},
                    **_drawn(),
                },
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle", "fontSize": 12},
                "encoding": lying
                | {
                    "x": {"field": "most", "type": "quantitative"},
                    "text": {"field": "reads"},
                    "fill": {"value": INK["ink"]},
                },
            },
        ],
    )


def counts(rows: Sequence[Count], fills: Mapping[str, str], *, width: int = 1060, height: int = 220) -> Document:
    """Stacked columns of numbers over each label. fills: the ink (a key of INK) of each series, in their order."""
    known = [name for name in fills if any(row.series == name for row in rows)]
    return _chart(
        width=width,
        height=height,
        data={
            "values": [
                {"label": row.label, "series": row.series, "number": row.number, "place": known.index(row.series)}
                for row in rows
            ]
        },
        mark={"type": "bar", "stroke": INK["soft"], "strokeWidth": 0.5},
        encoding={
            "x": _names("label", _order(row.label for row in rows)),
            "y": {
                "field": "number",
                "type": "quantitative",
                "axis": {"title": None, "tickMinStep": 1, "format": "d", "grid": True},
            },
            "order": {"field": "place"},
            "fill": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": known, "range": [INK[fills[name]] for name in known]},
                "legend": {"title": None, "orient": "top", "symbolType": "square"},
            },
            "tooltip": [{"field": "label"}, {"field": "series"}, {"field": "number"}],
        },
    )


def steps(moments: Sequence[Moment], *, until: str, width: int = 1060, height: int = 220) -> Document:
    """Totals that hold from a day on until the next, each series a line of steps: firm solid, up to its ceiling hatched.

    moments: in the order of their days. until: the ISO date at which the lines end.
    """
    series = _order(moment.series for moment in moments)
    values = []
    for name in series:
        own = [moment for moment in moments if moment.series == name]
        for moment in [*own, own[-1]._replace(day=until)] if own else []:
            low, high = sorted(moment.ends)
            values.append(
                {"day": moment.day, "series": name, "low": low, "high": high, "reads": pounds_range(*moment.ends)}
            )
    marks = [Mark("", "", moment.ends) for moment in moments]
    dashes = [[1, 0], [6, 4], [2, 3]]
    day = {"field": "day", "type": "temporal", "axis": {"title": None, "grid": False, "format": "%b %Y"}}
    tooltip = [
        {"field": "day", "type": "temporal", "format": "%-d %b %Y", "title": "From"},
        {"field": "series", "title": "What"},
        {"field": "reads", "title": "Amount"},
    ]
    return _chart(
        width=width,
        height=height,
        data={"values": values},
        encoding={"x": day},
        layer=[
            {
                "mark": {"type": "area", "interpolate": "step-after", "fill": HATCH, "stroke": None},
                "encoding": {
                    "y": _amount("low", marks) | {"axis": _money_axis(marks, grid=True)},
                    "y2": {"field": "high"},
                    "detail": {"field": "series"},
                },
            },
            {
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5},
                "encoding": {
                    "y": {"field": "low", "type": "quantitative"},
                    "stroke": {"value": INK["firm"]},
                    "strokeDash": {
                        "field": "series",
                        "scale": {"domain": series, "range": [dashes[at % 3] for at in range(len(series))]},
                        "legend": {"title": None, "orient": "top"} if len(series) > 1 else None,
                    },
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60},
                "encoding": {
                    "y": {"field": "low", "type": "quantitative"},
                    "fill": {"value": INK["firm"]},
                    "tooltip": tooltip,
                },
            },
        ],
    )


def tick_step(span: int, about: int = 4) -> int:
    """The pence between two ticks so that about so many lie in the span: 1, 2 or 5 with noughts."""
    wanted = max(Decimal(span) / about, Decimal(1))
    power = int(Decimal(10) ** wanted.adjusted())
    return next(nice * power for nice in (1, 2, 5, 10) if nice * power >= wanted)


def painted(document: Any) -> Any:
    """The same document with fixed colours, for a picture that leaves the page."""
    if isinstance(document, dict):
        return {name: painted(value) for name, value in document.items()}
    if isinstance(document, list):
        return [painted(value) for value in document]
    if isinstance(document, str) and document.startswith("var(--"):
        return PAPER[document.removeprefix("var(--").removesuffix(")")]
    return document


def _chart(**parts: Any) -> Document:
    return (
        {"$schema": SCHEMA, "background": None, "padding": {"left": 4, "top": 6, "right": 4, "bottom": 4}}
        | parts
        | {
            "config": {
                "aria": False,
                "font": "system-ui, sans-serif",
                "view": {"stroke": None},
                "axis": {
                    "labelColor": INK["ink"],
                    "labelFontSize": 13,
                    "domainColor": INK["ink"],
                    "gridColor": INK["rule"],
                    "tickColor": INK["rule"],
                    "titleColor": INK["soft"],
                },
                "legend": {"labelColor": INK["ink"], "labelFontSize": 13},
                "header": {"labelColor": INK["ink"], "labelFontSize": 13},
            }
        }
    )


def _values(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    return [
        _reading(mark) | {"part": part, "from": start, "to": end}
        for mark in marks
        for part, start, end in pieces(mark.ends, mark.kind)
    ]


def _reading(mark: Mark) -> dict[str, Any]:
    return {"label": mark.label, "series": mark.series, "reads": pounds_range(*mark.ends)}


def _names(field: str, order: list[str]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": order, "paddingInner": 0.22, "paddingOuter": 0.1},
        "axis": {"title": None, "labelAngle": 0, "ticks": False, "labelOverlap": True},
    }


def _amount(field: str, marks: Sequence[Mark]) -> dict[str, Any]:
    ticks = _ticks(marks)
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": True},
    }


def _money_axis(marks: Sequence[Mark], grid: bool) -> dict[str, Any]:
    return {
        "title": None,
        "values": _ticks(marks),
        "labelExpr": POUNDS,
        "grid": grid,
        "domain": False,
        "ticks": False,
        "labelColor": INK["soft"],
    }


def _ticks(marks: Sequence[Mark]) -> list[int]:
    least, most = room([mark.ends for mark in marks])
    step = tick_step(most - least)
    return list(range(least // step * step, max(-(-most // step) * step, step) + 1, step))


def _drawn() -> dict[str, Any]:
    return {
        "fill": {
            "field": "part",
            "type": "nominal",
            "scale": {"domain": list(FILLS), "range": list(FILLS.values())},
            "legend": None,
        },
        "stroke": {"condition": {"test": "datum.part == 'may'", "value": INK["may"]}, "value": None},
        "tooltip": [
            {"field": "label", "title": "Of"},
            {"field": "series", "title": "What"},
            {"field": "reads", "title": "Amount"},
        ],
    }


def _order(names: Iterable[str]) -> list[str]:
    """Each name once, in the order of its first appearance."""
    return list(dict.fromkeys(names))


def _solid(low: int, high: int) -> tuple[int, int]:
    """From nothing to the nearer end, whichever side of nothing it lies on."""
    if low > 0:
        return 0, low
    return (high, 0) if high < 0 else (0, 0)


def share(part: int, whole: int) -> float:
    """A part in hundredths of the whole, with two decimals."""
    return float(round(Decimal(part) * 100 / whole, 2))
