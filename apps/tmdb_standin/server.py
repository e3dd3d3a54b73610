"""TMDb's API on 127.0.0.1: its paging, headers and errors over `world`, and on request its bad days (`faults`)."""

import json
import socket
import threading
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, Self

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from apps.tmdb_standin import world
from apps.tmdb_standin.faults import JSON_TYPE, Asked, Gate, State, Today, Wire, refusal
from lakehouse.clock import utc_day, utc_now, wait_for
from lakehouse.errors import PortTaken, SettingsInvalid
from lakehouse.settings import Settings

HOST = "127.0.0.1"
LAST_PAGE = 500


def application(state: State) -> FastAPI:
    """The routes. A list endpoint is one function that returns `_page` of its joined items."""
    app = FastAPI(title="TMDb stand-in", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/3/trending/{media_type}/{window}")
    def trending(media_type: Literal["movie", "tv"], window: Literal["day", "week"], request: Request) -> Response:
        return _page(world.trending(state.seed, media_type, window, state.today()), request)

    @app.post("/_standin/faults")
    def faults(wanted: dict[Literal["faults"], list[str]]) -> dict[str, int]:
        state.misbehave(*wanted.get("faults", []))
        return {"waiting": len(state.faults)}

    @app.exception_handler(HTTPException)
    def unknown(_: Request, error: HTTPException) -> Response:
        return refusal(error.status_code)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        # TMDb knows no /trending/cat/day: to it, a wrong part of a path is an unknown path.
        return refusal(404) if request.method == "GET" else JSONResponse({"errors": [str(error)]}, 422)

    @app.exception_handler(SettingsInvalid)
    def misspelt(_: Request, error: SettingsInvalid) -> Response:
        return JSONResponse({"errors": [str(error)]}, 422)

    return app


def _page(items: tuple[dict[str, Any], ...], request: Request) -> Response:
    """One page of a joined list, with the 1,000 pages that TMDb claims; an empty `page` is the first, as recorded."""
    text, size = request.query_params.get("page", "") or "1", getattr(request.state, "page_size", world.PAGE)
    page = int(text) if text.isdecimal() else 0
    if not 1 <= page <= LAST_PAGE:
        return refusal(400)
    start = (page - 1) * world.PAGE
    body = {"page": page, "results": items[start : start + size], "total_pages": 1000, "total_results": 20000}
    headers = {"Cache-Control": "public, max-age=21600", "Vary": "Accept-Encoding"}
    return Response(json.dumps(body, ensure_ascii=False), headers=headers, media_type=JSON_TYPE)


def _today() -> date:
    return utc_day(utc_now())


def _server(state: State) -> uvicorn.Server:
    config = uvicorn.Config(
        Gate(application(state), state), http=Wire, ws="none", lifespan="off", log_config=None, access_log=False,
        log_level="warning", server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)


def _listening(port: int) -> socket.socket:
    """A listening socket on loopback, port 0 for any free one; raises PortTaken."""
    # Named TCP, because asyncio switches Nagle's 40 ms off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise PortTaken(
            f"port {port} is taken", where=f"{HOST}:{port}", hint="export MOVIEPULSE_STANDIN__PORT=<a free port>"
        ) from None
    return listener


class Standin:
    """A stand-in in a thread of this process; it listens when the block begins and is gone when it ends."""

    def __init__(self, *, seed: int = 7, port: int = 0, require_token: str = "", today: Today = _today) -> None:
        self._state, self._port = State(seed, require_token, today), port

    def __enter__(self) -> Self:
        listener = _listening(self._port)
        self.base_url = f"http://{HOST}:{listener.getsockname()[1]}/3"
        self._server = _server(self._state)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server.started, seconds=10, what="the start of the TMDb stand-in")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    @property
    def requests(self) -> list[Asked]:
        """What it was asked, in order."""
        return list(self._state.requests)

    def misbehave(self, *faults: str) -> None:
        """Play these faults on the next requests."""
        self._state.misbehave(*faults)

    def forget(self) -> None:
        """Forget the requests so far and the faults that wait."""
        self._state.requests.clear()
        self._state.faults.clear()


def serve(settings: Settings, *, misbehave: Iterable[str] = (), require_token: SecretStr | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on settings.standin.port; raises PortTaken."""
    state = State(settings.standin.seed, require_token.get_secret_value() if require_token else "", _today)
    state.misbehave(*misbehave)
    _server(state).run(sockets=[_listening(settings.standin.port)])
