"""movies.discover -> silver.discover_event: whole genres over many years, fetched by windows of release dates.

Source: https://developer.themoviedb.org/reference/discover-movie and -tv.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.tables import Column, Stream, Table, Topic

TOPIC = Topic(
    "movies.discover",
    "One message per title of a genre that came out in a window of days, and backfill.",
    filed_as="genre-{genre_id}-{window_first_date}-{window_last_date}",
)

DISCOVER_EVENT = Table(
    name="silver.discover_event",
    grain="title, genre and backfill that found it",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(days=2), late_after=timedelta(days=1)),
    columns=(
        # A window that is fetched again for the same backfill has the same time, and so the same ids.
        *columns.event("Time that the backfill is as of.", "backfill, genre and title"),
        Column("genre_id", T.LongType(), "TMDb's id of the genre that was asked for.", low=1),
        Column("window_first_date", T.DateType(), "First release day of the window."),
        Column("window_last_date", T.DateType(), "Last release day of the window."),
        MEDIA_TYPE,
        TITLE_ID,
        *columns.LISTED,
        *columns.ARRIVAL,
    ),
)

TABLES = (DISCOVER_EVENT,)
