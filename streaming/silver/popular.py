"""bronze.titles_popular_daily -> silver.popular_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def popular_event(message: DataFrame) -> DataFrame:
    """One row per place of a title in a polled list; adds the UTC day of the poll."""
    return message.withColumn("event_date", F.to_date("event_at"))
