"""moviepulse: every part as a command; an error says the next one, and its exit code tells which kind it is."""

import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.markup import escape

from apps import ask, collect, documents, export, fetch, forget, load, recommend, report, show
from apps.ask import Json, Names
from lakehouse import logs, settings
from lakehouse.errors import LakehouseError, Terminal

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
Stem = Annotated[str, typer.Argument(help="A source: a file of producers/sources.")]


@app.command()
def demo(
    days: Annotated[Path | None, typer.Option(help="A folder of recorded days to replay instead of polling.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running until Ctrl-C.")] = False,
) -> None:
    """Run it all once on this machine: broker, source, streams, gold, checks, accounts.

    Example: moviepulse demo --days ../shared/data/tmdb/days
    """
    from apps.demo import run

    run(settings.load(), days=days, keep=keep)


@app.command()
def broker() -> None:
    """Run a real Kafka broker on loopback until Ctrl-C, and create the topics.

    Example: moviepulse broker
    """
    from apps.local_kafka import Broker
    from lakehouse import contracts
    from producers.kafka.topics import ensure_topics
    from streaming.job import stop_on_signals

    config = settings.load()
    with Broker(config) as running:
        ensure_topics(running.settings, contracts.TOPICS)
        show.console.print(f"Kafka answers at {running.bootstrap_servers}; Ctrl-C stops it")
        stop_on_signals().wait()


@app.command()
def topics() -> None:
    """Create the topics that a broker does not have yet; those that it has are left as they are.

    Example: moviepulse topics
    """
    from lakehouse import contracts
    from producers.kafka.topics import ensure_topics

    made = ensure_topics(settings.load(), contracts.TOPICS)
    show.console.print(f"created: {', '.join(made) or 'none, all were there'}")


@app.command("tmdb-standin")
def tmdb_standin(
    misbehave: Annotated[
        list[str] | None, typer.Option(help="Faults for the next requests: 429, 500*3, cut, ...")
    ] = None,
    latency: Annotated[
        float | None, typer.Option(min=0, help="Seconds before each answer; standin.latency if absent.")
    ] = None,
    recorded: Annotated[
        Path | None, typer.Option(help="A folder of recorded days and responses to serve instead of the made-up world.")
    ] = None,
) -> None:
    """Serve TMDb's API on loopback without a key, from a generated world or from recordings.

    Example: moviepulse tmdb-standin --misbehave 429:retry-after=1*3 --latency 0.05
    """
    from apps.tmdb_standin.server import serve

    serve(settings.load(), misbehave=misbehave or (), latency=latency, recorded=recorded)


@app.command()
def host() -> None:
    """Run the streaming host: all streams, Spark Connect and Thrift, until SIGTERM or Ctrl-C.

    Example: moviepulse host
    """
    from streaming.job import run, stop_on_signals

    run(settings.load(), stop_on_signals())


@app.command()
def produce(stem: Stem) -> None:
    """Poll the lists of a source once and publish them; exit code 0 only when every message is acknowledged.

    Example: moviepulse produce trending
    """
    from apps.progress import steps
    from lakehouse.clock import utc_now
    from producers.poll import poll

    with steps() as step:
        receipt = poll(settings.load(), _source(stem), polled_at=utc_now(), on_progress=step(f"Polling {stem}"))
    show.console.print(f"{receipt.acked} of {receipt.sent} messages acknowledged")


@app.command()
def replay(
    days: Annotated[Path, typer.Argument(help="A folder of YYYY-MM-DD.json.gz files.")], stem: Stem = "trending"
) -> None:
    """Publish recorded days again, each event at its day's own time.

    Example: moviepulse replay ../shared/data/tmdb/days trending
    """
    from apps.progress import steps
    from producers.replay import replay as publish

    with steps() as step:
        receipt = publish(settings.load(), _source(stem), days, on_progress=step(f"Replaying {stem}"))
    show.console.print(f"{receipt.acked} of {receipt.sent} messages acknowledged")


@app.command()
def build(
    tables: Names = None,
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything, not only what changed.")] = False,
    days: Annotated[str | None, typer.Option(help="Days to rebuild too: 2026-01-21..2026-01-31, or one day.")] = None,
    json: Json = False,
) -> None:
    """Build, check and publish gold tables.

    Example: moviepulse build gold.title_popularity_daily
    """
    from flows.gold import gold

    first, last = ask.span(days)
    built = gold(full=full, tables=tables, first_day=first, last_day=last)
    rows = [(b.table, b.verdict, b.version, b.row_count, "; ".join(b.warnings) or None) for b in built]
    show.as_json(built) if json else show.grid("Gold", ["table", "verdict", "version", "rows staged", "warnings"], rows)


@app.command()
def rollback(
    table: Annotated[str, typer.Argument(help="A table that builds publish.")],
    to: Annotated[int, typer.Option(min=0, help="The version to go back to; moviepulse lineage tells about each.")],
) -> None:
    """Set a published table back to an earlier version, if that one passes its check.

    Example: moviepulse rollback gold.title_popularity_daily --to 3
    """
    from flows.rollback import rollback as go_back

    done = go_back(table, to)
    again = (
        f"{table} holds version {to} again, in place of {done.from_version}, by a commit that is version {done.version}"
    )
    show.console.print(again, *(f"warning: {one}" for one in done.warnings), sep="\n", markup=False, soft_wrap=True)
    show.facts(
        "Next",
        {
            "made of it": f"as they were: {', '.join(done.readers) or 'no table'}",
            "follow it": f"moviepulse build {' '.join(done.readers)}" if done.readers else None,
            "mind": f"the next build of {table}, the daily one too, makes it anew from its inputs, in full",
            "undo": f"moviepulse rollback {table} --to {done.from_version}",
        },
    )


app.command()(collect.collect)
app.command("collect-key")(collect.collect_key)
app.command("replay-movielens")(collect.replay_movielens)
app.add_typer(fetch.discover, name="discover")
app.command()(recommend.recommend)
app.command()(fetch.details)
app.command()(fetch.titles)
app.command("id-files")(fetch.id_files)
app.add_typer(load.load, name="load")
app.add_typer(export.export, name="export")
app.add_typer(documents.documents, name="show")
app.command()(forget.forget)
app.add_typer(report.report, name="report")
for question in (ask.check, ask.lineage, ask.audit, ask.status, ask.tables, ask.sql, ask.doctor):
    app.command()(question)


def _source(stem: str) -> ModuleType:
    import importlib

    from lakehouse import contracts

    received = {contracts.stem(module.TABLES[0]) for module in contracts.RECEIVED}
    if stem in received:
        raise Terminal(f"nobody is asked for {stem}: clients send it to the collector", hint="moviepulse collect")
    files = (Path(__file__).parent.parent / "producers" / "sources").glob("[a-z]*.py")
    known = sorted({path.stem for path in files} - received)
    if stem not in known:
        raise Terminal(f"no source {stem!r}", expected=", ".join(known), hint=f"moviepulse produce {known[0]}")
    return importlib.import_module(f"producers.sources.{stem}")


def main() -> None:
    """Run a command; the only place where an error becomes an exit code."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")  # what stops a flow is printed once, below
    logs.start("INFO" if {"host", "broker", "tmdb-standin", "collect"} & set(sys.argv) else "WARNING")
    try:
        app()
    except LakehouseError as error:
        show.errors.print(
            f"[bold red]{type(error).__name__}[/]: {escape(logs.redacted(str(error)))}", highlight=False, soft_wrap=True
        )
        for note in getattr(error, "__notes__", ()):
            show.errors.print(f"  note: {escape(note)}", highlight=False)
        sys.exit(error.exit_code)
    except Exception:
        logging.getLogger("moviepulse").exception("an error that is not ours; please report it with these lines")
        sys.exit(1)


if __name__ == "__main__":
    main()
