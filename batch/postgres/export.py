"""gold at one set of versions -> the relational star in PostgreSQL, one transaction for each group of tables.

What was written stands in the database itself (state.py), so an equal version writes nothing, and a run that was ended
anywhere is simply repeated. Rows and checksums are compared before the commit: a difference never becomes visible.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from psycopg import Connection

from batch.postgres import merge, schema, server, source
from batch.postgres import state as known
from batch.postgres.source import Measure
from batch.postgres.star import GROUPS
from batch.postgres.state import State
from lakehouse import delta, history
from lakehouse.errors import ExportDiffers, VersionMissing
from lakehouse.settings import Postgres
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_log = logging.getLogger(__name__)
OnStep = Callable[[str], object]


@dataclass(frozen=True)
class Run:
    """One export: its id and time, whether every table is compared in full, of what, and who is told of each step."""

    id: str
    at: datetime
    full: bool = False
    groups: Mapping[str, Sequence[Table]] = field(default_factory=lambda: GROUPS)
    on_step: OnStep = lambda step: None


@dataclass(frozen=True)
class Exported:
    """What an export did with one table, and what PostgreSQL has now, equal to gold in number and checksum.

    `read` says what was read of gold. `placeholder_count` are rows that gold does not have; in `replaced_count` values
    a U+2400 stands for a U+0000.
    """

    table: str
    version: int
    read: Literal["nothing", "changes", "all"]
    row_count: int
    inserted: int
    updated: int
    deleted: int
    placeholder_count: int
    replaced_count: int


@dataclass(frozen=True)
class _Staged:
    table: Table
    read: Literal["nothing", "changes", "all"]
    state: State


def export(spark: "SparkSession", settings: Postgres, run: Run) -> list[Exported]:
    """Bring the database to what gold is now; returns a line per table.

    Raises PostgresUnavailable, PostgresRefused, SchemaNewer, ExportRunning, and ExportDiffers where a table has not
    the rows of gold afterwards: what stood there before stands.
    """
    with server.answering(settings), server.connect(settings) as postgres:
        server.lock(postgres, settings)
        schema.upgrade(settings)
        tables = [table for group in run.groups.values() for table in group]
        pinned = history.pins(spark, [table.name for table in tables])
        pins = {table: pinned[table.name] for table in tables}
        done = [one for group in run.groups.values() for one in _group(spark, postgres, group, pins, run)]
        # Counted last, as a later group may have given placeholders to an earlier one.
        held = {table.name: merge.placeholders(postgres, table) for table in tables}
        return [replace(one, placeholder_count=held[one.table]) for one in done]


def _group(
    spark: "SparkSession",
    postgres: Connection[Any],
    tables: Sequence[Table],
    pins: Mapping[Table, history.Pin],
    run: Run,
) -> list[Exported]:
    states = known.read(postgres)
    staged = [_stage(spark, postgres, one, (pins[one], states.get(one.name)), run) for one in tables]
    with postgres.transaction():
        merge.defer(postgres)
        merged = {}
        for one in staged:
            if one.read != "nothing":
                merged[one.table.name] = merge.merge(postgres, one.table, is_whole=one.read == "all")
                known.write(postgres, one.state)
            run.on_step(f"{one.table.name} is merged")
        if merged:
            merge.hold(postgres, tables)
        done = [_compared(postgres, one, merged.get(one.table.name, merge.Merged())) for one in staged]
        _require(done)
    return [line for line, _ in done]


def _stage(
    spark: "SparkSession", postgres: Connection[Any], table: Table, at: tuple[history.Pin, State | None], run: Run
) -> _Staged:
    """Copy what has changed since the last export, or all of the table, into a temporary table."""
    pin, last = at
    run.on_step(f"{table.name} is read")
    if last and not run.full and _is_current(last, table, pin):
        return _Staged(table, "nothing", last)
    rows = source.rows(spark, table, pin.version)
    whole = source.measure(rows, table)
    state = State(
        table.name, pin.id, pin.version, table.names, whole.row_count, whole.checksum, whole.replaced_count,
        run.id, run.at,
    )  # fmt: skip
    if last and not run.full and _is_followed(last, table, pin):
        try:
            with delta.old(table.name, last.version):
                changed = source.changed(spark, table, after=last.version, upto=pin.version)
                _copy(postgres, table, changed, source.measure(changed, table))
            return _Staged(table, "changes", state)
        except VersionMissing as error:
            _log.warning("%s is compared in full: %s", table.name, error)
    _copy(postgres, table, rows, whole)
    return _Staged(table, "all", state)


def _copy(postgres: Connection[Any], table: Table, rows: "DataFrame", size: Measure) -> None:
    merge.stage(postgres, table, source.batches(rows, table, size.bytes))


def _is_current(last: State, table: Table, pin: history.Pin) -> bool:
    return (last.delta_id, last.version, last.columns) == (pin.id, pin.version, table.names)


def _is_followed(last: State, table: Table, pin: history.Pin) -> bool:
    """Whether the change feed leads from the last export to this version: of the same table, with the same columns."""
    return (last.delta_id, last.columns) == (pin.id, table.names) and last.version < pin.version


def _compared(postgres: Connection[Any], staged: _Staged, merged: merge.Merged) -> tuple[Exported, bool]:
    """What was done with the table, and whether it is now what gold is."""
    rows, checksum = merge.tally(postgres, staged.table)
    wanted = staged.state
    done = Exported(
        staged.table.name, wanted.version, staged.read, rows, merged.inserted, merged.updated, merged.deleted,
        0, wanted.replaced_count,
    )  # fmt: skip
    if rows != wanted.row_count:
        _log.error("%s has %d rows in PostgreSQL, %d in gold", staged.table.name, rows, wanted.row_count)
    return done, (rows, checksum) == (wanted.row_count, wanted.checksum)


def _require(done: list[tuple[Exported, bool]]) -> None:
    wrong = [line.table for line, is_equal in done if not is_equal]
    if wrong:
        raise ExportDiffers(
            f"{', '.join(wrong)} in PostgreSQL would not be what gold is: somebody else has written there",
            where=f"version {', '.join(str(line.version) for line, is_equal in done if not is_equal)} in the lake",
            expected="the same number of rows and the same checksum; nothing was changed",
            hint="moviepulse export postgres --full",
        )
