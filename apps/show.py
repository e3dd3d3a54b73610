"""What the command line prints: tables and lines by Rich, or JSON where a program reads."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import measure_renderables
from rich.table import Table as Grid
from rich.text import Text

console = Console()
errors = Console(stderr=True)


def as_json(found: Any) -> None:
    """Print dataclasses, or lists of them, as JSON."""
    plain = [asdict(one) if is_dataclass(one) and not isinstance(one, type) else one for one in found]
    print(json.dumps(plain, indent=1, default=str))


def grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str | None = None) -> None:
    """Print a table; numbers stand right, NULL is a dash, and nothing in a cell is read as markup."""
    rows = [list(row) for row in rows]
    cells = [[cell(value) for value in row] for row in rows]
    table = Grid(
        title=title, caption=caption, title_justify="left", caption_justify="left",
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float) and not isinstance(row[index], bool) for row in rows)
        widest = measure_renderables(console, console.options, [row[index] for row in cells])
        whole = widest.minimum == widest.maximum >= len(column)  # a name or a number is not cut in two
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=whole)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def verdicts(title: str, built: Iterable[Any]) -> None:
    """Print what became of each table of a build."""
    grid(title, ["table", "verdict", "version"], [(one.table, one.verdict, one.version) for one in built])


def cell(value: Any) -> str | Text:
    """One value as a person reads it; a Text keeps its own style."""
    if isinstance(value, Text):
        return value
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "[green]yes[/]" if value else "[red]no[/]"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def facts(title: str, pairs: Mapping[str, Any]) -> None:
    """Print names and values, one pair a line."""
    console.print(f"[bold]{escape(title)}[/]")
    for name, value in pairs.items():
        console.print(f"  {name:<12} {cell(value)}", highlight=False, soft_wrap=True)  # a command can be copied
