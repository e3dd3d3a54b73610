"""Made-up viewers of the demo: the same ones on the same day; what they do is sent to the collector over HTTP."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from lakehouse.clock import from_iso, iso
from lakehouse.errors import Terminal
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.collector import keys
from producers.collector.server import make_secret

VIEWERS = 36
TASTES = 3
AT_ONCE = 200  # events in a request
NAME = "demo"
_COMMENTS = ("Saw it twice.", "O final salva o filme.", "Too long by half an hour.", "Que fotografia! 🎬")

Title = tuple[str, int]


def made_up(titles: Sequence[Title], today: date, seed: int) -> list[dict[str, Any]]:
    """What viewers of three tastes did on the days before: 36 of them, two evenings each, some ten titles."""
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    chance = random.Random(f"{seed}/{today}")
    every: list[dict[str, Any]] = []
    for number in range(VIEWERS):
        liked = [title for place, title in enumerate(sorted(titles)) if place % TASTES == number % TASTES]
        others = [title for place, title in enumerate(sorted(titles)) if place % TASTES != number % TASTES]
        seen = chance.sample(others, min(2, len(others))) + chance.sample(liked, min(8, len(liked)))
        at = midnight - timedelta(days=chance.randint(4, 7), minutes=chance.randint(0, 300))
        for place, title in enumerate(seen):
            if place == len(seen) // 2:  # the second evening
                at += timedelta(days=chance.randint(1, 3))
            at += timedelta(minutes=chance.randint(3, 25))
            for what in _evening(chance, title, is_liked=title in liked):
                at += timedelta(seconds=chance.randint(5, 90))
                every.append(what | {"event_at": iso(at), "user_id": f"viewer-{number}"})
    every += _votes(chance, [event for event in every if event["event_type"] == "comment"])
    names = (f"demo-{today:%Y%m%d}-{place}" for place in range(len(every)))
    return [{"event_id": name} | event for name, event in zip(names, every, strict=True)]


def _evening(chance: random.Random, title: Title, *, is_liked: bool) -> list[dict[str, Any]]:
    about: dict[str, Any] = {"media_type": title[0], "title_id": title[1]}
    progress = 1.0 if is_liked else round(chance.uniform(0.1, 0.5), 2)
    rating = chance.choice([8.0, 8.5, 9.0, 10.0] if is_liked else [2.0, 3.5, 5.0])
    done: list[dict[str, Any]] = [
        {"event_type": "watch", **about, "progress_ratio": progress, "watched_seconds": int(6000 * progress)},
        {"event_type": "rate", **about, "rating": rating},
    ]
    if chance.random() < 0.4:
        done.insert(0, {"event_type": "page_view", **about, "page_path": f"/{title[0]}/{title[1]}"})
    if chance.random() < 0.1:
        comment = {"comment_id": f"demo-{chance.randrange(16**8):08x}", "comment_text": chance.choice(_COMMENTS)}
        done.append({"event_type": "comment", **about, **comment})
    if is_liked and chance.random() < 0.1:
        done.append({"event_type": "watchlist_add", **about})
    return done


def _votes(chance: random.Random, comments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Three viewers' votes on each comment, within five hours of it."""
    return [
        {
            "event_type": "comment_vote",
            "comment_id": comment["comment_id"],
            "vote": chance.choice([1, 1, -1]),
            "event_at": iso(from_iso(comment["event_at"]) + timedelta(minutes=chance.randint(1, 300))),
            "user_id": f"viewer-{voter}",
        }
        for comment in comments
        for voter in chance.sample(range(VIEWERS), 3)
    ]


def new_key(settings: Settings) -> str:
    """A key for the events, in place of the last one; the secret of the pseudonyms is made where it is missing."""
    path = keys.key_file(settings)
    if not settings.collector.pseudonym_key:
        make_secret(settings)
    if NAME in {key.name for key in keys.read(path)}:
        keys.revoke(path, NAME)
    return keys.make(path, NAME, scope="write", per_second=10_000)


def send(settings: Settings, key: str, events: Sequence[dict[str, Any]], on_progress: OnProgress) -> None:
    """Send them in batches; raises Terminal where one is not accepted."""
    url = f"http://{settings.collector.host}:{settings.collector.port}/v1/events/batch"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for first in range(0, len(events), AT_ONCE):
        part = events[first : first + AT_ONCE]
        asked = Request(url, json.dumps(part).encode(), headers)
        try:
            with urlopen(asked, timeout=60) as answer:
                status, said = answer.status, ""
        except HTTPError as error:
            status, said = error.code, error.read(300).decode(errors="replace")
        if status != 202:
            raise Terminal(
                f"the collector answered {status}: {said}", where=url, expected="202", hint="moviepulse doctor"
            )
        on_progress(first + len(part), len(events))
