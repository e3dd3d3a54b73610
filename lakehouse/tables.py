"""What a table is, said once. Schemas, DDL, check suites, docs and test builders are derived from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pyspark.sql import types as T

from lakehouse.errors import ContractBroken

Period = Any  # a date, or the number of a bucket

AHEAD = timedelta(minutes=5)
"""How far an event's time may lie ahead of its arrival: clocks differ."""

YEARS: dict[type[T.DataType], tuple[int, int]] = {T.TimestampType: (1900, 2100), T.DateType: (1800, 2200)}
"""The first and the last year that a time or a date from outside may have."""


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means (with its unit) and what its values may be.

    `low` and `high` are inclusive. `field` is where the event's JSON has it, where that is not its `name`: a path such
    as `raw.budget`, or several with `|` between, of which the first that holds something counts. A column whose `field`
    is empty is computed, not read. `form` is a regular expression that the whole of a text must match; `longest` is
    the most characters that it may have.
    """

    name: str
    type: T.DataType
    doc: str
    optional: bool = False
    low: float | None = None
    high: float | None = None
    one_of: tuple[str, ...] = ()
    field: str | None = None
    form: str = ""
    longest: int | None = None

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Where the event's JSON may have it, best first; empty for a computed column."""
        if self.field == "":
            return ()
        return tuple(tuple(path.split(".")) for path in (self.field or self.name).split("|"))


@dataclass(frozen=True)
class Kind:
    """One kind of a table's rows: the optional columns that its rows must have, and those that they may have."""

    name: str
    needs: tuple[str, ...]
    may_have: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """A Kafka topic and the stem whose silver function reads it.

    `filed_as` names the files that an export writes of its messages: lower-case letters, digits, - and _, and in
    braces columns of the silver table, which must be in its vocabulary. No two topics may have a name in common.
    """

    name: str
    doc: str
    partitions: int = 3
    retention: timedelta = timedelta(days=30)
    filed_as: str = ""

    @property
    def bronze(self) -> str:
        """The name of the topic's bronze table."""
        return "bronze." + self.name.replace(".", "_")


@dataclass(frozen=True)
class Stream:
    """How a silver table is fed: its topic, the time of an event, and how far behind events may be.

    `watermark` bounds the state that recognises a repeat; it never drops a row. An event that arrives later than
    `late_after` behind its own time is kept and flagged.
    """

    topic: Topic
    event_at: str
    watermark: timedelta
    late_after: timedelta


@dataclass(frozen=True)
class Refresh:
    """How a built table follows its inputs: it is replaced by whole `period`s of its column `column`.

    A period is a day, a week (its Monday), or a bucket: a number that its rows and those of its inputs have. A changed
    input day touches the periods of that day + each of `reach` days: a table that compares with the day before has
    reach (0, 1). `input_column` is the inputs' day or bucket. `lookups` are those of the tables it reads that have no
    such period: each is read whole, and a change in one touches every period.
    """

    column: str
    period: Literal["day", "week", "bucket"] = "day"
    reach: tuple[int, ...] = (0,)
    input_column: str = "day"
    lookups: tuple[str, ...] = ()

    def periods(self, changed: Iterable[Period]) -> tuple[Period, ...]:
        """The periods that a change on these days, or in these buckets, touches; a week is its Monday."""
        if self.period == "bucket":
            return tuple(sorted(set(changed)))
        touched = {day + timedelta(days=reach) for day in changed for reach in self.reach}
        if self.period == "week":
            touched = {day - timedelta(days=day.weekday()) for day in touched}
        return tuple(sorted(touched))

    def inputs(self, periods: Iterable[Period]) -> list[Period]:
        """The input days or buckets that the rows of these periods are made of."""
        if self.period == "bucket":
            return sorted(set(periods))
        length = {"day": 1, "week": 7}[self.period]
        own = {start + timedelta(days=n) for start in periods for n in range(length)}
        return sorted({day - timedelta(days=reach) for day in own for reach in self.reach})


@dataclass(frozen=True)
class Reference:
    """A foreign key: each row's `columns` stand as `keys` in a row of the other table."""

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One Delta table. `grain` finishes the sentence "one row per ..."; `may_be_empty` where no row is no fault.

    `kinds` of rows are told apart by the column `kind_column`; a column that no kind names is one of them all.
    `trained_by`: the command whose flow makes it, where no function of what it reads does.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    reads: tuple[str, ...] = ()
    stream: Stream | None = None
    refresh: Refresh | None = None
    may_be_empty: bool = False
    references: tuple[Reference, ...] = ()
    kinds: tuple[Kind, ...] = ()
    kind_column: str = ""
    trained_by: str = ""

    @property
    def follows(self) -> tuple[str, ...]:
        """The tables that are built before it: those it reads and those its foreign keys point to."""
        return tuple(dict.fromkeys((*self.reads, *(reference.table for reference in self.references))))

    @property
    def layer(self) -> str:
        """bronze, silver, gold or quality."""
        return self.name.split(".")[0]

    @property
    def entity(self) -> str:
        """The name without its layer; also the name of the function that makes the rows."""
        return self.name.split(".")[1]

    @property
    def is_built(self) -> bool:
        """Made by a function of batch/ from the tables it reads, checked and published; not streamed or trained."""
        return bool(self.reads) and self.stream is None and not self.trained_by

    @property
    def struct(self) -> T.StructType:
        """The schema, with NULL allowed where the contract says so and descriptions as comments."""
        return T.StructType([T.StructField(c.name, c.type, c.optional, {"comment": c.doc}) for c in self.columns])

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    @property
    def skipping_columns(self) -> list[str]:
        """The columns by whose bounds a read skips files: times and whole numbers, as text has no useful bounds."""
        kinds = (T.DateType, T.TimestampType, T.IntegerType, T.LongType)
        return [column.name for column in self.columns if isinstance(column.type, kinds)]

    def ddl(self, location: str) -> str:
        """CREATE TABLE IF NOT EXISTS at a path, with comments, change feed, checkpoint interval and statistics."""
        columns = ",\n  ".join(_column_ddl(column) for column in self.columns)
        properties = {
            "delta.checkpointInterval": "50",
            "delta.enableChangeDataFeed": "false" if self.layer == "bronze" else "true",
        }
        if self.skipping_columns:
            properties["delta.dataSkippingStatsColumns"] = ", ".join(f"`{name}`" for name in self.skipping_columns)
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (\n  {columns}\n) USING DELTA\n"
            f"COMMENT {literal('One row per ' + self.grain + '.')}\n"
            f"LOCATION {literal(location)}\n"
            f"TBLPROPERTIES ({', '.join(f'{literal(key)}={literal(value)}' for key, value in properties.items())})"
        )


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted(name: str) -> str:
    """A table's name as SQL that every parser takes; Delta's takes no keyword such as comment for a name."""
    return ".".join(f"`{part}`" for part in name.split("."))


def _column_ddl(column: Column) -> str:
    null = "" if column.optional else " NOT NULL"
    return f"`{column.name}` {column.type.simpleString()}{null} COMMENT {literal(column.doc)}"


def bronze_table(topic: Topic) -> Table:
    """The bronze table of a topic: what arrived, untouched."""
    header = T.ArrayType(T.StructType([T.StructField("key", T.StringType()), T.StructField("value", T.BinaryType())]))
    return Table(
        name=topic.bronze,
        grain=f"message of the Kafka topic {topic.name}",
        key=("topic", "partition", "offset"),
        columns=(
            Column("key", T.BinaryType(), "Message key, untouched.", optional=True),
            Column("value", T.BinaryType(), "Message value, untouched.", optional=True),
            Column("headers", header, "Message headers, untouched.", optional=True),
            Column("topic", T.StringType(), "Kafka topic."),
            Column("partition", T.IntegerType(), "Kafka partition.", low=0),
            Column("offset", T.LongType(), "Kafka offset within the partition.", low=0),
            Column("kafka_at", T.TimestampType(), "Time that the producer or the broker gave the message."),
            Column("ingested_at", T.TimestampType(), "Time of the micro-batch that wrote the row."),
        ),
    )


def by_name(tables: Iterable[Table], name: str) -> Table:
    """The table of that name; raises ContractBroken with the names that exist."""
    known = {table.name: table for table in tables}
    if name not in known:
        raise ContractBroken(f"no table {name!r}", expected=", ".join(sorted(known)), hint="moviepulse tables")
    return known[name]
