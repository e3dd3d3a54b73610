"""Rows that wait for their check: each run writes them once, to a table of its own that nothing else changes.

A Parquet table, not Delta's: it has one version and no reader but its run, and to write it takes a third of the time.
docs/decisions/staging-tables.md has the reasons.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from pyspark.errors import PySparkException

from lakehouse import delta, history
from lakehouse.catalog import STAGING
from lakehouse.errors import CheckFailed, PublishOvertaken
from lakehouse.tables import Period, Table, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Staged:
    """What waits for its check in a staging table; `periods` are those it replaces, None for the whole table.

    `follows` is the version of the table's commit that the build started from, None where there was none.
    """

    table: Table
    run_id: str
    inputs: Mapping[str, history.Pin]
    periods: tuple[Period, ...] | None
    follows: int | None
    place: str

    @property
    def replaced(self) -> str | None:
        """The condition on the table's rows that the staged ones replace; None for all of them."""
        if self.periods is None or self.table.refresh is None:
            return None
        return delta.among(self.table.refresh.column, self.periods)


def put(spark: "SparkSession", table: Table, rows: "DataFrame") -> str:
    """Write the rows to a new table, which the view staging.<entity> shows; what waited there before is removed."""
    clear(spark, table)
    place = f"{STAGING}.{table.entity}_of_{uuid4().hex}"
    delta.create(rows, place)
    spark.sql(f"CREATE VIEW {STAGING}.{quoted(table.entity)} AS TABLE {place}")
    return place


def clear(spark: "SparkSession", table: Table) -> None:
    """Remove what waits to become the table, if anything."""
    spark.sql(f"DROP VIEW IF EXISTS {STAGING}.{quoted(table.entity)}")
    for left in spark.sql(f"SHOW TABLES IN {STAGING} LIKE '{table.entity}_of_*'").collect():
        spark.sql(f"DROP TABLE IF EXISTS {STAGING}.{left.tableName}")


def candidate(spark: "SparkSession", staged: Staged) -> "DataFrame":
    """The table as it would be after publishing: what stands outside the touched periods, and the staged rows."""
    rows = spark.table(staged.place)
    if staged.replaced is None:
        return rows
    return spark.table(staged.table.name).where(f"NOT ({staged.replaced})").unionByName(rows)


@contextmanager
def waiting(spark: "SparkSession", staged: Staged) -> Iterator[None]:
    """Around all that is done with staged rows: raises PublishOvertaken where another run has put its own instead."""
    try:
        yield
    except (PySparkException, CheckFailed) as error:
        if spark.catalog.tableExists(staged.place):
            raise
        raise PublishOvertaken(
            f"another run staged {staged.table.name} while run {staged.run_id} was checking it", hint="moviepulse build"
        ) from error
