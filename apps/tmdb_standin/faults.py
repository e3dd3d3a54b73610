"""What stands before the stand-in's routes: it counts and delays requests, checks the key and plays TMDb's bad days.

Faults are consumed one per request, in order: a status (`503`, `429`, `429:retry-after=1`, `429:retry-at=1`, which
says the same as a date), `cut` (the body ends in the middle), `reset` (the connection ends without an answer), `html`,
`slow:0.5` (seconds), `21items`. Each may be repeated: `429*5`, `429:retry-after=1*3`.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import formatdate
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from apps.tmdb_standin.answers import CODES, JSON_TYPE, refusal
from lakehouse.clock import utc_day
from lakehouse.errors import SettingsInvalid

FAULTS = (
    "<status>", "429:retry-after=<s>", "429:retry-at=<s>", "cut", "reset", "html", "slow:<s>", "21items",
    "<any of them>*<times>",
)  # fmt: skip
MOST_TIMES = 10_000
Scope = MutableMapping[str, Any]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Asked:
    """One request that arrived, and when by the monotonic clock."""

    path: str
    query: QueryParams
    at: float


@dataclass(frozen=True)
class Fault:
    """One misbehaviour: `name` of FAULTS, or a status, and its number where it has one."""

    name: str
    number: float | None = None
    is_dated: bool = False

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """From its written form; raises SettingsInvalid that lists what there is."""
        name, _, argument = text.partition(":")
        number = argument.removeprefix("retry-after=").removeprefix("retry-at=")
        known = name in ("cut", "reset", "html", "slow", "21items") or (name.isdecimal() and int(name) in CODES)
        try:
            if known:
                return cls(name, float(number) if number else None, argument.startswith("retry-at="))
        except ValueError:
            pass
        raise SettingsInvalid(f"no such misbehaviour: {text!r}", where="--misbehave", expected=", ".join(FAULTS))


class State:
    """What a stand-in is told and has seen; shared by its event loop and whoever started it."""

    def __init__(self, now: Clock, *, require_token: str = "", latency: float = 0.0) -> None:
        self.now, self.require_token, self.latency = now, require_token, latency
        self.requests: deque[Asked] = deque(maxlen=50_000)
        self.faults: deque[Fault] = deque()
        self.at_once = self.most_at_once = 0

    def today(self) -> date:
        """The day that the lists are of."""
        return utc_day(self.now())

    def misbehave(self, *faults: str) -> None:
        """Add faults to those that wait."""
        self.faults.extend([one for fault in faults for one in repeated(fault)])

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Counts one more request as being answered while the block runs."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            self.at_once -= 1


def repeated(text: str) -> list[Fault]:
    """The fault as often as its written form says; raises SettingsInvalid."""
    fault, star, times = text.rpartition("*")
    if star and times.isdecimal() and len(times) < 9 and 1 <= int(times) <= MOST_TIMES:
        return [Fault.parse(fault)] * int(times)
    return [Fault.parse(text)]


class Gate:
    """In front of the routes, for /3 alone: counts, delays, checks the key and plays the faults."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or not scope["path"].startswith("/3/"):
            return await self._app(scope, receive, send)
        with self._state.answering():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Any, send: Any) -> None:
        query = QueryParams(scope["query_string"])
        self._state.requests.append(Asked(scope["path"], query, time.monotonic()))
        if self._state.latency:
            await asyncio.sleep(self._state.latency)
        wanted, sent = self._state.require_token, dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if wanted and wanted not in (sent.removeprefix("Bearer "), query.get("api_key")):
            return await refusal(401)(scope, receive, send)
        if not self._state.faults:
            return await self._app(scope, receive, send)
        await self._play(self._state.faults.popleft(), scope, receive, send)

    async def _play(self, fault: Fault, scope: Scope, receive: Any, send: Any) -> None:
        if fault.name in ("cut", "reset"):
            return await _break(fault.name, scope, receive, send)
        if fault.name == "html":
            page = Response("<html><body>502 Bad Gateway</body></html>", media_type="text/html")
            return await page(scope, receive, send)
        if fault.name.isdecimal():
            return await refusal(int(fault.name), headers=_retry_after(fault))(scope, receive, send)
        if fault.name == "slow":
            await asyncio.sleep(1.0 if fault.number is None else fault.number)
        else:
            scope.setdefault("state", {})["more_items"] = 1
        await self._app(scope, receive, send)


def _retry_after(fault: Fault) -> dict[str, str]:
    if fault.number is None:
        return {}
    at = formatdate(time.time() + fault.number, usegmt=True)
    return {"Retry-After": at if fault.is_dated else f"{fault.number:g}"}


async def _break(name: str, scope: Scope, receive: Any, send: Any) -> None:
    """End the connection: at once, or after half of the body that Content-Length promised."""
    transport = Wire.transports[scope["client"]]
    if name == "cut":
        head = [(b"content-type", JSON_TYPE.encode()), (b"content-length", b"4000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b'{"page": 1, "results": [' + b" " * 2000, "more_body": True})
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


class Wire(H11Protocol):
    """uvicorn's own protocol, which also lets a fault close the connection under a request."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012  the process's open connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by the event loop."""
        super().connection_made(transport)
        if self.client:
            self.transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if self.client:
            self.transports.pop(self.client, None)
        super().connection_lost(exc)
