"""What an answer is made of, and the words for figures that all four share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.pages.page import Grid
from lakehouse.genre_groups import ALL_GENRES, CRIME_OR_WAR

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = Mapping[str, Any]
Tables = dict[str, list[Row]]
"""Rows by what they are; each row a mapping of plain values."""

ENOUGH = 30
"""With fewer titles a genre is not compared with others."""
NO_DATA = "Not enough data"


@dataclass(frozen=True)
class Answer:
    """A question with a name, what the figures say in sentences, the figures, and what to keep in mind."""

    name: str
    question: str
    findings: tuple[str, ...]
    grids: tuple[Grid, ...]
    notes: tuple[str, ...]


def rows(spark: "SparkSession", query: str) -> list[Row]:
    """The rows of a query as plain mappings."""
    return [row.asDict(recursive=True) for row in spark.sql(query).collect()]


def genre(row: Row) -> str:
    """The name of a row's genre or group of genres."""
    groups = {ALL_GENRES: "All genres", CRIME_OR_WAR: "Crime or War", 0: "Unknown genre"}
    return groups.get(row["genre_id"]) or row["genre_name"] or f"Genre {row['genre_id']}"


def share(part: int, whole: int) -> str:
    """`12 of 48 (25 %)`."""
    return f"{part:,} of {whole:,} ({100 * part / whole:.0f} %)" if whole else "none"


def interval(row: Row, correlation: str) -> str:
    """`0.52 (95 % interval 0.45 to 0.58)`."""
    names = (correlation, f"{correlation.removeprefix('rank_')}_low", f"{correlation.removeprefix('rank_')}_high")
    found, low, high = (row[name] for name in names)
    return f"{found:.2f} (95 % interval {low:.2f} to {high:.2f})"


def rises(found: float, low: float, high: float) -> str:
    """How one figure goes with another: `rises clearly`, `falls slightly`, or that chance alone could do it."""
    if low <= 0 <= high:
        return "does not change measurably"
    steps = ((0.2, "slightly"), (0.4, "somewhat"), (0.6, "clearly"))
    much = next((word for below, word in steps if abs(found) < below), "strongly")
    return f"{'rises' if found > 0 else 'falls'} {much}"
