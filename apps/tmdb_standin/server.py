"""TMDb's API on 127.0.0.1: the routes over a source, behind the gate, in a thread or as a process of its own."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Self

import uvicorn
from pydantic import SecretStr

from apps.tmdb_standin.faults import Asked, Clock, Gate, State, Wire
from apps.tmdb_standin.recorded import Recorded
from apps.tmdb_standin.routes import application
from apps.tmdb_standin.source import MadeUp, Source
from apps.tmdb_standin.titles import TITLES, World
from lakehouse.clock import utc_now, wait_for
from lakehouse.ports import listening
from lakehouse.settings import Settings

HOST = "127.0.0.1"
_ANOTHER_PORT = "export MOVIEPULSE_STANDIN__PORT=<a free port>"


def _server(state: State, source: Source) -> uvicorn.Server:
    config = uvicorn.Config(
        Gate(application(state, source), state), loop="asyncio", http=Wire, ws="none", lifespan="off", log_config=None,
        access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)


@dataclass(kw_only=True, eq=False)
class Standin:
    """A stand-in in a thread of this process; it listens when the block begins and is gone when it ends.

    `today` alone is that day's noon; `now` tells the hour too. A `crowd` is a day and how many more Crime movies came
    out on it. `latency` is in seconds. With `recorded` it serves that folder, and no made-up world.
    """

    seed: int = 7
    port: int = 0
    require_token: str = ""
    today: Callable[[], date] | None = None
    now: Clock = utc_now
    titles: int = TITLES
    crowd: tuple[date, int] | None = None
    latency: float = 0.0
    recorded: Path | None = None

    def __post_init__(self) -> None:
        self._source = _source(World(self.seed, self.titles, self.crowd), self.recorded)
        self._state = State(self._now, require_token=self.require_token, latency=self.latency)

    def __enter__(self) -> Self:
        listener = listening(HOST, self.port, hint=_ANOTHER_PORT)
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        self.base_url, self.exports_url = f"{address}/3", f"{address}/p/exports"
        self._server = _server(self._state, self._source)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server.started, seconds=10, what="the start of the TMDb stand-in")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def _now(self) -> datetime:
        return datetime.combine(self.today(), time(12), UTC) if self.today else self.now()

    @property
    def requests(self) -> list[Asked]:
        """What it was asked, in order."""
        return list(self._state.requests)

    @property
    def most_at_once(self) -> int:
        """The most requests that it was answering at the same time."""
        return self._state.most_at_once

    @property
    def connections(self) -> int:
        """How many clients are connected; a process that ended asks nothing more once this is 0."""
        return len(self._server.server_state.connections)

    def misbehave(self, *faults: str) -> None:
        """Play these faults on the next requests."""
        self._state.misbehave(*faults)

    def forget(self) -> None:
        """Forget the requests so far, how many there were at once, and the faults that wait."""
        self._state.requests.clear()
        self._state.most_at_once = self._state.at_once
        self._state.faults.clear()


def serve(
    settings: Settings,
    *,
    misbehave: Iterable[str] = (),
    latency: float | None = None,
    recorded: Path | None = None,
    require_token: SecretStr | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, on settings.standin.port; raises PortTaken, SettingsInvalid."""
    chosen = settings.standin
    token = require_token.get_secret_value() if require_token else ""
    state = State(utc_now, require_token=token, latency=chosen.latency if latency is None else latency)
    state.misbehave(*misbehave)
    source = _source(World(chosen.seed, chosen.titles), recorded)
    _server(state, source).run(sockets=[listening(HOST, chosen.port, hint=_ANOTHER_PORT)])


def _source(world: World, recorded: Path | None) -> Source:
    return Recorded(recorded) if recorded else MadeUp(world)
