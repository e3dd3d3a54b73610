"""The quality report as a page: verdicts with their last runs, failures with their commands, accounts, age."""

from dataclasses import dataclass
from typing import Any

from apps.pages.page import Grid, rendered
from apps.quality import DELAYS, Quality
from apps.verdicts import RUNS, VERDICTS, Check, Checked
from apps.words import age, span

TONES = {"held back": "bad", "failed": "bad", "warnings": "warn", "passed": "good"}
_STEP, _HEIGHT, _SMALLEST = 8, 24, 7


@dataclass(frozen=True)
class Part:
    """One kind of expectation within a bar."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One run: how many expectations were met, warned or failed."""

    x: int
    title: str
    parts: tuple[Part, ...]


def page(quality: Quality) -> str:
    """The whole page as HTML."""
    known = sorted((one for one in quality.tables if one.checks), key=lambda one: VERDICTS.index(one.verdict))
    return rendered(
        "quality.html.jinja",
        title="Quality",
        lead=quality.summary,
        made_at=quality.made_at,
        facts=_facts(quality),
        failures=quality.failures,
        verdicts=[_verdict(one) for one in known],
        unchecked=[one.table for one in quality.tables if not one.checks],
        unknown=quality.unknown,
        books=_books(quality),
        problems=[f"{book.table}: {problem}" for book in quality.books for problem in book.problems],
        late=_late(quality),
        rejects=_rejects(quality),
        reject_commands=quality.rejects,
        newest=_newest(quality),
        empty=quality.empty,
    )


def bars(checks: tuple[Check, ...]) -> list[Bar]:
    """A bar for each of the last runs; what is not met stays visible beside however many that are."""
    shown = checks[-RUNS:]
    return [Bar(x * _STEP, _said(one), _parts(one)) for x, one in enumerate(shown, start=RUNS - len(shown))]


def _parts(check: Check) -> tuple[Part, ...]:
    counts = {"critical": check.critical, "warning": check.warnings, "met": check.met}
    whole = sum(counts.values())
    unmet = {kind: max(_SMALLEST, _HEIGHT * n / whole) for kind, n in counts.items() if n and kind != "met"}
    scale = min(1.0, _HEIGHT / (sum(unmet.values()) or _HEIGHT))
    heights = {kind: height * scale for kind, height in unmet.items()}
    if check.met:
        heights["met"] = _HEIGHT - sum(heights.values())
    made, y = [], 1.0
    for kind, height in heights.items():
        if height > 0:
            made.append(Part(kind, round(y, 1), round(height, 1)))
        y += height
    return tuple(made)


def _said(check: Check) -> str:
    counted = f"{check.met} met, {check.warnings} warnings, {check.critical} critical"
    return f"{check.checked_at:%Y-%m-%d %H:%M}, {check.stage}: {counted}"


def _facts(quality: Quality) -> list[tuple[str, Any]]:
    balanced = None if quality.unknown else not any(book.problems for book in quality.books)
    return [
        ("Held back or failed", quality.count("held back", "failed")),
        ("With warnings", quality.count("warnings")),
        ("Passed", quality.count("passed")),
        ("Accounts balance", balanced),
        ("Rejects", sum(one.count for one in quality.rejects)),
        ("Late rows", sum(one.late for one in quality.late)),
    ]


def _verdict(one: Checked) -> dict[str, Any]:
    return {
        "table": one.table,
        "verdict": one.verdict,
        "tone": TONES[one.verdict],
        "check": one.held or one.standing,
        "bars": bars(one.checks),
    }


def _books(quality: Quality) -> Grid:
    heads = ["Table", "Balanced", "Bronze", "Silver", "Duplicates", "Rejects"]
    filled = [book for book in quality.books if book.bronze or book.problems]
    rows = [(b.table, not b.problems, b.bronze, b.silver, b.duplicates, b.rejected) for b in filled]
    return Grid("Bronze = silver + duplicates + rejects", heads, rows)


def _late(quality: Quality) -> Grid:
    heads = ["Table", "Allowed", "Rows", "Late", "Late (%)", *(name for name, _ in DELAYS), "later"]
    rows = [
        (one.table, span(one.allowed), one.rows, one.late, one.late / one.rows if one.rows else None, *one.delays)
        for one in quality.late
    ]
    return Grid("Late rows by how late they came", heads, rows)


def _rejects(quality: Quality) -> Grid:
    heads = ["Reason", "Field", "Table", "First", "Newest", "Messages"]
    rows = [(one.reason, one.column, one.table, one.first_at, one.newest_at, one.count) for one in quality.rejects]
    return Grid("Rejects by reason", heads, rows)


def _newest(quality: Quality) -> Grid:
    heads = ["Table", "Age", "Newest", "Column", "Newest commit", "Its age"]
    now = quality.made_at
    rows = [
        (one.table, age(one.at, now), one.at, one.column, one.committed_at, age(one.committed_at, now))
        for one in quality.newest
    ]
    return Grid("Newest rows and commits", heads, rows)
