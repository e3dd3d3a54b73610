r"""IMDb files -> bronze.imdb_file -> silver.imdb_title, silver.imdb_person, silver.imdb_credit.

Source: https://developer.imdb.com/non-commercial-datasets/ (TSV without quotes, \N is NULL), and the historical
movies.csv and series.csv: pipe-delimited, one row per title and artist, without ids of persons; `tituloPincipal` is
their own spelling.
"""

from dataclasses import replace

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.files import Lines, Unused, fields, file_table, listed
from lakehouse.tables import Column, Table

FILES = file_table("imdb")
_TT, _NM = "tt[0-9]{7,}", "nm[0-9]{7,}"

_TEXTS = T.ArrayType(T.StringType())
_IMDB_ID = Column("imdb_id", T.StringType(), "IMDb's id of the title, tt and digits.", form=_TT)
_PERSON_KEY = Column(
    "person_key",
    T.StringType(),
    "IMDb's id, nm and digits; where a file has none, a digest of name and years, so namesakes may be one.",
    form=f"{_NM}|csv:[0-9a-f]{{32}}",
)


def _int(name: str, doc: str, low: int, high: int | None = None) -> Column:
    return Column(name, T.IntegerType(), doc, optional=True, low=low, high=high)


IMDB_TITLE = Table(
    name="silver.imdb_title",
    grain="title of IMDb",
    key=("imdb_id",),
    reads=("bronze.imdb_file",),
    may_be_empty=True,
    columns=(
        _IMDB_ID,
        columns.text("title_type", "IMDb's type, for example movie, tvSeries, tvEpisode, short."),
        columns.text("primary_title", "Title as best known."),
        columns.text("original_title", "Title in its original language."),
        Column("is_adult", T.BooleanType(), "IMDb's adult flag.", optional=True),
        _int("start_year", "Year of release, or first year of a series.", 1800, 2200),
        _int("end_year", "Last year of a series.", 1800, 2200),
        _int("runtime_minutes", "Minutes.", 1),
        Column("imdb_genres", _TEXTS, "IMDb's names of its genres.", optional=True),
        Column("imdb_rating", T.DoubleType(), "Mean rating, 1 to 10.", optional=True, low=1, high=10),
        Column("imdb_vote_count", T.LongType(), "Votes.", optional=True, low=0),
        Column("parent_imdb_id", T.StringType(), "The series of an episode.", optional=True, form=_TT),
        _int("season_number", "Season of an episode.", 0),
        _int("episode_number", "Number of an episode in its season.", 0),
    ),
)

IMDB_PERSON = Table(
    name="silver.imdb_person",
    grain="person of IMDb",
    key=("person_key",),
    reads=("bronze.imdb_file",),
    may_be_empty=True,
    columns=(
        _PERSON_KEY,
        columns.text("person_name", "Name as best known."),
        _int("birth_year", "Year of birth.", 1, 2200),
        _int("death_year", "Year of death.", 1, 2200),
        Column("professions", _TEXTS, "Up to three professions.", optional=True),
        Column("known_for_imdb_ids", _TEXTS, "Titles the person is known for.", optional=True),
    ),
)

IMDB_CREDIT = Table(
    name="silver.imdb_credit",
    grain="title, person and category of work, as IMDb orders them",
    key=("imdb_id", "person_key", "category", "place"),
    reads=("bronze.imdb_file",),
    may_be_empty=True,
    columns=(
        _IMDB_ID,
        _PERSON_KEY,
        Column("category", T.StringType(), "IMDb's category, for example actor, director, writer."),
        Column("place", T.IntegerType(), "IMDb's order in the title; 0 where the file gives none.", low=0),
        columns.text("job", "The job in detail."),
        Column("characters", _TEXTS, "Characters played.", optional=True),
    ),
)


def _dataset(kind: str, table: Table, needs: str, *columns: tuple[Column, ...]) -> Lines:
    """One of IMDb's TSV files."""
    return Lines(kind, table.name, "\t", sum(columns, ()), tuple(needs.split()), null="\\N")


def _history(kind: str, needs: str, **own: str) -> Lines:
    """One of the historical files: a title, and one of its artists."""
    columns = (
        *fields(
            IMDB_TITLE,
            imdb_id="id",
            primary_title="tituloPincipal|tituloPrincipal",
            original_title="tituloOriginal",
            start_year="anoLancamento",
            runtime_minutes="tempoMinutos",
            imdb_rating="notaMedia",
            imdb_vote_count="numeroVotos",
            **own,
        ),
        *listed(IMDB_TITLE, imdb_genres="genero"),
        *fields(IMDB_PERSON, person_name="nomeArtista", birth_year="anoNascimento", death_year="anoFalecimento"),
        *listed(IMDB_PERSON, professions="profissao", known_for_imdb_ids="titulosMaisConhecidos"),
        *(replace(column, optional=True) for column in fields(IMDB_CREDIT, category="generoArtista")),
        *listed(IMDB_CREDIT, characters="personagem"),
    )
    return Lines(kind, IMDB_TITLE.name, "|", _unknown_as_0(columns), tuple(needs.split()), null="\\N")


def _unknown_as_0(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with 0 minutes allowed, which the silver function makes NULL."""
    return tuple(replace(column, low=0) if column.name == "runtime_minutes" else column for column in columns)


def _persons(name: str) -> Column:
    return replace(columns.text(name, f"Ids of its {name}."), form=f"{_NM}(,{_NM})*")


BASICS = _dataset(
    "title.basics", IMDB_TITLE, "tconst titleType",
    _unknown_as_0(fields(
        IMDB_TITLE, imdb_id="tconst", title_type="titleType", primary_title="primaryTitle",
        original_title="originalTitle", is_adult="isAdult", start_year="startYear", end_year="endYear",
        runtime_minutes="runtimeMinutes",
    )),
    listed(IMDB_TITLE, imdb_genres="genres"),
)  # fmt: skip
RATINGS = _dataset(
    "title.ratings", IMDB_TITLE, "tconst averageRating numVotes",
    fields(IMDB_TITLE, imdb_id="tconst", imdb_rating="averageRating", imdb_vote_count="numVotes"),
)  # fmt: skip
EPISODES = _dataset(
    "title.episode", IMDB_TITLE, "tconst parentTconst",
    fields(
        IMDB_TITLE, imdb_id="tconst", parent_imdb_id="parentTconst", season_number="seasonNumber",
        episode_number="episodeNumber",
    ),
)  # fmt: skip
NAMES = _dataset(
    "name.basics", IMDB_PERSON, "nconst primaryName",
    fields(IMDB_PERSON, person_key="nconst", person_name="primaryName", birth_year="birthYear", death_year="deathYear"),
    listed(IMDB_PERSON, professions="primaryProfession", known_for_imdb_ids="knownForTitles"),
)  # fmt: skip
PRINCIPALS = _dataset(
    "title.principals", IMDB_CREDIT, "tconst ordering nconst category",
    fields(IMDB_CREDIT, "category", "job", "characters", imdb_id="tconst", person_key="nconst", place="ordering"),
)  # fmt: skip
CREW = _dataset(
    "title.crew", IMDB_CREDIT, "tconst directors writers",
    (*fields(IMDB_CREDIT, imdb_id="tconst"), _persons("directors"), _persons("writers")),
)  # fmt: skip
SERIES = _history("series", "id nomeArtista generoArtista anoTermino", end_year="anoTermino")
MOVIES = _history("movies", "id nomeArtista generoArtista")

LINES = (BASICS, RATINGS, EPISODES, NAMES, PRINCIPALS, CREW, SERIES, MOVIES)
"""Of two kinds that a header has the needs of, the first counts."""
UNUSED = (Unused("title.akas", "\t", ("titleId", "ordering", "region"), "no table has titles by region"),)

TABLES = (FILES, IMDB_TITLE, IMDB_PERSON, IMDB_CREDIT)
