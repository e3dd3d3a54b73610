"""What the tables' own logs tell: their commits, newest first, which of the tables were ever written, versions to pin.

All commits are read from the files of the log, as Delta's protocol describes them: DESCRIBE HISTORY says the same for
two to three times the CPU, because it derives its encoders anew at each call. It is asked where the newest commits of
a log of any length are wanted.
"""

import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pyspark.sql import functions as F

from lakehouse import catalog, delta
from lakehouse.tables import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_KEEP_ROWS = {
    "CREATE TABLE", "ADD COLUMNS", "CHANGE COLUMN", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "UPGRADE PROTOCOL",
    "OPTIMIZE", "REORG", "VACUUM START", "VACUUM END",
}  # fmt: skip
_LOG = "_delta_log"
_LOOKS = 4  # at once


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


@dataclass(frozen=True)
class Log:
    """A table's commits, newest first, and its id, another one after it was built anew; what was cleaned is gone."""

    commits: tuple[Commit, ...]
    id: str | None = None


def read(spark: "SparkSession", tables: Iterable[str]) -> dict[str, Log]:
    """The whole logs, by one query for all of them."""
    return _read(spark, tables, "*.json")


def _read(spark: "SparkSession", tables: Iterable[str], names: str) -> dict[str, Log]:
    told: dict[str, dict[int, Commit]] = {table: {} for table in tables}
    ids: dict[str, str] = {}
    if not told:
        return {}
    files = _files(spark, told, "text", names)
    lines = files.rows.where(F.col("value").rlike('^."(commitInfo|metaData)"')).select("value", "_metadata.*")
    for line in lines.collect():
        (table, number), action = files.of(line["file_path"]), json.loads(line["value"])
        if (info := action.get("commitInfo")) is not None:
            told[table][number] = _commit(number, line["file_modification_time"], info)
        else:
            ids[table] = action["metaData"]["id"]
    return {table: Log(tuple(its[n] for n in sorted(its, reverse=True)), ids.get(table)) for table, its in told.items()}


def commits(spark: "SparkSession", table: str) -> tuple[Commit, ...]:
    """The table's commits, newest first."""
    return read(spark, [table])[table].commits


def newest(spark: "SparkSession", table: str, limit: int = 1) -> list[Commit]:
    """The newest commits of a log of any length, newest first."""
    told = spark.sql(f"DESCRIBE HISTORY {quoted(table)} LIMIT {limit}").collect()  # to select were a second query
    return [_commit(row["version"], row["timestamp"], row.asDict()) for row in told]


def version(spark: "SparkSession", table: str) -> int:
    """The table's newest version."""
    return newest(spark, table)[0].version


def written(spark: "SparkSession", tables: Iterable[str]) -> set[str]:
    """Those of the tables that have had a commit since the one that made them, by one query for all of them."""
    asked = set(tables)
    if not asked:
        return set()
    # The second commit, or what it went into before it was cleaned away.
    files = _files(spark, asked, "binaryFile", f"{{{1:020d}.json,*.checkpoint*}}")
    return {files.of(trace["file_path"])[0] for trace in files.rows.select("_metadata.file_path").collect()}


@dataclass(frozen=True)
class Pin:
    """A table as a whole run reads it; `id` is another one after the table was built anew."""

    version: int
    id: str


def pins(spark: "SparkSession", tables: Iterable[str]) -> dict[str, Pin]:
    """The newest version of each table; the logs may have any length, and those of tables never written are read."""
    asked = sorted(set(tables))
    filled = written(spark, asked) if len(asked) > _LOOKS else asked  # of few, to ask for each is cheaper
    fresh = read(spark, [table for table in asked if table not in filled])
    found = {table: Pin(log.commits[0].version, log.id) for table, log in fresh.items() if log.commits and log.id}
    rest = [table for table in asked if table not in found]
    # DESCRIBE DETAIL tells the id too, but counts the table's files first; the first commit may be cleaned away.
    made = _read(spark, rest, f"{0:020d}.json")
    with ThreadPoolExecutor(_LOOKS) as several:
        looked = several.map(
            lambda table: Pin(version(spark, table), made[table].id or delta.detail(spark, table).id), rest
        )
        return found | dict(zip(rest, looked, strict=True))


class Logs:
    """The tables' logs as they were when first asked for: those of a run have the same inputs."""

    def __init__(self, spark: "SparkSession", known: Mapping[str, Log] | None = None) -> None:
        self.spark = spark
        self._known = dict(known or {})
        self._versions: dict[str, int] = {}

    def commits(self, table: str) -> tuple[Commit, ...]:
        """As `commits`."""
        return self._log(table).commits

    def id(self, table: str) -> str:
        """The table's id."""
        return self._log(table).id or delta.detail(self.spark, table).id

    def version(self, table: str) -> int:
        """As `version`."""
        if table in self._known:
            return self._known[table].commits[0].version
        if table not in self._versions:
            self._versions[table] = version(self.spark, table)
        return self._versions[table]

    def _log(self, table: str) -> Log:
        if table not in self._known:
            self._known |= read(self.spark, [table])
        return self._known[table]


def _files(spark: "SparkSession", tables: Iterable[str], kind: str, names: str) -> "_Files":
    """Files of the tables' logs; one that Delta cleans away meanwhile is left out."""
    places = catalog.places(spark, tables)
    reader = spark.read.format(kind).option("pathGlobFilter", names).option("ignoreMissingFiles", "true")
    frame = reader.load([f"{place}/{_LOG}" for place in places.values()])
    return _Files(frame, {_plain(place): table for table, place in places.items()})


@dataclass(frozen=True)
class _Files:
    """Files of logs as rows, and whose they are: tables by their folder."""

    rows: "DataFrame"
    tables: Mapping[str, str]

    def of(self, path: str) -> tuple[str, int]:
        """The table and the version that a file, by Spark's address of it, belongs to."""
        place, name = _plain(unquote(path)).split(f"/{_LOG}/")
        return self.tables[place], int(name.split(".")[0])


def _plain(path: str) -> str:
    """A local path as catalogs and file listings both could write it; they differ in slashes."""
    return re.sub("^file:/+", "/", path)


def _commit(number: int, at: datetime, told: Mapping[str, Any]) -> Commit:
    metrics, parameters = told.get("operationMetrics") or {}, told.get("operationParameters") or {}
    return Commit(
        number,
        told["operation"],
        at.replace(tzinfo=UTC),
        _said(told.get("userMetadata")),
        int(metrics.get("numOutputRows", 0)),
        int(parameters["version"]) if told["operation"] == "RESTORE" else None,
    )


def _said(metadata: str | None) -> Mapping[str, Any]:
    """What a commit of ours says about itself; other writers may put any text there."""
    try:
        said = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
