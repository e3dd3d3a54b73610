"""bronze.titles_id_export -> silver.title_id_export."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def title_id_export(message: DataFrame) -> DataFrame:
    """One row per title and daily id file; adds the file's day."""
    return message.withColumn("event_date", F.to_date("event_at"))
