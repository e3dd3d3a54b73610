"""bronze -> silver.trending_event: what is accepted, what is refused and with which reason."""

from datetime import date, datetime

from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from tests.spark.messages import ARRIVED, Messages

TRENDING = Messages(
    TRENDING_EVENT,
    {
        "event_type": "trending",
        "event_id": "e1",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T10:00:00.000Z",
        "list_name": "trending_day",
        "media_type": "movie",
        "rank": 1,
        "movie_id": 603,
        "title": "The Matrix",
        "popularity": 93.5,
        "vote_average": 8.2,
        "vote_count": 27_000,
        "adult": False,
        "release_date": "1999-03-31",
        "original_language": "en",
        "raw": {"id": 603, "overview": None, "genre_ids": [28, 878]},
    },
)


def test_an_event_becomes_one_typed_row(spark):
    found = TRENDING.verdicts(spark, TRENDING.event())[0]
    assert {name: found[name] for name in TRENDING_EVENT.names} == {
        "event_id": "e1",
        "event_at": datetime(2026, 1, 21, 10),
        "event_date": date(2026, 1, 21),
        "list_name": "trending_day",
        "media_type": "movie",
        "title_id": 603,
        "rank": 1,
        "title": "The Matrix",
        "original_language_code": "en",
        "popularity": 93.5,
        "vote_average": 8.2,
        "vote_count": 27_000,
        "is_adult": False,
        "release_date": date(1999, 3, 31),
        "genre_ids": [28, 878],
        "is_late": False,
        "partition": 1,
        "offset": 0,
        "ingested_at": ARRIVED.replace(tzinfo=None),
    }
    assert (found["reason"], found["column_name"], found["payload"]) == (None, None, None)


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    own = {"an unknown list": (TRENDING.event(list_name="trending_hour"), "unknown_value", "list_name")}
    own["rank 0"] = (TRENDING.event(rank=0), "out_of_bounds", "rank")
    cases = TRENDING.refused() | own
    assert TRENDING.reasons(spark, cases) == cases


def test_a_refused_message_keeps_its_payload_and_coordinates(spark):
    found = TRENDING.verdicts(spark, TRENDING.event(), b"hello")[1]
    assert (bytes(found["payload"]), found["topic"], found["partition"], found["offset"]) == (
        b"hello",
        TOPIC.name,
        1,
        1,
    )


def test_real_quirks_are_not_refused(spark):
    cases = TRENDING.accepted() | {"the 41st place": (TRENDING.event(rank=41), "rank", 41)}
    assert TRENDING.values(spark, cases) == cases


def test_an_event_that_arrives_more_than_a_day_after_its_time_is_kept_and_flagged(spark):
    found = TRENDING.verdicts(
        spark,
        TRENDING.event(extraction_ts="2026-01-20T10:00:01Z"),
        TRENDING.event(extraction_ts="2026-01-20T10:00:03Z"),
    )
    assert [(one["reason"], one["is_late"]) for one in found] == [(None, True), (None, False)]


def test_what_is_read_by_its_type_is_what_its_text_says(spark, monkeypatch):
    by_type, by_text = TRENDING.both_ways(spark, monkeypatch)
    assert [repr(one) for one in by_type] == [repr(one) for one in by_text]  # NaN is not equal to itself
    assert {one["reason"] for one in by_type} > {None, "not_finite", "out_of_bounds"}
