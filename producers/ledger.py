"""A run: the events of one source go into its topic, and one line about it into <home>/ledger/<topic>.jsonl.

The line is written whether the run succeeded or not, and is on disk before the run counts as over.
"""

import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from pydantic_core import to_json

from lakehouse.clock import iso, utc_now
from lakehouse.settings import Settings
from producers.kafka.publisher import Publisher, Told
from producers.receipt import Receipt
from producers.sources import Received, Source


class Run:
    """Open it, `publish`, `finish`; `kind` is poll, replay, backfill, details, removal, id file or collector."""

    def __init__(self, settings: Settings, source: Source | Received, kind: str) -> None:
        self._source, self._kind = source, kind
        self._path = settings.root / "ledger" / f"{source.TOPIC.name}.jsonl"
        self._run_id, self._started_at = uuid.uuid4().hex, utc_now()
        self._publisher = Publisher(settings)

    def __enter__(self) -> Self:
        """Raises TopicMissing or KafkaUnavailable before any source is asked."""
        self._publisher.check(self._source.TOPIC.name)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._publisher.__exit__()
        self._write(error.__name__ if error else None)

    def publish(self, events: Iterable[dict[str, Any]], at: datetime) -> None:
        """Queue events with their Kafka time; an event whose key field is null has no key."""
        for event in events:
            key = event[self._source.KEY]
            self._publisher.publish(
                self._source.TOPIC.name, key=None if key is None else _utf8(str(key)), value=encoded(event), at=at
            )

    def pass_on(self, value: bytes, at: datetime) -> None:
        """Queue what is no event as it came; silver will say what is wrong with it."""
        self._publisher.publish(self._source.TOPIC.name, key=None, value=value, at=at)

    def offer(self, event: dict[str, Any], told: Told) -> None:
        """Queue one event without waiting; `serve` will call `told`. Raises KafkaUnavailable where it cannot."""
        key = str(event[self._source.KEY]).encode()
        # A sixth of the time of `encoded`; what was checked holds neither NaN nor half of a character.
        self._publisher.offer(self._source.TOPIC.name, key=key, value=to_json(event), told=told)

    def serve(self) -> None:
        """Take the answers that have come, without waiting for more."""
        self._publisher.serve()

    @property
    def open_count(self) -> int:
        """The events for which Kafka has not answered yet."""
        return self._publisher.open_count

    def finish(self) -> Receipt:
        """Wait for the acknowledgements; raises KafkaUnavailable or MessageRefused if one is missing."""
        return self._publisher.finish()

    def _write(self, error: str | None) -> None:
        receipt, topic = self._publisher.receipt(), self._source.TOPIC.name
        line = {
            "run_id": self._run_id,
            "topic": topic,
            "source": self._kind,
            "started_at": iso(self._started_at),
            "finished_at": iso(utc_now()),
            "partitions": {partition: asdict(span) for partition, span in receipt.partitions(topic).items()},
            "counts": {"sent": receipt.sent, "acked": receipt.acked, "failed": receipt.failed},
            "error": error,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as ledger:
            ledger.write(encoded(line) + b"\n")
            ledger.flush()
            os.fsync(ledger.fileno())


def encoded(event: dict[str, Any]) -> bytes:
    """The event as compact JSON in UTF-8, numbers as served (NaN too: judging is silver's)."""
    return _utf8(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


def _utf8(text: str) -> bytes:
    # A lone surrogate, which JSON may carry but UTF-8 may not, goes back to the escape that it came as.
    return text.encode(errors="backslashreplace")


def acknowledged(settings: Settings, topic: str) -> dict[int, int]:
    """By partition, the last offset that any run has had acknowledged; empty where none ran."""
    path = settings.root / "ledger" / f"{topic}.jsonl"
    last: dict[int, int] = {}
    for line in path.read_text().splitlines() if path.is_file() else ():
        for partition, span in json.loads(line)["partitions"].items():
            last[int(partition)] = max(last.get(int(partition), -1), span["last"])
    return last
