"""The books balance when every row is accounted for, and say which are not when one is lost, doubled or invented."""

import json
from datetime import UTC, datetime

import pytest

from lakehouse import delta
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.errors import BooksUnbalanced
from lakehouse.tables import bronze_table
from streaming.audit import Book, book, require
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


def fill(spark) -> None:
    """Five messages: two events, a repeat, a reject, and one more event, all where they belong."""
    given = messages(event("a"), event("b"), event("a"), b"hello", event("c"))
    delta.append(rows(spark, BRONZE, *given), BRONZE.name, metadata={})
    found = judged(spark.table(BRONZE.name), TRENDING_EVENT)
    accepted = found.where("reason IS NULL AND offset != 2").select(*TRENDING_EVENT.names)
    refused = found.where("reason IS NOT NULL").selectExpr("*", f"'{SILVER}' AS table_name").select(*REJECT.names)
    delta.append(accepted, SILVER, metadata={})
    delta.append(refused, REJECT.name, metadata={})


@pytest.fixture(scope="module")
def damaged(spark, lakes) -> Book:
    """The books after one of each: what silver, the rejects, bronze, the producer's ledger and the watermark can do."""
    lakes.empty(("trending", "reject", "quality", "erasure"))
    fill(spark)
    spark.sql(f"UPDATE {SILVER} SET event_id = 'invented' WHERE event_id = 'b'")
    spark.sql(f"INSERT INTO {SILVER} SELECT * FROM {SILVER} WHERE event_id = 'c'")
    spark.sql(f"DELETE FROM {REJECT.name}")
    spark.sql(f"DELETE FROM {BRONZE.name} WHERE offset = 2")
    spark.sql(f"INSERT INTO {BRONZE.name} SELECT * FROM {BRONZE.name} WHERE offset = 0")
    return book(spark, TRENDING_EVENT, acked={0: 9}, dropped=2)


def test_the_books_balance_when_every_message_is_accounted_for(spark, lake):
    fill(spark)
    found = book(spark, TRENDING_EVENT, acked={0: 4})
    assert (found.bronze, found.silver, found.duplicates, found.rejected) == (5, 3, 1, 1)
    assert (dict(found.reasons), found.problems) == ({"not_json": 1}, ())
    require([found])


def test_an_event_that_silver_has_lost_is_found_though_others_were_invented_and_the_sums_agree(damaged):
    assert damaged.bronze == damaged.silver + damaged.duplicates + damaged.rejected
    assert "silver lacks 1 rows that bronze asks for" in damaged.problems
    with pytest.raises(BooksUnbalanced, match="silver lacks 1 rows"):
        require([damaged])


def test_an_event_that_was_invented_and_one_that_silver_holds_twice_are_found(damaged):
    assert "silver holds 2 rows that bronze does not explain" in damaged.problems


def test_a_reject_that_was_dropped_is_found(damaged):
    assert "silver.reject lacks 1 rows that bronze asks for" in damaged.problems


def test_an_offset_that_bronze_lacks_is_found_though_it_holds_another_twice(damaged):
    assert "bronze partition 0 lacks 1 offsets" in damaged.problems
    assert "bronze partition 0 holds 1 offsets twice" in damaged.problems


def test_a_message_that_kafka_acknowledged_but_bronze_lacks_is_found(damaged):
    assert "bronze partition 0 ends at 4, but 9 was acknowledged" in damaged.problems


def test_a_row_that_the_watermark_dropped_is_a_problem(damaged):
    assert "the watermark dropped 2 rows" in damaged.problems


def test_each_problem_is_told_once_and_nothing_else_is(damaged):
    assert len(damaged.problems) == 7
