"""bronze.user_logs -> silver.user_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def user_event(message: DataFrame) -> DataFrame:
    """One row per event of a viewer; adds the UTC day that the client says it was on, and the bucket."""
    whose = F.coalesce("comment_id", "user_key")
    return message.withColumns({"event_date": F.to_date("event_at"), "bucket": (F.crc32(whose) % 256).cast("int")})
