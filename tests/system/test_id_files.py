"""Daily id files against a real broker: every line, the same events each time, and never the whole file in memory."""

import gzip
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.clock import epoch_ms
from lakehouse.errors import SourceInvalid
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.id_files import publish
from producers.kafka.topics import end_offsets
from producers.sources import title_id_export
from tests.system.published import event_ids, events, into, ledger, read, tmdb

DAY = date(2026, 1, 21)
COMPLETE = datetime(2026, 1, 21, 8, tzinfo=UTC)
Place = Callable[..., None]


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with Standin(today=lambda: DAY, titles=1000) as one:
        yield one


@pytest.fixture
def here(settings: Settings, standin: Standin) -> Settings:
    return tmdb(settings, files_url=standin.exports_url)


def path(settings: Settings, media_type: str) -> Path:
    return settings.root / "files" / title_id_export.listing(media_type, DAY).path


@pytest.fixture
def place(here: Settings) -> Place:
    """Puts files where an earlier run would have left them."""

    def put(movies: bytes, series: bytes = b'{"id":1}\n') -> None:
        for media_type, lines in (("movie", movies), ("tv", series)):
            path(here, media_type).parent.mkdir(parents=True, exist_ok=True)
            path(here, media_type).write_bytes(gzip.compress(lines))

    return put


def test_every_line_is_an_event_at_the_time_when_the_file_was_complete(here: Settings, topic: Topic):
    told: list[tuple[int, int]] = []
    receipt = publish(
        here, into(title_id_export, topic), DAY, on_progress=lambda done, total: told.append((done, total))
    )
    messages, found = read(here, topic), events(here, topic)
    media = Counter(event["media_type"] for event in found)
    assert receipt.acked == len(messages) == len({event["event_id"] for event in found}) == sum(media.values())
    assert min(media["movie"], media["tv"]) > 500
    assert {message.timestamp()[1] for message in messages} == {epoch_ms(COMPLETE)}
    assert all(event["raw"]["id"] == event["movie_id"] for event in found)
    assert told[-1] == (len(found), len(found))
    (line,) = ledger(here, topic)
    assert (line["source"], line["error"]) == ("id file", None)


def test_twice_is_the_same_events_and_no_file_is_left(here: Settings, topic: Topic):
    for _ in range(2):
        publish(here, into(title_id_export, topic), DAY)
    ids = Counter(event_ids(here, topic))
    assert set(ids.values()) == {2}
    assert list((here.root / "files").iterdir()) == []


def test_a_line_that_is_no_object_is_passed_on_as_it_stands(here: Settings, topic: Topic, place: Place):
    strange = [b"not json", b"[1]", b'"text"', b"\xff\xfe", b'{"id": 3', b"", b"null", b"[" * 2000]
    place(b"\n".join([b'{"id":1}', *strange, b'{"id":2}']))
    receipt = publish(here, into(title_id_export, topic), DAY)
    messages = read(here, topic)
    assert receipt.acked == len(messages) == 3 + len(strange)
    passed = [message for message in messages if message.key() is None]
    assert sorted(message.value() or b"" for message in passed) == sorted(strange)
    sent = [json.loads(message.value() or b"") for message in messages if message.key() is not None]
    assert sorted((event["media_type"], event["movie_id"]) for event in sent) == [("movie", 1), ("movie", 2), ("tv", 1)]


def test_nothing_of_a_day_is_sent_where_its_second_file_is_damaged(here: Settings, topic: Topic, place: Place):
    place(b'{"id":1}\n' * 100)
    path(here, "tv").write_bytes(path(here, "tv").read_bytes()[:-3])
    with pytest.raises(SourceInvalid, match=r"tv_series_ids_01_21_2026"):
        publish(here, into(title_id_export, topic), DAY)
    assert sum(end_offsets(here, topic.name).values()) == 0
    assert (path(here, "movie").exists(), path(here, "tv").exists()) == (True, False)
    publish(here, into(title_id_export, topic), DAY)
    assert sum(end_offsets(here, topic.name).values()) > 600


def test_memory_does_not_grow_with_the_file(here: Settings, topic: Topic, place: Place):
    def peak(lines: int) -> int:
        place(b"".join(b'{"id":%d,"original_title":"%0100d"}\n' % (number, number) for number in range(lines)))
        tracemalloc.start()
        publish(here, into(title_id_export, topic), DAY)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1000)  # what is imported and cached on the first use
    small, large = peak(1500), peak(15_000)
    assert large < 1.3 * small + 200_000  # the larger file has 2 MB
