"""The commands that ask: checks, lineage, books, status, tables, SQL, the doctor. They change no data."""

from datetime import date
from typing import Annotated

import typer

from apps import show
from lakehouse import settings
from lakehouse.errors import KafkaUnavailable, QueryRefused, SettingsInvalid

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Names = Annotated[list[str] | None, typer.Argument(help="Tables, for example gold.title_momentum_daily; all if none.")]


def check(tables: Names = None, json: Json = False) -> None:
    """Check published gold tables against their expectations and inputs; exit code 1 if a critical one fails.

    Example: moviepulse check gold.title_momentum_daily
    """
    from apps.inspect import checked

    reports = checked(settings.load(), tables)
    rows = [
        (r.table, f.expectation, f.column_name, f.severity, f.is_met, f.unexpected_count, f.observed)
        for r in reports
        for f in r.findings
    ]
    columns = ["table", "expectation", "column", "severity", "met", "unexpected", "observed"]
    show.as_json(reports) if json else show.grid("Expectations", columns, rows)
    if not all(report.passed for report in reports):
        raise typer.Exit(1)


def lineage(
    table: Annotated[str, typer.Argument(help="A table.")],
    version: Annotated[int | None, typer.Option(min=0, help="One of its versions; the newest if absent.")] = None,
    json: Json = False,
) -> None:
    """Say from which run, input versions, Kafka offsets and files a version of a table was made.

    Example: moviepulse lineage gold.title_momentum_daily --version 3
    """
    from apps.origin import tree
    from batch.lineage import lineage as trace
    from lakehouse import contracts
    from lakehouse.spark import connect
    from lakehouse.tables import by_name

    found = trace(connect(settings.load()), by_name(contracts.TABLES, table), version)
    show.as_json([found]) if json else show.console.print(tree(found))


def audit(json: Json = False) -> None:
    """Balance the books: bronze = silver + duplicates + rejects, row by row; exit code 1 if they do not.

    Of loaded files lines = headers + accepted + rejects, and the tables that are built from them are computed again.

    Example: moviepulse audit
    """
    from apps import inspect
    from batch import books
    from streaming import audit as streams

    config = settings.load()
    streamed, filed = inspect.audited(config), inspect.files_audited(config)
    if json:
        show.as_json([*streamed, *filed])
    else:
        inspect.books_grid(streamed)
        inspect.file_books_grid(filed)
    streams.require(streamed)
    books.require(filed)


def status(json: Json = False) -> None:
    """Say of every streaming query: last batch, rows, lag in messages, age of its newest row.

    Example: moviepulse status
    """
    from apps.lag import lags, statuses

    config = settings.load()
    try:
        behind = lags(config)
    except KafkaUnavailable as error:
        show.errors.print(f"the lag is unknown: {error}")
        behind = {}
    found = statuses(config, behind)
    columns = ["query", "active", "batch", "rows", "rows in all", "lag", "newest row, s", "failures", "error"]
    show.as_json(found) if json else show.grid("Streams", columns, [tuple(vars(one).values()) for one in found])


def tables(
    name: Annotated[str | None, typer.Argument(help="One table, with its columns.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/tables.md.")] = False,
) -> None:
    """Say what every table is: grain, key, columns, units. From the contracts; nothing needs to run.

    Example: moviepulse tables silver.trending_event
    """
    from apps import catalogue

    if markdown:
        print(catalogue.markdown(), end="")
    else:
        catalogue.show(name)


def sql(
    query: Annotated[str, typer.Argument(help="A Spark SQL statement.")],
    limit: Annotated[int, typer.Option(help="Rows to print.")] = 20,
    json: Json = False,
) -> None:
    """Run Spark SQL on the running host.

    Example: moviepulse sql "SELECT day, count(*) FROM gold.title_popularity_daily GROUP BY day ORDER BY day"
    """
    from pyspark.errors import PySparkException

    from lakehouse.spark import connect

    try:
        found = connect(settings.load()).sql(query).limit(limit)
        rows = [row.asDict(recursive=True) for row in found.collect()]
    except (PySparkException, UnicodeDecodeError) as error:
        raise QueryRefused(f"the statement failed: {str(error).split('JVM stacktrace')[0].strip()}") from None
    show.as_json(rows) if json else show.grid("", found.columns, [tuple(row.values()) for row in rows])


def doctor(json: Json = False) -> None:
    """Look at everything that is needed, and say what to do where something is missing.

    Example: moviepulse doctor
    """
    from apps.doctor import diagnose

    found = diagnose(settings.load())
    rows = [(one.what, one.ok, one.found, None if one.ok else one.remedy) for one in found]
    show.as_json(found) if json else show.grid("Doctor", ["what", "ok", "found", "remedy"], rows)
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def span(days: str | None) -> tuple[date, date] | tuple[None, None]:
    """The first and the last day of `2026-01-21..2026-01-31`, or of one day; raises SettingsInvalid for other texts."""
    if days is None:
        return None, None
    first, _, last = days.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        expected = "2026-01-21..2026-01-31 or 2026-01-21"
        raise SettingsInvalid(f"no such days: {days!r}", where="--days", expected=expected) from None
