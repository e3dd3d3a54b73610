"""Question 4: whether IMDb's or TMDb's rating predicts longevity and success better.

gold.dim_title -> gold.title_success_current -> gold.rating_predictor_current.
"""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import TITLE_ID, TO_TITLE
from lakehouse.tables import Column, Table

MINIMUM_TITLES = 30
"""With fewer titles that have both ratings there is no verdict."""
OUTCOMES = ("years_in_lists", "revenue_over_budget", "vote_count")

TITLE_SUCCESS_CURRENT = Table(
    name="gold.title_success_current",
    grain="title of dim_title that has a rating on IMDb or TMDb",
    key=("media_type", "title_id"),
    reads=("gold.dim_title",),
    references=(TO_TITLE,),
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        Column("tmdb_rating", T.DoubleType(), "TMDb's mean vote; NULL without votes.", optional=True, low=0, high=10),
        columns.IMDB_RATING,
        Column(
            "years_in_lists",
            T.DoubleType(),
            "Years from release to the last day on which a list held it; NULL where none did since its release.",
            optional=True,
            low=0,
        ),
        Column(
            "revenue_over_budget",
            T.DoubleType(),
            "Revenue in budgets; NULL where either is unknown.",
            optional=True,
            low=0,
        ),
        Column("vote_count", T.LongType(), "Votes on TMDb so far.", optional=True, low=0),
    ),
)

RATING_PREDICTOR_CURRENT = Table(
    name="gold.rating_predictor_current",
    grain="outcome",
    key=("outcome",),
    reads=("gold.title_success_current",),
    may_be_empty=True,
    columns=(
        Column("outcome", T.StringType(), "What is predicted.", one_of=OUTCOMES),
        Column(
            "title_count",
            T.LongType(),
            "Titles that have the outcome and both ratings; both correlations, NULL with fewer than 4, are of these.",
            low=0,
        ),
        *(
            Column(
                f"{site}_{what}",
                T.DoubleType(),
                doc.format(site="TMDb" if site == "tmdb" else "IMDb"),
                optional=True,
                low=-1,
                high=1,
            )
            for site in ("tmdb", "imdb")
            for what, doc in (
                ("correlation", "Spearman's, of {site}'s rating and the outcome."),
                ("correlation_low", "Lower end of the 95 % interval of {site}'s."),
                ("correlation_high", "Upper end of the 95 % interval of {site}'s."),
            )
        ),
        Column("tmdb_title_count", T.LongType(), "Titles that have the outcome and TMDb's rating.", low=0),
        Column("tmdb_all_correlation", T.DoubleType(), "Spearman's over those.", optional=True, low=-1, high=1),
        Column(
            "verdict",
            T.StringType(),
            "Which predicts better: the intervals of the correlations' strengths, whatever their signs, do not overlap;"
            f" not_enough_data below {MINIMUM_TITLES} titles.",
            one_of=("imdb", "tmdb", "no_difference", "not_enough_data"),
        ),
    ),
)

TABLES = (TITLE_SUCCESS_CURRENT, RATING_PREDICTOR_CURRENT)
