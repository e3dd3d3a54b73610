"""TMDb's trending lists -> movies.trending.daily.

Source: https://developer.themoviedb.org/reference/trending-movies and -tv, windows day and week.
A title may stand twice in one list, over a page border (36 of 3,200 places in 20 recorded days): both are sent,
with the same event_id, and silver keeps the first.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lakehouse.contracts.trending import TOPIC as TOPIC
from producers.sources import Listing, placed

KEY = "movie_id"

LISTS: tuple[Listing, ...] = tuple(
    Listing(f"/trending/{media_type}/{window}", f"trending_{window}", media_type, (recorded, f"trending_{window}"))
    for media_type, recorded in (("movie", "movies"), ("tv", "tv"))
    for window in ("day", "week")
)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per place in the joined list, values as served; an item without a usable id is an event too."""
    return placed("trending", items, listed, polled_at)
