"""silver.popular_event -> gold.genre_share_daily."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.star import UNKNOWN_ID
from lakehouse.statistics import sorted_sum


def genre_share_daily(popular_event: DataFrame) -> DataFrame:
    """One row per UTC day, medium and genre: its share of the titles that the popular list held.

    A title counts once a day, with the genres and the popularity of the last poll that saw it; a title of n genres
    counts 1/n in each, one without a popularity nothing in the shares of popularity.
    """
    known = F.array_distinct(F.filter("genre_ids", lambda one: one > 0)).alias("known")
    last = F.struct("event_at", (-F.col("rank")).alias("height"), "event_id")
    placed = popular_event.where("list_name = 'popular'").withColumnRenamed("event_date", "day")
    seen = placed.groupBy("day", "media_type", "title_id").agg(
        F.max_by(F.struct(known, "popularity"), last).alias("seen")
    )
    listed = seen.groupBy("day", "media_type").agg(
        F.count("*").alias("listed_title_count"), sorted_sum("seen.popularity").alias("listed_popularity")
    )
    genres = F.when(F.size("known") > 0, F.col("known")).otherwise(F.array(F.lit(UNKNOWN_ID).cast("long")))
    part = seen.select("day", "media_type", "seen.*").select("*", genres.alias("genres")).select(
        "day", "media_type", F.explode("genres").alias("genre_id"),
        (1 / F.size("genres")).alias("weight"), (F.col("popularity") / F.size("genres")).alias("popularity_part"),
    )  # fmt: skip
    genre = part.groupBy("day", "media_type", "genre_id").agg(
        F.count("*").alias("title_count"), sorted_sum("weight").alias("titles"),
        sorted_sum("popularity_part").alias("popularity"),
    )  # fmt: skip
    return genre.join(listed, ["day", "media_type"]).select(
        "day", "media_type", "genre_id", "title_count", "listed_title_count",
        (F.col("titles") / F.col("listed_title_count")).alias("title_share_ratio"),
        F.try_divide("popularity", "listed_popularity").alias("popularity_share_ratio"),
    )  # fmt: skip
