"""Trending events for the measurements: the same for the same seed, but for the time that they begin at.

One message is about 900 bytes, most of it the nested `raw`; 10 % are exact copies of an earlier one, 1 % are malformed
in three ways: JSON that is cut off, no title id, a popularity that is no number.
"""

import hashlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lakehouse.clock import iso, utc_now
from lakehouse.contracts.trending import TOPIC
from lakehouse.settings import Settings
from producers.kafka.publisher import Publisher

SEED = 7
TITLES = 2_000
RECENT = 50_000  # a copy repeats one of so many events before it
MALFORMED, COPIED = 0.01, 0.10


@dataclass(frozen=True)
class Truth:
    """What the tables must hold once all messages are through."""

    messages: int = 0
    silver: int = 0
    duplicates: int = 0
    rejects: int = 0


@dataclass(frozen=True)
class _Title:
    key: bytes
    name: str
    raw: str


class Load:
    """An endless row of messages; `truth` counts those handed out."""

    def __init__(self, begin: datetime, seed: int = SEED) -> None:
        self._random = random.Random(seed)
        self._titles = [_title(self._random, number) for number in range(1, TITLES + 1)]
        self._begin = begin
        self._recent: list[tuple[bytes, bytes]] = []
        self._count = 0
        self._counts = {"silver": 0, "duplicates": 0, "rejects": 0}

    @property
    def truth(self) -> Truth:
        """What the messages handed out so far must come to."""
        return Truth(self._count, **self._counts)

    def take(self, count: int) -> Iterator[tuple[bytes, bytes]]:
        """The next messages as key and value, a millisecond of event time apart."""
        for _ in range(count):
            yield self._next(self._begin + timedelta(milliseconds=self._count))

    def now(self) -> tuple[bytes, bytes]:
        """The next message, with the current time as its event time."""
        return self._next(utc_now())

    def _next(self, at: datetime) -> tuple[bytes, bytes]:
        number, chance = self._count, self._random.random()
        self._count += 1
        if MALFORMED <= chance < MALFORMED + COPIED and self._recent:
            self._counts["duplicates"] += 1
            return self._random.choice(self._recent)
        title = self._titles[number * 31 % TITLES]
        value = _event(title, number, iso(at))
        if chance < MALFORMED:
            self._counts["rejects"] += 1
            return title.key, _broken(value, number % 3)
        self._counts["silver"] += 1
        if len(self._recent) < RECENT:
            self._recent.append((title.key, value))
        else:
            self._recent[number % RECENT] = (title.key, value)
        return title.key, value


def fill(settings: Settings, load: Load, count: int) -> float:
    """Publish the next messages to the topic, each acknowledged; returns the seconds that it took."""
    begin = time.perf_counter()
    with Publisher(settings) as publisher:
        at = utc_now()
        for key, value in load.take(count):
            publisher.publish(TOPIC.name, key=key, value=value, at=at)
        publisher.finish()
    return time.perf_counter() - begin


def pace(settings: Settings, load: Load, *, per_second: int, seconds: int) -> None:
    """Publish at a steady rate, each event with the moment of its sending as event time; a hold-up is caught up."""
    begin = time.monotonic()
    with Publisher(settings) as publisher:
        for number in range(per_second * seconds):
            if (ahead := begin + number / per_second - time.monotonic()) > 0.002:
                time.sleep(ahead)
            key, value = load.now()
            publisher.publish(TOPIC.name, key=key, value=value, at=utc_now())
        publisher.finish()


def _title(rng: random.Random, number: int) -> _Title:
    words = ["".join(rng.choices("abcdefghilmnoprstuv", k=rng.randint(3, 9))) for _ in range(60)]
    name = " ".join(words[:3]).title()
    raw = {
        "adult": False, "backdrop_path": f"/{rng.randbytes(13).hex()}.jpg", "id": number, "title": name,
        "overview": " ".join(words)[:320], "genre_ids": rng.sample(range(10, 99), 3), "video": False,
    }  # fmt: skip
    return _Title(str(number).encode(), name, json.dumps(raw))


def _event(title: _Title, number: int, at: str) -> bytes:
    event_id = hashlib.sha256(f"{SEED}:{number}".encode()).hexdigest()[:32]
    window = "day" if number % 2 else "week"
    return (
        f'{{"event_type": "trending", "event_id": "{event_id}", "source_date": "{at[:10]}", "extraction_ts": "{at}", '
        f'"list_name": "trending_{window}", "media_type": "movie", "rank": {number % 40 + 1}, '
        f'"movie_id": {title.key.decode()}, "title": "{title.name}", "popularity": {number % 9973 / 7 + 1:.4f}, '
        f'"vote_average": {number % 100 / 10}, "vote_count": {number % 5000}, "adult": false, '
        f'"release_date": "20{number % 25:02d}-{number % 12 + 1:02d}-15", "original_language": "en", '
        f'"raw": {title.raw}}}'
    ).encode()


def _broken(value: bytes, way: int) -> bytes:
    if way == 0:
        return value[: len(value) // 2]
    if way == 1:
        return value.replace(b'"movie_id"', b'"movie"')
    return value.replace(b'"popularity": ', b'"popularity": "abc", "was": ')
