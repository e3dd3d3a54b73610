"""Catalogue CSVs with JSON cells -> bronze.catalogue_file -> silver.catalogue_title, catalogue_credit, title_link.

Source: dated exports of TMDb's movies and credits (columns as in TMDb's details), and MovieLens's links.csv
(https://files.grouplens.org/datasets/movielens/ml-latest-small-README.html). Money and minutes of 0 are NULL.
"""

from dataclasses import replace

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE, TITLE_ID
from lakehouse.contracts.title import LISTS
from lakehouse.files import Lines, Unused, fields, file_table
from lakehouse.tables import Column, Table

FILES = file_table("catalogue")

_OF_TITLE = {column.name: column for column in LISTS}


def _as_served(name: str, field: str) -> Column:
    return replace(_OF_TITLE[name], field=field)


CATALOGUE_TITLE = Table(
    name="silver.catalogue_title",
    grain="title of the newest catalogue that has it",
    key=("media_type", "title_id"),
    reads=("bronze.catalogue_file",),
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        columns.text("title", "Title as the catalogue has it."),
        columns.text("original_title", "Title in its original language."),
        columns.LANGUAGE_CODE,
        columns.text("status", "TMDb's status, for example Released."),
        columns.RELEASE_DATE,
        replace(columns.RUNTIME, field="runtime"),
        replace(columns.BUDGET, field="budget"),
        replace(columns.REVENUE, field="revenue"),
        *columns.FIGURES,
        _as_served("genres", "genres"),
        _as_served("companies", "production_companies"),
        _as_served("countries", "production_countries"),
        _as_served("languages", "spoken_languages"),
        _as_served("keywords", "keywords"),
    ),
)

CATALOGUE_CREDIT = Table(
    name="silver.catalogue_credit",
    grain="title whose cast and crew the newest catalogue has",
    key=("media_type", "title_id"),
    reads=("bronze.catalogue_file",),
    may_be_empty=True,
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        columns.text("title", "Title as the catalogue has it."),
        _as_served("cast", "cast"),
        _as_served("crew", "crew"),
    ),
)

TITLE_LINK = Table(
    name="silver.title_link",
    grain="movie of MovieLens; two of them may be one of TMDb",
    key=("movielens_id",),
    reads=("bronze.catalogue_file",),
    may_be_empty=True,
    columns=(
        Column("movielens_id", T.LongType(), "MovieLens's id of the movie.", low=1, field="movieId"),
        Column("imdb_id", T.StringType(), "IMDb's id, tt and digits.", field="imdbId", form="tt[0-9]+"),
        Column(
            "title_id",
            T.LongType(),
            "TMDb id of the movie; NULL where MovieLens has none.",
            optional=True,
            low=1,
            field="tmdbId",
        ),
    ),
)

_UNKNOWN_AS_0 = ("runtime_minutes", "budget_usd", "revenue_usd")


def _csv(kind: str, table: Table, needs: str, columns: tuple[Column, ...]) -> Lines:
    return Lines(kind, table.name, ",", columns, tuple(needs.split()), is_quoted=True)


MOVIES = _csv(
    "tmdb.movies",
    CATALOGUE_TITLE,
    "id title budget revenue",
    (
        *fields(CATALOGUE_TITLE, title_id="id"),
        *(
            # The silver function makes 0 NULL.
            replace(column, low=0) if column.name in _UNKNOWN_AS_0 else column
            for column in CATALOGUE_TITLE.columns
            if column.name not in ("media_type", "title_id")
        ),
    ),
)
CREDITS = _csv(
    "tmdb.credits",
    CATALOGUE_CREDIT,
    "movie_id|id cast crew",
    fields(CATALOGUE_CREDIT, "title", "cast", "crew", title_id="movie_id|id"),
)
LINKS = _csv(
    "movielens.links",
    TITLE_LINK,
    "movieId imdbId tmdbId",
    # MovieLens leaves the tt away.
    tuple(replace(column, form="[0-9]+") if column.name == "imdb_id" else column for column in TITLE_LINK.columns),
)

LINES = (MOVIES, CREDITS, LINKS)
"""Of two kinds that a header has the needs of, the first counts."""
UNUSED = (
    Unused("movielens.ratings", ",", ("userId", "movieId", "rating"), "viewers' events come through Kafka"),
    Unused("movielens.tags", ",", ("userId", "movieId", "tag"), "viewers' events come through Kafka"),
    Unused("movielens.movies", ",", ("movieId", "title", "genres"), "titles and genres are TMDb's"),
)

TABLES = (FILES, CATALOGUE_TITLE, CATALOGUE_CREDIT, TITLE_LINK)
