"""Keeps the tables quick: every table of the lake in turn, in the host's session."""

from datetime import datetime, timedelta

from prefect import flow, get_run_logger, task

from batch import title as wanted
from batch.maintain import KEEP_DAYS, Maintained, maintain
from flows import session
from flows.retry import RETRY
from lakehouse import contracts, settings
from lakehouse.clock import utc_now
from lakehouse.tables import by_name
from producers import details
from producers.sources import title as source

GRACE = timedelta(days=14)


@flow(name="maintenance")
def maintenance(tables: list[str] | None = None, keep_days: int = KEEP_DAYS) -> list[Maintained]:
    """Compact and vacuum all tables, or the named ones; one that fails does not keep the others waiting.

    With all tables, titles that are past the cache time are removed first.
    """
    log = get_run_logger()
    if tables is None:
        log.info("%d titles were past the cache time, and are removed", expire(utc_now()))
    names = [table.name for table in contracts.TABLES] if tables is None else tables
    states = [maintain_table(name, keep_days, return_state=True) for name in names]
    done: list[Maintained] = [state.result() for state in states if state.is_completed()]
    for one in done:
        log.info("%s", one)
    for state in states:
        state.result()  # raises what the table's task raised
    return done


@task(name="expire", **RETRY)
def expire(at: datetime) -> int:
    """Remove the titles that are past the cache time by two weeks, on each of which a fetch failed; their number."""
    config = settings.load()
    with session() as spark:
        titles = wanted.stale(spark, at - timedelta(days=config.tmdb.cache_days) - GRACE)
    if titles:
        details.remove(config, source, titles, at=at)
    return len(titles)


@task(name="maintain", task_run_name="maintain {name}", **RETRY)
def maintain_table(name: str, keep_days: int) -> Maintained:
    """Compact the table where it has many small files, and remove files that nothing needs any more."""
    with session() as spark:
        return maintain(spark, by_name(contracts.TABLES, name), keep_days=keep_days)
