"""Recorded day files (gzip JSON, one per day) -> a source's topic, each event at its day's own time.

A file is `{"generated_at", "movies": {list: [items]}, "tv": {list: [items]}}`. The same files give the same events
and ids however often they are replayed.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lakehouse.clock import from_iso
from lakehouse.errors import SourceInvalid
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.kafka.topics import keep_since
from producers.ledger import Run
from producers.receipt import Receipt
from producers.sources import Listing, Source

LARGEST_DAY = 256 * 1024 * 1024  # unpacked; the recorded days have 0.7 MB
SHAPE = '{"generated_at": "2026-01-21T07:04:44.029Z", "movies": {"<list>": [{…}, …]}, "tv": {…}}'


@dataclass(frozen=True)
class Day:
    """One recorded day: the time of its poll and what each list served."""

    polled_at: datetime
    lists: tuple[tuple[Listing, list[dict[str, Any]]], ...]


def replay(settings: Settings, source: Source, days: Path, *, on_progress: OnProgress | None = None) -> Receipt:
    """Publish the `*.json.gz` of a folder in name order; `on_progress` is told the files done and in all.

    A file is read and checked whole before any of its events is sent. Raises SourceInvalid that names the file.
    """
    paths = day_paths(days)
    oldest: datetime | None = None
    with Run(settings, source, "replay") as run:
        for done, path in enumerate(paths, start=1):
            day = read_day(path, source)
            if oldest is None or day.polled_at < oldest:
                oldest = day.polled_at
                keep_since(settings, source.TOPIC, oldest)
            run.publish(day_events(day, source), day.polled_at)
            if on_progress:
                on_progress(done, len(paths))
        return run.finish()


def day_paths(days: Path) -> list[Path]:
    """The day files of a folder, oldest first; raises SourceInvalid where there is none."""
    paths = sorted(days.glob("*.json.gz"))
    if not paths:
        raise SourceInvalid("no day file to replay", where=str(days), expected="YYYY-MM-DD.json.gz files")
    return paths


def day_events(day: Day, source: Source) -> list[dict[str, Any]]:
    """One event per item of the day's lists, in the source's order of lists."""
    return [event for listed, items in day.lists for event in source.events(items, listed, day.polled_at)]


def read_day(path: Path, source: Source) -> Day:
    """The source's lists of one day file; raises SourceInvalid for a damaged file or another shape."""
    try:
        with gzip.open(path) as packed:
            text = packed.read(LARGEST_DAY + 1)
        recorded = json.loads(text) if len(text) <= LARGEST_DAY else None
        if recorded is None:
            raise ValueError(f"more than {LARGEST_DAY} bytes")
        polled_at = from_iso(recorded["generated_at"])
        lists = tuple((listed, _items(recorded, *listed.recorded)) for listed in source.LISTS)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        return Day(polled_at, lists)
    raise SourceInvalid(f"the day file cannot be used: {reason}", where=str(path), expected=SHAPE)


def _items(recorded: dict[str, Any], group: str, name: str) -> list[dict[str, Any]]:
    items = recorded[group][name]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"{group}.{name} is no list of objects")
    return items
