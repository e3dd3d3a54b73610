"""The streaming host: one process that owns every table, runs every stream and serves Spark Connect and Thrift.

It starts from the contracts alone and never mentions a stem. A query that dies is started again with growing pauses
while the others run on; SIGTERM lets running batches finish.
"""

import logging
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from lakehouse import catalog, contracts, history
from lakehouse.clock import until
from lakehouse.settings import Settings
from lakehouse.spark import classic, serve_thrift
from lakehouse.tables import Table, Topic
from streaming import lease
from streaming.bronze import bronze
from streaming.classify import judged
from streaming.status import Status
from streaming.write import Written, deduplicated, to_bronze, to_silver

log = logging.getLogger(__name__)


@dataclass
class _Supervised:
    """A query, and what it takes to start it again."""

    name: str
    start: Callable[[], StreamingQuery]
    waits_for: str = ""
    running: StreamingQuery | None = None
    failures: int = 0
    not_before: float = 0.0


def run(
    settings: Settings,
    stop: threading.Event,
    *,
    doors: bool = True,
    written: Written = lambda *_: None,
    tables: Iterable[Table] = contracts.TABLES,
) -> None:
    """Run the host of these tables until `stop` is set; raises LakeLeased where another host has the lake."""
    lease_file = settings.lake / "host.lease"
    lease.probe(lease_file)
    spark = classic(settings, doors=doors)
    try:
        held = lease.take(lease_file, spark._jvm)
        _tidy(spark)
        owned = list(tables)
        catalog.register(spark, owned, settings.lake, ended=stop.is_set)
        if not stop.is_set():
            if doors:
                serve_thrift(spark)
            ends = {"connect": settings.remote, "thrift_port": settings.spark.thrift_port}
            spark.streams.addListener(status := Status(status_file(settings), ends))
            started = queries(spark, settings, _noting(filled := set(), written), owned)
            filled.update(history.written(spark, [query.waits_for for query in started if query.waits_for]))
            _supervise(settings, stop, status, started, filled)
        held.release()
    finally:
        spark.stop()


def _tidy(spark: SparkSession) -> None:
    """Remove what trainings and builds of earlier hosts left in their folders: it may name viewers' titles."""
    own: Any = spark._jsc.sc().getCheckpointDir().get()
    scratch = Path(own.removeprefix("file:")).parent
    for each in scratch.iterdir():
        if not own.endswith(each.name):
            shutil.rmtree(each)
    shutil.rmtree(scratch.with_name(catalog.STAGING), ignore_errors=True)


def queries(spark: SparkSession, settings: Settings, written: Written, tables: Iterable[Table]) -> list[_Supervised]:
    """A bronze query for each topic and a silver query for each streamed table, which waits for bronze's first row.

    Planning a silver query takes a fresh process two seconds, for which those that have something to read would wait.
    """
    streamed = [table for table in tables if table.stream]
    topics = dict.fromkeys(table.stream.topic for table in streamed if table.stream)
    return [
        *[_Supervised(t.bronze, partial(start_bronze, spark, settings, t, written)) for t in topics],
        *[
            _Supervised(t.name, partial(start_silver, spark, settings, t, written), waits_for=t.reads[0])
            for t in streamed
        ],
    ]


def _noting(filled: set[str], written: Written) -> Written:
    """Also notes which tables have rows."""

    def note(table: str, batch: int) -> None:
        filled.add(table)
        written(table, batch)

    return note


def start_bronze(spark: SparkSession, settings: Settings, topic: Topic, written: Written) -> StreamingQuery:
    """Start the query Kafka -> bronze of one topic."""
    writer = bronze(spark, settings, topic).writeStream.foreachBatch(to_bronze(topic, written))
    return _start(spark, settings, topic.bronze, writer.trigger(processingTime=settings.streaming.bronze_trigger))


def start_silver(
    spark: SparkSession, settings: Settings, table: Table, written: Written, *, once: bool = False
) -> StreamingQuery:
    """Start the query bronze -> silver of one table; `once` takes what is there and ends."""
    assert table.stream is not None
    source = spark.readStream.option("maxBytesPerTrigger", settings.streaming.max_bytes_per_trigger)
    source = source.option("skipChangeCommits", "true")  # an erasure: silver loses the same messages by itself
    rows = deduplicated(judged(source.table(table.stream.topic.bronze), table), table)
    writer = rows.writeStream.foreachBatch(to_silver(table, written))
    trigger = (
        writer.trigger(availableNow=True) if once else writer.trigger(processingTime=settings.streaming.silver_trigger)
    )
    return _start(spark, settings, table.name, trigger)


def status_file(settings: Settings) -> Path:
    """Where the host says how its queries are."""
    return settings.root / "status" / "host.json"


def checkpoint(settings: Settings, query: str) -> Path:
    """The folder of a query's checkpoint."""
    return settings.checkpoints / query


def _start(spark: SparkSession, settings: Settings, name: str, writer: DataStreamWriter) -> StreamingQuery:
    spark.sparkContext.setLocalProperty("spark.scheduler.pool", name)
    return writer.queryName(name).option("checkpointLocation", str(checkpoint(settings, name))).start()


def _supervise(
    settings: Settings, stop: threading.Event, status: Status, supervised: list[_Supervised], filled: set[str]
) -> None:
    while not stop.wait(0.2):
        for query in takewhile(lambda _: not stop.is_set(), supervised):
            if query.waits_for and query.waits_for not in filled:
                status.update(query.name, is_active=False, error=f"waits for the first row of {query.waits_for}")
                continue
            if query.running is not None and not query.running.isActive:
                _bury(query, str(query.running.exception() or "stopped from outside"), settings, status)
            if query.running is None and time.monotonic() >= query.not_before:
                _start_again(query, settings, status)
            if query.failures and time.monotonic() > query.not_before + 2 * settings.streaming.restart_seconds[1]:
                query.failures = 0
                status.update(query.name, error=None, failures=0)
        status.save()
    _drain([query.running for query in supervised if query.running], settings.streaming.drain_seconds)
    for query in supervised:
        status.update(query.name, is_active=False)
    status.save()


def _start_again(query: _Supervised, settings: Settings, status: Status) -> None:
    try:
        query.running = query.start()
    except (PySparkException, Py4JJavaError) as error:  # what Spark finds wrong before the query's own thread runs
        _bury(query, str(error), settings, status)
        return
    status.update(query.name, is_active=True, failures=query.failures, **({} if query.failures else {"error": None}))
    log.info("query %s runs", query.name)


def _bury(query: _Supervised, cause: str, settings: Settings, status: Status) -> None:
    """Log the cause of a query's death and plan its next start."""
    first, longest = settings.streaming.restart_seconds
    query.failures, query.running = query.failures + 1, None
    pause = min(first * 2 ** (query.failures - 1), longest)
    query.not_before = time.monotonic() + pause
    log.error("query %s died, starting again in %.0f s: %s", query.name, pause, cause)
    status.update(query.name, is_active=False, error=cause[:2000], failures=query.failures)


def _drain(running: list[StreamingQuery], seconds: float) -> None:
    """Stop each query between two batches; one still busy at the deadline is cut, and repeats its batch later."""
    for _ in until(seconds, every=0.02):
        running = [query for query in running if query.isActive]
        for query in running:
            if not query.status["isTriggerActive"]:
                query.stop()
        if not running:
            return
    for query in running:
        log.warning("query %s is cut in its batch, which will be repeated", query.name)
        query.stop()


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; call in the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
