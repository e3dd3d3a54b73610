"""A part of the market page, and what its parts have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.answers.answer import Row
from apps.pages import charts
from apps.pages.page import Grid

TOP = 10
LABEL = {"movie": "Movies", "tv": "Series"}
COLOURS = {"Movies": charts.ACCENT, "Series": charts.SECOND}


@dataclass(frozen=True)
class Section:
    """A part of the page: its heading, what it shows in a sentence, charts and short tables."""

    id: str
    name: str
    lead: str
    figures: Sequence[charts.Figure]
    grids: Sequence[Grid]
    findings: Sequence[str] = ()
    notes: Sequence[str] = ()


def of_medium(medium: str, found: Sequence[Row]) -> list[Row]:
    """The rows of that medium."""
    return [row for row in found if row["media_type"] == medium]


def newest(found: Sequence[Row]) -> list[Row]:
    """The rows of the newest day that has any."""
    last = max((row["day"] for row in found), default=None)
    return [row for row in found if row["day"] == last]


def on_day(found: Sequence[Row]) -> str:
    """`on 2026-01-21 (UTC)`, the newest day."""
    return f"on {max(row['day'] for row in found)} (UTC)" if found else "today"


def title_of(row: Row) -> str:
    """The title; where it is not known, medium and id as the commands take them."""
    return row["title"] or f"{row['media_type']}/{row['title_id']}"
