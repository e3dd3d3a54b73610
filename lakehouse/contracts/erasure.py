"""quality.erasure_event: which messages were erased on request, so that the books still tell where each one is."""

from pyspark.sql import types as T

from lakehouse.tables import Column, Table

ERASURE_EVENT = Table(
    name="quality.erasure_event",
    grain="message that was erased from bronze because its viewer asked for it",
    key=("topic", "partition", "offset"),
    columns=(
        Column("erasure_id", T.StringType(), "Run that erased it; says nothing of whose it was."),
        Column("erased_at", T.TimestampType(), "When."),
        Column("topic", T.StringType(), "Kafka topic."),
        Column("partition", T.IntegerType(), "Kafka partition.", low=0),
        Column("offset", T.LongType(), "Kafka offset within the partition.", low=0),
        Column(
            "export_place", T.StringType(), "Where a raw export filed it: a file that held nothing else is removed."
        ),
    ),
)

TABLES = (ERASURE_EVENT,)
