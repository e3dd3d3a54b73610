"""Vega-Lite specifications -> static SVG with real text, in the colours of the page's style sheet.

Every colour is a CSS variable, so one drawing fits light, dark and paper. Charts are drawn as wide as a phone shows
them: on a wide screen several stand side by side, and the letters have the size of the page's in both.
Specifications: https://vega.github.io/vega-lite/docs/
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from markupsafe import Markup

WIDTH = 380
"""Drawn width in CSS pixels, labels included."""
INK, MUTED, PAPER = "var(--ink)", "var(--muted)", "var(--paper)"
ACCENT, SECOND, THIRD, PALE = "var(--accent)", "var(--second)", "var(--third)", "var(--pale)"
MEDIA = {"movie": ACCENT, "tv": SECOND}

_LINE, _GRID = "var(--line)", "var(--grid)"
_THEME: Mapping[str, Any] = {
    "background": None,
    # Measured here and shown there with letters of the same width.
    "font": "Arial, Helvetica, Liberation Sans, sans-serif",
    "padding": {"left": 4, "right": 8, "top": 2, "bottom": 2},
    "view": {"stroke": None},
    "axis": {
        "domainColor": _LINE, "tickColor": _LINE, "gridColor": _GRID, "tickSize": 4, "labelColor": MUTED,
        "titleColor": MUTED, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 6,
        "labelLimit": 150,
    },
    "legend": {
        "labelColor": INK, "labelFontSize": 12, "titleColor": MUTED, "titleFontSize": 12, "titleFontWeight": "normal",
        "orient": "top", "symbolType": "circle", "offset": 4,
    },
    "text": {"color": INK, "fontSize": 12},
    "rule": {"color": MUTED},
    "bar": {"color": ACCENT},
    "line": {"color": ACCENT, "strokeWidth": 2, "strokeJoin": "round"},
    "point": {"color": ACCENT, "filled": True, "size": 34, "opacity": 0.85},
}  # fmt: skip

Rows = Sequence[Mapping[str, Any]]
"""Plain values: `label` and `value`, and what else a kind of chart says that it reads."""


@dataclass(frozen=True)
class Figure:
    """A chart with its title and a sentence that says what it shows, in which units; no SVG where there are no rows."""

    title: str
    description: str
    svg: Markup | None


def drawn(title: str, description: str, rows: Rows, spec: Mapping[str, Any], *, height: int = 240) -> Figure:
    """The chart of the rows that the specification describes: its marks and encodings, or its layers.

    `spec` may set width and height, for example to a step for each row; `height` holds otherwise.
    """
    if not rows:
        return Figure(title, description, None)
    whole = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": [dict(row) for row in rows]},
        "config": _THEME,
        **spec,
    }
    # No address is allowed: a specification is drawn from its own rows alone.
    svg = vl_convert.vegalite_to_svg(json.dumps(whole, default=str), allowed_base_urls=[])
    head, _, marks = svg.partition(">")
    named = Markup("<title>{}</title><desc>{}</desc>").format(title, description)
    return Figure(title, description, Markup(f'{head} role="img">{named}{marks}'))


def number(name: str, title: str, *, log: bool = False, zero: bool = True) -> dict[str, Any]:
    """The encoding of a quantity along an axis whose title has its unit."""
    scale = {"type": "log"} if log else {"zero": zero, "nice": True}
    axis = {"values": [10.0**power for power in range(-6, 13)], "format": "~g"} if log else {"tickCount": 5}
    return {"field": name, "type": "quantitative", "title": title, "scale": scale, "axis": axis}
