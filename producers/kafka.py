"""Kafka: the only module that imports confluent_kafka. A message is acknowledged, or its loss is an error.

Settings: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md. produce() without a delivery
callback loses messages in silence, and flush() returns 0 for them too: so every message has the callback.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
)

from lakehouse.clock import epoch_ms, until, utc_now, wait_for
from lakehouse.errors import KafkaUnavailable, LakehouseError, MessageRefused, TopicMissing
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.receipt import Receipt, Span

ADMIN_SECONDS = 15.0
MILLISECOND = timedelta(milliseconds=1)
Told = Callable[[LakehouseError | None], None]  # called once: None when acknowledged, else what went wrong
_log = logging.getLogger(__name__)


class Publisher:
    """Sends messages in order, each acknowledged by all replicas and stored once; `finish` gives the receipt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.kafka
        self._sent = self._acked = self._failed = 0
        self._first_failure: KafkaError | None = None
        self._spans: dict[tuple[str, int], list[int]] = {}  # first, last, count
        self._known, self._trouble = frozenset[str](), ""
        self._producer = Producer(
            {
                **_client(settings),
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "zstd",
                "linger.ms": self._settings.linger_ms,
                "delivery.timeout.ms": round(self._settings.delivery_timeout_seconds * 1000),
                "message.max.bytes": self._settings.max_message_bytes,
                "error_cb": self._note,
            },
            logger=_log,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # After an error the queued messages are as good as the sent ones: give them a moment, then none is left behind.
        if self._producer.flush(2.0):
            self._producer.purge()
            self._producer.flush(1.0)

    def check(self, topic: str) -> None:
        """Raise TopicMissing or KafkaUnavailable before anything is sent; asking for one topic alone could make it."""
        if topic in self._known:
            return
        try:
            self._known = frozenset(self._producer.list_topics(timeout=min(ADMIN_SECONDS, self._patience)).topics)
        except KafkaException as error:
            raise self._unavailable(error.args[0]) from None
        if topic not in self._known:
            raise _missing(topic, self._settings.bootstrap_servers)

    def publish(self, topic: str, *, key: bytes | None, value: bytes, at: datetime) -> None:
        """Queue one message; a full queue makes this wait. Raises MessageRefused for one that is too large."""
        limit = self._settings.max_message_bytes
        if len(value) > limit:
            raise _too_large(f"{len(value)} bytes", key, topic, limit)
        self.check(topic)
        for _ in until(self._patience, every=0.0):
            try:
                self._producer.produce(topic, value, key, timestamp=epoch_ms(at), on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.5)
                continue
            except KafkaException as error:
                if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    raise _too_large(f"{len(value)} bytes and its key", key, topic, limit) from None
                raise self._unavailable(error.args[0]) from None
            self._sent += 1
            if self._sent % 500 == 0:
                self._producer.poll(0)
            return
        raise self._unavailable(None)

    def offer(self, topic: str, *, key: bytes | None, value: bytes, told: Told) -> None:
        """Queue one message of a checked topic without waiting; raises KafkaUnavailable where it cannot be queued."""

        def delivered(error: KafkaError | None, message: Message) -> None:
            self._delivered(error, message)
            told(self._unavailable(error) if error else None)

        try:
            self._producer.produce(topic, value, key, on_delivery=delivered)
        except (BufferError, KafkaException) as error:
            raise self._unavailable(error.args[0] if isinstance(error, KafkaException) else None) from None
        self._sent += 1

    def serve(self) -> None:
        """Take the answers that have come, without waiting for more."""
        self._producer.poll(0)

    @property
    def open_count(self) -> int:
        """The messages without an answer yet."""
        return self._sent - self._acked - self._failed

    def receipt(self) -> Receipt:
        """The counts so far."""
        spans = {place: Span(*span) for place, span in self._spans.items()}
        return Receipt(self._sent, self._acked, self._failed, spans)

    def finish(self) -> Receipt:
        """Wait until every message is acknowledged; raises MessageRefused or KafkaUnavailable if one is not."""
        for _ in until(self._patience, every=0.0):
            if self._producer.flush(0.5) == 0:
                break
        cause = self._first_failure
        if self._acked == self._sent:
            return self.receipt()
        if cause and cause.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            expected = "a topic whose max.message.bytes is at least kafka.max_message_bytes"
            raise MessageRefused("the broker refused messages as too large", expected=expected)
        raise self._unavailable(cause)

    @property
    def _patience(self) -> float:
        """A little longer than librdkafka's own deadline, so that its verdict on each message arrives first."""
        return self._settings.delivery_timeout_seconds + 2.0

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failed += 1
            self._first_failure = self._first_failure or error
            return
        self._acked += 1
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if topic is None or partition is None or offset is None or offset < 0:
            return  # stored, but an earlier attempt's answer with the offset was lost
        span = self._spans.setdefault((topic, partition), [offset, offset, 0])
        span[:] = min(span[0], offset), max(span[1], offset), span[2] + 1

    def _note(self, error: KafkaError) -> None:
        self._trouble = error.str()

    def _unavailable(self, error: KafkaError | None) -> LakehouseError:
        cause = "; ".join(text for text in (error.str() if error else "", self._trouble) if text)
        counts = f"{self._acked} of {self._sent} messages acknowledged, {self._failed} failed, {self.open_count} open"
        return _unavailable(f"{counts}: {cause or 'no answer'}", self._settings.bootstrap_servers)


def ensure_topics(settings: Settings, topics: Iterable[Topic], *, replication: int = 1) -> tuple[str, ...]:
    """Create the topics that do not exist, and return their names; those that exist are left as they are."""
    kept = {each: {"retention.ms": str(each.retention // MILLISECOND)} for each in topics}
    wanted = [NewTopic(each.name, each.partitions, replication, config=config) for each, config in kept.items()]
    created = []
    admin = _admin(settings)  # named, because a client that nothing holds ends, and its answers with it
    for name, future in admin.create_topics(wanted, request_timeout=ADMIN_SECONDS).items() if wanted else ():
        try:
            future.result()
            created.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise _ours(error.args[0], name, settings) from None
    # Created is not yet known to all: a producer that asks at once may hear that there is no such topic.
    wait_for(lambda: set(created) <= set(admin.list_topics().topics), seconds=ADMIN_SECONDS, what="the topics' start")
    return tuple(created)


def keep_since(settings: Settings, topic: Topic, oldest: datetime) -> None:
    """Lengthen a topic's retention, where needed, so that messages as old as `oldest` live as long as fresh ones.

    Kafka counts retention from a message's own time: without this, the broker deletes replayed history on its next
    round, often before the streams have read it. Never shortens.
    """
    needed = (utc_now() - oldest + topic.retention) // MILLISECOND
    admin, resource = _admin(settings), ConfigResource(ConfigResource.Type.TOPIC, topic.name)
    try:
        described = admin.describe_configs([resource], request_timeout=ADMIN_SECONDS)[resource].result()
        if 0 <= int(described["retention.ms"].value) < needed:
            entry = ConfigEntry("retention.ms", str(needed), incremental_operation=AlterConfigOpType.SET)
            change = ConfigResource(ConfigResource.Type.TOPIC, topic.name, incremental_configs=[entry])
            admin.incremental_alter_configs([change], request_timeout=ADMIN_SECONDS)[change].result()
    except KafkaException as error:
        raise _ours(error.args[0], topic.name, settings) from None


def end_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """By partition, the offset that the next message will get."""
    admin = _admin(settings)
    try:
        known = admin.list_topics(timeout=ADMIN_SECONDS).topics
        if topic not in known:
            raise _missing(topic, settings.kafka.bootstrap_servers)
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(topic, partition): latest for partition in known[topic].partitions}
        answers = admin.list_offsets(asked, request_timeout=ADMIN_SECONDS)
        return {place.partition: future.result().offset for place, future in answers.items()}
    except KafkaException as error:
        raise _ours(error.args[0], topic, settings) from None


def reachable(settings: Settings, seconds: float) -> bool:
    """Whether a broker answers within that time."""
    try:
        AdminClient({**_client(settings), "log_level": 0}).list_topics(timeout=seconds)
    except KafkaException:
        return False
    return True


def _client(settings: Settings) -> dict[str, Any]:
    return {"log_level": 3, **settings.kafka.properties, "bootstrap.servers": settings.kafka.bootstrap_servers}


def _admin(settings: Settings) -> AdminClient:
    return AdminClient(_client(settings), logger=_log)


def _ours(error: KafkaError, topic: str, settings: Settings) -> LakehouseError:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return _missing(topic, settings.kafka.bootstrap_servers)
    return _unavailable(error.str(), settings.kafka.bootstrap_servers)


def _unavailable(what: str, where: str) -> KafkaUnavailable:
    return KafkaUnavailable(f"Kafka is not available: {what}", where=where, hint="moviepulse doctor")


def _missing(topic: str, where: str) -> TopicMissing:
    return TopicMissing(f"there is no topic {topic}", where=where, hint="moviepulse topics")


def _too_large(size: str, key: bytes | None, topic: str, limit: int) -> MessageRefused:
    return MessageRefused(
        f"the message with key {key!r} has {size}", where=topic, expected=f"at most kafka.max_message_bytes = {limit}"
    )
