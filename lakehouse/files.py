"""Kinds of files of delimited lines, said once each: how their header is known and which columns a line fills."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyspark.sql import types as T

from lakehouse.tables import Column, Table, Topic, bronze_table


@dataclass(frozen=True)
class Lines:
    """A kind of file: what its lines are made of, and the columns that they fill.

    `table` is the silver table that refuses a line. A header is of the kind that has all of its `needs`, `|` between
    those of which one is enough. `null` is what the files write for NULL.
    """

    kind: str
    table: str
    separator: str
    columns: tuple[Column, ...]
    needs: tuple[str, ...]
    is_quoted: bool = False
    null: str = ""

    def has(self, names: Iterable[str]) -> bool:
        """Whether a header of these names is of this kind."""
        there = set(names)
        return all(there & set(need.split("|")) for need in self.needs)


@dataclass(frozen=True)
class Unused:
    """A kind of file that is known by its header and not loaded, and why."""

    kind: str
    separator: str
    needs: tuple[str, ...]
    why: str


def file_table(stem: str) -> Table:
    """The bronze table of the files of a stem: their lines, untouched, laid out as messages are."""
    docs = {
        "key": "Header line of the file, untouched.",
        "value": "The line without its line feed, otherwise untouched; the header is a row too.",
        "headers": "Nothing; lines have none.",
        "topic": "Kind of the file, /, its name, @, the first 16 digits of its SHA-256.",
        "partition": "Split of the file.",
        "offset": "Line within the split; 0 is the first.",
        "kafka_at": "Time of the file's last change.",
        "ingested_at": "Time of the load.",
    }
    laid_out = bronze_table(Topic(f"{stem}.file", ""))
    columns = tuple(replace(column, doc=docs[column.name]) for column in laid_out.columns)
    return replace(laid_out, columns=columns, grain=f"line of a loaded file of {stem}")


def fields(table: Table, *own: str, **named: str) -> tuple[Column, ...]:
    """Columns of a table: `own` are read from the field that the contract says, the others from the named one."""
    columns = {column.name: column for column in table.columns}
    return (*(columns[name] for name in own), *(replace(columns[name], field=field) for name, field in named.items()))


def listed(table: Table, form: str = "", **named: str) -> tuple[Column, ...]:
    """The same of columns that are lists of texts, which the file has as one text with commas between."""
    return tuple(replace(column, type=T.StringType(), form=form) for column in fields(table, **named))
