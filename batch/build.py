"""Builds a table from others: stage what its inputs changed, offer the candidate to a check, publish it in one commit.

The contract says what a table reads and how it follows (`Refresh`); the function of its name in batch/<layer> makes
the rows. What was published last is in the table's own history, so there is no state besides the tables.
"""

import importlib
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from lakehouse import contracts, delta
from lakehouse.errors import ContractBroken, PublishOvertaken
from lakehouse.tables import Period, Table, literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Rows = Callable[..., "DataFrame"]
_POINTED_TO = {reference.table for table in contracts.BUILT for reference in table.references}
"""What others' foreign keys name is made of no rows too: its unknown member stands for what nobody has said yet."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One run over any number of tables: its id, the versions of inputs that all of them read, and whether anew.

    `days` are taken as changed, whether they are or not.
    """

    id: str
    pins: Mapping[str, int] = field(default_factory=dict)
    full: bool = False
    days: tuple[date, ...] = ()


@dataclass(frozen=True)
class Staged:
    """What waits for its check in a staging table; `periods` are those it replaces, None for the whole table.

    `follows` is the version of the table's commit that the build started from, None where there was none.
    """

    table: Table
    run_id: str
    inputs: Mapping[str, int]
    ids: Mapping[str, str]
    periods: tuple[Period, ...] | None
    follows: int | None
    place: str
    version: int
    row_count: int

    @property
    def replaced(self) -> str | None:
        """The condition on the table's rows that the staged ones replace; None for all of them."""
        if self.periods is None or self.table.refresh is None:
            return None
        return delta.among(self.table.refresh.column, self.periods)


def ordered(tables: Iterable[Table]) -> list[Table]:
    """The tables, each behind those it reads or points to."""
    known = {table.name: table for table in tables}
    names = TopologicalSorter({name: table.follows for name, table in known.items()}).static_order()
    return [known[name] for name in names if name in known]


def pins(spark: "SparkSession", tables: Iterable[Table]) -> dict[str, int]:
    """The newest version of everything that the tables read and that is not built itself."""
    built = {table.name for table in contracts.BUILT}
    inputs = {name for table in tables for name in table.reads if name not in built}
    return {name: delta.version(spark, name) for name in sorted(inputs)}


def stage(spark: "SparkSession", table: Table, run: Run, *, rows: Rows | None = None) -> Staged | None:
    """Write the rows of all touched periods to a staging table; None where the inputs have changed nothing.

    Inputs that `run.pins` does not name are read at their newest version. `rows` stands in for the table's own
    function. Raises ContractBroken where its result has not the contract's columns.
    """
    make = rows or function_of(table)
    inputs = {name: run.pins.get(name, -1) for name in table.reads}
    inputs = {name: delta.version(spark, name) if at < 0 else at for name, at in inputs.items()}
    if not run.full and not any(inputs.values()) and table.name not in _POINTED_TO:  # no input has had a row yet
        return None
    ids = {name: delta.detail(spark, name).id for name in table.reads}
    last = _last(spark, table)
    periods = None if run.full else _with_days(table, run.days, _touched(spark, table, inputs, ids, last))
    if periods == ():
        return None
    made = conform(make(*(_input(spark, table, name, at, periods) for name, at in inputs.items())), table)
    if periods is not None and table.refresh is not None:
        made = made.where(delta.among(table.refresh.column, periods))
    place = _staging(spark, table)
    delta.overwrite(made, place)
    written = delta.history(spark, place, limit=1)[0]
    follows = last.version if last else None
    return Staged(table, run.id, inputs, ids, periods, follows, place, written.version, written.rows)


def candidate(spark: "SparkSession", staged: Staged) -> "DataFrame":
    """The table as it would be after publishing: what stands outside the touched periods, and the staged rows."""
    rows = delta.at_version(spark, staged.place, staged.version)
    if staged.replaced is None:
        return rows
    return spark.table(staged.table.name).where(f"NOT ({staged.replaced})").unionByName(rows)


def publish(spark: "SparkSession", staged: Staged) -> int:
    """Replace the touched periods by the staged rows in one commit that names its inputs; returns its version.

    Raises PublishOvertaken where another run has published the table since it was staged: what was checked is then not
    what the table would become.
    """
    name = staged.table.name
    last = _last(spark, staged.table)
    if (last.version if last else None) != staged.follows:
        raise PublishOvertaken(
            f"another run published {name} while run {staged.run_id} was checking it", hint="moviepulse build"
        )
    metadata = {
        "run_id": staged.run_id,
        "inputs": staged.inputs,
        "input_ids": staged.ids,
        "columns": staged.table.names,
        "full": staged.periods is None,
        "periods": None if staged.periods is None else len(staged.periods),
    }
    rows = delta.at_version(spark, staged.place, staged.version)
    delta.replace(rows, name, where=staged.replaced, metadata=metadata)
    spark.sql(f"DROP TABLE IF EXISTS {staged.place}")
    return delta.version(spark, name)


def function_of(table: Table) -> Rows:
    """The pure function of the table's name, from the module of batch/<layer> named for the contract's stem.

    Raises ContractBroken where it is missing or its parameters are not what the contract reads.
    """
    stem = contracts.stem(table)
    reads = [name.split(".")[1] for name in table.reads]
    module = f"batch.{table.layer}.{stem}"
    try:
        function = getattr(importlib.import_module(module), table.entity, None)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        function = None
    if function is None or list(inspect.signature(function).parameters) != reads:
        raise ContractBroken(
            f"no function makes {table.name}",
            where=module.replace(".", "/") + ".py",
            expected=f"def {table.entity}({', '.join(reads)})",
        )
    made: Rows = function
    return made


def conform(frame: "DataFrame", table: Table) -> "DataFrame":
    """The frame with the contract's columns in their order; raises ContractBroken where names or types differ."""
    have = {f.name: f.dataType.simpleString() for f in frame.schema}
    want = {column.name: column.type.simpleString() for column in table.columns}
    if have != want:
        differ = sorted(name for name in have.keys() | want.keys() if have.get(name) != want.get(name))
        raise ContractBroken(
            f"the rows for {table.name} have not its contract's columns: {', '.join(differ)}",
            where=f"the function {table.entity}",
            expected=", ".join(f"{name} {want.get(name, 'not at all')}" for name in differ),
        )
    return frame.select(*table.names)


def _last(spark: "SparkSession", table: Table) -> delta.Commit | None:
    """The newest commit that was published; None where there is none, or the table was restored since."""
    for commit in delta.history(spark, table.name):
        if commit.operation == "RESTORE":
            return None
        if "inputs" in commit.metadata:
            return commit
    return None


def _touched(
    spark: "SparkSession", table: Table, inputs: Mapping[str, int], ids: Mapping[str, str], last: delta.Commit | None
) -> tuple[Period, ...] | None:
    """The periods that the inputs have changed since the last commit; None for everything, with a log line why."""
    said: Mapping[str, Any] = last.metadata if last else {}
    if last is None:
        why = "nothing was published before, or it was restored"
    elif said.get("input_ids") != ids:
        why = "it reads another table than before, or one that was built anew"
    elif said.get("columns") != table.names:
        why = "its contract has other columns than before"
    else:
        return _changed(spark, table, inputs, said["inputs"])
    _log.info("%s is rebuilt in full: %s", table.name, why)
    return None


def _with_days(table: Table, days: tuple[date, ...], touched: tuple[Period, ...] | None) -> tuple[Period, ...] | None:
    """The touched periods and those of the days; the table may have none of days, and is then built as usual."""
    if touched is None or table.refresh is None or table.refresh.period == "bucket":
        return touched
    return tuple(sorted({*touched, *table.refresh.periods(days)}))


def _changed(
    spark: "SparkSession", table: Table, inputs: Mapping[str, int], before: Mapping[str, int]
) -> tuple[Period, ...] | None:
    if all(inputs[name] <= before[name] for name in inputs):
        return ()
    if table.refresh is None:
        return None
    changed: set[Period] = set()
    for name, upto in inputs.items():
        if name in table.refresh.lookups and upto > before[name]:
            _log.info("%s is rebuilt in full: %s has changed", table.name, name)
            return None
        found = delta.changed_values(spark, name, after=before[name], upto=upto, column=table.refresh.input_column)
        if found is None:
            _log.warning("%s is rebuilt in full: the change feed of %s is gone", table.name, name)
            return None
        changed.update(found)
    return table.refresh.periods(changed)


def _input(
    spark: "SparkSession", table: Table, name: str, version: int, periods: tuple[Period, ...] | None
) -> "DataFrame":
    rows = delta.at_version(spark, name, version)
    if periods is None or table.refresh is None or name in table.refresh.lookups:
        return rows
    return rows.where(delta.among(table.refresh.input_column, table.refresh.inputs(periods)))


def _staging(spark: "SparkSession", table: Table) -> str:
    """The name of the table's staging table, in <lake>/staging beside its layer; dropping it removes its files."""
    lake = delta.location(spark, table.name).rsplit("/", 2)[0]
    spark.sql("CREATE SCHEMA IF NOT EXISTS staging COMMENT 'Rows that wait for their check.'")
    spark.sql(f"ALTER SCHEMA staging SET LOCATION {literal(f'{lake}/staging')}")
    return f"staging.{table.entity}"
