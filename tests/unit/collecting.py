"""A collector without a socket: a Kafka that does what a test says, and requests as the server hands them on."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from lakehouse.errors import KafkaUnavailable, LakehouseError
from lakehouse.ids import pseudonym
from producers.collector import keys
from producers.collector.acks import Acks
from producers.collector.body import Bodies
from producers.collector.routes import application
from producers.collector.service import Service
from producers.sources import user_event

NOW = datetime(2026, 1, 21, 10, tzinfo=UTC)
SECRET = b"a secret of the test, long enough"
RATE: dict[str, Any] = {
    "event_id": "event-0001",
    "event_at": "2026-01-21T09:59:58Z",
    "event_type": "rate",
    "user_id": "anna@films.example",
    "media_type": "movie",
    "title_id": 603,
    "rating": 8.5,
}


class Kafka:
    """Keeps what it is given; acknowledges all but the ids that a test names, once `is_answering`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.lost: set[str] = set()
        self.is_answering = True
        self.is_full = False
        self._waiting: list[tuple[dict[str, Any], Callable[[LakehouseError | None], None]]] = []

    @property
    def open_count(self) -> int:
        return len(self._waiting)

    def offer(self, event: dict[str, Any], told: Callable[[LakehouseError | None], None]) -> None:
        if self.is_full:
            raise KafkaUnavailable("the queue is full")
        self.events.append(event)
        self._waiting.append((event, told))

    def serve(self) -> None:
        if self.is_answering:
            answered, self._waiting = self._waiting, []
            for event, told in answered:
                told(KafkaUnavailable("canary-broker:9092 is away") if event["event_id"] in self.lost else None)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Collector:
    """One collector with the keys `site` (write) and `watch` (metrics); `asks` counts the looks at Kafka."""

    def __init__(self, home: Path, *, per_second: int = 1000, **changed: Any) -> None:
        self.kafka, self.asks, self.is_reachable = Kafka(), 0, True
        self.seconds = 100.0
        file = home / "collector-keys.json"
        self.site = keys.make(file, "site", scope="write", per_second=per_second)
        self.watch = keys.make(file, "watch", scope="metrics", per_second=10)
        self.service = Service(
            source=user_event,
            acks=Acks(self.kafka),
            keys=keys.Keys(file, lambda: self.seconds),
            bodies=changed.pop("bodies", Bodies(most_bytes=4_000_000, seconds=1)),
            pseudonym=partial(pseudonym, secret=SECRET, key_id="k1"),
            now=lambda: NOW,
            reachable=self._reachable,
            **changed,
        )
        self.app = application(self.service)

    def _reachable(self) -> bool:
        self.asks += 1
        return self.is_reachable

    def send(self, content: Any, path: str = "/v1/events", **headers: str) -> Answer:
        """The answer to a content, as JSON where it is not bytes already."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return asyncio.run(ask(self.app, "POST", path, [body], {"authorization": f"Bearer {self.site}"} | headers))

    def batch(self, *items: Any) -> Answer:
        return self.send(list(items), "/v1/events/batch")

    def get(self, path: str, **headers: str) -> Answer:
        return asyncio.run(ask(self.app, "GET", path, [], headers))


async def ask(  # noqa: PLR0913
    app: ASGIApp,
    method: str,
    path: str,
    parts: Sequence[bytes],
    headers: dict[str, str],
    taken: list[bytes] | None = None,
    answered: list[Any] | None = None,
) -> Answer:
    """What the application answers; a lone part is announced by its length.

    `taken` gets the parts of the body that it has read, `answered` its messages.
    """
    sent = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if len(parts) == 1:
        sent.setdefault("content-length", str(len(parts[0])))
    left = list(parts)
    said: list[Any] = [] if answered is None else answered

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.sleep(3600)  # the client has not gone, and sends nothing more
        part = left.pop(0)
        if taken is not None:
            taken.append(part)
        return {"type": "http.request", "body": part, "more_body": bool(left) or len(parts) > 1}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("192.0.2.7", 5000), "server": ("127.0.0.1", 8090), "scheme": "http", "http_version": "1.1",
        "asgi": {"version": "3.0"}, "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Answer(said[0]["status"], found, b"".join(one.get("body", b"") for one in said[1:]))
