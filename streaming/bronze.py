"""Kafka -> bronze: every message as it arrived, for any topic."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.settings import Settings
from lakehouse.tables import Topic

# librdkafka and the Java client name the same things alike, but for these.
_JAVA_NAMES = {"ssl.ca.location": "ssl.truststore.location"}


def bronze(spark: SparkSession, settings: Settings, topic: Topic) -> DataFrame:
    """One row per message of the topic, from its first offset on; a gap in the offsets stops the query."""
    source = spark.readStream.format("kafka").options(
        **{
            "kafka.bootstrap.servers": settings.kafka.bootstrap_servers,
            "subscribe": topic.name,
            "startingOffsets": "earliest",
            "maxOffsetsPerTrigger": str(settings.streaming.max_offsets_per_trigger),
            "includeHeaders": "true",
            "failOnDataLoss": "true",
        }
    )
    for name, value in settings.kafka.properties.items():
        source = source.option(f"kafka.{_JAVA_NAMES.get(name, name)}", value)
    return source.load().select(
        "key",
        "value",
        "headers",
        "topic",
        "partition",
        "offset",
        F.col("timestamp").alias("kafka_at"),
        F.current_timestamp().alias("ingested_at"),
    )
