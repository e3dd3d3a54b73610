"""Bronze messages -> typed rows that are either accepted or rejected with a reason: how an event is read.

The rules about its columns are derived from the contract, in lakehouse/classify.py; here are those about the message
as a whole. An event is read with the types of its columns, and where that fails again as text, which tells why.
Nothing here can raise on any input.

Reasons: null_value, empty_value, not_text, not_json, not_object, wrong_shape.
"""

import importlib
from collections.abc import Callable, Mapping

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse import contracts
from lakehouse.classify import (
    BLANKS,
    COORDINATES,
    TEXT,
    Rule,
    arrival,
    complete,
    known,
    text_of,
    typed,
    value_of,
    verdicts,
)
from lakehouse.tables import Column, Table

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
    # Each step is a projection of its own: what is used more than once below is computed once.
    message = bronze.withColumn(TEXT, F.col("value").cast("string"))
    read = message.withColumn("_event", _parsed({path: _served_as(c) for c in fields for path in c.paths}))
    is_odd = F.col("_event").isNull() | F.col(f"_event.{_CORRUPT}").isNotNull()
    event = read.select(
        *COORDINATES,
        TEXT,
        F.when(~is_odd, F.col("_event")).alias("_event"),
        F.when(is_odd, _parsed({path: T.StringType() for c in fields for path in c.paths})).alias("_odd"),
    )
    is_corrupt = F.col("_event").isNull() & (F.col("_odd").isNull() | F.col(f"_odd.{_CORRUPT}").isNotNull())
    said = event.select(
        *COORDINATES, TEXT, is_corrupt.alias("_is_corrupt"), *[one for column in fields for one in _said(column)]
    )
    event_at = table.stream.event_at if table.stream else ""
    kept = [*COORDINATES, TEXT, "_is_corrupt", *[value_of(column) for column in fields if not is_text(column)]]
    rows = complete(typed(said, fields, _broken(), kept=kept, event_at=event_at), table)
    return verdicts(_with_lateness(silver(rows), table), table.names)


def _parsed(types: Mapping[tuple[str, ...], T.DataType]) -> Expression:
    """The message as a struct of what stands at the paths, and `_corrupt` where it is not of that shape."""
    shape = _shape(types).add(_CORRUPT, T.StringType())
    return F.from_json(TEXT, shape, {"columnNameOfCorruptRecord": _CORRUPT})


def _shape(types: Mapping[tuple[str, ...], T.DataType]) -> T.StructType:
    below: dict[str, dict[tuple[str, ...], T.DataType]] = {}
    for (first, *rest), kind in types.items():
        below.setdefault(first, {})[tuple(rest)] = kind
    return T.StructType([T.StructField(key, rest.get(()) or _shape(rest)) for key, rest in below.items()])


def is_text(column: Column) -> bool:
    """Whether an event says it as text: in JSON a date and a time are texts too."""
    return isinstance(column.type, (T.StringType, T.DateType, T.TimestampType))


def _served_as(column: Column) -> T.DataType:
    return T.StringType() if is_text(column) else column.type


def _said(column: Column) -> list[Expression]:
    """What the event says of the column: as text, and where most events have no text, as `value_of` it."""
    event, odd = ([_leaf(struct, path) for path in column.paths] for struct in ("_event", "_odd"))
    if is_text(column):
        return [known(column, [F.coalesce(*two) for two in zip(event, odd, strict=True)]).alias(text_of(column))]
    return [known(column, odd).alias(text_of(column)), F.coalesce(*event).alias(value_of(column))]


def _leaf(struct: str, path: tuple[str, ...]) -> Expression:
    return F.col(".".join(f"`{key}`" for key in (struct, *path)))


def _broken() -> list[Rule]:
    """The rules about the message as a whole."""
    whole = F.col(TEXT)
    # Trimming reads the message character by character, dearer than parsing it: only where its last one is no brace.
    text = F.when(whole.endswith("}"), whole).otherwise(F.btrim(whole, F.lit(BLANKS)))
    is_object = F.btrim(whole, F.lit(BLANKS)).startswith("{")
    corrupt = F.col("_is_corrupt") | ~text.endswith("}")
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
    is_late = F.unix_micros(table.stream.event_at) < arrival(-table.stream.late_after)
    return rows.withColumn("is_late", is_late)
