"""Recommendations: a factor model of users' likings, judged on what was held out, and the lists that it gives.

The model is Spark's ALS for implicit feedback (Hu, Koren, Volinsky 2008): a liking's sign says for or against, its
size how sure that is. Why not one that predicts stars: docs/decisions/recommendations.md.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from batch.gold import recommendation as lists
from batch.gold.recommendation import LIKE, TITLE, USER
from lakehouse.contracts.recommendation import ANY_LANGUAGE, AT, METHODS
from lakehouse.settings import Recommend

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row

_CHECKPOINT = 3  # iterations; the plan of ten overflows a thread's stack where the quick compiler made its frames
_BLOCKS = 2  # more add up in the order in which tasks end, and the last bits of the factors with it


@dataclass(frozen=True)
class Evaluated:
    """How good one method's lists are; the fields are columns of quality.recommendation_evaluation."""

    method: str
    user_count: int
    held_out_count: int
    precision_ratio: float
    recall_ratio: float
    ndcg_ratio: float
    coverage_ratio: float


def likings(rating: "DataFrame", watch_history: "DataFrame", chosen: Recommend) -> "DataFrame":
    """One row per liking of a user who has enough of them, and whether it is held out."""
    told = lists.liked_by_rating(rating) if chosen.feedback == "ratings" else lists.liked_by_watching(watch_history)
    return lists.with_enough(told, chosen.least_likings)


def evaluate(given: "DataFrame", chosen: Recommend) -> list[Evaluated]:
    """One row per method, trained on older likings and judged on the newest; none where there is nothing."""
    known, held_out = given.where("NOT is_held_out"), given.where("is_held_out")
    if known.where("is_liked").isEmpty():
        return []
    titles = known.select(*TITLE).distinct()

    def judged(made: "DataFrame") -> "Row":
        return lists.goodness(made, held_out, titles, AT).collect()[0]

    with ThreadPoolExecutor(len(METHODS)) as beside:  # Spark plans one while it computes another
        found = {
            "popularity": beside.submit(judged, _most_liked(known, AT)),
            "item_item": beside.submit(
                judged, _of_users(lists.by_neighbours(known, lists.neighbours(known)), known, AT)
            ),
            "als": beside.submit(judged, learned(known, AT, chosen)),
        }
    return [Evaluated(method, **found[method].result().asDict()) for method in METHODS]


def verdict(found: Iterable[Evaluated], chosen: Recommend) -> str | None:
    """Why the recommendations are not to be published; None where they are worth it."""
    by_method = {one.method: one for one in found}
    users = by_method["als"].user_count if by_method else 0
    if users < chosen.least_users:
        return f"{users} users liked something of what was held out; {chosen.least_users} are needed to tell"
    ours, theirs = by_method["als"].ndcg_ratio, by_method["popularity"].ndcg_ratio
    return None if ours > theirs else f"NDCG@{AT} {ours:.4f} does not beat {theirs:.4f}, what everybody likes"


def recommended(given: "DataFrame", dim_title: "DataFrame", chosen: Recommend) -> "DataFrame":
    """One row per place of every list: of users, of titles, of languages."""
    others = [F.col(like).alias(name) for like, name in zip(LIKE, TITLE, strict=True)]
    near = lists.neighbours(given).select(F.concat_ws("/", *TITLE).alias("subject"), *others, "score")
    spoken = dim_title.select(*TITLE, F.col("original_language_code").alias("subject")).where("subject IS NOT NULL")
    liked = lists.best_liked(given)
    made = {
        "user": learned(given, chosen.places, chosen).withColumn("subject", F.col(USER)),
        "title": lists.first(near, chosen.places, "subject"),
        "language": lists.first(
            liked.join(spoken, [*TITLE]).unionByName(liked.withColumn("subject", F.lit(ANY_LANGUAGE))),
            chosen.places,
            "subject",
        ),
    }
    rows = [
        rows.select(F.lit(audience).alias("audience"), "subject", "place_rank", *TITLE, "score")
        for audience, rows in made.items()
    ]
    return reduce(lambda one, other: one.unionByName(other), rows)


def learned(known: "DataFrame", count: int, chosen: Recommend) -> "DataFrame":
    """The best unseen titles of each user, by a model of the known likings."""
    from pyspark.ml.recommendation import ALS

    # Who, or what, has no liking above 0 has no weight in ALS's regularisation, and its equations no solution.
    speaking = known.where("strength > 0")
    users, titles = _numbered(speaking, "user", USER), _numbered(speaking, "title", *TITLE)
    sparse = known.join(users, USER).join(titles, [*TITLE]).select("user", "title", "strength")
    als = ALS(
        rank=chosen.factors, maxIter=chosen.iterations, regParam=chosen.regularisation, alpha=chosen.alpha,
        seed=chosen.seed, implicitPrefs=True, userCol="user", itemCol="title", ratingCol="strength",
        numUserBlocks=_BLOCKS, numItemBlocks=_BLOCKS, checkpointInterval=_CHECKPOINT,
    )  # fmt: skip
    model = als.fit(sparse.repartition(1).sortWithinPartitions("user", "title"))
    scored = (
        model.recommendForAllUsers(count + _most_seen(known))
        .select("user", F.explode("recommendations").alias("told"))
        .select("user", F.col("told.title").alias("title"), F.col("told.rating").cast("double").alias("score"))
        .join(users, "user")
        .join(titles, "title")
        .select(USER, *TITLE, "score")
    )
    return _of_users(scored, known, count)


def _most_liked(known: "DataFrame", count: int) -> "DataFrame":
    """What most users like, for each user the unseen of it."""
    top = lists.best_liked(known).orderBy(F.desc("score"), *TITLE).limit(count + _most_seen(known))
    return _of_users(known.select(USER).distinct().crossJoin(top), known, count)


def _of_users(scored: "DataFrame", known: "DataFrame", count: int) -> "DataFrame":
    return lists.first(lists.unseen(scored, known), count, USER)


def _most_seen(known: "DataFrame") -> int:
    """The most titles that one user has a liking of: so many of the best may be seen."""
    most = known.groupBy(USER).count().agg(F.max("count")).collect()[0][0]
    return int(most)


def _numbered(known: "DataFrame", name: str, *key: str) -> "DataFrame":
    """One row per key, with a number of its own: ALS knows no other names."""
    one_partition = Window.partitionBy(F.lit(0)).orderBy(*key)
    return known.select(*key).distinct().withColumn(name, F.row_number().over(one_partition))
