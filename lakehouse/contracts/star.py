"""The star: what points to what, the dimensions of titles and days, and the fact.

silver titles, catalogue, IMDb and lists -> gold.dim_title, gold.dim_date, gold.fact_title_popularity_daily. The
dimensions of what titles have are in bridge.py and credit.py. Each dimension has an unknown member; what is not known
points to it, so no join loses a row.
"""

from dataclasses import replace

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE
from lakehouse.tables import Column, Reference, Refresh, Table

UNKNOWN_ID = 0
UNKNOWN_COUNTRY = "ZZ"  # ISO 3166-1 leaves it to its users; CLDR uses it so
UNKNOWN_LANGUAGE = "und"  # ISO 639-2: undetermined
UNKNOWN_DAY = "1900-01-01"

LISTS = ("silver.trending_event", "silver.popular_event", "silver.discover_event")


def _id(name: str, doc: str) -> Column:
    return Column(name, T.LongType(), f"{doc}; 0 is the unknown member.", low=0)


TITLE_ID = _id("title_id", "TMDb id, unique within its media type")
GENRE_ID = _id("genre_id", "TMDb's id of the genre")
COMPANY_ID = _id("company_id", "TMDb's id of the company")
PERSON_ID = _id("person_id", "TMDb's id of the person")
COUNTRY_CODE = Column("country_code", T.StringType(), "ISO 3166-1 code; ZZ is the unknown member.")
LANGUAGE_CODE = Column(
    "language_code", T.StringType(), "ISO 639-1, or TMDb's own xx, cn, sh; und is the unknown member."
)

TO_TITLE = Reference(("media_type", "title_id"), "gold.dim_title", ("media_type", "title_id"))
TO_GENRE = Reference(("genre_id",), "gold.dim_genre", ("genre_id",))
TO_COMPANY = Reference(("company_id",), "gold.dim_company", ("company_id",))
TO_COUNTRY = Reference(("country_code",), "gold.dim_country", ("country_code",))
TO_LANGUAGE = Reference(("language_code",), "gold.dim_language", ("language_code",))
TO_PERSON = Reference(("person_id",), "gold.dim_person", ("person_id",))
TO_DATE = Reference(("day",), "gold.dim_date", ("day",))

ROLES = ("director", "creator", "lead", "none")
LEADING = 5
"""The first so many of the cast are its leads."""


def _figures(where: str) -> tuple[Column, ...]:
    """TMDb's figures, and where of several they come from: always one place for all three."""
    return tuple(replace(column, doc=f"{column.doc.removesuffix('.')}: {where}.") for column in columns.FIGURES)


DIM_TITLE = Table(
    name="gold.dim_title",
    grain="title that a list, details, the catalogue or a backfill has named, and one unknown member of each medium",
    key=("media_type", "title_id"),
    reads=("silver.title_current", "silver.catalogue_title", "silver.title_link", "silver.imdb_title", *LISTS),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        Column(
            "known_from",
            T.StringType(),
            "The best source that has it: TMDb's details, else the catalogue, else the newest list. "
            "What that does not know is taken from the next.",
            one_of=("details", "catalogue", "list", "unknown"),
        ),
        Column("title", T.StringType(), "Title in the language of the source.", optional=True),
        Column("original_title", T.StringType(), "Title in its original language.", optional=True),
        columns.LANGUAGE_CODE,
        Column(
            "imdb_id",
            T.StringType(),
            "IMDb's id, tt and digits: from the details, else of a movie from MovieLens's links.",
            optional=True,
        ),
        Column("release_date", T.DateType(), "First release or first air date.", optional=True),
        Column("release_year", T.IntegerType(), "Year of release_date.", optional=True),
        columns.RUNTIME,
        columns.BUDGET,
        columns.REVENUE,
        Column("season_count", T.IntegerType(), "Seasons of the series.", optional=True, low=0),
        Column("episode_count", T.IntegerType(), "Episodes of the series.", optional=True, low=0),
        *_figures("as the source in known_from had it last"),
        columns.IMDB_RATING,
        Column("imdb_vote_count", T.LongType(), "Votes on IMDb.", optional=True, low=0),
        Column("first_listed_date", T.DateType(), "First UTC day in a trending or standing list.", optional=True),
        Column("last_listed_date", T.DateType(), "Last UTC day in a trending or standing list.", optional=True),
        Column("listed_day_count", T.LongType(), "UTC days on which such a list held it; 0: never.", low=0),
    ),
)

DIM_DATE = Table(
    name="gold.dim_date",
    grain="UTC day from the first to the last on which a list was polled, and the unknown member",
    key=("day",),
    reads=("silver.trending_event", "silver.popular_event"),
    columns=(
        Column("day", T.DateType(), f"UTC day; {UNKNOWN_DAY} is the unknown member."),
        Column("year", T.IntegerType(), "Year."),
        Column("quarter", T.IntegerType(), "Quarter of the year.", low=1, high=4),
        Column("month", T.IntegerType(), "Month of the year.", low=1, high=12),
        Column("day_of_month", T.IntegerType(), "Day of the month.", low=1, high=31),
        Column("iso_weekday", T.IntegerType(), "1 is Monday, 7 is Sunday.", low=1, high=7),
        Column("week_start_date", T.DateType(), "Monday of the ISO week."),
        Column("is_weekend", T.BooleanType(), "Saturday or Sunday."),
    ),
)

FACT_TITLE_POPULARITY_DAILY = Table(
    name="gold.fact_title_popularity_daily",
    grain="title and UTC day on which a trending or standing list held it",
    key=("media_type", "title_id", "day"),
    reads=("silver.trending_event", "silver.popular_event"),
    refresh=Refresh("day", input_column="event_date"),
    references=(TO_TITLE, TO_DATE),
    columns=(
        MEDIA_TYPE,
        columns.TITLE_ID,
        columns.DAY,
        *_figures("in the day's last poll of the day list, else of the week, the popular, another list"),
        Column("best_day_rank", T.IntegerType(), "Best place in the day list; 1 is first.", optional=True, low=1),
        Column("best_week_rank", T.IntegerType(), "Best place in the week list; 1 is first.", optional=True, low=1),
        Column(
            "best_popular_rank", T.IntegerType(), "Best place in the popular list; 1 is first.", optional=True, low=1
        ),
        Column("list_count", T.LongType(), "Lists that held it that day.", low=1),
    ),
)

TABLES = (DIM_TITLE, DIM_DATE, FACT_TITLE_POPULARITY_DAILY)
