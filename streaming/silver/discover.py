"""bronze.movies_discover -> silver.discover_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def discover_event(message: DataFrame) -> DataFrame:
    """One row per title that a backfill found in a genre; adds the UTC day that the backfill is as of."""
    return message.withColumn("event_date", F.to_date("event_at"))
