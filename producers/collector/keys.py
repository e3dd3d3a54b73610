"""Who may send: API keys by name, of which only SHA-256 sums are kept, each with its scope and its rate.

A key is `mp_<id>_<secret>`: the id finds it, and the sum of the whole is compared in constant time. The secret has 256
random bits, so a plain sum is as good as a slow one. The file is read again when it has changed.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pyrate_limiter import Duration, Rate, TokenBucket
from pyrate_limiter.abstracts.algorithm import State

from lakehouse.errors import KeyFileInvalid
from lakehouse.settings import Settings

SCOPES = ("write", "metrics")
LARGEST_BURST = 500  # a whole batch
LOOK_SECONDS = 1.0
Scope = Literal["write", "metrics"]
_NOBODY = hashlib.sha256(b"").hexdigest()
_BUCKET = TokenBucket()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """One key; `per_second` events may come with it, and at once as many, but always a whole batch."""

    id: str
    name: str
    sha256: str
    scope: Scope
    per_second: int

    @property
    def rates(self) -> list[Rate]:
        """Its rate as the limiter wants it."""
        return [Rate(self.per_second, Duration.SECOND, burst=max(self.per_second, LARGEST_BURST))]


_KEYS = TypeAdapter(list[Key])


def key_file(settings: Settings) -> Path:
    """Where the keys of a home lie."""
    return settings.root / "collector-keys.json"


def make(path: Path, name: str, *, scope: Scope, per_second: int) -> str:
    """Add a key to the file and return it, for the only time; raises KeyFileInvalid where the name is taken."""
    keys = read(path)
    if name in {key.name for key in keys}:
        hint = f"moviepulse collect-key {name} --revoke, or another name"
        raise KeyFileInvalid(f"there is a key {name!r} already", where=str(path), hint=hint)
    key_id = secrets.token_hex(4)
    text = f"mp_{key_id}_{secrets.token_urlsafe(32)}"
    _write(path, [*keys, Key(key_id, name, hashlib.sha256(text.encode()).hexdigest(), scope, per_second)])
    return text


def revoke(path: Path, name: str) -> None:
    """Take a key out of the file: it ends within a second; raises KeyFileInvalid where there is none of that name."""
    keys = read(path)
    if name not in {key.name for key in keys}:
        known = ", ".join(key.name for key in keys) or "a key; there is none"
        raise KeyFileInvalid(f"there is no key {name!r}", where=str(path), expected=known)
    _write(path, [key for key in keys if key.name != name])


def read(path: Path) -> list[Key]:
    """The keys of a file, none where it is not there; raises KeyFileInvalid for a damaged one."""
    try:
        return _KEYS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValidationError):
        hint = "move it away, then: moviepulse collect-key NAME"
        raise KeyFileInvalid("the file of keys cannot be read", where=str(path), hint=hint) from None


class Keys:
    """The keys of a file while the collector runs, and how much each has left of its rate."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._states: dict[str, State] = {}
        self._looked_at, self._seen = -LOOK_SECONDS, -1
        self._by_id: dict[str, Key] = {}
        self._rates: dict[str, list[Rate]] = {}
        self._take(read(path))

    def find(self, authorization: str) -> Key | None:
        """The key of an Authorization header; None for any other text."""
        self._look()
        scheme, _, text = authorization.partition(" ")
        key = self._by_id.get(text.split("_", 2)[1]) if scheme.lower() == "bearer" and text.count("_") >= 2 else None
        sum_ = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        return key if hmac.compare_digest(sum_, key.sha256 if key else _NOBODY) else None

    def wait(self, key: Key, events: int) -> float:
        """Take so many events of the key's rate; or the seconds after which there will be as many."""
        rates = self._rates[key.id]
        now = round(self._clock() * 1000)
        state = self._states.get(key.id) or _BUCKET.initial(rates)
        self._states[key.id], decision = _BUCKET.step(rates, state, now, events)
        return 0.0 if decision.allowed else (decision.retry_after_ms or 1000) / 1000

    def _look(self) -> None:
        """Read the file again where it has changed; a damaged one leaves the keys as they were."""
        now = self._clock()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        changed_at = self._path.stat().st_mtime_ns if self._path.is_file() else 0
        if changed_at != self._seen:
            self._seen = changed_at
            try:
                self._take(read(self._path))
            except KeyFileInvalid as error:
                _log.error("the keys stay as they were: %s", error)

    def _take(self, keys: list[Key]) -> None:
        self._by_id = {key.id: key for key in keys}
        self._rates = {key.id: key.rates for key in keys}


def _write(path: Path, keys: list[Key]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump([asdict(key) for key in keys], file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
