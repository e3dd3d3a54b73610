"""bronze -> silver as a stream: repeats, late and old rows, restarts, crashes between two commits."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql.streaming import StreamingQuery

from lakehouse import contracts, delta, history, settings
from lakehouse.clock import iso
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.tables import Table, bronze_table
from streaming import job
from tests.builders import row, rows

BRONZE = bronze_table(TOPIC)
NOW = datetime.now(UTC)


def event(name: str, *, at: datetime = NOW, **changes: Any) -> bytes:
    fields = {
        "event_id": name,
        "extraction_ts": iso(at),
        "list_name": "trending_day",
        "media_type": "movie",
        "rank": 1,
        "movie_id": 603,
    }
    return json.dumps(fields | changes).encode()


class Pipeline:
    """Messages go into bronze; the real silver query takes what is there."""

    def __init__(self, spark, home: Path) -> None:
        self.spark = spark
        self.settings = settings.load(home=home)
        self.offset = 0

    def arrive(self, *values: bytes | None) -> None:
        given = []
        for value in values:
            given.append(
                row(
                    BRONZE,
                    value=value,
                    offset=self.offset,
                    partition=0,
                    topic=TOPIC.name,
                    kafka_at=NOW,
                    ingested_at=NOW,
                )
            )
            self.offset += 1
        delta.append(rows(self.spark, BRONZE, *given).coalesce(1), BRONZE.name, metadata={})

    def take(self, table: Table = TRENDING_EVENT) -> StreamingQuery:
        query = job.start_silver(self.spark, self.settings, table, lambda *_: None, once=True)
        query.awaitTermination()
        return query

    def forget_last_commit(self) -> None:
        """As after a crash between the tables' commits and Spark's own."""
        commits = job.checkpoint(self.settings, TRENDING_EVENT.name) / "commits"
        newest = max((f for f in commits.iterdir() if f.name.isdigit()), key=lambda f: int(f.name))
        newest.unlink()
        (commits / f".{newest.name}.crc").unlink(missing_ok=True)

    def silver(self) -> list[str]:
        return sorted(r.event_id for r in self.spark.table(TRENDING_EVENT.name).collect())

    def refused(self) -> list[tuple[int, str]]:
        return sorted((r.offset, r.reason) for r in self.spark.table("silver.reject").collect())


@pytest.fixture
def pipeline(spark, lake, tmp_path) -> Pipeline:
    return Pipeline(spark, tmp_path)


def test_a_repeat_is_recognised_in_the_same_batch_and_in_a_later_one(pipeline):
    pipeline.arrive(event("a"), event("a"), event("b"))
    pipeline.take()
    pipeline.arrive(event("b"), event("c"))
    pipeline.take()
    assert pipeline.silver() == ["a", "b", "c"]


def test_the_first_of_two_copies_in_a_batch_is_the_one_that_stays(pipeline):
    pipeline.arrive(event("a", rank=1), event("a", rank=21))
    pipeline.take()
    assert [r["rank"] for r in pipeline.spark.table(TRENDING_EVENT.name).collect()] == [1]


def test_an_event_older_than_the_watermark_is_kept_flagged_and_recognised_when_it_repeats(pipeline):
    old = event("old", at=NOW - timedelta(days=400))
    for _ in range(2):
        pipeline.arrive(old, event("fresh"))
        pipeline.take()
    found = {r.event_id: r.is_late for r in pipeline.spark.table(TRENDING_EVENT.name).collect()}
    assert found == {"old": True, "fresh": False}
    assert pipeline.silver() == ["fresh", "old"]


def test_a_repeat_that_the_state_has_forgotten_is_recognised_by_the_table(pipeline, monkeypatch):
    assert TRENDING_EVENT.stream is not None
    forgetful = replace(TRENDING_EVENT, stream=replace(TRENDING_EVENT.stream, watermark=timedelta(seconds=1)))
    monkeypatch.setattr(contracts, "stem", lambda _: "trending")
    hour_old = event("a", at=NOW - timedelta(hours=1))
    pipeline.arrive(hour_old)
    pipeline.take(forgetful)
    for number in range(20):
        pipeline.arrive(event(f"other-{number}"))
        if pipeline.take(forgetful).lastProgress["stateOperators"][0]["numRowsRemoved"]:
            break
    else:
        pytest.fail("the state has forgotten nothing in twenty batches")
    pipeline.arrive(hour_old)
    pipeline.take(forgetful)
    assert pipeline.silver().count("a") == 1


def test_poison_lands_in_the_rejects_and_the_stream_goes_on(pipeline):
    pipeline.arrive(event("a"), b"hello", None, event("b"), event("c", movie_id=0))
    pipeline.take()
    pipeline.arrive(event("d"))
    pipeline.take()
    assert pipeline.silver() == ["a", "b", "d"]
    assert pipeline.refused() == [(1, "not_json"), (2, "null_value"), (4, "out_of_bounds")]


def test_a_batch_that_is_repeated_after_a_crash_changes_nothing(pipeline):
    pipeline.arrive(event("a"), b"hello", event("old", at=NOW - timedelta(days=400)))
    pipeline.take()
    for _ in range(2):
        pipeline.forget_last_commit()
        pipeline.take()
    assert (pipeline.silver(), pipeline.refused()) == (["a", "old"], [(1, "not_json")])


def test_a_crash_between_silver_and_the_rejects_is_completed_by_the_repeat(pipeline):
    pipeline.arrive(event("a"), b"hello")

    def die_after_silver(table: str, batch: int) -> None:
        if table == TRENDING_EVENT.name:
            raise RuntimeError(f"killed after {table} {batch}")

    query = job.start_silver(pipeline.spark, pipeline.settings, TRENDING_EVENT, die_after_silver, once=True)
    with pytest.raises(Exception, match="killed after"):
        query.awaitTermination()
    assert (pipeline.silver(), pipeline.refused()) == (["a"], [])
    pipeline.take()
    assert (pipeline.silver(), pipeline.refused()) == (["a"], [(1, "not_json")])


def test_order_of_arrival_does_not_change_what_is_accepted(pipeline):
    names = [f"e{n}" for n in range(20)]
    pipeline.arrive(*[event(name) for name in [*reversed(names), *names[::2]]])
    pipeline.take()
    pipeline.arrive(*[event(name) for name in names])
    pipeline.take()
    assert pipeline.silver() == sorted(names)


def test_each_batch_says_in_its_commit_what_it_counted(pipeline):
    pipeline.arrive(event("a"), event("a"), b"hello", event("late", at=NOW - timedelta(days=1, hours=1)))
    pipeline.take()
    newest = history.newest(pipeline.spark, TRENDING_EVENT.name)[0].metadata
    assert newest["rows"] == {"accepted": 2, "late": 1, "old": 0, "rejected": 1}
