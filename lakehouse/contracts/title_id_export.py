"""titles.id_export -> silver.title_id_export: every title that TMDb has, by its daily id files.

Source: https://developer.themoviedb.org/docs/daily-id-exports; complete from 08:00 UTC, titles for adults apart.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.tables import Column, Stream, Table, Topic

TOPIC = Topic(
    "titles.id_export",
    "One message per line of a daily id file.",
    retention=timedelta(days=7),
    filed_as="id-export",
)

TITLE_ID_EXPORT = Table(
    name="silver.title_id_export",
    grain="title and daily id file that names it",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    # A file has above a million lines, and the state holds each for this long; later repeats are merged.
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(hours=6), late_after=timedelta(days=1)),
    columns=(
        *columns.event("08:00 UTC of the file's day, when TMDb has completed it.", "day of the file and title"),
        MEDIA_TYPE,
        TITLE_ID,
        Column(
            "original_title",
            T.StringType(),
            "Title in its original language.",
            optional=True,
            field="raw.original_title|raw.original_name",
        ),
        columns.FIGURES[0],
        columns.IS_ADULT,
        Column("is_video", T.BooleanType(), "Not shown in cinemas, by TMDb's flag.", optional=True, field="raw.video"),
        *columns.ARRIVAL,
    ),
)

TABLES = (TITLE_ID_EXPORT,)
