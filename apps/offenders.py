"""A failed expectation -> what it promises, in words, and the command that shows the rows that break it.

Pure: a query is printed for a person to run, never run here.
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from lakehouse.tables import literal

_REFERENCE = re.compile(r"SELECT .+? FROM \{batch\} own LEFT ANTI JOIN (\S+) other ON (.+) WHERE (.+)")

_SIMPLE = re.compile(r"SELECT (?:(?!SELECT).)+ FROM \{batch\} ((?:WHERE|GROUP BY) .+)")


def promise(expectation: str, column: str, arguments: str) -> str:
    """The expectation in words; its own name where none are known for it."""
    said = _arguments(arguments)
    query = " ".join(said.get("unexpected_rows_query", "").split())
    if reference := _REFERENCE.fullmatch(query):
        columns = dict.fromkeys(re.findall(r"own\.`(\w+)`", query))
        return f"{', '.join(columns)} stands in {reference[1]}"
    if simple := _SIMPLE.fullmatch(query):
        return _plain(f"no row {simple[1]}")
    if query:
        return _plain(f"no row of {query.replace('{batch}', 'it')}")
    words = {
        "expect_table_columns_to_match_ordered_list": "the columns are those of the contract",
        "expect_table_row_count_to_be_between": f"number of rows {_span(said)}",
        "expect_column_values_to_not_be_null": f"{column} is not NULL",
        "expect_column_values_to_be_between": f"{column} {_span(said)}",
        "expect_column_values_to_be_in_set": f"{column} is one of {', '.join(map(str, said.get('value_set', ())))}",
        "expect_column_values_to_be_unique": f"no two rows have the same {column}",
        "expect_compound_columns_to_be_unique": f"no two rows have the same {column.replace(',', ', ')}",
    }
    return words.get(expectation, f"{expectation} {column} {arguments}")


def rows_query(expectation: str, column: str, arguments: str, *, source: str) -> str | None:
    """Spark SQL that selects the rows of `source` that break the expectation; None where no query can."""
    said = _arguments(arguments)
    if "row_condition" in said:
        return None
    query = " ".join(said.get("unexpected_rows_query", "").split())
    if _REFERENCE.fullmatch(query):
        query = re.sub(r"^SELECT .+? FROM", "SELECT own.* FROM", query)
    if query:
        return _plain(query.replace("{batch}", source))
    keys = ", ".join(_name(one) for one in column.split(","))
    where = _condition(expectation, _name(column), said)
    queries = {
        "expect_table_columns_to_match_ordered_list": f"DESCRIBE TABLE {source}",
        "expect_table_row_count_to_be_between": f"SELECT count(*) AS rows FROM {source}",  # noqa: S608
        "expect_column_values_to_be_unique": _repeated(keys, source),
        "expect_compound_columns_to_be_unique": _repeated(keys, source),
    }
    return f"SELECT * FROM {source} WHERE {where}" if where else queries.get(expectation)  # noqa: S608


def command(query: str, *, limit: int | None = None) -> str:
    """`moviepulse sql "..."` with the query, as a shell takes it."""
    quoted = re.sub(r'([\\"$`])', r"\\\1", query)
    return f'moviepulse sql "{quoted}"' + (f" --limit {limit}" if limit else "")


def _condition(expectation: str, name: str, said: Mapping[str, Any]) -> str | None:
    """What holds for a row that breaks an expectation on the values of one column."""
    if expectation == "expect_column_values_to_not_be_null":
        return f"{name} IS NULL"
    if expectation == "expect_column_values_to_be_in_set":
        return f"{name} NOT IN ({', '.join(map(_literal, said.get('value_set', ())))})"
    if expectation != "expect_column_values_to_be_between":
        return None
    low, high = said.get("min_value"), said.get("max_value")
    under, over = ("<=" if said.get("strict_min") else "<"), (">=" if said.get("strict_max") else ">")
    parts = [f"{name} {under} {_literal(low)}"] if low is not None else []
    if high == sys.float_info.max:
        parts.append(f"{name} >= double('Infinity')")  # Spark orders NaN behind it
    elif high is not None:
        parts.append(f"{name} {over} {_literal(high)}")
    return " OR ".join(parts) or None


def _repeated(keys: str, source: str) -> str:
    return f"SELECT {keys}, count(*) AS rows FROM {source} GROUP BY {keys} HAVING count(*) > 1"  # noqa: S608


def _arguments(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _span(said: Mapping[str, Any]) -> str:
    """The bounds in words; the largest number of all stands for any that is one."""
    low, high = said.get("min_value"), said.get("max_value")
    parts = [f"at least {low}"] if low is not None else []
    if high is not None:
        parts.append("a finite number" if high == sys.float_info.max else f"at most {high}")
    return f"is {' and '.join(parts) or 'a number'}"


def _literal(value: Any) -> str:
    return literal(value) if isinstance(value, str) else str(value)


def _name(column: str) -> str:
    return column if re.fullmatch(r"[A-Za-z_]\w*", column) else f"`{column}`"


def _plain(query: str) -> str:
    """Without the backticks around names that need none: a shell would have them escaped."""
    return re.sub(r"`([A-Za-z_]\w*)`", r"\1", query)
