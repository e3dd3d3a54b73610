"""Catalogue CSVs with JSON cells -> silver.catalogue_title, catalogue_credit, title_link; damaged cells are refused."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from batch.books import book, require
from lakehouse.contracts import catalogue
from tests.builders import collected
from tests.spark.loading import Loading

pytestmark = pytest.mark.stems("catalogue", "reject")

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


@pytest.fixture
def files(spark, lake, tmp_path) -> Loading:
    return Loading(spark, catalogue, tmp_path)


def table(*rows: dict[str, str], end: str = "\n") -> str:
    """A CSV file with the names of the first row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0]], lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def reasons(files: Loading) -> list[tuple[Any, ...]]:
    return sorted((reason, column) for _, reason, column, _ in files.rejects())


def test_a_movie_with_json_cells_becomes_a_typed_row_whatever_the_order_of_the_columns(files):
    other = {name: MOVIE[name] for name in reversed(MOVIE)} | {
        "id": "604",
        "budget": "0",
        "revenue": "0",
        "runtime": "0",
    }
    unknown = other | {
        "genres": '[{"id": 80, "name": "A \\"B\\", C"}]',
        "overview": 'Two\nlines, "quoted"',
        "title": "",
    }
    assert files.given(a__csv=table(MOVIE, end="\r\n"), b__csv=table(unknown)) == {
        "a.csv": ("loaded", 1, 0), "b.csv": ("loaded", 1, 0),
    }  # fmt: skip
    files.build("catalogue_title")
    none = dict.fromkeys(catalogue.CATALOGUE_TITLE.names)
    said = {
        "media_type": "movie", "original_language_code": "en", "release_date": date(1999, 3, 30), "popularity": 104.3,
        "vote_average": 7.9,
    }  # fmt: skip
    assert collected(files.spark.table("silver.catalogue_title"), "title_id") == [
        none | said | {
            "title_id": 603, "title": "The Matrix", "runtime_minutes": 136, "budget_usd": 63_000_000,
            "revenue_usd": 2_787_965_087, "genres": [{"id": 28, "name": "Action"}],
        },
        none | said | {"title_id": 604, "genres": [{"id": 80, "name": 'A "B", C'}]},
    ]  # fmt: skip


def test_a_damaged_cell_makes_its_line_a_reject_with_the_reason(files):
    damaged = [
        {"genres": '[{"id": 28, "name": "Act'},
        {"genres": '[{"name": "Action"}]'},
        {"genres": "Action"},
        {"budget": "-1"},
        {"id": ""},
        {"release_date": "1999-30-03"},
    ]
    good = table(MOVIE, *[MOVIE | one for one in damaged])
    files.given(a__csv=good + '605,"open, quote\n' + "1,2,3\n")
    assert reasons(files) == sorted(
        [
            ("incomplete_item", "genres"), ("missing", "title_id"), ("not_a_date", "release_date"),
            *[("not_a_list", "genres")] * 2, ("out_of_bounds", "budget_usd"), *[("wrong_field_count", None)] * 2,
        ]
    )  # fmt: skip
    files.given(
        credits__csv=table(
            CREDITS,
            CREDITS | {"movie_id": "604", "crew": CREDITS["crew"][:-4]},
            CREDITS | {"movie_id": "605", "crew": ""},
            CREDITS | {"movie_id": "606", "cast": "[]"},
        )
    )
    assert ("not_a_list", "crew") in reasons(files)
    files.build()
    assert files.rows("silver.catalogue_credit", "title_id", "title") == [(n, "The Matrix") for n in (603, 605, 606)]
    crew = files.spark.table("silver.catalogue_credit").where("title_id = 603").collect()[0]["crew"]
    assert [(one["id"], one["job"]) for one in crew] == [(9340, "Director")]
    require([book(files.spark, catalogue)])


def test_links_keep_the_zeros_of_imdb_s_ids_and_the_newest_file_wins(files):
    files.given(links__csv="movieId,imdbId,tmdbId\r\n1,0114709,862\r\n791,0113610,\r\n2,tt1,3\r\n")
    files.given(later__csv="movieId,imdbId,tmdbId\n791,0113610,4912\n")
    files.build("title_link")
    assert files.rows("silver.title_link", *catalogue.TITLE_LINK.names) == [
        (1, "tt0114709", 862), (791, "tt0113610", 4912),
    ]  # fmt: skip
    assert reasons(files) == [("wrong_form", "imdb_id")]
    kept = json.dumps(files.rows("silver.title_link", *catalogue.TITLE_LINK.names))
    files.build("title_link", full=True)
    assert json.dumps(files.rows("silver.title_link", *catalogue.TITLE_LINK.names)) == kept


def test_a_header_with_more_columns_than_can_be_read_refuses_its_lines(files):
    many = MOVIE | {f"extra_{n}": "x" for n in range(60)}
    assert files.given(a__csv=table(many), b__csv=table({**MOVIE, "id": "7"})) == {
        "a.csv": ("loaded", 0, 1), "b.csv": ("loaded", 1, 0),
    }  # fmt: skip
