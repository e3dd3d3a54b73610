"""Catalogue CSVs with JSON cells -> silver.catalogue_title, catalogue_credit, title_link; damaged cells are refused."""

import csv
import io
from datetime import date
from typing import NamedTuple

import pytest

from batch.books import book, require
from lakehouse.contracts import catalogue
from tests.builders import collected
from tests.spark.loading import Loading

MOVIE = {
    "budget": "63000000", "genres": '[{"id": 28, "name": "Action"}]', "id": "603", "title": "The Matrix",
    "original_language": "en", "release_date": "1999-03-30", "revenue": "2787965087", "runtime": "136",
    "vote_average": "7.9", "popularity": "104.3",
}  # fmt: skip
CREDITS = {
    "movie_id": "603",
    "title": "The Matrix",
    "cast": '[{"id": 6384, "name": "Keanu Reeves", "character": "Neo", "credit_id": "c1", "order": 0}]',
    "crew": '[{"id": 9340, "name": "Lilly Wachowski", "job": "Director", "credit_id": "c2"}]',
}
DAMAGED = [
    MOVIE | one for one in (
        {"genres": '[{"id": 28, "name": "Act'}, {"genres": '[{"name": "Action"}]'}, {"genres": "Action"},
        {"budget": "-1"}, {"id": ""}, {"release_date": "1999-30-03"},
    )
]  # fmt: skip
OTHER = {name: MOVIE[name] for name in reversed(MOVIE)} | {
    "id": "604",
    "budget": "0",
    "revenue": "0",
    "runtime": "0",
    "genres": '[{"id": 80, "name": "A \\"B\\", C"}]',
    "overview": 'Two\nlines, "quoted"',
    "title": "",
}


def table(*rows: dict[str, str], end: str = "\n") -> str:
    """A CSV file with the names of the first row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0]], lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Loaded(NamedTuple):
    """The lake of this file, which no test changes: what became of each file, and what of each refused line."""

    files: Loading
    verdicts: dict[str, tuple[str, int, int]]
    reasons: list[tuple[str, str, str | None]]


@pytest.fixture(scope="module")
def loaded(spark, lakes, tmp_path_factory) -> Loaded:
    lakes.empty(("catalogue", "reject"))
    files = Loading(spark, catalogue, tmp_path_factory.mktemp("files"))
    credited = [{}, {"movie_id": "604", "crew": CREDITS["crew"][:-4]}, {"movie_id": "605", "crew": ""},
                {"movie_id": "606", "cast": "[]"}]  # fmt: skip
    verdicts = files.given(
        credits__csv=table(*[CREDITS | one for one in credited]),
        links__csv="movieId,imdbId,tmdbId\r\n1,0114709,862\r\n791,0113610,\r\n2,tt1,3\r\n791,0113610,4912\r\n",
        movies__csv=table(MOVIE, MOVIE | {"id": "604"}, *DAMAGED, end="\r\n") + '605,"open, quote\r\n1,2,3\r\n',
        movies_later__csv=table(OTHER),
        wide__csv=table(MOVIE | {f"extra_{n}": "x" for n in range(60)}),
    )
    files.build()
    reasons = [(name, reason, column) for name, reason, column, _ in files.rejects()]
    return Loaded(files, verdicts, sorted(reasons, key=str))


def test_each_line_is_accepted_or_refused_and_a_header_with_more_columns_than_can_be_read_refuses_its_lines(loaded):
    assert loaded.verdicts == {
        "credits.csv": ("loaded", 3, 1),
        "links.csv": ("loaded", 3, 1),
        "movies.csv": ("loaded", 2, len(DAMAGED) + 2),
        "movies_later.csv": ("loaded", 1, 0),
        "wide.csv": ("loaded", 0, 1),
    }


def test_a_movie_with_json_cells_becomes_a_typed_row_whatever_the_order_of_the_columns_and_the_newest_file_wins(loaded):
    none = dict.fromkeys(catalogue.CATALOGUE_TITLE.names)
    said = {
        "media_type": "movie", "original_language_code": "en", "release_date": date(1999, 3, 30), "popularity": 104.3,
        "vote_average": 7.9,
    }  # fmt: skip
    assert collected(loaded.files.spark.table("silver.catalogue_title"), "title_id") == [
        none | said | {
            "title_id": 603, "title": "The Matrix", "runtime_minutes": 136, "budget_usd": 63_000_000,
            "revenue_usd": 2_787_965_087, "genres": [{"id": 28, "name": "Action"}],
        },
        none | said | {"title_id": 604, "genres": [{"id": 80, "name": 'A "B", C'}]},
    ]  # fmt: skip


def test_a_damaged_cell_makes_its_line_a_reject_with_the_reason(loaded):
    of_movies = [
        ("incomplete_item", "genres"), ("missing", "title_id"), ("not_a_date", "release_date"),
        *[("not_a_list", "genres")] * 2, ("out_of_bounds", "budget_usd"), *[("wrong_field_count", None)] * 3,
    ]  # fmt: skip
    expected = [("silver.catalogue_title", *why) for why in of_movies]
    expected += [("silver.catalogue_credit", "not_a_list", "crew"), ("silver.title_link", "wrong_form", "imdb_id")]
    assert loaded.reasons == sorted(expected, key=str)


def test_a_cast_or_a_crew_may_be_empty_and_what_is_known_of_its_members_is_kept(loaded):
    found = collected(loaded.files.spark.table("silver.catalogue_credit"), "title_id")
    assert [(one["title_id"], one["title"]) for one in found] == [(n, "The Matrix") for n in (603, 605, 606)]
    assert [(one["id"], one["job"]) for one in found[0]["crew"]] == [(9340, "Director")]


def test_links_keep_the_zeros_of_imdb_s_ids_and_of_a_movie_s_lines_the_last_wins(loaded):
    assert loaded.files.rows("silver.title_link", *catalogue.TITLE_LINK.names) == [
        (1, "tt0114709", 862), (791, "tt0113610", 4912),
    ]  # fmt: skip


def test_the_books_balance_and_each_table_is_what_a_full_rebuild_makes_of_the_files(loaded):
    require([book(loaded.files.spark, catalogue)])
