"""Genres, and groups of genres that a question asks about, as numbers of one column: groups lie below 0."""

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse.tables import Column

ALL_GENRES, CRIME_OR_WAR = -1, -2
CRIME_AND_WAR_IDS = (80, 10752, 10768)
"""Crime of both media, War of movies, War & Politics of series."""

GENRE_OR_GROUP_ID = Column(
    "genre_id",
    T.LongType(),
    "TMDb's id of the genre; 0: unknown, -1: all titles, -2: Crime or War.",
    low=CRIME_OR_WAR,
)

_TITLE = ["media_type", "title_id"]


def in_each_genre(of_title: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """Each row once for every genre of its title, once for all genres, and once for Crime or War if it is either."""
    genre = of_title.join(bridge_title_genre.select(*_TITLE, "genre_id"), _TITLE)
    either = crime_or_war(of_title, bridge_title_genre).withColumn("genre_id", _group(CRIME_OR_WAR))
    return genre.unionByName(of_title.withColumn("genre_id", _group(ALL_GENRES))).unionByName(either)


def crime_or_war(of_title: DataFrame, bridge_title_genre: DataFrame) -> DataFrame:
    """The rows whose title has one of the genres of Crime and War."""
    return of_title.join(bridge_title_genre.where(F.col("genre_id").isin(*CRIME_AND_WAR_IDS)), _TITLE, "left_semi")


def _group(number: int) -> SparkColumn:
    return F.lit(number).cast("long")
