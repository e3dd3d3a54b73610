"""Looking at what is there: the books and the published tables' expectations, over the running host."""

import uuid

from apps import lag, show
from expectations.check import Report, check, record
from lakehouse import contracts, delta
from lakehouse.clock import utc_now, wait_for
from lakehouse.errors import CheckFailed
from lakehouse.settings import Settings
from lakehouse.spark import connect
from lakehouse.tables import by_name
from producers.ledger import acknowledged
from streaming.audit import Book, book

CATCH_UP_SECONDS = 120


def audited(settings: Settings) -> list[Book]:
    """The books of every silver table, once the streams have taken what the broker holds."""
    spark = connect(settings)
    caught_up(settings, CATCH_UP_SECONDS)
    return [
        book(
            spark,
            table,
            acked=acknowledged(settings, table.stream.topic.name),
            dropped=lag.dropped_by_watermark(settings, table.name),
        )
        for table in contracts.STREAMED
        if table.stream
    ]


def caught_up(settings: Settings, seconds: float) -> None:
    """Return when no stream has a message left to take; raises Stopped at the deadline."""
    wait_for(
        lambda: not any(lag.lags(settings).values()),
        seconds=seconds,
        what="the streams' catching up",
        hint="moviepulse status",
    )


def checked(settings: Settings, names: list[str] | None) -> list[Report]:
    """A report on each published table, or on each of the named ones, also kept in quality.expectation_result.

    Raises CheckFailed where nothing was published yet.
    """
    spark = connect(settings)
    tables = [by_name(contracts.BUILT, name) for name in names or ()]
    tables = tables or [table for table in contracts.BUILT if delta.version(spark, table.name)]
    if not tables:
        raise CheckFailed("nothing was published yet", where=str(settings.lake), hint="moviepulse build")
    run_id, now = uuid.uuid4().hex, utc_now()
    reports = [check(spark.table(t.name), t, run_id=run_id, stage="published", at=now) for t in tables]
    for report in reports:
        record(spark, report)
    return reports


def books_grid(books: list[Book]) -> None:
    """Print the books, and where rejects came from."""
    columns = ["table", "bronze", "silver", "duplicates", "rejects", "late", "balanced"]
    rows = [(b.table, b.bronze, b.silver, b.duplicates, b.rejected, b.late, not b.problems) for b in books]
    show.grid("Accounts: bronze = silver + duplicates + rejects", columns, rows)
    reasons = [(b.table, reason, count) for b in books for reason, count in sorted(b.reasons.items())]
    if reasons:
        show.grid("Rejects", ["table", "reason", "rows"], reasons)
