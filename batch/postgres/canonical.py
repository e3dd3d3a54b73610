"""One text for each row, the same in Spark and in PostgreSQL, and what tables are compared by: a sum over all texts.

The sum of the first 60 bits of each text's MD5 does not depend on the order of rows. Numbers, dates and times are
written as whole numbers, so no setting of a session and no way of printing comes in between. A double is two whole
numbers, cut from it by powers of two: exact in both engines, and lossless down to 2^-85.
"""

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse.tables import Column, Table

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression

NUL, SHOWN = "\x00", "\N{SYMBOL FOR NULL}"
"""PostgreSQL's text cannot hold U+0000; U+2400 stands in its place."""
_BETWEEN, _NULL = 31, 30  # control characters: unit and record separator
_HIGH, _LOW, _MOST = 2.0**32, 2.0**53, 2.0**30

_POSTGRES: dict[type[T.DataType], str] = {
    T.StringType: '"{0}"',
    T.LongType: '"{0}"::text',
    T.IntegerType: '"{0}"::text',
    T.BooleanType: '"{0}"::text',
    T.DateType: "(\"{0}\" - date '1970-01-01')::text",
    T.TimestampType: '(extract(epoch from "{0}") * 1000000)::bigint::text',
    T.DoubleType: (
        'CASE WHEN "{0}" IS NULL THEN NULL WHEN abs("{0}") < {most}::float8 THEN '
        "floor(\"{0}\" * {high}::float8)::bigint::text || '+' || "
        'floor(("{0}" * {high}::float8 - floor("{0}" * {high}::float8)) * {low}::float8)::bigint::text '
        "ELSE 'beyond' END"
    ),
}


def in_spark(table: Table) -> "Expression":
    """60 bits of the row, as a decimal that can be summed; texts as `shown` has them."""
    texts = [F.coalesce(_in_spark(column), F.lit(chr(_NULL))) for column in table.columns]
    bits = F.substring(F.md5(F.concat_ws(chr(_BETWEEN), *texts)), 1, 15)
    return F.conv(bits, 16, 10).cast("decimal(20,0)")


def in_postgres(table: Table) -> str:
    """The same as a SQL expression; its sum is a numeric."""
    texts = [f"coalesce({_in_postgres(column)}, chr({_NULL}))" for column in table.columns]
    return f"('x0' || left(md5(concat_ws(chr({_BETWEEN}), {', '.join(texts)})), 15))::bit(64)::bigint"


def shown(column: Column) -> "Expression":
    """The column as PostgreSQL can hold it."""
    if isinstance(column.type, T.StringType):
        return F.replace(F.col(column.name), F.lit(NUL), F.lit(SHOWN)).alias(column.name)
    return F.col(column.name)


def _in_spark(column: Column) -> "Expression":
    value = F.col(column.name)
    match column.type:
        case T.DateType():
            return F.unix_date(value).cast("string")
        case T.TimestampType():
            return F.unix_micros(value).cast("string")
        case T.DoubleType():
            whole = F.floor(value * _HIGH)
            rest = F.floor((value * _HIGH - whole.cast("double")) * _LOW)
            exact = F.concat(whole.cast("string"), F.lit("+"), rest.cast("string"))
            return F.when(value.isNull(), None).when(F.abs(value) < _MOST, exact).otherwise("beyond")
    return value.cast("string")


def _in_postgres(column: Column) -> str:
    return _POSTGRES[type(column.type)].format(column.name, most=int(_MOST), high=int(_HIGH), low=int(_LOW))
