"""Time: UTC only, written as ISO 8601 with milliseconds and Z; and waiting with a deadline."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from lakehouse.errors import Stopped


def utc_now() -> datetime:
    """The current instant, aware and in UTC."""
    return datetime.now(UTC)


def iso(at: datetime) -> str:
    """`2026-01-21T07:04:44.029Z`; raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError(f"naive time {at!r}; expected an aware one")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """An aware UTC time; a text without a zone is taken as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, as Kafka counts them."""
    return round(at.timestamp() * 1000)


def utc_day(at: datetime) -> date:
    """The UTC day of an aware time."""
    return at.astimezone(UTC).date()


def until(seconds: float, *, every: float = 0.1) -> Iterator[float]:
    """Yield the seconds left until the deadline, pausing between; ends when it has passed."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        yield left
        time.sleep(min(every, left))


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str, hint: str = "") -> None:
    """Return as soon as the condition holds; raises Stopped at the deadline."""
    for _ in until(seconds):
        if condition():
            return
    raise Stopped(f"{what} did not happen within {seconds:.0f} s", hint=hint)
