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


def test_events_are_accepted_once_in_any_order_old_ones_are_flagged_and_poison_lands_in_the_rejects(pipeline):
    names = [f"e{n}" for n in range(20)]
    old = event("old", at=NOW - timedelta(days=400))
    late = event("late", at=NOW - timedelta(days=1, hours=1))
    pipeline.arrive(event("twice", rank=1), event("twice", rank=21), b"hello", None, event("bad", movie_id=0))
    pipeline.arrive(old, late, *map(event, reversed(names)), *map(event, names[::2]))
    pipeline.take()
    refused = [(2, "not_json"), (3, "null_value"), (4, "out_of_bounds")]
    assert (pipeline.silver(), pipeline.refused()) == (sorted([*names, "late", "old", "twice"]), refused)
    said = [one.metadata["rows"] for one in history.newest(pipeline.spark, TRENDING_EVENT.name, 2)]
    assert said == [{"accepted": 23, "late": 2, "old": 1, "rejected": 3}] * 2, "fresh and old rows have a commit each"

    pipeline.arrive(*map(event, names), event("twice", rank=5), old, event("new"))
    pipeline.take()
    assert (pipeline.silver(), pipeline.refused()) == (sorted([*names, "late", "new", "old", "twice"]), refused)
    found = {r.event_id: r for r in pipeline.spark.table(TRENDING_EVENT.name).collect()}
    assert {name for name, one in found.items() if one.is_late} == {"late", "old"}
    assert found["twice"]["rank"] == 1, "the first of two copies is the one that stays"


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


def test_a_batch_that_is_repeated_after_a_crash_writes_what_it_lacked_and_changes_nothing_else(pipeline):
    pipeline.arrive(event("a"), b"hello", event("old", at=NOW - timedelta(days=400)))
    commits = []

    def die_after_silver(table: str, batch: int) -> None:
        commits.append(table)
        if commits == [TRENDING_EVENT.name] * 2:
            raise RuntimeError(f"killed after {table} {batch}")

    query = job.start_silver(pipeline.spark, pipeline.settings, TRENDING_EVENT, die_after_silver, once=True)
    with pytest.raises(Exception, match="killed after"):
        query.awaitTermination()
    assert (pipeline.silver(), pipeline.refused()) == (["a", "old"], [])
    pipeline.take()
    assert (pipeline.silver(), pipeline.refused()) == (["a", "old"], [(1, "not_json")])
    pipeline.forget_last_commit()
    pipeline.take()
    assert (pipeline.silver(), pipeline.refused()) == (["a", "old"], [(1, "not_json")])
