"""bronze.* -> messages with the places of their files, in the order of their arrival, for batch/raw_files.py.

Read in slices by arrival, each of which fits into memory: Spark Connect holds a whole result in the host, which keeps
the streams running. A sort of the whole table by place would have no such bound.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from batch.raw_files import Message, RawFiles, Written
from lakehouse import contracts, delta, history
from lakehouse.contracts.erasure import ERASURE_EVENT
from lakehouse.progress import OnProgress
from lakehouse.tables import Column, Table, Topic

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame, SparkSession

SLICE_BYTES = 32 * 1024 * 1024
MEDIA = {"movie": "Movies", "tv": "Series"}
ELSEWHERE = "Other"
_BRACES = re.compile(r"\{(\w+)\}")
_MEDIUM, _DAY = "media_type", "yyyy/MM/dd"
_ARRIVAL = "ingested_at", "partition", "offset"
_ROWS_PER_STEP = 1000
# From coarse to fine, each in the order of the one before: what bounds a slice, and the step that its rows count by.
_LEVELS = (
    ("ingested_at", "date_trunc('HOUR', ingested_at)"),
    ("ingested_at", "ingested_at"),
    ("partition", "partition"),
    ("offset", "offset div 100"),
)
Bound = datetime | int


def export(
    spark: "SparkSession",
    topic: Topic,
    files: RawFiles,
    *,
    slice_bytes: int = SLICE_BYTES,
    on_progress: OnProgress | None = None,
) -> Written:
    """Write the topic's bronze table as it is now into files; what arrives meanwhile is left for the next run.

    `on_progress` is told the rows done and in all.
    """
    bronze = delta.at_version(spark, topic.bronze, history.version(spark, topic.bronze))
    total, done = bronze.count(), 0
    for part in slices(bronze, slice_bytes):
        for row in filed(part, topic).toLocalIterator():
            files.add(Message(*row))
            done += 1
            if on_progress and (done % _ROWS_PER_STEP == 0 or done == total):
                on_progress(done, total)
    erased = spark.table(ERASURE_EVENT.name).where(F.col("topic") == topic.name).select("export_place").distinct()
    return files.finish(erased=[one["export_place"] for one in erased.collect()])


def slices(bronze: "DataFrame", most_bytes: int, *, level: int = 0) -> Iterator["DataFrame"]:
    """The rows in parts in the order of their arrival, each with at most so many bytes of values, or 100 rows.

    Hours are taken together as long as they fit. One that does not is split into its micro-batches, a batch into its
    partitions, and these into hundreds of offsets: what has to be counted at a time stays small.
    """
    column, step = _LEVELS[level]
    size = F.coalesce(F.sum(F.length("value")), F.lit(0)).alias("size")
    steps = bronze.groupBy(F.expr(step).alias("step")).agg(
        F.min(column).alias("low"), F.max(column).alias("high"), size
    )
    for low, high, held in together(steps.orderBy("low").drop("step").collect(), most_bytes):
        part = bronze.where(F.col(column).between(F.lit(low), F.lit(high)))
        if held > most_bytes and level + 1 < len(_LEVELS):
            yield from slices(part, most_bytes, level=level + 1)
        else:
            yield part


def together(steps: Iterable[tuple[Bound, Bound, int]], most: int) -> Iterator[tuple[Bound, Bound, int]]:
    """Neighbouring (low, high, size) joined while their sizes add up to at most `most`; a larger one stays alone."""
    joined: tuple[Bound, Bound, int] | None = None
    for low, high, size in steps:
        if joined and joined[2] + size <= most:
            joined = joined[0], high, joined[2] + size
            continue
        if joined:
            yield joined
        joined = low, high, size
    if joined:
        yield joined


def filed(bronze: "DataFrame", topic: Topic) -> "DataFrame":
    """One row per message, as `Message` has it; those of one place stand together, in the order of their arrival.

    A message has a place of its own if it is a JSON object with a medium, a time, and all that the topic's `filed_as`
    asks for. The others are kept by the day of their time in Kafka; the topic is in their name, so that an export of
    one topic leaves those of another alone.
    """
    table = next(one for one in contracts.STREAMED if one.stream and one.stream.topic == topic)
    named = set(_BRACES.findall(_filed_as(topic)))
    asked = [one for one in table.columns if one.name in {*named, _MEDIUM, table.stream and table.stream.event_at}]
    whole = F.col("value").cast("string")
    # One projection after the other: what is used more than once below is computed once.
    event = bronze.withColumn("_event", F.when(F.is_valid_utf8(whole), F.try_parse_json(whole)))
    texts = event.withColumns({f"_{column.name}": _text(column) for column in asked})
    typed = texts.withColumns({"_at": _time(table), "_name": _name(topic, table)})
    # NULL where one of the three is.
    placed = typed.withColumn("_place", F.concat(_medium(table), F.lit("/"), _day(), F.lit("/"), F.col("_name")))
    unread = F.concat(F.lit(f"{ELSEWHERE}/"), F.date_format("kafka_at", _DAY), F.lit(f"/unreadable-{topic.name}"))
    return (
        placed.withColumns({"place": F.coalesce("_place", unread), "is_event": F.col("_place").isNotNull()})
        .repartition(1)
        .sortWithinPartitions("place", *_ARRIVAL)
        .select(*Message._fields)
    )


def _text(column: Column) -> "Expression":
    """What the event has for a column, as text."""
    return F.coalesce(*[F.try_variant_get("_event", "$." + ".".join(path), "string") for path in column.paths])


def _medium(table: Table) -> "Expression":
    """The folder of the event's medium; that for all others where the table's events, or this one, have none."""
    media = [column for column in table.columns if column.name == _MEDIUM]
    if not media:
        return F.lit(ELSEWHERE)
    folders = F.create_map(*[F.lit(word) for pair in MEDIA.items() for word in pair])
    medium = F.col(f"_{_MEDIUM}")
    found = F.try_element_at(folders, medium)
    return F.when(medium.isNull(), F.lit(ELSEWHERE)).otherwise(found) if media[0].optional else found


def _time(table: Table) -> "Expression":
    """The event's time; NULL for what is none."""
    at = F.col(f"_{table.stream.event_at}") if table.stream else F.lit(None)
    # Spark reads "T10:00" as ten o'clock of the day of the reading.
    return F.when(at.like("%-%-%"), F.try_to_timestamp(at))


def _day() -> "Expression":
    return F.when(F.year("_at").between(1900, 2100), F.date_format("_at", _DAY))


def _filed_as(topic: Topic) -> str:
    return topic.filed_as or topic.name.replace(".", "-")


def _name(topic: Topic, table: Table) -> "Expression":
    """The topic's `filed_as` with the event's values; days that span whole years are written as years."""
    columns = {column.name: column for column in table.columns}
    pieces = _BRACES.split(_filed_as(topic))
    values = [_value(columns[piece]) if n % 2 else F.lit(piece) for n, piece in enumerate(pieces)]
    name = F.regexp_replace(F.concat(*values), r"(\d{4})-01-01-(\d{4})-12-31$", "$1-$2")
    return F.when(name.rlike("^[a-z0-9_-]+$"), name)


def _value(column: Column) -> "Expression":
    """The value in its one way of writing, so that no text from outside gets into a path."""
    text = F.col(f"_{column.name}")
    if isinstance(column.type, T.StringType):
        return F.when(text.isin(*column.one_of), text)
    return text.try_cast(column.type).cast("string")
