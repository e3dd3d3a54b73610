"""silver.popular_event -> gold.genre_share_daily: what TMDb's popular lists are made of."""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import GENRE_ID, TO_DATE, TO_GENRE
from lakehouse.tables import Column, Refresh, Table

GENRE_SHARE_DAILY = Table(
    name="gold.genre_share_daily",
    grain="UTC day, medium and genre of the titles in the popular list; the unknown genre where a title has none",
    key=("day", "media_type", "genre_id"),
    reads=("silver.popular_event",),
    refresh=Refresh("day", input_column="event_date"),
    references=(TO_GENRE, TO_DATE),
    may_be_empty=True,
    columns=(
        columns.DAY,
        MEDIA_TYPE,
        GENRE_ID,
        Column("title_count", T.LongType(), "Titles of the genre in the popular list.", low=1),
        Column("listed_title_count", T.LongType(), "Titles in the popular list, of any genre.", low=1),
        Column(
            "title_share_ratio",
            T.DoubleType(),
            "Share of the list's titles; a title of n genres counts 1/n in each.",
            low=0,
            high=1,
        ),
        Column(
            "popularity_share_ratio",
            T.DoubleType(),
            "The same, weighted by popularity; NULL where no title has any.",
            optional=True,
            low=0,
            high=1,
        ),
    ),
)

TABLES = (GENRE_SHARE_DAILY,)
