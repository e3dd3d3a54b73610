"""silver titles, catalogue, IMDb and lists -> gold.dim_title, gold.dim_date, gold.fact_title_popularity_daily."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.star import UNKNOWN_DAY, UNKNOWN_ID

_KEY = ("media_type", "title_id")
_FIGURES = ("popularity", "vote_average", "vote_count")
_FACTS = (
    "title", "original_title", "original_language_code", "imdb_id", "release_date", "runtime_minutes", "budget_usd",
    "revenue_usd", "season_count", "episode_count",
)  # fmt: skip
_SOURCES = ("details", "catalogue", "list")
"""Best first."""


def dim_title(  # noqa: PLR0913 - everything that can name a title
    title_current: DataFrame, catalogue_title: DataFrame, title_link: DataFrame, imdb_title: DataFrame,
    trending_event: DataFrame, popular_event: DataFrame, discover_event: DataFrame,
) -> DataFrame:  # fmt: skip
    """One row per title that a source names, and one unknown member of each medium.

    Each fact comes from the best source that knows it, the figures all from the best source that has the title.
    """
    sources = (title_current, catalogue_title, _newest(trending_event, popular_event, discover_event))
    named = [
        rows.select(*_KEY, F.lit(place).alias("place"), *[one for one in rows.columns if one in (*_FACTS, *_FIGURES)])
        for place, rows in enumerate(sources)
    ]
    title = _union(*named).groupBy(*_KEY).agg(
        F.get(F.array(*map(F.lit, _SOURCES)), F.min("place")).alias("known_from"),
        *[F.min_by(fact, F.when(F.col(fact).isNotNull(), F.col("place"))).alias(fact) for fact in _FACTS],
        *[F.min_by(figure, "place").alias(figure) for figure in _FIGURES],
    )  # fmt: skip
    link = title_link.where("title_id IS NOT NULL").groupBy(F.lit("movie").alias("media_type"), "title_id")
    joined = (
        title.join(link.agg(F.min_by("imdb_id", "movielens_id").alias("linked")), [*_KEY], "left")
        .withColumn("imdb_id", F.coalesce("imdb_id", "linked"))
        .drop("linked")
        .join(imdb_title.select("imdb_id", "imdb_rating", "imdb_vote_count"), "imdb_id", "left")
        .join(_listed_days(trending_event, popular_event), [*_KEY], "left")
    )
    every = _union(joined, _unknown_titles(title_current)).fillna({"listed_day_count": 0})
    return every.withColumn("release_year", F.year("release_date"))


def dim_date(trending_event: DataFrame, popular_event: DataFrame) -> DataFrame:
    """One row per UTC day from the first to the last poll, days without a poll too, and the unknown member."""
    polled = trending_event.select("event_date").unionByName(popular_event.select("event_date"))
    span = polled.agg(F.min("event_date").alias("first"), F.max("event_date").alias("last"))
    unknown = F.array(F.lit(UNKNOWN_DAY).cast("date"))
    days = F.coalesce(F.sequence("first", "last"), unknown)
    return span.select(F.explode(F.array_union(unknown, days)).alias("day")).select(
        "day",
        F.year("day").alias("year"),
        F.quarter("day").alias("quarter"),
        F.month("day").alias("month"),
        F.day("day").alias("day_of_month"),
        (F.weekday("day") + 1).alias("iso_weekday"),
        F.trunc("day", "week").alias("week_start_date"),
        (F.weekday("day") >= 5).alias("is_weekend"),
    )


def fact_title_popularity_daily(trending_event: DataFrame, popular_event: DataFrame) -> DataFrame:
    """One row per title and UTC day: its figures, and its best place in the lists that are ranked by attention."""
    own = (*_KEY, "event_date", "event_at", "event_id", "list_name", "rank", *_FIGURES)
    seen = trending_event.select(*own).unionByName(popular_event.select(*own))
    preferred = F.array(*map(F.lit, ("popular", "trending_week", "trending_day")))  # the last one most, others least
    attention = F.array_position(preferred, F.col("list_name")).alias("attention")
    # Several other lists may hold it in one poll: then the best place counts, and of two alike the list's name.
    last = F.struct(attention, "event_at", (-F.col("rank")).alias("height"), "list_name", "event_id")
    daily = seen.groupBy(*_KEY, F.col("event_date").alias("day")).agg(
        F.max_by(F.struct(*_FIGURES), last).alias("seen"),
        _best_rank("trending_day").alias("best_day_rank"),
        _best_rank("trending_week").alias("best_week_rank"),
        _best_rank("popular").alias("best_popular_rank"),
        F.count_distinct("list_name").alias("list_count"),
    )
    return daily.select("*", "seen.*").drop("seen")


def _best_rank(list_name: str) -> Column:
    return F.min(F.when(F.col("list_name") == list_name, F.col("rank")))


def _newest(*events: DataFrame) -> DataFrame:
    """One row per title that a list or a backfill held: what the newest of its events says."""
    told = F.struct(*[fact for fact in _FACTS if fact in events[0].columns], *_FIGURES)
    every = _union(*[event.select(*_KEY, "event_at", "event_id", told.alias("told")) for event in events])
    newest = every.groupBy(*_KEY).agg(F.max_by("told", F.struct("event_at", "event_id")).alias("newest"))
    return newest.select(*_KEY, "newest.*")


def _listed_days(*events: DataFrame) -> DataFrame:
    """One row per title that a list held: its first and last day there, and how many days it was."""
    return _union(*[event.select(*_KEY, "event_date") for event in events]).groupBy(*_KEY).agg(
        F.min("event_date").alias("first_listed_date"),
        F.max("event_date").alias("last_listed_date"),
        F.count_distinct("event_date").alias("listed_day_count"),
    )  # fmt: skip


def _unknown_titles(any_rows: DataFrame) -> DataFrame:
    """One row per medium. An aggregate of whatever rows is one row: a pure function has no session to make one."""
    media = F.array(F.lit("movie"), F.lit("tv"))
    return any_rows.agg(F.count("*").alias("rows")).select(
        F.explode(media).alias("media_type"), F.lit(UNKNOWN_ID).cast("long").alias("title_id"),
        F.lit("unknown").alias("known_from"),
    )  # fmt: skip


def _union(*frames: DataFrame) -> DataFrame:
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)
