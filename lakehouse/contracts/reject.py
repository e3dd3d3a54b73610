"""silver.reject: what could not become silver, kept whole, with the reason and where it came from."""

from pyspark.sql import types as T

from lakehouse.tables import Column, Table

REJECT = Table(
    name="silver.reject",
    grain="message or line that a silver table refused",
    key=("table_name", "topic", "partition", "offset"),
    columns=(
        Column("table_name", T.StringType(), "Silver table that refused the message."),
        Column("reason", T.StringType(), "Rule that it breaks; see docs/rejects.md."),
        Column(
            "column_name",
            T.StringType(),
            "Field of the event that breaks it; NULL where the whole is broken.",
            optional=True,
        ),
        Column("payload", T.BinaryType(), "Message value or line, untouched.", optional=True),
        Column("topic", T.StringType(), "Kafka topic; of a line, its file."),
        Column("partition", T.IntegerType(), "Kafka partition; of a line, the split of its file.", low=0),
        Column("offset", T.LongType(), "Kafka offset within the partition, or line within the split.", low=0),
        Column(
            "kafka_at",
            T.TimestampType(),
            "Time that the producer or the broker gave the message, or of the file's last change.",
        ),
        Column("ingested_at", T.TimestampType(), "Time of the micro-batch or load that wrote the bronze row."),
    ),
)

TABLES = (REJECT,)
