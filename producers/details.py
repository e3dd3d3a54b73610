"""The details of single titles -> their topic: asked for in parallel, an answer that there is none is an event too."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from lakehouse.errors import MessageRefused, TmdbNotFound
from lakehouse.settings import Settings
from producers.answer import results
from producers.ledger import Run
from producers.receipt import Receipt
from producers.sources import Listing, Source
from producers.tmdb import Tmdb
from producers.windows import parts

Title = tuple[str, int]
"""Media type and id."""

OnProgress = Callable[[int], None]
LONGEST_CHANGES = timedelta(days=14)  # between the first and the last day that one request may name
_log = logging.getLogger(__name__)


class Detailed(Source, Protocol):
    """A source whose items are asked for one by one."""

    def listing(self, media_type: str, title_id: int) -> Listing:
        """Where TMDb serves the one item."""

    def deleted(self, title_id: int, listed: Listing, polled_at: datetime) -> dict[str, Any]:
        """The event that says that there is none."""


@dataclass
class Fetched:
    """What became of the titles asked for; `refused` are too large for Kafka, and not in it."""

    receipt: Receipt = field(default_factory=Receipt)
    deleted: list[Title] = field(default_factory=list)
    refused: list[Title] = field(default_factory=list)


def fetch(
    settings: Settings,
    source: Detailed,
    titles: Iterable[Title],
    *,
    at: datetime,
    on_progress: OnProgress | None = None,
) -> Fetched:
    """Publish the details of each title, all with the time `at`; `on_progress` is told the titles done.

    A title that TMDb does not have becomes an event that says so. Raises what `Tmdb` and `Publisher` raise; what was
    asked for until then is published.
    """
    found = Fetched()
    with Run(settings, source, "details") as run, Tmdb(settings) as tmdb:

        def ask(title: Title) -> dict[str, Any]:
            listed = source.listing(*title)
            try:
                (event,) = source.events([tmdb.get(listed.path, **listed.params)], listed, at)
            except TmdbNotFound:
                event = source.deleted(title[1], listed, at)
            return event

        for done, (title, event) in enumerate(tmdb.in_parallel(ask, titles), start=1):
            if event["raw"] is None:
                found.deleted.append(title)
            try:
                run.publish([event], at)
            except MessageRefused:
                found.refused.append(title)
            if on_progress:
                on_progress(done)
        found.receipt = run.finish()
    return found


def remove(settings: Settings, source: Detailed, titles: Iterable[Title], *, at: datetime) -> Receipt:
    """Publish that there are no such titles (any longer), without asking TMDb."""
    with Run(settings, source, "removal") as run:
        run.publish((source.deleted(number, source.listing(kind, number), at) for kind, number in titles), at)
        return run.finish()


def by_imdb_id(settings: Settings, imdb_ids: Iterable[str]) -> Iterator[tuple[str, Title | None]]:
    """Each IMDb id with the movie or series that TMDb has under it; None where it has none."""
    with Tmdb(settings) as tmdb:
        asked = tmdb.in_parallel(lambda one: tmdb.get(f"/find/{one}", external_source="imdb_id"), imdb_ids)
        for imdb_id, body in asked:
            named = [(kind, item.get("id")) for kind in ("movie", "tv") for item in body.get(f"{kind}_results") or ()]
            yield imdb_id, next(((kind, number) for kind, number in named if isinstance(number, int)), None)


def changed(settings: Settings, media_type: str, first: date, last: date) -> Iterator[int]:
    """The ids of titles that TMDb changed from `first` to `last`, both included; one may come several times.

    A day with more changes than TMDb serves is logged, and gives those that it serves.
    """

    def listed(start: date, end: date) -> Listing:
        params = {"start_date": start.isoformat(), "end_date": end.isoformat()}
        return Listing(f"/{media_type}/changes", "changes", media_type, params=params)

    def ask(asked: tuple[Listing, int]) -> list[dict[str, Any]]:
        listing, page = asked
        return results(tmdb.get(listing.path, page=page, **listing.params), f"{listing.path} page {page}")

    with Tmdb(settings) as tmdb:
        while first <= last:
            end = min(first + LONGEST_CHANGES, last)
            asked = list(parts(tmdb, listed, first, end))
            for part in asked:
                if part.is_too_full:
                    said = "/%s/changes of %s has %d pages, of which TMDb serves %d; the rest is due once it is stale"
                    _log.warning(said, media_type, part.first, part.pages, part.pages_served)
            pages = [(listed(p.first, p.last), page) for p in asked for page in range(1, p.pages_served + 1)]
            for _, items in tmdb.in_parallel(ask, pages):
                yield from (item["id"] for item in items if isinstance(item.get("id"), int))
            first = end + timedelta(days=1)


def asked_through(settings: Settings, source: Source) -> date | None:
    """The last day whose changes were followed; None where none were."""
    path = _changes_cursor(settings, source)
    return date.fromisoformat(path.read_text()) if path.is_file() else None


def note_asked_through(settings: Settings, source: Source, day: date) -> None:
    """Remember that the changes up to this day were followed; call it when their details are acknowledged."""
    path = _changes_cursor(settings, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".part").write_text(day.isoformat())
    os.replace(path.with_suffix(".part"), path)


def _changes_cursor(settings: Settings, source: Source) -> Path:
    return settings.root / "cursors" / source.TOPIC.name / "changes"
