"""One small micro-batch: the host's own append against Delta's streaming sink, on a table of few and of many files.

Every block of batches gets a fresh copy of its table and a new checkpoint; the blocks lie as ABBA within a round.
"""

import os
import queue
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psutil
from pyspark.sql import functions as F
from pyspark.sql.streaming.listener import StreamingQueryListener

from benchmarks.bench import Goal, Result, Size, cpu_seconds, home, jvm, session
from lakehouse.tables import Topic, bronze_table
from streaming.write import to_bronze

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS = 100
FEW = 10
WARM_UP = 5
VALUE_BYTES = 900


@dataclass(frozen=True)
class Block:
    """What the batches of one block cost, each without the warm-up."""

    trigger_ms: list[int]
    add_ms: list[int]
    cpu_seconds: float


class _Batches(StreamingQueryListener):
    """Hands over each finished batch's durations, with the JVM's CPU seconds at that moment."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.finished: queue.Queue[tuple[dict[str, int], float]] = queue.Queue()

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802
        """A batch has ended."""
        if event.progress.numInputRows:
            self.finished.put((dict(event.progress.durationMs), cpu_seconds(self._process)))

    def onQueryStarted(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface."""

    def onQueryIdle(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface."""

    def onQueryTerminated(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface."""


def measure(size: Size) -> Result:
    """Milliseconds and CPU of one batch, each sink at each number of files."""
    blocks: dict[tuple[str, int], list[Block]] = defaultdict(list)
    order = [(sink, files) for files in (FEW, size.files) for sink in ("ours", "native")]
    with home() as config, session(config) as spark:
        listener = _Batches(jvm(spark))
        spark.streams.addListener(listener)
        for files in (FEW, size.files):
            _prepare(spark, config.root / f"base_{files}", files)
        for sink, files in order[:2]:  # the JVM's own warm-up
            _block(spark, listener, config.root, (sink, files), size.batches)
        for _ in range(size.rounds):
            for variant in [*order, *reversed(order)]:
                blocks[variant].append(_block(spark, listener, config.root, variant, size.batches))
        spark.streams.removeListener(listener)
    return _result(blocks, size)


def _prepare(spark: "SparkSession", folder: Path, files: int) -> None:
    """A bronze table of so many files, each of one row, written by one commit."""
    spark.sql(
        bronze_table(Topic("bench.base", "Benchmark.")).ddl(str(folder)).replace("bronze.bench_base", "bench_base")
    )
    rows = _message(spark.range(0, files, 1, 2).withColumnRenamed("id", "value"))
    rows.write.format("delta").mode("append").option("maxRecordsPerFile", 1).saveAsTable("bench_base")
    spark.sql("DROP TABLE bench_base")


def _message(numbered: "DataFrame") -> "DataFrame":
    """Rows as bronze has them, from a column `value` of numbers."""
    return numbered.select(
        F.col("value").cast("string").cast("binary").alias("key"),
        F.rpad(F.col("value").cast("string"), VALUE_BYTES, "x").cast("binary").alias("value"),
        F.lit(None).cast("array<struct<key:string,value:binary>>").alias("headers"),
        F.lit("bench").alias("topic"), F.lit(0).alias("partition"), F.col("value").alias("offset"),
        F.current_timestamp().alias("kafka_at"), F.current_timestamp().alias("ingested_at"),
    )  # fmt: skip


def _block(spark: "SparkSession", listener: _Batches, root: Path, variant: tuple[str, int], batches: int) -> Block:
    """Run one query for the warm-up and so many batches more, without a pause between them."""
    sink, files = variant
    topic = Topic(f"bench.{sink}.{files}", "Benchmark.")
    # Kept to the end: what the native sink's stop interrupts may still be read there.
    block = Path(tempfile.mkdtemp(dir=root))
    folder = shutil.copytree(root / f"base_{files}", block / "table")
    os.sync()  # or the kernel writes thousands of small files beside the batches
    spark.sql("CREATE SCHEMA IF NOT EXISTS bronze")
    spark.sql(f"CREATE TABLE {topic.bronze} USING DELTA LOCATION '{folder}'")
    source = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", ROWS).option("numPartitions", 1).load()
    writer = _message(source.select("value")).writeStream.option("checkpointLocation", str(block / "checkpoint"))
    writer = writer.trigger(processingTime="0 seconds")
    if sink == "ours":
        append = to_bronze(topic, lambda *_: None)
        # Batches beyond the counted ones write nothing, so that the stop cuts no commit.
        running = writer.foreachBatch(
            lambda batch, number: append(batch, number) if number < WARM_UP + batches else None
        ).start()
    else:
        running = writer.format("delta").toTable(topic.bronze)
    seen = [listener.finished.get(timeout=60) for _ in range(WARM_UP + batches)]
    running.stop()
    while not listener.finished.empty():
        listener.finished.get()
    spark.sql(f"DROP TABLE {topic.bronze}")
    kept = [durations for durations, _ in seen[WARM_UP:]]
    spent = (seen[-1][1] - seen[WARM_UP - 1][1]) / batches
    return Block([each["triggerExecution"] for each in kept], [each["addBatch"] for each in kept], spent)


def _result(blocks: dict[tuple[str, int], list[Block]], size: Size) -> Result:
    wall = {variant: median(ms for block in of for ms in block.trigger_ms) for variant, of in blocks.items()}
    cpu = {variant: median(block.cpu_seconds for block in of) for variant, of in blocks.items()}
    goals = []
    for files in (FEW, size.files):
        for what, cost in (("time", wall), ("CPU", cpu)):
            ratio = cost["ours", files] / cost["native", files]
            goals.append(Goal(f"our append / native sink, {what}, {files:,} files", ratio, 0.45, at_most=True))
    for what, cost in (("time", wall), ("CPU", cpu)):
        ratio = cost["ours", size.files] / cost["ours", FEW]
        goals.append(Goal(f"our append, {what}, {size.files:,} files / {FEW} files", ratio, 1.1, at_most=True))
    figures = [
        {
            "sink": "Delta's streaming sink" if sink == "native" else "our append",
            "files": files,
            "batch ms": round(wall[sink, files]),
            "of it addBatch ms": round(median(ms for block in of for ms in block.add_ms)),
            "CPU s": round(cpu[sink, files], 3),
            "batches": sum(len(block.trigger_ms) for block in of),
        }
        for (sink, files), of in blocks.items()
    ]
    return Result("commit", f"One micro-batch of {ROWS} rows", goals, figures)
