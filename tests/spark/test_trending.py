"""bronze -> silver.trending_event: what is accepted, what is refused and with which reason."""

import json
from datetime import UTC, date, datetime
from typing import Any

from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.tables import bronze_table
from streaming.classify import judged
from tests.builders import row, rows

ARRIVED = datetime(2026, 1, 21, 10, 0, 2, tzinfo=UTC)
EVENT = {
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
    "raw": {"id": 603, "overview": None},
}


def message(value: bytes | None, offset: int = 0) -> dict[str, Any]:
    return row(bronze_table(TOPIC), value=value, offset=offset, topic=TOPIC.name, kafka_at=ARRIVED, ingested_at=ARRIVED)


def event(**changes: Any) -> bytes:
    """The event as JSON; a change to `...` leaves the field out."""
    return json.dumps({k: v for k, v in (EVENT | changes).items() if v is not ...}).encode()


def verdicts(spark, *values: bytes | None, columns: tuple[str, ...] = ("*",)) -> list[dict[str, Any]]:
    bronze = rows(spark, bronze_table(TOPIC), *[message(value, offset) for offset, value in enumerate(values)])
    found = judged(bronze, TRENDING_EVENT).orderBy("offset").select(*columns).collect()
    return [one.asDict() for one in found]


def test_an_event_becomes_one_typed_row(spark):
    found = verdicts(spark, event())[0]
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
        "is_late": False,
        "partition": 1,
        "offset": 0,
        "ingested_at": ARRIVED.replace(tzinfo=None),
    }
    assert (found["reason"], found["column_name"], found["payload"]) == (None, None, None)


REFUSED = {
    "a null value": (None, "null_value", None),
    "an empty value": (b"", "empty_value", None),
    "blanks only": (b"  \n", "empty_value", None),
    "bytes that are no text": (b"\xff\xfe{", "not_text", None),
    "not JSON": (b"hello", "not_json", None),
    "JSON cut in the middle": (event()[:40], "not_json", None),
    "text after the object": (event() + b" and more", "not_json", None),
    "a JSON array": (b"[1, 2]", "not_object", None),
    "a JSON number": (b"42", "not_object", None),
    "a JSON null": (b"null", "not_object", None),
    "an empty object": (b"{}", "missing", "event_id"),
    "no event id": (event(event_id=...), "missing", "event_id"),
    "a missing title id": (event(movie_id=...), "missing", "title_id"),
    "a null title id": (event(movie_id=None), "missing", "title_id"),
    "title id 0": (event(movie_id=0), "out_of_bounds", "title_id"),
    "a negative title id": (event(movie_id=-3), "out_of_bounds", "title_id"),
    "a title id of letters": (event(movie_id="abc"), "not_an_integer", "title_id"),
    "a title id beyond 64 bits": (event(movie_id=2**63), "not_an_integer", "title_id"),
    "popularity NaN": (event(popularity=float("nan")), "not_finite", "popularity"),
    "popularity 'NaN'": (event(popularity="NaN"), "not_finite", "popularity"),
    "popularity 1e400": (event().replace(b"93.5", b"1e400"), "not_finite", "popularity"),
    "popularity 'abc'": (event(popularity="abc"), "not_a_number", "popularity"),
    "a negative popularity": (event(popularity=-1), "out_of_bounds", "popularity"),
    "a vote average of 11": (event(vote_average=11), "out_of_bounds", "vote_average"),
    "year 99999": (event(extraction_ts="99999-01-01T00:00:00Z"), "year_out_of_range", "event_at"),
    "year 1800": (event(extraction_ts="1800-01-01T00:00:00Z"), "year_out_of_range", "event_at"),
    "epoch milliseconds as a number": (event(extraction_ts=1768975680000), "epoch_time", "event_at"),
    "epoch milliseconds as a string": (event(extraction_ts="1768975680000"), "epoch_time", "event_at"),
    "a time without a day": (event(extraction_ts="T10:00"), "not_a_timestamp", "event_at"),
    "the 30th of February": (event(extraction_ts="2026-02-30T00:00:00Z"), "not_a_timestamp", "event_at"),
    "an event from the future": (event(extraction_ts="2026-01-21T10:06:00Z"), "future_event", "event_at"),
    "an unknown list": (event(list_name="trending_hour"), "unknown_value", "list_name"),
    "an unknown medium": (event(media_type="book"), "unknown_value", "media_type"),
    "rank 0": (event(rank=0), "out_of_bounds", "rank"),
    "a release date of words": (event(release_date="soon"), "not_a_date", "release_date"),
    "a flag that is no flag": (event(adult="perhaps"), "not_a_boolean", "is_adult"),
    "nesting beyond every parser": (b'{"raw":' + b"[" * 1500 + b"]" * 1500 + b"}", "not_json", None),
}


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    values = [value for value, _, _ in REFUSED.values()]
    refused = verdicts(spark, *values, columns=("reason", "column_name"))
    found = {name: (one["reason"], one["column_name"]) for name, one in zip(REFUSED, refused, strict=True)}
    assert found == {name: (reason, column) for name, (_, reason, column) in REFUSED.items()}


def test_a_refused_message_keeps_its_payload_and_coordinates(spark):
    found = verdicts(spark, event(), b"hello")[1]
    assert (bytes(found["payload"]), found["topic"], found["partition"], found["offset"]) == (
        b"hello",
        TOPIC.name,
        1,
        1,
    )


ACCEPTED = {
    "popularity as a numeric string": (event(popularity="93.4917224393659"), "popularity", 93.4917224393659),
    "popularity as an integer": (event(popularity=7), "popularity", 7.0),
    "an integer vote average": (event(vote_average=8), "vote_average", 8.0),
    "an empty release date": (event(release_date=""), "release_date", None),
    "no release date": (event(release_date=None), "release_date", None),
    "an unreleased title": (event(release_date="2031-12-19"), "release_date", date(2031, 12, 19)),
    "an empty title": (event(title=""), "title", None),
    "an empty overview": (event(raw={"overview": ""}), "title_id", 603),
    "unknown extra fields": (event(softcore=False, raw={"new": [1]}), "title_id", 603),
    "the 41st place": (event(rank=41), "rank", 41),
    "a title of many scripts": (event(title="Amélie – 千と千尋 \u202e🎬"), "title", "Amélie – 千と千尋 \u202e🎬"),
    "a clock a little ahead": (event(extraction_ts="2026-01-21T10:04:00Z"), "event_at", datetime(2026, 1, 21, 10, 4)),
    "a time with an offset": (event(extraction_ts="2026-01-21T07:00:00-03:00"), "event_at", datetime(2026, 1, 21, 10)),
}


def test_real_quirks_are_not_refused(spark):
    values = [value for value, _, _ in ACCEPTED.values()]
    found = zip(ACCEPTED.items(), verdicts(spark, *values), strict=True)
    seen = {name: (one["reason"], one[column]) for (name, (_, column, _)), one in found}
    assert seen == {name: (None, value) for name, (_, _, value) in ACCEPTED.items()}


def test_an_event_that_arrives_more_than_a_day_after_its_time_is_kept_and_flagged(spark):
    found = verdicts(spark, event(extraction_ts="2026-01-20T10:00:01Z"), event(extraction_ts="2026-01-20T10:00:03Z"))
    assert [(one["reason"], one["is_late"]) for one in found] == [(None, True), (None, False)]
