"""bronze -> silver.user_event: what is accepted, what is refused and why, and what comes twice or late."""

import json
import zlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from batch.raw_export import filed
from lakehouse import delta, settings
from lakehouse.clock import iso
from lakehouse.contracts.user_event import KINDS, TOPIC, USER_EVENT
from lakehouse.tables import bronze_table
from streaming.job import start_silver
from tests.builders import row, rows
from tests.spark.messages import ARRIVED, Messages
from tests.unit.test_user_event_source import event, sent

BRONZE = bronze_table(TOPIC)
VIEWERS = Messages(
    USER_EVENT,
    {
        "event_id": "event-0001",
        "event_at": "2026-01-21T10:00:00.000Z",
        "received_at": "2026-01-21T10:00:01.000Z",
        "event_type": "rate",
        "user_key": "k1:55a2f05d04ef1c75796946f1d6fa1106",
        "media_type": "movie",
        "title_id": 603,
        "rating": 8.5,
        "device_class": "desktop",
        "browser_family": "firefox",
    },
)
COMMENT: dict[str, Any] = {
    "event_type": "comment",
    "rating": ...,
    "comment_id": "comment-1",
    "comment_text": "Ação! 🎬",
}
VOTE: dict[str, Any] = {"event_type": "comment_vote", "rating": ..., "comment_id": "comment-1", "vote": -1}


def test_an_event_becomes_one_typed_row(spark):
    found = VIEWERS.verdicts(spark, VIEWERS.event())[0]
    known = {
        "event_id": "event-0001",
        "event_at": datetime(2026, 1, 21, 10),
        "event_date": date(2026, 1, 21),
        "received_at": datetime(2026, 1, 21, 10, 0, 1),
        "event_type": "rate",
        "user_key": "k1:55a2f05d04ef1c75796946f1d6fa1106",
        "media_type": "movie",
        "title_id": 603,
        "bucket": zlib.crc32(b"k1:55a2f05d04ef1c75796946f1d6fa1106") % 256,
        "rating": 8.5,
        "device_class": "desktop",
        "browser_family": "firefox",
        "is_late": False,
        "partition": 1,
        "offset": 0,
        "ingested_at": ARRIVED.replace(tzinfo=None),
    }
    assert {name: found[name] for name in USER_EVENT.names} == dict.fromkeys(USER_EVENT.names) | known
    assert (found["reason"], found["column_name"], found["payload"]) == (None, None, None)


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    cases = VIEWERS.unreadable() | {
        "no event id": (VIEWERS.event(event_id=...), "missing", "event_id"),
        "an id with a blank": (VIEWERS.event(event_id="event 0001"), "wrong_form", "event_id"),
        "no user": (VIEWERS.event(user_key=...), "missing", "user_key"),
        "a user who has no pseudonym": (VIEWERS.event(user_key="anna"), "wrong_form", "user_key"),
        "an unknown type": (VIEWERS.event(event_type="sing"), "unknown_value", "event_type"),
        "epoch milliseconds": (VIEWERS.event(event_at=1768975680000), "epoch_time", "event_at"),
        "an event from the future": (VIEWERS.event(event_at="2026-01-21T10:06:00Z"), "future_event", "event_at"),
        "no time of arrival": (VIEWERS.event(received_at=...), "missing", "received_at"),
        "a rating of 11": (VIEWERS.event(rating=11), "out_of_bounds", "rating"),
        "a rating of 0": (VIEWERS.event(rating=0), "out_of_bounds", "rating"),
        "a rating NaN": (VIEWERS.event(rating="NaN"), "not_finite", "rating"),
        "a rating without one": (VIEWERS.event(rating=...), "missing", "rating"),
        "a rating of no title": (VIEWERS.event(title_id=None), "missing", "title_id"),
        "a rating of a book": (VIEWERS.event(media_type="book"), "unknown_value", "media_type"),
        "a comment too long": (VIEWERS.event(**COMMENT | {"comment_text": "x" * 10_001}), "too_long", "comment_text"),
        "a comment of blanks": (VIEWERS.event(**COMMENT | {"comment_text": " \n"}), "missing", "comment_text"),
        "a vote of 2": (VIEWERS.event(**VOTE | {"vote": 2}), "out_of_bounds", "vote"),
        "a vote for nothing": (VIEWERS.event(**VOTE | {"comment_id": ...}), "missing", "comment_id"),
        "half a page": (VIEWERS.event(event_type="page_view"), "missing", "page_path"),
        "a page with its query": (VIEWERS.event(event_type="page_view", page_path="/s?q=x"), "wrong_form", "page_path"),
        "an unknown device": (VIEWERS.event(device_class="fridge"), "unknown_value", "device_class"),
    }
    assert VIEWERS.reasons(spark, cases) == cases


def test_what_viewers_do_is_not_refused(spark):
    cases = {
        "a comment of 10,000 signs": (VIEWERS.event(**COMMENT | {"comment_text": "🎬" * 10_000}), "vote", None),
        "a comment": (VIEWERS.event(**COMMENT), "comment_text", "Ação! 🎬"),
        "a vote": (VIEWERS.event(**VOTE | {"title_id": ..., "media_type": ...}), "vote", -1),
        "a rating of half a star": (VIEWERS.event(rating=0.5), "rating", 0.5),
        "a search": (
            VIEWERS.event(event_type="search", search_text="matrix", rating=..., title_id=..., media_type=...),
            "search_text",
            "matrix",
        ),
        "a clock a little ahead": (
            VIEWERS.event(event_at="2026-01-21T10:04:00Z"),
            "event_at",
            datetime(2026, 1, 21, 10, 4),
        ),
    }
    assert VIEWERS.values(spark, cases) == cases


def test_what_the_collector_sends_becomes_silver(spark):
    made = [event(sent(kind.name)) for kind in KINDS]
    found = VIEWERS.verdicts(spark, *[json.dumps(one).encode() for one in made])
    assert [one["reason"] for one in found] == [None] * len(KINDS)
    for given, one in zip(made, found, strict=True):
        times = {name: datetime.fromisoformat(given[name]).replace(tzinfo=None) for name in ("event_at", "received_at")}
        assert {name: one[name] for name in given} == given | times


def test_what_is_done_with_a_comment_lies_in_the_comment_s_bucket_whoever_did_it(spark):
    found = VIEWERS.verdicts(spark, VIEWERS.event(**COMMENT), VIEWERS.event(**VOTE, user_key="k1:" + "b" * 32))
    assert [one["bucket"] for one in found] == [zlib.crc32(b"comment-1") % 256] * 2


def test_an_event_that_arrives_more_than_a_day_after_its_time_is_kept_and_flagged(spark):
    found = VIEWERS.verdicts(
        spark, VIEWERS.event(event_at="2026-01-20T10:00:01Z"), VIEWERS.event(event_at="2026-01-20T10:00:03Z")
    )
    assert [(one["reason"], one["is_late"]) for one in found] == [(None, True), (None, False)]


def test_an_export_files_events_by_medium_and_kind_and_those_of_no_title_apart(spark):
    values = [
        VIEWERS.event(),
        VIEWERS.event(media_type="tv", **VOTE),
        VIEWERS.event(media_type=..., **VOTE),
        VIEWERS.event(media_type="book"),
        VIEWERS.event(event_type="../x"),
    ]
    given = [row(BRONZE, value=value, offset=n, kafka_at=ARRIVED) for n, value in enumerate(values)]
    found = filed(rows(spark, BRONZE, *given), TOPIC).collect()
    assert [(one["place"], one["is_event"]) for one in sorted(found, key=lambda one: one["offset"])] == [
        ("Movies/2026/01/21/viewer-rate", True),
        ("Series/2026/01/21/viewer-comment_vote", True),
        ("Other/2026/01/21/viewer-comment_vote", True),
        ("Other/2026/01/21/unreadable-user_logs", False),
        ("Other/2026/01/21/unreadable-user_logs", False),
    ]


@pytest.mark.stems("user_event", "reject")
def test_an_event_that_is_sent_again_counts_once_be_it_fresh_or_old(spark, lake: Path, tmp_path: Path):
    now = datetime.now(UTC)
    fresh = {"event_id": "event-now", "event_at": iso(now), "received_at": iso(now)}

    def arrive(first: int, *values: bytes) -> None:
        fixed = {"topic": TOPIC.name, "kafka_at": now, "ingested_at": now}
        given = [row(BRONZE, value=value, offset=first + n, **fixed) for n, value in enumerate(values)]
        delta.append(rows(spark, BRONZE, *given).coalesce(1), BRONZE.name, metadata={})
        start_silver(spark, settings.load(home=tmp_path), USER_EVENT, lambda *_: None, once=True).awaitTermination()

    arrive(0, VIEWERS.event(**fresh), VIEWERS.event(), VIEWERS.event(**fresh))
    arrive(
        3, VIEWERS.event(received_at=iso(now)), VIEWERS.event(**fresh), VIEWERS.event(event_id="event-11", rating=11)
    )
    kept = spark.table(USER_EVENT.name).orderBy("offset").select("event_id", "offset", "is_late").collect()
    assert [tuple(one) for one in kept] == [("event-now", 0, False), ("event-0001", 1, True)]
    assert [(one["reason"], one["offset"]) for one in spark.table("silver.reject").collect()] == [("out_of_bounds", 5)]
