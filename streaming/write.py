"""What happens to one micro-batch: counted once, then silver and silver.reject, each in a commit of its own.

A batch that is tried again after a crash finds its commits and skips them, table by table.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lakehouse.contracts.reject import REJECT
from lakehouse.once import Once
from lakehouse.tables import Table, Topic

SMALL = 50_000
"""Up to so many rows a commit writes one file instead of one per partition."""
_ALL = 1_000_000
"""More partitions than any batch has: to coalesce to so many changes no row, but a generated class ends there."""

Written = Callable[[str, int], None]
"""Told after each commit: table and batch."""


def to_bronze(topic: Topic, written: Written) -> Callable[[DataFrame, int], None]:
    """The foreachBatch function of a topic's bronze query."""
    once: list[Once] = []

    def write(batch: DataFrame, number: int) -> None:
        if number == 0 and batch.isEmpty():  # Spark begins with a batch for an empty topic too
            return
        if not once:
            once.append(Once(topic.bronze, _query_id(batch.sparkSession)))
        if once[0].append(batch, topic.bronze, batch=number):
            written(topic.bronze, number)

    return write


def deduplicated(rows: DataFrame, table: Table) -> DataFrame:
    """The rows without repeats of an event that arrived within the watermark; rejects are told apart by coordinates.

    The watermark lies on the batch's own time, so no row is ever behind it: it only bounds the state. That time is
    written into generated code, so it is added apart from the judging, whose class then serves every batch.
    """
    assert table.stream is not None
    accepted = F.col("reason").isNull()
    event = F.concat_ws("\x1f", *table.key)
    message = F.concat_ws(":", "topic", "partition", "offset")
    return (
        rows.withColumn("_same", F.when(accepted, event).otherwise(message))
        .coalesce(_ALL)
        .withColumn("seen_at", F.current_timestamp())
        .withWatermark("seen_at", _interval(table.stream.watermark))
        .dropDuplicatesWithinWatermark(["_same"])
    )


def to_silver(table: Table, written: Written) -> Callable[[DataFrame, int], None]:
    """The foreachBatch function of a silver query over `deduplicated` rows."""
    once: list[Once] = []

    def write(batch: DataFrame, number: int) -> None:
        if not once:
            once.append(Once(table.name, _query_id(batch.sparkSession)))
        batch.persist()
        try:
            _write(batch, number, table, once[0], written)
        finally:
            batch.unpersist()

    return write


def _write(batch: DataFrame, number: int, table: Table, once: Once, written: Written) -> None:
    assert table.stream is not None
    accepted = F.col("reason").isNull()
    old_from = F.col("seen_at") - F.expr(f"INTERVAL {int(table.stream.watermark.total_seconds())} SECONDS")
    # Null-safe: a reject may have no event time.
    is_old = accepted & F.coalesce(F.col(table.stream.event_at) < old_from, F.lit(False))
    counted = _counted(batch, accepted=accepted, is_old=is_old)
    rows = {name: counted[name] for name in ("accepted", "late", "old", "rejected")}
    if counted["accepted"] > counted["old"]:
        fresh = _few(batch.where(accepted & ~is_old), counted["accepted"]).select(*table.names)
        if once.append(fresh, table.name, batch=number, about={"rows": rows}):
            written(table.name, number)
    if counted["old"]:
        old = _few(batch.where(is_old), counted["old"]).select(*table.names)
        once.insert_new(old, table, batch=number, days=counted["old_days"], about={"rows": rows, "path": "merge"})
        written(table.name, number)
    if counted["rejected"]:
        refused = batch.where(~accepted).withColumn("table_name", F.lit(table.name)).select(*REJECT.names)
        _write_rejects(_few(refused, counted["rejected"]), number, once, {"rows": rows})
        written(REJECT.name, number)


def _write_rejects(refused: DataFrame, number: int, once: Once, about: Mapping[str, Any]) -> None:
    """All silver tables share silver.reject: it outlives the rebuild of one, whose rejects then come a second time."""
    if once.strangers(refused.sparkSession, REJECT.name):
        once.insert_new(refused, REJECT, batch=number, about=about)
    else:
        once.append(refused, REJECT.name, batch=number, about=about)


def _counted(batch: DataFrame, *, accepted: Column, is_old: Column) -> Row:
    """The batch's audit row; the one action that computes the batch."""
    late = F.col("is_late") if "is_late" in batch.columns else F.lit(False)
    found = batch.agg(
        F.count_if(accepted).alias("accepted"),
        F.count_if(accepted & late).alias("late"),
        F.count_if(is_old).alias("old"),
        F.count_if(~accepted).alias("rejected"),
        F.collect_set(F.when(is_old, F.col("event_date"))).alias("old_days"),
    ).first()
    assert found is not None
    return found


def _few(frame: DataFrame, rows: int) -> DataFrame:
    return frame.coalesce(1) if rows <= SMALL else frame


def _interval(length: timedelta) -> str:
    return f"{int(length.total_seconds())} seconds"


def _query_id(spark: SparkSession) -> str:
    """The id that the checkpoint gives the running query; known to the thread that runs its batch."""
    query_id = spark.sparkContext.getLocalProperty("sql.streaming.queryId")
    assert query_id is not None
    return query_id
