"""titles.popular.daily -> silver.popular_event.

Source: https://developer.themoviedb.org/reference/movie-popular-list and its siblings: top_rated, now_playing and
upcoming for movies, top_rated, airing_today and on_the_air for series.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.tables import Column, Stream, Table, Topic

TOPIC = Topic(
    "titles.popular.daily",
    "One message per place of a title in one of TMDb's standing lists.",
    filed_as="{list_name}",
)

POPULAR_EVENT = Table(
    name="silver.popular_event",
    grain="title, list and poll: its first place in the list",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(days=2), late_after=timedelta(days=1)),
    columns=(
        *columns.event("Time of the poll.", "list, poll time and title"),
        Column(
            "list_name",
            T.StringType(),
            "Standing list; airing_today and on_the_air are of series, now_playing and upcoming of movies.",
            one_of=("popular", "top_rated", "now_playing", "upcoming", "airing_today", "on_the_air"),
        ),
        MEDIA_TYPE,
        TITLE_ID,
        columns.RANK,
        *columns.LISTED,
        *columns.ARRIVAL,
    ),
)

TABLES = (POPULAR_EVENT,)
