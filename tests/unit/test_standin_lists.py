"""The stand-in's lists, discoveries and changes: TMDb's shapes, and totals that are right."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from apps.tmdb_standin import lists
from apps.tmdb_standin.server import Standin
from apps.tmdb_standin.titles import World, by_id, known
from producers.tmdb import Tmdb
from tests.unit.conftest import DAY, Quick, ask

WORLD = World(7)
EVERY_LIST = [(media_type, name) for media_type, names in lists.LISTS.items() for name in names]
SHARED = {"adult", "backdrop_path", "genre_ids", "id", "original_language", "overview", "popularity", "poster_path",
          "vote_average", "vote_count"}  # fmt: skip
KEYS = {
    "movie": SHARED | {"original_title", "release_date", "title", "video"},
    "tv": SHARED | {"first_air_date", "name", "origin_country", "original_name"},
}
SPRING = {"primary_release_date.gte": "2025-03-01", "primary_release_date.lte": "2025-05-31"}
CRIME, DRAMA, WAR, WAR_AND_POLITICS = 80, 18, 10752, 10768


def ids(media_type: str, name: str, day: date) -> list[int]:
    return [place.title.title_id for place in lists.places(WORLD, media_type, name, day)[:40]]


def discovered(tmdb: Tmdb, media_type: str = "movie", **params: Any) -> list[dict[str, Any]]:
    return tmdb.pages(f"/discover/{media_type}", 500, **params)


def refused(standin: Standin, path: str, params: dict[str, Any]) -> tuple[int, int, str]:
    answer = ask(standin, path, params)
    return answer.status_code, answer.json()["status_code"], answer.json()["status_message"]


@pytest.mark.parametrize(("media_type", "name"), EVERY_LIST)
def test_a_list_has_the_keys_of_recorded_ones_and_does_not_say_its_medium(standin: Standin, media_type: str, name: str):
    body = ask(standin, f"/{media_type}/{name}").json()
    dates = {"dates"} if name in lists.DATES else set()
    assert body.keys() == {"page", "results", "total_pages", "total_results"} | dates
    assert [item.keys() for item in body["results"]] == [KEYS[media_type]] * 20


@pytest.mark.parametrize(("media_type", "name"), EVERY_LIST)
def test_a_list_is_another_one_tomorrow(media_type: str, name: str):
    assert ids(media_type, name, DAY) != ids(media_type, name, DAY + timedelta(days=1))


def test_in_a_quarter_of_the_list_days_a_title_stands_on_both_sides_of_a_page_border():
    days = [DAY + timedelta(days=number) for number in range(8)]
    each = [ids(*one, day) for one in EVERY_LIST for day in days]
    twice = [listed for listed in each if len(set(listed)) < 40]
    assert 0.15 < len(twice) / len(each) < 0.35
    assert all(listed[19] == listed[20] and len(set(listed)) == 39 for listed in twice)


@pytest.mark.parametrize("name", ["now_playing", "upcoming"])
def test_what_is_in_the_cinemas_lies_between_the_dates_that_the_list_tells(standin: Standin, quick: Quick, name: str):
    dates = ask(standin, f"/movie/{name}").json()["dates"]
    with Tmdb(quick(standin.base_url)) as tmdb:
        released = [item["release_date"] for item in tmdb.pages(f"/movie/{name}", 500)]
    assert len(released) > 40
    assert all(dates["minimum"] <= day <= dates["maximum"] for day in filter(None, released))


def test_what_is_on_today_is_on_this_week(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        today, week = (
            {item["id"] for item in tmdb.pages(f"/tv/{name}", 500)} for name in ("airing_today", "on_the_air")
        )
    assert today < week


def test_a_list_that_the_medium_does_not_have_is_unknown(standin: Standin):
    paths = ("/movie/airing_today", "/tv/upcoming", "/movie/trending_day")
    assert [ask(standin, path).status_code for path in paths] == [404] * 3


def test_a_discovery_finds_exactly_what_its_totals_promise(standin: Standin, quick: Quick):
    body = ask(standin, "/discover/movie", {"with_genres": CRIME, **SPRING}).json()
    with Tmdb(quick(standin.base_url)) as tmdb:
        found = discovered(tmdb, with_genres=CRIME, **SPRING)
    wanted = {
        title.title_id
        for title in known(WORLD, "movie", DAY)
        if CRIME in title.genre_ids and date(2025, 3, 1) <= title.released <= date(2025, 5, 31) and title.is_dated
    }
    assert {item["id"] for item in found} == wanted
    assert (body["total_results"], body["total_pages"]) == (len(found), -(-len(found) // 20))
    assert [item.keys() for item in found] == [KEYS["movie"]] * len(found)


def test_a_comma_between_genres_means_both_and_a_bar_means_either(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        crime, drama, both, either = (
            {item["id"] for item in discovered(tmdb, with_genres=genres, **SPRING)}
            for genres in (CRIME, DRAMA, f"{CRIME},{DRAMA}", f"{CRIME}|{DRAMA}")
        )
    assert both == crime & drama != set()
    assert either == crime | drama


@pytest.mark.parametrize(
    ("media_type", "key", "genre"), [("movie", "primary_release_date", WAR), ("tv", "first_air_date", WAR_AND_POLITICS)]
)
def test_a_discovery_is_sorted_as_it_is_asked_for(
    standin: Standin, quick: Quick, media_type: str, key: str, genre: int
):
    asked = {"with_genres": genre, f"{key}.gte": "2000-01-01"}
    with Tmdb(quick(standin.base_url)) as tmdb:
        oldest, newest, known_least, known_best = (
            discovered(tmdb, media_type, sort_by=order, **asked)
            for order in (f"{key}.asc", f"{key}.desc", "popularity.asc", "popularity.desc")
        )
    dates = [item[key.removeprefix("primary_")] for item in oldest]
    assert len(dates) > 20
    assert dates == sorted(dates)
    assert [item[key.removeprefix("primary_")] for item in newest] == dates[::-1]
    scores = [item["popularity"] for item in known_best]
    assert [item["popularity"] for item in known_least] == scores[::-1]
    assert all(before >= after - 0.5 for before, after in pairwise(scores))  # one that comes as an int is rounded


def test_titles_without_a_date_are_in_no_window_of_dates(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        every = discovered(tmdb, with_genres=CRIME)
        dated = discovered(tmdb, with_genres=CRIME, **{"primary_release_date.gte": "1800-01-01"})
    assert [item for item in every if item["release_date"]] == dated
    assert len(dated) < len(every)


def test_one_day_can_hold_more_than_can_be_paged_through():
    day = {"primary_release_date.gte": "2025-05-05", "primary_release_date.lte": "2025-05-05", "with_genres": CRIME}
    with Standin(titles=600, crowd=(date(2025, 5, 5), 10_001), today=lambda: DAY) as crowded:
        body, last = ask(crowded, "/discover/movie", day).json(), ask(crowded, "/discover/movie", day | {"page": 500})
        beyond = refused(crowded, "/discover/movie", day | {"page": 501})
        before = ask(crowded, "/discover/movie", day | {"primary_release_date.lte": "2025-05-04"}).json()
    assert (body["total_results"], body["total_pages"]) == (10_001, 501)
    assert len(last.json()["results"]) == 20
    assert beyond[:2] == (400, 22)
    assert (before["total_results"], before["results"]) == (0, [])


@pytest.mark.parametrize("params", [{"with_genres": "crime"}, {"primary_release_date.gte": "2025"}])
def test_parameters_that_cannot_be_read_are_refused(standin: Standin, params: dict[str, str]):
    said = "Invalid parameters: Your request parameters are incorrect."
    assert refused(standin, "/discover/movie", params) == (422, 5, said)


def test_changes_are_those_of_the_last_day_a_hundred_a_page(standin: Standin, quick: Quick):
    first = ask(standin, "/movie/changes").json()
    with Tmdb(quick(standin.base_url)) as tmdb:
        last_day = tmdb.pages("/movie/changes", 500)
        same = tmdb.pages("/movie/changes", 500, start_date="2026-01-20", end_date="2026-01-21")
        fortnight = tmdb.pages("/movie/changes", 500, start_date="2026-01-07", end_date="2026-01-21")
    assert len(first["results"]) == 100
    assert (first["total_results"], first["total_pages"]) == (len(last_day), -(-len(last_day) // 100))
    assert last_day == same
    assert {item["id"] for item in last_day} < {item["id"] for item in fortnight}


def test_one_change_in_fifty_is_of_a_title_that_is_gone(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        changes = tmdb.pages("/tv/changes", 500, start_date="2026-01-07", end_date="2026-01-21")
    gone = [item["id"] for item in changes if item["adult"] is None]
    assert {str(item["adult"]) for item in changes} == {"None", "False"}
    assert 0.01 < len(gone) / len(changes) < 0.04
    assert {ask(standin, f"/tv/{title_id}").status_code for title_id in gone} == {404}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"start_date": "2026-01-06", "end_date": "2026-01-21"},
         (422, 20, "Invalid date range: Should be a range no longer than 14 days.")),
        ({"start_date": "yesterday"}, (400, 23, "Invalid date: Format needs to be YYYY-MM-DD.")),
        ({"end_date": "2026-02-30"}, (400, 23, "Invalid date: Format needs to be YYYY-MM-DD.")),
        ({"page": "501"},
         (400, 22, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.")),
    ],
)  # fmt: skip
def test_changes_that_cannot_be_asked_for_are_refused_in_tmdb_s_words(standin: Standin, params, said):
    assert refused(standin, "/movie/changes", params) == said


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_every_genre_of_a_title_is_in_the_list_of_genres(standin: Standin, media_type: str):
    genres = {genre["id"] for genre in ask(standin, f"/genre/{media_type}/list").json()["genres"]}
    assert {genre for title in by_id(WORLD, media_type).values() for genre in title.genre_ids} == genres
