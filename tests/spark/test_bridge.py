"""What titles have: the dimensions of genres, companies, countries and languages, and the bridges to them."""

from typing import Any

import pytest

from batch.gold import bridge
from lakehouse.clock import from_iso
from lakehouse.contracts.catalogue import CATALOGUE_TITLE
from lakehouse.contracts.discover import DISCOVER_EVENT
from lakehouse.contracts.popular import POPULAR_EVENT
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.title import TITLE_CURRENT
from lakehouse.contracts.trending import TRENDING_EVENT
from lakehouse.genres import GENRES, MOVIE_GENRES, TV_GENRES
from tests.builders import collected, listed, row, rows, seen


def genre(number: int, name: str | None = None) -> dict[str, Any]:
    return {"id": number, "name": name}


def company(number: int, name: str | None = None, country: str | None = None) -> dict[str, Any]:
    return {"id": number, "name": name, "origin_country": country}


def details(title_id: int = 1, *, at: str = "2026-01-21", **values: Any) -> dict[str, Any]:
    return row(TITLE_CURRENT, title_id=title_id, fetched_at=from_iso(at), **values)


def dated(title_id: int = 1, **values: Any) -> dict[str, Any]:
    return row(CATALOGUE_TITLE, title_id=title_id, **values)


def sources(spark, current=(), catalogue=()):
    return rows(spark, TITLE_CURRENT, *current), rows(spark, CATALOGUE_TITLE, *catalogue)


def events(spark, trending=(), popular=(), discover=()):
    given = ((TRENDING_EVENT, trending), (POPULAR_EVENT, popular), (DISCOVER_EVENT, discover))
    return [rows(spark, table, *of) for table, of in given]


def names(frame) -> dict[Any, Any]:
    return {one[0]: one[1] for one in frame.collect()}


def bridged(frame) -> dict[int, dict[Any, float]]:
    """By title, the weight of each of its items."""
    found: dict[int, dict[Any, float]] = {}
    for _, title_id, item, weight in frame.collect():
        found.setdefault(title_id, {})[item] = round(weight, 9)
    return found


def in_the_dimension(spark, *title_ids: int):
    return rows(spark, DIM_TITLE, *(row(DIM_TITLE, title_id=number) for number in title_ids))


def test_tmdb_has_19_genres_of_movies_and_16_of_series():
    assert (len(MOVIE_GENRES), len(TV_GENRES), len(GENRES)) == (19, 16, 27)


def test_a_genre_has_tmdb_s_english_name_else_the_details_else_its_id(spark):
    given = [details(genres=[genre(18, "Drame"), genre(4711, "Slow TV"), genre(4712, " ")])]
    found = bridge.dim_genre(*sources(spark, given), *events(spark, [seen(genre_ids=[4713, -1])]))
    assert names(found) == {
        0: "unknown", **GENRES, 4711: "Slow TV", 4712: "genre 4712", 4713: "genre 4713",
    }  # fmt: skip


def test_a_genre_that_was_only_asked_for_is_in_the_dimension(spark):
    asked = row(DISCOVER_EVENT, genre_id=4714)
    assert 4714 in names(bridge.dim_genre(*sources(spark), *events(spark, discover=[asked])))


def test_a_company_is_named_as_it_was_fetched_last_and_each_text_may_come_from_another_title(spark):
    current = [
        details(1, at="2026-01-22", companies=[company(7, "Warner Bros. Pictures"), company(8)]),
        details(2, at="2026-01-21", companies=[company(7, "Warner", "US")]),
    ]
    catalogue = [dated(3, companies=[company(7, "WARNER", "GB"), company(9, "Mosfilm"), company(0, "none")])]
    found = collected(bridge.dim_company(*sources(spark, current, catalogue)).select(
        "company_id", "company_name", "country_code"), "company_id")  # fmt: skip
    assert [tuple(one.values()) for one in found] == [
        (0, "unknown", "ZZ"), (7, "Warner Bros. Pictures", "US"), (8, "company 8", "ZZ"), (9, "Mosfilm", "ZZ"),
    ]  # fmt: skip


def test_countries_and_languages_have_an_unknown_member_and_a_language_its_english_name_first(spark):
    title = details(
        countries=[{"iso_3166_1": "DE", "name": "Germany"}, {"iso_3166_1": " ", "name": "?"}],
        languages=[
            {"iso_639_1": "de", "name": "Deutsch", "english_name": "German"},
            {"iso_639_1": "cn", "name": "广州话", "english_name": ""},
            {"iso_639_1": "xx", "name": None, "english_name": None},
        ],
    )
    given = sources(spark, [title])
    assert names(bridge.dim_country(*given)) == {"ZZ": "unknown", "DE": "Germany"}
    assert names(bridge.dim_language(*given)) == {
        "und": "unknown", "de": "German", "cn": "广州话", "xx": "language xx",
    }  # fmt: skip


def test_a_title_counts_once_over_its_items_and_for_the_unknown_one_where_it_has_none(spark):
    given = sources(spark, [details(1, companies=[company(7), company(8), company(7)]), details(2, companies=[])])
    found = bridge.bridge_title_company(in_the_dimension(spark, 0, 1, 2, 3), *given)
    assert bridged(found) == {0: {0: 1.0}, 1: {7: 0.5, 8: 0.5}, 2: {0: 1.0}, 3: {0: 1.0}}


def test_items_come_from_the_best_source_that_has_any_and_are_not_mixed(spark):
    given = sources(
        spark,
        [details(1, companies=[company(7)]), details(2, companies=None)],
        [dated(1, companies=[company(8)]), dated(2, companies=[company(9)]), dated(5, companies=[company(9)])],
    )
    found = bridge.bridge_title_company(in_the_dimension(spark, 1, 2), *given)
    assert bridged(found) == {1: {7: 1.0}, 2: {9: 1.0}}


def test_a_title_that_only_lists_know_has_the_genres_of_its_newest_event_that_names_some(spark):
    polled = [
        seen(at="2026-01-21T10:00", title_id=1, genre_ids=[80]),
        seen(at="2026-01-23T10:00", title_id=1, genre_ids=[]),
        seen(title_id=2, genre_ids=[80]),
        seen(title_id=3, genre_ids=None),
    ]
    popular = [listed(at="2026-01-22T10:00", title_id=1, genre_ids=[18, 35])]
    given = sources(spark, [details(2, genres=[genre(10752, "War")])])
    found = bridge.bridge_title_genre(in_the_dimension(spark, 1, 2, 3), *given, *events(spark, polled, popular))
    assert bridged(found) == {1: {18: 0.5, 35: 0.5}, 2: {10752: 1.0}, 3: {0: 1.0}}


@pytest.mark.parametrize(
    ("function", "own", "unknown"),
    [
        (bridge.bridge_title_country, {"countries": [{"iso_3166_1": "DE", "name": None}]}, {"ZZ": 1.0}),
        (
            bridge.bridge_title_language,
            {"languages": [{"iso_639_1": "DE", "name": None, "english_name": None}]},
            {"und": 1.0},
        ),
    ],
)
def test_countries_and_languages_are_bridged_by_their_codes(spark, function, own, unknown):
    found = function(in_the_dimension(spark, 1, 2), *sources(spark, [details(1, **own)]))
    assert bridged(found) == {1: {"DE": 1.0}, 2: unknown}
