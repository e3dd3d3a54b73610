"""One rate for all processes of a home: the token bucket and TMDb's last "wait" lie in a file that they lock."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyrate_limiter import Decision, Rate, StateStore, WallClock
from pyrate_limiter.abstracts.algorithm import State, StateAlgorithm

_AHEAD_US = 60_000_000  # a bucket that is further ahead was filled under another clock


class SharedRate(StateStore):
    """The state of one token bucket, and until when nobody may ask; each use locks the file."""

    is_async = False
    default_clock = WallClock()  # a monotonic one begins anew with the machine

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Take a token if there is one; called by the limiter."""
        with self._locked() as file:
            kept = _read(file)
            state, decision = algorithm.step(rates, _state(kept, algorithm, rates, now), now, weight)
            if decision.allowed:
                _write(file, kept | {"state": list(state)})
            return decision

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """The bucket's state; called by the limiter."""
        with self._locked() as file:
            return _state(_read(file), algorithm, rates, self.default_clock.now())

    def reset(self) -> None:
        """Forget it all; called by the limiter."""
        with self._locked() as file:
            _write(file, {})

    def hold(self, seconds: float) -> None:
        """Nobody asks anything for so long."""
        with self._locked() as file:
            kept = _read(file)
            _write(file, kept | {"held_until": max(kept.get("held_until", 0.0), time.time() + seconds)})

    def held(self) -> float:
        """Seconds until somebody may ask again; 0 or less where one may now."""
        with self._locked() as file:
            return float(_read(file).get("held_until", 0.0)) - time.time()

    @contextmanager
    def _locked(self) -> Iterator[IO[str]]:
        with self._path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _state(kept: dict[str, Any], algorithm: StateAlgorithm, rates: list[Rate], now: int) -> State:
    state = tuple(kept.get("state", ()))
    if len(state) != len(rates) or any(each > now * 1000 + _AHEAD_US for each in state):
        return algorithm.initial(rates)
    return state


def _read(file: IO[str]) -> dict[str, Any]:
    """What was written last; empty where nothing was, or a process was killed while it wrote."""
    file.seek(0)
    try:
        return dict(json.loads(file.read() or "{}"))
    except ValueError:
        return {}


def _write(file: IO[str], kept: dict[str, Any]) -> None:
    file.truncate(0)
    file.write(json.dumps(kept))
    file.flush()
