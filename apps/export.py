"""The commands that take tables out of the lake, for those who want them elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import show
from apps.progress import steps
from lakehouse import settings
from lakehouse.errors import TopicMissing

if TYPE_CHECKING:
    from lakehouse.tables import Topic

export = typer.Typer(
    no_args_is_help=True,
    help="Take tables out of the lake, for those who want them elsewhere.\n\nExample: moviepulse export raw exported",
)


@export.command()
def raw(
    folder: Annotated[Path, typer.Argument(help="Where Raw/TMDB/JSON/... is to be, made if it is not there.")],
    topic: Annotated[list[str] | None, typer.Option(help="A Kafka topic, again for several; all if absent.")] = None,
) -> None:
    """Write bronze as JSON files by medium, day and list; a repeat writes only what is new.

    Example: moviepulse export raw exported --topic movies.discover
    """
    from batch.raw_export import export as write
    from batch.raw_files import RawFiles
    from lakehouse.spark import answering, connect

    topics = _topics(topic or [])
    config = settings.load()
    spark = connect(config)
    done = {}
    with RawFiles(folder) as files, answering(config), steps(is_fast=True) as step:
        for one in topics:
            done[one.name] = write(spark, one, files, on_progress=step(f"Exporting {one.name}"))
    rows = [(name, one.records, one.as_bytes, one.files, one.changed, one.bytes) for name, one in done.items()]
    columns = ["topic", "rows", "unreadable", "files", "written", "bytes"]
    total = f"{sum(one.records for one in done.values()):,} rows in {sum(one.files for one in done.values()):,} files"
    show.grid("Raw", columns, rows, caption=f"{total}; those not written were there already")


@export.command()
def postgres(
    full: Annotated[
        bool, typer.Option("--full", help="Compare every row, also of tables that have not changed, and correct it.")
    ] = False,
) -> None:
    """Bring the relational star in PostgreSQL to what gold is now; a repeat writes only what has changed.

    Example: moviepulse export postgres --full
    """
    from uuid import uuid4

    from batch.postgres.export import Run
    from batch.postgres.export import export as write
    from lakehouse.clock import utc_now
    from lakehouse.spark import answering, connect

    config = settings.load()
    spark = connect(config)
    with answering(config), show.console.status("Exporting gold") as status:
        run = Run(uuid4().hex, utc_now(), full, on_step=lambda step: status.update(f"Exporting gold: {step}"))
        done = write(spark, config.postgres, run)
    columns = ["table", "version", "read", "rows", "inserted", "updated", "deleted", "placeholders", "U+0000", "equal"]
    rows = [
        (
            one.table, one.version, one.read, one.row_count, one.inserted, one.updated, one.deleted,
            one.placeholder_count, one.replaced_count, True,
        )
        for one in done
    ]  # fmt: skip
    show.grid("PostgreSQL", columns, rows, caption="equal: as many rows as gold, and the same checksum")


def _topics(names: list[str]) -> "list[Topic]":
    from lakehouse import contracts

    known = {topic.name: topic for topic in contracts.TOPICS}
    if unknown := [name for name in names if name not in known]:
        raise TopicMissing(f"no topic {', '.join(unknown)}", where="--topic", expected=", ".join(known))
    return [known[name] for name in dict.fromkeys(names or known)]
