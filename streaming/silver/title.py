"""bronze.movie -> silver.title_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def title_event(message: DataFrame) -> DataFrame:
    """One row per title and fetch of its details; money and minutes of 0 are NULL, for TMDb does not know them."""
    known = {name: F.nullif(name, F.lit(0)) for name in ("runtime_minutes", "budget_usd", "revenue_usd")}
    return message.withColumns(
        known
        | {
            "event_date": F.to_date("event_at"),
            "title_bucket": (F.col("title_id") % 256).cast("int"),
        }
    )
