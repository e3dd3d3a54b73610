"""Generated files of IMDb's ratings with 1 and 10 times the lines: the memory that loading and building them takes.

Python's is the resident memory of this process, which does what `moviepulse load` does; the JVM's is what its heap
holds right after a collection, asked for twice a second. Both are peaks, and what was there before is counted too.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from batch import build
from batch.load import Loader, tables
from batch.raw_copy import given
from benchmarks.bench import Goal, Result, Size, fresh_lake, home, session
from lakehouse.clock import utc_now
from lakehouse.contracts import imdb
from lakehouse.errors import SourceInvalid
from lakehouse.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GROWTH = 1.1
HEAP = "512m"
LINES_A_MESSAGE = 4
"""Lines of the large file for each message of `--messages`: 4 million by default, 95 MB."""


@dataclass
class Peak:
    """The largest memory that was seen, in MiB."""

    python: float = 0
    heap: float = 0


def measure(size: Size) -> Result:
    """Peaks while files of 1x and 10x the lines are loaded, and while silver is built from them."""
    large = size.messages * LINES_A_MESSAGE
    with home() as config, session(_with_small_heap(config)) as spark:
        _run(spark, config, large // 10, "warm")  # what is loaded and compiled first is no matter of the file
        runs = [_run(spark, config, lines, str(lines)) for lines in (large // 10, large)]
    (small, _), (big, _) = runs
    goals = [
        Goal("peak memory of Python, 10x / 1x the lines", big.python / small.python, GROWTH, at_most=True),
        Goal("peak live heap, 10x / 1x the lines", big.heap / small.heap, GROWTH, at_most=True),
    ]
    notes = [
        f"The heap may grow to {HEAP}. The goals are about loading: copy, bronze, judging, rejects (every tenth line). "
        "Building sorts by title, in memory as far as there is some, then on disk.",
    ]
    return Result("load_files", "Loading a file into bronze and silver", goals, [row for _, row in runs], notes=notes)


def _with_small_heap(config: Settings) -> Settings:
    return config.model_copy(update={"spark": config.spark.model_copy(update={"driver_memory": HEAP})})


def _run(spark: "SparkSession", config: Settings, lines: int, name: str) -> tuple[Peak, dict[str, Any]]:
    """One load of a file of so many lines into a lake of its own, and one build."""
    with fresh_lake(spark, config, name) as here:
        path = here.root / "title.ratings.tsv"
        _write(path, lines)
        loader = Loader(spark, imdb, here.root / "raw", utc_now)

        def load() -> None:
            (done,) = loader.load(given(path, imdb.LINES, imdb.UNUSED), lambda _: lambda *_: None)
            if (done.accepted, done.rejected) != (lines - lines // 10, lines // 10):
                raise SourceInvalid(f"{done} of {lines} lines", where="benchmarks/load_files.py")

        loading, seconds = _watched(spark, load)
        (titles, *_) = tables(imdb)

        def build_titles() -> None:
            staged = build.stage(spark, titles, build.Run("bench"))
            if staged is None or spark.table(staged.place).count() != lines - lines // 10:
                raise SourceInvalid(f"{staged} of {lines} lines", where="benchmarks/load_files.py")
            build.publish(spark, staged)

        building, more = _watched(spark, build_titles)
        return loading, {
            "lines": lines,
            "file MiB": round(path.stat().st_size / 2**20, 1),
            "load s": round(seconds, 1),
            "build s": round(more, 1),
            "Python MiB": round(loading.python, 1),
            "heap MiB, loading": round(loading.heap, 1),
            "heap MiB, building": round(building.heap, 1),
        }


def _write(path: Path, lines: int) -> None:
    """A file of ratings, of which every tenth is no number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as out:
        out.write("tconst\taverageRating\tnumVotes\n")
        for number in range(lines):
            rating = "-" if number % 10 == 9 else f"{1 + number % 90 / 10:.1f}"
            out.write(f"tt{number:08d}\t{rating}\t{number % 5000}\n")


def _watched(spark: "SparkSession", work: Callable[[], None]) -> tuple[Peak, float]:
    begin = time.perf_counter()
    with _peak(spark) as peak:
        work()
    return peak, time.perf_counter() - begin


@contextmanager
def _peak(spark: "SparkSession") -> Iterator[Peak]:
    """Filled while the block runs."""
    peak, ended, me = Peak(), threading.Event(), psutil.Process()
    gateway: Any = spark._jvm
    runtime = gateway.java.lang.Runtime.getRuntime()

    def look() -> None:
        while not ended.wait(0.5):
            runtime.gc()
            peak.heap = max(peak.heap, (runtime.totalMemory() - runtime.freeMemory()) / 2**20)
            peak.python = max(peak.python, me.memory_info().rss / 2**20)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
