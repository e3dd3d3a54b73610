"""gold.fact_title_popularity_daily -> gold.title_rating_daily -> gold.rating_correlation_daily: quality or hype.

Over all titles that any of the day's lists held, which is no sample of all titles: 40 of some 145 movies are there
because they are rated highest, and most of them are old. In 20 recorded days the median correlation of their
rating and popularity is -0.47 with them and -0.02 without.
"""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.contracts.star import TO_DATE, TO_TITLE
from lakehouse.tables import Column, Refresh, Table

TITLE_RATING_DAILY = Table(
    name="gold.title_rating_daily",
    grain="title and UTC day on which a list held it",
    key=("media_type", "title_id", "day"),
    reads=("gold.fact_title_popularity_daily",),
    refresh=Refresh("day"),
    references=(TO_TITLE, TO_DATE),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        columns.DAY,
        *columns.FIGURES,
        Column(
            "weighted_rating",
            T.DoubleType(),
            "Bayesian rating, 0 to 10: (v R + m C) / (v + m) of its votes v and their mean R, with m the median votes "
            "and C the mean rating of the day's titles of its medium that have votes; C for a title without votes, "
            "NULL where none has any.",
            optional=True,
            low=0,
            high=10,
        ),
        Column(
            "popularity_percentile_ratio",
            T.DoubleType(),
            "Share of the day's titles of its medium that are at most as popular.",
            optional=True,
            low=0,
            high=1,
        ),
        Column(
            "rating_percentile_ratio",
            T.DoubleType(),
            "Share of them whose weighted rating is at most as high.",
            optional=True,
            low=0,
            high=1,
        ),
        Column(
            "hype_ratio",
            T.DoubleType(),
            "Popularity percentile over the sum of both: 0.5 where attention matches quality, near 1 all hype.",
            optional=True,
            low=0,
            high=1,
        ),
    ),
)

RATING_CORRELATION_DAILY = Table(
    name="gold.rating_correlation_daily",
    grain="UTC day, medium and pair of figures",
    key=("day", "media_type", "pair"),
    reads=("gold.title_rating_daily",),
    refresh=Refresh("day"),
    references=(TO_DATE,),
    columns=(
        columns.DAY,
        MEDIA_TYPE,
        Column(
            "pair",
            T.StringType(),
            "The two figures: rating is the mean vote of a title that has votes.",
            one_of=("rating_votes", "rating_popularity", "votes_popularity"),
        ),
        Column("title_count", T.LongType(), "Titles that have both.", low=0),
        Column(
            "rank_correlation",
            T.DoubleType(),
            "Spearman's, -1 to 1; NULL with fewer than 3 titles, or where all are alike.",
            optional=True,
            low=-1,
            high=1,
        ),
    ),
)

TABLES = (TITLE_RATING_DAILY, RATING_CORRELATION_DAILY)
