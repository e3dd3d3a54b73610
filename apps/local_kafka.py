"""A real Kafka broker without Docker: one plain Java process in KRaft mode on loopback, its data in <home>/kafka.

What was acknowledged survives a stop, a crash and a new start; with one replica, not the loss of the disk.
Settings: https://kafka.apache.org/43/configuration/broker-configs/
"""

import base64
import fcntl
import logging
import os
import signal
import socket
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self

from apps.processes import undisturbed
from lakehouse.clock import until
from lakehouse.errors import BrokerRunning, KafkaUnavailable, SetupIncomplete
from lakehouse.java import java, sharing
from lakehouse.ports import listening
from lakehouse.settings import Settings
from producers.kafka.topics import reachable

LOOPBACK = "127.0.0.1"
LARGEST_LOG = 16 * 1024 * 1024  # bytes; a larger one is set aside when the broker starts
ROOM = 64 * 1024  # bytes of a record batch beyond its largest message
_JAVA_OPTIONS = (
    "-Duser.timezone=UTC",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
)
_log = logging.getLogger(__name__)


class Broker:
    """A broker that this process starts and stops; made by `with`, it does not outlive the block."""

    def __init__(self, settings: Settings, *, ready: Callable[[Settings, float], bool] = reachable) -> None:
        self.bootstrap_servers = f"{LOOPBACK}:{settings.broker.port}"
        here = settings.kafka.model_copy(update={"bootstrap_servers": self.bootstrap_servers, "properties": {}})
        self.settings = settings.model_copy(update={"kafka": here})
        self.folder = settings.root / "kafka"
        self.log = settings.root / "logs" / "kafka.log"
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The broker's process id, and its process group's; None while this object runs none."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, seconds: float = 60.0) -> None:
        """Return when the broker answers; where it does not, no process is left.

        Raises PortTaken, SetupIncomplete, BrokerRunning where a broker already runs on this data folder, and
        KafkaUnavailable with the broker's last words where it ends or stays silent until the deadline.
        """
        command = self._command()
        _refuse_a_second(self._data)
        _refuse_a_taken(self.settings.broker.port, "MOVIEPULSE_BROKER__PORT and MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS")
        _refuse_a_taken(self.settings.broker.controller_port, "MOVIEPULSE_BROKER__CONTROLLER_PORT")
        self._prepare(command)
        begin = _tidy(self.log)
        try:
            with self.log.open("ab") as log, undisturbed():
                self._process = subprocess.Popen(
                    [*command, "kafka.Kafka", str(self._properties)],
                    cwd=self.folder, start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            self._await(self._process, seconds, begin)
        except BaseException:  # Ctrl-C too: nobody else knows the process yet
            self.kill()
            raise
        _log.info("the broker answers at %s, process %d", self.bootstrap_servers, self._process.pid)

    def stop(self, seconds: float = 20.0) -> None:
        """Ask the broker to finish and wait; at the deadline it is killed. Does nothing where none runs."""
        if self._process is None:
            return
        try:
            _signal(self._process, signal.SIGTERM)
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _log.warning("the broker did not stop within %.0f s and is killed", seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the broker's whole process group at once, as a crash would. Does nothing where none runs."""
        if self._process is None:
            return
        _signal(self._process, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _command(self) -> list[str]:
        shared, jars = sharing(self.settings.jars.resolve(), "kafka"), self.settings.jars.resolve() / "kafka"
        if not any(jars.glob("kafka_*.jar")):
            raise SetupIncomplete("the broker's jars are missing", where=str(jars), hint="make setup")
        own = self.settings.broker
        options = [f"-Xmx{own.memory}", *own.java_options.split(), *_JAVA_OPTIONS]
        return [str(java()), *options, *shared, "-cp", f"{jars}/*"]

    def _prepare(self, command: list[str]) -> None:
        """Write the broker's settings, and format its data folder where that was never done."""
        self._data.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._properties.write_text(properties(self.settings, self._data))
        if (self._data / "meta.properties").exists():
            return
        # A cluster id is 16 bytes in base64; one that began with a dash would be read as an option.
        cluster = "M" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        formatting = [*command, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties)]
        done = subprocess.run(formatting, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise _failed("the broker's data folder could not be formatted", self.folder, done.stdout + done.stderr)

    def _await(self, process: subprocess.Popen[bytes], seconds: float, begin: int) -> None:
        for left in until(seconds):
            if process.poll() is not None:
                raise _failed("the broker ended while it started", self.log, _said(self.log, begin))
            if _listens(self.settings.broker.port) and self._ready(self.settings, min(left, 5.0)):
                return
        raise _failed(f"the broker did not answer within {seconds:.0f} s", self.log, _said(self.log, begin))


def properties(settings: Settings, data: Path) -> str:
    """The broker's server.properties: one node on loopback that never makes a topic by itself."""
    port, controller_port = settings.broker.port, settings.broker.controller_port
    largest = settings.kafka.max_message_bytes + ROOM
    ours = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": largest,
        "replica.fetch.max.bytes": largest,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,  # of 128 MB by default, a quarter of the heap
    }
    return "".join(f"{key}={value}\n" for key, value in ours.items())


def _refuse_a_second(data: Path) -> None:
    """The broker locks a file in its data, and the system drops the lock with the process: a crash leaves none."""
    lock = data / ".lock"
    if not lock.exists():
        return
    with lock.open("r+b") as held:
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            hint = "use that one, or end it (moviepulse doctor names its process), or set another MOVIEPULSE_HOME"
            raise BrokerRunning("a broker already runs on this data folder", where=str(data), hint=hint) from None


def _refuse_a_taken(port: int, variable: str) -> None:
    listening(LOOPBACK, port, hint=f"moviepulse doctor names the process; end it, or set {variable}").close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _tidy(log: Path) -> int:
    """Set an old, large log aside; the log's size, where the new broker's words begin."""
    log.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    return log.stat().st_size if log.exists() else 0


def _said(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def _failed(what: str, where: Path, said: str) -> KafkaUnavailable:
    last = "\n    ".join(line for line in said.splitlines() if line.strip()[:3] not in ("", "at "))[-1500:]
    return KafkaUnavailable(f"{what}:\n    {last or 'it said nothing'}", where=str(where), hint="moviepulse doctor")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
