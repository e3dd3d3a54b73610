"""Rows by key: inserted where they are new, removed where they are named; each in one commit that carries `metadata`.

Delta keeps a MERGE's condition in its log: it names columns, and of values only those that `where` has.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lakehouse import delta
from lakehouse.tables import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row


def insert_new(
    frame: "DataFrame", table: str, *, on: Sequence[str], where: str = "true", metadata: Mapping[str, Any]
) -> None:
    """Insert the rows that agree with none of the table's in the columns `on`; `where` bounds the table (t) read."""
    _merge(frame, f"{_same(on)} AND {where}", table, "WHEN NOT MATCHED THEN INSERT *", metadata)


def remove(frame: "DataFrame", table: str, *, on: Sequence[str], metadata: Mapping[str, Any]) -> int:
    """Remove the table's rows that agree with one of the frame's in the columns `on`; returns how many."""
    return int(_merge(frame, _same(on), table, "WHEN MATCHED THEN DELETE", metadata)["num_deleted_rows"])


def _merge(frame: "DataFrame", condition: str, table: str, clause: str, metadata: Mapping[str, Any]) -> "Row":
    spark, view = frame.sparkSession, f"merged_{uuid4().hex}"
    frame.createTempView(view)
    try:
        with delta.saying(spark, json.dumps(metadata)):
            return spark.sql(f"MERGE INTO {quoted(table)} t USING {view} s ON {condition} {clause}").collect()[0]
    finally:
        spark.catalog.dropTempView(view)


def _same(columns: Sequence[str]) -> str:
    return " AND ".join(f"t.`{name}` = s.`{name}`" for name in columns)
