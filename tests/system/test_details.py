"""Details of titles against a real broker: movies and series, what is gone, and what Kafka does not take."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.tmdb_standin.server import Standin
from lakehouse.clock import epoch_ms
from lakehouse.errors import TmdbUnavailable
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.details import Title, fetch, remove
from producers.kafka.topics import ensure_topics
from producers.ledger import encoded
from producers.sources import title
from tests.system.published import events, into, kafka, ledger, read, tmdb

AT = datetime(2026, 1, 21, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with Standin(today=lambda: date(2026, 1, 21)) as one:
        yield one


@pytest.fixture
def here(settings: Settings, standin: Standin) -> Settings:
    standin.forget()
    return tmdb(settings, base_url=standin.base_url, requests_per_second=2000, attempts=2, longest_wait_seconds=0.05)


def served(standin: Standin, title_of: Title) -> dict[str, Any]:
    """The body that is served for a title; empty where it is gone."""
    listing = title.listing(*title_of)
    answer = requests.get(standin.base_url + listing.path, params={**listing.params, "language": "pt-BR"}, timeout=20)
    return answer.json() if answer.ok else {}


def some(standin: Standin, media_type: str, pages: int = 3) -> list[Title]:
    listed = [
        requests.get(f"{standin.base_url}/discover/{media_type}", params={"page": page}, timeout=20).json()["results"]
        for page in range(1, pages + 1)
    ]
    return [(media_type, item["id"]) for page in listed for item in page]


def gone(standin: Standin) -> Title:
    """A title that lists name and details do not."""
    changes = requests.get(f"{standin.base_url}/movie/changes", timeout=20).json()["results"]
    return "movie", next(item["id"] for item in changes if item["adult"] is None)


def by_title(settings: Settings, topic: Topic) -> dict[Title, dict[str, Any]]:
    return {(event["media_type"], event["movie_id"]): event for event in events(settings, topic)}


def test_movies_and_series_are_published_as_served_under_their_ids(here: Settings, topic: Topic, standin: Standin):
    asked = [*some(standin, "movie", 1), *some(standin, "tv", 1)]
    asked = [one for one in asked if served(standin, one)]
    told: list[int] = []
    done = fetch(here, into(title, topic), asked, at=AT, on_progress=told.append)
    assert (done.receipt.acked, done.deleted, done.refused) == (len(asked), [], [])
    assert told == list(range(1, len(asked) + 1))
    found = by_title(here, topic)
    assert {one: event["raw"] for one, event in found.items()} == {one: served(standin, one) for one in asked}
    messages = read(here, topic)
    assert {message.timestamp()[1] for message in messages} == {epoch_ms(AT)}
    assert {message.key() for message in messages} == {str(number).encode() for _, number in asked}
    (line,) = ledger(here, topic)
    assert (line["source"], line["counts"]["acked"]) == ("details", len(asked))


def test_what_is_gone_becomes_an_event_that_says_so(here: Settings, topic: Topic, standin: Standin):
    deleted, there = gone(standin), some(standin, "movie", 1)[0]
    done = fetch(here, into(title, topic), [deleted, there], at=AT)
    found = by_title(here, topic)
    assert (done.deleted, done.receipt.acked) == ([deleted], 2)
    assert (found[deleted]["is_deleted"], found[deleted]["raw"]) == (True, None)
    assert (found[there]["is_deleted"], found[there]["raw"]["id"]) == (False, there[1])


def test_a_person_who_plays_twice_stands_there_twice(here: Settings, topic: Topic, standin: Standin):
    def doubled(one: Title) -> bool:
        cast = served(standin, one).get("credits", {}).get("cast", [])
        return any(count > 1 for count in Counter(person["id"] for person in cast).values())

    twice = next(one for one in some(standin, "movie", 5) if doubled(one))
    fetch(here, into(title, topic), [twice], at=AT)
    assert by_title(here, topic)[twice]["raw"]["credits"] == served(standin, twice)["credits"]


def limit(standin: Standin, asked: list[Title]) -> tuple[int, Title]:
    """A size that only the largest of the titles' events exceeds, and that title."""
    sizes = {one: len(encoded(title.events([served(standin, one)], title.listing(*one), AT)[0])) for one in asked}
    *_, second, largest = sorted(sizes, key=lambda one: sizes[one])
    return (sizes[second] + sizes[largest]) // 2, largest  # a message's own frame counts too


def test_an_event_too_large_for_kafka_is_listed_and_the_others_are_sent(here: Settings, topic: Topic, standin: Standin):
    asked = [one for one in some(standin, "movie", 1) if served(standin, one)]
    most, largest = limit(standin, asked)
    done = fetch(kafka(here, max_message_bytes=most), into(title, topic), asked, at=AT)
    assert done.refused == [largest]
    assert done.receipt.acked == len(asked) - 1
    assert {*by_title(here, topic)} == {*asked} - {largest}


def test_the_same_run_again_is_the_same_events(here: Settings, topic: Topic, standin: Standin):
    asked = some(standin, "tv", 1)
    for _ in range(2):
        fetch(here, into(title, topic), asked, at=AT)
    ids = Counter(event["event_id"] for event in events(here, topic))
    assert (len(ids), set(ids.values())) == (len(asked), {2})


def test_what_was_asked_for_before_tmdb_failed_is_published(here: Settings, topic: Topic, standin: Standin):
    asked = some(standin, "movie", 2)
    one_by_one = tmdb(here, connections=1)
    standin.misbehave("slow:0*9", "503*2")
    with pytest.raises(TmdbUnavailable):
        fetch(one_by_one, into(title, topic), asked, at=AT)
    assert {*by_title(here, topic)} == {*asked[:9]}
    (line,) = ledger(here, topic)
    assert (line["error"], line["counts"]["acked"]) == ("TmdbUnavailable", 9)


def test_the_command_names_what_kafka_did_not_take_and_ends_with_1(here: Settings, standin: Standin):
    ensure_topics(here, [title.TOPIC])
    asked = [one for one in [*some(standin, "movie", 1), *some(standin, "tv", 1)] if served(standin, one)]
    most, (media_type, number) = limit(standin, asked)
    own = {
        "HOME": str(here.root), "KAFKA__BOOTSTRAP_SERVERS": here.kafka.bootstrap_servers,
        "KAFKA__MAX_MESSAGE_BYTES": str(most), "TMDB__BASE_URL": here.tmdb.base_url,
    }  # fmt: skip
    words = [f"{medium}/{title_id}" for medium, title_id in [*asked, gone(standin)]]
    done = subprocess.run(
        [sys.executable, "-m", "apps.cli", "details", *words],
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | {f"MOVIEPULSE_{name}": own[name] for name in own},
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{len(asked)} of {len(asked) + 1} titles acknowledged; 1 TMDb has not" in done.stdout
    assert f"too large for Kafka: {media_type}/{number}; raise kafka.max_message_bytes" in done.stderr


def test_a_title_that_is_kept_too_long_is_removed_by_an_event_and_nobody_is_asked(
    here: Settings, standin: Standin, topic: Topic
):
    receipt = remove(here, into(title, topic), [("movie", 603), ("tv", 1396)], at=AT)
    assert (receipt.sent, receipt.acked) == (2, 2)
    said = [(one["media_type"], one["movie_id"], one["is_deleted"], one["raw"]) for one in events(here, topic)]
    assert sorted(said) == [("movie", 603, True, None), ("tv", 1396, True, None)]
    assert standin.requests == []
