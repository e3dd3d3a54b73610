"""Real recorded bodies -> what the producers make of them: each with its source, the list it is of, and its items.

The recordings lie beside the repository, and are no part of it: a test that wants them skips where they are absent.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from producers.answer import results
from producers.sources import Listing, discover, popular, title, trending

REAL = Path(__file__).parents[1].parent / "shared" / "data" / "tmdb"
ABSENT = f"real recordings are absent: {REAL}"
AT = datetime(2026, 1, 21, tzinfo=UTC)
_NAMES = (  # of a file in responses/, and the path that it answers
    (r"(movie|tv)_(\d+)_append__.*", r"/\1/\2"),
    (r"(movie|tv)_all__.*", r"/\1/1"),
    (r"movies_details(_with_append_to_response)?__.*", r"/movie/1"),
    (r"tv_series_details(_with_append_to_response)?__.*", r"/tv/1"),
    (r"movies_latest__.*", r"/movie/latest"),
    (r"tv_series_latest__.*", r"/tv/latest"),
    (r"movie_lists_(\w+?)__.*", r"/movie/\1"),
    (r"tv_series_lists_(\w+?)__.*", r"/tv/\1"),
    (r"trending_movies__.*", r"/trending/movie/day"),
    (r"trending_tv__.*", r"/trending/tv/day"),
    (r"discover_movies?_.*", r"/discover/movie"),
    (r"discover_tv_.*", r"/discover/tv"),
    (r"find_\w+?_results__.*", r"/find/tt1"),
    (r"changes_(movie|tv)(s|_list)__.*", r"/\1/changes"),
)
_POLLED: dict[str, tuple[ModuleType, Listing]] = {
    listed.path: (source, listed) for source in (trending, popular) for listed in source.LISTS
}


@dataclass(frozen=True)
class Exchange:
    """One recorded answer: the path that was asked for, its status and its body as it came."""

    name: str
    path: str
    query: dict[str, list[str]]
    status: int
    body: bytes


def exchanges() -> Iterator[Exchange]:
    """All recorded answers to what the producers ask for, and to some that they do not."""
    for path in sorted((REAL / "responses").glob("*.json")):
        for pattern, asked in _NAMES:
            if found := re.fullmatch(pattern, path.stem):
                yield Exchange(path.stem, found.expand(asked), {}, 200, path.read_bytes())
                break
    for number, line in enumerate((REAL / "interactions.jsonl").read_text().splitlines(), start=1):
        one = json.loads(line)
        uri = urlsplit(one["uri"])
        body, query = one["body"].encode(), parse_qs(uri.query)
        yield Exchange(f"exchange {number}", uri.path.removeprefix("/3"), query, one["status"], body)


def place(one: Exchange) -> tuple[str, ModuleType, Listing] | None:
    """Endpoint, source and list of an answer; None where no source asks for it."""
    if one.path in _POLLED:
        return one.path, *_POLLED[one.path]
    if found := re.fullmatch(r"/(movie|tv)/(\d+|latest)", one.path):
        medium, number = found.groups()
        return f"/{medium}/id", title, title.listing(medium, 0 if number == "latest" else int(number))
    if found := re.fullmatch(r"/discover/(movie|tv)", one.path):
        genre = re.findall(r"\d+", one.query.get("with_genres", ["80"])[0])
        listed = discover.listing(found[1], int(genre[0]), date(1900, 1, 1), date(2024, 12, 31))
        return one.path, discover, listed
    return None


def recorded_events() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Endpoint, stem and event of every item of every recorded body, each body a second after the one before."""
    for number, one in enumerate(exchanges()):
        if placed := place(one):
            endpoint, source, listed = placed
            stem, at = source.__name__.rsplit(".", 1)[1], AT + timedelta(seconds=number)
            yield from ((endpoint, stem, event) for event in _events(one, source, listed, at))


def _events(one: Exchange, source: ModuleType, listed: Listing, at: datetime) -> list[dict[str, Any]]:
    body = json.loads(one.body)
    if one.status == 404:
        return [source.deleted(int(listed.path.rsplit("/", 1)[1]), listed, at)]
    made: list[dict[str, Any]] = source.events([body] if source is title else results(body, one.name), listed, at)
    return made
