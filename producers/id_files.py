"""TMDb's daily id files -> their topic, line by line; a file is checked whole before its first line is sent."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

from lakehouse.errors import SourceInvalid
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.kafka.topics import keep_since
from producers.ledger import Run
from producers.receipt import Receipt
from producers.sources import Listing, Source
from producers.tmdb import Tmdb

COMPLETE = time(8, tzinfo=UTC)
"""When TMDb has written a day's files."""


class Filed(Source, Protocol):
    """A source whose items stand in one file a day and medium."""

    FILES: dict[str, str]

    def listing(self, media_type: str, day: date) -> Listing:
        """The name of the file."""


def newest(now: datetime) -> date:
    """The newest day whose files are complete."""
    return now.date() if now.timetz() >= COMPLETE else now.date() - timedelta(days=1)


def publish(settings: Settings, source: Filed, day: date, *, on_progress: OnProgress | None = None) -> Receipt:
    """Publish every line of the day's files, with the time of their completion; again is the same events again.

    A line that is no JSON object is published as it stands, and becomes a reject. `on_progress` is told the lines done
    and in all. Raises TmdbNotFound where TMDb does not have the day, SourceInvalid for a damaged file.
    """
    at = datetime.combine(day, COMPLETE)
    files = _files(settings, source, day)
    total = sum(_count(path) for path in files)
    with Run(settings, source, "id file") as run:
        keep_since(settings, source.TOPIC, at)
        every = ((line, listed) for path, listed in files.items() for line in _lines(path))
        for done, (line, listed) in enumerate(every, start=1):
            item = _object(line)
            if item is None:
                run.pass_on(line, at)
            else:
                run.publish(source.events([item], listed, at), at)
            if on_progress and (done % 1000 == 0 or done == total):
                on_progress(done, total)
        receipt = run.finish()
    for path in files:
        path.unlink()
    return receipt


def _files(settings: Settings, source: Filed, day: date) -> dict[Path, Listing]:
    """The day's files, fetched where they are not there from a run before."""
    files = {}
    with Tmdb(settings) as tmdb:
        for media_type in source.FILES:
            listed = source.listing(media_type, day)
            path = settings.root / "files" / listed.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                tmdb.download(listed.path, path)
            files[path] = listed
    return files


def _count(path: Path) -> int:
    """The lines of a file, read to its end: gzip's own sum is checked there. A damaged file is not kept."""
    try:
        count = sum(1 for _ in _lines(path))
    except (OSError, EOFError, zlib.error) as error:
        path.unlink()
        raise SourceInvalid(
            f"the id file is damaged: {error}", where=str(path), expected="gzip", hint="repeat the same command"
        ) from None
    if not count:
        path.unlink()
        raise SourceInvalid("the id file is empty", where=str(path), expected="a line for every title that TMDb has")
    return count


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        yield from (line.rstrip(b"\n") for line in file)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, dict) else None
