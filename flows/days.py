"""Spans of days that a person asks for."""

from collections.abc import Iterator
from datetime import date, timedelta

from lakehouse.errors import SettingsInvalid


def span(first: date | None, last: date | None) -> tuple[date, ...]:
    """All days from the first to the last; none where both are absent. Raises SettingsInvalid for half a span."""
    if first is None and last is None:
        return ()
    if first is None or last is None or last < first:
        raise SettingsInvalid(
            f"no such span of days: {first} to {last}",
            expected="a first day, and a last one that is not before it",
            hint="moviepulse build --days 2026-01-21..2026-01-31",
        )
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def chunks(first: date, last: date, length: int) -> Iterator[tuple[date, date]]:
    """The span in parts of at most `length` days, oldest first: the first and the last day of each."""
    days = span(first, last)
    return ((days[at], days[min(at + length, len(days)) - 1]) for at in range(0, len(days), length))
