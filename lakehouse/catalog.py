"""The catalog of a session: it is in memory, so whoever opens a lake names its tables there first."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from delta.tables import DeltaTable

from lakehouse.errors import ContractBroken
from lakehouse.tables import Table, literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STAGING = "staging"
"""The schema of rows that wait for their check, and its folder in the lake."""


def register(
    spark: "SparkSession", tables: Iterable[Table], lake: Path | str, *, ended: Callable[[], bool] = lambda: False
) -> None:
    """Make every table known to the session's catalog, creating what is not there yet at lake/<layer>/<entity>.

    A column that the contract has gained is added where it is optional; any other difference raises ContractBroken.
    Once `ended` says so, the tables that are left are not registered.
    """
    wanted = list(tables)
    for layer in sorted({table.layer for table in wanted}):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {STAGING} COMMENT 'Rows that wait for their check.'")
    spark.sql(f"ALTER SCHEMA {STAGING} SET LOCATION {literal(f'{lake}/{STAGING}')}")
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda table: _register(spark, table, lake, ended), wanted))


def places(spark: "SparkSession", tables: Iterable[str]) -> dict[str, str]:
    """The folder of each table, by one command for each layer."""
    layers: dict[str, list[str]] = {}
    for table in tables:
        layer, entity = table.split(".")
        layers.setdefault(layer, []).append(entity)
    found = {}
    for layer, entities in layers.items():
        told = spark.sql(f"SHOW TABLE EXTENDED IN {layer} LIKE {literal('|'.join(entities))}").collect()
        for row in told:
            if not row["isTemporary"]:  # a view of the session is listed in every layer
                _, place = row["information"].split("\nLocation: ")
                found[f"{layer}.{row['tableName']}"] = place.splitlines()[0]
    return found


def _register(spark: "SparkSession", table: Table, lake: Path | str, ended: Callable[[], bool]) -> None:
    if ended():
        return
    place = f"{lake}/{table.layer}/{table.entity}"
    # A table that is there is taken as it is: with the contract's DDL, Delta refuses one whose comments differ.
    is_there = DeltaTable.isDeltaTable(spark, place)
    taken = f"CREATE TABLE IF NOT EXISTS {table.name} USING DELTA LOCATION {literal(place)}"
    spark.sql(taken if is_there else table.ddl(place))
    have = {f.name: f.dataType.simpleString() for f in spark.table(table.name).schema}
    want = {column.name: column.type.simpleString() for column in table.columns}
    new, different = [c for c in table.columns if c.name not in have], sorted(n for n in have if want.get(n) != have[n])
    if different or any(not column.optional for column in new):
        raise ContractBroken(
            f"{table.name} has not the columns of its contract: {', '.join(different or [c.name for c in new])}",
            where=f"lakehouse/contracts, {table.name}",
            expected=", ".join(f"{name} {kind}" for name, kind in want.items()),
            hint="add new columns as optional, or move the table's folder and its checkpoint away to build it anew",
        )
    for column in new:
        added = f"`{column.name}` {column.type.simpleString()} COMMENT {literal(column.doc)}"
        spark.sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")
