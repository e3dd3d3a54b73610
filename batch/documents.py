"""Whole documents from bronze, by the id that their event names: every version, as it came in."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from lakehouse.clock import from_iso
from lakehouse.tables import Topic

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession


@dataclass(frozen=True)
class Document:
    """One version: when it was (None where its event has no readable time), its place in Kafka, and all of it."""

    event_at: datetime | None
    kafka_at: datetime
    topic: str
    partition: int
    offset: int
    body: Any


def documents(
    spark: "SparkSession", topic: Topic, fields: Mapping[str, Collection[str]], *, time: str, body: str | None = None
) -> list[Document]:
    """The messages of a topic in which every named field has one of its values, newest first.

    `time` is the field of the event's own time, `body` the field that is the document, where it is not the whole event.
    """
    conditions = [_field(name).isin(*values) for name, values in fields.items()]
    rows = spark.table(topic.bronze).where(reduce(and_, conditions))
    found = []
    for one in rows.select("value", "kafka_at", "topic", "partition", "offset").collect():
        event = json.loads(bytes(one["value"]))
        document = Document(
            _time(event.get(time)), one["kafka_at"].replace(tzinfo=UTC), one["topic"], one["partition"], one["offset"],
            event.get(body) if body else event,
        )  # fmt: skip
        found.append(document)
    return sorted(found, key=lambda one: (one.event_at or one.kafka_at, one.kafka_at, one.offset), reverse=True)


def _field(name: str) -> "Column":
    """A field of the message, NULL where it is no JSON."""
    return F.get_json_object(F.col("value").cast("string"), f"$.{name}")


def _time(text: Any) -> datetime | None:
    try:
        return from_iso(text)
    except (TypeError, ValueError):
        return None
