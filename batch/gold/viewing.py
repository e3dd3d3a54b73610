"""silver.user_event -> gold.rating and its history, gold.watch_history, gold.watchlist; gold.title_engagement_daily."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.user_event import ORDER
from lakehouse.contracts.viewing import COMPLETED
from lakehouse.statistics import exact_mean

_KEY = ("user_key", "media_type", "title_id")


def rating(user_event: DataFrame) -> DataFrame:
    """One row per user and title that the user rated, with the last rating."""
    given = user_event.where("event_type = 'rate'").groupBy(*_KEY)
    last = F.max_by(F.struct("bucket", "rating", F.col("event_at").alias("rated_at")), F.struct(*ORDER))
    return given.agg(last.alias("last"), F.count("*").alias("rating_count")).select(*_KEY, "last.*", "rating_count")


def rating_history(user_event: DataFrame) -> DataFrame:
    """One row per user, title and rating, with the period in which it held."""
    in_order = Window.partitionBy(*_KEY).orderBy(*ORDER)
    until = F.lead("event_at").over(in_order)
    return user_event.where("event_type = 'rate'").select(
        "event_id", *_KEY, "bucket", "rating", F.col("event_at").alias("valid_from_at"), until.alias("valid_to_at"),
        until.isNull().alias("is_current"),
    )  # fmt: skip


def watch_history(user_event: DataFrame) -> DataFrame:
    """One row per user and title that the user watched: how often, how far, and since when to the end."""
    at_the_end = F.when(F.col("progress_ratio") >= COMPLETED, F.col("event_at"))
    return user_event.where("event_type = 'watch'").groupBy(*_KEY, "bucket").agg(
        F.min("event_at").alias("first_watched_at"),
        F.max("event_at").alias("last_watched_at"),
        F.count("*").alias("watch_count"),
        F.sum("watched_seconds").alias("watched_seconds"),
        F.max_by("progress_ratio", F.struct(*ORDER)).alias("progress_ratio"),
        F.max("progress_ratio").alias("highest_progress_ratio"),
        F.min(at_the_end).alias("completed_at"),
        F.min(at_the_end).isNotNull().alias("is_completed"),
    )  # fmt: skip


def watchlist(user_event: DataFrame) -> DataFrame:
    """One row per user and title that was ever on the user's list, and whether it is now."""
    put_on = F.col("event_type") == "watchlist_add"
    return user_event.where("event_type IN ('watchlist_add', 'watchlist_remove')").groupBy(*_KEY, "bucket").agg(
        F.max_by(put_on, F.struct(*ORDER)).alias("is_member"),
        F.max(F.when(put_on, F.col("event_at"))).alias("added_at"),
        F.max(F.when(~put_on, F.col("event_at"))).alias("removed_at"),
    )  # fmt: skip


def title_engagement_daily(user_event: DataFrame, dim_title: DataFrame) -> DataFrame:
    """One row per title and UTC day on which viewers did something with it, with what the star says of the title."""
    about = user_event.where("title_id IS NOT NULL").withColumnRenamed("event_date", "day")
    days = about.groupBy("media_type", "title_id", "day").agg(
        F.count_distinct("user_key").alias("user_count"),
        F.count("*").alias("event_count"),
        _times("page_view").alias("page_view_count"),
        _times("watch").alias("watch_count"),
        F.coalesce(F.sum("watched_seconds"), F.lit(0)).alias("watched_seconds"),
        F.count_distinct(F.when(F.col("progress_ratio") >= COMPLETED, F.col("user_key"))).alias("completion_count"),
        _times("rate").alias("rating_count"),
        exact_mean(F.col("rating")).alias("mean_rating"),
        _times("comment").alias("comment_count"),
        _times("watchlist_add").alias("watchlist_add_count"),
        _times("watchlist_remove").alias("watchlist_remove_count"),
    )  # fmt: skip
    title = dim_title.select("media_type", "title_id", "title", "release_year")
    return days.join(title, ["media_type", "title_id"], "left")


def _times(event_type: str) -> Column:
    return F.count_if(F.col("event_type") == event_type)
