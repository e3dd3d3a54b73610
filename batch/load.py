"""Files -> raw copies -> bronze -> silver.reject; the silver tables are built from bronze after it.

Each step looks at what is there and does what is missing, so that a run that was ended is repaired by the next one:
a copy is complete or not there, a file is in bronze by one commit, and rejects are judged anew and only those that
silver.reject lacks are added.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from batch.raw_copy import RECORD_END, Given, alone, changed_at, copied, digest, with_line_breaks
from lakehouse import delta, history
from lakehouse.clock import utc_day
from lakehouse.contracts.reject import REJECT
from lakehouse.lines import judged
from lakehouse.progress import OnProgress
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ROW = (1 << 33) - 1  # monotonically_increasing_id has the split above these bits
STEPS = 3


@dataclass(frozen=True)
class Loaded:
    """What became of one file: `verdict` is loaded, already loaded, or not used and why."""

    file: str
    kind: str
    lines: int
    accepted: int
    rejected: int
    verdict: str


@dataclass(frozen=True)
class Loader:
    """Loads the files of one stem; `now` is asked for the time of each load."""

    spark: "SparkSession"
    stem: ModuleType
    raw: Path
    now: Callable[[], datetime]

    def load(self, files: Sequence[Given], on_file: Callable[[str], OnProgress]) -> Iterator[Loaded]:
        """Take the files in, one after the other; `on_file` gives whom to tell the steps done and in all.

        Raises FolderTaken where another load of the stem is at work.
        """
        with alone(self.raw):
            for one in files:
                yield self._load(one, on_file(f"Loading {one.path.name}")) if one.lines else _left(one)

    def _load(self, given: Given, told: OnProgress) -> Loaded:
        assert given.lines is not None
        bronze = self.stem.FILES.name
        told(0, STEPS)
        sha256 = digest(given.path)
        version = history.version(self.spark, bronze)
        topic = _held(self.spark, bronze, sha256[:16])
        is_new = topic is None
        told(1, STEPS)
        if topic is None:
            topic = f"{given.lines.kind}/{given.path.name}@{sha256[:16]}"
            self._to_bronze(given, topic, sha256, version)
        told(2, STEPS)
        accepted, rejected = self._reject(given, topic)
        told(3, STEPS)
        verdict = "loaded" if is_new else "already loaded"
        return Loaded(given.path.name, given.lines.kind, accepted + rejected, accepted, rejected, verdict)

    def _to_bronze(self, given: Given, topic: str, sha256: str, version: int) -> None:
        at = self.now()
        copy = copied(given.path, sha256, self.raw, utc_day(at))
        parted = with_line_breaks(copy) if given.lines and given.lines.is_quoted else None
        read = self.spark.read.option("lineSep", (RECORD_END if parted else b"\n").decode()).text(str(parted or copy))
        rows = {
            "key": F.lit(given.header),
            "value": F.col("value").cast("binary"),
            "headers": F.lit(None).cast(self.stem.FILES.struct["headers"].dataType),
            "topic": F.lit(topic),
            "partition": F.spark_partition_id(),
            "offset": F.monotonically_increasing_id().bitwiseAND(F.lit(_ROW)),
            "kafka_at": F.lit(changed_at(given.path)),
            "ingested_at": F.lit(at),
        }
        about = {"file": given.path.name, "sha256": sha256, "raw": str(copy.relative_to(self.raw))}
        line = read.select(*[value.alias(name) for name, value in rows.items()])
        delta.append(line, self.stem.FILES.name, metadata=about, once=(sha256, version))
        if parted:
            parted.unlink()

    def _reject(self, given: Given, topic: str) -> tuple[int, int]:
        """Add what silver.reject lacks of the file; the lines accepted and refused."""
        assert given.lines is not None
        version = history.version(self.spark, REJECT.name)
        line = judged(self.spark.table(self.stem.FILES.name).where(F.col("topic") == topic), given.lines)
        counts = line.agg(F.count_if(F.col("reason").isNull()), F.count_if(F.col("reason").isNotNull())).collect()[0]
        if counts[1]:
            there = self.spark.table(REJECT.name).where(F.col("topic") == topic)
            refused = refusals(line, given.lines.table)
            if there.count() < counts[1]:
                lacking = refused.join(there, list(REJECT.key), "left_anti")
                about = {"file": given.path.name, "topic": topic}
                delta.append(lacking, REJECT.name, metadata=about, once=(topic, version))
        return counts[0], counts[1]


def refusals(line: "DataFrame", table: str) -> "DataFrame":
    """The judged lines that are refused, as silver.reject has them."""
    return line.where("reason IS NOT NULL").withColumn("table_name", F.lit(table)).select(*REJECT.names)


def tables(stem: ModuleType) -> list[Table]:
    """The tables that are built from the stem's files."""
    return [table for table in stem.TABLES if stem.FILES.name in table.reads]


def _held(spark: "SparkSession", bronze: str, digits: str) -> str | None:
    """The topic of the lines that bronze has of a file with these first digits of its sum."""
    found = spark.table(bronze).where(F.col("topic").endswith(f"@{digits}")).select("topic").limit(1).collect()
    return str(found[0]["topic"]) if found else None


def _left(given: Given) -> Loaded:
    return Loaded(given.path.name, "", 0, 0, 0, given.why)
