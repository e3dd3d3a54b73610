"""gold.rating, gold.watch_history -> gold.title_recommendation, if its evaluation says that it is worth it.

A flow of its own trains, evaluates and publishes them; a model is no pure function of its inputs' periods.
"""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.viewing import RATING, WATCH_HISTORY
from lakehouse.tables import Column, Table

AT = 10
"""Places of a list that an evaluation looks at."""

METHODS = ("als", "item_item", "popularity")
ANY_LANGUAGE = "any"

TITLE_RECOMMENDATION = Table(
    name="gold.title_recommendation",
    grain="place in a list: of a user, of titles like another, or of newcomers of a language",
    key=("audience", "subject", "place_rank"),
    reads=(RATING.name, WATCH_HISTORY.name, DIM_TITLE.name),
    trained_by="recommend",
    columns=(
        Column(
            "audience",
            T.StringType(),
            "user: unseen titles for one; title: those most like it; language: the best liked ones, for newcomers.",
            one_of=("user", "title", "language"),
        ),
        Column("subject", T.StringType(), f"user_key; or movie/603; or a language code, or {ANY_LANGUAGE}."),
        Column("place_rank", T.IntegerType(), "Place in the list; 1 is first.", low=1),
        columns.MEDIA_TYPE,
        columns.TITLE_ID,
        Column(
            "score",
            T.DoubleType(),
            "What the list is ordered by, to be compared within it alone: predicted liking, cosine, or users who "
            "liked it.",
        ),
    ),
)


def _ratio(name: str, doc: str) -> Column:
    return Column(name, T.DoubleType(), doc, low=0, high=1)


RECOMMENDATION_EVALUATION = Table(
    name="quality.recommendation_evaluation",
    grain="training run and method, over users whose newest likings were held out",
    key=("run_id", "method"),
    columns=(
        Column("run_id", T.StringType(), "Run that trained."),
        Column("evaluated_at", T.TimestampType(), "Time of the evaluation."),
        Column("method", T.StringType(), "als is what is published; the others are what it must beat.", one_of=METHODS),
        Column("feedback", T.StringType(), "What was learned from.", one_of=("ratings", "watches")),
        Column("user_count", T.LongType(), "Users with a liked title among those held out.", low=0),
        Column("held_out_count", T.LongType(), "Liked titles that were held out.", low=0),
        _ratio("precision_ratio", f"Share of the first {AT} that was liked; mean of users."),
        _ratio("recall_ratio", f"Share of the liked that is among the first {AT}; mean of users."),
        _ratio("ndcg_ratio", f"Normalised discounted cumulative gain of the first {AT}; mean of users."),
        _ratio("coverage_ratio", "Share of the known titles that is recommended to anybody."),
        Column("is_published", T.BooleanType(), "The run's recommendations were published."),
    ),
)

TABLES = (TITLE_RECOMMENDATION, RECOMMENDATION_EVALUATION)
