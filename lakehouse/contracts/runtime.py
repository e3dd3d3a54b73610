"""Question 3: how long films are and how many episodes a season has, by year and genre.

gold.dim_title, gold.bridge_title_genre -> gold.film_runtime_yearly;
silver.title_season_current, gold.bridge_title_genre -> gold.season_episode_yearly.
Movies and seasons without a date have no year and are left out.
"""

from pyspark.sql import types as T

from lakehouse.genre_groups import GENRE_OR_GROUP_ID
from lakehouse.tables import Column, Table

_YEAR = Column("year", T.IntegerType(), "Year of release; of a season, its first air date.", low=1800)

FILM_RUNTIME_YEARLY = Table(
    name="gold.film_runtime_yearly",
    grain="year of release and genre of movies whose year is known",
    key=("year", "genre_id"),
    reads=("gold.dim_title", "gold.bridge_title_genre"),
    may_be_empty=True,
    columns=(
        _YEAR,
        GENRE_OR_GROUP_ID,
        Column("title_count", T.LongType(), "Movies.", low=1),
        Column(
            "known_runtime_count", T.LongType(), "Of them, with a known runtime; mean and median are of these.", low=0
        ),
        Column("known_runtime_ratio", T.DoubleType(), "Their share.", low=0, high=1),
        Column("mean_runtime_minutes", T.DoubleType(), "Mean minutes.", optional=True, low=1),
        Column("median_runtime_minutes", T.DoubleType(), "Median minutes.", optional=True, low=1),
    ),
)

SEASON_EPISODE_YEARLY = Table(
    name="gold.season_episode_yearly",
    grain="year and genre of seasons of series whose year is known, specials left out",
    key=("year", "genre_id"),
    reads=("silver.title_season_current", "gold.bridge_title_genre"),
    may_be_empty=True,
    columns=(
        _YEAR,
        GENRE_OR_GROUP_ID,
        Column("season_count", T.IntegerType(), "Seasons.", low=1),
        Column(
            "known_episode_count",
            T.LongType(),
            "Of them, with a known number of episodes above 0; mean and median are of these.",
            low=0,
        ),
        Column("known_episode_ratio", T.DoubleType(), "Their share.", low=0, high=1),
        Column("mean_episodes", T.DoubleType(), "Mean episodes per season.", optional=True, low=0),
        Column("median_episodes", T.DoubleType(), "Median episodes per season.", optional=True, low=0),
    ),
)

TABLES = (FILM_RUNTIME_YEARLY, SEASON_EPISODE_YEARLY)
