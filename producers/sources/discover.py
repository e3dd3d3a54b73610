"""TMDb's discover lists, by genre and window of release days -> movies.discover.

Source: https://developer.themoviedb.org/reference/discover-movie and -tv. Sorted by release day, because a list sorted
by popularity moves while it is read.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from lakehouse.clock import iso
from lakehouse.contracts.discover import TOPIC as TOPIC
from producers.sources import Listing, told

KEY = "movie_id"
LISTS: tuple[Listing, ...] = ()
RELEASED = {"movie": "primary_release_date", "tv": "first_air_date"}


def listing(media_type: str, genre_id: int, first: date, last: date) -> Listing:
    """The titles of a genre that came out from `first` to `last`, both included."""
    released = RELEASED[media_type]
    params = {
        "with_genres": genre_id,
        f"{released}.gte": first.isoformat(),
        f"{released}.lte": last.isoformat(),
        "sort_by": f"{released}.asc",
    }
    return Listing(f"/discover/{media_type}", f"genre-{genre_id}", media_type, params=params)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per item of a window, values as served; `polled_at` is the time that the backfill is as of."""
    released = RELEASED[listed.media_type]
    window = {
        "genre_id": listed.params.get("with_genres"),
        "window_first_date": listed.params.get(f"{released}.gte"),
        "window_last_date": listed.params.get(f"{released}.lte"),
    }
    same = ("discover", window["genre_id"], iso(polled_at))
    return [told("discover", item, listed, polled_at, same=same) | window for item in items]
