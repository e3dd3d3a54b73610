"""Sets a built table back: which version may be, what the table would hold, and the commit that does it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse import contracts, delta, history
from lakehouse.errors import PublishOvertaken, RollbackRefused, VersionMissing
from lakehouse.tables import Table, by_name

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Rollback:
    """A table that is to go from the version that it has to an earlier one."""

    table: Table
    from_version: int
    to_version: int


def planned(spark: "SparkSession", name: str, to: int) -> Rollback:
    """The rollback that is asked for.

    Raises ContractBroken for an unknown table, RollbackRefused where no build publishes it or it is there already,
    VersionMissing where it has no such version or its files are gone.
    """
    table = by_name(contracts.TABLES, name)
    if not table.is_built:
        raise RollbackRefused(
            f"{name} cannot be set back: {_why_not(table)}",
            expected="a table that builds publish",
            hint=contracts.made_by(table) if table.trained_by else "moviepulse tables",
        )
    commits = history.commits(spark, name)
    newest = commits[0].version
    if to == newest:
        raise RollbackRefused(f"{name} is at version {to} already", hint=f"moviepulse lineage {name}")
    if to not in {commit.version for commit in commits}:
        known = [str(commit.version) for commit in commits if "inputs" in commit.metadata and commit.version != newest]
        raise VersionMissing(
            f"{name} has no version {to}",
            expected=f"a published version: {', '.join(known[:20]) or 'there is none before the newest'}",
            hint=f"moviepulse lineage {name}",
        )
    asked = Rollback(table, newest, to)
    with delta.old(name, to):
        rows(spark, asked).write.format("noop").mode("overwrite").save()  # reads every file, or says which is gone
    return asked


def _why_not(table: Table) -> str:
    if table.trained_by:
        return "an erasure removes viewers from its newest version alone, and a training makes it anew"
    writer = "a stream writes it" if table.stream else "it is only added to"
    return f"{writer}, and nothing would bring back the rows that it lost"


def rows(spark: "SparkSession", asked: Rollback) -> "DataFrame":
    """What the table would hold."""
    return delta.at_version(spark, asked.table.name, asked.to_version)


def restore(spark: "SparkSession", asked: Rollback, *, run_id: str) -> int:
    """Set the table back in one commit that names the run and both versions; returns its own version.

    Raises PublishOvertaken where the table has moved on since it was planned.
    """
    name = asked.table.name
    if history.version(spark, name) != asked.from_version:
        hint = f"moviepulse rollback {name} --to {asked.to_version}"
        raise PublishOvertaken(
            f"another run published {name} while run {run_id} was checking its old version", hint=hint
        )
    said = {"run_id": run_id, "from_version": asked.from_version, "to_version": asked.to_version}
    delta.restore(spark, name, asked.to_version, metadata=said)
    return history.version(spark, name)


def readers(table: Table) -> tuple[str, ...]:
    """The tables that read it or whose foreign keys point to it, in the order in which they are built."""
    return tuple(one.name for one in contracts.BUILT if table.name in one.follows)
