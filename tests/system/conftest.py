"""A real broker for the tests of this folder, on ports that were free, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import requests

import flows
from apps.local_kafka import Broker
from lakehouse import settings
from lakehouse.clock import wait_for
from lakehouse.tables import Topic
from producers.kafka.topics import ensure_topics


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_in(home: Path) -> settings.Settings:
    """The settings of the test profile with this home, free ports for every part, and the jars that set-up fetched."""
    jars = settings.load().jars
    assert any(jars.glob("kafka/*.jar")), f"the jars are missing in {jars}; run: make setup"
    ports = {name: free_port() for name in ("broker", "controller", "connect", "thrift", "standin", "collector")}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOVIEPULSE_PROFILE", "test")
        return settings.load(
            home=home,
            kafka={"bootstrap_servers": f"127.0.0.1:{ports['broker']}"},
            broker={"port": ports["broker"], "controller_port": ports["controller"]},
            spark={"connect_port": ports["connect"], "thrift_port": ports["thrift"]},
            standin={"port": ports["standin"]},
            collector={"port": ports["collector"]},
            tmdb={
                "base_url": f"http://127.0.0.1:{ports['standin']}/3",
                "files_url": f"http://127.0.0.1:{ports['standin']}/p/exports",
            },
        )


def left_over(home: Path) -> list[str]:
    """Command lines of processes that work in this home."""
    others = (process for process in psutil.process_iter(["cmdline", "environ"]) if process.pid != os.getpid())
    found = ((" ".join(each.info["cmdline"] or []), each.info["environ"] or {}) for each in others)
    return [words for words, its in found if str(home) in words + str(its.get("MOVIEPULSE_HOME"))]


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all tests of a run; `.bootstrap_servers` and `.settings` lead to it. Use topics of your own."""
    with Broker(settings_in(tmp_path_factory.mktemp("home"))) as running:
        yield running


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server for all flows of a run; without one each command starts its own, for 10 s."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    shutil.copyfile(settings.load().jars / flows.DATABASE, home / flows.DATABASE)
    command, own = [sys.executable, "-m", *flows.server(port)], {"PREFECT_HOME": str(home)}
    with (home / "server.log").open("wb") as out:
        server = subprocess.Popen(command, env=os.environ | own, stdout=out, stderr=out)
    try:
        wait_for(lambda: _answers(f"http://127.0.0.1:{port}/api/health"), seconds=120, what="Prefect's server")
        yield f"http://127.0.0.1:{port}/api"
    finally:
        server.terminate()
        server.wait(30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(name="settings")
def own_settings(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    """A home of the test's own, the run's broker, and no key of this machine."""
    monkeypatch.delenv("TMDB_TOKEN", raising=False)
    monkeypatch.delenv("TMDB_API_KEY", raising=False)
    return settings.load(home=tmp_path / "home", kafka={"bootstrap_servers": broker.bootstrap_servers})


@pytest.fixture
def topic(settings: settings.Settings) -> Topic:
    """A new, empty topic."""
    made = Topic(f"test.{uuid4().hex}", "A test's own topic.")
    ensure_topics(settings, [made])
    return made
