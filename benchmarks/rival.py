"""The plain-Python rival: confluent-kafka, polars and deltalake in one process, bronze and deduplicated silver.

Written as somebody would who knows the three libraries. It judges what the load can break, keeps the ids it has seen
in memory, and promises nothing after a crash: offsets, bronze and silver are three separate commits.
Run as a process of its own: `python -m benchmarks.rival BOOTSTRAP TOPIC COUNT FOLDER` prints one line of JSON.
"""

import io
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from confluent_kafka import Consumer, Message, TopicPartition
from deltalake import WriterProperties, write_deltalake

BATCH = 100_000
CODEC = WriterProperties(compression="ZSTD", compression_level=3)
_TEXT = ("event_id", "extraction_ts", "list_name", "media_type", "title", "original_language", "release_date")
# A number may come as text, and one wrong value must not fail the whole batch.
_NUMBERS = {
    "rank": pl.Int32, "movie_id": pl.Int64, "popularity": pl.Float64, "vote_average": pl.Float64,
    "vote_count": pl.Int64,
}  # fmt: skip
SHAPE = pl.Schema({**dict.fromkeys((*_TEXT, *_NUMBERS), pl.String), "adult": pl.Boolean})
BRONZE = {
    "key": pl.Binary, "value": pl.Binary, "topic": pl.String, "partition": pl.Int32, "offset": pl.Int64,
    "kafka_at": pl.Int64,
}  # fmt: skip


def run(bootstrap: str, topic: str, *, count: int, folder: Path) -> None:
    """Take the topic's first `count` messages into folder/bronze, folder/silver and folder/reject."""
    seen: set[str] = set()
    for messages in _batches(bootstrap, topic, count):
        bronze = _bronze(messages)
        _append(folder / "bronze", bronze)
        silver, reject = _judged(bronze)
        is_new = []
        for event_id in silver["event_id"].to_list():
            is_new.append(event_id not in seen)
            seen.add(event_id)
        _append(folder / "silver", silver.filter(pl.Series(is_new, dtype=pl.Boolean)))
        _append(folder / "reject", reject)


def _batches(bootstrap: str, topic: str, count: int) -> Iterator[list[Message]]:
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": "rival", "enable.auto.commit": False,
        "auto.offset.reset": "earliest", "queued.max.messages.kbytes": 262_144, "fetch.message.max.bytes": 8_388_608,
        "check.crcs": False,
    })  # fmt: skip
    partitions = consumer.list_topics(topic, timeout=15).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    messages: list[Message] = []
    while count > 0:
        taken = consumer.consume(min(10_000, count), timeout=5.0)
        if not taken:
            raise SystemExit(f"the topic ended, {count} messages early")
        messages += taken
        count -= len(taken)
        if len(messages) >= BATCH or count == 0:
            yield messages
            messages = []
    consumer.close()


def _bronze(messages: list[Message]) -> pl.DataFrame:
    """One row per message, untouched."""
    rows = [(m.key(), m.value(), m.topic(), m.partition(), m.offset(), m.timestamp()[1]) for m in messages]
    return pl.DataFrame(rows, schema=BRONZE, orient="row").with_columns(
        pl.from_epoch("kafka_at", time_unit="ms").dt.replace_time_zone("UTC"),
        ingested_at=pl.lit(datetime.now(UTC)),
    )


def _judged(bronze: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The typed rows, and the messages that cannot be typed."""
    whole = pl.col("value").bin.starts_with(b"{") & pl.col("value").bin.ends_with(b"}")
    framed, cut = bronze.filter(whole), bronze.filter(~whole)
    framed, events, wrong = _parsed(framed)
    at = pl.col("extraction_ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_zone="UTC", time_unit="us", strict=False)
    typed = events.with_columns(
        *[pl.col(name).cast(kind, strict=False) for name, kind in _NUMBERS.items()],
        pl.col("popularity").alias("popularity_text"),
        pl.col("release_date").str.to_date(strict=False),
        event_at=at,
        event_date=at.dt.date(),
        partition=framed["partition"], offset=framed["offset"], ingested_at=framed["ingested_at"],
    )  # fmt: skip
    valid = typed.select(
        pl.col("event_id").is_not_null() & pl.col("event_at").is_not_null() & (pl.col("movie_id") >= 1)
        & (pl.col("rank") >= 1) & pl.col("list_name").is_in(["trending_day", "trending_week"])
        & pl.col("media_type").is_in(["movie", "tv"])
        & (pl.col("popularity_text").is_null() | (pl.col("popularity") >= 0))
    ).to_series().fill_null(False)  # fmt: skip
    silver = typed.filter(valid).drop("popularity_text", "extraction_ts")
    return silver, pl.concat([cut, wrong, framed.filter(~valid)])


def _parsed(framed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The messages that are JSON objects, their leaves, and those that are not; one bad line fails a whole parse."""
    wrong = framed.clear()
    try:
        events = _ndjson(framed)
        if len(events) == len(framed):
            return framed, events, wrong
    except pl.exceptions.ComputeError:
        pass
    is_object = pl.Series([_is_object(value) for value in framed["value"]], dtype=pl.Boolean)
    return framed.filter(is_object), _ndjson(framed.filter(is_object)), framed.filter(~is_object)


def _ndjson(framed: pl.DataFrame) -> pl.DataFrame:
    return pl.read_ndjson(io.BytesIO(b"\n".join(framed["value"].to_list())), schema=SHAPE, ignore_errors=True)


def _is_object(value: bytes) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


def _append(folder: Path, rows: pl.DataFrame) -> None:
    write_deltalake(str(folder), rows, mode="append", writer_properties=CODEC)


if __name__ == "__main__":
    begin, cpu = time.perf_counter(), time.process_time()
    run(sys.argv[1], sys.argv[2], count=int(sys.argv[3]), folder=Path(sys.argv[4]))
    print(json.dumps({"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - cpu}))
