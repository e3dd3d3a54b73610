"""`%%sql` in a notebook: Spark SQL on the running host, with the notebook's variables as bound parameters.

`%load_ext apps.notebook` brings it. `:name` in the statement is the value of the variable `name`; it never becomes a
part of the text. A name behind `%%sql` keeps the table in a variable: `%%sql top`.
"""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from pyspark.errors import PySparkException

from lakehouse import settings
from lakehouse.errors import LakehouseError, QueryRefused
from lakehouse.spark import connect, disconnect
from lakehouse.tables import literal

MOST_ROWS = 1000
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_BINDING = "spark.sql.legacy.parameterSubstitution.constantsOnly"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give the notebook `%%sql`."""
    pd.options.display.html.use_mathjax = False  # a title with two $ is no formula
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # prints each error a second time, as JSON

    def sql(line: str, cell: str) -> None:
        try:
            found = table(cell, shell.user_ns)
        except LakehouseError as error:
            raise UsageError(str(error)) from None  # IPython shows it as one message, without a traceback
        if line.strip():
            shell.user_ns[line.strip()] = found
        display(found.head(MOST_ROWS))
        if len(found) > MOST_ROWS:
            print(f"the first {MOST_ROWS:,} rows; there are more")

    shell.register_magic_function(sql, "cell")  # type: ignore[arg-type]  # traitlets hides its own signature


def table(query: str, names: Mapping[str, Any]) -> pd.DataFrame:
    """What the statement finds, at most one row more than is shown; raises QueryRefused where it fails."""
    text = statement(query, names)
    spark = connect(settings.load())
    try:
        spark.conf.set(_BINDING, "true")
        return spark.sql(text).limit(MOST_ROWS + 1).toPandas()
    except PySparkException as error:
        if "SESSION_CHANGED" in str(error):
            disconnect()
            raise QueryRefused("the host was started anew", hint="run the cell again") from None
        said = str(error).split("JVM stacktrace")[0].split("\n'")[0].strip()
        raise QueryRefused(f"the statement failed: {said}") from None


def statement(query: str, names: Mapping[str, Any]) -> str:
    """The statement that hands the query's parameters over as values.

    Not spark.sql(query, args=...): Delta's parser loses the parameters (https://github.com/delta-io/delta/issues/7640),
    but not those of EXECUTE IMMEDIATE, if Spark binds them behind the parser as it did before 4.1.
    """
    query = query.strip().rstrip(";")
    bound = [name for name in dict.fromkeys(_PARAMETER.findall(query)) if name in names]
    if not bound:
        return query
    given = ", ".join(f"{_literal(name, names[name])} AS {name}" for name in bound)
    return f"EXECUTE IMMEDIATE {literal(query)} USING {given}"


def _literal(name: str, value: Any) -> str:
    """The value as Spark SQL writes it; raises QueryRefused for a kind that has no literal."""
    if isinstance(value, list | tuple):
        return f"array({', '.join(_literal(name, one) for one in value)})"
    if value is None or value is pd.NaT:
        return "NULL"
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP'{(value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}'"
    if isinstance(value, date):
        return f"DATE'{value.isoformat()}'"
    return _number(name, value)


def _number(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value:f}BD"
    if isinstance(value, Real):
        return f"double('{float(value)!r}')"
    raise QueryRefused(
        f":{name} is a {type(value).__name__}, which SQL has no literal for",
        expected="a text, number, day, time, True, False or None, or a list of them",
    )
