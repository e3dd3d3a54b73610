"""What a source is: the lists that are polled, and a pure function from their items to events.

One module per stem satisfies `Source`; `producers/poll.py` and `producers/replay.py` work with any of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lakehouse.tables import Topic


@dataclass(frozen=True)
class Listing:
    """One list that TMDb serves in pages; `recorded` are the two keys under which a recorded day file holds it."""

    path: str
    list_name: str
    media_type: str
    recorded: tuple[str, str]


class Source(Protocol):
    """A module of this folder. `KEY` is the event's field that becomes the Kafka key."""

    TOPIC: Topic
    KEY: str
    LISTS: tuple[Listing, ...]

    def events(self, items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
        """One event per item, in the list's order; nothing is judged, dropped or changed."""
