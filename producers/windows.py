"""Windows of release days, and the parts in which TMDb, which serves 500 pages of a list, can be asked for them."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from pydantic import BaseModel

from lakehouse.errors import SettingsInvalid, SourceInvalid
from lakehouse.settings import Settings
from producers.sources import Listing, Source
from producers.tmdb import LAST_PAGE, Tmdb

PAGE = 20  # items; of changes 100
_DAY = timedelta(days=1)
Listed = Callable[[date, date], Listing]


class Windowed(Source, Protocol):
    """A source whose list has a window of release days."""

    def listing(self, media_type: str, genre_id: int, first: date, last: date) -> Listing:
        """The list of a genre from `first` to `last`, both included."""


@dataclass(frozen=True)
class Window:
    """A genre, and the release days from `first` to `last`."""

    media_type: str
    genre_id: int
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.media_type}-genre-{self.genre_id}-{self.first}-{self.last}"

    def listed(self, source: "Windowed") -> Listed:
        """The list of any days within the window."""
        return lambda first, last: source.listing(self.media_type, self.genre_id, first, last)


class Part(BaseModel):
    """Days that are asked for as one list, and how much TMDb announced for them.

    `found` counts distinct titles in the pages done; `ids` names them while the part is not finished.
    """

    first: date
    last: date
    titles: int
    pages: int
    pages_done: int = 0
    found: int = 0
    ids: set[int] = set()

    @property
    def is_too_full(self) -> bool:
        """Even its single day has more than can be asked for."""
        return self.pages > LAST_PAGE

    @property
    def pages_served(self) -> int:
        """The pages that can be asked for."""
        return min(self.pages, LAST_PAGE)

    def take(self, number: int, items: Iterable[dict[str, Any]]) -> None:
        """Count a page that was published."""
        self.ids |= {item["id"] for item in items if isinstance(item.get("id"), int)}
        self.found, self.pages_done = len(self.ids), number
        if number >= self.pages_served:
            self.ids = set()


def windows(
    settings: Settings,
    *,
    media_types: Iterable[str] | None = None,
    genre_ids: Iterable[int] | None = None,
    years: tuple[int, int] | None = None,
    days: tuple[date | None, date | None] = (None, None),
) -> list[Window]:
    """The windows of the settings' genres and years, films first, or of those named; the last one may be short.

    `days` are a first and a last release day in place of years; one that is None is that of the years. Raises
    SettingsInvalid where the last one is before the first.
    """
    asked = settings.backfill
    genres = {"movie": asked.movie_genres, "tv": asked.tv_genres}
    first_year, last_year = years or (asked.first_year, asked.last_year)
    first, last = days[0] or date(first_year, 1, 1), days[1] or date(last_year, 12, 31)
    if last < first:
        raise SettingsInvalid(f"no such release days: {first} to {last}", expected="a last day not before the first")
    return [
        Window(kind, genre, max(first, date(year, 1, 1)), min(last, date(year + asked.years - 1, 12, 31)))
        for kind in media_types or genres
        for genre in genre_ids or genres[kind]
        for year in range(first.year, last.year + 1, asked.years)
    ]


def parts(tmdb: Tmdb, listed: Listed, first: date, last: date) -> Iterator[Part]:
    """The days from `first` to `last` in parts of at most 500 pages, oldest first; one request each, no item kept."""
    waiting = [(first, last)]
    while waiting:
        start, end = waiting.pop()
        listing = listed(start, end)
        body = tmdb.get(listing.path, page=1, **listing.params)
        pages, titles = body.get("total_pages"), body.get("total_results")
        if not isinstance(pages, int) or not isinstance(titles, int):
            expected = '"total_pages" and "total_results" as whole numbers'
            raise SourceInvalid("TMDb served a page without its totals", where=listing.path, expected=expected)
        # Were total_pages ever cut to what is served, the titles would still tell.
        pages = max(pages, math.ceil(titles / max(PAGE, len(body.get("results") or ()))))
        if pages <= LAST_PAGE or start == end:
            yield Part(first=start, last=end, titles=titles, pages=pages)
            continue
        middle = start + (end - start) // 2
        waiting += [(middle + _DAY, end), (start, middle)]
