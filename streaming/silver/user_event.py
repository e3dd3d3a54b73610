"""bronze.user_logs -> silver.user_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def user_event(message: DataFrame) -> DataFrame:
    """One row per event of a viewer; adds the UTC day that the client says it was on."""
    return message.withColumn("event_date", F.to_date("event_at"))
