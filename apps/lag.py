"""How far the streams are behind: checkpoints on disk against the broker and the Delta logs. Needs no session."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lakehouse import contracts, delta
from lakehouse.clock import from_iso, utc_now
from lakehouse.settings import Settings
from producers.kafka.topics import end_offsets
from streaming import checkpoint, job, status


@dataclass(frozen=True)
class QueryStatus:
    """One streaming query; `lag` is in messages, ages in seconds, None where nothing is known yet."""

    query: str
    is_active: bool
    batch: int | None
    rows: int | None
    rows_total: int
    lag: int | None
    newest_row_age: float | None
    failures: int
    error: str | None


def lags(settings: Settings) -> dict[str, int]:
    """By query, the messages that it has not taken yet: bronze from the broker, silver from bronze."""
    found = {}
    for topic in contracts.TOPICS:
        ends = end_offsets(settings, topic.name)
        found[topic.bronze] = checkpoint.kafka_lag(job.checkpoint(settings, topic.bronze), topic.name, ends)
    for table in contracts.STREAMED:
        assert table.stream is not None
        bronze = settings.lake.joinpath(*table.stream.topic.bronze.split("."))
        done = checkpoint.next_version(job.checkpoint(settings, table.name))
        found[table.name] = delta.rows_after(bronze, done - 1) + found[table.stream.topic.bronze]
    return found


def statuses(settings: Settings, behind: Mapping[str, int]) -> list[QueryStatus]:
    """One status per query that the host runs or ran last."""
    saved = status.read(job.status_file(settings)).get("queries", {})
    return [
        QueryStatus(
            name,
            facts.get("is_active", False),
            facts.get("batch"),
            facts.get("rows"),
            facts.get("rows_total", 0),
            behind.get(name),
            _age(facts.get("newest_at")),
            facts.get("failures", 0),
            facts.get("error"),
        )
        for name, facts in saved.items()
    ]


def dropped_by_watermark(settings: Settings, query: str) -> int:
    """Rows of a query that its watermark dropped since the lake exists; anything but 0 is a fault."""
    facts = status.read(job.status_file(settings)).get("queries", {}).get(query, {})
    return int(facts.get("dropped_by_watermark", 0))


def _age(at: str | None) -> float | None:
    newest: datetime | None = from_iso(at) if at else None
    return round((utc_now() - newest).total_seconds(), 1) if newest else None
