"""Question 1: popularity against budget, by title, by budget band and decade, and as a correlation, for any genre.

gold.dim_title, gold.bridge_title_genre
-> gold.title_budget_current, gold.budget_band_current, gold.budget_correlation_current.
"""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import TITLE_ID, TO_TITLE
from lakehouse.genre_groups import GENRE_OR_GROUP_ID
from lakehouse.tables import Column, Table

BANDS = (
    ("under_1m", 0),
    ("1m_to_10m", 1_000_000),
    ("10m_to_50m", 10_000_000),
    ("50m_to_100m", 50_000_000),
    ("100m_and_more", 100_000_000),
)
"""Name and lower bound, inclusive, in US dollars."""

_BAND = Column(
    "budget_band",
    T.StringType(),
    "Band of the budget in US dollars; unknown where TMDb has none.",
    one_of=(*(name for name, _ in BANDS), "unknown"),
)
ALL_DECADES = -1
_DECADE = Column("decade", T.IntegerType(), "First year of the decade of release; 0 where unknown.", low=0)
_DECADE_OR_ALL = Column(
    "decade",
    T.IntegerType(),
    "First year of the decade of release; 0 where unknown, -1: all decades.",
    low=ALL_DECADES,
)
_TITLE_COUNT = Column("title_count", T.LongType(), "Movies.", low=1)

TITLE_BUDGET_CURRENT = Table(
    name="gold.title_budget_current",
    grain="movie of dim_title",
    key=("media_type", "title_id"),
    reads=("gold.dim_title",),
    references=(TO_TITLE,),
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        Column("title", T.StringType(), "Title in the language of the source.", optional=True),
        _BAND,
        _DECADE,
        columns.BUDGET,
        columns.REVENUE,
        columns.POPULARITY,
    ),
)

BUDGET_BAND_CURRENT = Table(
    name="gold.budget_band_current",
    grain="genre, budget band and decade of release, and over all decades",
    key=("genre_id", "budget_band", "decade"),
    reads=("gold.title_budget_current", "gold.bridge_title_genre"),
    may_be_empty=True,
    columns=(
        GENRE_OR_GROUP_ID,
        _BAND,
        _DECADE_OR_ALL,
        _TITLE_COUNT,
        Column(
            "title_share_ratio",
            T.DoubleType(),
            "Share of the genre's movies of the decade, or of all decades.",
            low=0,
            high=1,
        ),
        Column("mean_budget_usd", T.DoubleType(), "Mean budget; NULL in the unknown band.", optional=True, low=1),
        Column("median_popularity", T.DoubleType(), "Median of the popularity scores.", optional=True, low=0),
        Column("mean_popularity", T.DoubleType(), "Mean of the popularity scores.", optional=True, low=0),
    ),
)

BUDGET_CORRELATION_CURRENT = Table(
    name="gold.budget_correlation_current",
    grain="genre",
    key=("genre_id",),
    reads=("gold.title_budget_current", "gold.bridge_title_genre"),
    may_be_empty=True,
    columns=(
        GENRE_OR_GROUP_ID,
        _TITLE_COUNT,
        Column(
            "known_budget_count",
            T.LongType(),
            "Movies whose budget and popularity are known; the correlation is of these.",
            low=0,
        ),
        Column("known_budget_ratio", T.DoubleType(), "Their share.", low=0, high=1),
        Column(
            "rank_correlation",
            T.DoubleType(),
            "Spearman's, of budget and popularity; NULL with fewer than 4.",
            optional=True,
            low=-1,
            high=1,
        ),
        Column(
            "correlation_low",
            T.DoubleType(),
            "Lower end of its 95 % interval (Fisher's z, SE 1.03/sqrt(n-3)).",
            optional=True,
            low=-1,
            high=1,
        ),
        Column("correlation_high", T.DoubleType(), "Upper end of its 95 % interval.", optional=True, low=-1, high=1),
    ),
)

TABLES = (TITLE_BUDGET_CURRENT, BUDGET_BAND_CURRENT, BUDGET_CORRELATION_CURRENT)
