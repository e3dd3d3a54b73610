"""silver.user_event -> gold.rating and its history, gold.watch_history, gold.watchlist; gold.title_engagement_daily.

What is true of a user and a title now is told by the newest of its events, by the client's clock.
"""

from dataclasses import replace

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.contracts import user_event as viewer
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.tables import Column, Refresh, Table

COMPLETED = 0.9
"""Who got so far into a title has seen it."""

_USER_AND_TITLE = (viewer.USER_KEY, columns.MEDIA_TYPE, columns.TITLE_ID, viewer.BUCKET)
_KEY = ("user_key", "media_type", "title_id")
_STARS = replace(viewer.RATING, optional=False)

RATING = viewer.state(
    "gold.rating",
    "user and title that the user rated: the last rating",
    _KEY,
    *_USER_AND_TITLE,
    _STARS,
    Column("rated_at", T.TimestampType(), "When it was given."),
    Column("rating_count", T.LongType(), "How often the user rated the title.", low=1),
)

RATING_HISTORY = viewer.state(
    "gold.rating_history",
    "user, title and rating that the user gave",
    ("event_id",),
    Column("event_id", T.StringType(), "The event that gave it."),
    *_USER_AND_TITLE,
    _STARS,
    Column("valid_from_at", T.TimestampType(), "When it was given."),
    Column(
        "valid_to_at",
        T.TimestampType(),
        "When the next one was; NULL while it holds. Not part of the period.",
        optional=True,
    ),
    Column("is_current", T.BooleanType(), "The user's last rating of the title."),
)

WATCH_HISTORY = viewer.state(
    "gold.watch_history",
    "user and title that the user watched",
    _KEY,
    *_USER_AND_TITLE,
    Column("first_watched_at", T.TimestampType(), "First event of watching."),
    Column("last_watched_at", T.TimestampType(), "Last event of watching."),
    Column("watch_count", T.LongType(), "Events of watching.", low=1),
    Column("watched_seconds", T.LongType(), "Sum of those that say it; NULL where none does.", optional=True, low=0),
    Column("progress_ratio", T.DoubleType(), "How far into the title the last one was.", low=0, high=1),
    Column("highest_progress_ratio", T.DoubleType(), "The farthest of all.", low=0, high=1),
    Column("completed_at", T.TimestampType(), f"First event at {COMPLETED:.0%} or beyond.", optional=True),
    Column("is_completed", T.BooleanType(), f"Has been at {COMPLETED:.0%} or beyond."),
)

WATCHLIST = viewer.state(
    "gold.watchlist",
    "user and title that was ever on the user's watchlist",
    _KEY,
    *_USER_AND_TITLE,
    Column("is_member", T.BooleanType(), "It is on the list now: the last event put it on."),
    Column("added_at", T.TimestampType(), "When it was last put on.", optional=True),
    Column("removed_at", T.TimestampType(), "When it was last taken off.", optional=True),
)


def _count(name: str, doc: str) -> Column:
    return Column(name, T.LongType(), doc, low=0)


TITLE_ENGAGEMENT_DAILY = Table(
    name="gold.title_engagement_daily",
    grain="title and UTC day on which viewers did something with it",
    key=("media_type", "title_id", "day"),
    reads=("silver.user_event", DIM_TITLE.name),
    refresh=Refresh("day", input_column="event_date", lookups=(DIM_TITLE.name,)),
    may_be_empty=True,
    columns=(
        columns.MEDIA_TYPE,
        columns.TITLE_ID,
        Column("day", T.DateType(), "UTC day of the events."),
        replace(columns.TITLE, doc="Title as the star has it; NULL where it has none."),
        Column("release_year", T.IntegerType(), "Year of its release.", optional=True),
        Column("user_count", T.LongType(), "Users who did anything with it.", low=1),
        Column("event_count", T.LongType(), "What they did.", low=1),
        _count("page_view_count", "Views of its pages."),
        _count("watch_count", "Events of watching."),
        _count("watched_seconds", "Seconds watched, of the events that say it."),
        _count("completion_count", f"Users who got to {COMPLETED:.0%} or beyond."),
        _count("rating_count", "Ratings given."),
        Column("mean_rating", T.DoubleType(), "Mean of those; NULL without one.", optional=True, low=0.5, high=10),
        _count("comment_count", "Comments written."),
        _count("watchlist_add_count", "Times it was put on a watchlist."),
        _count("watchlist_remove_count", "Times it was taken off."),
    ),
)

TABLES = (RATING, RATING_HISTORY, WATCH_HISTORY, WATCHLIST, TITLE_ENGAGEMENT_DAILY)
