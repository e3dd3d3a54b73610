"""Sets a published table back to an earlier version, once that version has passed its check."""

from dataclasses import dataclass

from prefect import flow, task
from prefect.runtime import flow_run

from batch import rollback as batch
from expectations.check import check, passed
from flows import session
from flows.retry import RETRY, is_again
from lakehouse.clock import utc_now


@dataclass(frozen=True)
class RolledBack:
    """What was done: the version that the table was at, the one it was set back to, and that of the commit.

    `readers` are made of the table and were not touched; `warnings` are expectations that do not hold a table back.
    """

    table: str
    from_version: int
    to_version: int
    version: int
    readers: tuple[str, ...]
    warnings: tuple[str, ...]


@flow(name="rollback")
def rollback(table: str, to: int) -> RolledBack:
    """Set one table back; the findings are recorded, and a version that fails a critical expectation is refused."""
    return restore_table(table, to, str(flow_run.id))


@task(name="restore", task_run_name="restore {name} to {to}", **RETRY)
def restore_table(name: str, to: int, run_id: str) -> RolledBack:
    """Check the version, record what was found, and restore it if it passed."""
    with session() as spark:
        asked = batch.planned(spark, name, to)
        report = check(batch.rows(spark, asked), asked.table, run_id=run_id, stage="restored", at=utc_now())
        passed(spark, report, again=is_again())
        version = batch.restore(spark, asked, run_id=run_id)
    warnings = tuple(one.text for one in report.warnings)
    return RolledBack(name, asked.from_version, to, version, batch.readers(asked.table), warnings)
