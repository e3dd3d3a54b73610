"""Counts and lengths of time in words."""

from datetime import date, datetime, timedelta


def age(at: date | datetime | None, now: datetime) -> str | None:
    """`3 hours`, `2 days`: how long before now; a day counts in whole days."""
    if at is None:
        return None
    if not isinstance(at, datetime):
        days = (now.date() - at).days
        return "today" if days <= 0 else many(days, "day")
    return span(now - at)


def span(length: timedelta) -> str:
    """`90 minutes` as `1 hour`: a length of time in the largest unit that it fills."""
    seconds = max(0, int(length.total_seconds()))
    units = (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")
    size, unit = next((one for one in units if seconds >= one[0]), units[-1])
    return many(seconds // size, unit)


def many(count: int, unit: str) -> str:
    """`1 day`, `2 days`."""
    return f"{count:,} {unit}{'' if count == 1 else 's'}"
