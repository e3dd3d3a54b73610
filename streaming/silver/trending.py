"""bronze.movies_trending_daily -> silver.trending_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def trending_event(message: DataFrame) -> DataFrame:
    """One row per place of a title in a polled list; adds the UTC day of the poll.

    Judging, typing and the flag for late rows come from the contract. An empty release date is NULL: TMDb serves ""
    for titles without one.
    """
    return message.withColumn("event_date", F.to_date("event_at"))
