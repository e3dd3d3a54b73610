"""A contract -> the suite that every version of its table must meet; nothing here is written per table."""

import sys
from typing import TYPE_CHECKING

from pyspark.sql import types as T

from lakehouse.tables import Column, Reference, Table

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation


def suite(table: Table) -> list["Expectation"]:
    """What the contract promises, all critical: columns, rows, keys, NULLs, bounds, words, forms, foreign keys."""
    import great_expectations.expectations as gxe

    unique: Expectation = (
        gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key))
        if len(table.key) > 1
        else gxe.ExpectColumnValuesToBeUnique(column=table.key[0])
    )
    return [
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=table.names),
        *([] if table.may_be_empty else [gxe.ExpectTableRowCountToBeBetween(min_value=1)]),
        unique,
        *(one for column in table.columns for one in _of_column(column)),
        *(_of_reference(reference) for reference in table.references),
    ]


def _of_reference(reference: Reference) -> "Expectation":
    """No row points to one that the other table, as it is published, does not have; NULL points to none."""
    import great_expectations.expectations as gxe

    pairs = list(zip(reference.columns, reference.keys, strict=True))
    same = " AND ".join(f"own.`{column}` = other.`{key}`" for column, key in pairs)
    told = " AND ".join(f"own.`{column}` IS NOT NULL" for column, _ in pairs)
    query = f"SELECT 1 FROM {{batch}} own LEFT ANTI JOIN {reference.table} other ON {same} WHERE {told}"
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity="critical")


def _of_column(column: Column) -> list["Expectation"]:
    import great_expectations.expectations as gxe

    found: list[Expectation] = []
    if not column.optional:
        found.append(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
    if column.low is not None or column.high is not None:
        high = column.high
        if high is None and isinstance(column.type, T.DoubleType):
            high = sys.float_info.max  # Spark orders NaN above every number: without an upper bound it would pass
        found.append(gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=column.low, max_value=high))
    if column.one_of:
        found.append(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.one_of)))
    if column.form:
        found.append(gxe.ExpectColumnValuesToMatchRegex(column=column.name, regex=f"^({column.form})$"))
    return found
