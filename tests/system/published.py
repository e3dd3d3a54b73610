"""What a run left behind: the messages of a topic, its retention, and the ledger's lines."""

import json
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from lakehouse.clock import until
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.kafka.topics import end_offsets


def into(source: Any, topic: Topic) -> Any:
    """The source, into a topic of the test's own."""
    return SimpleNamespace(**vars(source) | {"TOPIC": topic})


def kafka(settings: Settings, **changed: Any) -> Settings:
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update=changed)})


def tmdb(settings: Settings, **changed: Any) -> Settings:
    return settings.model_copy(update={"tmdb": settings.tmdb.model_copy(update=changed)})


def read(settings: Settings, topic: Topic) -> list[Message]:
    """Every message of the topic, in the order of partition and offset."""
    ends = end_offsets(settings, topic.name)
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": uuid4().hex})
    consumer.assign([TopicPartition(topic.name, partition, 0) for partition in ends])
    found: list[Message] = []
    for _ in until(20, every=0.0):
        if len(found) == sum(ends.values()):
            break
        found += consumer.consume(1000, timeout=0.2)
    consumer.close()
    return sorted(found, key=lambda message: (message.partition(), message.offset()))


def events(settings: Settings, topic: Topic) -> list[dict[str, Any]]:
    return [json.loads(message.value() or b"") for message in read(settings, topic)]


def event_ids(settings: Settings, topic: Topic) -> list[str]:
    return [event["event_id"] for event in events(settings, topic)]


def retention_days(settings: Settings, topic: Topic) -> float:
    admin = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    resource = ConfigResource("topic", topic.name)
    return int(admin.describe_configs([resource])[resource].result()["retention.ms"].value) / 86_400_000


def ledger(settings: Settings, topic: Topic) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (settings.root / "ledger" / f"{topic.name}.jsonl").read_text().splitlines()]
