"""A template and plain values -> one HTML file that needs no network and treats every value as text.

A page extends page.html.jinja, which brings head, styles and the macros of parts.html.jinja.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Grid:
    """A short table: its caption, the columns' heads, and rows of plain values; NULL shows as a dash.

    Values of a head that ends in `(%)` are ratios and shown as per cent. `digits` are the decimal places of the numbers
    of a column that has others than two.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    digits: Mapping[str, int] = field(default_factory=dict)

    @property
    def numeric(self) -> list[bool]:
        """Of each column, whether it stands right."""
        return [any(_is_number(row[i]) for row in self.rows) for i in range(len(self.columns))]

    @property
    def texts(self) -> list[list[str]]:
        """The rows as a person reads them."""
        return [[self._cell(head, value) for head, value in zip(self.columns, row, strict=True)] for row in self.rows]

    def _cell(self, head: str, value: Any) -> str:
        if isinstance(value, float) and head.endswith("(%)"):
            return f"{100 * value:.1f}"
        if isinstance(value, float) and head in self.digits:
            return f"{value:,.{self.digits[head]}f}"
        return text(value)


def text(value: Any) -> str:
    """One value as a person reads it: thousands apart, two decimals at most, a dash for NULL."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{value:,}" if isinstance(value, int) else str(value)


def rendered(template: str, **values: Any) -> str:
    """The page; every value is escaped unless it is markup that this package drew itself."""
    pages = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["text"] = text
    return pages.get_template(template).render(**values)


def written(page: str, out: Path) -> Path:
    """Put the page there, whole or not at all, with the folders that are missing; returns its absolute path."""
    out = out.expanduser().resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    part.write_text(page, encoding="utf-8")
    part.replace(out)
    return out


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not isinstance(value, date)
