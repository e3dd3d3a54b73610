"""Columns that several tables have: each is defined once, so the same thing has the same name, type and words."""

from pyspark.sql import types as T

from lakehouse.tables import Column

MEDIA_TYPE = Column("media_type", T.StringType(), "movie or tv.", one_of=("movie", "tv"))
# TMDb counts movies and series apart: 603 is one of each.
TITLE_ID = Column("title_id", T.LongType(), "TMDb id, unique within its media type.", low=1, field="movie_id")

TITLE_BUCKET = Column(
    "title_bucket",
    T.IntegerType(),
    "title_id modulo 256: tables of titles are built anew by whole buckets.",
    low=0,
    high=255,
    field="",
)

EVENT_DATE = Column("event_date", T.DateType(), "UTC day of event_at.", field="")

ARRIVAL = (
    Column("is_late", T.BooleanType(), "Arrived more than a day after event_at.", field=""),
    Column("partition", T.IntegerType(), "Kafka partition.", low=0, field=""),
    Column("offset", T.LongType(), "Kafka offset within the partition.", low=0, field=""),
    Column("ingested_at", T.TimestampType(), "Time of the micro-batch that wrote the bronze row.", field=""),
)
"""Where and when the event of a row came in."""

DAY = Column("day", T.DateType(), "UTC day of the polls.")
RANK = Column("rank", T.IntegerType(), "Place in the joined pages of the list; 1 is first.", low=1)
LANGUAGE_CODE = Column(
    "original_language_code",
    T.StringType(),
    "ISO 639-1, or TMDb's own xx, cn, sh.",
    optional=True,
    field="original_language",
)

POPULARITY = Column("popularity", T.DoubleType(), "TMDb's popularity score; no unit.", optional=True, low=0)
FIGURES = (
    POPULARITY,
    Column("vote_average", T.DoubleType(), "Mean vote, 0 to 10.", optional=True, low=0, high=10),
    Column("vote_count", T.LongType(), "Votes so far; it can fall.", optional=True, low=0),
)
"""What TMDb counts about a title; it moves from poll to poll."""

IS_ADULT = Column("is_adult", T.BooleanType(), "TMDb's adult flag.", optional=True, field="adult")
RELEASE_DATE = Column(
    "release_date", T.DateType(), "First release or first air date; NULL where TMDb has none.", optional=True
)

RUNTIME = Column("runtime_minutes", T.IntegerType(), "Minutes; NULL where unknown.", optional=True, low=1)
BUDGET = Column("budget_usd", T.LongType(), "Budget in US dollars; NULL where unknown.", optional=True, low=1)
REVENUE = Column("revenue_usd", T.LongType(), "Revenue in US dollars; NULL where unknown.", optional=True, low=1)
IMDB_RATING = Column("imdb_rating", T.DoubleType(), "IMDb's mean rating, 1 to 10.", optional=True, low=1, high=10)

TITLE = Column("title", T.StringType(), "Title in the language of the poll.", optional=True)
GENRE_IDS = Column(
    "genre_ids", T.ArrayType(T.LongType()), "TMDb's ids of its genres, as served.", optional=True, field="raw.genre_ids"
)
LISTED = (TITLE, LANGUAGE_CODE, *FIGURES, IS_ADULT, RELEASE_DATE, GENRE_IDS)
"""What a list says about a title."""


def text(name: str, doc: str, field: str | None = None) -> Column:
    """A text that may be missing; `field` is where it is read."""
    return Column(name, T.StringType(), doc, optional=True, field=field)


def event(at: str, same: str) -> tuple[Column, ...]:
    """The columns that tell events apart: `same` says what makes two of them one, `at` what their time is."""
    return (
        Column("event_id", T.StringType(), f"The same for every copy of the event: {same}."),
        Column("event_at", T.TimestampType(), at, field="extraction_ts"),
        EVENT_DATE,
    )
