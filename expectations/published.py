"""The check of what is published: its expectations and its freshness, recorded; what a run found, in numbers."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from expectations.check import Report, check, record
from expectations.freshness import freshness
from lakehouse import contracts, history
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.errors import NotPublished
from lakehouse.tables import Table, by_name

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SIDE_BY_SIDE = 3  # checks at once: Spark plans one while it computes another


@dataclass(frozen=True)
class Tally:
    """What a run found out about one table, in numbers; `critical` and `warnings` count what is not met."""

    rows: int | None
    expectations: int
    met: int
    critical: int
    warnings: int


def published(spark: "SparkSession", names: Iterable[str] | None = None) -> list[Table]:
    """The named tables; all that a build or a training has published if none is named.

    Raises ContractBroken for a table that neither makes, NotPublished where nothing was published yet.
    """
    if names:
        return [by_name(contracts.PUBLISHED, name) for name in names]
    written = history.written(spark, [table.name for table in contracts.PUBLISHED])
    found = [table for table in contracts.PUBLISHED if table.name in written]
    if not found:
        raise NotPublished("nothing was published yet", hint="moviepulse build")
    return found


def checked(logs: history.Logs, *tables: Table, run_id: str, at: datetime, again: bool = False) -> list[Report]:
    """A report on each table as it is published, all kept in quality.expectation_result by one commit."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as several:
        reports = list(several.map(lambda table: _checked(logs, table, run_id, at), tables))
    record(logs.spark, *reports, again=again)
    return reports


def _checked(logs: history.Logs, table: Table, run_id: str, at: datetime) -> Report:
    found = check(logs.spark.table(table.name), table, run_id=run_id, stage="published", at=at)
    return replace(found, findings=(*found.findings, freshness(logs, table, at)))


def tallies(spark: "SparkSession", run_id: str) -> dict[str, Tally]:
    """By table, what the run has recorded; for those that it checked, whether they passed or not."""
    unmet = ~F.col("is_met")
    found = (
        spark.table(EXPECTATION_RESULT.name)
        .where(F.col("run_id") == run_id)
        .groupBy("table_name")
        .agg(
            F.max("row_count"),
            F.count("*"),
            F.count_if("is_met"),
            F.count_if(unmet & (F.col("severity") == "critical")),
            F.count_if(unmet & (F.col("severity") != "critical")),
        )
    )
    return {name: Tally(*counts) for name, *counts in found.collect()}
