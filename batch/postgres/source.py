"""Gold as an export reads it: each table at one version, measured, then in slices that fit into memory.

Only what works over Spark Connect; a result lies whole in the host before the client has read it, hence the slices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql import types as T

from batch.postgres import canonical
from lakehouse import delta
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SLICE_BYTES = 32 * 1024 * 1024
IS_THERE = "is_there"
"""True for a row to write, false for a key that the table no longer has."""
_BATCH = 10_000


@dataclass(frozen=True)
class Measure:
    """What rows are together: their number and sum, the values with a U+0000 in them, and about how many bytes."""

    row_count: int
    checksum: Decimal
    replaced_count: int
    bytes: int


def rows(spark: "SparkSession", table: Table, version: int) -> "DataFrame":
    """All rows at that version."""
    return delta.at_version(spark, table.name, version).select(*table.names)


def changed(spark: "SparkSession", table: Table, *, after: int, upto: int) -> "DataFrame":
    """One row per key that was touched between two versions, as it is at the later one; read within `delta.old`."""
    keys = delta.changes(spark, table.name, after=after, upto=upto).select(*table.key).distinct()
    now = rows(spark, table, upto).withColumn(IS_THERE, F.lit(True))
    found = keys.join(now, list(table.key), "left")
    return found.select(*table.names, F.coalesce(IS_THERE, F.lit(False)).alias(IS_THERE))


def measure(found: "DataFrame", table: Table) -> Measure:
    """What the rows are together."""
    texts = [column.name for column in table.columns if isinstance(column.type, T.StringType)]
    have = [F.coalesce(F.contains(F.col(name), F.lit(canonical.NUL)).cast("int"), F.lit(0)) for name in texts]
    width = [F.coalesce(F.octet_length(name), F.lit(0)) for name in texts]
    own = 16 * len(table.columns)
    each = found.select(
        *(canonical.shown(column) for column in table.columns),
        sum(have, F.lit(0)).alias("_replaced"),
        sum(width, F.lit(own)).alias("_width"),
    )
    none = F.lit(0)
    (one,) = each.agg(
        F.count("*"),
        F.coalesce(F.sum(canonical.in_spark(table)), none.cast("decimal(30,0)")),
        F.coalesce(F.sum("_replaced"), none),
        F.coalesce(F.sum("_width"), none),
    ).collect()
    return Measure(*one)


def batches(found: "DataFrame", table: Table, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows as tuples, with `IS_THERE` last, in parts by a hash of the key; `size` is that of all of them."""
    is_there = F.col(IS_THERE) if IS_THERE in found.columns else F.lit(True).alias(IS_THERE)
    slices = max(1, ceil(size / SLICE_BYTES))
    for number in range(slices):
        part = found.where(F.pmod(F.xxhash64(*table.key), F.lit(slices)) == number) if slices > 1 else found
        wanted = part.select(*(canonical.shown(column) for column in table.columns), is_there)
        for batch in wanted.toArrow().to_batches(max_chunksize=_BATCH):
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
