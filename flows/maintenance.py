"""Keeps the tables quick: every table of the lake in turn, in the host's session."""

from prefect import flow, get_run_logger, task

from batch.maintain import KEEP_DAYS, Maintained, maintain
from flows import session
from flows.retry import RETRY
from lakehouse import contracts
from lakehouse.tables import by_name


@flow(name="maintenance")
def maintenance(tables: list[str] | None = None, keep_days: int = KEEP_DAYS) -> list[Maintained]:
    """Compact and vacuum all tables, or the named ones; one that fails does not keep the others waiting."""
    log = get_run_logger()
    names = [table.name for table in contracts.TABLES] if tables is None else tables
    states = [maintain_table(name, keep_days, return_state=True) for name in names]
    done: list[Maintained] = [state.result() for state in states if state.is_completed()]
    for one in done:
        log.info("%s", one)
    for state in states:
        state.result()  # raises what the table's task raised
    return done


@task(name="maintain", task_run_name="maintain {name}", **RETRY)
def maintain_table(name: str, keep_days: int) -> Maintained:
    """Compact the table where it has many small files, and remove files that nothing needs any more."""
    with session() as spark:
        return maintain(spark, by_name(contracts.TABLES, name), keep_days=keep_days)
