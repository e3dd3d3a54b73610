"""TMDb's trending lists -> movies.trending.daily.

Source: https://developer.themoviedb.org/reference/trending-movies and -tv, windows day and week.
A title may stand twice in one list, over a page border (36 of 3,200 places in 20 recorded days): both are sent,
with the same event_id, and silver keeps the first.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lakehouse.clock import iso, utc_day
from lakehouse.contracts.trending import TOPIC as TOPIC
from lakehouse.ids import event_id
from producers.sources import Listing

KEY = "movie_id"

LISTS: tuple[Listing, ...] = tuple(
    Listing(f"/trending/{media_type}/{window}", f"trending_{window}", media_type, (recorded, f"trending_{window}"))
    for media_type, recorded in (("movie", "movies"), ("tv", "tv"))
    for window in ("day", "week")
)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per place in the joined list, values as served; an item without a usable id is an event too."""
    return [_event(item, rank, listed, polled_at) for rank, item in enumerate(items, start=1)]


def _event(item: dict[str, Any], rank: int, listed: Listing, polled_at: datetime) -> dict[str, Any]:
    at = iso(polled_at)
    return {
        "event_type": "trending",
        # As JSON, because an id that is no number must not be able to break the id of its event.
        "event_id": event_id(listed.list_name, at, listed.media_type, json.dumps(item.get("id"))),
        "source_date": utc_day(polled_at).isoformat(),
        "extraction_ts": at,
        "list_name": listed.list_name,
        "media_type": listed.media_type,
        "rank": rank,
        "movie_id": item.get("id"),
        "title": item.get("title", item.get("name")),
        "popularity": item.get("popularity"),
        "vote_average": item.get("vote_average"),
        "vote_count": item.get("vote_count"),
        "adult": item.get("adult"),
        "release_date": item.get("release_date", item.get("first_air_date")),
        "original_language": item.get("original_language"),
        "raw": item,
    }
