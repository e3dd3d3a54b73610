"""moviepulse demo as a stranger runs it: it shows what it promises, and leaves no process behind, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse import contracts
from lakehouse.clock import until
from tests.system.conftest import free_port, left_over


@pytest.fixture
def demo(tmp_path: Path):
    ports = {
        name: str(free_port())
        for name in (
            "BROKER__PORT",
            "BROKER__CONTROLLER_PORT",
            "SPARK__CONNECT_PORT",
            "SPARK__THRIFT_PORT",
            "STANDIN__PORT",
        )
    }
    environment = {**os.environ, "MOVIEPULSE_HOME": str(tmp_path), **{f"MOVIEPULSE_{k}": v for k, v in ports.items()}}
    return lambda *words: subprocess.Popen(
        [sys.executable, "-m", "apps.cli", "demo", *words],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@pytest.mark.timeout(600)
def test_the_demo_shows_titles_climbers_verdicts_and_balanced_books(demo, tmp_path):
    process = demo()
    said, _ = process.communicate(timeout=560)
    assert process.returncode == 0, said[-4000:]
    for promised in (
        "The day's top titles",
        "The largest climbers",
        "Quality: the latest verdicts",
        "Accounts: bronze = silver + duplicates + rejects",
        "Where to look next",
    ):
        assert promised in said
    assert said.count("published") == sum(contracts.stem(table) == "trending" for table in contracts.BUILT)
    for unwanted in ("WARNING", "Traceback", "did not stop"):
        assert unwanted not in said
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("sign", ["logs/kafka.log", "logs/host.log"])
def test_ctrl_c_at_any_moment_leaves_no_process(demo, tmp_path, sign):
    process = demo()
    for _ in until(60):
        if list(tmp_path.glob(f"**/{sign}")):
            break
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said[-3000:]
    assert left_over(tmp_path) == []


def test_a_taken_port_is_one_clear_sentence(demo, tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "apps.cli", "broker"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "MOVIEPULSE_HOME": str(tmp_path), "MOVIEPULSE_BROKER__PORT": port},
        )
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "next:" in done.stderr
