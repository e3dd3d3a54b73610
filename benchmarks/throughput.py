"""A topic of trending events, read three ways on one machine: by Spark alone, by the host's own code, by the rival.

The topic is filled before anything is measured, and every path that writes tables must come to the same rows before
its figure counts. A JVM that has just started compiles itself beside the tasks, so the host's first run is shown apart,
and the rounds begin after `WARM_RUNS` of them.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import polars as pl
import psutil

from apps.local_kafka import Broker
from benchmarks.bench import Goal, Result, Size, Stopwatch, fresh_lake, home, jvm, session
from benchmarks.load import Load, Truth, fill
from lakehouse import contracts
from lakehouse.clock import utc_now, wait_for
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.errors import BooksUnbalanced, Terminal
from lakehouse.settings import Settings
from producers.kafka.topics import ensure_topics
from streaming.bronze import bronze
from streaming.job import start_bronze, start_silver

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

BACKFILL = {"max_offsets_per_trigger": 250_000}
WARM_RUNS = 3  # compiling takes 44 s of CPU in the first, 9 in the fourth; a host that runs all day has that behind it
PATHS = ("noop", "host", "rival")
NAMES = {
    "noop": "Kafka to noop, Spark",
    "host": "Kafka to bronze to silver, the host's code at its triggers",
    "first": "the same, the first time after the host's start",
    "rival": "Kafka to bronze and silver, plain Python",
}


@dataclass(frozen=True)
class Run:
    """One path through the whole topic once."""

    seconds: float
    cpu_seconds: float
    stages: dict[str, dict[str, float]]


@dataclass(frozen=True)
class _Field:
    """Where a run takes place."""

    spark: "SparkSession"
    settings: Settings
    truth: Truth


def measure(size: Size) -> Result:
    """Rows a second and CPU a row of every path, over the same messages."""
    streaming = {"streaming": BACKFILL}
    with home(**streaming) as config, Broker(config) as broker, session(broker.settings) as spark:
        ensure_topics(broker.settings, contracts.TOPICS)
        load = Load(utc_now() - timedelta(hours=2))
        fill(broker.settings, load, size.messages)
        field = _Field(spark, broker.settings, load.truth)
        runs: dict[str, list[Run]] = {path: [] for path in NAMES}
        runs["first"].append(_run(field, "host"))
        for path in ("noop", "rival", *["host"] * (WARM_RUNS - 1)):
            _run(field, path)
        for number in range(size.rounds):
            for path in PATHS if number % 2 == 0 else reversed(PATHS):
                runs[path].append(_run(field, path))
    return _result(runs, load.truth)


def _run(field: _Field, path: str) -> Run:
    ways: dict[str, Callable[[_Field], Run]] = {
        "noop": _noop, "host": _host, "rival": _rival,
    }  # fmt: skip
    with fresh_lake(field.spark, field.settings, "run") as here:
        return ways[path](_Field(field.spark, here, field.truth))


def _noop(field: _Field) -> Run:
    watch = _watch(field)
    rows = bronze(field.spark, field.settings, TOPIC).writeStream.format("noop").trigger(availableNow=True)
    query = rows.option("checkpointLocation", str(field.settings.checkpoints / "noop")).start()
    query.awaitTermination()
    return Run(*watch.read(), {"noop": _stages(query)})


def _host(field: _Field) -> Run:
    """As the host catches up: silver follows bronze while bronze goes on."""
    watch = _watch(field)
    first = start_bronze(field.spark, field.settings, TOPIC, _untold)
    second = start_silver(field.spark, field.settings, TRENDING_EVENT, _untold)
    read: dict[int, int] = {}

    def is_over() -> bool:
        read.update({progress.batchId: progress.numInputRows for progress in second.recentProgress})
        return sum(read.values()) >= field.truth.messages or not (first.isActive and second.isActive)

    wait_for(is_over, seconds=600, what="silver holding the whole topic")
    run = Run(*watch.read(), {"bronze": _stages(first), "silver": _stages(second)})
    for query in (second, first):
        query.stop()
        if (cause := query.exception()) is not None:
            raise Terminal(f"the query {query.name} died: {cause}", hint="moviepulse doctor")
    _verify_host(field)
    return run


def _rival(field: _Field) -> Run:
    folder = field.settings.root / "rival"
    command = [
        sys.executable, "-m", "benchmarks.rival", field.settings.kafka.bootstrap_servers, TOPIC.name,
        str(field.truth.messages), str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    told = json.loads(done.stdout)
    silver = pl.scan_delta(str(folder / "silver"))
    _verify(
        field.truth,
        "rival",
        {
            "bronze": _count(pl.scan_delta(str(folder / "bronze"))),
            "silver": _count(silver),
            "events": _count(silver.select("event_id").unique()),
            "rejects": _count(pl.scan_delta(str(folder / "reject"))),
        },
    )
    return Run(told["seconds"], told["cpu_seconds"], {})


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())


def _verify_host(field: _Field) -> None:
    silver = field.spark.table(TRENDING_EVENT.name)
    _verify(
        field.truth,
        "host",
        {
            "bronze": field.spark.table(TOPIC.bronze).count(),
            "silver": silver.count(),
            "events": silver.select("event_id").distinct().count(),
            "rejects": field.spark.table(REJECT.name).count(),
        },
    )


def _verify(truth: Truth, who: str, found: dict[str, int]) -> None:
    expected = {"bronze": truth.messages, "silver": truth.silver, "events": truth.silver, "rejects": truth.rejects}
    if found != expected:
        raise BooksUnbalanced(f"the {who} came to {found}", where="benchmarks/throughput.py", expected=str(expected))


def _watch(field: _Field) -> Stopwatch:
    return Stopwatch(jvm(field.spark), psutil.Process())


def _untold(_table: str, _batch: int) -> None:
    """The bench asks the tables afterwards."""


def _stages(query: "StreamingQuery") -> dict[str, float]:
    """Seconds that a query spent, by part of its batches."""
    spent: dict[str, float] = defaultdict(float)
    for progress in query.recentProgress:
        if progress.numInputRows:
            spent["batches"] += 1
            for part, ms in progress.durationMs.items():
                spent[part] += ms / 1000
    return dict(spent)


def _result(runs: dict[str, list[Run]], truth: Truth) -> Result:
    rate = {path: truth.messages / median(run.seconds for run in of) for path, of in runs.items()}
    figures = [
        {
            "path": NAMES[path],
            "rows/s": round(rate[path]),
            "of the rival": round(rate[path] / rate["rival"], 2),
            "CPU us/row": round(1e6 * median(run.cpu_seconds for run in of) / truth.messages, 1),
            "rows/s, each round": ", ".join(f"{truth.messages / run.seconds:,.0f}" for run in of),
        }
        for path, of in runs.items()
    ]
    where: list[dict[str, Any]] = [
        {"path": path, "query": query} | {part: round(seconds, 2) for part, seconds in sorted(spent.items())}
        for path in PATHS for query, spent in runs[path][-1].stages.items()
    ]  # fmt: skip
    goal = Goal("host's rows/s / rival's rows/s", rate["host"] / rate["rival"], 0.5, at_most=False)
    title = f"{truth.messages:,} messages, {truth.duplicates:,} copies, {truth.rejects:,} malformed"
    return Result("throughput", title, [goal], figures, where)
