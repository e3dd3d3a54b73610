"""gold.dim_title, silver.title_season_current and the genres -> gold.film_runtime_yearly, gold.season_episode_yearly.

Question 3: how long films are, and how many episodes a season has. What has no date has no year and is left out.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.genre_groups import in_each_genre
from lakehouse.statistics import exact_mean

_TITLE = ("media_type", "title_id")


def film_runtime_yearly(dim_title: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """One row per year of release and genre: the movies' mean and median minutes, over those whose runtime is known."""
    film = dim_title.where("media_type = 'movie' AND title_id <> 0 AND release_year IS NOT NULL")
    dated = film.select(*_TITLE, F.col("release_year").alias("year"), "runtime_minutes")
    return in_each_genre(dated, bridge_title_genre).groupBy("year", "genre_id").agg(
        F.count("*").alias("title_count"),
        *_measures(F.col("runtime_minutes"), "known_runtime", "runtime_minutes"),
    )  # fmt: skip


def season_episode_yearly(title_season_current: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """One row per year and genre: the mean and median episodes of the seasons that began in it, specials left out."""
    season = title_season_current.where("season_number > 0 AND air_date IS NOT NULL")
    # TMDb gives a season that was announced and has no list yet 0 episodes.
    dated = season.select(
        *_TITLE, F.year("air_date").alias("year"), F.nullif("episode_count", F.lit(0)).alias("episodes")
    )
    return in_each_genre(dated, bridge_title_genre).groupBy("year", "genre_id").agg(
        F.count("*").cast("int").alias("season_count"),
        *_measures(F.col("episodes"), "known_episode", "episodes"),
    )  # fmt: skip


def _measures(value: Column, known: str, unit: str) -> tuple[Column, ...]:
    """How many are known and their share, and the mean and median of those."""
    return (
        F.count(value).alias(f"{known}_count"),
        (F.count(value) / F.count("*")).alias(f"{known}_ratio"),
        exact_mean(value).alias(f"mean_{unit}"),
        F.median(value).alias(f"median_{unit}"),
    )
