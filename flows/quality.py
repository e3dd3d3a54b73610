"""Every published table against its expectations and its inputs, without building; one task per table."""

from prefect import flow, task
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from expectations import published
from expectations.check import Report, require
from flows import session
from flows.outcome import outcome, raise_first
from flows.retry import RETRY, is_again
from flows.verdicts import show_verdicts
from lakehouse import contracts, history
from lakehouse.clock import utc_now
from lakehouse.errors import CheckFailed
from lakehouse.tables import by_name


@flow(name="quality", task_runner=ThreadPoolTaskRunner(max_workers=published.SIDE_BY_SIDE))  # type: ignore[arg-type]  # wants a base class
def quality(tables: list[str] | None = None) -> list[Report]:
    """Check all published tables, or the named ones; once all are checked, fail where a critical expectation does."""
    run_id = str(flow_run.id)
    logs = published_tables(tables)
    started = {name: check_table.submit(name, run_id, log) for name, log in logs.items()}
    ended = {name: outcome(future) for name, future in started.items()}
    failed = {name: error for name, one in ended.items() if (error := _error(one)) is not None}
    verdicts = [(name, "failed" if name in failed else "passed", None) for name in ended]
    show_verdicts("quality-verdicts", run_id, verdicts, return_state=True)
    raise_first(failed)
    return [one for one in ended.values() if isinstance(one, Report)]


@task(name="published", **RETRY)
def published_tables(tables: list[str] | None) -> dict[str, history.Log]:
    """The tables to check, and what their logs tell."""
    with session() as spark:
        return history.read(spark, [table.name for table in published.published(spark, tables)])


@task(name="check", task_run_name="check {name}", **RETRY)
def check_table(name: str, run_id: str, log: history.Log) -> Report:
    """Check the table and record the findings, whatever they are."""
    with session() as spark:
        logs = history.Logs(spark, {name: log})
        (report,) = published.checked(
            logs, by_name(contracts.PUBLISHED, name), run_id=run_id, at=utc_now(), again=is_again()
        )
        return report


def _error(ended: Report | BaseException) -> BaseException | None:
    """What is wrong with a table, or with its check."""
    if isinstance(ended, BaseException):
        return ended
    try:
        require(ended)
    except CheckFailed as error:
        return error
    return None
