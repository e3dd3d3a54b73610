"""Messages of one topic for tests: what every source's events must survive, and what is refused of them all."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from lakehouse.tables import Table, bronze_table
from streaming import classify
from streaming.classify import judged
from tests.builders import row, rows

ARRIVED = datetime(2026, 1, 21, 10, 0, 2, tzinfo=UTC)
Cases = dict[str, tuple[Any, ...]]
ODD = (
    "5", "-5", "-0", "0.1", "5.0", "5e0", "1e400", "-1e400", "NaN", "Infinity", "2147483648", "12345678901234567890",
    '"5"', '" 5 "', '"0.1"', '"abc"', '"NaN"', '"-inf"', '""', '" "', "true", '"true"', "null", "{}", '{"id": 5}', "[]",
    "[5]", "[5, null]", '["5"]', "[5.5]", "[[5]]", "[{}]", '[{"id": 5, "name": 5, "order": "5"}]', '[{"id": "abc"}]',
)  # fmt: skip
"""Values as JSON, most of which are not of most columns' type."""


class Messages:
    """The topic of one silver table; `fields` are those of an event that is accepted."""

    def __init__(self, table: Table, fields: dict[str, Any]) -> None:
        assert table.stream
        self.table, self.fields, self.topic = table, fields, table.stream.topic

    def event(self, **changes: Any) -> bytes:
        """The event as JSON; a change to `...` leaves the field out."""
        return json.dumps({k: v for k, v in (self.fields | changes).items() if v is not ...}).encode()

    def verdicts(self, spark, *values: bytes | None, columns: tuple[str, ...] = ("*",)) -> list[dict[str, Any]]:
        bronze = bronze_table(self.topic)
        given = [
            row(bronze, value=value, offset=offset, topic=self.topic.name, kafka_at=ARRIVED, ingested_at=ARRIVED)
            for offset, value in enumerate(values)
        ]
        found = judged(rows(spark, bronze, *given), self.table).orderBy("offset").select(*columns).collect()
        return [one.asDict(recursive=True) for one in found]

    def reasons(self, spark, cases: Cases) -> Cases:
        """Of each case (value, ...): the same value with the reason and the column that it is refused for."""
        values = [case[0] for case in cases.values()]
        found = self.verdicts(spark, *values, columns=("reason", "column_name"))
        return {
            name: (case[0], one["reason"], one["column_name"])
            for (name, case), one in zip(cases.items(), found, strict=True)
        }

    def values(self, spark, cases: Cases) -> Cases:
        """Of each case (value, column, ...): the same with what stands in the column, and no reason to refuse it."""
        found = self.verdicts(spark, *[case[0] for case in cases.values()])
        assert {name: one["reason"] for name, one in zip(cases, found, strict=True)} == dict.fromkeys(cases)
        return {name: (case[0], case[1], one[case[1]]) for (name, case), one in zip(cases.items(), found, strict=True)}

    def both_ways(self, spark, monkeypatch) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The verdicts on `odd` events that are read with their columns' types, and on the same read as texts."""
        events = self.odd()
        by_type = self.verdicts(spark, *events)
        monkeypatch.setattr(classify, "is_text", lambda column: True)
        return by_type, self.verdicts(spark, *events)

    def odd(self) -> list[bytes]:
        """Events in which, at one of the places that the contract reads, stands each of `ODD` once."""
        found = []
        for path in dict.fromkeys(path for column in self.table.columns for path in column.paths):
            event = place = deepcopy(self.fields)
            *way, last = path
            for step in way:
                place = place.setdefault(step, {})
            place[last] = "HERE"
            found += [json.dumps(event).replace('"HERE"', value).encode() for value in ODD]
        return found

    def unreadable(self) -> Cases:
        """Value, reason and column of what is no event of any topic."""
        return {
            "a null value": (None, "null_value", None),
            "an empty value": (b"", "empty_value", None),
            "blanks only": (b"  \n", "empty_value", None),
            "bytes that are no text": (b"\xff\xfe{", "not_text", None),
            "not JSON": (b"hello", "not_json", None),
            "JSON cut in the middle": (self.event()[:40], "not_json", None),
            "text after the object": (self.event() + b" and more", "not_json", None),
            "a JSON array": (b"[1, 2]", "not_object", None),
            "a JSON number": (b"42", "not_object", None),
            "a JSON null": (b"null", "not_object", None),
            "an empty object": (b"{}", "missing", "event_id"),
            "nesting beyond every parser": (b'{"raw":' + b"[" * 1500 + b"]" * 1500 + b"}", "not_json", None),
        }

    def refused(self) -> Cases:
        """Value, reason and column of what every topic of TMDb refuses."""
        return self.unreadable() | {
            "no event id": (self.event(event_id=...), "missing", "event_id"),
            "a missing title id": (self.event(movie_id=...), "missing", "title_id"),
            "a null title id": (self.event(movie_id=None), "missing", "title_id"),
            "title id 0": (self.event(movie_id=0), "out_of_bounds", "title_id"),
            "a negative title id": (self.event(movie_id=-3), "out_of_bounds", "title_id"),
            "a title id of letters": (self.event(movie_id="abc"), "not_an_integer", "title_id"),
            "a title id beyond 64 bits": (self.event(movie_id=2**63), "not_an_integer", "title_id"),
            "popularity NaN": (self.event(popularity=float("nan")), "not_finite", "popularity"),
            "popularity 'NaN'": (self.event(popularity="NaN"), "not_finite", "popularity"),
            "popularity 1e400": (self.event(popularity=93.5).replace(b"93.5", b"1e400"), "not_finite", "popularity"),
            "popularity 'abc'": (self.event(popularity="abc"), "not_a_number", "popularity"),
            "a negative popularity": (self.event(popularity=-1), "out_of_bounds", "popularity"),
            "a vote average of 11": (self.event(vote_average=11), "out_of_bounds", "vote_average"),
            "year 99999": (self.event(extraction_ts="99999-01-01T00:00:00Z"), "year_out_of_range", "event_at"),
            "year 1800": (self.event(extraction_ts="1800-01-01T00:00:00Z"), "year_out_of_range", "event_at"),
            "epoch milliseconds as a number": (self.event(extraction_ts=1768975680000), "epoch_time", "event_at"),
            "epoch milliseconds as a string": (self.event(extraction_ts="1768975680000"), "epoch_time", "event_at"),
            "a time without a day": (self.event(extraction_ts="T10:00"), "not_a_timestamp", "event_at"),
            "a time without a day in a zone with dashes": (
                self.event(extraction_ts="T10:00 America/Port-au-Prince"),
                "not_a_timestamp",
                "event_at",
            ),
            "the 30th of February": (self.event(extraction_ts="2026-02-30T00:00:00Z"), "not_a_timestamp", "event_at"),
            "an event from the future": (self.event(extraction_ts="2026-01-21T10:06:00Z"), "future_event", "event_at"),
            "an unknown medium": (self.event(media_type="book"), "unknown_value", "media_type"),
            "a release date of words": (self.event(release_date="soon"), "not_a_date", "release_date"),
            "a flag that is no flag": (self.event(adult="perhaps"), "not_a_boolean", "is_adult"),
        }

    def accepted(self) -> Cases:
        """Value, column and what stands there, of the quirks that TMDb really has."""
        return {
            "popularity as a numeric string": (
                self.event(popularity="93.4917224393659"),
                "popularity",
                93.4917224393659,
            ),
            "popularity as an integer": (self.event(popularity=7), "popularity", 7.0),
            "an integer vote average": (self.event(vote_average=8), "vote_average", 8.0),
            "an empty release date": (self.event(release_date=""), "release_date", None),
            "no release date": (self.event(release_date=None), "release_date", None),
            "an unreleased title": (self.event(release_date="2031-12-19"), "release_date", date(2031, 12, 19)),
            "an empty title": (self.event(title=""), "title", None),
            "an empty overview": (self.event(raw={"overview": ""}), "title_id", 603),
            "unknown extra fields": (self.event(softcore=False, raw={"new": [1]}), "title_id", 603),
            "a title of many scripts": (
                self.event(title="Amélie – 千と千尋 \u202e🎬"),
                "title",
                "Amélie – 千と千尋 \u202e🎬",
            ),
            "a clock a little ahead": (
                self.event(extraction_ts="2026-01-21T10:04:00Z"),
                "event_at",
                datetime(2026, 1, 21, 10, 4),
            ),
            "a time with an offset": (
                self.event(extraction_ts="2026-01-21T07:00:00-03:00"),
                "event_at",
                datetime(2026, 1, 21, 10),
            ),
        }
