"""The books balance when every row is accounted for, and say which are not when one is lost, doubled or invented."""

import json
from datetime import UTC, datetime

import pytest

from lakehouse import delta
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.errors import BooksUnbalanced
from lakehouse.tables import bronze_table
from streaming.audit import book, require
from streaming.classify import judged
from tests.builders import row, rows

AT = datetime(2026, 1, 21, 10, tzinfo=UTC)
BRONZE = bronze_table(TOPIC)
SILVER = TRENDING_EVENT.name


def event(name: str) -> bytes:
    fields = {"event_id": name, "extraction_ts": "2026-01-21T10:00:00Z", "list_name": "trending_day"}
    return json.dumps(fields | {"media_type": "movie", "rank": 1, "movie_id": 603}).encode()


def messages(*values: bytes | None) -> list[dict]:
    at = {"topic": TOPIC.name, "partition": 0, "kafka_at": AT, "ingested_at": AT}
    return [row(BRONZE, value=value, offset=offset, **at) for offset, value in enumerate(values)]


@pytest.fixture
def filled(spark, lake, lakes):
    """Five messages: two events, a repeat, a reject, and one more event, all where they belong."""
    lakes.filled("five messages", lambda: five_messages(spark))
    return spark


def five_messages(spark):
    given = messages(event("a"), event("b"), event("a"), b"hello", event("c"))
    delta.append(rows(spark, BRONZE, *given), BRONZE.name, metadata={})
    found = judged(spark.table(BRONZE.name), TRENDING_EVENT)
    accepted = found.where("reason IS NULL AND offset != 2").select(*TRENDING_EVENT.names)
    refused = found.where("reason IS NOT NULL").selectExpr("*", f"'{SILVER}' AS table_name").select(*REJECT.names)
    delta.append(accepted, SILVER, metadata={})
    delta.append(refused, REJECT.name, metadata={})


def problems(spark, **known) -> tuple[str, ...]:
    return book(spark, TRENDING_EVENT, **known).problems


def test_the_books_balance_when_every_message_is_accounted_for(filled):
    found = book(filled, TRENDING_EVENT, acked={0: 4})
    assert (found.bronze, found.silver, found.duplicates, found.rejected) == (5, 3, 1, 1)
    assert (dict(found.reasons), found.problems) == ({"not_json": 1}, ())
    require([found])


def test_an_event_that_silver_has_lost_is_found_even_if_another_was_invented(filled):
    filled.sql(f"UPDATE {SILVER} SET event_id = 'invented' WHERE event_id = 'b'")
    found = book(filled, TRENDING_EVENT)
    assert found.bronze == found.silver + found.duplicates + found.rejected
    assert found.problems == (
        "silver lacks 1 rows that bronze asks for",
        "silver holds 1 rows that bronze does not explain",
    )
    with pytest.raises(BooksUnbalanced, match="silver lacks 1 rows"):
        require([found])


def test_an_event_that_silver_holds_twice_is_found(filled):
    filled.sql(f"INSERT INTO {SILVER} SELECT * FROM {SILVER} WHERE event_id = 'c'")
    assert problems(filled) == ("silver holds 1 rows that bronze does not explain",)


def test_a_reject_that_was_dropped_is_found(filled):
    filled.sql(f"DELETE FROM {REJECT.name}")
    assert problems(filled) == ("silver.reject lacks 1 rows that bronze asks for",)


def test_an_offset_that_bronze_lacks_or_holds_twice_is_found(filled):
    filled.sql(f"DELETE FROM {BRONZE.name} WHERE offset = 2")
    assert problems(filled) == ("bronze partition 0 lacks 1 offsets",)
    filled.sql(f"INSERT INTO {BRONZE.name} SELECT * FROM {BRONZE.name} WHERE offset = 3")
    assert "bronze partition 0 holds 1 offsets twice" in problems(filled)


def test_a_message_that_kafka_acknowledged_but_bronze_lacks_is_found(filled):
    assert problems(filled, acked={0: 9}) == ("bronze partition 0 ends at 4, but 9 was acknowledged",)


def test_a_row_that_the_watermark_dropped_is_a_problem(filled):
    assert problems(filled, dropped=2) == ("the watermark dropped 2 rows",)
