"""The books of files: lines in bronze = headers + accepted + rejected, told anew from bronze itself.

Every line is judged again and the silver tables are computed again; both are compared with what the tables hold, row
by row, so that a lost, doubled or invented row is found even where the sums agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from batch.build import function_of
from batch.load import refusals, tables
from lakehouse import delta, history
from lakehouse.contracts.reject import REJECT
from lakehouse.errors import BooksUnbalanced
from lakehouse.files import Lines
from lakehouse.lines import judged

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_PLACE = ("topic", "partition", "offset")


@dataclass(frozen=True)
class Kind:
    """The lines of all loaded files of one kind."""

    kind: str
    lines: int
    headers: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class FileBook:
    """The books of one bronze table of files; `problems` is empty where they balance."""

    table: str
    kinds: tuple[Kind, ...]
    reasons: Mapping[str, int]
    problems: tuple[str, ...]


def book(spark: "SparkSession", stem: ModuleType) -> FileBook:
    """The books of a stem's files, as bronze is now."""
    name = stem.FILES.name
    bronze = delta.at_version(spark, name, history.version(spark, name))
    held = {
        row["kind"]: (row["lines"], row["headers"])
        for row in bronze.groupBy(F.substring_index("topic", "/", 1).alias("kind"))
        .agg(F.count("*").alias("lines"), F.count_if(F.col("value") == F.col("key")).alias("headers"))
        .collect()
    }
    problems = _gaps(bronze)
    kinds, reasons = [], dict[str, int]()
    for lines in stem.LINES:
        if lines.kind in held:
            kind, why, found = _kind(spark, bronze, lines, *held.pop(lines.kind))
            kinds.append(kind)
            reasons |= {reason: reasons.get(reason, 0) + count for reason, count in why.items()}
            problems += found
    problems += [f"{name} holds {lines} lines of {kind}, which is no kind of file" for kind, (lines, _) in held.items()]
    if kinds:
        for table in tables(stem):
            expected = function_of(table)(bronze).select(*table.names)
            problems += _unlike(table.name, expected, spark.table(table.name))
    return FileBook(name, tuple(kinds), reasons, tuple(problems))


def require(books: Iterable[FileBook]) -> None:
    """Raise BooksUnbalanced with every problem."""
    problems = [f"{one.table}: {problem}" for one in books for problem in one.problems]
    if problems:
        expected = "lines = headers + accepted + rejected, and silver as bronze asks for"
        raise BooksUnbalanced("; ".join(problems), expected=expected, hint="repeat moviepulse load")


def _kind(
    spark: "SparkSession", bronze: "DataFrame", lines: Lines, count: int, headers: int
) -> tuple[Kind, dict[str, int], list[str]]:
    line = judged(bronze, lines)
    counts = {row["reason"]: row["count"] for row in line.groupBy("reason").count().collect()}
    accepted = counts.pop(None, 0)
    kind = Kind(lines.kind, count, headers, accepted, sum(counts.values()))
    problems = []
    if count != headers + accepted + kind.rejected:
        problems.append(f"{lines.kind}: {count} lines, but {headers} + {accepted} + {kind.rejected} after them")
    place = (*_PLACE, "table_name", "reason", "column_name")
    there = spark.table(REJECT.name).where(F.col("topic").startswith(f"{lines.kind}/"))
    problems += _unlike(
        f"silver.reject of {lines.kind}", refusals(line, lines.table).select(*place), there.select(*place)
    )
    return kind, counts, problems


def _gaps(bronze: "DataFrame") -> list[str]:
    """Lines that bronze holds twice, or not at all although a later one of their split is there."""
    split = bronze.groupBy("topic", "partition").agg(
        F.count("*").alias("lines"), F.count_distinct("offset").alias("places"), F.max("offset").alias("last")
    )
    found = split.where("lines != places OR places != last + 1").orderBy("topic", "partition").limit(20).collect()
    return [
        f"{one['topic']} split {one['partition']}: {one['lines']} lines on {one['places']} of {one['last'] + 1} places"
        for one in found
    ]


def _unlike(name: str, expected: "DataFrame", found: "DataFrame") -> list[str]:
    """Rows that one side has more often than the other; each side is computed once."""
    sides = expected.withColumn("_more", F.lit(1)).unionByName(found.withColumn("_more", F.lit(-1)))
    differ = sides.groupBy(*expected.columns).agg(F.sum("_more").alias("more"))
    lost, strange = differ.agg(
        F.coalesce(F.sum(F.greatest("more", F.lit(0))), F.lit(0)),
        F.coalesce(F.sum(F.greatest(-F.col("more"), F.lit(0))), F.lit(0)),
    ).collect()[0]
    problems = [f"{name} lacks {lost} rows that bronze asks for"] if lost else []
    return problems + ([f"{name} holds {strange} rows that bronze does not explain"] if strange else [])
