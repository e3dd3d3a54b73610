"""What the quality report says, as plain values: verdicts and their trend, the books, rejects, late rows, age.

Read over the running host; only counts, never a row's values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from apps.offenders import command
from apps.verdicts import VERDICTS, Checked, Failure, checked, failures
from apps.words import many
from lakehouse import contracts, history
from lakehouse.clock import utc_now
from lakehouse.contracts.reject import REJECT
from lakehouse.errors import KafkaUnavailable, Stopped
from lakehouse.settings import Settings
from lakehouse.tables import Table, literal
from streaming.audit import Book

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

DELAYS = (("in a week", 7), ("in a month", 30), ("in a year", 365))
"""How long after its own time a late row came, and the most days."""


@dataclass(frozen=True)
class Rejected:
    """Messages that a table refused for one reason in one field, and when the first and the newest came."""

    table: str
    reason: str
    column: str | None
    count: int
    first_at: datetime
    newest_at: datetime
    command: str


@dataclass(frozen=True)
class Late:
    """Rows of a table that came later than its contract allows; `delays` counts them by DELAYS, the longest last."""

    table: str
    allowed: timedelta
    rows: int
    late: int
    delays: tuple[int, ...]


@dataclass(frozen=True)
class Newest:
    """How new a table is: its newest day or time, where it has such a column, and its newest commit."""

    table: str
    column: str | None
    at: date | datetime | None
    committed_at: datetime


@dataclass(frozen=True)
class Quality:
    """The whole report; `unknown` says why there are no books, and `empty` names the tables that nobody wrote yet."""

    made_at: datetime
    tables: tuple[Checked, ...]
    failures: tuple[Failure, ...]
    books: tuple[Book, ...]
    unknown: str
    rejects: tuple[Rejected, ...]
    late: tuple[Late, ...]
    newest: tuple[Newest, ...]
    empty: tuple[str, ...]

    def count(self, *verdicts: str) -> int:
        """Tables with one of the verdicts."""
        return sum(one.verdict in verdicts for one in self.tables)

    @property
    def summary(self) -> str:
        """The verdicts in one sentence."""
        words = {"warnings": "with warnings", "not checked": "not checked yet"}
        counted = [f"{self.count(one)} {words.get(one, one)}" for one in VERDICTS if self.count(one)]
        return f"Of {many(len(self.tables), 'published table')}: {', '.join(counted)}."


def quality(settings: Settings, *, with_books: bool = True, on_progress: Callable[[int, int], None]) -> Quality:
    """Everything the report says, as of now; the books read all of bronze, and need the broker."""
    from lakehouse.spark import connect

    spark, now, steps = connect(settings), utc_now(), 6
    on_progress(0, steps)
    tables = checked(spark, contracts.PUBLISHED)
    on_progress(1, steps)
    unmet = failures(spark, tables)
    on_progress(2, steps)
    refused = rejects(spark)
    on_progress(3, steps)
    every = [table for table in contracts.TABLES if table.layer != "quality"]
    age = newest(spark, every)
    filled = {one.table for one in age}
    on_progress(4, steps)
    behind = late(spark, [table for table in contracts.STREAMED if table.name in filled])
    on_progress(5, steps)
    books, unknown = _books(settings) if with_books else ((), "they were left out")
    on_progress(6, steps)
    empty = tuple(table.name for table in every if table.name not in filled)
    return Quality(now, tables, unmet, books, unknown, refused, behind, age, empty)


def rejects(spark: "SparkSession") -> tuple[Rejected, ...]:
    """The messages that no table took, the most frequent reason first."""
    by = "table_name", "reason", "column_name"
    ends = F.min("ingested_at").alias("first_at"), F.max("ingested_at").alias("newest_at")
    counted = spark.table(REJECT.name).groupBy(*by).agg(F.count("*").alias("messages"), *ends)
    return tuple(
        Rejected(row[0], row[1], row[2], row["messages"], _utc(row["first_at"]), _utc(row["newest_at"]), _shown(row))
        for row in counted.orderBy(F.desc("messages"), *by).collect()
    )


def late(spark: "SparkSession", tables: Iterable[Table]) -> tuple[Late, ...]:
    """The tables that flag late rows, each with its late ones by delay."""
    streams = {table.name: table.stream for table in tables if table.stream and "is_late" in table.names}
    counted = [_late(spark, name, stream.event_at) for name, stream in streams.items()]
    rows = reduce(lambda one, other: one.unionByName(other), counted).collect() if counted else []
    return tuple(
        Late(row["table"], streams[row["table"]].late_after, row["rows"], row["late"], tuple(row["delays"]))
        for row in sorted(rows, key=lambda row: row["table"])
    )


def newest(spark: "SparkSession", tables: Iterable[Table]) -> tuple[Newest, ...]:
    """The tables that were written since they were made, in their order: how new their rows and commits are."""
    every = list(tables)
    filled = history.written(spark, [table.name for table in every])
    clocks = {table.name: _clock(table) for table in every if table.name in filled}
    logs = history.read(spark, [table.name for table in every if table in contracts.PUBLISHED and table.name in filled])
    committed = {name: (logs[name].commits if name in logs else history.newest(spark, name))[0].at for name in clocks}
    asked = [
        spark.table(name).agg(F.max(column).cast("timestamp").alias("at")).select(F.lit(name).alias("table"), "at")
        for name, column in clocks.items()
        if column
    ]
    rows = reduce(lambda one, other: one.unionByName(other), asked).collect() if asked else []
    found = {row["table"]: row["at"] for row in rows}
    days = {table.name for table in every if table.refresh and table.refresh.period != "bucket"}
    return tuple(
        Newest(name, column, _newest(found.get(name), is_day=name in days), committed[name])
        for name, column in clocks.items()
    )


def _books(settings: Settings) -> tuple[tuple[Book, ...], str]:
    """The books, or why there are none: without a broker nobody knows what the streams still have to take."""
    from apps.inspect import audited

    try:
        return tuple(audited(settings)), ""
    except (KafkaUnavailable, Stopped) as error:
        return (), str(error)


def _shown(row: "Row") -> str:
    """The command that shows messages refused for one reason."""
    told = [f"{name} = {literal(row[name])}" for name in ("table_name", "reason", "column_name") if row[name]]
    where = " AND ".join(told)
    text = "make_valid_utf8(CAST(payload AS STRING)) AS payload"
    return command(f"SELECT partition, offset, {text} FROM {REJECT.name} WHERE {where}", limit=5)  # noqa: S608


def _late(spark: "SparkSession", name: str, event_at: str) -> "DataFrame":
    days = (F.unix_micros("ingested_at") - F.unix_micros(event_at)) / 86_400_000_000
    ends = [most for _, most in DELAYS]
    delays = [
        F.count_if(F.col("is_late") & (days > low) & (F.lit(True) if high is None else days <= high))
        for low, high in zip([0, *ends], [*ends, None], strict=True)
    ]
    return spark.table(name).agg(
        F.lit(name).alias("table"), F.count("*").alias("rows"), F.count_if("is_late").alias("late"),
        F.array(*delays).alias("delays"),
    )  # fmt: skip


def _clock(table: Table) -> str | None:
    """The column that says how new the table's rows are."""
    if table.stream:
        return table.stream.event_at
    if table.layer == "bronze":
        return "ingested_at"
    return table.refresh.column if table.refresh and table.refresh.period != "bucket" else None


def _newest(at: datetime | None, *, is_day: bool) -> date | datetime | None:
    return at and (_utc(at).date() if is_day else _utc(at))


def _utc(at: datetime) -> datetime:
    """Spark's time, which comes without a zone in that of the process, as an aware one."""
    return at.astimezone(UTC)
