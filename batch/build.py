"""Builds a table from others: stage what its inputs changed, offer the candidate to a check, publish it in one commit.

The contract says what a table reads and how it follows (`Refresh`); the function of its name in batch/<layer> makes
the rows. What was published last is in the table's own history, so there is no state besides the tables.
"""

import importlib
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from batch import staging
from batch.staging import Staged
from lakehouse import contracts, delta, history
from lakehouse.errors import ContractBroken, PublishOvertaken
from lakehouse.tables import Period, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Rows = Callable[..., "DataFrame"]
_POINTED_TO = {reference.table for table in contracts.BUILT for reference in table.references}
"""What others' foreign keys name is made of no rows too: its unknown member stands for what nobody has said yet."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """One run over any number of tables: its id, what of their inputs all of them read, and whether anew.

    `days` are taken as changed, whether they are or not; `logs` are what the tables' own logs told when it began.
    """

    id: str
    pins: Mapping[str, history.Pin] = field(default_factory=dict)
    logs: Mapping[str, history.Log] = field(default_factory=dict)
    full: bool = False
    days: tuple[date, ...] = ()


def ordered(tables: Iterable[Table]) -> list[Table]:
    """The tables, each behind those it reads or points to."""
    known = {table.name: table for table in tables}
    names = TopologicalSorter({name: table.follows for name, table in known.items()}).static_order()
    return [known[name] for name in names if name in known]


def begun(spark: "SparkSession", tables: Iterable[Table], run: Run) -> Run:
    """The run with their logs, and with the newest version of everything that they read and that is not one of them."""
    built = {table.name: table for table in tables}
    inputs = {name for table in built.values() for name in table.reads} - built.keys()
    return replace(run, pins=history.pins(spark, inputs), logs=history.read(spark, built))


def stage(spark: "SparkSession", table: Table, run: Run, *, rows: Rows | None = None) -> Staged | None:
    """Write the rows of all touched periods to a staging table; None where the inputs have changed nothing.

    Inputs that `run.pins` does not name are read at their newest version, and a log that `run.logs` has not as it is
    now. `rows` stands in for the table's own function. Raises ContractBroken where its result has not the contract's
    columns.
    """
    make = rows or function_of(table)
    new = history.pins(spark, [name for name in table.reads if name not in run.pins])
    inputs = {name: run.pins.get(name) or new[name] for name in table.reads}
    is_fed = any(one.version for one in inputs.values()) or table.name in _POINTED_TO
    if not (run.full or is_fed):  # no input has had a row yet
        return None
    last = _last(history.Logs(spark, run.logs).commits(table.name))
    periods = None if run.full else _with_days(table, run.days, _touched(spark, table, inputs, last))
    if periods == ():
        return None
    made = conform(make(*(_input(spark, table, name, one.version, periods) for name, one in inputs.items())), table)
    if periods is not None and table.refresh is not None:
        made = made.where(delta.among(table.refresh.column, periods))
    return Staged(table, run.id, inputs, periods, last.version if last else None, staging.put(spark, table, made))


def publish(spark: "SparkSession", staged: Staged) -> history.Commit:
    """Replace the touched periods by the staged rows in one commit that names its inputs; returns the commit.

    Raises PublishOvertaken where another run has published the table since it was staged: what was checked is then not
    what the table would become.
    """
    name = staged.table.name
    commits = history.commits(spark, name)
    last = _last(commits)
    if (last.version if last else None) != staged.follows:
        raise PublishOvertaken(
            f"another run published {name} while run {staged.run_id} was checking it", hint="moviepulse build"
        )
    metadata = {
        "run_id": staged.run_id,
        "inputs": {input_name: one.version for input_name, one in staged.inputs.items()},
        "input_ids": {input_name: one.id for input_name, one in staged.inputs.items()},
        "columns": staged.table.names,
        "full": staged.periods is None,
        "periods": None if staged.periods is None else len(staged.periods),
    }
    rows, before = spark.table(staged.place), commits[0].version
    if any(one.changes_rows for one in commits):
        delta.replace(rows, name, where=staged.replaced, metadata=metadata)
    else:  # nothing is there to replace, and to find that out costs Delta more than to append
        delta.append(rows, name, metadata=metadata)
    done = history.commits(spark, name)[0]
    if done.version == before:  # Delta makes no commit of an append without rows, and the next build would begin anew
        delta.replace(rows, name, where=None, metadata=metadata)
        done = history.commits(spark, name)[0]
    staging.clear(spark, staged.table)
    return done


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


def _last(commits: Iterable[history.Commit]) -> history.Commit | None:
    """The newest commit that was published; None where there is none, or the table was restored since."""
    for commit in commits:
        if commit.operation == "RESTORE":
            return None
        if "inputs" in commit.metadata:
            return commit
    return None


def _touched(
    spark: "SparkSession", table: Table, inputs: Mapping[str, history.Pin], last: history.Commit | None
) -> tuple[Period, ...] | None:
    """The periods that the inputs have changed since the last commit; None for everything, with a log line why."""
    said: Mapping[str, Any] = last.metadata if last else {}
    if last is None:
        why = "nothing was published before, or it was restored"
    elif said.get("input_ids") != {name: one.id for name, one in inputs.items()}:
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
    spark: "SparkSession", table: Table, inputs: Mapping[str, history.Pin], before: Mapping[str, int]
) -> tuple[Period, ...] | None:
    upto = {name: one.version for name, one in inputs.items()}
    if all(upto[name] <= before[name] for name in upto):
        return ()
    if table.refresh is None:
        return None
    changed: set[Period] = set()
    for name in upto:
        if name in table.refresh.lookups and upto[name] > before[name]:
            _log.info("%s is rebuilt in full: %s has changed", table.name, name)
            return None
        column = table.refresh.input_column
        found = delta.changed_values(spark, name, after=before[name], upto=upto[name], column=column)
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
