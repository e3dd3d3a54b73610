"""From an event to its row in silver, with the host as users run it: a process of its own with its default triggers.

An event's time is the moment of its sending. A row is there when the commit that brought it is: the commit file's own
modification time, on the same clock.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import psutil

from apps.local_kafka import Broker
from benchmarks.bench import Goal, Result, Size, Stopwatch, home
from benchmarks.load import Load, Truth, pace
from lakehouse import contracts
from lakehouse.clock import utc_now, wait_for
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.delta import rows_after
from lakehouse.errors import BooksUnbalanced, HostUnreachable
from lakehouse.settings import Settings
from producers.kafka.topics import ensure_topics
from streaming import status
from streaming.job import status_file

PER_SECOND = 1_000
TRIGGERS = 1.5


@dataclass(frozen=True)
class _Window:
    """A stretch of the load: how old the host was, when it began and ended, the cores that the host used."""

    age: str
    begin: datetime
    end: datetime
    cores: float


def measure(size: Size) -> Result:
    """Milliseconds from event to bronze and to silver at a steady rate, of a host just started and of a warm one."""
    with home() as config, Broker(config) as broker:
        ensure_topics(broker.settings, contracts.TOPICS)
        silver = _folder(broker.settings, TRENDING_EVENT.name)
        with _host(broker.settings) as host:
            load, age, windows = Load(utc_now()), 0, []
            for begin in (size.skipped_seconds, size.warm_seconds):
                pace(broker.settings, load, per_second=PER_SECOND, seconds=begin - age)
                _await(silver, load.truth)
                age = begin + size.seconds
                windows.append(_window(broker.settings, host, load, begin, age))
            _await(silver, load.truth)
        _verify(silver, load.truth)
        hops = {
            "bronze": _delays(_folder(broker.settings, TOPIC.bronze), "kafka_at"),
            "silver": _delays(silver, "event_at"),
        }
    return _result(hops, config, windows)


def _window(settings: Settings, host: psutil.Process, load: Load, begin: int, end: int) -> _Window:
    watch, begin_at = Stopwatch(host, *host.children()), utc_now()  # not what Java starts and ends meanwhile
    pace(settings, load, per_second=PER_SECOND, seconds=end - begin)
    seconds, cpu = watch.read()
    return _Window(f"{begin} to {end}", begin_at, utc_now(), cpu / seconds)


@contextmanager
def _host(settings: Settings) -> Iterator[psutil.Process]:
    """`moviepulse host` on these settings, with every query running; it ends with the block."""
    environment = os.environ | {
        "MOVIEPULSE_HOME": str(settings.root),
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "MOVIEPULSE_SPARK__CONNECT_PORT": str(settings.spark.connect_port),
        "MOVIEPULSE_SPARK__THRIFT_PORT": str(settings.spark.thrift_port),
    }
    log = settings.root / "host.log"
    command = [sys.executable, "-m", "apps.cli", "host"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment,
                                   cwd=Path(__file__).parents[1], start_new_session=True)  # fmt: skip
    try:
        wait_for(lambda: process.poll() is not None or _runs(settings), seconds=180, what="the host's start")
        if process.poll() is not None:
            raise HostUnreachable(
                f"the host ended while it started:\n{log.read_text()[-1500:]}", hint="moviepulse doctor"
            )
        yield psutil.Process(process.pid)
    finally:
        family = [process_.pid for process_ in psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in family:
            if psutil.pid_exists(pid):
                psutil.Process(pid).kill()


def _runs(settings: Settings) -> bool:
    queries = status.read(status_file(settings)).get("queries", {})
    return all(queries.get(topic.bronze, {}).get("is_active") for topic in contracts.TOPICS)


def _folder(settings: Settings, table: str) -> Path:
    return settings.lake / table.replace(".", "/", 1)


def _delays(table: Path, event_time: str) -> pl.DataFrame:
    """One row per row of the table: its time `at`, and `ms` until the commit that brought it."""
    parts = []
    for commit in sorted((table / "_delta_log").glob("*.json")):
        files = [
            action["add"]["path"] for line in commit.read_text().splitlines() if "add" in (action := json.loads(line))
        ]
        for file in files:
            times = pl.read_parquet(table / file, columns=[event_time])[event_time].dt.replace_time_zone("UTC")
            seen_ms = commit.stat().st_mtime * 1000
            parts.append(
                pl.DataFrame({"at": times}).with_columns(
                    ms=seen_ms - pl.col("at").dt.timestamp("us") / 1000, version=pl.lit(int(commit.stem))
                )
            )
    return pl.concat(parts)


def _await(silver: Path, truth: Truth) -> None:
    wait_for(lambda: rows_after(silver, 0) >= truth.silver, seconds=180, what="silver holding every event")


def _verify(silver: Path, truth: Truth) -> None:
    rows = pl.scan_delta(str(silver)).select(pl.len(), pl.col("event_id").n_unique().alias("events")).collect().row(0)
    if rows != (truth.silver, truth.silver):
        raise BooksUnbalanced(f"silver holds {rows[0]} rows of {rows[1]} events", expected=f"{truth.silver} of each")


def _result(hops: dict[str, pl.DataFrame], settings: Settings, windows: list[_Window]) -> Result:
    trigger = _milliseconds(settings.streaming.bronze_trigger)
    seen = {
        (window.age, layer): delays.filter(pl.col("at").is_between(window.begin, window.end))
        for window in windows
        for layer, delays in hops.items()
    }
    figures: list[dict[str, Any]] = [
        {
            "host's age s": age,
            "from event to": layer,
            **{f"p{q} ms": round(_quantile(delays, q / 100)) for q in (50, 90, 99)},
            "largest ms": round(_quantile(delays, 1.0)),
            "rows": len(delays),
            "commits": delays["version"].n_unique(),
        }
        for (age, layer), delays in seen.items()
    ]
    warm = _quantile(seen[windows[-1].age, "silver"], 0.5) / trigger
    goal = Goal("p50 event to silver / bronze trigger, warm host", warm, TRIGGERS, at_most=True)
    cores = ", ".join(f"{window.cores:.2f} from {window.age} s" for window in windows)
    notes = [
        f"Triggers: bronze {settings.streaming.bronze_trigger}, silver {settings.streaming.silver_trigger}. "
        f"Cores that the host used: {cores} of the load. Until it is warm the JVM compiles, beside the batches."
    ]
    return Result("latency", f"{PER_SECOND:,} events a second, from event to table", [goal], figures, notes=notes)


def _quantile(delays: pl.DataFrame, share: float) -> float:
    return float(pl.Series(delays["ms"], dtype=pl.Float64).quantile(share) or 0.0)


def _milliseconds(interval: str) -> float:
    count, unit = interval.split()
    return float(count) * {"millisecond": 1, "second": 1_000, "minute": 60_000}[unit.rstrip("s")]
