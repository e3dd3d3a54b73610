"""The made-up world by its seed: its lists of a day, and whole days as files in the form of recorded ones."""

import gzip
import json
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.tmdb_standin import items, lists
from apps.tmdb_standin import titles as made
from apps.tmdb_standin.lists import PAGE as PAGE
from apps.tmdb_standin.titles import SHARED_IDS as SHARED_IDS
from apps.tmdb_standin.titles import TITLES as TITLES
from apps.tmdb_standin.titles import Title, World, noise
from apps.tmdb_standin.titles import popularity as popularity
from apps.tmdb_standin.titles import votes as votes

WINDOWS = ("day", "week")
GROUPS = {"movie": "movies", "tv": "tv"}
RECORDED_PAGES = {"popular": 3}  # of every other list 2, as in TMDb's own recorded days


def titles(seed: int, media_type: str, *, size: int = TITLES) -> tuple[Title, ...]:
    """Every title of a medium, released or not."""
    return made.titles(World(seed, size), media_type)


@lru_cache(maxsize=64)
def trending(seed: int, media_type: str, window: str, day: date, *, size: int = TITLES) -> tuple[dict[str, Any], ...]:
    """The joined trending list as it is served."""
    places = lists.places(World(seed, size), media_type, f"trending_{window}", day)
    return tuple(items.trending_item(place, day) for place in places)


def day_file(seed: int, day: date, *, size: int = TITLES) -> dict[str, Any]:
    """One day as recorded from TMDb: the first pages of each list and the time of the poll, between 06:08 and 07:03."""
    minute = 8 + int(noise(seed, day, "minute") * 56)
    second, millisecond = int(noise(seed, day, "second") * 60), int(noise(seed, day, "ms") * 1000)
    generated_at = f"{day}T{6 + minute // 60:02}:{minute % 60:02}:{second:02}.{millisecond:03}Z"
    world = World(seed, size)
    return {"generated_at": generated_at} | {
        group: _group(world, media_type, day) for media_type, group in GROUPS.items()
    }


def _group(world: World, media_type: str, day: date) -> dict[str, Any]:
    group: dict[str, Any] = {}
    for name in (*(f"trending_{window}" for window in WINDOWS), *lists.LISTS[media_type]):
        show = items.trending_item if name.startswith("trending_") else items.listed_item
        count = RECORDED_PAGES.get(name, 2) * PAGE
        group[name] = [show(place, day) for place in lists.places(world, media_type, name, day)[:count]]
    return group | {"genres": items.genres(media_type)}


def write_days(folder: Path, seed: int, first: date, count: int, *, size: int = TITLES) -> list[Path]:
    """Write `count` day files from `first` on; the same arguments give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for day in (first + timedelta(days=number) for number in range(count)):
        path = folder / f"{day}.json.gz"
        text = json.dumps(day_file(seed, day, size=size), ensure_ascii=False, indent=2)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        paths.append(path)
    return paths
