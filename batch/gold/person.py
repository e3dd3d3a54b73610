"""gold.dim_title, gold.bridge_title_genre, gold.bridge_title_person -> gold.person_rating_current.

Question 2: who made or led titles that rate high on both sites. A rating with too few votes does not count.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.person import HIGH, MINIMUM_IMDB_VOTES, MINIMUM_TMDB_VOTES
from lakehouse.genre_groups import crime_or_war
from lakehouse.statistics import exact_mean

_TITLE = ["media_type", "title_id"]


def person_rating_current(
    dim_title: DataFrame, bridge_title_genre: DataFrame, bridge_title_person: DataFrame
) -> DataFrame:
    """One row per person, role and group of genres: how many of the titles are rated, and how many high on both."""
    tmdb = F.when(F.col("vote_count") >= MINIMUM_TMDB_VOTES, F.col("vote_average"))
    imdb = F.when(F.col("imdb_vote_count") >= MINIMUM_IMDB_VOTES, F.col("imdb_rating"))
    title = dim_title.where("title_id <> 0").select(*_TITLE, tmdb.alias("tmdb"), imdb.alias("imdb"))
    person = bridge_title_person.where("person_id <> 0").select(*_TITLE, "person_id", "role")
    part = person.join(title, _TITLE)
    every = part.withColumn("genre_group", F.lit("all"))
    either = crime_or_war(part, bridge_title_genre).withColumn("genre_group", F.lit("crime_or_war"))
    tmdb, imdb = F.col("tmdb"), F.col("imdb")
    return every.unionByName(either).groupBy("person_id", "role", "genre_group").agg(
        F.count("*").alias("title_count"),
        F.count(tmdb).alias("tmdb_rated_count"),
        F.count(imdb).alias("imdb_rated_count"),
        F.count_if(tmdb >= HIGH).alias("tmdb_high_count"),
        F.count_if(imdb >= HIGH).alias("imdb_high_count"),
        F.count_if(tmdb.isNotNull() & imdb.isNotNull()).alias("both_rated_count"),
        F.count_if((tmdb >= HIGH) & (imdb >= HIGH)).alias("both_high_count"),
        exact_mean(tmdb).alias("mean_tmdb_rating"),
        exact_mean(imdb).alias("mean_imdb_rating"),
    )  # fmt: skip
