"""The producer against a real broker: every message acknowledged and counted, or an error that says what is missing."""

import json
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from uuid import uuid4

import pytest

from apps.local_kafka import Broker
from apps.tmdb_standin.server import Standin
from apps.tmdb_standin.world import write_days
from lakehouse.errors import KafkaUnavailable, MessageRefused, SourceInvalid, TmdbUnavailable, TopicMissing
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.kafka.publisher import Publisher
from producers.kafka.topics import end_offsets, ensure_topics, keep_since, reachable
from producers.poll import poll
from producers.receipt import Receipt, Span
from producers.replay import replay
from producers.sources import Source, trending
from tests.system.conftest import settings_in
from tests.system.published import event_ids, into, kafka, ledger, read, retention_days

AT = datetime(2026, 1, 21, 7, 4, 44, 29_000, tzinfo=UTC)
NOBODY = "127.0.0.1:1"


@pytest.fixture
def source(topic: Topic) -> Source:
    """The trending source, into a topic of this test's own."""
    return into(trending, topic)


def test_every_message_is_acknowledged_and_counted_by_partition(settings: Settings, topic: Topic):
    with Publisher(settings) as publisher:
        for number in range(1000):
            publisher.publish(topic.name, key=str(number).encode(), value=b"{}", at=AT)
        receipt = publisher.finish()
    ends = end_offsets(settings, topic.name)
    assert sum(ends.values()) == 1000
    assert receipt == Receipt(
        sent=1000, acked=1000, failed=0, spans={(topic.name, p): Span(0, end - 1, end) for p, end in ends.items()}
    )


def test_key_value_and_time_arrive_as_they_were_given(settings: Settings, topic: Topic):
    with Publisher(settings) as publisher:
        publisher.publish(topic.name, key=b"603", value='{"title":"Ação"}'.encode(), at=AT)
        publisher.publish(topic.name, key=None, value=b"", at=AT)
        publisher.finish()
    found = [(message.key(), message.value(), message.timestamp()[1]) for message in read(settings, topic)]
    assert sorted(found, key=str) == [(None, b"", 1768979084029), (b"603", '{"title":"Ação"}'.encode(), 1768979084029)]


def test_a_full_queue_slows_down_and_drops_nothing(settings: Settings, topic: Topic):
    with Publisher(kafka(settings, properties={"queue.buffering.max.messages": "10"})) as publisher:
        for number in range(500):
            publisher.publish(topic.name, key=str(number).encode(), value=b"{}", at=AT)
        assert publisher.finish().acked == 500


def test_two_megabytes_are_refused_before_they_are_sent(settings: Settings, topic: Topic):
    with Publisher(settings) as publisher:
        publisher.publish(topic.name, key=b"1", value=b"fine", at=AT)
        with pytest.raises(MessageRefused, match=r"(?s)key b'603' has 2000000 bytes.*max_message_bytes = 1000000"):
            publisher.publish(topic.name, key=b"603", value=b"x" * 2_000_000, at=AT)
        with pytest.raises(MessageRefused, match="and its key"):
            publisher.publish(topic.name, key=b"604", value=b"x" * 1_000_000, at=AT)
        assert publisher.finish().acked == 1
    assert sum(end_offsets(settings, topic.name).values()) == 1


def test_a_message_that_the_broker_finds_too_large_is_refused(settings: Settings, topic: Topic):
    with Publisher(kafka(settings, max_message_bytes=9_000_000)) as publisher:
        publisher.publish(topic.name, key=b"603", value=Random(7).randbytes(3_000_000), at=AT)
        with pytest.raises(MessageRefused, match="the broker refused"):
            publisher.finish()


def test_a_topic_that_does_not_exist_is_missing_and_is_not_made(settings: Settings):
    with Publisher(settings) as publisher, pytest.raises(TopicMissing, match=r"no topic movies\.tredning"):
        publisher.publish("movies.tredning", key=b"1", value=b"{}", at=AT)
    with pytest.raises(TopicMissing):
        end_offsets(settings, "movies.tredning")


def test_a_topic_that_was_just_made_says_where_it_ends(settings: Settings):
    for _ in range(8):
        topic = Topic(f"test.{uuid4().hex}", "A test's own topic.")
        assert ensure_topics(settings, [topic]) == (topic.name,)
        assert end_offsets(settings, topic.name) == dict.fromkeys(range(topic.partitions), 0)


def test_a_broker_that_dies_is_an_error_within_the_delivery_timeout_and_says_how_many_are_missing(tmp_path: Path):
    with Broker(settings_in(tmp_path / "mortal")) as mortal:
        ensure_topics(mortal.settings, [trending.TOPIC])
        with Publisher(kafka(mortal.settings, delivery_timeout_seconds=3.0)) as publisher:
            publisher.publish(trending.TOPIC.name, key=b"1", value=b"{}", at=AT)
            publisher.finish()
            mortal.kill()
            began = time.monotonic()
            for _ in range(3):
                publisher.publish(trending.TOPIC.name, key=b"1", value=b"{}", at=AT)
            with pytest.raises(KafkaUnavailable, match="1 of 4 messages acknowledged, 3 failed, 0 open") as missing:
                publisher.finish()
        assert missing.value.exit_code == 75
        assert time.monotonic() - began < 10


def test_a_broker_that_is_not_there_is_an_error_within_the_delivery_timeout(settings: Settings):
    began = time.monotonic()
    away = kafka(settings, bootstrap_servers=NOBODY, delivery_timeout_seconds=1.0)
    said = r"(?s)where: 127\.0\.0\.1:1.*next: moviepulse"
    with Publisher(away) as publisher, pytest.raises(KafkaUnavailable, match=said):
        publisher.publish("any", key=b"1", value=b"{}", at=AT)
    assert time.monotonic() - began < 8


def test_reachable_says_whether_a_broker_answers(settings: Settings):
    assert reachable(settings, 5)
    assert not reachable(kafka(settings, bootstrap_servers=NOBODY), 0.5)


def test_topics_are_made_once_with_the_partitions_and_the_retention_of_the_contract(settings: Settings):
    topic = Topic(f"test.{uuid4().hex}", "A test's own topic.", partitions=2, retention=timedelta(days=3))
    assert ensure_topics(settings, [topic]) == (topic.name,)
    assert ensure_topics(settings, [topic]) == ()
    assert end_offsets(settings, topic.name) == {0: 0, 1: 0}
    assert retention_days(settings, topic) == 3


def test_retention_is_lengthened_for_old_messages_and_never_shortened(settings: Settings, topic: Topic):
    now = datetime.now(UTC)
    keep_since(settings, topic, now - timedelta(days=100))
    assert retention_days(settings, topic) == pytest.approx(130, abs=0.01)
    keep_since(settings, topic, now - timedelta(days=1))
    assert retention_days(settings, topic) == pytest.approx(130, abs=0.01)


def test_a_poll_publishes_every_place_of_every_list_at_the_time_of_the_poll(settings: Settings, source: Source):
    told: list[tuple[int, int]] = []
    with Standin(today=lambda: AT.date()) as standin:
        asked = settings.model_copy(update={"tmdb": settings.tmdb.model_copy(update={"base_url": standin.base_url})})
        receipt = poll(asked, source, polled_at=AT, on_progress=lambda done, total: told.append((done, total)))
    messages = read(settings, source.TOPIC)
    assert (receipt.sent, receipt.acked, receipt.failed, len(messages)) == (160, 160, 0, 160)
    assert told == [(done, 8) for done in range(1, 9)]
    assert {message.timestamp()[1] for message in messages} == {1768979084029}
    events = [json.loads(message.value() or b"") for message in messages]
    assert [(message.key() or b"").decode() for message in messages] == [str(event["movie_id"]) for event in events]
    assert sorted((event["media_type"], event["list_name"], event["rank"]) for event in events) == sorted(
        (listed.media_type, listed.list_name, rank) for listed in trending.LISTS for rank in range(1, 41)
    )


def test_a_replay_twice_publishes_the_same_event_ids(settings: Settings, source: Source, tmp_path: Path):
    write_days(tmp_path / "days", 7, date(2026, 1, 21), 3)
    told: list[tuple[int, int]] = []
    first = replay(settings, source, tmp_path / "days", on_progress=lambda done, total: told.append((done, total)))
    once = event_ids(settings, source.TOPIC)
    replay(settings, source, tmp_path / "days")
    assert (first.acked, told) == (480, [(1, 3), (2, 3), (3, 3)])
    assert sorted(event_ids(settings, source.TOPIC)) == sorted(once * 2)


def test_a_run_leaves_a_line_in_the_ledger(settings: Settings, source: Source, tmp_path: Path):
    write_days(tmp_path / "days", 7, date(2026, 1, 21), 1)
    receipt = replay(settings, source, tmp_path / "days")
    (line,) = ledger(settings, source.TOPIC)
    spans = {str(partition): asdict(span) for partition, span in receipt.partitions(source.TOPIC.name).items()}
    del line["run_id"], line["started_at"], line["finished_at"]
    assert line == {
        "topic": source.TOPIC.name,
        "source": "replay",
        "partitions": spans,
        "counts": {"sent": 160, "acked": 160, "failed": 0},
        "error": None,
    }


def test_a_damaged_day_is_named_and_none_of_it_is_sent(settings: Settings, source: Source, tmp_path: Path):
    _, second = write_days(tmp_path / "days", 7, date(2026, 1, 21), 2)
    second.write_bytes(second.read_bytes()[:-9])
    with pytest.raises(SourceInvalid, match=r"2026-01-22\.json\.gz"):
        replay(settings, source, tmp_path / "days")
    assert len(read(settings, source.TOPIC)) == 160
    (line,) = ledger(settings, source.TOPIC)
    assert (line["error"], line["counts"]) == ("SourceInvalid", {"sent": 160, "acked": 160, "failed": 0})


def test_a_poll_that_fails_half_way_keeps_the_lists_it_read(settings: Settings, source: Source):
    with Standin(today=lambda: AT.date()) as standin:
        tmdb = settings.tmdb.model_copy(update={"base_url": standin.base_url, "attempts": 1})
        standin.misbehave("slow:0", "slow:0", "slow:0", "503")
        with pytest.raises(TmdbUnavailable):
            poll(settings.model_copy(update={"tmdb": tmdb}), source, polled_at=AT)
    events = [json.loads(message.value() or b"") for message in read(settings, source.TOPIC)]
    assert {(event["list_name"], event["media_type"]) for event in events} == {("trending_day", "movie")}
    (line,) = ledger(settings, source.TOPIC)
    assert (line["error"], line["counts"]) == ("TmdbUnavailable", {"sent": 40, "acked": 40, "failed": 0})


def test_a_poll_without_a_topic_asks_tmdb_nothing(settings: Settings):
    nowhere = SimpleNamespace(TOPIC=Topic("test.nowhere", "Never made."), KEY="movie_id", LISTS=trending.LISTS)
    with Standin() as standin:
        tmdb = settings.tmdb.model_copy(update={"base_url": standin.base_url})
        with pytest.raises(TopicMissing):
            poll(settings.model_copy(update={"tmdb": tmdb}), nowhere, polled_at=AT)  # type: ignore[arg-type]
        assert standin.requests == []
