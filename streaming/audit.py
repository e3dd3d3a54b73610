"""The books: bronze = silver + duplicates + rejects, told anew from bronze itself, not from counters.

Every bronze message is judged again by the same pure functions, and the result is compared with what the tables
hold, by key: a lost, doubled or invented row is found even where the sums happen to agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse import delta
from lakehouse.contracts.reject import REJECT
from lakehouse.errors import BooksUnbalanced
from lakehouse.tables import Table
from streaming.classify import judged

_PLACE = ("partition", "offset")


@dataclass(frozen=True)
class Book:
    """The books of one silver table; `problems` is empty where they balance."""

    table: str
    bronze: int
    silver: int
    duplicates: int
    rejected: int
    late: int
    reasons: Mapping[str, int]
    problems: tuple[str, ...]


def book(spark: SparkSession, table: Table, *, acked: Mapping[int, int] | None = None, dropped: int = 0) -> Book:
    """The books of a silver table whose stream has taken all of bronze.

    `acked` names, by partition, the last offset that a producer's ledger holds as acknowledged; `dropped` is the
    number of rows that the watermark dropped, which must be 0.
    """
    assert table.stream is not None
    name = table.stream.topic.bronze
    newest = delta.version(spark, name)
    rejects = spark.table(REJECT.name).where(F.col("table_name") == table.name).select(*_PLACE, "reason")
    is_untouched = newest == 0 and delta.version(spark, table.name) == 0
    if is_untouched and not acked and not dropped and rejects.isEmpty():
        return Book(table.name, 0, 0, 0, 0, 0, {}, ())
    bronze = delta.at_version(spark, name, newest)
    rows = judged(bronze, table).select(*dict.fromkeys((*table.key, *_PLACE)), "reason").persist()
    accepted = rows.where("reason IS NULL").select(*table.key)
    refused = rows.where("reason IS NOT NULL").select(*_PLACE, "reason")
    silver = spark.table(table.name)
    events, messages = accepted.distinct().count(), accepted.count()
    held, late = silver.count(), silver.where("is_late").count() if "is_late" in table.names else 0
    reasons = {row["reason"]: row["count"] for row in rejects.groupBy("reason").count().collect()}
    found = [
        *_gaps(bronze, acked or {}),
        *_unlike("silver", accepted.distinct(), silver.select(*table.key)),
        *_unlike("silver.reject", refused, rejects),
        *([f"the watermark dropped {dropped} rows"] if dropped else []),
    ]
    rows.unpersist()
    return Book(table.name, bronze.count(), held, messages - events, sum(reasons.values()), late, reasons, tuple(found))


def require(books: list[Book]) -> None:
    """Raise BooksUnbalanced with every problem, or where the sums do not agree."""
    problems = [f"{one.table}: {problem}" for one in books for problem in one.problems]
    problems += [
        f"{one.table}: {one.bronze} in bronze, but {one.silver} + {one.duplicates} + {one.rejected} after it"
        for one in books
        if one.bronze != one.silver + one.duplicates + one.rejected
    ]
    if problems:
        raise BooksUnbalanced(
            "; ".join(problems), expected="bronze = silver + duplicates + rejects, row by row", hint="moviepulse status"
        )


def _gaps(bronze: DataFrame, acked: Mapping[int, int]) -> list[str]:
    """Offsets that bronze holds twice or not at all, from its first to its last and to the last acknowledged."""
    found = (
        bronze.groupBy("partition")
        .agg(
            F.count("*").alias("rows"),
            F.count_distinct("offset").alias("offsets"),
            F.min("offset").alias("first"),
            F.max("offset").alias("last"),
        )
        .collect()
    )
    problems = []
    for one in found:
        span = one["last"] - one["first"] + 1
        if one["rows"] != one["offsets"]:
            problems.append(f"bronze partition {one['partition']} holds {one['rows'] - one['offsets']} offsets twice")
        if one["offsets"] != span:
            problems.append(f"bronze partition {one['partition']} lacks {span - one['offsets']} offsets")
    last = {one["partition"]: one["last"] for one in found}
    for partition, offset in acked.items():
        if offset > last.get(partition, -1):
            problems.append(
                f"bronze partition {partition} ends at {last.get(partition, -1)}, but {offset} was acknowledged"
            )
    return problems


def _unlike(name: str, expected: DataFrame, found: DataFrame) -> list[str]:
    """Rows that one side has more often than the other."""
    lost, strange = expected.exceptAll(found).count(), found.exceptAll(expected).count()
    problems = [f"{name} lacks {lost} rows that bronze asks for"] if lost else []
    return problems + ([f"{name} holds {strange} rows that bronze does not explain"] if strange else [])
