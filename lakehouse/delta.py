"""Delta; with history.py, merge.py and once.py all that knows it: reading a version, changes, writing in one commit."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from lakehouse.errors import VersionMissing
from lakehouse.tables import Period, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Detail:
    """What a table is on disk now; `id` is another one after the table was built anew."""

    id: str
    files: int
    bytes: int


def detail(spark: "SparkSession", table: str) -> Detail:
    """The table's identity and size."""
    told = spark.sql(f"DESCRIBE DETAIL {quoted(table)}").collect()[0]  # to select were a second query
    return Detail(told["id"], told["numFiles"], told["sizeInBytes"])


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


def restore(spark: "SparkSession", table: str, number: int, *, metadata: Mapping[str, Any]) -> None:
    """Set the table back to a version in one commit that carries `metadata`."""
    with old(table, number), saying(spark, json.dumps(metadata)):
        spark.sql(f"RESTORE TABLE {quoted(table)} TO VERSION AS OF {int(number)}").collect()


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


def create(frame: "DataFrame", table: str) -> None:
    """Write the rows to a new table in its schema's folder: Parquet files without a log, which go with the table."""
    frame.write.format("parquet").saveAsTable(table)


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
