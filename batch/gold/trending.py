"""silver.trending_event -> gold.title_popularity_daily -> gold.title_popularity_weekly, gold.title_momentum_daily."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.statistics import sorted_sum


def title_popularity_daily(trending_event: DataFrame) -> DataFrame:
    """One row per title and UTC day: its best place in each list, and its figures in the day's last poll.

    The figures come from the day list where it held the title at any poll of the day, else from the week list.
    """
    in_day_list = F.col("list_name") == "trending_day"
    # One poll sees a title once per list; the rank and the id decide only among corrected rows.
    last = F.struct(in_day_list.alias("in_day_list"), "event_at", (-F.col("rank")).alias("height"), "event_id")
    seen = F.struct("title", "popularity", "vote_average", "vote_count")
    daily = trending_event.groupBy("media_type", "title_id", F.col("event_date").alias("day")).agg(
        F.max_by(seen, last).alias("seen"),
        F.min(F.when(in_day_list, F.col("rank"))).alias("best_day_rank"),
        F.min(F.when(F.col("list_name") == "trending_week", F.col("rank"))).alias("best_week_rank"),
        F.count_distinct("event_at").alias("poll_count"),
    )
    return daily.select(
        "media_type", "title_id", "day", "seen.title", "best_day_rank", "best_week_rank",
        "seen.popularity", "seen.vote_average", "seen.vote_count", "poll_count",
    )  # fmt: skip


def title_popularity_weekly(title_popularity_daily: DataFrame) -> DataFrame:
    """One row per title and ISO week (Monday to Sunday, UTC): its best places and its scores over the days listed."""
    week = F.trunc("day", "week").alias("week_start_date")
    return title_popularity_daily.groupBy("media_type", "title_id", week).agg(
        F.max_by("title", "day").alias("title"),
        F.min("best_day_rank").alias("best_day_rank"),
        F.min("best_week_rank").alias("best_week_rank"),
        F.count("*").alias("day_count"),
        F.try_divide(sorted_sum("popularity"), F.count("popularity")).alias("mean_popularity"),
        F.max("popularity").alias("highest_popularity"),
    )


def title_momentum_daily(title_popularity_daily: DataFrame) -> DataFrame:
    """One row per title and UTC day: what changed since the day before and since seven days before.

    NULL where the title has no row, score or place on that earlier day. A gain of places is above 0.
    """
    return title_popularity_daily.select(
        "media_type", "title_id", "day", "title", "popularity", "best_day_rank",
        (F.col("popularity") - _days_before(1, "popularity")).alias("popularity_change_1d"),
        (F.col("popularity") - _days_before(7, "popularity")).alias("popularity_change_7d"),
        (_days_before(1, "best_day_rank") - F.col("best_day_rank")).alias("rank_change_1d"),
        (_days_before(7, "best_day_rank") - F.col("best_day_rank")).alias("rank_change_7d"),
    )  # fmt: skip


def _days_before(days: int, column: str) -> Column:
    by_title = Window.partitionBy("media_type", "title_id").orderBy(F.unix_date("day"))
    return F.max(column).over(by_title.rangeBetween(-days, -days))
