"""Compacts tables that have many small files, and removes files that no reader can still need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse import delta
from lakehouse.errors import SettingsInvalid
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A stream that was down, a gold build from pinned versions and the change feed all read old files: a week is what a
# repair over a long weekend takes, and Delta itself refuses less.
KEEP_DAYS = 7
# A commit every few seconds leaves files of some kB; reading them costs about as much as opening them.
_MANY_FILES = 32
_SMALL_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Maintained:
    """What was done to one table: its files before and after, and whether they were rewritten."""

    table: str
    files_before: int
    files_after: int
    is_compacted: bool


def maintain(spark: "SparkSession", table: Table, *, keep_days: int = KEEP_DAYS) -> Maintained:
    """Compact where it helps, then vacuum; rows, versions of the last `keep_days` and streams stay as they are.

    Raises SettingsInvalid where `keep_days` is less than the streams need.
    """
    if keep_days < KEEP_DAYS:
        raise SettingsInvalid(
            f"{keep_days} days of old files are too few to keep",
            where=f"maintenance of {table.name}",
            expected=f"keep_days of at least {KEEP_DAYS}: streams and change feeds may still read them",
            hint=f"prefect deployment run maintenance/maintenance --param keep_days={KEEP_DAYS}",
        )
    before = delta.detail(spark, table.name)
    is_compacted = before.files >= _MANY_FILES and before.bytes < before.files * _SMALL_BYTES
    if is_compacted:
        delta.compact(spark, table.name)
    delta.vacuum(spark, table.name, hours=keep_days * 24)
    after = delta.detail(spark, table.name).files if is_compacted else before.files
    return Maintained(table.name, before.files, after, is_compacted)
