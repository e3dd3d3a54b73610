"""quality.expectation_result -> what holds for each table now, how it was in the last runs, and what to look at.

Only counts were kept, never a row's values: each failure comes with the command that shows the rows.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from apps.offenders import command, promise, rows_query
from apps.words import many
from lakehouse import contracts
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.tables import Table, by_name

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RUNS = 20
VERDICTS = ("held back", "failed", "warnings", "passed", "not checked")
"""What a table may be, worst first."""


@dataclass(frozen=True)
class Check:
    """What one run found about one table, in numbers."""

    run_id: str
    stage: str
    checked_at: datetime
    met: int
    warnings: int
    critical: int

    @property
    def is_held_back(self) -> bool:
        """Its rows were not published."""
        return self.stage != "published" and self.critical > 0

    @property
    def worst(self) -> str:
        """critical, warning or met."""
        return "critical" if self.critical else "warning" if self.warnings else "met"


@dataclass(frozen=True)
class Checked:
    """A table and its last checks, oldest first; none where it was never checked."""

    table: str
    checks: tuple[Check, ...]

    @property
    def held(self) -> Check | None:
        """The newest build's check, where that was held back: what was published before stands."""
        tried = [one for one in self.checks if one.stage != "published"]
        return tried[-1] if tried and tried[-1].stage == "staged" and tried[-1].is_held_back else None

    @property
    def standing(self) -> Check | None:
        """The newest check of what is published."""
        return next((one for one in reversed(self.checks) if not one.is_held_back), None)

    @property
    def verdict(self) -> str:
        """The worst that holds now: held back, failed, warnings, passed; not checked where nothing is known."""
        now = self.held or self.standing
        if now is None:
            return "not checked"
        if self.held:
            return "held back"
        if now.critical:
            return "failed"
        return "warnings" if now.warnings else "passed"


@dataclass(frozen=True)
class Failure:
    """An expectation that is not met now, how often, and the command that shows the rows."""

    table: str
    stage: str
    severity: str
    promise: str
    count: int | None
    row_count: int | None
    observed: str | None
    command: str

    @property
    def found(self) -> str:
        """`3 of 40 rows`, or what was observed instead."""
        if self.count is None:
            return self.observed or "no answer"
        return many(self.count, "row") if self.row_count is None else f"{self.count:,} of {many(self.row_count, 'row')}"


def checked(spark: "SparkSession", tables: Iterable[Table], *, runs: int = RUNS) -> tuple[Checked, ...]:
    """Each table with its last checks of either stage."""
    from pyspark.sql import Window

    by = "table_name", "run_id", "stage"
    newest_first = Window.partitionBy("table_name", "stage").orderBy(F.desc("checked_at"), "run_id")
    unmet = [F.count_if(~F.col("is_met") & (F.col("severity") == kind)).alias(kind) for kind in ("warning", "critical")]
    counted = (
        spark.table(EXPECTATION_RESULT.name)
        .groupBy(*by)
        .agg(F.max("checked_at").alias("checked_at"), F.count_if("is_met").alias("met"), *unmet)
        .withColumn("place", F.row_number().over(newest_first))
        .where(F.col("place") <= runs)
    )
    found: dict[str, list[Check]] = {}
    for row in counted.orderBy("checked_at", *by).collect():
        one = Check(
            row["run_id"], row["stage"], row["checked_at"].astimezone(UTC), row["met"], row["warning"], row["critical"]
        )
        found.setdefault(row["table_name"], []).append(one)
    return tuple(Checked(table.name, tuple(found.get(table.name, ()))) for table in tables)


def failures(spark: "SparkSession", tables: Iterable[Checked]) -> tuple[Failure, ...]:
    """What is not met now, the critical first; of a held back build, and of what stands published beside it."""
    now = {(t.table, one.run_id, one.stage): one for t in tables for one in (t.standing, t.held) if one}
    runs = sorted({one.run_id for one in now.values()})
    unmet = spark.table(EXPECTATION_RESULT.name).where(~F.col("is_met") & F.col("run_id").isin(runs))
    rows = [row.asDict() for row in unmet.collect() if (row["table_name"], row["run_id"], row["stage"]) in now]
    rows.sort(key=lambda row: (row["severity"], row["table_name"], row["column_name"], row["arguments"], row["stage"]))
    staged = {row.tableName for row in spark.sql("SHOW TABLES IN staging").collect()}
    return tuple(_failure(row, now[row["table_name"], row["run_id"], row["stage"]], staged) for row in rows)


def _failure(row: Mapping[str, Any], check: Check, staged: Collection[str]) -> Failure:
    table, kind = row["table_name"], (row["expectation"], row["column_name"], row["arguments"])
    place = f"staging.{table.split('.')[1]}" if check.is_held_back else table
    query = rows_query(*kind, source=place)
    made_by = contracts.made_by(by_name(contracts.PUBLISHED, table))
    again = made_by if check.is_held_back else f"moviepulse check {table}"
    if query is None or str(row["observed"]).startswith("could not run"):
        shown = again
    elif check.is_held_back and place.split(".")[1] not in staged:  # the host has forgotten it; a build stages it anew
        shown = f"{again}; {command(query)}"
    else:
        shown = command(query)
    return Failure(
        table, check.stage, row["severity"], promise(*kind), row["unexpected_count"],
        row["row_count"] if row["column_name"] else None, row["observed"], shown,
    )  # fmt: skip
