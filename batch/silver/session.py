"""silver.user_event -> silver.session."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.session import GAP


def session(user_event: DataFrame) -> DataFrame:
    """One row per user and visit: what a user did with less than the gap between two events.

    A user's first event of a day begins a visit too where the day before it was gone through without a gap.
    """
    by_time = Window.partitionBy("user_key").orderBy("event_at", "event_id")
    waited = F.unix_micros("event_at") - F.unix_micros(F.lag("event_at").over(by_time))
    after_a_gap = F.coalesce(waited >= GAP.total_seconds() * 1e6, F.lit(True))
    told = user_event.select("*", after_a_gap.alias("_after_a_gap"))
    days = (
        told.groupBy("user_key", F.date_add("event_date", 1).alias("event_date"))
        .agg(F.bool_or("_after_a_gap").alias("_day_before_had_a_gap"))
    )  # fmt: skip
    first_of_day = F.row_number().over(Window.partitionBy("user_key", "event_date").orderBy("event_at", "event_id"))
    begins = F.col("_after_a_gap") | ((first_of_day == 1) & ~F.col("_day_before_had_a_gap"))
    number = F.count_if(begins).over(by_time)
    visits = told.join(days, ["user_key", "event_date"], "left").withColumn("_number", number)
    first = F.struct("event_at", "event_id")
    found = visits.groupBy("user_key", "_number").agg(
        F.min("event_at").alias("started_at"),
        F.max("event_at").alias("ended_at"),
        F.count("*").alias("event_count"),
        F.count_distinct("media_type", "title_id").alias("title_count"),
        F.min_by(F.struct("device_class", "browser_family"), first).alias("first"),
    )  # fmt: skip
    name = F.concat_ws("|", "user_key", F.unix_micros("started_at").cast("string"))
    return found.select(
        F.substring(F.sha2(name, 256), 1, 32).alias("session_key"), F.to_date("started_at").alias("event_date"),
        "user_key", "started_at", "ended_at", "event_count", "title_count", "first.device_class",
        "first.browser_family",
    )  # fmt: skip
