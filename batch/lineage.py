"""What a version of a table was made from, told by the commits themselves, down to Kafka's offsets and to files.

A built commit names its run, and each input with its version. The offsets of a streamed version are those of its own
rows: exact, and one scan of two columns; rejects and repeats between them are not in it. A bronze table of files has a
commit for each file, which names it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse import contracts, delta, history
from lakehouse.errors import NotPublished, VersionMissing
from lakehouse.tables import Table, by_name

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_PLACE = ("partition", "offset")


@dataclass(frozen=True)
class Offsets:
    """The first and the last of Kafka's offsets that a version has rows of, both included, and the number of rows."""

    topic: str
    partition: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True)
class LoadedFile:
    """A file that was loaded, when, and by how many rows."""

    file: str
    sha256: str | None
    loaded_at: datetime
    rows: int


@dataclass(frozen=True)
class Restored:
    """A commit that set the table back from one version to another; a person's own has no run."""

    version: int
    at: datetime
    run_id: str | None
    from_version: int
    to_version: int


@dataclass(frozen=True)
class Published:
    """The commit of a build: all of the table anew, or so many periods."""

    version: int
    at: datetime
    run_id: str
    full: bool
    periods: int | None
    rows: int


@dataclass(frozen=True)
class Lineage:
    """One version of one table, and what it was made from; `rows` is None where the version can no longer be read.

    `restored` are the rollbacks that led to it, newest first; `published` is the build whose rows it has since. `edits`
    are commits after that build which no build made. `gone` says why not more is known.
    """

    table: str
    version: int
    rows: int | None = None
    published: Published | None = None
    restored: tuple[Restored, ...] = ()
    edits: tuple[str, ...] = ()
    offsets: tuple[Offsets, ...] = ()
    files: tuple[LoadedFile, ...] = ()
    gone: str | None = None
    inputs: tuple["Lineage", ...] = ()


def lineage(spark: "SparkSession", table: Table, version: int | None = None) -> Lineage:
    """Where a version comes from; the newest one if none is named.

    Raises VersionMissing where the table never had that version, NotPublished where no build had published it by then.
    """
    newest = history.version(spark, table.name)
    asked = newest if version is None else version
    if not 0 <= asked <= newest:
        raise VersionMissing(
            f"{table.name} has no version {asked}", expected=f"0 to {newest}", hint=f"moviepulse lineage {table.name}"
        )
    found = _Tracer(spark).trace(table.name, asked)
    if table in contracts.PUBLISHED and not found.published and not found.gone:
        raise NotPublished(
            f"nothing has published {table.name}" + ("" if version is None else f" up to version {asked}"),
            hint=contracts.made_by(table) if version is None else f"moviepulse lineage {table.name}",
        )
    return found


class _Tracer:
    """Follows commits downward; asks for each table's history and for each version once."""

    def __init__(self, spark: "SparkSession") -> None:
        self._spark = spark
        self.trace = cache(self._trace)
        self._history = history.Logs(spark).commits
        self._id = cache(lambda name: delta.detail(spark, name).id)

    def _trace(self, name: str, version: int) -> Lineage:
        table = by_name(contracts.TABLES, name)
        if table in contracts.PUBLISHED:
            return self._built(name, version)
        if table.stream or name in {topic.bronze for topic in contracts.TOPICS}:
            return self._streamed(table, version)
        return self._loaded(name, version)

    def _built(self, name: str, version: int) -> Lineage:
        found, build = self._commits(name, version)
        if build is None:
            return found
        said = build.metadata
        ids: Mapping[str, str] = said.get("input_ids", {})
        inputs = tuple(self._input(one, number, ids.get(one)) for one, number in said["inputs"].items())
        published = Published(
            build.version, build.at, said["run_id"], said["full"], said["periods"], build.rows
        )  # fmt: skip
        return replace(found, rows=self._count(name, version), published=published, inputs=inputs)

    def _commits(self, name: str, version: int) -> tuple[Lineage, history.Commit | None]:
        """How the version came from a build, and that build; what a rollback has undone is passed over."""
        restored: list[Restored] = []
        edits: list[str] = []
        upto = version
        for commit in self._history(name):
            if commit.version > upto:
                continue
            if commit.restored is not None:
                restored.append(_restored(commit))
                upto = commit.restored
            elif "inputs" in commit.metadata:
                return Lineage(name, version, restored=tuple(restored), edits=tuple(edits)), commit
            elif commit.changes_rows:
                edits.append(f"{commit.operation} as version {commit.version}")
        oldest = self._history(name)[-1].version
        gone = f"the history before version {oldest} is gone" if oldest else None
        return Lineage(name, version, restored=tuple(restored), edits=tuple(edits), gone=gone), None

    def _input(self, name: str, version: int, known_as: str | None) -> Lineage:
        if name not in {table.name for table in contracts.TABLES}:
            return Lineage(name, version, gone="no contract has this table any more")
        if known_as is not None and self._id(name) != known_as:
            return Lineage(name, version, gone="the table was built anew since, and its old versions are gone")
        return self.trace(name, version)

    def _streamed(self, table: Table, version: int) -> Lineage:
        topic = F.lit(table.stream.topic.name) if table.stream else F.col("topic")
        try:
            with delta.old(table.name, version):
                offsets = tuple(_offsets(delta.at_version(self._spark, table.name, version), topic))
        except VersionMissing as error:
            return Lineage(table.name, version, gone=str(error).splitlines()[0])
        return Lineage(table.name, version, rows=sum(one.rows for one in offsets), offsets=offsets)

    def _loaded(self, name: str, version: int) -> Lineage:
        upto = [commit for commit in self._history(name) if commit.version <= version]
        files = tuple(
            LoadedFile(commit.metadata["file"], commit.metadata.get("sha256"), commit.at, commit.rows)
            for commit in upto
            if "file" in commit.metadata
        )
        oldest = self._history(name)[-1].version
        gone = f"the history before version {oldest} is gone" if oldest else None
        return Lineage(name, version, rows=self._count(name, version), files=files, gone=gone)

    def _count(self, name: str, version: int) -> int | None:
        """Rows of that version: from the log, not from its files."""
        try:
            with delta.old(name, version):
                return delta.at_version(self._spark, name, version).count()
        except VersionMissing:
            return None


def _restored(commit: history.Commit) -> Restored:
    said = commit.metadata
    assert commit.restored is not None
    return Restored(
        commit.version, commit.at, said.get("run_id"), said.get("from_version", commit.version - 1), commit.restored
    )


def _offsets(rows: "DataFrame", topic: "Column") -> Iterator[Offsets]:
    found = (
        rows.select(topic.alias("topic"), *_PLACE)
        .groupBy("topic", "partition")
        .agg(F.min("offset"), F.max("offset"), F.count("*"))
        .orderBy("topic", "partition")
    )
    return (Offsets(*one) for one in found.collect())
