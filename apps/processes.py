"""Commands of this CLI, and other programs, as processes: with a log file, waited for, ended with all they started."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps import show
from lakehouse.clock import until
from lakehouse.errors import HostUnreachable, Stopped
from lakehouse.settings import Settings

START_SECONDS = 90
STOP_SECONDS = 15


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until the block has ended: no process is started without an owner that ends it."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _: came.append(got)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@contextmanager
def process(settings: Settings, command: str, *program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of this CLI, or another Python program, in a process group of its own, ended with the block."""
    log = log_file(settings, command)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", *(program or ("apps.cli", command))],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            show.errors.print(f"{command} did not stop within {STOP_SECONDS} s and is killed")
        _end_group(child.pid)
        child.wait()


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def log_file(settings: Settings, command: str) -> Path:
    """Where such a process writes."""
    return settings.root / "logs" / f"{command}.log"


def await_port(port: int, process: subprocess.Popen[bytes], settings: Settings, command: str) -> None:
    """Return when the process listens on the port; raises HostUnreachable where it ends before, Stopped if too late."""
    for _ in until(START_SECONDS):
        if process.poll() is not None:
            raise _died(settings, command)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise Stopped(
        f"{command} did not open port {port} within {START_SECONDS} s", where=str(log_file(settings, command))
    )


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now, all different."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _died(settings: Settings, command: str) -> HostUnreachable:
    last = "\n    ".join(log_file(settings, command).read_text(errors="replace").splitlines()[-8:])
    return HostUnreachable(
        f"{command} ended:\n    {last}", where=str(log_file(settings, command)), hint="moviepulse doctor"
    )
