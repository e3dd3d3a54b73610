"""Real recorded bodies in place of the made-up world: lists of whole days, and single bodies of other endpoints.

A folder holds `days/YYYY-MM-DD.json.gz` (as `world.write_days` writes them) and `responses/*.json`, named for the
endpoint. It is read whole at the start. Discoveries and changes answer from all items that were recorded for them, with
totals of their own: the recorded ones promise pages that nobody has.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from apps.tmdb_standin.answers import Listing
from apps.tmdb_standin.details import FOUND
from apps.tmdb_standin.lists import Wanted
from apps.tmdb_standin.source import CHANGES_PER_PAGE
from lakehouse.errors import SettingsInvalid

EXPECTED = "a folder with days/YYYY-MM-DD.json.gz and responses/<endpoint>__<origin>.json"
HINT = "moviepulse tmdb-standin --recorded ../shared/data/tmdb"
_GROUPS = {"movie": "movies", "tv": "tv"}
_DETAILS = {
    "movie": re.compile(r"(movie_\d+_append|movie_all|movies_details|movies_details_with_append_to_response)__"),
    "tv": re.compile(r"(tv_\d+_append|tv_all|tv_series_details|tv_series_details_with_append_to_response)__"),
}
_DATES = {"movie": "release_date", "tv": "first_air_date"}
Body = dict[str, Any]


class Recorded:
    """One folder of recordings; raises SettingsInvalid that names the folder or the file that cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._days = {_day(path): _read(path) for path in _files(folder, "days", "*.json.gz")}
        bodies = {path.name: _read(path) for path in _files(folder, "responses", "*.json") if _is_served(path.name)}
        self._details = {medium: _by_id(bodies, pattern) for medium, pattern in _DETAILS.items()}
        self._discovered = {medium: _pool(bodies, f"discover_{medium}") for medium in _DETAILS}
        self._changed = {medium: _pool(bodies, f"changes_{medium}") for medium in _DETAILS}
        results = [body for name, body in bodies.items() if name.startswith("find_")]
        self._found = {
            medium: {each.get("id"): each for body in results for each in body.get(f"{medium}_results", ())}
            for medium in _DETAILS
        }

    def listed(self, media_type: str, name: str, day: date) -> Listing | None:
        """From the newest day that is not after `day`."""
        until = [each for each in self._days if each <= day]
        listed = self._days[max(until)].get(_GROUPS[media_type], {}).get(name) if until else None
        if listed is None or name == "genres":
            return None
        beside: Body = {}
        if name in ("now_playing", "upcoming"):
            dates = sorted(filter(None, (each.get("release_date") for each in listed))) or [""]
            beside = {"dates": {"maximum": dates[-1], "minimum": dates[0]}}
        return Listing(listed, dict, beside=beside)

    def discovered(self, media_type: str, day: date, wanted: Wanted) -> Listing:
        """Of the items of all recorded discoveries, each title once."""
        key, _, direction = wanted.sort_by.partition(".")
        name = _DATES[media_type] if key in ("primary_release_date", "first_air_date") else key
        matching = [each for each in self._discovered[media_type].values() if _fits(each, wanted, _DATES[media_type])]
        value = _text if name == _DATES[media_type] else _number
        matching.sort(key=lambda each: value(each.get(name)), reverse=direction != "asc")
        return Listing(matching, dict)

    def changed(self, media_type: str, first: date, last: date) -> Listing:
        """What was recorded, whatever the dates."""
        return Listing(list(self._changed[media_type].values()), dict, per_page=CHANGES_PER_PAGE)

    def details(self, media_type: str, title_id: int, day: date, appended: frozenset[str]) -> Body | None:
        """The fullest body of that id as it was recorded, with all that was appended then."""
        return self._details[media_type].get(title_id)

    def found(self, imdb_id: str, day: date) -> Body:
        """By the IMDb ids of the recorded details; a title of which no find was recorded shows its details' values."""
        body: Body = {name: [] for name in FOUND}
        for medium, details in self._details.items():
            for title_id, each in details.items():
                if imdb_id and imdb_id in (each.get("imdb_id"), (each.get("external_ids") or {}).get("imdb_id")):
                    found = self._found[medium].get(title_id) or _as_item(medium, each)
                    body[f"{medium}_results"].append(found)
        return body

    def genres(self, media_type: str) -> list[Body] | None:
        """As on the newest day."""
        found: list[Body] | None = self._days[max(self._days)].get(_GROUPS[media_type], {}).get("genres")
        return found

    def export(self, media_type: str, day: date) -> bytes | None:
        """None was recorded."""
        return None


def _files(folder: Path, inside: str, pattern: str) -> list[Path]:
    found = sorted((folder / inside).glob(pattern))
    if not found:
        raise SettingsInvalid(f"no recordings in {inside}/", where=str(folder), expected=EXPECTED, hint=HINT)
    return found


def _day(path: Path) -> date:
    try:
        return date.fromisoformat(path.name.removesuffix(".json.gz"))
    except ValueError:
        raise SettingsInvalid("the file is named for no day", where=str(path), expected=EXPECTED) from None


def _read(path: Path) -> Body:
    """The object in a file, and in a day file its lists of objects."""
    try:
        body: Body = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
        groups = [body[group] for group in _GROUPS.values()] if path.suffix == ".gz" else [_results(body)]
        if not all(isinstance(each, dict) for group in groups for listed in group.values() for each in listed):
            raise ValueError("a list holds something else than objects")
    except (OSError, EOFError, zlib.error, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
    else:
        return body
    raise SettingsInvalid(f"the recording cannot be used: {reason}", where=str(path), expected=EXPECTED, hint=HINT)


def _results(body: Body) -> dict[str, list[Body]]:
    return {name: value for name, value in body.items() if name == "results" or name in FOUND}


def _is_served(name: str) -> bool:
    parts = ("find_", "discover_movie", "discover_tv", "changes_movie", "changes_tv")
    return name.startswith(parts) or any(pattern.match(name) for pattern in _DETAILS.values())


def _by_id(bodies: dict[str, Body], pattern: re.Pattern[str]) -> dict[int, Body]:
    fullest: dict[int, Body] = {}
    for body in _named(bodies, pattern):
        if len(body) > len(fullest.get(body["id"], ())):
            fullest[body["id"]] = body
    return fullest


def _named(bodies: dict[str, Body], pattern: re.Pattern[str]) -> Iterator[Body]:
    return (body for name, body in bodies.items() if pattern.match(name) and isinstance(body.get("id"), int))


def _pool(bodies: dict[str, Body], begins: str) -> dict[int, Body]:
    """The items of all bodies of an endpoint, each id once."""
    results = (each for name, body in bodies.items() if name.startswith(begins) for each in body.get("results", ()))
    return {each["id"]: each for each in results if "id" in each}


def _fits(item: Body, wanted: Wanted, date_name: str) -> bool:
    released = _text(item.get(date_name))
    if (wanted.since or wanted.until) and not released:
        return False
    if (wanted.since and released < wanted.since.isoformat()) or (wanted.until and released > wanted.until.isoformat()):
        return False
    return all(not group.isdisjoint(item.get("genre_ids", ())) for group in wanted.genres)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float:
    """Old bodies have their popularity as a text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _as_item(media_type: str, details: Body) -> Body:
    """The details as a list shows them."""
    flat = {name: value for name, value in details.items() if not isinstance(value, dict | list)}
    kept = ("adult", "backdrop_path", "id", "title", "original_title", "name", "original_name", "original_language",
            "overview", "poster_path", "popularity", "release_date", "first_air_date", "video", "vote_average",
            "vote_count")  # fmt: skip
    shown = {name: flat[name] for name in kept if name in flat}
    return shown | {"media_type": media_type, "genre_ids": [each["id"] for each in details.get("genres", ())]}
