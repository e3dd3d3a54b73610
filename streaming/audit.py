"""The books: bronze = silver + duplicates + rejects, told anew from bronze itself, not from counters.

Every bronze message is judged again by the same pure functions, and the result is compared with what the tables
hold, by key: a lost, doubled or invented row is found even where the sums happen to agree.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lakehouse import delta, history
from lakehouse.contracts.erasure import ERASURE_EVENT
from lakehouse.contracts.reject import REJECT
from lakehouse.errors import BooksUnbalanced
from lakehouse.tables import Table
from streaming.classify import judged

_PLACE = ("partition", "offset")


@dataclass(frozen=True)
class Book:
    """The books of one silver table; `problems` is empty where they balance.

    `erased` messages are no part of bronze any more; where they were is known.
    """

    table: str
    bronze: int
    silver: int
    duplicates: int
    rejected: int
    late: int
    erased: int
    reasons: Mapping[str, int]
    problems: tuple[str, ...]


def book(
    spark: SparkSession, table: Table, *, acked: Mapping[int, int] | None = None, dropped: int = 0,
    written: Collection[str] | None = None,
) -> Book:  # fmt: skip
    """The books of a silver table whose stream has taken all of bronze.

    `acked` names, by partition, the last offset that a producer's ledger holds as acknowledged; `dropped` is the
    number of rows that the watermark dropped, which must be 0; `written` are `history.written`, if known.
    """
    assert table.stream is not None
    name = table.stream.topic.bronze
    rejects = spark.table(REJECT.name).where(F.col("table_name") == table.name).select(*_PLACE, "reason")
    filled = {name, table.name} & set(history.written(spark, [name, table.name]) if written is None else written)
    if not (filled or acked or dropped) and rejects.isEmpty():
        return Book(table.name, 0, 0, 0, 0, 0, 0, {}, ())
    rows = judged(delta.at_version(spark, name, history.version(spark, name)), table)
    rows = rows.select(*dict.fromkeys((*table.key, *_PLACE)), "reason").persist()
    erased = spark.table(ERASURE_EVENT.name).where(F.col("topic") == table.stream.topic.name).select(*_PLACE)
    try:
        by_event = _compared(rows.where("reason IS NULL"), spark.table(table.name), table.key)
        (told,) = by_event.agg(*_totals(F.least("messages", F.lit(1)))).collect()
        by_reject = _compared(rows.where("reason IS NOT NULL"), rejects, (*_PLACE, "reason"))
        refused = by_reject.groupBy("reason").agg(*_totals(F.col("messages"))).collect()
        erased_count, gaps = _gaps(rows, erased, acked or {})
    finally:
        rows.unpersist()
    found = [
        *gaps,
        *_unlike("silver", told),
        *_unlike("silver.reject", *refused),
        *([f"the watermark dropped {dropped} rows"] if dropped else []),
    ]
    messages = sum(one["messages"] for one in (told, *refused))
    reasons = {one["reason"]: one["rows"] for one in refused if one["rows"]}
    return Book(
        table.name, messages, told["rows"], told["messages"] - told["asked"], sum(reasons.values()), told["late"],
        erased_count, reasons, tuple(found),
    )  # fmt: skip


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


def _compared(messages: DataFrame, rows: DataFrame, by: Sequence[str]) -> DataFrame:
    """One row per key: how many messages ask for it, how many rows have it, and how many of these are late."""
    none, one = F.lit(0), F.lit(1)
    late = F.col("is_late").cast("int") if "is_late" in rows.columns else none
    asked = messages.select(*by, one.alias("messages"), none.alias("rows"), none.alias("late"))
    had = rows.select(*by, none.alias("messages"), one.alias("rows"), late.alias("late"))
    return asked.unionByName(had).groupBy(*by).agg(*[F.sum(name).alias(name) for name in ("messages", "rows", "late")])


def _totals(asked: Column) -> list[Column]:
    """Over rows of `_compared`, of which the tables should have so many each: sums, and what lacks or is too much."""
    rows, none = F.col("rows"), F.lit(0)
    counts = {name: F.col(name) for name in ("messages", "rows", "late")} | {
        "asked": asked,
        "lost": F.greatest(asked - rows, none),
        "strange": F.greatest(rows - asked, none),
    }
    return [F.coalesce(F.sum(count), none).alias(name) for name, count in counts.items()]


def _gaps(bronze: DataFrame, erased: DataFrame, acked: Mapping[int, int]) -> tuple[int, list[str]]:
    """How many were erased; offsets that bronze holds twice, again or not at all, up to the last acknowledged."""
    is_erased = F.col("is_erased")
    found = (
        bronze.select(*_PLACE, F.lit(False).alias("is_erased"))
        .unionByName(erased.withColumn("is_erased", F.lit(True)))
        .groupBy("partition")
        .agg(
            F.count_if(~is_erased).alias("rows"),
            F.count_distinct(F.when(~is_erased, F.col("offset"))).alias("held"),
            F.count_if(is_erased).alias("erased"),
            F.count_distinct("offset").alias("offsets"),
            F.min("offset").alias("first"),
            F.max("offset").alias("last"),
        )
        .collect()
    )
    problems = []
    for one in found:
        counted = {
            "holds {} offsets twice": one["rows"] - one["held"],
            "holds {} messages again that were erased": one["held"] + one["erased"] - one["offsets"],
            "lacks {} offsets": one["last"] - one["first"] + 1 - one["offsets"],
        }
        problems += [f"bronze partition {one['partition']} {what.format(n)}" for what, n in counted.items() if n]
    last = {one["partition"]: one["last"] for one in found}
    for partition, offset in acked.items():
        if offset > last.get(partition, -1):
            problems.append(
                f"bronze partition {partition} ends at {last.get(partition, -1)}, but {offset} was acknowledged"
            )
    return sum(one["erased"] for one in found), problems


def _unlike(name: str, *told: Row) -> list[str]:
    """What is said of rows that the table lacks or has too many."""
    lost, strange = sum(one["lost"] for one in told), sum(one["strange"] for one in told)
    problems = [f"{name} lacks {lost} rows that bronze asks for"] if lost else []
    return problems + ([f"{name} holds {strange} rows that bronze does not explain"] if strange else [])
