"""The books of files: lines in bronze = headers + accepted + rejected, told anew from bronze itself.

Every line is judged again and the silver tables are computed again; both are compared with what the tables hold, row
by row, so that a lost, doubled or invented row is found even where the sums agree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import ModuleType
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from batch.build import function_of
from batch.load import tables
from lakehouse import delta, history
from lakehouse.contracts.reject import REJECT
from lakehouse.errors import BooksUnbalanced
from lakehouse.files import Lines
from lakehouse.lines import judged
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import Row, SparkSession

_REFUSAL = ("topic", "partition", "offset", "table_name", "column_name")


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
        for row in bronze.groupBy(_kind_of("topic").alias("kind"))
        .agg(F.count("*").alias("lines"), F.count_if(F.col("value") == F.col("key")).alias("headers"))
        .collect()
    }
    problems = _gaps(bronze)
    known = [lines for lines in stem.LINES if lines.kind in held]
    verdicts = _verdicts(spark, bronze, known) if known else []
    kinds = []
    for lines in known:
        kind, found = _kind(lines.kind, *held.pop(lines.kind), [one for one in verdicts if one["kind"] == lines.kind])
        kinds.append(kind)
        problems += found
    problems += [f"{name} holds {lines} lines of {kind}, which is no kind of file" for kind, (lines, _) in held.items()]
    if kinds:
        for table in tables(stem):
            problems += _unlike(spark, table, function_of(table)(bronze))
    reasons = Counter[str]()
    for one in verdicts:
        if one["reason"] and one["lines"]:
            reasons[one["reason"]] += one["lines"]
    return FileBook(name, tuple(kinds), dict(reasons), tuple(problems))


def require(books: Iterable[FileBook]) -> None:
    """Raise BooksUnbalanced with every problem."""
    problems = [f"{one.table}: {problem}" for one in books for problem in one.problems]
    if problems:
        expected = "lines = headers + accepted + rejected, and silver as bronze asks for"
        raise BooksUnbalanced("; ".join(problems), expected=expected, hint="repeat moviepulse load")


def _verdicts(spark: "SparkSession", bronze: DataFrame, known: Iterable[Lines]) -> list["Row"]:
    """Of each kind and reason (NULL where accepted) the lines, and the rejects that are too few and too many."""
    judgements = [judged(bronze, lines).withColumn("table_name", F.lit(lines.table)) for lines in known]
    line = reduce(DataFrame.unionByName, [one.select("reason", *_REFUSAL) for one in judgements])
    there = spark.table(REJECT.name).select("reason", *_REFUSAL)
    there = there.where(_kind_of("topic").isin(*[lines.kind for lines in known]))
    line = line.withColumns({"_line": F.lit(1), "_more": F.col("reason").isNotNull().cast("int")})
    sides = line.unionByName(there.withColumns({"_line": F.lit(0), "_more": F.lit(-1)}))
    # The accepted ones are counted together, without their places.
    at = [F.when(F.col("reason").isNotNull(), F.col(name)).alias(name) for name in _REFUSAL]
    each = sides.groupBy(_kind_of("topic").alias("kind"), "reason", *at).agg(
        F.sum("_line").alias("lines"), F.sum("_more").alias("more")
    )
    return each.groupBy("kind", "reason").agg(F.sum("lines").alias("lines"), *_lost_and_strange()).collect()


def _kind(kind: str, count: int, headers: int, verdicts: Sequence["Row"]) -> tuple[Kind, list[str]]:
    lines = {verdict["reason"]: verdict["lines"] for verdict in verdicts}
    accepted = lines.pop(None, 0)
    found = Kind(kind, count, headers, accepted, sum(lines.values()))
    problems = []
    if count != headers + accepted + found.rejected:
        problems.append(f"{kind}: {count} lines, but {headers} + {accepted} + {found.rejected} after them")
    lost, strange = (sum(verdict[side] for verdict in verdicts) for side in ("lost", "strange"))
    return found, problems + _said(f"silver.reject of {kind}", lost, strange)


def _gaps(bronze: DataFrame) -> list[str]:
    """Lines that bronze holds twice, or not at all although a later one of their split is there."""
    split = bronze.groupBy("topic", "partition").agg(
        F.count("*").alias("lines"), F.count_distinct("offset").alias("places"), F.max("offset").alias("last")
    )
    found = split.where("lines != places OR places != last + 1").orderBy("topic", "partition").limit(20).collect()
    return [
        f"{one['topic']} split {one['partition']}: {one['lines']} lines on {one['places']} of {one['last'] + 1} places"
        for one in found
    ]


def _unlike(spark: "SparkSession", table: Table, expected: DataFrame) -> list[str]:
    """Rows that one side has more often than the other; each side is computed once."""
    sides = expected.select(*table.names, F.lit(1).alias("_more")).unionByName(
        spark.table(table.name).withColumn("_more", F.lit(-1))
    )
    differ = sides.groupBy(*table.names).agg(F.sum("_more").alias("more"))
    lost, strange = differ.agg(*_lost_and_strange()).collect()[0]
    return _said(table.name, lost, strange)


def _lost_and_strange() -> tuple[Column, Column]:
    more = F.col("more")
    both = {"lost": F.sum(F.greatest(more, F.lit(0))), "strange": F.sum(F.greatest(-more, F.lit(0)))}
    lost, strange = (F.coalesce(count, F.lit(0)).alias(name) for name, count in both.items())
    return lost, strange


def _said(name: str, lost: int, strange: int) -> list[str]:
    problems = [f"{name} lacks {lost} rows that bronze asks for"] if lost else []
    return problems + ([f"{name} holds {strange} rows that bronze does not explain"] if strange else [])


def _kind_of(topic: str) -> Column:
    return F.substring_index(topic, "/", 1)
