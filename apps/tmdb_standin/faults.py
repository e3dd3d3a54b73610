"""What stands before the stand-in's routes: it counts requests, checks the key and plays TMDb's bad days.

Faults are consumed one per request, in order: a status (`503`, `429`, `429:retry-after=1`, `429:retry-at=1`, which
says the same as a date), `cut` (the body ends in the middle), `reset` (the connection ends without an answer), `html`,
`slow:0.5` (seconds), `21items`.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import date
from email.utils import formatdate
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from apps.tmdb_standin import world
from lakehouse.errors import SettingsInvalid

JSON_TYPE = "application/json;charset=utf-8"
FAULTS = ("<status>", "429:retry-after=<s>", "429:retry-at=<s>", "cut", "reset", "html", "slow:<s>", "21items")
MESSAGES = {
    400: (22, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    401: (7, "Invalid API key: You must be granted a valid key."),
    404: (34, "The resource you requested could not be found."),
    429: (25, "Your request count (41) is over the allowed limit of 40."),
    500: (11, "Internal error: Something went wrong, contact TMDb."),
    503: (9, "Service offline: This service is temporarily offline, try again later."),
    504: (24, "Your request to the backend server timed out. Try again."),
}
Scope = MutableMapping[str, Any]
Today = Callable[[], date]


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
        known = name in ("cut", "reset", "html", "slow", "21items") or (name.isdecimal() and int(name) in MESSAGES)
        try:
            if known:
                return cls(name, float(number) if number else None, argument.startswith("retry-at="))
        except ValueError:
            pass
        raise SettingsInvalid(f"no such misbehaviour: {text!r}", where="--misbehave", expected=", ".join(FAULTS))


class State:
    """What a stand-in is told and has seen; shared by its event loop and whoever started it."""

    def __init__(self, seed: int, require_token: str, today: Today) -> None:
        self.seed, self.require_token, self.today = seed, require_token, today
        self.requests: deque[Asked] = deque(maxlen=10_000)
        self.faults: deque[Fault] = deque()

    def misbehave(self, *faults: str) -> None:
        """Add faults to those that wait."""
        self.faults.extend([Fault.parse(fault) for fault in faults])


def refusal(status: int, headers: dict[str, str] | None = None) -> Response:
    """TMDb's answer with that HTTP status, in its own words."""
    code, text = MESSAGES.get(status, (11, "Internal error: Something went wrong, contact TMDb."))
    body = {"success": False, "status_code": code, "status_message": text}
    return Response(json.dumps(body), status_code=status, headers=headers, media_type=JSON_TYPE)


class Gate:
    """In front of the routes, for /3 alone: counts, checks the key and plays the faults."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or not scope["path"].startswith("/3/"):
            return await self._app(scope, receive, send)
        query = QueryParams(scope["query_string"])
        self._state.requests.append(Asked(scope["path"], query, time.monotonic()))
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
            return await refusal(int(fault.name), _retry_after(fault))(scope, receive, send)
        if fault.name == "slow":
            await asyncio.sleep(1.0 if fault.number is None else fault.number)
        else:
            scope.setdefault("state", {})["page_size"] = world.PAGE + 1
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
