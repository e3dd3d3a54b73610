"""Bronze messages -> typed rows that are either accepted or rejected with a reason. Derived from the contract.

What a row is, is decided by that row alone. Nothing here can raise on any input: every cast is a try_cast, and a
message that no rule understands is a reject. JSON leaves are read as text first, because a number may come as a
string (TMDb's popularity does) and because the reject must tell a missing value from a wrong one.

Reasons: null_value, empty_value, not_text, not_json, not_object, wrong_shape, missing, not_an_integer, not_a_number,
not_finite, not_a_boolean, not_a_date, not_a_timestamp, not_a_list, incomplete_item, epoch_time, year_out_of_range,
out_of_bounds, unknown_value, future_event.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import or_

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse import contracts
from lakehouse.tables import Column, Table

AHEAD = "INTERVAL 5 MINUTES"
"""How far an event's time may lie ahead of its arrival: clocks differ."""

_CORRUPT = "_corrupt"
_BLANKS = " \t\r\n"
_YEARS = {T.TimestampType: (1900, 2100), T.DateType: (1800, 2200)}
_NOT_A = {
    T.LongType: "not_an_integer",
    T.IntegerType: "not_an_integer",
    T.DoubleType: "not_a_number",
    T.BooleanType: "not_a_boolean",
    T.DateType: "not_a_date",
    T.TimestampType: "not_a_timestamp",
    T.ArrayType: "not_a_list",
}


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
    message = bronze.withColumn("_text", F.col("value").cast("string")).withColumn(
        "_event",
        F.from_json("_text", shape.add(_CORRUPT, T.StringType()), {"columnNameOfCorruptRecord": _CORRUPT}),
    )
    kept = ["topic", "partition", "offset", "kafka_at", "ingested_at", "value", "_text", "_event"]
    # A projection of its own: what is used more than once below is computed once.
    texts = message.select(*kept, *[_leaf(column).alias(_text_of(column)) for column in fields])
    names = [_text_of(column) for column in fields]
    typed = texts.select(*kept, *names, *[_typed(column).alias(column.name) for column in fields])
    judged = typed.withColumn("_problem", F.coalesce(_broken(), *[_problem(column, table) for column in fields]))
    return _with_lateness(silver(judged), table).select(
        *[F.col(name) for name in table.names if name not in ("partition", "offset", "ingested_at")],
        F.col("_problem.reason").alias("reason"),
        F.col("_problem.column_name").alias("column_name"),
        F.when(F.col("_problem").isNotNull(), F.col("value")).alias("payload"),
        "topic",
        "partition",
        "offset",
        "kafka_at",
        "ingested_at",
    )


def _shape(paths: Iterable[tuple[str, ...]]) -> T.StructType:
    """The schema of an event: an object for each path's way, and text at its end."""
    below: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    fields = [T.StructField(key, _shape(rest) if any(rest) else T.StringType()) for key, rest in below.items()]
    return T.StructType(fields)


def _text_of(column: Column) -> str:
    return f"_text_of_{column.name}"


def _leaf(column: Column) -> Expression:
    """The leaf as text, from the first path that has one; a blank is none. A bare 1e400 or NaN arrives in quotes."""
    texts = [F.col(".".join(f"`{key}`" for key in ("_event", *path))) for path in column.paths]
    if isinstance(column.type, T.StringType):
        return F.coalesce(*[F.when(F.btrim(text, F.lit(_BLANKS)) != "", text) for text in texts])
    return F.coalesce(*[F.nullif(F.btrim(text, F.lit(_BLANKS + '"')), F.lit("")) for text in texts])


def _typed(column: Column) -> Expression:
    text = F.col(_text_of(column))
    if isinstance(column.type, T.StringType):
        return text
    if isinstance(column.type, T.TimestampType):
        # Spark reads "T10:00" as ten o'clock today, which would change with the day of the reading.
        return F.when(text.like("%-%-%"), F.try_to_timestamp(text))
    if isinstance(column.type, T.ArrayType):
        # from_json would take a bare object for a list of one.
        return F.when(text.startswith("["), F.from_json(text, column.type))
    return text.try_cast(column.type)


def _problem(column: Column, table: Table) -> Expression:
    """The column's first broken rule as struct(reason, column_name), or NULL."""
    value = F.col(column.name)
    rules = [*_type_rules(column, value, F.col(_text_of(column))), *_value_rules(column, value)]
    if table.stream and column.name == table.stream.event_at:
        rules.append((value > F.col("ingested_at") + F.expr(AHEAD), "future_event"))
    return _cases([(rule, reason, column.name) for rule, reason in rules])


def _type_rules(column: Column, value: Expression, text: Expression) -> Iterator[tuple[Expression, str]]:
    if not column.optional:
        yield text.isNull(), "missing"
    if isinstance(column.type, T.TimestampType):
        yield value.isNull() & text.rlike(r"^[0-9]+$"), "epoch_time"
    if not isinstance(column.type, T.StringType):
        yield text.isNotNull() & value.isNull(), _NOT_A[type(column.type)]
    if isinstance(column.type, T.ArrayType) and isinstance(column.type.elementType, T.StructType):
        needed = [field.name for field in column.type.elementType if not field.nullable]
        if needed:
            yield F.exists(value, lambda item: reduce(or_, [item[name].isNull() for name in needed])), "incomplete_item"
    if isinstance(column.type, T.DoubleType):
        yield F.isnan(value) | (F.abs(value) == float("inf")), "not_finite"
    if type(column.type) in _YEARS:
        yield ~F.year(value).between(*_YEARS[type(column.type)]), "year_out_of_range"


def _value_rules(column: Column, value: Expression) -> Iterator[tuple[Expression, str]]:
    if column.low is not None:
        yield value < column.low, "out_of_bounds"
    if column.high is not None:
        yield value > column.high, "out_of_bounds"
    if column.one_of:
        yield ~value.isin(*column.one_of), "unknown_value"


def _broken() -> Expression:
    """The rules about the message as a whole."""
    value, whole, event = F.col("value"), F.col("_text"), F.col("_event")
    # Trimming reads the message character by character, dearer than parsing it: only where its last one is no brace.
    text = F.when(whole.endswith("}"), whole).otherwise(F.btrim(whole, F.lit(_BLANKS)))
    is_object = F.btrim(whole, F.lit(_BLANKS)).startswith("{")
    corrupt = event[_CORRUPT].isNotNull() | event.isNull() | ~text.endswith("}")
    return _cases(
        [
            (value.isNull(), "null_value", None),
            (text == "", "empty_value", None),
            (~F.is_valid_utf8(whole), "not_text", None),
            (corrupt & F.try_parse_json(whole).isNotNull() & ~is_object, "not_object", None),
            (corrupt & text.endswith("}") & F.try_parse_json(whole).isNotNull(), "wrong_shape", None),
            (corrupt, "not_json", None),
        ]
    )


def _cases(rules: list[tuple[Expression, str, str | None]]) -> Expression:
    if not rules:
        return F.lit(None)
    shape = "struct<reason:string,column_name:string>"
    return reduce(
        lambda cases, rule: cases.when(rule[0], _verdict(rule[1], rule[2]).cast(shape)),
        rules[1:],
        F.when(rules[0][0], _verdict(rules[0][1], rules[0][2]).cast(shape)),
    )


def _verdict(reason: str, column_name: str | None) -> Expression:
    return F.struct(F.lit(reason).alias("reason"), F.lit(column_name).alias("column_name"))


def _with_lateness(rows: DataFrame, table: Table) -> DataFrame:
    if "is_late" not in table.names or not table.stream:
        return rows
    seconds = int(table.stream.late_after.total_seconds())
    allowed = F.col(table.stream.event_at) + F.expr(f"INTERVAL {seconds} SECONDS")
    return rows.withColumn("is_late", F.col("ingested_at") > allowed)
