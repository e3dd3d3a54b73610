"""gold.dim_title -> gold.title_success_current -> gold.rating_predictor_current.

Question 4: which site's rating goes more closely with a title's longevity and success.
"""

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.success import MINIMUM_TITLES, OUTCOMES
from lakehouse.statistics import centred_rank, rank_correlation, rank_interval

_DAYS_A_YEAR = 365.25


def title_success_current(dim_title: DataFrame) -> DataFrame:
    """One row per title with a rating on IMDb or TMDb: both ratings, and what became of it."""
    tmdb = F.when(F.col("vote_count") > 0, F.col("vote_average"))
    days = F.datediff("last_listed_date", "release_date")
    title = dim_title.where("title_id <> 0").select(
        "media_type", "title_id",
        tmdb.alias("tmdb_rating"), "imdb_rating",
        F.when(days >= 0, days / _DAYS_A_YEAR).alias("years_in_lists"),
        F.try_divide("revenue_usd", "budget_usd").alias("revenue_over_budget"),
        "vote_count",
    )  # fmt: skip
    return title.where("tmdb_rating IS NOT NULL OR imdb_rating IS NOT NULL")


def rating_predictor_current(title_success_current: DataFrame) -> DataFrame:
    """One row per outcome: how closely each site's rating goes with it, over the titles that have both ratings."""
    outcomes = [F.struct(F.lit(name).alias("outcome"), F.col(name).cast("double").alias("value")) for name in OUTCOMES]
    case = title_success_current.select("tmdb_rating", "imdb_rating", F.inline(F.array(*outcomes)))
    has_tmdb = F.col("value").isNotNull() & F.col("tmdb_rating").isNotNull()
    known = case.withColumns({"has_tmdb": has_tmdb, "has_both": has_tmdb & F.col("imdb_rating").isNotNull()})
    ranked = known.select(
        "outcome", "has_tmdb", "has_both",
        *_ranks("has_both", ("value", "tmdb_rating", "imdb_rating")), *_ranks("has_tmdb", ("value", "tmdb_rating")),
    )  # fmt: skip
    found = ranked.groupBy("outcome").agg(
        F.count_if("has_both").alias("title_count"),
        rank_correlation(F.col("has_both_tmdb_rating"), F.col("has_both_value")).alias("tmdb"),
        rank_correlation(F.col("has_both_imdb_rating"), F.col("has_both_value")).alias("imdb"),
        F.count_if("has_tmdb").alias("tmdb_title_count"),
        rank_correlation(F.col("has_tmdb_tmdb_rating"), F.col("has_tmdb_value")).alias("tmdb_all"),
    )
    judged = found.select(
        "outcome", "title_count", "tmdb_title_count",
        *_correlation("tmdb"), *_correlation("imdb"),
        F.when(F.col("tmdb_title_count") > 3, F.col("tmdb_all")).alias("tmdb_all_correlation"),
    )  # fmt: skip
    return judged.withColumn("verdict", _verdict())


def _ranks(has: str, names: Iterable[str]) -> list[Column]:
    """Each title's ranks among those of the outcome that have the figures; NULL for the others."""
    ranks = {name: centred_rank(F.col(name), "outcome", has) for name in names}
    return [F.when(F.col(has), rank).alias(f"{has}_{name}") for name, rank in ranks.items()]


def _correlation(site: str) -> list[Column]:
    """The site's correlation with both ends of its interval; NULL with fewer than 4 titles."""
    count = F.col("title_count")
    low, high = rank_interval(F.col(site), count)
    ends = [low.alias(f"{site}_correlation_low"), high.alias(f"{site}_correlation_high")]
    return [F.when(count > 3, F.col(site)).alias(f"{site}_correlation"), *ends]


def _verdict() -> Column:
    """The site whose correlation is the stronger, whatever the signs, where the two intervals do not overlap."""
    imdb_low, imdb_high = _strengths("imdb")
    tmdb_low, tmdb_high = _strengths("tmdb")
    unclear = (F.col("title_count") < MINIMUM_TITLES) | imdb_low.isNull() | tmdb_low.isNull()
    return (
        F.when(unclear, "not_enough_data")
        .when(imdb_low > tmdb_high, "imdb")
        .when(tmdb_low > imdb_high, "tmdb")
        .otherwise("no_difference")
    )


def _strengths(site: str) -> tuple[Column, Column]:
    """The interval of the correlation's absolute value."""
    low, high = F.col(f"{site}_correlation_low"), F.col(f"{site}_correlation_high")
    weakest = F.when(low * high > 0, F.least(F.abs(low), F.abs(high))).when(low.isNotNull(), 0.0)
    return weakest, F.greatest(F.abs(low), F.abs(high))
