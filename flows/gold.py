"""Every built table behind its inputs, others beside it: stage, check, record, publish; one task per table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from graphlib import TopologicalSorter
from queue import SimpleQueue
from typing import Literal

from prefect import flow, get_run_logger, task
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from batch import build, staging
from expectations.check import check, passed
from flows import session
from flows.days import span
from flows.outcome import outcome, raise_first
from flows.retry import RETRY, is_again
from flows.verdicts import show_verdicts
from lakehouse import contracts, history
from lakehouse.clock import utc_now
from lakehouse.tables import Table, by_name

SIDE_BY_SIDE = 3  # builds at once: Spark plans one while it computes another


@dataclass(frozen=True)
class Built:
    """What a run did with one table: its newest version, the periods replaced (None: all) and the rows written.

    `id` is Delta's, for the tables that read it.
    """

    table: str
    verdict: Literal["published", "unchanged"]
    version: int
    periods: int | None = 0
    row_count: int = 0
    warnings: tuple[str, ...] = ()
    id: str = field(default="", compare=False)


Finished = SimpleQueue[tuple[str, PrefectFuture[Built]]]


@flow(name="gold", task_runner=ThreadPoolTaskRunner(max_workers=SIDE_BY_SIDE))  # type: ignore[arg-type]  # wants a base class
def gold(
    full: bool = False,
    tables: list[str] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> list[Built]:
    """Build, check and publish the gold tables (or the named ones) from one set of versions of their inputs.

    `first_day` and `last_day`, both included, are rebuilt even where nothing has changed. A table that fails holds back
    what reads it and nothing else; the flow then fails with its error.
    """
    days = span(first_day, last_day)
    wanted = build.ordered(contracts.BUILT if tables is None else [by_name(contracts.BUILT, name) for name in tables])
    run = begin([table.name for table in wanted], build.Run(str(flow_run.id), full=full, days=days))
    ended = _build(wanted, run)
    show_verdicts(
        "gold-verdicts", run.id, [_verdict(table.name, ended[table.name]) for table in wanted], return_state=True
    )
    raise_first({table.name: one for table in wanted if not isinstance(one := ended[table.name], Built)})
    return [one for table in wanted if isinstance(one := ended[table.name], Built)]


@task(name="pin", **RETRY)
def begin(tables: list[str], run: build.Run) -> build.Run:
    """The run with the versions that all of it reads of what it does not build."""
    with session() as spark:
        return build.begun(spark, [by_name(contracts.BUILT, name) for name in tables], run)


@task(name="build", task_run_name="build {name}", **RETRY)
def build_table(name: str, run: build.Run) -> Built:
    """Stage the table, check what it would become, record the findings, and publish it if it passed."""
    table = by_name(contracts.BUILT, name)
    with session() as spark:
        if is_again():  # an earlier attempt may have published it
            run = replace(run, logs=history.read(spark, [name]))
        logs = history.Logs(spark, run.logs)
        staged = build.stage(spark, table, run)
        if staged is None:
            return Built(name, "unchanged", logs.version(name), id=logs.id(name))
        with staging.waiting(spark, staged):
            rows = staging.candidate(spark, staged)
            found = check(rows, table, run_id=run.id, stage="staged", at=utc_now())
            report = passed(spark, found, again=is_again())
            commit = build.publish(spark, staged)
    periods = None if staged.periods is None else len(staged.periods)
    warnings = tuple(one.text for one in report.warnings)
    done = Built(name, "published", commit.version, periods, commit.rows, warnings, logs.id(name))
    get_run_logger().info("%s", done)
    return done


def _build(wanted: Iterable[Table], run: build.Run) -> dict[str, Built | BaseException | None]:
    """Start each table as soon as what it follows has ended, and say how it ended; None where it was held back."""
    known = {table.name: table for table in wanted}
    waiting = TopologicalSorter({name: known.keys() & set(table.follows) for name, table in known.items()})
    waiting.prepare()
    ended: dict[str, Built | BaseException | None] = {}
    finished: Finished = SimpleQueue()
    while waiting.is_active():
        ready = waiting.get_ready()
        for name in ready:
            if behind := [one for one in known[name].reads if one in ended and not isinstance(ended[one], Built)]:
                get_run_logger().error("%s is held back: %s failed", name, ", ".join(behind))
                ended[name] = None
                waiting.done(name)
            else:
                future = build_table.submit(name, _pinned(run, known[name], ended))
                future.add_done_callback(partial(_note, finished, name))
        if not ready:
            name, future = finished.get()
            ended[name] = outcome(future)
            waiting.done(name)
    return ended


def _note(finished: Finished, name: str, future: PrefectFuture[Built]) -> None:
    finished.put((name, future))


def _pinned(run: build.Run, table: Table, ended: Mapping[str, Built | BaseException | None]) -> build.Run:
    """The run for one table: its own log, and of its inputs that were built the versions that they were left at."""
    made = {name: history.Pin(one.version, one.id) for name in table.reads if isinstance(one := ended.get(name), Built)}
    own = {table.name: run.logs[table.name]}  # Prefect walks through all that a task is given
    return replace(run, pins={**run.pins, **made}, logs=own)


def _verdict(name: str, ended: Built | BaseException | None) -> tuple[str, str, int | None]:
    if isinstance(ended, Built):
        return name, ended.verdict, ended.version
    return name, "held back" if ended is None else "failed", None
