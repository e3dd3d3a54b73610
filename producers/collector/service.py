"""What the routes work with: admission by key and rate, events to Kafka, and each event's own answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from lakehouse.clock import iso
from lakehouse.errors import EventRefused
from producers.collector.acks import Acks
from producers.collector.body import BUSY, Bodies
from producers.collector.keys import Key, Keys, Scope
from producers.collector.metrics import Metrics
from producers.sources import Received

PROBE_SECONDS = 2.0


@dataclass
class Service:
    """One collector. `reachable` asks Kafka, in a thread, and `pseudonym` makes a user's key of the user's id."""

    source: Received
    acks: Acks
    keys: Keys
    bodies: Bodies
    pseudonym: Callable[[str], str]
    now: Callable[[], datetime]
    reachable: Callable[[], bool]
    cors_origins: Sequence[str] = ()
    most_requests: int = 1000
    metrics: Metrics = field(init=False)
    _probe: asyncio.Task[tuple[float, bool]] | None = None

    def __post_init__(self) -> None:
        self.metrics = Metrics(open_count=lambda: self.acks.open_count, last_at=lambda: self.acks.last_at)

    def admit(self, request: Request, scope: Scope) -> Key:
        """The key of a request that may do this now; raises HTTPException 401, 403 or 429."""
        key = self.keys.find(request.headers.get("authorization", ""))
        if key is None:
            how = {"WWW-Authenticate": "Bearer", "Connection": "close"}  # the body is not read
            raise HTTPException(401, "expected a key: Authorization: Bearer mp_...", headers=how)
        if key.scope != scope:
            raise HTTPException(403, f"expected a key with the scope {scope}", headers={"Connection": "close"})
        self.take(key, 1)
        return key

    def take(self, key: Key, events: int) -> None:
        """Take so many events of the key's rate; raises HTTPException 429."""
        wait = self.keys.wait(key, events) if events > 0 else 0.0
        if wait:
            after = {"Retry-After": str(int(wait) + 1)}
            raise HTTPException(429, f"expected at most {key.per_second} events a second", headers=after)

    async def publish(self, items: Sequence[Any], request: Request) -> list[dict[str, Any]]:
        """For each item its answer: 202 when Kafka has acknowledged it, 422 with its wrong fields, or 503."""
        received_at = self.now()
        headers = request.headers
        agent, hint = headers.get("user-agent", ""), headers.get("sec-ch-ua-mobile", "")
        around = self.source.surroundings(agent, hint) | {"received_at": iso(received_at)}
        answers: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        places: list[int] = []
        for place, item in enumerate(items):
            try:
                event = self.source.event(item, around, pseudonym=self.pseudonym, received_at=received_at)
            except EventRefused as error:
                answers.append(_named(item) | {"status": 422, "fields": error.fields})
            else:
                events.append(event)
                places.append(place)
                answers.append({"event_id": event["event_id"], "status": 202})
        for place, lost in zip(places, await self.acks.publish(events), strict=True):
            if lost:
                answers[place] |= {"status": 503, "error": "not acknowledged; send it again with the same event_id"}
        for status, count in Counter(answer["status"] for answer in answers).items():
            self.metrics.event(status, count)
        return answers

    async def ready(self) -> bool:
        """Whether Kafka answers, asked once for all who look at the same time, and at most every few seconds."""
        old = self._probe
        if old is None or (old.done() and (old.exception() or time.monotonic() - old.result()[0] > PROBE_SECONDS)):
            self._probe = asyncio.create_task(self._asked())
        assert self._probe is not None
        return (await asyncio.shield(self._probe))[1]

    async def _asked(self) -> tuple[float, bool]:
        answered = await asyncio.to_thread(self.reachable)
        return time.monotonic(), answered


def headers(answers: Sequence[dict[str, Any]]) -> dict[str, str]:
    """When to come again, where an event is to be sent again."""
    return BUSY if any(answer["status"] == 503 for answer in answers) else {}


def _named(item: Any) -> dict[str, Any]:
    """The event's own name, where it has one that can be given back."""
    name = item.get("event_id") if isinstance(item, dict) else None
    return {"event_id": name[:64]} if isinstance(name, str) else {}
