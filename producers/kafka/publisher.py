"""Sending messages: each is acknowledged, or its loss is an error.

produce() without a delivery callback loses messages in silence, and flush() returns 0 for them too: so every message
has the callback.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from lakehouse.clock import epoch_ms, until
from lakehouse.errors import LakehouseError, MessageRefused
from lakehouse.settings import Settings
from producers.kafka.client import ADMIN_SECONDS, config, missing, unavailable
from producers.receipt import Receipt, Span

Told = Callable[[LakehouseError | None], None]  # called once: None when acknowledged, else what went wrong
_log = logging.getLogger(__name__)


class Publisher:
    """Sends messages in order, each acknowledged by all replicas and stored once; `finish` gives the receipt."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._kafka = settings, settings.kafka
        self._sent = self._acked = self._failed = 0
        self._first_failure: KafkaError | None = None
        self._spans: dict[tuple[str, int], list[int]] = {}  # first, last, count
        self._known, self._trouble = frozenset[str](), ""
        self._producer = Producer(
            {
                **config(settings),
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "zstd",
                "linger.ms": self._kafka.linger_ms,
                "delivery.timeout.ms": round(self._kafka.delivery_timeout_seconds * 1000),
                "message.max.bytes": self._kafka.max_message_bytes,
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
            raise missing(topic, self._settings)

    def publish(self, topic: str, *, key: bytes | None, value: bytes, at: datetime) -> None:
        """Queue one message; a full queue makes this wait. Raises MessageRefused for one that is too large."""
        limit = self._kafka.max_message_bytes
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
        return self._kafka.delivery_timeout_seconds + 2.0

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
        return unavailable(f"{counts}: {cause or 'no answer'}", self._settings)


def _too_large(size: str, key: bytes | None, topic: str, limit: int) -> MessageRefused:
    return MessageRefused(
        f"the message with key {key!r} has {size}", where=topic, expected=f"at most kafka.max_message_bytes = {limit}"
    )
