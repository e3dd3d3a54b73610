"""IMDb files -> bronze -> silver.imdb_title, imdb_person, imdb_credit: each line there or refused, and once."""

import gzip
import re

import pytest

from batch.books import book, require
from lakehouse import delta, history
from lakehouse.contracts import imdb
from lakehouse.errors import BooksUnbalanced
from tests.builders import collected
from tests.spark.loading import Loading

pytestmark = pytest.mark.stems("imdb", "reject")

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


@pytest.fixture
def files(spark, lake, tmp_path) -> Loading:
    return Loading(spark, imdb, tmp_path)


def artist(name: str, category: str = "actor", character: str = "\\N", *, born: str = "\\N") -> str:
    return (
        "tt0133093|The Matrix|The Matrix|1999|136|Action,Sci-Fi|8.7|2000000"
        f"|{category}|{character}|{name}|{born}|\\N|actor,producer|tt0133093,tt0234215\r\n"
    )


def test_several_files_make_one_typed_title(files):
    assert files.given(
        title__basics__tsv=BASICS + MATRIX + "tt10070612\ttvEpisode\tA \"quoted\" one\t\\N\t1\t2018\t\\N\t0\t\\N\n",
        title__ratings__tsv__gz=gzip.compress((RATINGS + "tt0133093\t8.7\t2000000\n").encode()),
        title__episode__tsv=EPISODES + "tt10070612\ttt7144668\t2\t5\n",
        title__akas__tsv="titleId\tordering\ttitle\tregion\n",
    ) == {
        "title.akas.tsv": ("title.akas is not used: no table has titles by region", 0, 0),
        "title.basics.tsv": ("loaded", 2, 0),
        "title.episode.tsv": ("loaded", 1, 0),
        "title.ratings.tsv.gz": ("loaded", 1, 0),
    }  # fmt: skip
    files.build("imdb_title")
    none = dict.fromkeys(imdb.IMDB_TITLE.names)
    assert collected(files.spark.table("silver.imdb_title"), "imdb_id") == [
        none | {
            "imdb_id": "tt0133093", "title_type": "movie", "primary_title": "The Matrix",
            "original_title": "The Matrix", "is_adult": False, "start_year": 1999, "runtime_minutes": 136,
            "imdb_genres": ["Action", "Sci-Fi"], "imdb_rating": 8.7, "imdb_vote_count": 2_000_000,
        },
        none | {
            "imdb_id": "tt10070612", "title_type": "tvEpisode", "primary_title": 'A "quoted" one', "is_adult": True,
            "start_year": 2018, "parent_imdb_id": "tt7144668", "season_number": 2, "episode_number": 5,
        },
    ]  # fmt: skip


def test_a_line_that_breaks_a_rule_is_refused_with_its_reason_and_the_books_balance(files):
    good = "tt0133093\t8.7\t2000000"
    lines = {
        "": ("empty_value", None),
        "tt0133093\t8.7": ("wrong_field_count", None),
        good + "\t1": ("wrong_field_count", None),
        "\\N\t8.7\t1": ("missing", "imdb_id"),
        "0133093\t8.7\t1": ("wrong_form", "imdb_id"),
        "tt0133094\thigh\t1": ("not_a_number", "imdb_rating"),
        "tt0133094\t11\t1": ("out_of_bounds", "imdb_rating"),
        "tt0133094\tNaN\t1": ("not_finite", "imdb_rating"),
        "tt0133094\t8.7\t1.5": ("not_an_integer", "imdb_vote_count"),
    }
    content = (RATINGS + "\n".join([good, *lines])).encode() + b"\ntt01330\xff\t1\t1\n" + RATINGS.encode()
    assert files.given(title__ratings__tsv=content) == {"title.ratings.tsv": ("loaded", 1, len(lines) + 1)}
    expected = [("silver.imdb_title", *why, line.encode()) for line, why in lines.items()]
    expected.append(("silver.imdb_title", "not_text", None, b"tt01330\xff\t1\t1"))
    assert sorted(files.rejects(), key=str) == sorted(expected, key=str)
    files.build("imdb_title")
    found = book(files.spark, imdb)
    require([found])
    (kind,) = found.kinds
    assert (kind.lines, kind.headers, kind.accepted, kind.rejected) == (13, 2, 1, 10)
    files.spark.sql("UPDATE silver.imdb_title SET imdb_rating = 1.0")
    files.spark.sql("DELETE FROM silver.reject WHERE reason = 'not_text'")
    with pytest.raises(BooksUnbalanced, match=r"silver\.imdb_title lacks 1 rows") as told:
        require([book(files.spark, imdb)])
    assert "silver.reject of title.ratings lacks 1 rows" in str(told.value)


def test_loading_twice_changes_nothing_and_a_newer_file_wins(files):
    with files.files(title__ratings__tsv=RATINGS + "tt0133093\t8.7\t10\nbad\n") as folder:
        assert files.load(folder) == {"title.ratings.tsv": ("loaded", 1, 1)}
        assert files.build("imdb_title") == ["silver.imdb_title"]
        before = files.versions()
        assert files.load(folder) == {"title.ratings.tsv": ("already loaded", 1, 1)}
        assert (files.build("imdb_title"), files.versions()) == ([], before)
    files.given(later__tsv=RATINGS + "tt0133093\t8.8\t20\ntt0133093\t8.9\t30\ntt0111161\t\\N\t5\n")
    files.build("imdb_title")
    following = files.rows("silver.imdb_title", "imdb_id", "imdb_rating", "imdb_vote_count")
    assert following == [("tt0111161", None, 5), ("tt0133093", 8.9, 30)]
    files.build("imdb_title", full=True)
    assert files.rows("silver.imdb_title", "imdb_id", "imdb_rating", "imdb_vote_count") == following
    copies = [str(path.relative_to(files.folder / "raw")) for path in (files.folder / "raw").rglob("*.tsv")]
    assert sorted(copies) == ["2026-01-21/later.tsv", "2026-01-21/title.ratings.tsv"]


def test_a_load_that_ended_between_bronze_and_rejects_is_repaired_by_the_next(files):
    with files.files(title__ratings__tsv=RATINGS + "tt0133093\t8.7\t10\nbad\nworse\n") as folder:
        files.load(folder)
        refused = files.rejects()
        for lost in ("true", "offset = 2"):
            files.spark.sql(f"DELETE FROM silver.reject WHERE {lost}")
            assert files.load(folder) == {"title.ratings.tsv": ("already loaded", 1, 2)}
            assert files.rejects() == refused
        # Someone takes the file out of bronze, to load it anew.
        files.spark.sql("DELETE FROM bronze.imdb_file")
        assert files.load(folder) == {"title.ratings.tsv": ("loaded", 1, 2)}
        assert files.rejects() == refused


def test_a_file_whose_first_commit_comes_late_is_not_doubled(files):
    with files.files(title__ratings__tsv=RATINGS + "tt0133093\t8.7\t10\n") as folder:
        files.load(folder)
    line = files.spark.table("bronze.imdb_file")
    sha256 = history.newest(files.spark, "bronze.imdb_file")[0].metadata["sha256"]
    delta.append(line, "bronze.imdb_file", metadata={}, once=(sha256, 0))
    assert line.count() == 2


def test_credits_of_a_title_are_those_of_its_newest_file_and_a_director_stands_there_once(files):
    files.given(
        principals__tsv=PRINCIPALS
        + 'tt0133093\t1\tnm0000206\tactor\t\\N\t["Neo","Thomas"]\ntt0133093\t2\tnm0905154\tdirector\t\\N\t\\N\n'
        + "tt0133093\t3\tnm0000401\tactor\t\\N\tMorpheus\n",
        crew__tsv=CREW + "tt0133093\tnm0905154,nm0905152\tnm0905154\ntt0111161\tnm0001104\tnm0000175 nm0001104\n",
        names__tsv=NAMES + "nm0000206\tKeanu Reeves\t1964\t\\N\tactor,producer\ttt0133093\n",
    )
    files.build("imdb_credit", "imdb_person")
    credit = ("imdb_id", "person_key", "category", "place", "characters")
    assert files.rows("silver.imdb_credit", *credit) == [
        ("tt0133093", "nm0000206", "actor", 1, ["Neo", "Thomas"]),
        ("tt0133093", "nm0905152", "director", 0, None),
        ("tt0133093", "nm0905154", "director", 2, None),
        ("tt0133093", "nm0905154", "writer", 0, None),
    ]
    refused = [reason for _, reason, _, _ in files.rejects()]
    assert sorted(refused) == ["not_a_list", "wrong_form"]
    files.given(newer__tsv=PRINCIPALS + "tt0133093\t1\tnm0905152\tdirector\t\\N\t\\N\n")
    files.build("imdb_credit")
    assert files.rows("silver.imdb_credit", *credit[:4]) == [
        ("tt0133093", "nm0905152", "director", 1),
        ("tt0133093", "nm0905154", "director", 0),
        ("tt0133093", "nm0905154", "writer", 0),
    ]
    assert files.rows("silver.imdb_person", *imdb.IMDB_PERSON.names) == [
        ("nm0000206", "Keanu Reeves", 1964, None, ["actor", "producer"], ["tt0133093"])
    ]


def test_historical_files_keep_every_artist_until_imdb_s_own_files_name_them(files):
    twice = artist("Keanu Reeves", character="Neo,Thomas", born="1964") * 2
    files.given(movies__csv=MOVIES + twice + artist("Keanu Reeves") + artist("Lana Wachowski", "director"))
    files.build()
    keys = [key for key, _ in files.rows("silver.imdb_person", "person_key", "person_name")]
    assert all(re.fullmatch("csv:[0-9a-f]{32}", key) for key in keys)
    assert sorted(files.rows("silver.imdb_person", "person_name", "birth_year"), key=str) == [
        ("Keanu Reeves", 1964), ("Keanu Reeves", None), ("Lana Wachowski", None),
    ]  # fmt: skip
    assert sorted(files.rows("silver.imdb_credit", "category", "place", "characters"), key=str) == [
        ("actor", 0, None), ("actor", 0, ["Neo", "Thomas"]), ("director", 0, None),
    ]  # fmt: skip
    assert files.rows("silver.imdb_title", "imdb_id", "imdb_rating", "imdb_genres", "title_type") == [
        ("tt0133093", 8.7, ["Action", "Sci-Fi"], None)
    ]
    files.given(principals__tsv=PRINCIPALS + "tt0133093\t1\tnm0000206\tactor\t\\N\t\\N\n")
    files.build("imdb_credit", "imdb_person")
    assert files.rows("silver.imdb_credit", "person_key") == [("nm0000206",)]
    assert files.rows("silver.imdb_person", "person_key") == []
