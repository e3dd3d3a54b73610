"""gold.dim_title, gold.bridge_title_genre -> gold.title_budget_current, gold.budget_band_ and _correlation_current.

Question 1: popularity against budget. A movie whose budget TMDb does not know stands in the band `unknown`.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.budget import ALL_DECADES, BANDS
from lakehouse.genre_groups import in_each_genre
from lakehouse.statistics import centred_rank, exact_mean, rank_correlation, rank_interval


def title_budget_current(dim_title: DataFrame) -> DataFrame:
    """One row per movie: its budget with band, its decade of release, its popularity."""
    decade = F.coalesce(F.col("release_year") - F.col("release_year") % 10, F.lit(0))
    return dim_title.where("media_type = 'movie' AND title_id <> 0").select(
        "media_type", "title_id", "title", _band(F.col("budget_usd")).alias("budget_band"), decade.alias("decade"),
        "budget_usd", "revenue_usd", "popularity",
    )  # fmt: skip


def budget_band_current(title_budget_current: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """One row per genre, budget band and decade: how many movies, how dear, how popular."""
    of_decade = Window.partitionBy("genre_id", "decade")
    movie = in_each_genre(title_budget_current, bridge_title_genre)
    every = movie.unionByName(movie.withColumn("decade", F.lit(ALL_DECADES)))
    return (
        every.groupBy("genre_id", "budget_band", "decade")
        .agg(
            F.count("*").alias("title_count"),
            exact_mean(F.col("budget_usd")).alias("mean_budget_usd"),
            F.median("popularity").alias("median_popularity"),
            exact_mean(F.col("popularity")).alias("mean_popularity"),
        )
        .withColumn("title_share_ratio", F.col("title_count") / F.sum("title_count").over(of_decade))
    )


def budget_correlation_current(title_budget_current: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """One row per genre: the rank correlation of budget and popularity over the movies that have both."""
    movie = in_each_genre(title_budget_current, bridge_title_genre)
    both = F.col("budget_usd").isNotNull() & F.col("popularity").isNotNull()
    known = movie.withColumn("is_known", both)
    ranked = known.select("genre_id", "is_known", *(_rank(name).alias(name) for name in ("budget_usd", "popularity")))
    genre = ranked.groupBy("genre_id").agg(
        F.count("*").alias("title_count"),
        F.count_if("is_known").alias("known_budget_count"),
        rank_correlation(F.col("budget_usd"), F.col("popularity")).alias("found"),
    )
    count = F.col("known_budget_count")
    low, high = rank_interval(F.col("found"), count)
    return genre.select(
        "genre_id", "title_count", "known_budget_count",
        (count / F.col("title_count")).alias("known_budget_ratio"),
        F.when(count > 3, F.col("found")).alias("rank_correlation"),
        low.alias("correlation_low"), high.alias("correlation_high"),
    )  # fmt: skip


def _rank(name: str) -> Column:
    """The movie's rank among its genre's movies that have both figures; NULL for the others."""
    return F.when(F.col("is_known"), centred_rank(F.col(name), "genre_id", "is_known"))


def _band(budget: Column) -> Column:
    band = F.lit("unknown")
    for name, at_least in BANDS:
        band = F.when(budget >= at_least, name).otherwise(band)
    return band
