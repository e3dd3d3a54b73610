"""movie -> silver.title_event -> silver.title_current -> its child tables, one for each list of TMDb's details.

Source: https://developer.themoviedb.org/reference/movie-details and tv-series-details, with what is appended to them.
Money and minutes of 0 are unknown to TMDb and NULL here.
"""

from datetime import timedelta

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_BUCKET, TITLE_ID
from lakehouse.tables import Column, Refresh, Stream, Table, Topic

TOPIC = Topic(
    "movie",
    "One message per fetch of a title's details, or per answer that there is no such title.",
    filed_as="details",
)


def _id(name: str, doc: str) -> Column:
    return Column(name, T.LongType(), doc, low=1)


def _number(name: str, doc: str, field: str, *, kind: T.DataType | None = None, low: int = 0) -> Column:
    return Column(name, kind or T.IntegerType(), doc, optional=True, low=low, field=field)


def _struct(key: str, kind: T.DataType, *texts: str, **others: T.DataType) -> T.ArrayType:
    """A list of objects, each with its key."""
    fields = [T.StructField(text, T.StringType()) for text in texts]
    fields += [T.StructField(name, other) for name, other in others.items()]
    return T.ArrayType(T.StructType([T.StructField(key, kind, nullable=False), *fields]))


def _list(name: str, doc: str, field: str, items: T.ArrayType) -> Column:
    return Column(name, items, doc, optional=True, field=field)


# One person of a series has several parts, in so many episodes each.
_ROLES = T.ArrayType(
    T.StructType(
        [T.StructField(name, T.StringType()) for name in ("credit_id", "character")]
        + [T.StructField("episode_count", T.IntegerType())]
    )
)
_JOBS = T.ArrayType(
    T.StructType(
        [T.StructField(name, T.StringType()) for name in ("credit_id", "job")]
        + [T.StructField("episode_count", T.IntegerType())]
    )
)
_LONG, _CODE = T.LongType(), T.StringType()
_CAST = _struct("id", _LONG, "name", "character", "credit_id", order=T.IntegerType(), roles=_ROLES)
_SEASON = T.ArrayType(
    T.StructType(
        [
            T.StructField("season_number", T.IntegerType(), nullable=False),
            T.StructField("name", T.StringType()),
            T.StructField("air_date", T.StringType()),
            T.StructField("episode_count", T.IntegerType()),
        ]
    )
)
_CREW = _struct("id", _LONG, "name", "department", "job", "credit_id", jobs=_JOBS)

DETAILS = (
    columns.text("imdb_id", "IMDb's id, tt and digits.", "raw.imdb_id|raw.external_ids.imdb_id"),
    columns.TITLE,
    columns.text("original_title", "Title in its original language.", "raw.original_title|raw.original_name"),
    columns.LANGUAGE_CODE,
    columns.text("status", "TMDb's status, for example Released or Ended.", "raw.status"),
    columns.RELEASE_DATE,
    Column("last_air_date", T.DateType(), "Newest air date of a series.", optional=True, field="raw.last_air_date"),
    _number("runtime_minutes", "Minutes of the film, or of the first of the series' usual episodes.", "runtime"),
    _number("budget_usd", "Budget in US dollars.", "raw.budget", kind=_LONG),
    _number("revenue_usd", "Revenue in US dollars.", "raw.revenue", kind=_LONG),
    _number("season_count", "Seasons of the series.", "raw.number_of_seasons"),
    _number("episode_count", "Episodes of the series.", "raw.number_of_episodes"),
    _number("collection_id", "Collection that a film belongs to.", "raw.belongs_to_collection.id", kind=_LONG, low=1),
    columns.text("collection_name", "Name of the collection.", "raw.belongs_to_collection.name"),
    columns.IS_ADULT,
)
"""What TMDb says of a title as such; a change is a new period of its history."""

LISTS = (
    _list("genres", "Genres as served.", "raw.genres", _struct("id", _LONG, "name")),
    _list(
        "companies", "Companies as served.", "raw.production_companies", _struct("id", _LONG, "name", "origin_country")
    ),
    _list("countries", "Countries as served.", "raw.production_countries", _struct("iso_3166_1", _CODE, "name")),
    _list(
        "languages", "Languages as served.", "raw.spoken_languages", _struct("iso_639_1", _CODE, "name", "english_name")
    ),
    _list(
        "keywords", "Keywords as served.", "raw.keywords.keywords|raw.keywords.results", _struct("id", _LONG, "name")
    ),
    # `casts` is what TMDb once called the credits.
    _list("cast", "Cast as served.", "raw.aggregate_credits.cast|raw.credits.cast|raw.casts.cast", _CAST),
    _list("crew", "Crew as served.", "raw.aggregate_credits.crew|raw.credits.crew|raw.casts.crew", _CREW),
    _list("creators", "A series' creators as served.", "raw.created_by", _struct("id", _LONG, "name", "credit_id")),
    _list("seasons", "A series' seasons as served.", "raw.seasons", _SEASON),
)
"""The lists in the details; each has a table of its own."""

TITLE_EVENT = Table(
    name="silver.title_event",
    grain="title and fetch of its details",
    key=("event_id",),
    reads=(TOPIC.bronze,),
    stream=Stream(TOPIC, event_at="event_at", watermark=timedelta(days=2), late_after=timedelta(days=1)),
    columns=(
        *columns.event("Time of the fetch's run.", "run and title"),
        MEDIA_TYPE,
        TITLE_ID,
        TITLE_BUCKET,
        Column("is_deleted", T.BooleanType(), "TMDb has no such title, or no longer."),
        *DETAILS,
        *columns.FIGURES,
        *LISTS,
        *columns.ARRIVAL,
    ),
)

_REFRESH = Refresh("title_bucket", period="bucket", input_column="title_bucket")
_KEY = ("media_type", "title_id")

TITLE_CURRENT = Table(
    name="silver.title_current",
    grain="title that TMDb has, with its newest details",
    key=_KEY,
    reads=("silver.title_event",),
    refresh=_REFRESH,
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        TITLE_BUCKET,
        Column("fetched_at", T.TimestampType(), "Time of the fetch that the details come from."),
        *DETAILS,
        *columns.FIGURES,
        *LISTS,
    ),
)

TITLE_HISTORY = Table(
    name="silver.title_history",
    grain="title and period in which its details held; popularity and votes, which always move, apart",
    key=(*_KEY, "valid_from_at"),
    reads=("silver.title_event",),
    refresh=_REFRESH,
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        TITLE_BUCKET,
        Column("valid_from_at", T.TimestampType(), "First fetch that saw these details."),
        Column(
            "valid_to_at",
            T.TimestampType(),
            "First later fetch that saw others; NULL while they hold. Not part of the period.",
            optional=True,
        ),
        Column("is_current", T.BooleanType(), "The newest fetch saw these details."),
        *DETAILS,
    ),
)


def _child(entity: str, thing: str, same: tuple[str, ...], *own: Column) -> Table:
    """The table of one list of the details: what `same` names tells its rows within a title apart."""
    return Table(
        name=f"silver.{entity}",
        grain=f"title and {thing} in its newest details",
        key=(*_KEY, *same),
        reads=("silver.title_current",),
        refresh=_REFRESH,
        may_be_empty=True,
        columns=(MEDIA_TYPE, TITLE_ID, TITLE_BUCKET, *own),
    )


TITLE_GENRE = _child(
    "title_genre_current", "genre", ("genre_id",),
    _id("genre_id", "TMDb's id of the genre."), columns.text("genre_name", "Name in the language of the fetch."),
)  # fmt: skip
TITLE_COMPANY = _child(
    "title_company_current", "production company", ("company_id",),
    _id("company_id", "TMDb's id of the company."), columns.text("company_name", "Name of the company."),
    columns.text("country_code", "ISO 3166-1 code of the country it is in."),
)  # fmt: skip
TITLE_COUNTRY = _child(
    "title_country_current", "production country", ("country_code",),
    Column("country_code", T.StringType(), "ISO 3166-1 code."), columns.text("country_name", "Name of the country."),
)  # fmt: skip
TITLE_LANGUAGE = _child(
    "title_language_current", "spoken language", ("language_code",),
    Column("language_code", T.StringType(), "ISO 639-1, or TMDb's own xx, cn, sh."),
    columns.text("language_name", "Name of the language in English, or as it calls itself."),
)  # fmt: skip
TITLE_KEYWORD = _child(
    "title_keyword_current", "keyword", ("keyword_id",),
    _id("keyword_id", "TMDb's id of the keyword."), columns.text("keyword_name", "The keyword."),
)  # fmt: skip
TITLE_CREDIT = _child(
    "title_credit_current", "part that a person has in it", ("credit_id",),
    Column("credit_id", T.StringType(), "TMDb's id of the credit; made of person and part where it gives none."),
    _id("person_id", "TMDb's id of the person; one person may have several parts."),
    columns.text("person_name", "Name of the person."),
    Column("credit_type", T.StringType(), "What kind of part.", one_of=("cast", "crew", "creator")),
    columns.text("department", "Department of a crew member."),
    columns.text("job", "Job of a crew member, for example Director."),
    columns.text("character", "Character that is played."),
    Column("cast_rank", T.IntegerType(), "Place in the cast; 1 is first.", optional=True),
    Column("episode_count", T.IntegerType(), "Episodes of the series in which.", optional=True, low=0),
)  # fmt: skip

TITLE_SEASON = _child(
    "title_season_current", "season of the series", ("season_number",),
    Column("season_number", T.IntegerType(), "Number of the season; 0 holds the specials.", low=0),
    columns.text("season_name", "Name of the season."),
    Column("air_date", T.DateType(), "First air date.", optional=True),
    Column("episode_count", T.IntegerType(), "Episodes of the season.", optional=True, low=0),
)  # fmt: skip

TABLES = (
    TITLE_EVENT,
    TITLE_CURRENT,
    TITLE_HISTORY,
    TITLE_GENRE,
    TITLE_COMPANY,
    TITLE_COUNTRY,
    TITLE_LANGUAGE,
    TITLE_KEYWORD,
    TITLE_CREDIT,
    TITLE_SEASON,
)
