"""What a source is: the lists that are polled, and a pure function from their items to events.

One module per stem satisfies `Source`; `producers/poll.py` and `producers/replay.py` work with any of them. Those
whose events are sent to us satisfy `Received`, and the collector works with any of them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from lakehouse.clock import iso, utc_day
from lakehouse.ids import event_id
from lakehouse.tables import Topic


@dataclass(frozen=True)
class Listing:
    """One list that TMDb serves in pages, and the query that asks for it.

    `recorded` are the two keys under which a recorded day file holds it; empty where it holds none.
    """

    path: str
    list_name: str
    media_type: str
    recorded: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A module of this folder. `KEY` is the event's field that becomes the Kafka key.

    `LISTS` are the lists that one poll asks for; empty where what to ask is known only when it runs.
    """

    TOPIC: Topic
    KEY: str
    LISTS: tuple[Listing, ...]

    def events(self, items: Iterable[dict[str, Any]], listed: Listing, polled_at: datetime) -> list[dict[str, Any]]:
        """One event per item, in the list's order; nothing is judged, dropped or changed."""


def told(kind: str, item: dict[str, Any], listed: Listing, at: datetime, *, same: tuple[object, ...]) -> dict[str, Any]:
    """The fields that the events of every source have; `same` are the parts of the event's id besides the item's."""
    return {
        "event_type": kind,
        # As JSON, because an id that is no number must not be able to break the id of its event.
        "event_id": event_id(*same, listed.media_type, json.dumps(item.get("id"))),
        "source_date": utc_day(at).isoformat(),
        "extraction_ts": iso(at),
        "media_type": listed.media_type,
        "movie_id": item.get("id"),
        "title": item.get("title", item.get("name")),
        "popularity": item.get("popularity"),
        "vote_average": item.get("vote_average"),
        "vote_count": item.get("vote_count"),
        "adult": item.get("adult"),
        "release_date": item.get("release_date", item.get("first_air_date")),
        "original_language": item.get("original_language"),
        "raw": item,
    }


def placed(kind: str, items: Iterable[dict[str, Any]], listed: Listing, at: datetime) -> list[dict[str, Any]]:
    """One event per place in a joined list, values as served; an item without a usable id is an event too."""
    return [
        told(kind, item, listed, at, same=(listed.list_name, iso(at))) | {"list_name": listed.list_name, "rank": rank}
        for rank, item in enumerate(items, start=1)
    ]


class Received(Protocol):
    """A module of this folder whose items clients send to the collector; nothing is polled."""

    TOPIC: Topic
    KEY: str

    def surroundings(self, user_agent: str, mobile_hint: str) -> dict[str, str]:
        """What the event keeps of the headers of its request; neither text may be found in it."""

    def event(
        self, item: Any, around: dict[str, str], *, pseudonym: Callable[[str], str], received_at: datetime
    ) -> dict[str, Any]:
        """The event of one item, with all of `around` in it; raises EventRefused that names the wrong fields."""
