"""The collector's addresses: events one by one and in batches, and how it is. Nothing but JSON goes in or out."""

import time
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lakehouse.errors import EventRefused
from producers.collector.body import BUSY, parsed
from producers.collector.metrics import CONTENT_TYPE, Metrics
from producers.collector.service import Service, headers

LARGEST_EVENT = 64 * 1024
LARGEST_BATCH = 1024 * 1024
MOST_EVENTS = 500
# Its spans would hold clients' addresses, wherever a process has set up OpenTelemetry.
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
_SECURITY = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


def application(service: Service) -> ASGIApp:
    """The collector as an ASGI application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, telemetry=_NO_TELEMETRY)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(EventRefused, _refused)
    _receiving(app, service)
    _telling(app, service)
    if service.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(service.cors_origins),
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type"],
            expose_headers=["retry-after"],
            max_age=600,
        )
    return _Shell(app, service.metrics, service.most_requests)


def _receiving(app: FastAPI, service: Service) -> None:
    async def one(request: Request) -> Response:
        """One event: 202, 422 or 503."""
        service.admit(request, "write")
        item = parsed(await service.bodies.read(request, LARGEST_EVENT))
        answers = await service.publish([item], request)
        return _json(answers[0], answers[0]["status"], headers(answers))

    async def batch(request: Request) -> Response:
        """A list of events, each with its answer; the status is theirs where all have the same, else 207."""
        key = service.admit(request, "write")
        items = parsed(await service.bodies.read(request, LARGEST_BATCH))
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_EVENTS:
            raise EventRefused("no batch", {"body": f"expected a list of 1 to {MOST_EVENTS} events"})
        service.take(key, len(items) - 1)
        answers = await service.publish(items, request)
        statuses = {answer["status"] for answer in answers}
        return _json({"events": answers}, statuses.pop() if len(statuses) == 1 else 207, headers(answers))

    # Plain routes: FastAPI's own find out what a handler depends on, which took a third of a request's time.
    app.router.add_route("/v1/events", one, methods=["POST"])
    app.router.add_route("/v1/events/batch", batch, methods=["POST"])


def _telling(app: FastAPI, service: Service) -> None:
    @app.get("/livez")
    async def livez() -> Response:
        """The process answers."""
        return _json({"status": "live"}, 200)

    @app.get("/readyz")
    async def readyz() -> Response:
        """Kafka answers, and when it last acknowledged an event, in seconds before now."""
        ready = await service.ready()
        age = round(time.time() - service.acks.last_at, 3) if service.acks.last_at else None
        return _json({"kafka": ready, "last_acknowledged_seconds_ago": age}, 200 if ready else 503)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        """What was counted, in Prometheus's format, for a key with the scope metrics."""
        service.admit(request, "metrics")
        return Response(service.metrics.page(), media_type=CONTENT_TYPE)


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, EventRefused):
        return _json({"status": 422, "fields": error.fields}, 422)
    assert isinstance(error, HTTPException)
    return _json({"status": error.status_code, "error": error.detail}, error.status_code, dict(error.headers or {}))


def _json(content: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(content), status, headers, "application/json")


class _Shell:
    """Around everything, errors too: the headers that every answer has, the count of answers, and how many at once."""

    def __init__(self, app: ASGIApp, metrics: Metrics, most: int) -> None:
        self._app, self._metrics, self._most = app, metrics, most
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.request(message["status"], time.perf_counter() - began)
                _add(message)
            await send(message)

        if not scope["path"].startswith("/v1/"):  # how it is can be asked however busy it is
            return await self._app(scope, receive, answer)
        if self._at_once >= self._most:
            return await _json({"status": 503, "error": "too many requests at once"}, 503, BUSY)(scope, receive, answer)
        self._at_once += 1
        try:
            await self._app(scope, receive, answer)
        finally:
            self._at_once -= 1


def _add(message: MutableMapping[str, Any]) -> None:
    message["headers"] = [*message.get("headers", ()), *_SECURITY]
