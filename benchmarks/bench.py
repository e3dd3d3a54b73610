"""What every measurement stands on: a home of its own on free ports, CPU meters, goals and figures."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from apps.processes import free_ports
from lakehouse import catalog, contracts, settings
from lakehouse.spark import classic

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Size:
    """How much is measured; a steady load is for `seconds` after `skipped_seconds`, and again after `warm_seconds`."""

    messages: int = 1_000_000
    rounds: int = 3
    batches: int = 15
    files: int = 3_000
    seconds: int = 70
    skipped_seconds: int = 20
    warm_seconds: int = 180


QUICK = Size(messages=40_000, rounds=1, batches=4, files=300, seconds=16, skipped_seconds=8, warm_seconds=30)


@dataclass(frozen=True)
class Goal:
    """One ratio that was to be reached; `at_most` tells the direction."""

    name: str
    measured: float
    limit: float
    at_most: bool

    @property
    def reached(self) -> bool:
        """Whether the measured ratio is on the right side of the limit."""
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit


@dataclass(frozen=True)
class Result:
    """One measurement: its goals, its figures as rows of a table, and where the time went as a second one."""

    name: str
    title: str
    goals: list[Goal]
    figures: list[dict[str, Any]]
    where: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result as plain values."""
        return asdict(self) | {"goals": [asdict(goal) | {"reached": goal.reached} for goal in self.goals]}


@contextmanager
def home(**overrides: Any) -> Iterator[settings.Settings]:
    """The local settings in a temporary home with free ports; the folder is deleted at the end."""
    jars = settings.load().jars.resolve()
    folder = Path(tempfile.mkdtemp(prefix="moviepulse-bench-"))
    broker, controller, connect, thrift = free_ports(4)
    before = os.environ.get("MOVIEPULSE_JARS")
    os.environ["MOVIEPULSE_JARS"] = str(jars)
    try:
        yield settings.load(
            home=folder,
            kafka={"bootstrap_servers": f"127.0.0.1:{broker}"},
            broker={"port": broker, "controller_port": controller},
            spark={"connect_port": connect, "thrift_port": thrift},
            **overrides,
        )
    finally:
        if before is None:
            del os.environ["MOVIEPULSE_JARS"]
        else:
            os.environ["MOVIEPULSE_JARS"] = before
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def session(config: settings.Settings) -> Iterator["SparkSession"]:
    """The host's own session, without doors."""
    spark = classic(config, doors=False)
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def fresh_lake(spark: "SparkSession", config: settings.Settings, name: str) -> Iterator[settings.Settings]:
    """Settings whose lake and checkpoints lie in a new folder of the home, with every table of the contracts."""
    here = config.model_copy(update={"home": config.root / name})
    catalog.register(spark, contracts.TABLES, here.lake)
    try:
        yield here
    finally:
        for table in contracts.TABLES:
            spark.sql(f"DROP TABLE IF EXISTS {table.name}")
        shutil.rmtree(here.root, ignore_errors=True)


def jvm(spark: "SparkSession") -> psutil.Process:
    """The process of the session's JVM."""
    gateway: Any = spark._jvm
    return psutil.Process(gateway.java.lang.ProcessHandle.current().pid())


def cpu_seconds(*processes: psutil.Process) -> float:
    """User and system time of the processes until now."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


class Stopwatch:
    """Wall and CPU seconds of some processes since it was made."""

    def __init__(self, *processes: psutil.Process) -> None:
        self._processes = processes
        self._cpu = cpu_seconds(*processes)
        self._wall = time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Wall seconds and CPU seconds so far."""
        return time.perf_counter() - self._wall, cpu_seconds(*self._processes) - self._cpu
