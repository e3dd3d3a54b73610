"""TMDb's standing lists -> titles.popular.daily.

Source: https://developer.themoviedb.org/reference/movie-popular-list and its siblings. As in every list of TMDb a title
may stand twice, over a page border (10 of 2,400 places of the popular lists in 20 recorded days).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lakehouse.contracts.popular import TOPIC as TOPIC
from producers.sources import Listing, placed

KEY = "movie_id"

_NAMES = {
    "movie": ("movies", ("popular", "top_rated", "now_playing", "upcoming")),
    "tv": ("tv", ("popular", "top_rated", "airing_today", "on_the_air")),
}
LISTS: tuple[Listing, ...] = tuple(
    Listing(f"/{media_type}/{name}", name, media_type, (recorded, name))
    for media_type, (recorded, names) in _NAMES.items()
    for name in names
)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per place in the joined list, values as served; an item without a usable id is an event too."""
    return placed("popular", items, listed, polled_at)
