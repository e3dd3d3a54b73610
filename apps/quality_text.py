"""The quality report in a terminal."""

from dataclasses import replace

from rich.markup import escape
from rich.text import Text

from apps import show
from apps.quality import DELAYS, Quality
from apps.verdicts import VERDICTS, Checked
from apps.words import age, many, span

_SIGNS = {"met": ("·", "green"), "warning": ("!", "yellow"), "critical": ("x", "bold red")}
_RUNS = 10
_TONES = {"held back": "bold red", "failed": "bold red", "warnings": "yellow", "passed": "green"}


def printed(quality: Quality) -> None:
    """Print the whole report."""
    show.console.print(f"[bold]{escape(quality.summary)}[/]", soft_wrap=True)
    _verdicts(quality)
    _failures(quality)
    _books(quality)
    _late(quality)
    _rejects(quality)
    _newest(quality)


def _verdicts(quality: Quality) -> None:
    columns = ["table", "verdict", "last runs", "met", "checked"]
    known = sorted((one for one in quality.tables if one.checks), key=lambda one: VERDICTS.index(one.verdict))
    rows = [
        (one.table, Text(one.verdict, _TONES[one.verdict]), _runs(one),
         f"{now.met} of {now.met + now.warnings + now.critical}", f"{now.checked_at:%Y-%m-%d %H:%M}")
        for one in known
        if (now := one.held or one.standing)
    ]  # fmt: skip
    unchecked = many(len(quality.tables) - len(known), "table")
    show.grid(
        "Verdicts", columns, rows, caption=f"· met, ! warning, x critical, newest right; not checked: {unchecked}"
    )


def _runs(one: Checked) -> Text:
    return Text.assemble(*(_SIGNS[check.worst] for check in one.checks[-_RUNS:]))


def _failures(quality: Quality) -> None:
    if quality.failures:
        show.console.print("[bold]What is not met[/]")
    for one in quality.failures:
        tone = "bold red" if one.severity == "critical" else "yellow"
        said = f"{one.table}: {one.promise}: {one.found} ({one.stage})"
        show.console.print(f"  [{tone}]{one.severity}[/] {escape(said)}", highlight=False, soft_wrap=True)
        show.console.print(f"    {escape(one.command)}", style="dim", highlight=False, soft_wrap=True)


def _books(quality: Quality) -> None:
    from apps.inspect import books_grid

    if quality.unknown:
        show.console.print(f"There are no books: {escape(quality.unknown)}", highlight=False)
        return
    books_grid([replace(book, reasons={}) for book in quality.books if book.bronze or book.problems])
    for book in quality.books:
        for problem in book.problems:
            show.console.print(f"  [bold red]{escape(book.table)}: {escape(problem)}[/]", highlight=False)


def _late(quality: Quality) -> None:
    columns = ["table", "rows", "late", "allowed", *(name for name, _ in DELAYS), "later"]
    rows = [(one.table, one.rows, one.late, span(one.allowed), *one.delays) for one in quality.late]
    show.grid("Late rows by how late they came", columns, rows)


def _rejects(quality: Quality) -> None:
    if not quality.rejects:
        show.console.print("No rejects")
        return
    columns = ["reason", "field", "table", "messages", "newest"]
    rows = [(r.reason, r.column, r.table, r.count, f"{r.newest_at:%Y-%m-%d %H:%M}") for r in quality.rejects]
    show.grid("Rejects by reason", columns, rows)
    for one in quality.rejects:
        show.console.print(f"  {escape(one.command)}", style="dim", highlight=False, soft_wrap=True)


def _newest(quality: Quality) -> None:
    columns = ["table", "newest", "age", "newest commit"]
    now = quality.made_at
    rows = [
        (one.table, one.at and f"{one.at:%Y-%m-%d}", age(one.at, now), age(one.committed_at, now))
        for one in quality.newest
    ]
    show.grid("Freshness", columns, rows, caption=f"never written: {many(len(quality.empty), 'table')}")
