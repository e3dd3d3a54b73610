"""user_logs -> silver.user_event: what viewers do, as the collector has taken it.

A client names each event (`event_id`) and says when it was; the collector adds what `ADDED` names, and in place of
`user_id` only its pseudonym goes on. Titles' data are joined when gold is built.
"""

from dataclasses import replace
from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.tables import Column, Kind, Reference, Refresh, Stream, Table, Topic

TOPIC = Topic("user_logs", "One message per event that the collector took.", filed_as="viewer-{event_type}")

NAME = "[0-9A-Za-z_-]{8,64}"
TITLE = ("media_type", "title_id")

KINDS = (
    Kind("watch", needs=(*TITLE, "progress_ratio"), may_have=("watched_seconds",)),
    Kind("rate", needs=(*TITLE, "rating")),
    Kind("comment", needs=(*TITLE, "comment_id", "comment_text"), may_have=("parent_comment_id",)),
    Kind("comment_edit", needs=("comment_id", "comment_text")),
    Kind("comment_delete", needs=("comment_id",)),
    Kind("comment_vote", needs=("comment_id", "vote")),
    Kind("watchlist_add", needs=TITLE),
    Kind("watchlist_remove", needs=TITLE),
    Kind("search", needs=("search_text",)),
    Kind("page_view", needs=("page_path",), may_have=TITLE),
)

USER_ID = Column("user_id", T.StringType(), "The site's own id of the user; never leaves the collector.", longest=128)

USER_KEY = Column(
    "user_key",
    T.StringType(),
    "Pseudonym of the user: id of the secret, and 128 bits of HMAC-SHA256 of the user's id under it.",
    form="[0-9A-Za-z]{1,16}:[0-9a-f]{32}",
)
BUCKET = Column(
    "bucket",
    T.IntegerType(),
    "CRC-32 modulo 256 of comment_id where there is one, else of user_key: what is known of users and of comments is "
    "built anew by whole buckets.",
    low=0,
    high=255,
    field="",
)
DEVICE_CLASS = Column(
    "device_class",
    T.StringType(),
    "Kind of device.",
    one_of=("desktop", "mobile", "tablet", "tv", "bot", "other"),
)
BROWSER_FAMILY = Column(
    "browser_family",
    T.StringType(),
    "Family of browser.",
    one_of=("chrome", "edge", "firefox", "opera", "safari", "samsung", "other"),
)
RATING = Column("rating", T.DoubleType(), "Stars, 0.5 to 10.", optional=True, low=0.5, high=10)
PROGRESS = Column("progress_ratio", T.DoubleType(), "How far into the title.", optional=True, low=0, high=1)
WATCHED = Column(
    "watched_seconds",
    T.LongType(),
    "Seconds watched at this sitting; a day at most.",
    optional=True,
    low=0,
    high=86_400,
)
COMMENT_ID = Column("comment_id", T.StringType(), "The client's name for the comment.", optional=True, form=NAME)
PARENT_ID = Column("parent_comment_id", T.StringType(), "The comment that it answers.", optional=True, form=NAME)
VOTE = Column("vote", T.IntegerType(), "1 for, -1 against, 0 taken back.", optional=True, low=-1, high=1)
SEARCH_TEXT = Column("search_text", T.StringType(), "What was searched for.", optional=True, longest=500)
PAGE_PATH = Column(
    "page_path",
    T.StringType(),
    "Path of the page, without its query, which may say too much.",
    optional=True,
    form="/[^?#]*",
    longest=500,
)
EVENT_TYPE = Column("event_type", T.StringType(), "What the viewer did.", one_of=tuple(kind.name for kind in KINDS))

USER_EVENT = Table(
    name="silver.user_event",
    grain="event of a viewer: its first copy",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    # Up to thousands of events a second, and the state holds each for this long; later repeats are merged.
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(hours=6), late_after=timedelta(days=1)),
    kinds=KINDS,
    kind_column="event_type",
    columns=(
        Column("event_id", T.StringType(), "The client's name for the event, the same for every copy.", form=NAME),
        Column("event_at", T.TimestampType(), "When it happened, by the client's clock."),
        columns.EVENT_DATE,
        Column("received_at", T.TimestampType(), "When the collector took it."),
        EVENT_TYPE,
        USER_KEY,
        Column("session_id", T.StringType(), "The client's name for the visit.", optional=True, form=NAME),
        BUCKET,
        replace(columns.MEDIA_TYPE, optional=True),
        replace(columns.TITLE_ID, optional=True, field=None),
        RATING,
        PROGRESS,
        WATCHED,
        COMMENT_ID,
        PARENT_ID,
        Column("comment_text", T.StringType(), "The whole comment, as it is now.", optional=True, longest=10_000),
        VOTE,
        SEARCH_TEXT,
        PAGE_PATH,
        DEVICE_CLASS,
        BROWSER_FAMILY,
        *columns.ARRIVAL,
    ),
)


def state(name: str, grain: str, key: tuple[str, ...], *own: Column, references: tuple[Reference, ...] = ()) -> Table:
    """A table of what viewers' events have made of a user's titles, or of comments: built anew by whole buckets."""
    return Table(
        name=name,
        grain=grain,
        key=key,
        reads=(USER_EVENT.name,),
        refresh=Refresh("bucket", period="bucket", input_column="bucket"),
        may_be_empty=True,
        references=references,
        columns=own,
    )


ORDER = ("event_at", "received_at", "event_id")
"""What tells which of a user's events is the newest."""

ADDED = ("received_at", "user_key", "device_class", "browser_family")
"""The columns that the collector fills; a client that sends one is refused."""

TABLES = (USER_EVENT,)
