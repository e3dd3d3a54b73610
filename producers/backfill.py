"""Lists longer than TMDb's 500 pages, whole: split by days until each part fits, and resumed where a run ended.

The cursor of a window lies in <home>/cursors/<topic>/<window>.json. It is written only after the messages of the pages
that it names as done were acknowledged, so a run that is killed repeats a few pages and leaves none out.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from lakehouse.clock import utc_day, utc_now
from lakehouse.errors import SourceInvalid
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.answer import results
from producers.kafka.topics import keep_since
from producers.ledger import Run
from producers.sources import Listing
from producers.tmdb import LAST_PAGE, Tmdb
from producers.windows import Part, Window, Windowed, parts

PAGES_PER_SAVE = 50


class Cursor(BaseModel):
    """How far a window is; `as_of` is the time of all its events."""

    as_of: datetime
    parts: list[Part]


@dataclass(frozen=True)
class Fetched:
    """What is known of a window after its fetch: `missing` titles were announced but in none of the pages."""

    window: Window
    cursor: Cursor

    @property
    def titles(self) -> int:
        """Titles that TMDb announced."""
        return sum(part.titles for part in self.cursor.parts)

    @property
    def found(self) -> int:
        """Distinct titles in the pages."""
        return sum(part.found for part in self.cursor.parts)

    @property
    def missing(self) -> int:
        """Announced, but not in the pages; below 0 where more came than was announced."""
        return self.titles - self.found

    @property
    def pages(self) -> int:
        """Pages that can be asked for."""
        return sum(part.pages_served for part in self.cursor.parts)

    @property
    def splits(self) -> int:
        """How often the window was split."""
        return len(self.cursor.parts) - 1

    @property
    def too_full(self) -> list[date]:
        """Days with more than 10,000 titles, of which TMDb serves no more."""
        return [part.first for part in self.cursor.parts if part.is_too_full]


def require_whole(fetched: Iterable[Fetched]) -> None:
    """Raise SourceInvalid that names the days of which TMDb does not serve all."""
    days = [f"{day} of {one.window.media_type} genre {one.window.genre_id}" for one in fetched for day in one.too_full]
    if days:
        raise SourceInvalid(
            f"{len(days)} days have more than {LAST_PAGE} pages, of which TMDb serves no more: {', '.join(days[:5])}",
            where="the backfill; everything else of it is in",
            expected="days that fit, for example of a rarer genre",
        )


def volumes(settings: Settings, source: Windowed, windows: Iterable[Window]) -> Iterator[Fetched]:
    """What TMDb announces for each window and how it would be split; fetches and publishes nothing."""
    with Tmdb(settings) as tmdb:

        def survey(window: Window) -> Cursor:
            return Cursor(as_of=utc_now(), parts=list(parts(tmdb, window.listed(source), window.first, window.last)))

        for window, cursor in tmdb.in_parallel(survey, windows):
            yield Fetched(window, cursor)


@dataclass(frozen=True)
class _Page:
    """One page to ask for; without a listing the window has none left, and this only says so."""

    window: Window
    cursor: Cursor
    is_last: bool
    part: Part | None = None
    listing: Listing | None = None
    number: int = 0

    def items(self, tmdb: Tmdb) -> list[dict[str, Any]]:
        if self.listing is None:
            return []
        body = tmdb.get(self.listing.path, page=self.number, **self.listing.params)
        return results(body, f"{self.listing.path} page {self.number} of {self.window}")


class Backfill:
    """Fetches windows one after the other, with requests in parallel and over the border between two windows.

    `as_of` is the day whose midnight (UTC) is the time of all events of a window that begins now; today where none is
    named. A window that was begun goes on as it was, one that was finished is left alone; `fresh` begins all anew.
    """

    def __init__(self, settings: Settings, source: Windowed, *, as_of: date | None = None, fresh: bool = False) -> None:
        self._settings, self._source, self._fresh = settings, source, fresh
        today = utc_day(utc_now())
        self._as_of = datetime.combine(as_of or today, time(), UTC)
        self._folder = settings.root / "cursors" / source.TOPIC.name
        self._known, self._kept_since = 0, datetime.combine(today, time(), UTC)

    def fetch(self, windows: Iterable[Window], *, on_progress: OnProgress | None = None) -> Iterator[Fetched]:
        """Each window once it is whole and acknowledged; `on_progress` is told the pages done and those known of.

        Raises what `Tmdb` and `Publisher` raise; what was acknowledged until then is not asked for again.
        """
        done = 0
        with Run(self._settings, self._source, "backfill") as run, Tmdb(self._settings) as tmdb:
            for page, items in tmdb.in_parallel(lambda one: one.items(tmdb), self._pages(tmdb, windows)):
                if page.part and page.listing:
                    self._keep(page.cursor.as_of)
                    run.publish(self._source.events(items, page.listing, page.cursor.as_of), page.cursor.as_of)
                    page.part.take(page.number, items)
                    done += 1
                if page.is_last or done % PAGES_PER_SAVE == 0:
                    run.finish()
                    self._save(page.window, page.cursor)
                if on_progress:
                    on_progress(done, self._known)
                if page.is_last:
                    yield Fetched(page.window, page.cursor)

    def _pages(self, tmdb: Tmdb, windows: Iterable[Window]) -> Iterator[_Page]:
        # The totals too are asked for ahead and side by side: windows of a page or two would wait for them otherwise.
        for window, cursor in tmdb.in_parallel(lambda one: self._cursor(tmdb, one), windows):
            listed = window.listed(self._source)
            left = [(part, n) for part in cursor.parts for n in range(part.pages_done + 1, part.pages_served + 1)]
            self._known += len(left)
            for place, (part, number) in enumerate(left, start=1):
                yield _Page(window, cursor, place == len(left), part, listed(part.first, part.last), number)
            if not left:
                yield _Page(window, cursor, is_last=True)

    def _cursor(self, tmdb: Tmdb, window: Window) -> Cursor:
        """Where the window was left; or its beginning, with the parts that TMDb's totals ask for now."""
        path = self._path(window)
        if self._fresh:
            path.unlink(missing_ok=True)  # or a repeat without `fresh` would go on with what was to be given up
        if path.is_file():
            try:
                return Cursor.model_validate_json(path.read_text())
            except ValidationError as error:
                raise SourceInvalid(
                    f"the cursor cannot be read: {error.errors()[0]['msg']}",
                    where=str(path),
                    hint="repeat the command with --fresh, which begins the window anew",
                ) from None
        found = list(parts(tmdb, window.listed(self._source), window.first, window.last))
        return Cursor(as_of=self._as_of, parts=found)

    def _keep(self, as_of: datetime) -> None:
        """See to it that Kafka keeps events that are as old as they say until the streams have read them."""
        if as_of < self._kept_since:
            keep_since(self._settings, self._source.TOPIC, as_of)
            self._kept_since = as_of

    def _save(self, window: Window, cursor: Cursor) -> None:
        path = self._path(window)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w") as file:
            file.write(cursor.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)

    def _path(self, window: Window) -> Path:
        return self._folder / f"{window}.json"
