"""Delta; with merge.py and once.py all that knows it: versions, changes, publishing in one commit, restoring."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from lakehouse.errors import ContractBroken, VersionMissing
from lakehouse.tables import Period, Table, literal, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_KEEP_ROWS = {
    "CREATE TABLE", "ADD COLUMNS", "CHANGE COLUMN", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "UPGRADE PROTOCOL",
    "OPTIMIZE", "REORG", "VACUUM START", "VACUUM END",
}  # fmt: skip
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Commit:
    """One commit of a table: its version and time, what it did, what its writer said about it, the rows it wrote.

    `restored` is the version that a RESTORE set the table back to.
    """

    version: int
    operation: str
    at: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0
    restored: int | None = None

    @property
    def changes_rows(self) -> bool:
        """Whether the table may have other rows after it; a rewrite of files or a new property changes none."""
        return self.operation not in _KEEP_ROWS


def register(spark: "SparkSession", tables: Iterable[Table], lake: Path | str) -> None:
    """Make every table known to the session's catalog, creating what is not there yet at lake/<layer>/<entity>.

    A column that the contract has gained is added where it is optional; any other difference raises ContractBroken.
    """
    wanted = list(tables)
    for layer in sorted({table.layer for table in wanted}):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda table: _register(spark, table, lake), wanted))


def _register(spark: "SparkSession", table: Table, lake: Path | str) -> None:
    place = f"{lake}/{table.layer}/{table.entity}"
    # A table that is there is taken as it is: with the contract's DDL, Delta refuses one whose comments differ.
    is_there = DeltaTable.isDeltaTable(spark, place)
    taken = f"CREATE TABLE IF NOT EXISTS {table.name} USING DELTA LOCATION {literal(place)}"
    spark.sql(taken if is_there else table.ddl(place))
    have = {f.name: f.dataType.simpleString() for f in spark.table(table.name).schema}
    want = {column.name: column.type.simpleString() for column in table.columns}
    new, different = [c for c in table.columns if c.name not in have], sorted(n for n in have if want.get(n) != have[n])
    if different or any(not column.optional for column in new):
        raise ContractBroken(
            f"{table.name} has not the columns of its contract: {', '.join(different or [c.name for c in new])}",
            where=f"lakehouse/contracts, {table.name}",
            expected=", ".join(f"{name} {kind}" for name, kind in want.items()),
            hint="add new columns as optional, or move the table's folder and its checkpoint away to build it anew",
        )
    for column in new:
        added = f"`{column.name}` {column.type.simpleString()} COMMENT {literal(column.doc)}"
        spark.sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")


def history(spark: "SparkSession", table: str, *, limit: int | None = None) -> list[Commit]:
    """The table's commits, newest first."""
    rows = spark.sql(f"DESCRIBE HISTORY {quoted(table)}" + (f" LIMIT {limit}" if limit else ""))
    told = rows.select(
        "version", "operation", "timestamp", "userMetadata",
        F.try_element_at("operationMetrics", F.lit("numOutputRows")).cast("long"),
        F.when(F.col("operation") == "RESTORE", F.try_element_at("operationParameters", F.lit("version"))).cast("long"),
    )  # fmt: skip
    return [
        Commit(number, what, at.replace(tzinfo=UTC), _said(metadata), rows or 0, restored)
        for number, what, at, metadata, rows, restored in told.collect()
    ]


def _said(metadata: str | None) -> Mapping[str, Any]:
    """What a commit of ours says about itself; other writers may put any text there."""
    try:
        said = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def version(spark: "SparkSession", table: str) -> int:
    """The table's newest version."""
    return history(spark, table, limit=1)[0].version


@dataclass(frozen=True)
class Detail:
    """What a table is on disk now; `id` is another one after the table was built anew."""

    id: str
    files: int
    bytes: int


def detail(spark: "SparkSession", table: str) -> Detail:
    """The table's identity and size."""
    return Detail(*spark.sql(f"DESCRIBE DETAIL {quoted(table)}").select("id", "numFiles", "sizeInBytes").collect()[0])


def location(spark: "SparkSession", table: str) -> str:
    """Where the table lies."""
    return str(spark.sql(f"DESCRIBE EXTENDED {quoted(table)}").where("col_name = 'Location'").collect()[0]["data_type"])


def at_version(spark: "SparkSession", table: str, number: int) -> "DataFrame":
    """The table at that version."""
    return spark.read.option("versionAsOf", number).table(table)


@contextmanager
def old(table: str, number: int) -> Iterator[None]:
    """Around a read of an old version: raises VersionMissing where its log or its files are gone."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        if "StatusCode.UNAVAILABLE" in str(error):
            raise
        raise VersionMissing(
            f"{table} at version {number} can no longer be read: {_cause(error)}",
            expected="a version whose log and files VACUUM and log cleaning have left",
            hint=f"moviepulse lineage {table}",
        ) from error


@contextmanager
def saying(spark: "SparkSession", metadata: str) -> Iterator[None]:
    """The commits of SQL statements inside carry `metadata`; all of the session's, so run one at a time."""
    spark.conf.set(_METADATA, metadata)
    try:
        yield
    finally:
        spark.conf.unset(_METADATA)


def restore(spark: "SparkSession", table: str, number: int, *, metadata: Mapping[str, Any]) -> int:
    """Set the table back to a version in one commit that carries `metadata`; returns the commit's own version."""
    with old(table, number), saying(spark, json.dumps(metadata)):
        spark.sql(f"RESTORE TABLE {quoted(table)} TO VERSION AS OF {int(number)}").collect()
    return version(spark, table)


def changes(spark: "SparkSession", table: str, *, after: int, upto: int) -> "DataFrame":
    """Each row that the commits after one version, up to another, inserted, changed or removed; read within `old`."""
    feed = spark.read.option("readChangeFeed", "true").option("startingVersion", after + 1)
    return feed.option("endingVersion", upto).table(table)


def changed_values(spark: "SparkSession", table: str, *, after: int, upto: int, column: str) -> list[Period] | None:
    """The values of a column that the commits after one version, up to another, inserted, changed or removed.

    Read from the change feed, so a commit that only rewrote files changes nothing. None, and a log line that says
    why, where the feed can no longer be read: VACUUM or log cleaning has removed what it was made of.
    """
    if after >= upto:
        return []
    try:
        changed = changes(spark, table, after=after, upto=upto).select(F.col(column)).distinct()
        return sorted(row[0] for row in changed.collect())
    except (PySparkException, Py4JJavaError) as error:
        _log.warning("the change feed of %s after version %d cannot be read: %s", table, after, _cause(error))
        return None


def _cause(error: Exception) -> str:
    """The first line of what Delta said; a classic session leaves its errors as Py4J's."""
    return str(getattr(error, "java_exception", error)).splitlines()[0]


def overwrite(frame: "DataFrame", table: str) -> None:
    """Make the table hold the frame's rows and columns and nothing else; it is created where it is not there."""
    frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)


def replace(frame: "DataFrame", table: str, *, where: str | None, metadata: Mapping[str, Any]) -> None:
    """Replace the rows that match `where` (all rows if None) by the frame's, in one commit that carries `metadata`."""
    writer = frame.write.format("delta").mode("overwrite").option("userMetadata", json.dumps(metadata))
    if where is not None:
        writer = writer.option("replaceWhere", where)
    writer.saveAsTable(table)


def append(frame: "DataFrame", table: str, *, metadata: Mapping[str, Any], once: tuple[str, int] | None = None) -> None:
    """Append rows outside any stream, in one commit that carries `metadata`.

    `once`: a name and a number. A second append with that name and no higher number, or at the same time, changes
    nothing: the host goes on with the append of a client that was killed.
    """
    same: Mapping[str, Any] = {"txnAppId": once[0], "txnVersion": once[1]} if once else {}
    try:
        frame.write.format("delta").mode("append").options(userMetadata=json.dumps(metadata), **same).saveAsTable(table)
    except PySparkException as error:
        if not once or "DELTA_CONCURRENT_TRANSACTION" not in str(error):
            raise
        _log.info("%s has taken %s from another run at the same time", table, once[0])


def compact(spark: "SparkSession", table: str) -> None:
    """Rewrite the table's small files into few large ones; no row changes, and no change feed shows it."""
    spark.sql(f"OPTIMIZE {quoted(table)}").collect()


def vacuum(spark: "SparkSession", table: str, *, hours: int) -> None:
    """Remove the files that no version of the last `hours` needs."""
    spark.sql(f"VACUUM {quoted(table)} RETAIN {hours} HOURS").collect()


def among(column: str, values: Iterable[Period]) -> str:
    """`column IN (DATE'...', ...)`, and a condition that holds for no row where there are no values."""
    listed = ", ".join(f"DATE'{one.isoformat()}'" if isinstance(one, date) else str(int(one)) for one in values)
    return f"`{column}` IN ({listed})" if listed else "false"


def rows_after(folder: Path, number: int) -> int:
    """Rows that the commits after a version appended; read from the log alone, no session needed."""
    rows = 0
    while (commit := folder / "_delta_log" / f"{number + 1:020d}.json").is_file():
        number += 1
        for line in commit.read_text().splitlines():
            info = json.loads(line).get("commitInfo", {})
            if info.get("operation") == "WRITE":
                rows += int(info.get("operationMetrics", {}).get("numOutputRows", 0))
    return rows
