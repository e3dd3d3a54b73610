"""gold.fact_title_popularity_daily -> gold.title_rating_daily -> gold.rating_correlation_daily."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.statistics import centred_rank, rank_correlation, sorted_sum

_FIGURES = ("popularity", "vote_average", "vote_count")
_HAS_VOTES = "vote_count > 0 AND vote_average IS NOT NULL"  # TMDb says 0.0 of a title that nobody has voted on


def title_rating_daily(fact_title_popularity_daily: DataFrame) -> DataFrame:
    """One row per title and UTC day: what its votes say once few votes count for little, and how that fits its fame."""
    voted = fact_title_popularity_daily.where(_HAS_VOTES)
    prior = voted.groupBy("day", "media_type").agg(
        F.median("vote_count").alias("m"), (sorted_sum("vote_average") / F.count("*")).alias("c")
    )
    votes = F.when(F.expr(_HAS_VOTES), F.col("vote_count")).otherwise(0)
    mean = F.when(F.expr(_HAS_VOTES), F.col("vote_average")).otherwise(0.0)
    weighted = (votes * mean + F.col("m") * F.col("c")) / (votes + F.col("m"))
    rated = fact_title_popularity_daily.join(prior, ["day", "media_type"], "left").select(
        "media_type", "title_id", "day", *_FIGURES, _at_most(10.0, weighted).alias("weighted_rating")
    )
    ranked = rated.withColumns(
        {
            "popularity_percentile_ratio": _percentile("popularity"),
            "rating_percentile_ratio": _percentile("weighted_rating"),
        }
    )
    both = F.col("popularity_percentile_ratio") + F.col("rating_percentile_ratio")
    return ranked.withColumn("hype_ratio", F.col("popularity_percentile_ratio") / both)


def rating_correlation_daily(title_rating_daily: DataFrame) -> DataFrame:
    """One row per UTC day, medium and pair of figures: Spearman's rank correlation over the titles that have both."""
    rating, votes = F.when(F.expr(_HAS_VOTES), F.col("vote_average")), F.col("vote_count").cast("double")
    figures = {"rating": rating, "votes": votes, "popularity": F.col("popularity")}
    pairs = [("rating", "votes"), ("rating", "popularity"), ("votes", "popularity")]
    named = [F.struct(F.lit(f"{x}_{y}").alias("pair"), figures[x].alias("x"), figures[y].alias("y")) for x, y in pairs]
    pair = title_rating_daily.select("day", "media_type", F.explode(F.array(*named)).alias("of")).select(
        "day", "media_type", "of.*", (F.col("of.x") + F.col("of.y")).isNotNull().alias("has_both")
    )
    group = ("day", "media_type", "pair")
    x, y = (F.when(F.col("has_both"), centred_rank(F.col(one), *group, "has_both")).alias(one) for one in ("x", "y"))
    correlation = rank_correlation(F.col("x"), F.col("y"))
    enough = F.count_if("has_both") >= 3
    return (
        pair.select(*group, "has_both", x, y)
        .groupBy(*group)
        .agg(F.count_if("has_both").alias("title_count"), F.when(enough, correlation).alias("rank_correlation"))
    )


def _at_most(most: float, value: Column) -> Column:
    """The value, which may be above its bound by a last bit; F.least would take the bound where it is NULL."""
    return F.when(value > most, most).otherwise(value)


def _percentile(column: str) -> Column:
    """The share of the day's known values of the medium that are at most as high; NULL where it is not known."""
    known = F.col(column).isNotNull()
    return F.when(known, F.cume_dist().over(Window.partitionBy("day", "media_type", known).orderBy(column)))
