"""Texts -> typed columns, and the first rule of the contract that a row breaks. Derived from the columns.

What a row is, is decided by that row alone. Nothing here can raise on any input: every cast is a try_cast, and a
row that no rule understands is a reject. Values come as text, because a number may be sent as a string (TMDb's
popularity is) and because a reject must tell a missing value from a wrong one; what was read by its type already
comes as `value_of` its column, without a text. How a message or a line becomes texts, and what is wrong with it as a
whole, is said in streaming/classify.py and lakehouse/lines.py.

Reasons: missing, not_an_integer, not_a_number, not_finite, not_a_boolean, not_a_date, not_a_timestamp, not_a_list,
incomplete_item, epoch_time, year_out_of_range, out_of_bounds, unknown_value, wrong_form, too_long, future_event.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse.tables import AHEAD, YEARS, Column, Table

COORDINATES = ("topic", "partition", "offset", "kafka_at", "ingested_at")
TEXT = "_text"
"""The column of the whole message or line as text, before `verdicts`. It may be no UTF-8; the bytes are the same."""
BLANKS = " \t\r\n"
_BETWEEN = " "  # a reason and its column, of which neither has one
Rule = tuple[Expression, str, str | None]
"""What must not be, its reason, and the column that it is about."""

_NOT_A = {
    T.LongType: "not_an_integer",
    T.IntegerType: "not_an_integer",
    T.DoubleType: "not_a_number",
    T.BooleanType: "not_a_boolean",
    T.DateType: "not_a_date",
    T.TimestampType: "not_a_timestamp",
    T.ArrayType: "not_a_list",
}


def text_of(column: Column) -> str:
    """The name of the column that holds the value as text, before `typed`."""
    return f"_text_of_{column.name}"


def value_of(column: Column) -> str:
    """The name of the column that holds the value where it was no text, before `typed`."""
    return f"_value_of_{column.name}"


def known(column: Column, texts: Sequence[Expression]) -> Expression:
    """The first of the texts that is not blank. A bare 1e400 or NaN arrives in quotes."""
    if isinstance(column.type, T.StringType):
        # What begins with a letter or a digit is not trimmed to be told from blanks.
        return F.coalesce(*[F.when((text >= "!") | (F.btrim(text, F.lit(BLANKS)) != ""), text) for text in texts])
    return F.coalesce(*[F.nullif(F.btrim(text, F.lit(BLANKS + '"')), F.lit("")) for text in texts])


def arrival(later: timedelta) -> Expression:
    """The row's time of arrival, and so much later, in us since 1970; to add an interval asks for the time zone."""
    return F.unix_micros("ingested_at") + later // timedelta(microseconds=1)


def typed(
    texts: DataFrame, columns: Sequence[Column], broken: Sequence[Rule], *, kept: Sequence[str], event_at: str = ""
) -> DataFrame:
    """The rows with `columns`, made of their texts, and `_problem`: the first broken rule, as `_cases` says it.

    `broken` are the rules about the row as a whole, which come first and may name what is `kept`; `event_at` is the
    column that may not lie ahead of the arrival. Where a `value_of` a column is kept, it counts before its text.
    """
    names = [text_of(column) for column in columns]
    values = [
        F.coalesce(value_of(column), _typed(column)) if value_of(column) in kept else _typed(column)
        for column in columns
    ]
    rows = texts.select(*kept, *names, *[value.alias(c.name) for value, c in zip(values, columns, strict=True)])
    return rows.withColumn(
        "_problem", F.coalesce(_cases(broken), *[_problem(column, column.name == event_at) for column in columns])
    )


def complete(rows: DataFrame, table: Table) -> DataFrame:
    """The `typed` rows; where nothing else is wrong, one that lacks what its kind of row must have is `missing` it."""
    needed = {name: [kind.name for kind in table.kinds if name in kind.needs] for name in table.names}
    rules: list[Rule] = [
        (F.col(table.kind_column).isin(*kinds) & F.col(name).isNull(), "missing", name)
        for name, kinds in needed.items()
        if kinds
    ]
    return rows.withColumn("_problem", F.coalesce("_problem", _cases(rules))) if rules else rows


def verdicts(rows: DataFrame, names: Sequence[str]) -> DataFrame:
    """The named columns, `reason` and `column_name` (NULL where accepted), `payload` (where not), coordinates."""
    return rows.select(
        *[F.col(name) for name in names if name not in COORDINATES],
        F.substring_index("_problem", _BETWEEN, 1).alias("reason"),
        F.try_element_at(F.split("_problem", _BETWEEN), F.lit(2)).alias("column_name"),
        F.when(F.col("_problem").isNotNull(), F.col(TEXT).cast("binary")).alias("payload"),
        *COORDINATES,
    )


def _typed(column: Column) -> Expression:
    text = F.col(text_of(column))
    if isinstance(column.type, T.StringType):
        return text
    if isinstance(column.type, T.TimestampType):
        # Spark reads "T10:00" as ten o'clock today, which would change with the day of the reading.
        return F.when(text.rlike("^[^:T]*-[^:T]*-"), F.try_to_timestamp(text))
    if isinstance(column.type, T.ArrayType):
        # from_json would take a bare object for a list of one.
        return F.when(text.startswith("["), F.from_json(text, column.type))
    return text.try_cast(column.type)


def _problem(column: Column, is_event_time: bool) -> Expression:
    """The column's first broken rule, or NULL."""
    value = F.col(column.name)
    rules = [*_type_rules(column, value, F.col(text_of(column))), *_value_rules(column, value)]
    if is_event_time:
        rules.append((F.unix_micros(value) > arrival(AHEAD), "future_event"))
    return _cases([(rule, reason, column.name) for rule, reason in rules])


def _type_rules(column: Column, value: Expression, text: Expression) -> Iterator[tuple[Expression, str]]:
    if not column.optional:
        yield text.isNull() & value.isNull(), "missing"
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
    if type(column.type) in YEARS:
        first, last = YEARS[type(column.type)]
        begin, end = (F.lit(datetime(year, 1, 1, tzinfo=UTC)).cast(column.type) for year in (first, last + 1))
        yield (value < begin) | (value >= end), "year_out_of_range"


def _value_rules(column: Column, value: Expression) -> Iterator[tuple[Expression, str]]:
    if column.low is not None:
        yield value < column.low, "out_of_bounds"
    if column.high is not None:
        yield value > column.high, "out_of_bounds"
    if column.one_of:
        yield ~value.isin(*column.one_of), "unknown_value"
    if column.form:
        yield ~value.rlike(f"^({column.form})$"), "wrong_form"
    if column.longest:
        yield F.length(value) > column.longest, "too_long"


def _cases(rules: Sequence[Rule]) -> Expression:
    """The first broken rule as `reason column_name` or `reason`, or NULL; a struct takes far more of each plan."""
    if not rules:
        return F.lit(None).cast("string")
    (rule, verdict), *others = [(rule, _BETWEEN.join(filter(None, words))) for rule, *words in rules]
    return reduce(lambda cases, other: cases.when(*other), others, F.when(rule, verdict))
