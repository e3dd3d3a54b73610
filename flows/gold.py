"""Every built table behind its inputs, others beside it: stage, check, record, publish; one task per table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from prefect import flow, get_run_logger, task
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import State
from prefect.task_runners import ThreadPoolTaskRunner

from batch import build
from expectations.check import check, record, require
from flows import session
from flows.retry import RETRY
from lakehouse import contracts, delta
from lakehouse.clock import utc_now
from lakehouse.errors import Terminal
from lakehouse.tables import by_name

SIDE_BY_SIDE = 3  # builds at once: Spark plans one while it computes another


@dataclass(frozen=True)
class Built:
    """What a run did with one table: its newest version, the periods replaced (None: all) and the rows staged."""

    table: str
    verdict: Literal["published", "unchanged"]
    version: int
    periods: int | None = 0
    row_count: int = 0
    warnings: tuple[str, ...] = ()


@flow(name="gold", task_runner=ThreadPoolTaskRunner(max_workers=SIDE_BY_SIDE))
def gold(full: bool = False, tables: list[str] | None = None) -> list[Built]:
    """Build, check and publish the gold tables (or the named ones) from one set of silver versions.

    A table that fails holds back what reads it and nothing else; the flow then fails with its error.
    """
    wanted = build.ordered(contracts.BUILT if tables is None else [by_name(contracts.BUILT, name) for name in tables])
    run = build.Run(str(flow_run.id), pins=pin([table.name for table in wanted]), full=full)
    started: dict[str, PrefectFuture[Built]] = {}
    failed: dict[str, BaseException | None] = {}
    for table in wanted:
        _settle(table.reads, started, failed)
        if behind := [name for name in table.reads if name in failed]:
            failed[table.name] = None
            get_run_logger().error("%s is held back: %s failed", table.name, ", ".join(behind))
        else:
            started[table.name] = build_table.submit(table.name, run)
    _settle(started, started, failed)
    _raise_first({table.name: failed[table.name] for table in wanted if table.name in failed})
    return [started[table.name].result() for table in wanted]


@task(name="pin", **RETRY)
def pin(tables: list[str]) -> dict[str, int]:
    """The silver versions that the whole run reads."""
    with session() as spark:
        return build.pins(spark, [by_name(contracts.BUILT, name) for name in tables])


@task(name="build", task_run_name="build {name}", **RETRY)
def build_table(name: str, run: build.Run) -> Built:
    """Stage the table, check what it would become, record the findings, and publish it if it passed."""
    table = by_name(contracts.BUILT, name)
    with session() as spark:
        staged = build.stage(spark, table, run)
        if staged is None:
            return Built(name, "unchanged", delta.version(spark, name))
        report = check(build.candidate(spark, staged), table, run_id=run.id, stage="staged", at=utc_now())
        record(spark, report)
        require(report)
        version = build.publish(spark, staged)
    periods = None if staged.periods is None else len(staged.periods)
    warnings = tuple(one.text for one in report.warnings)
    done = Built(name, "published", version, periods, staged.row_count, warnings)
    get_run_logger().info("%s", done)
    return done


def _settle(
    names: Iterable[str], started: Mapping[str, PrefectFuture[Built]], failed: dict[str, BaseException | None]
) -> None:
    """Wait for those of the tables that are being built, and note which failed."""
    for name in names:
        if name in started and name not in failed:
            started[name].wait()
            state = started[name].state
            if not state.is_completed():
                failed[name] = _error_of(state)


def _error_of(state: State[Built]) -> BaseException:
    """What stopped the task; Prefect gives no exception for a run that was cancelled."""
    found = state.result(raise_on_failure=False)
    return found if isinstance(found, BaseException) else Terminal(f"the task ended {state.name}: {state.message}")


def _raise_first(failed: dict[str, BaseException | None]) -> None:
    """Raise the first failure, with a note on every other table that was not published."""
    errors = [error for error in failed.values() if error is not None]
    if not errors:
        return
    for name, error in failed.items():
        if error is not errors[0]:
            errors[0].add_note(f"{name} was held back" if error is None else f"{name} failed too: {error}")
    raise errors[0]
