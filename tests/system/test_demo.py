"""moviepulse demo leaves no process behind, however it ends; test_pipeline.py has the rest."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse import contracts
from lakehouse.clock import wait_for
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
            "COLLECTOR__PORT",
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


@pytest.mark.parametrize("sign", ["logs/kafka.log", "logs/host.log", "lake/*/*/_delta_log"])
def test_ctrl_c_at_any_moment_leaves_no_process(demo, tmp_path, sign):
    process = demo()
    wait_for(lambda: any(tmp_path.glob(f"**/{sign}")), seconds=60, what=sign)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said[-3000:]
    assert "did not stop" not in said
    made = sum(1 for _ in tmp_path.glob("**/lake/*/*/_delta_log"))
    assert made < len(contracts.TABLES), "a host that still makes its tables stops too"
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
