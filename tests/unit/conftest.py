"""What the unit tests share: a stand-in for TMDb, settings that react quickly, and answers that it never gives."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.tmdb_standin.server import Standin
from lakehouse import settings as settings_module
from lakehouse.settings import Settings

DAY = date(2026, 1, 21)
Quick = Callable[..., Settings]
Answering = Callable[..., AbstractContextManager[str]]


def ask(standin: Standin, path: str, params: dict[str, Any] | None = None) -> requests.Response:
    """What a stand-in answers to one request, whatever its status."""
    return requests.get(standin.base_url + path, params=params, timeout=20)


@pytest.fixture(scope="session")
def running() -> Iterator[Standin]:
    with Standin(today=lambda: DAY) as one:
        yield one


@pytest.fixture
def standin(running: Standin) -> Standin:
    """A stand-in on 2026-01-21 that nobody has asked anything yet."""
    running.forget()
    return running


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Quick:
    """Settings for a TMDb at an address: three attempts, short waits, and no key of this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TMDB_TOKEN", raising=False)
    monkeypatch.delenv("TMDB_API_KEY", raising=False)

    def make(base_url: str, *, keys: dict[str, str] | None = None, **tmdb: Any) -> Settings:
        fast = {"base_url": base_url, "attempts": 3, "longest_wait_seconds": 0.05}
        return settings_module.load(home=tmp_path, tmdb=fast | tmdb, **(keys or {}))

    return make


@pytest.fixture
def answering() -> Answering:
    """A server that gives every request the same answer; yields its base address."""

    @contextmanager
    def serve(body: bytes, *, status: int = 200, **headers: str) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
                    self.send_header(name, headers.get(name.replace("-", "_"), value))
                if "Location" in headers:
                    self.send_header("Location", headers["Location"])
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/3"
            server.shutdown()
            thread.join()

    return serve
