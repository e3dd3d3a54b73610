"""Lines of TMDb's daily id files -> titles.id_export.

Source: https://developer.themoviedb.org/docs/daily-id-exports, gzip NDJSON, one file for each medium and day.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from lakehouse.clock import iso
from lakehouse.contracts.title_id_export import TOPIC as TOPIC
from producers.sources import Listing, told

KEY = "movie_id"
LISTS: tuple[Listing, ...] = ()
FILES = {"movie": "movie_ids", "tv": "tv_series_ids"}


def listing(media_type: str, day: date) -> Listing:
    """The file of one medium and day."""
    return Listing(f"{FILES[media_type]}_{day:%m_%d_%Y}.json.gz", "id_export", media_type)


def events(items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
    """One event per line, values as they stand; `polled_at` is the time at which the file was complete."""
    same = ("title_id_export", iso(polled_at))
    return [told("title_id_export", item, listed, polled_at, same=same) for item in items]
