"""Which titles' details are to be fetched: what TMDb changed, what is kept too long, what is not there yet.

What is not there yet is known from TMDb's id files, and from IMDb's files that were loaded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Title = tuple[str, int]
"""Media type and id."""

IMDB_TYPES = ("movie", "tvMovie", "tvSeries", "tvMiniSeries")
"""What TMDb too has as a film or a series of its own."""
_KEY = ["media_type", "title_id"]


def held(spark: "SparkSession", titles: Iterable[Title]) -> list[Title]:
    """Those of the titles whose details were ever asked for, each once; a build need not have seen them yet."""
    asked = spark.createDataFrame([*titles], "media_type string, title_id bigint").distinct()
    return _listed(asked.join(spark.table("silver.title_event"), _KEY, "left_semi").orderBy(*_KEY))


def stale(spark: "SparkSession", before: datetime) -> list[Title]:
    """The titles that were fetched before a time, and not again."""
    return _listed(spark.table("silver.title_current").where(F.col("fetched_at") < F.lit(before)).orderBy(*_KEY))


def missing(spark: "SparkSession", limit: int) -> list[Title]:
    """The most popular titles of the newest id files that were never asked for, at most so many."""
    return _listed(_unknown(spark).orderBy(F.desc_nulls_last("popularity"), *_KEY).limit(limit))


def unlinked(spark: "SparkSession", limit: int) -> list[str]:
    """The ids of IMDb's films and series that no fetched title has, those with the most votes first, at most so many.

    A title whose type no file says may be one too.
    """
    wanted = spark.table("silver.imdb_title").where(
        F.coalesce(F.col("title_type").isin(*IMDB_TYPES), F.lit(True)) & F.col("parent_imdb_id").isNull()
    )
    unknown = wanted.join(spark.table("silver.title_event").where("imdb_id IS NOT NULL"), "imdb_id", "left_anti")
    ranked = unknown.orderBy(F.desc_nulls_last("imdb_vote_count"), "imdb_id").limit(limit)
    return [str(one["imdb_id"]) for one in ranked.select("imdb_id").collect()]


@dataclass(frozen=True)
class Holdings:
    """Of one medium: titles held, the oldest fetch, titles past the cache time, titles in id files never asked for."""

    media_type: str
    held: int
    oldest_fetch: datetime | None
    past_cache_time: int
    never_fetched: int


def holdings(spark: "SparkSession", before: datetime) -> list[Holdings]:
    """One row per medium; `before` is where the cache time ends."""
    current = (
        spark.table("silver.title_current")
        .groupBy("media_type")
        .agg(
            F.count("*").alias("held"),
            F.min("fetched_at").alias("oldest"),
            F.count_if(F.col("fetched_at") < F.lit(before)).alias("past"),
        )
    )
    unknown = _unknown(spark).groupBy("media_type").agg(F.count("*").alias("unknown"))
    found = current.join(unknown, "media_type", "full").orderBy("media_type").collect()
    return [
        Holdings(one["media_type"], one["held"] or 0, one["oldest"], one["past"] or 0, one["unknown"] or 0)
        for one in found
    ]


def _unknown(spark: "SparkSession") -> "DataFrame":
    """The titles of the newest id file of each medium that were never asked for."""
    named = spark.table("silver.title_id_export")
    newest = named.groupBy("media_type").agg(F.max("event_date").alias("event_date"))
    return named.join(newest, ["media_type", "event_date"], "left_semi").join(
        spark.table("silver.title_event"), _KEY, "left_anti"
    )


def _listed(titles: "DataFrame") -> list[Title]:
    return [(one["media_type"], one["title_id"]) for one in titles.select(*_KEY).collect()]
