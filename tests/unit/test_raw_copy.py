"""Files from outside: known by their header, copied whole or not at all, records kept together."""

import gzip
import hashlib
from datetime import date
from pathlib import Path

import pytest

from batch.raw_copy import RECORD_END, alone, copied, digest, given, names, records, with_line_breaks
from lakehouse.contracts import catalogue, imdb
from lakehouse.errors import FolderTaken, SourceInvalid

DAY = date(2026, 1, 21)
RATINGS = b"tconst\taverageRating\tnumVotes\ntt0133093\t8.7\t2000000\n"


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def kinds(path: Path, stem=imdb) -> dict[str, str]:
    return {one.path.name: one.lines.kind if one.lines else one.why for one in given(path, stem.LINES, stem.UNUSED)}


def test_a_file_is_known_by_its_header_whatever_its_name_is(tmp_path):
    written(tmp_path, "a.txt", RATINGS)
    written(tmp_path, "b.tsv.gz", gzip.compress(RATINGS))
    written(tmp_path, "c.tsv", b"titleId\tordering\ttitle\tregion\n")
    written(tmp_path, "d.csv", b"id|tituloPrincipal|generoArtista|nomeArtista|anoTermino\r\n")
    written(tmp_path, "e.csv", b"\xef\xbb\xbfnomeArtista|generoArtista|id\n")
    written(tmp_path, "readme.md", b"# Read me\n")
    assert kinds(tmp_path) == {
        "a.txt": "title.ratings",
        "b.tsv.gz": "title.ratings",
        "c.tsv": "title.akas is not used: no table has titles by region",
        "d.csv": "series",
        "e.csv": "movies",
        "readme.md": "unknown header '# Read me'",
    }


def test_the_columns_of_a_catalogue_may_stand_in_any_order(tmp_path):
    written(tmp_path, "a.csv", b'"title","revenue","id","budget"\n')
    written(tmp_path, "b.csv", b"cast,crew,id\n")
    written(tmp_path, "c.csv", b"movieId,imdbId,tmdbId\r\n")
    written(tmp_path, "d.csv", b"userId,movieId,rating,timestamp\n")
    assert [*kinds(tmp_path, catalogue).values()] == [
        "tmdb.movies", "tmdb.credits", "movielens.links",
        "movielens.ratings is not used: viewers' events come through Kafka",
    ]  # fmt: skip


@pytest.mark.parametrize("header", [b"id,title,budget,revenue,id", b"\xff\xfe,id,title", b"", b"\n"])
def test_a_header_that_names_a_column_twice_or_is_no_text_is_of_no_kind(header):
    assert not any(kind.has(names(header, kind.separator)) for kind in catalogue.LINES)


def test_where_nothing_can_be_used_the_error_says_of_each_file_why_and_what_was_expected(tmp_path):
    written(tmp_path, "akas.tsv", b"titleId\tordering\ttitle\tregion\n")
    written(tmp_path, "other.csv", b"a,b,c\n")
    with pytest.raises(SourceInvalid) as told:
        given(tmp_path, imdb.LINES, imdb.UNUSED)
    assert "akas.tsv: title.akas is not used" in str(told.value)
    assert "other.csv: unknown header 'a,b,c'" in str(told.value)
    assert "tconst, averageRating, numVotes" in str(told.value)


@pytest.mark.parametrize(
    ("name", "content"), [("cut.tsv.gz", gzip.compress(RATINGS * 99, mtime=0)[:40]), ("no.tsv.gz", b"no gzip")]
)
def test_a_compressed_file_that_is_none_or_cut_off_cannot_be_read(tmp_path, name, content):
    with pytest.raises(SourceInvalid, match="cannot be read"):
        given(written(tmp_path, name, content), imdb.LINES, imdb.UNUSED)


def test_a_copy_is_dated_and_the_same_bytes_and_a_repeat_leaves_it_alone(tmp_path):
    path = written(tmp_path, "title.ratings.tsv", RATINGS)
    copy = copied(path, digest(path), tmp_path / "raw", DAY)
    assert copy == tmp_path / "raw" / "2026-01-21" / "title.ratings.tsv"
    assert copy.read_bytes() == RATINGS
    before = copy.stat()
    assert copied(path, digest(path), tmp_path / "raw", DAY) == copy
    assert copy.stat() == before
    assert [one.name for one in copy.parent.iterdir()] == ["title.ratings.tsv"]


def test_another_file_of_the_same_name_and_day_stands_beside_it(tmp_path):
    path = written(tmp_path, "title.ratings.tsv", RATINGS)
    first = copied(path, digest(path), tmp_path / "raw", DAY)
    other = RATINGS + b"tt0111161\t9.3\t1\n"
    path.write_bytes(other)
    second = copied(path, digest(path), tmp_path / "raw", DAY)
    assert (first.read_bytes(), second.read_bytes()) == (RATINGS, other)
    assert second.name == f"{hashlib.sha256(other).hexdigest()[:16]}-title.ratings.tsv"


def test_a_file_that_changes_while_it_is_read_is_not_taken_and_leaves_no_copy(tmp_path):
    path = written(tmp_path, "title.ratings.tsv", RATINGS)
    with pytest.raises(SourceInvalid, match="changed while it was read"):
        copied(path, "0" * 64, tmp_path / "raw", DAY)
    assert not (tmp_path / "raw" / "2026-01-21" / "title.ratings.tsv").exists()


@pytest.mark.parametrize(("name", "kept"), [("_a [1]*.csv", "a__1__.csv"), ("__", "file"), ("é.csv", "é.csv")])
def test_a_name_that_spark_would_hide_or_take_for_a_pattern_is_changed(tmp_path, name, kept):
    path = written(tmp_path, name, RATINGS)
    assert copied(path, digest(path), tmp_path / "raw", DAY).name == kept


def test_a_record_with_a_line_break_in_a_cell_is_kept_together():
    lines = [b"id,overview\n", b'1,"two\n', b'lines, ""said"" he"\n', b"2,one\n", b'3,"no end']
    assert [*records(lines)] == [lines[0], lines[1] + lines[2], lines[3], lines[4]]


def test_a_quote_that_stays_open_costs_its_own_line_and_no_other():
    lines = [b'1,"open\n', *[b"2,plain\n"] * 10, b'3,"a ""b"" c"\n']
    assert [*records(lines)] == lines


def test_only_a_file_with_such_records_gets_a_second_copy(tmp_path):
    plain = written(tmp_path, "plain.csv", b'id,title\n1,"a, b"\n')
    broken = written(tmp_path, "broken.csv", b'id,title\r\n1,"a\nb"\r\n2,c')
    assert with_line_breaks(plain) is None
    parted = with_line_breaks(broken)
    assert parted
    assert parted.read_bytes().split(RECORD_END) == [b"id,title\r", b'1,"a\nb"\r', b"2,c", b""]


def test_two_loads_at_once_are_refused(tmp_path):
    with alone(tmp_path / "raw"), pytest.raises(FolderTaken), alone(tmp_path / "raw"):
        pass
    with alone(tmp_path / "raw"):
        pass
