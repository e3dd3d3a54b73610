"""Looking at what is there: the books and the published tables' expectations, over the running host."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from apps import lag, show
from batch.books import FileBook
from batch.books import book as file_book
from expectations import published
from expectations.check import Report
from lakehouse import contracts, history
from lakehouse.clock import utc_now, wait_for
from lakehouse.settings import Settings
from lakehouse.spark import connect
from lakehouse.tables import Table
from producers.ledger import acknowledged
from streaming.audit import Book, book

CATCH_UP_SECONDS = 120
SIDE_BY_SIDE = 3  # books at once: Spark plans one while it computes another


def audited(settings: Settings) -> list[Book]:
    """The books of every silver table, once the streams have taken what the broker holds."""
    spark = connect(settings)
    caught_up(settings, CATCH_UP_SECONDS)
    topics = {table: table.stream.topic for table in contracts.STREAMED if table.stream}
    written = history.written(spark, [name for table, topic in topics.items() for name in (topic.bronze, table.name)])

    def kept(table: Table) -> Book:
        return book(
            spark,
            table,
            acked=acknowledged(settings, topics[table].name),
            dropped=lag.dropped_by_watermark(settings, table.name),
            written=written,
        )

    with ThreadPoolExecutor(SIDE_BY_SIDE) as several:
        return list(several.map(kept, topics))


def files_audited(settings: Settings) -> list[FileBook]:
    """The books of the files that were loaded, one for each bronze table of files."""
    spark = connect(settings)
    return [file_book(spark, stem) for stem in contracts.FILED]


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

    What the quality flow does, without Prefect. Raises NotPublished where nothing was published yet.
    """
    spark, run_id, now = connect(settings), uuid.uuid4().hex, utc_now()
    tables = published.published(spark, names)
    logs = history.Logs(spark, history.read(spark, [table.name for table in tables]))
    return published.checked(logs, *tables, run_id=run_id, at=now)


def books_grid(books: list[Book]) -> None:
    """Print the books, and where rejects came from."""
    columns = ["table", "bronze", "silver", "duplicates", "rejects", "late", "balanced"]
    rows = [(b.table, b.bronze, b.silver, b.duplicates, b.rejected, b.late, not b.problems) for b in books]
    erased = sum(b.erased for b in books)
    caption = f"{erased:,} messages were erased on request, and are in none of these" if erased else None
    show.grid("Accounts: bronze = silver + duplicates + rejects", columns, rows, caption=caption)
    _reasons_grid(books)


def file_books_grid(books: list[FileBook]) -> None:
    """Print the books of files, where any was loaded."""
    columns = ["table", "kind of file", "lines", "headers", "accepted", "rejects", "balanced"]
    rows = [
        (b.table, kind.kind, kind.lines, kind.headers, kind.accepted, kind.rejected, not b.problems)
        for b in books
        for kind in b.kinds
    ]
    if rows:
        show.grid("Files: lines = headers + accepted + rejects", columns, rows)
        _reasons_grid(books)


def _reasons_grid(books: Sequence[Book | FileBook]) -> None:
    reasons = [(b.table, reason, count) for b in books for reason, count in sorted(b.reasons.items())]
    if reasons:
        show.grid("Rejects", ["table", "reason", "rows"], reasons)
