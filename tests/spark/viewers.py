"""What viewers did, for tests: rows of silver.user_event."""

import zlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lakehouse.contracts.user_event import USER_EVENT
from tests.builders import row, rows

MORNING = datetime(2026, 1, 21, 8, tzinfo=UTC)
_number = count(1)


def did(event_type: str, at: float = 0, *, user: str = "a", **values: Any) -> dict[str, Any]:
    """One event, `at` minutes after the morning of 2026-01-21, by the user whose pseudonym is made of the letter."""
    event_at = MORNING + timedelta(minutes=at)
    user_key = f"k1:{user * 32}"
    bucket = zlib.crc32((values.get("comment_id") or user_key).encode()) % 256
    own = {"event_id": f"event-{next(_number):04}", "event_at": event_at, "event_date": event_at.date()}
    own |= {"received_at": event_at, "user_key": user_key, "event_type": event_type, "bucket": bucket}
    return row(USER_EVENT, **own | values)


def on(title_id: int, **values: Any) -> dict[str, Any]:
    """The fields of an event about a film."""
    return {"media_type": "movie", "title_id": title_id, **values}


def events(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    """The events as silver has them."""
    return rows(spark, USER_EVENT, *given)
