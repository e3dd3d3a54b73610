"""IMDb files -> bronze -> silver.imdb_title, imdb_person, imdb_credit: each line there or refused, and once."""

import gzip
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from batch.books import book, require
from lakehouse import delta, history
from lakehouse.contracts import imdb
from lakehouse.errors import BooksUnbalanced
from tests.builders import collected
from tests.spark.loading import Loading

BASICS = "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\truntimeMinutes\tgenres\n"
RATINGS = "tconst\taverageRating\tnumVotes\n"
EPISODES = "tconst\tparentTconst\tseasonNumber\tepisodeNumber\n"
NAMES = "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles\n"
PRINCIPALS = "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n"
CREW = "tconst\tdirectors\twriters\n"
MOVIES = (
    "id|tituloPincipal|tituloOriginal|anoLancamento|tempoMinutos|genero|notaMedia|numeroVotos|generoArtista|personagem"
    "|nomeArtista|anoNascimento|anoFalecimento|profissao|titulosMaisConhecidos\r\n"
)
MATRIX = "tt0133093\tmovie\tThe Matrix\tThe Matrix\t0\t1999\t\\N\t136\tAction,Sci-Fi\n"
REFUSED = {
    "": ("empty_value", None),
    "tt0133093\t8.7": ("wrong_field_count", None),
    "tt0133093\t8.7\t2000000\t1": ("wrong_field_count", None),
    "\\N\t8.7\t1": ("missing", "imdb_id"),
    "0133093\t8.7\t1": ("wrong_form", "imdb_id"),
    "tt0133094\thigh\t1": ("not_a_number", "imdb_rating"),
    "tt0133094\t11\t1": ("out_of_bounds", "imdb_rating"),
    "tt0133094\tNaN\t1": ("not_finite", "imdb_rating"),
    "tt0133094\t8.7\t1.5": ("not_an_integer", "imdb_vote_count"),
}
NOT_TEXT = b"tt01330\xff\t1\t1"
RATED = "\n".join([RATINGS + "tt0133093\t8.7\t2000000", *REFUSED, ""]).encode() + NOT_TEXT + b"\n" + RATINGS.encode()
MORPHEUS = "tt0111161\t3\tnm0000401\tactor\t\\N\tMorpheus"
SHAWSHANK = "tt0068646\tnm0001104\tnm0000175 nm0001104"


def artist(name: str, title_id: str = "tt0234215", *, category="actor", character="\\N", born="\\N") -> str:
    return (
        f"{title_id}|The Matrix Reloaded|The Matrix Reloaded|2003|138|Action,Sci-Fi|7.2|600000"
        f"|{category}|{character}|{name}|{born}|\\N|actor,producer|tt0133093,tt0234215\r\n"
    )


FIRST = {
    "title__akas__tsv": "titleId\tordering\ttitle\tregion\n",
    "title__basics__tsv": BASICS + MATRIX + 'tt10070612\ttvEpisode\tA "quoted" one\t\\N\t1\t2018\t\\N\t0\t\\N\n',
    "title__ratings__tsv__gz": gzip.compress(RATED),
    "title__episode__tsv": EPISODES + "tt10070612\ttt7144668\t2\t5\n",
    "title__crew__tsv": CREW
    + f"tt0111161\tnm0905154,nm0905152\tnm0905154\ntt0133093\tnm0905154,nm0905152\tnm0905154\n{SHAWSHANK}\n",
    "name__basics__tsv": NAMES + "nm0000206\tKeanu Reeves\t1964\t\\N\tactor,producer\ttt0133093\n",
    "movies__csv": MOVIES
    + artist("Keanu Reeves", character="Neo,Thomas", born="1964") * 2
    + artist("Keanu Reeves") + artist("Lana Wachowski", category="director")
    + artist("Hugo Weaving", "tt0242653"),
    "principals__tsv": PRINCIPALS
    + 'tt0111161\t1\tnm0000206\tactor\t\\N\t["Neo","Thomas"]\ntt0111161\t2\tnm0905154\tdirector\t\\N\t\\N\n'
    + f"tt0133093\t1\tnm0000206\tactor\t\\N\t\\N\n{MORPHEUS}\n",
    "principals_later__tsv": PRINCIPALS
    + "tt0133093\t1\tnm0905152\tdirector\t\\N\t\\N\ntt0242653\t1\tnm0000206\tactor\t\\N\t\\N\n",
}  # fmt: skip
LATER = RATINGS + "tt0133093\t8.8\t20\ntt0133093\t8.9\t30\ntt0111161\t\\N\t5\n"


class State(NamedTuple):
    """What became of the first files, and what the lake held when the tables were built after them."""

    verdicts: dict[str, tuple[str, int, int]]
    rejects: list[tuple[Any, ...]]
    titles: list[dict[str, Any]]
    persons: list[dict[str, Any]]
    credits: list[dict[str, Any]]


def of(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[column] for column in columns) for row in rows), key=str)


@pytest.fixture(scope="module")
def files(spark, lakes, tmp_path_factory) -> Loading:
    """One lake for this file, which goes through the states below; the tests read what each of them held."""
    lakes.empty(("imdb", "reject"))
    return Loading(spark, imdb, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def folder(files) -> Path:
    with files.files(**FIRST) as folder:
        return folder


@pytest.fixture(scope="module")
def first(files, folder) -> State:
    verdicts = files.load(folder)
    files.build()
    entities = ("title", "person", "credit")
    return State(verdicts, files.rejects(), *(collected(files.spark.table(f"silver.imdb_{one}")) for one in entities))


@pytest.fixture(scope="module")
def repeated(files, folder, first) -> tuple[Any, ...]:
    """What loading a file again says and builds, and the tables' versions before and after."""
    before = files.versions()
    return files.load(folder / "title.ratings.tsv.gz"), files.build(), before, files.versions()


@pytest.fixture(scope="module")
def repaired(files, folder, repeated) -> tuple[Any, ...]:
    """What loading again makes of a file without its rejects, of one without one, of one that bronze has lost."""
    lost = "topic LIKE 'title.principals/%' OR topic LIKE 'title.ratings/%' AND offset = 2"
    files.spark.sql(f"DELETE FROM silver.reject WHERE {lost}")
    # Someone takes the file out of bronze, to load it anew.
    files.spark.sql("DELETE FROM bronze.imdb_file WHERE topic LIKE 'title.crew/%'")
    names = ("principals.tsv", "title.ratings.tsv.gz", "title.crew.tsv")
    left = files.rejects()
    return left, [files.load(folder / name)[name] for name in names], files.rejects()


@pytest.fixture(scope="module")
def later(files, repaired) -> list[dict[str, Any]]:
    """The titles after newer ratings."""
    files.given(later__tsv=LATER)
    files.build("imdb_title")
    return collected(files.spark.table("silver.imdb_title"))


def test_a_file_is_known_by_its_header_and_its_lines_are_counted(first):
    assert first.verdicts == {
        "title.akas.tsv": ("title.akas is not used: no table has titles by region", 0, 0),
        "title.basics.tsv": ("loaded", 2, 0), "title.ratings.tsv.gz": ("loaded", 1, len(REFUSED) + 1),
        "title.episode.tsv": ("loaded", 1, 0), "title.crew.tsv": ("loaded", 2, 1), "name.basics.tsv": ("loaded", 1, 0),
        "movies.csv": ("loaded", 5, 0), "principals.tsv": ("loaded", 3, 1), "principals_later.tsv": ("loaded", 2, 0),
    }  # fmt: skip


def test_several_files_make_one_typed_title(first):
    none = dict.fromkeys(imdb.IMDB_TITLE.names)
    reloaded = none | {
        "primary_title": "The Matrix Reloaded", "original_title": "The Matrix Reloaded", "start_year": 2003,
        "runtime_minutes": 138, "imdb_genres": ["Action", "Sci-Fi"], "imdb_rating": 7.2, "imdb_vote_count": 600_000,
    }  # fmt: skip
    assert first.titles == [
        none | {
            "imdb_id": "tt0133093", "title_type": "movie", "primary_title": "The Matrix",
            "original_title": "The Matrix", "is_adult": False, "start_year": 1999, "runtime_minutes": 136,
            "imdb_genres": ["Action", "Sci-Fi"], "imdb_rating": 8.7, "imdb_vote_count": 2_000_000,
        },
        reloaded | {"imdb_id": "tt0234215"},
        reloaded | {"imdb_id": "tt0242653"},
        none | {
            "imdb_id": "tt10070612", "title_type": "tvEpisode", "primary_title": 'A "quoted" one', "is_adult": True,
            "start_year": 2018, "parent_imdb_id": "tt7144668", "season_number": 2, "episode_number": 5,
        },
    ]  # fmt: skip


def test_a_line_that_breaks_a_rule_is_refused_with_its_reason(first):
    expected = [("silver.imdb_title", *why, line.encode()) for line, why in REFUSED.items()]
    expected += [
        ("silver.imdb_title", "not_text", None, NOT_TEXT),
        ("silver.imdb_credit", "not_a_list", "characters", MORPHEUS.encode()),
        ("silver.imdb_credit", "wrong_form", "writers", SHAWSHANK.encode()),
    ]
    assert sorted(first.rejects, key=str) == sorted(expected, key=str)


def test_credits_of_a_title_are_those_of_its_newest_file_and_a_director_stands_there_once(first):
    of_imdb = [row for row in first.credits if row["imdb_id"] in ("tt0111161", "tt0133093")]
    assert of(of_imdb, "imdb_id", "person_key", "category", "place", "characters") == [
        ("tt0111161", "nm0000206", "actor", 1, ["Neo", "Thomas"]),
        ("tt0111161", "nm0905152", "director", 0, None),
        ("tt0111161", "nm0905154", "director", 2, None),
        ("tt0111161", "nm0905154", "writer", 0, None),
        ("tt0133093", "nm0905152", "director", 1, None),
        ("tt0133093", "nm0905154", "director", 0, None),
        ("tt0133093", "nm0905154", "writer", 0, None),
    ]


def test_historical_files_keep_every_artist_of_the_titles_that_imdb_s_own_files_do_not_name(first):
    historical = [row for row in first.persons if row["person_key"] != "nm0000206"]
    assert all(re.fullmatch("csv:[0-9a-f]{32}", row["person_key"]) for row in historical)
    named = of(historical, "person_name", "birth_year")
    assert named == [("Keanu Reeves", 1964), ("Keanu Reeves", None), ("Lana Wachowski", None)]
    reloaded = [row for row in first.credits if row["imdb_id"] == "tt0234215"]
    played = of(reloaded, "category", "place", "characters")
    assert played == [("actor", 0, None), ("actor", 0, ["Neo", "Thomas"]), ("director", 0, None)]
    assert {row["person_key"] for row in reloaded} == {row["person_key"] for row in historical}
    assert [row["person_key"] for row in first.credits if row["imdb_id"] == "tt0242653"] == ["nm0000206"]
    assert of([row for row in first.persons if row not in historical], *imdb.IMDB_PERSON.names) == [
        ("nm0000206", "Keanu Reeves", 1964, None, ["actor", "producer"], ["tt0133093"])
    ]


def test_loading_twice_changes_nothing(repeated):
    verdicts, published, before, after = repeated
    assert verdicts == {"title.ratings.tsv.gz": ("already loaded", 1, 10)}
    assert (published, after) == ([], before)


def test_a_load_that_ended_between_bronze_and_rejects_is_repaired_by_the_next(first, repaired):
    left, verdicts, rejects = repaired
    assert len(first.rejects) - len(left) == 2
    assert verdicts == [("already loaded", 3, 1), ("already loaded", 1, 10), ("loaded", 2, 1)]
    assert rejects == first.rejects


def test_a_file_whose_first_commit_comes_late_is_not_doubled(files, later):
    line = files.spark.table("bronze.imdb_file")
    newest = history.newest(files.spark, "bronze.imdb_file")[0]
    delta.append(line, "bronze.imdb_file", metadata={}, once=(newest.metadata["sha256"], 0))
    assert history.version(files.spark, "bronze.imdb_file") == newest.version


def test_a_newer_file_wins_and_of_its_lines_the_last(later):
    rated = of(later, "imdb_id", "imdb_rating", "imdb_vote_count")
    assert rated[:3] == [("tt0111161", None, 5), ("tt0133093", 8.9, 30), ("tt0234215", 7.2, 600_000)]


def test_each_file_is_copied_once_to_the_day_of_its_load(files, later):
    copies = [path for path in (files.folder / "raw").rglob("*") if path.is_file()]
    assert {path.parent.name for path in copies} == {"2026-01-21"}
    given = {name.replace("__", ".") for name in FIRST} | {"later.tsv"}
    assert sorted(path.name for path in copies) == sorted(given - {"title.akas.tsv"})


def test_the_books_balance_but_for_a_row_that_was_changed_and_a_reject_that_was_lost(files, later):
    files.spark.sql("UPDATE silver.imdb_title SET imdb_rating = 1.0 WHERE imdb_id = 'tt0133093'")
    files.spark.sql("DELETE FROM silver.reject WHERE reason = 'not_text'")
    found = book(files.spark, imdb)
    assert {one.kind: (one.lines, one.headers, one.accepted, one.rejected) for one in found.kinds} == {
        "title.basics": (3, 1, 2, 0), "title.ratings": (17, 3, 4, 10), "title.episode": (2, 1, 1, 0),
        "name.basics": (2, 1, 1, 0), "title.principals": (8, 2, 5, 1), "title.crew": (4, 1, 2, 1),
        "movies": (6, 1, 5, 0),
    }  # fmt: skip
    assert found.problems == (
        "silver.reject of title.ratings lacks 1 rows that bronze asks for",
        "silver.imdb_title lacks 1 rows that bronze asks for",
        "silver.imdb_title holds 1 rows that bronze does not explain",
    )
    with pytest.raises(BooksUnbalanced, match=r"silver\.imdb_title lacks 1 rows"):
        require([found])
