"""Likings of titles -> lists of titles, and how good lists are; the trained model is in batch/recommend.py.

A liking is a user, a title, its time, whether it is a good one, and its strength: above 0 for, below 0 against.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

USER, TITLE = "user_key", ("media_type", "title_id")
LIKE = ("like_media_type", "like_title_id")
"""The other one of two titles."""
LIKED = 8.0
"""Stars from which on a title counts as liked: 4 of 5."""
MIDDLE = 6.5
"""Stars that speak neither for nor against a title: what people rate they have chosen, so it lies above half."""
HELD_OUT = 0.2
NEIGHBOURS = 50
_MOST_PER_USER = 500  # of the newest likings; who likes everything says little, and costs the square


def liked_by_rating(rating: DataFrame) -> DataFrame:
    """One liking per user and title that the user rated."""
    return rating.select(
        USER, *TITLE, F.col("rated_at").alias("at"), (F.col("rating") >= LIKED).alias("is_liked"),
        (F.col("rating") - MIDDLE).alias("strength"),
    )  # fmt: skip


def liked_by_watching(watch_history: DataFrame) -> DataFrame:
    """One liking per user and title that the user watched: the farther, the stronger."""
    return watch_history.select(
        USER, *TITLE, F.col("last_watched_at").alias("at"), F.col("is_completed").alias("is_liked"),
        F.col("highest_progress_ratio").alias("strength"),
    )  # fmt: skip


def with_enough(likings: DataFrame, least: int) -> DataFrame:
    """The likings of users who have so many, with the flag `is_held_out` of each user's newest fifth."""
    of_user = Window.partitionBy(USER)
    place = F.row_number().over(of_user.orderBy("at", *TITLE))
    counted = likings.withColumns({"_count": F.count("*").over(of_user), "_place": place}).where(
        F.col("_count") >= least
    )
    held_out = F.col("_place") > F.floor(F.col("_count") * (1 - HELD_OUT))
    return counted.withColumn("is_held_out", held_out).drop("_count", "_place")


def best_liked(likings: DataFrame) -> DataFrame:
    """One row per title that somebody likes, with the users who do as its score."""
    return likings.where("is_liked").groupBy(*TITLE).agg(F.count("*").cast("double").alias("score"))


def neighbours(likings: DataFrame) -> DataFrame:
    """One row per title and one of its nearest (`like_...`): the cosine of who likes the two, from two users on."""
    newest = F.row_number().over(Window.partitionBy(USER).orderBy(F.desc("at"), *TITLE))
    liked = likings.where("is_liked").withColumn("_place", newest).where(F.col("_place") <= _MOST_PER_USER)
    one = liked.select(USER, *TITLE)
    counts = one.groupBy(*TITLE).agg(F.count("*").alias("fans"))
    pairs = one.join(_as_other(one), USER).where("NOT (media_type = like_media_type AND title_id = like_title_id)")
    both = pairs.groupBy(*TITLE, *LIKE).agg(F.count("*").alias("both")).where("both > 1")
    scored = both.join(counts, [*TITLE]).join(_as_other(counts).withColumnRenamed("fans", "like_fans"), [*LIKE])
    score = F.col("both") / F.sqrt(F.col("fans").cast("double") * F.col("like_fans"))
    found = scored.select(*TITLE, *LIKE, score.alias("score"))
    return first(found, NEIGHBOURS, *TITLE, order=(F.desc("score"), *LIKE)).drop("place_rank")


def by_neighbours(likings: DataFrame, near: DataFrame) -> DataFrame:
    """One row per user and title near to one that the user likes, with the sum of the cosines as its score."""
    liked = _as_other(likings.where("is_liked").select(USER, *TITLE)).join(near, [*LIKE])
    return liked.groupBy(USER, *TITLE).agg(F.round(F.sum("score"), 9).alias("score"))


def unseen(scored: DataFrame, likings: DataFrame) -> DataFrame:
    """The scored titles that the user has no liking of, not even a bad one."""
    return scored.join(likings.select(USER, *TITLE), [USER, *TITLE], "left_anti")


def first(scored: DataFrame, count: int, *of: str, order: tuple[Column | str, ...] = ()) -> DataFrame:
    """The first so many of each of `of` by score, with their `place_rank`; of alike scores the lower title counts."""
    place = F.row_number().over(Window.partitionBy(*of).orderBy(*(order or (F.desc("score"), *TITLE))))
    return scored.withColumn("place_rank", place).where(F.col("place_rank") <= count)


def goodness(lists: DataFrame, held_out: DataFrame, known: DataFrame, at: int) -> DataFrame:
    """One row: precision, recall, NDCG and coverage of users' lists, against what they liked of what was held out.

    `known` are the titles that could have been recommended.
    """
    liked = held_out.where("is_liked").select(USER, *TITLE)
    wanted = liked.groupBy(USER).agg(F.count("*").alias("wanted"))
    gain = 1 / F.log2(F.col("place_rank") + 1)
    hits = lists.join(liked, [USER, *TITLE], "left_semi").groupBy(USER)
    told = wanted.join(hits.agg(F.count("*").alias("hits"), F.sum(gain).alias("gained")), USER, "left").fillna(0)
    best = F.aggregate(
        F.sequence(F.lit(1), F.least("wanted", F.lit(at)).cast("int")),
        F.lit(0.0),
        lambda sum, n: sum + 1 / F.log2(n + 1),
    )
    share = lists.join(wanted, USER, "left_semi").select(*TITLE).distinct().agg(F.count("*").alias("recommended"))
    return told.agg(
        F.count("*").alias("user_count"),
        F.coalesce(F.sum("wanted"), F.lit(0)).alias("held_out_count"),
        _mean(F.col("hits") / at).alias("precision_ratio"),
        _mean(F.col("hits") / F.col("wanted")).alias("recall_ratio"),
        _mean(F.least(F.col("gained") / best, F.lit(1.0))).alias("ndcg_ratio"),
    ).crossJoin(share.crossJoin(known.agg(F.count("*").alias("known")))).withColumn(
        "coverage_ratio", F.coalesce(F.try_divide("recommended", "known"), F.lit(0.0))
    ).drop("recommended", "known")  # fmt: skip


def _as_other(rows: DataFrame) -> DataFrame:
    return rows.withColumnsRenamed(dict(zip(TITLE, LIKE, strict=True)))


def _mean(value: Column) -> Column:
    return F.coalesce(F.round(F.avg(value), 9), F.lit(0.0))
