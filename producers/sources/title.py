"""TMDb's details of titles -> movie.

Source: https://developer.themoviedb.org/reference/movie-details and tv-series-details.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lakehouse.clock import iso
from lakehouse.contracts.title import TOPIC as TOPIC
from producers.sources import Listing, told

KEY = "movie_id"
LISTS: tuple[Listing, ...] = ()
APPENDED = {
    "movie": "credits,external_ids,keywords,release_dates",
    "tv": "aggregate_credits,external_ids,keywords,content_ratings",
}


def listing(media_type: str, title_id: int) -> Listing:
    """Where TMDb serves the details of one title, with its credits, other ids, keywords and releases."""
    params = {"append_to_response": APPENDED[media_type]}
    return Listing(f"/{media_type}/{title_id}", "details", media_type, params=params)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per body of details, values as served; `polled_at` is the time of the run that fetched them."""
    same = ("title", iso(polled_at))
    return [
        told("title", item, listed, polled_at, same=same) | {"is_deleted": False, "runtime": _minutes(item)}
        for item in items
    ]


def deleted(title_id: int, listed: Listing, polled_at: datetime) -> dict[str, Any]:
    """The event that says that TMDb has no such title, or no longer."""
    (event,) = events([{"id": title_id}], listed, polled_at)
    return event | {"is_deleted": True, "raw": None}


def _minutes(item: dict[str, Any]) -> Any:
    """A film's runtime, or the first of a series' usual ones."""
    usual = item.get("episode_run_time")
    first = usual[0] if isinstance(usual, list) and usual else None
    return first if item.get("runtime") is None else item["runtime"]
