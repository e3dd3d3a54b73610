"""TMDb's daily id exports of the made-up world: gzip, one JSON object per title that was known on that day.

https://developer.themoviedb.org/docs/daily-id-exports: complete at 08:00 UTC, kept for three months. They name titles
whose details are no longer there.
"""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from apps.tmdb_standin.titles import World, known, scores

KEPT_DAYS = 90
READY_HOUR = 8
CHUNK = 1 << 16
MEDIA = {"movie_ids": "movie", "tv_series_ids": "tv"}
_NAME = re.compile(r"(movie_ids|tv_series_ids)_(\d\d)_(\d\d)_(\d{4})\.json\.gz")
REFUSAL = (  # S3 says this of every file that is not there
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)


def named(name: str) -> tuple[str, date] | None:
    """Medium and day of a file name; None where it is none of an export."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    kind, month, day, year = found.groups()
    try:
        return MEDIA[kind], date(int(year), int(month), int(day))
    except ValueError:
        return None


def is_there(day: date, now: datetime) -> bool:
    """Whether the export of a day can be had: for 90 days, and on the day itself from 08:00 UTC."""
    today = now.date()
    return today - timedelta(days=KEPT_DAYS) <= day < today or (day == today and now.hour >= READY_HOUR)


@lru_cache(maxsize=8)
def packed(world: World, media_type: str, day: date) -> bytes:
    """The whole file; the same bytes every time, made once."""
    return gzip.compress("".join(_lines(world, media_type, day)).encode(), mtime=0)


def chunks(whole: bytes) -> Iterator[bytes]:
    """The file in pieces, for an answer that begins before it is sent whole."""
    return (whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK))


def _lines(world: World, media_type: str, day: date) -> Iterator[str]:
    score = scores(world, media_type, day)
    for title in known(world, media_type, day):
        line: dict[str, Any] = {"id": title.title_id, "popularity": score[title.number]}
        if media_type == "movie":
            line = {"adult": False, "original_title": title.name, "video": False} | line
        else:
            line["original_name"] = title.name
        yield json.dumps(dict(sorted(line.items())), ensure_ascii=False, separators=(",", ":")) + "\n"
