"""silver.user_event -> silver.session -> gold.dim_session, gold.fact_user_event: visits, and what was done in them.

A visit ends where its user does nothing for 30 minutes. One that goes on through a whole UTC day ends at that day's
midnight (no person does that), so a visit depends on four days of events and can be built anew by days.
"""

from dataclasses import replace
from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.contracts import user_event as viewer
from lakehouse.tables import Column, Reference, Refresh, Table

GAP = timedelta(minutes=30)
"""So long without an event, and the next one begins another visit."""

SESSION_KEY = Column("session_key", T.StringType(), "Name of the visit: from its user and its beginning.")
FIRST_DAY = Column("event_date", T.DateType(), "UTC day on which it began.")

_OF_THE_VISIT = (
    viewer.USER_KEY,
    Column("started_at", T.TimestampType(), "Its first event."),
    Column("ended_at", T.TimestampType(), "Its last event."),
    Column("event_count", T.LongType(), "Events in it.", low=1),
    Column("title_count", T.LongType(), "Titles that its events are about.", low=0),
    replace(viewer.DEVICE_CLASS, doc="Kind of device of its first event."),
    replace(viewer.BROWSER_FAMILY, doc="Family of browser of its first event."),
)

SESSION = Table(
    name="silver.session",
    grain="user and visit: events with less than 30 minutes between them",
    key=("session_key",),
    reads=("silver.user_event",),
    # Whether an event begins a visit is told by two days before it; a visit may last until the end of the next day.
    refresh=Refresh("event_date", reach=(-1, 0, 1, 2), input_column="event_date"),
    may_be_empty=True,
    columns=(SESSION_KEY, FIRST_DAY, *_OF_THE_VISIT),
)

DIM_SESSION = Table(
    name="gold.dim_session",
    grain="user and visit",
    key=("session_key",),
    reads=("silver.session",),
    refresh=Refresh("day", input_column="event_date"),
    may_be_empty=True,
    columns=(
        SESSION_KEY,
        replace(FIRST_DAY, name="day"),
        *_OF_THE_VISIT,
        Column("duration_seconds", T.LongType(), "From its first to its last event; 0 with one alone.", low=0),
    ),
)

TO_SESSION = Reference(("session_key",), DIM_SESSION.name, ("session_key",))

FACT_USER_EVENT = Table(
    name="gold.fact_user_event",
    grain="event of a viewer",
    key=("event_id",),
    reads=("silver.user_event", "silver.session"),
    # A visit that began the day before may hold events of the day.
    refresh=Refresh("day", reach=(0, 1), input_column="event_date"),
    may_be_empty=True,
    references=(TO_SESSION,),
    columns=(
        Column("event_id", T.StringType(), "The client's name for the event."),
        Column("day", T.DateType(), "UTC day of event_at."),
        Column("event_at", T.TimestampType(), "When it happened, by the client's clock."),
        viewer.EVENT_TYPE,
        viewer.USER_KEY,
        replace(SESSION_KEY, doc="The visit that it belongs to."),
        replace(columns.MEDIA_TYPE, optional=True),
        replace(columns.TITLE_ID, optional=True),
        viewer.RATING,
        viewer.PROGRESS,
        viewer.WATCHED,
        viewer.COMMENT_ID,
        viewer.VOTE,
        viewer.SEARCH_TEXT,
        viewer.PAGE_PATH,
        Column("is_late", T.BooleanType(), "Arrived more than a day after event_at."),
    ),
)

TABLES = (SESSION, DIM_SESSION, FACT_USER_EVENT)
