"""Erases a viewer: from bronze, silver and the rejects, and from what was trained; what is built of them then follows.

Delta writes the condition of a DELETE into its log, which outlives the rows: here rows are named by another table, and
the conditions name columns only.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from batch import build, staging
from batch.raw_export import filed
from lakehouse import contracts, delta, merge
from lakehouse.contracts.erasure import ERASURE_EVENT
from lakehouse.contracts.recommendation import TITLE_RECOMMENDATION
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.user_event import TOPIC, USER_EVENT
from lakehouse.tables import Table, bronze_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_BRONZE = bronze_table(TOPIC)
BEARERS = (_BRONZE, USER_EVENT, REJECT, TITLE_RECOMMENDATION)
"""The tables that `erase` removes rows from."""
_PLACE = ("topic", "partition", "offset")


def erase(spark: "SparkSession", user_key: str, *, upto: int, erasure_id: str, at: datetime) -> dict[str, int]:
    """Remove what the viewer's messages became, bronze up to a version, which silver must have taken; rows by table.

    Bronze goes last and the messages' places are noted first: who repeats it after a crash finds what is left.
    """
    said = {"erasure_id": erasure_id}
    whose = _whose(delta.at_version(spark, TOPIC.bronze, upto), _BRONZE, user_key)
    messages = filed(whose, TOPIC).select(*_PLACE, F.col("place").alias("export_place")).persist()
    try:
        noted = messages.withColumns({"erasure_id": F.lit(erasure_id), "erased_at": F.lit(at)})
        merge.insert_new(noted.select(*ERASURE_EVENT.names), ERASURE_EVENT.name, on=_PLACE, metadata=said)
        lists = spark.createDataFrame([("user", user_key)], "audience string, subject string")
        gone = {TITLE_RECOMMENDATION: merge.remove(lists, TITLE_RECOMMENDATION.name, on=lists.columns, metadata=said)}
        for table in (USER_EVENT, REJECT, _BRONZE):
            on = [name for name in _PLACE if name in table.names]  # silver has messages of one topic
            gone[table] = merge.remove(messages.select(*on), table.name, on=on, metadata=said)
    finally:
        messages.unpersist()
    for table in (*built_of(), TITLE_RECOMMENDATION):
        staging.clear(spark, table)  # rows that were held back
    return {table.name: rows for table, rows in gone.items()}


def built_of() -> list[Table]:
    """The built tables that viewers' events go into, directly or through another table, each behind those it reads."""
    found = {USER_EVENT.name: USER_EVENT}
    for table in build.ordered(contracts.BUILT):
        if found.keys() & set(table.reads):
            found[table.name] = table
    return [table for table in found.values() if table.is_built]


def traces(spark: "SparkSession", tables: Iterable[Table], user_key: str) -> dict[str, int]:
    """The rows by table that hold the pseudonym in any text; tables without one are left out."""
    counted = {table.name: _whose(spark.table(table.name), table, user_key).count() for table in tables}
    return {name: rows for name, rows in counted.items() if rows}


def _whose(rows: "DataFrame", table: Table, user_key: str) -> "DataFrame":
    """The rows that hold the pseudonym; in bronze and in rejects it stands somewhere within the message."""
    texts = [column.name for column in table.columns if isinstance(column.type, T.StringType | T.BinaryType)]
    held = [
        F.coalesce(F.contains(F.col(name).cast("binary"), F.lit(user_key.encode())), F.lit(False)) for name in texts
    ]
    return rows.where(reduce(or_, held))
