"""A contract -> pydantic models of what may be sent: one for each kind of row, so that what is wrong has its name.

Types, bounds, vocabularies and forms are those that silver holds too; here numbers are numbers, unknown fields are
refused, and a time needs its zone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, create_model
from pydantic_core import ErrorDetails
from pyspark.sql import types as T

from lakehouse.errors import ContractBroken, EventRefused
from lakehouse.tables import YEARS, Column, Kind, Table

Models = Mapping[str, type[BaseModel]]
"""By kind of row."""

_MOST_NAMED = 20  # wrong fields in one answer
_WHOLE: dict[type[T.DataType], int] = {T.LongType: 2**63 - 1, T.IntegerType: 2**31 - 1}
_CONFIG = ConfigDict(extra="forbid", strict=True, frozen=True)


def by_kind(table: Table, *, besides: Iterable[Column] = (), without: Collection[str] = ()) -> Models:
    """A model for each of the table's kinds, of the columns that are read, those `besides` and not those `without`."""
    sent = [column for column in table.columns if column.paths and column.name not in without]
    return {kind.name: _model(kind, table, [*sent, *besides]) for kind in table.kinds}


def checked(item: Any, models: Models, kind_column: str) -> dict[str, Any]:
    """The item's fields, typed, None where it has none; raises EventRefused that names what is wrong."""
    if not isinstance(item, dict):
        raise EventRefused("no JSON object", {"body": "expected a JSON object"})
    kind = item.get(kind_column)
    model = models.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise EventRefused(f"no such {kind_column}", {kind_column: f"expected one of {', '.join(models)}"})
    if len(item) > 2 * len(model.model_fields):  # before each of thousands gets an error of its own
        raise EventRefused("too many fields", {"body": f"expected at most {len(model.model_fields)} fields"})
    try:
        return dict(vars(model.model_validate(item)))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    raise EventRefused("fields are wrong", dict(_said(problems)))


def _said(problems: list[ErrorDetails]) -> Iterator[tuple[str, str]]:
    for one in problems[:_MOST_NAMED]:
        yield ".".join(map(str, one["loc"]))[:100], one["msg"]


def _model(kind: Kind, table: Table, columns: Iterable[Column]) -> type[BaseModel]:
    special = {name for each in table.kinds for name in (*each.needs, *each.may_have)}
    fields: dict[str, Any] = {}
    for column in columns:
        if column.name in special and column.name not in (*kind.needs, *kind.may_have):
            continue
        if column.name == table.kind_column:
            fields[column.name] = (Literal[kind.name], ...)
        elif column.optional and column.name not in kind.needs:
            fields[column.name] = (_type(column) | None, None)
        else:
            fields[column.name] = (_type(column), ...)
    return create_model(f"{table.entity}_{kind.name}", __config__=_CONFIG, **fields)


def _type(column: Column) -> Any:
    if isinstance(column.type, T.StringType):
        return Literal[column.one_of] if column.one_of else Annotated[str, _text(column)]
    if type(column.type) in _WHOLE:
        most = _WHOLE[type(column.type)]
        low, high = (-most if column.low is None else column.low), (most if column.high is None else column.high)
        return Annotated[int, Field(ge=int(low), le=int(high))]
    if isinstance(column.type, T.DoubleType):
        return Annotated[float, Field(ge=column.low, le=column.high, allow_inf_nan=False)]
    if isinstance(column.type, T.TimestampType):
        return Annotated[datetime, PlainValidator(_time)]
    raise ContractBroken(f"no model for {column.name}", expected="a text, a number or a time")


def _text(column: Column) -> Any:
    # PostgreSQL takes no U+0000, and silver no text of blanks.
    pattern = f"^(?:{column.form})$" if column.form else r"^[^\x00]*[^ \t\r\n\x00][^\x00]*$"
    return Field(min_length=1, max_length=column.longest, pattern=pattern)


def _time(text: Any) -> datetime:
    first, last = YEARS[T.TimestampType]
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and first < at.year < last:
            return at.astimezone(UTC)
    except (TypeError, ValueError):
        pass
    raise ValueError("expected a time with its zone, 2026-01-21T10:00:00Z")
