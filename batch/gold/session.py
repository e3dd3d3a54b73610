"""silver.user_event, silver.session -> gold.dim_session, gold.fact_user_event."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def dim_session(session: DataFrame) -> DataFrame:
    """One row per user and visit, with its length."""
    seconds = F.floor((F.unix_micros("ended_at") - F.unix_micros("started_at")) / 1_000_000)
    return session.withColumnRenamed("event_date", "day").withColumn("duration_seconds", seconds)


def fact_user_event(user_event: DataFrame, session: DataFrame) -> DataFrame:
    """One row per event of a viewer, with the visit that it belongs to; every event has one once visits are built."""
    visit = session.select(F.col("user_key").alias("visitor"), "session_key", "started_at", "ended_at")
    of_visit = (F.col("user_key") == F.col("visitor")) & F.col("event_at").between(
        F.col("started_at"), F.col("ended_at")
    )
    return user_event.join(visit, of_visit, "left").select(
        "event_id", F.col("event_date").alias("day"), "event_at", "event_type", "user_key", "session_key",
        "media_type", "title_id", "rating", "progress_ratio", "watched_seconds", "comment_id", "vote", "search_text",
        "page_path", "is_late",
    )  # fmt: skip
