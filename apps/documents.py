"""The commands that show what came in, whole: every version of a title's details and of a comment, from bronze."""

from typing import TYPE_CHECKING, Annotated

import typer

from apps import show
from apps.ask import Json
from apps.fetch import title_named
from lakehouse import settings
from lakehouse.errors import SettingsInvalid, Terminal

if TYPE_CHECKING:
    from batch.documents import Document

documents = typer.Typer(no_args_is_help=True, help="What came in, whole and in every version, newest first.")


@documents.command()
def title(
    name: Annotated[str, typer.Argument(help="A movie's id, 603, or a series', tv/1396.")], json: Json = False
) -> None:
    """Show the details of a title as TMDb gave them, every fetch that is still in bronze, newest first.

    Example: moviepulse show title 603
    """
    from batch.documents import documents as found_in
    from lakehouse.contracts.title import TOPIC
    from lakehouse.spark import connect

    asked = title_named(name)
    if asked is None:
        raise SettingsInvalid(f"no title {name!r}", where="NAME", expected="603, movie/603 or tv/1396")
    medium, number = asked
    fields = {"media_type": [medium], "movie_id": [str(number)]}
    found = found_in(connect(settings.load()), TOPIC, fields, time="extraction_ts", body="raw")
    _print(f"{medium} {number}", found, json, hint=f"moviepulse details {name}")


@documents.command()
def comment(
    name: Annotated[str, typer.Argument(help="The comment's id, as the client gave it.")], json: Json = False
) -> None:
    """Show a comment as it was written, edited and deleted, newest first.

    Example: moviepulse show comment comment-1
    """
    from batch.documents import documents as found_in
    from lakehouse.contracts.user_event import TOPIC
    from lakehouse.spark import connect

    fields = {"comment_id": [name], "event_type": ["comment", "comment_edit", "comment_delete"]}
    found = found_in(connect(settings.load()), TOPIC, fields, time="event_at")
    _print(f"comment {name}", found, json, hint='moviepulse sql "SELECT comment_id FROM gold.comment"')


def _print(what: str, found: list["Document"], json: bool, *, hint: str) -> None:
    if not found:
        raise Terminal(f"bronze has no {what}", hint=hint)
    if json:
        show.as_json(found)
        return
    for one in found:
        at = f"{one.event_at or one.kafka_at:%Y-%m-%d %H:%M:%S} UTC"
        place = f"topic {one.topic}, partition {one.partition}, offset {one.offset}"
        show.console.print(f"{what}, {at} ({place})", style="bold", markup=False, highlight=False)
        show.console.print_json(data=one.body, ensure_ascii=False)
    show.console.print(f"{len(found)} versions, newest first", highlight=False)
