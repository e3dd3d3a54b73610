"""Bronze messages -> typed rows that are either accepted or rejected with a reason: how an event is read.

The rules about its columns are derived from the contract, in lakehouse/classify.py; here are those about the message
as a whole. JSON leaves are read as text first. Nothing here can raise on any input.

Reasons: null_value, empty_value, not_text, not_json, not_object, wrong_shape.
"""

import importlib
from collections.abc import Callable, Iterable

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse import contracts
from lakehouse.classify import BLANKS, COORDINATES, TEXT, Rule, complete, known, text_of, typed, verdicts
from lakehouse.tables import Table

_CORRUPT = "_corrupt"


def judged(bronze: DataFrame, table: Table) -> DataFrame:
    """`classify` with the function of the table's name in streaming/silver/<stem>.py."""
    module = importlib.import_module(f"streaming.silver.{contracts.stem(table)}")
    return classify(bronze, table, getattr(module, table.entity))


def classify(bronze: DataFrame, table: Table, silver: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """One row per message: the contract's columns, `reason` and `column_name` (NULL where accepted), coordinates.

    `silver` is the stem's function: it fills the columns that the contract computes.
    """
    fields = [column for column in table.columns if column.paths]
    shape = _shape([path for column in fields for path in column.paths])
    message = bronze.withColumn(TEXT, F.col("value").cast("string")).withColumn(
        "_event",
        F.from_json(TEXT, shape.add(_CORRUPT, T.StringType()), {"columnNameOfCorruptRecord": _CORRUPT}),
    )
    kept = [*COORDINATES, TEXT, "_event"]
    # A projection of its own: what is used more than once below is computed once.
    texts = message.select(*kept, *[known(c, [_leaf(path) for path in c.paths]).alias(text_of(c)) for c in fields])
    event_at = table.stream.event_at if table.stream else ""
    rows = complete(typed(texts, fields, _broken(), kept=kept, event_at=event_at), table)
    return verdicts(_with_lateness(silver(rows), table), table.names)


def _shape(paths: Iterable[tuple[str, ...]]) -> T.StructType:
    """The schema of an event: an object for each path's way, and text at its end."""
    below: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    fields = [T.StructField(key, _shape(rest) if any(rest) else T.StringType()) for key, rest in below.items()]
    return T.StructType(fields)


def _leaf(path: tuple[str, ...]) -> Expression:
    return F.col(".".join(f"`{key}`" for key in ("_event", *path)))


def _broken() -> list[Rule]:
    """The rules about the message as a whole."""
    whole, event = F.col(TEXT), F.col("_event")
    # Trimming reads the message character by character, dearer than parsing it: only where its last one is no brace.
    text = F.when(whole.endswith("}"), whole).otherwise(F.btrim(whole, F.lit(BLANKS)))
    is_object = F.btrim(whole, F.lit(BLANKS)).startswith("{")
    corrupt = event[_CORRUPT].isNotNull() | event.isNull() | ~text.endswith("}")
    return [
        (whole.isNull(), "null_value", None),
        (text == "", "empty_value", None),
        (~F.is_valid_utf8(whole), "not_text", None),
        (corrupt & F.try_parse_json(whole).isNotNull() & ~is_object, "not_object", None),
        (corrupt & text.endswith("}") & F.try_parse_json(whole).isNotNull(), "wrong_shape", None),
        (corrupt, "not_json", None),
    ]


def _with_lateness(rows: DataFrame, table: Table) -> DataFrame:
    if "is_late" not in table.names or not table.stream:
        return rows
    seconds = int(table.stream.late_after.total_seconds())
    allowed = F.col(table.stream.event_at) + F.expr(f"INTERVAL {seconds} SECONDS")
    return rows.withColumn("is_late", F.col("ingested_at") > allowed)
