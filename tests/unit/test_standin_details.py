"""The stand-in's details, finds and id exports: TMDb's shapes, its quirks, and what is gone."""

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import requests

from apps.tmdb_standin.details import details
from apps.tmdb_standin.exports import is_there
from apps.tmdb_standin.server import Standin
from apps.tmdb_standin.titles import World, known, titles
from tests.unit.conftest import DAY, ask

WORLD = World(7)
APPENDED = {
    "movie": {"credits", "external_ids", "keywords", "release_dates"},
    "tv": {"aggregate_credits", "content_ratings", "credits", "external_ids", "keywords"},
}
SHARED = {"adult", "backdrop_path", "genres", "homepage", "id", "origin_country", "original_language", "overview",
          "popularity", "poster_path", "production_companies", "production_countries", "spoken_languages", "status",
          "tagline", "vote_average", "vote_count"}  # fmt: skip
KEYS = {
    "movie": SHARED | {"belongs_to_collection", "budget", "imdb_id", "original_title", "release_date", "revenue",
                       "runtime", "title", "video"},
    "tv": SHARED | {"created_by", "episode_run_time", "first_air_date", "in_production", "languages", "last_air_date",
                    "last_episode_to_air", "name", "networks", "next_episode_to_air", "number_of_episodes",
                    "number_of_seasons", "original_name", "seasons", "type"},
}  # fmt: skip
FOUND = ("movie_results", "person_results", "tv_results", "tv_episode_results", "tv_season_results")


def everything(media_type: str, count: int = 600, *, appended: bool = True) -> list[dict[str, Any]]:
    """The details of the first so many titles that are there."""
    asked = frozenset(APPENDED[media_type]) if appended else frozenset()
    ids = [title.title_id for title in known(WORLD, media_type, DAY)[:count]]
    return [body for body in (details(WORLD, media_type, each, DAY, asked) for each in ids) if body]


def gone(media_type: str) -> list[int]:
    return [title.title_id for title in known(WORLD, media_type, DAY) if title.is_gone]


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_details_have_the_keys_of_recorded_ones_and_the_numbers_of_the_lists(standin: Standin, media_type: str):
    listed = {item["id"]: item for item in ask(standin, f"/{media_type}/popular").json()["results"]}
    for title_id in listed.keys() - set(gone(media_type)):
        body = ask(standin, f"/{media_type}/{title_id}").json()
        same = listed[title_id].keys() - {"genre_ids"}
        assert body.keys() == KEYS[media_type]
        assert {name: body[name] for name in same} == {name: listed[title_id][name] for name in same}
        assert [genre["id"] for genre in body["genres"]] == listed[title_id]["genre_ids"]


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_only_what_is_asked_for_and_known_is_appended(standin: Standin, media_type: str):
    title_id = everything(media_type, 9)[0]["id"]
    every = ",".join(sorted(APPENDED[media_type]))
    full = ask(standin, f"/{media_type}/{title_id}", {"append_to_response": every}).json()
    some = ask(standin, f"/{media_type}/{title_id}", {"append_to_response": "credits,horoscope,keywords"}).json()
    assert full.keys() == KEYS[media_type] | APPENDED[media_type]
    assert some == {name: full[name] for name in KEYS[media_type] | {"credits", "keywords"}}


def test_keywords_lie_elsewhere_for_a_series_than_for_a_movie():
    movie, series = everything("movie", 9)[0], everything("tv", 9)[0]
    assert (list(movie["keywords"]), list(series["keywords"])) == (["keywords"], ["results"])


def test_twenty_may_be_appended_and_no_more(standin: Standin):
    path = f"/movie/{everything('movie', 9)[0]['id']}"
    answers = [ask(standin, path, {"append_to_response": ",".join(["credits"] * count)}) for count in (20, 21)]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json() == {
        "success": False,
        "status_code": 27,
        "status_message": "Too many append to response objects: The maximum number of remote calls is 20.",
    }


def test_an_id_that_nobody_has_is_not_found(standin: Standin):
    later = next(title.title_id for title in titles(WORLD, "movie") if title.released > date(2027, 1, 1))
    answers = [ask(standin, path) for path in ("/movie/0", "/tv/1", f"/movie/{later}", "/movie/latest")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json() == {
        "success": False,
        "status_code": 34,
        "status_message": "The resource you requested could not be found.",
    }


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_one_title_in_a_hundred_is_listed_and_gone(standin: Standin, media_type: str):
    share = len(gone(media_type)) / len(known(WORLD, media_type, DAY))
    assert 0.005 < share < 0.015
    assert {ask(standin, f"/{media_type}/{title_id}").status_code for title_id in gone(media_type)[:5]} == {404}


def test_what_tmdb_does_not_know_of_a_movie_is_zero_null_or_empty():
    movies = everything("movie", 3000, appended=False)
    share = {name: sum(not movie[name] for movie in movies) / len(movies) for name in KEYS["movie"]}
    assert 0.4 < share["budget"] < 0.5
    assert 0.4 < share["revenue"] < 0.6
    assert 0.01 < share["runtime"] < 0.05
    assert share["belongs_to_collection"] > 0.8
    assert {None, ""} < {movie["imdb_id"] for movie in movies}
    assert any(movie["revenue"] > 2**31 for movie in movies)
    assert any(0 < movie["budget"] < 1000 for movie in movies)
    assert 30 < len({company["id"] for movie in movies for company in movie["production_companies"]}) <= 60


def test_a_credit_stands_once_though_its_person_may_stand_twice():
    shown = [movie["credits"] for movie in everything("movie")]
    ids = [credit["credit_id"] for each in shown for credit in each["cast"] + each["crew"]]
    casts = [[actor["id"] for actor in each["cast"]] for each in shown]
    assert len(ids) == len(set(ids))
    assert {len(cast) for cast in casts} <= set(range(3, 26))
    assert any(len(set(cast)) < len(cast) for cast in casts)
    assert any({*cast} & {one["id"] for one in each["crew"]} for cast, each in zip(casts, shown, strict=True))
    assert all({"Director", "Writer", "Producer"} <= {one["job"] for one in each["crew"]} for each in shown)
    assert len({person for cast in casts for person in cast}) > 1500


def test_aggregate_credits_hold_the_same_credits_inside_roles_and_jobs():
    for series in everything("tv", 200):
        credits, aggregate = series["credits"], series["aggregate_credits"]
        roles = [role["credit_id"] for person in aggregate["cast"] for role in person["roles"]]
        jobs = [job["credit_id"] for person in aggregate["crew"] for job in person["jobs"]]
        assert sorted(roles) == sorted(credit["credit_id"] for credit in credits["cast"])
        assert sorted(jobs) == sorted(credit["credit_id"] for credit in credits["crew"])
        assert not any("credit_id" in person for person in aggregate["cast"] + aggregate["crew"])


def test_the_seasons_of_a_series_agree_with_its_episodes():
    shows = everything("tv", appended=False)
    for series in shows:
        seasons = [season for season in series["seasons"] if season["season_number"]]
        last, following = series["last_episode_to_air"], series["next_episode_to_air"]
        assert [season["season_number"] for season in seasons] == list(range(1, series["number_of_seasons"] + 1))
        assert sum(season["episode_count"] for season in seasons) == series["number_of_episodes"]
        assert series["in_production"] == (following is not None) == (series["status"] == "Returning Series")
        assert series["last_air_date"] == (last["air_date"] if last else None)
        assert (last["air_date"] if last else "") <= str(DAY) < (following["air_date"] if following else "3000")
    assert 0 < sum(series["seasons"][0]["season_number"] == 0 for series in shows if series["seasons"]) < len(shows)


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_a_title_is_found_by_its_imdb_id(standin: Standin, media_type: str):
    body = next(each for each in everything(media_type, 30) if each["external_ids"]["imdb_id"])
    found = ask(standin, f"/find/{body['external_ids']['imdb_id']}", {"external_source": "imdb_id"}).json()
    (item,) = found.pop(f"{media_type}_results")
    assert (item["id"], item["media_type"], item["popularity"]) == (body["id"], media_type, body["popularity"])
    assert found == {name: [] for name in FOUND if name != f"{media_type}_results"}


@pytest.mark.parametrize("imdb_id", ["tt0000001", "tt99999999999", "nm0000001", "x"])
def test_a_find_that_finds_nothing_is_five_empty_lists(standin: Standin, imdb_id: str):
    answer = ask(standin, f"/find/{imdb_id}", {"external_source": "imdb_id"})
    assert (answer.status_code, answer.json()) == (200, {name: [] for name in FOUND})


def test_an_export_names_every_title_that_is_known_on_its_day_gone_or_not(standin: Standin):
    names = ("movie_ids_01_20_2026", "tv_series_ids_01_20_2026")
    answers = [requests.get(f"{standin.exports_url}/{name}.json.gz", timeout=20) for name in names]
    movies, series = ([json.loads(line) for line in gzip.decompress(each.content).splitlines()] for each in answers)
    day = date(2026, 1, 20)
    assert [line["id"] for line in movies] == [title.title_id for title in known(WORLD, "movie", day)]
    assert [line["id"] for line in series] == [title.title_id for title in known(WORLD, "tv", day)]
    assert {*movies[0]} == {"adult", "id", "original_title", "popularity", "video"}
    assert {*series[0]} == {"id", "original_name", "popularity"}
    assert {line["id"] for line in movies} > {title.title_id for title in known(WORLD, "movie", day) if title.is_gone}


@pytest.mark.parametrize(
    ("day", "now", "there"),
    [
        (date(2026, 1, 21), datetime(2026, 1, 21, 7, 59, tzinfo=UTC), False),
        (date(2026, 1, 21), datetime(2026, 1, 21, 8, 0, tzinfo=UTC), True),
        (date(2026, 1, 20), datetime(2026, 1, 21, 0, 0, tzinfo=UTC), True),
        (date(2026, 1, 22), datetime(2026, 1, 21, 12, 0, tzinfo=UTC), False),
        (date(2025, 10, 23), datetime(2026, 1, 21, 12, 0, tzinfo=UTC), True),
        (date(2025, 10, 22), datetime(2026, 1, 21, 12, 0, tzinfo=UTC), False),
    ],
)
def test_an_export_is_there_from_eight_o_clock_and_for_90_days(day: date, now: datetime, there: bool):
    assert is_there(day, now) == there


def test_an_export_that_is_not_there_is_refused_as_s3_does():
    with Standin(now=lambda: datetime(2026, 1, 21, 7, tzinfo=UTC)) as early:
        names = ("movie_ids_01_20_2026.json.gz", "movie_ids_01_21_2026.json.gz", "movie_ids_13_40_2026.json.gz", "x")
        answers = [requests.get(f"{early.exports_url}/{name}", timeout=20) for name in names]
    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]
    assert answers[1].headers["content-type"].startswith("application/xml")
    assert "<Code>AccessDenied</Code>" in answers[1].text
    assert early.requests == []
