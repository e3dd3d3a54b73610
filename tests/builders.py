"""Rows and frames for tests, derived from the contracts: a test says only what it is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from lakehouse.clock import from_iso
from lakehouse.ids import event_id
from lakehouse.tables import Column, Table

_PLAIN: dict[type, Any] = {
    T.StringType: "x",
    T.LongType: 1,
    T.IntegerType: 1,
    T.DoubleType: 1.0,
    T.BooleanType: False,
    T.BinaryType: b"",
    T.DateType: date(2026, 1, 21),
    T.TimestampType: datetime(2026, 1, 21, 10, tzinfo=UTC),
}


def row(table: Table, **values: Any) -> dict[str, Any]:
    """One row of the table: the named values, NULL where the contract allows it, something plain elsewhere."""
    unknown = values.keys() - set(table.names)
    assert not unknown, f"{table.name} has no column {unknown}"
    return {column.name: values.get(column.name, _default(column)) for column in table.columns}


def _default(column: Column) -> Any:
    if column.optional:
        return None
    return column.one_of[0] if column.one_of else _PLAIN[type(column.type)]


def rows(spark: SparkSession, table: Table, *given: Mapping[str, Any]) -> DataFrame:
    """A frame with the table's schema."""
    return spark.createDataFrame([tuple(one[name] for name in table.names) for one in given], table.struct)


def seen(**values: Any) -> dict[str, Any]:
    """One row of silver.trending_event: a title in a list at a poll."""
    from lakehouse.contracts.trending import TRENDING_EVENT

    return _polled(TRENDING_EVENT, **{"list_name": "trending_day", **values})


def listed(**values: Any) -> dict[str, Any]:
    """One row of silver.popular_event: a title in a standing list at a poll."""
    from lakehouse.contracts.popular import POPULAR_EVENT

    return _polled(POPULAR_EVENT, **{"list_name": "popular", **values})


def _polled(table: Table, *, at: str = "2026-01-21T10:00", title_id: int = 603, **values: Any) -> dict[str, Any]:
    event_at = from_iso(at)
    values = {"media_type": "movie", "rank": 1, "ingested_at": event_at, **values}
    same = event_id(values["list_name"], at, values["media_type"], title_id)
    own = {"event_at": event_at, "event_date": event_at.date(), "event_id": same}
    return row(table, title_id=title_id, **own | values)


def collected(frame: DataFrame, *order: str) -> list[dict[str, Any]]:
    """All rows as dicts, in the order of the named columns (all columns if none is named)."""
    found = [one.asDict(recursive=True) for one in frame.collect()]
    keys = order or tuple(frame.columns)
    return sorted(found, key=lambda one: tuple(str(one[key]) for key in keys))
