"""The kinds of charts that the reports have, as Vega-Lite specifications over rows of label, value and group.

Where rows have `of`, it is the group that gives the colour; a legend stands above where there are several.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.pages.charts import ACCENT, INK, MUTED, PALE, PAPER, Figure, Rows, drawn, number

STEP = 22
"""Height of one row of a chart with horizontal bars."""


@dataclass(frozen=True)
class Axes:
    """The titles of the axes, with units, and the groups' colours in order.

    `format` is how a number or day is written, in d3's words; `zero` whether the axis of values begins at 0.
    """

    x: str
    y: str = ""
    colours: Mapping[str, str] = field(default_factory=dict)
    format: str = ""
    zero: bool = True


def bars(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """One horizontal bar for each row, in their order, with its value at its end; two labels may be alike.

    A row's `whole`, where it has one, is a paler bar behind that of its value.
    """
    keyed = [dict(row, key=f"{place:03}{row['label']}") for place, row in enumerate(rows)]
    axis = {"labelExpr": "slice(datum.label, 3)", "ticks": False, "domain": False}
    y = {"field": "key", "type": "nominal", "sort": None, "title": None, "axis": axis}
    longest = max((row.get("whole", row["value"]) for row in rows), default=0)
    x = number("value", axes.x)
    x["scale"] = {"domain": [0, 1.15 * longest or 1], "nice": False}  # room for the value at the end
    x["axis"] = {"format": axes.format, "tickCount": 4}
    behind = {"mark": {"type": "bar", "color": PALE}, "encoding": {"y": y, "x": {**x, "field": "whole"}}}
    front = {"mark": "bar", "encoding": {"y": y, "x": x, **_colour(rows, axes)}}
    value = {"y": y, "x": {**x, "field": "end"}, "text": {"field": "written", "type": "nominal"}}
    for row in keyed:
        row["end"] = row.get("whole", row["value"])
        row["written"] = f"{row['value']:,} of {row['whole']:,}" if "whole" in row else f"{row['value']:,.0f}"
    end = {"mark": {"type": "text", "align": "left", "dx": 4}, "encoding": value}
    layers = [*([behind] if any("whole" in row for row in rows) else []), front, end]
    return drawn(title, description, keyed, {"layer": layers, "height": {"step": STEP}})


def grouped_bars(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """One group of upright bars for each label, in the rows' order, a bar of it for each `of`."""
    x = {"field": "label", "type": "nominal", "sort": None, "title": axes.x, "axis": {"labelAngle": 0, "ticks": False}}
    encoding = {"x": x, "y": number("value", axes.y), **_colour(rows, axes)}
    encoding["xOffset"] = {"field": "of", "scale": {"domain": _groups(rows, axes)}}
    return drawn(title, description, rows, {"mark": "bar", "encoding": encoding})


def lines(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """One line for each `of` through the values at `x`: days or years, as dates."""
    x = {"field": "x", "type": "temporal", "title": axes.x, "scale": {"type": "utc"}}
    x["axis"] = {"format": axes.format, "tickCount": 5, "grid": False, "labelFlush": True}
    y = number("value", axes.y, zero=axes.zero)
    layers = [{"mark": {"type": "line"}}, {"mark": {"type": "point", "size": 16, "opacity": 1}}]
    return drawn(title, description, rows, {"layer": layers, "encoding": {"x": x, "y": y, **_colour(rows, axes)}})


def intervals(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """A point with its interval from `low` to `high` for each row, and a line at 0."""
    several = len({row["label"] for row in rows}) < len(rows)
    y: dict[str, Any] = {"y": {"field": "label", "type": "nominal", "sort": None, "title": None}}
    y["y"]["axis"] = {"ticks": False, "domain": False}
    if several:
        y["yOffset"] = {"field": "of", "scale": {"domain": _groups(rows, axes), "paddingOuter": 0.8}}
    colour = _colour(rows, axes)
    layers = [
        {"mark": {"type": "rule", "color": MUTED, "strokeDash": [3, 3]}, "encoding": {"x": {"datum": 0}}},
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.7},
            "encoding": {**y, "x": number("low", axes.x), "x2": {"field": "high"}, **colour},
        },
        {
            "mark": {"type": "point", "size": 50, "opacity": 1},
            "encoding": {**y, "x": number("value", axes.x), **colour},
        },
    ]
    step = {"step": 22, "for": "position"} if several else {"step": STEP}
    return drawn(title, description, rows, {"layer": layers, "height": step})


def heat(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """A field for each `x`, a day, and label, the darker the higher its value."""
    encoding = {
        "x": {
            "field": "x", "type": "ordinal", "timeUnit": "utcyearmonthdate", "title": axes.x,
            "axis": {"format": "%d %b", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8, "ticks": False,
                     "domain": False},
        },
        "y": {"field": "label", "type": "nominal", "sort": None, "title": None,
              "axis": {"ticks": False, "domain": False}},
        "opacity": {"field": "value", "type": "quantitative", "scale": {"range": [0.06, 1], "zero": True},
                    "legend": {"title": axes.y, "orient": "bottom", "format": axes.format, "symbolType": "square",
                               "symbolFillColor": ACCENT, "symbolStrokeWidth": 0, "symbolSize": 140, "tickCount": 4}},
    }  # fmt: skip
    spec = {"mark": {"type": "rect", "color": ACCENT}, "encoding": encoding, "height": {"step": 18}}
    return drawn(title, description, rows, spec)


def _groups(rows: Rows, axes: Axes) -> list[str]:
    used = {row.get("of") for row in rows}
    return [name for name in axes.colours if name in used]


def _colour(rows: Rows, axes: Axes) -> dict[str, Any]:
    """The colour of each row's group; no legend where there is one only."""
    groups = _groups(rows, axes)
    if not groups:
        return {}
    scale = {"domain": groups, "range": [axes.colours[name] for name in groups]}
    legend = None if len(groups) == 1 else {"columns": 2}
    return {"color": {"field": "of", "type": "nominal", "scale": scale, "title": None, "legend": legend}}


def percentiles(title: str, description: str, rows: Rows, axes: Axes) -> Figure:
    """A point for each row at `x` and `y`, both 0 to 1, with its `name` if it has one, and the line where x is y."""
    (colour,) = axes.colours.values()
    share: dict[str, Any] = {"scale": {"domain": [0, 1], "nice": False}, "axis": {"format": ".0%", "tickCount": 5}}
    where = {"x": number("x", axes.x) | share, "y": number("y", axes.y) | share}
    name: dict[str, Any] = {
        "type": "text", "limit": 190, "dy": {"expr": "datum.y < 0.95 ? -10 : 12"},
        "align": {"expr": "datum.x > 0.5 ? 'right' : 'left'"},
    }  # fmt: skip
    of_named: dict[str, Any] = {
        "transform": [{"filter": "datum.name"}], "encoding": {**where, "text": {"field": "name"}},
    }  # fmt: skip
    layers = [
        {
            "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
            "mark": {"type": "line", "color": MUTED, "strokeDash": [3, 3], "strokeWidth": 1},
            "encoding": where,
        },
        {"mark": {"type": "point", "color": colour, "opacity": 0.6}, "encoding": where},
        {"mark": {**name, "color": PAPER, "stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}, **of_named},
        {"mark": {**name, "color": INK, "fontWeight": "bold"}, **of_named},
    ]
    return drawn(title, description, rows, {"layer": layers}, height=300)
