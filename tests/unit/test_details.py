"""Which titles to ask for: by their IMDb ids, and those that TMDb changed."""

import logging
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest

from apps.tmdb_standin.server import Standin
from producers.details import LONGEST_CHANGES, asked_through, by_imdb_id, changed, note_asked_through
from producers.sources import title
from tests.unit.conftest import DAY, Answering, Quick, ask

FAST = {"requests_per_second": 2000}
FIRST = DAY - timedelta(days=40)


def named(standin: Standin, media_type: str) -> tuple[str, int]:
    """The IMDb and the TMDb id of some title that has both."""
    items = ask(standin, f"/discover/{media_type}").json()["results"]
    bodies = [ask(standin, f"/{media_type}/{one['id']}", {"append_to_response": "external_ids"}) for one in items]
    known = [body.json() for body in bodies if body.ok]
    return next((one["external_ids"]["imdb_id"], one["id"]) for one in known if one["external_ids"]["imdb_id"])


def windows(standin: Standin) -> list[tuple[date, date]]:
    """First and last day of every window of changes that was asked for, once each, in order."""
    asked = [one.query for one in standin.requests]
    found = [(date.fromisoformat(one["start_date"]), date.fromisoformat(one["end_date"])) for one in asked]
    return list(dict.fromkeys(found))


def test_an_imdb_id_is_a_movie_a_series_or_nothing(standin: Standin, quick: Quick):
    (movie_name, movie), (series_name, series) = named(standin, "movie"), named(standin, "tv")
    found = by_imdb_id(quick(standin.base_url, **FAST), [movie_name, "tt99999999999", series_name])
    assert list(found) == [(movie_name, ("movie", movie)), ("tt99999999999", None), (series_name, ("tv", series))]


def test_an_imdb_id_of_a_person_or_of_an_old_shape_is_no_title(quick: Quick, answering: Answering):
    with answering(b'{"movie_results": [], "person_results": [{"id": 1}], "tv_results": null}') as url:
        assert list(by_imdb_id(quick(url), ["nm0000001"])) == [("nm0000001", None)]


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_changes_are_asked_for_by_windows_of_14_days_that_cover_every_day_once(
    standin: Standin, quick: Quick, media_type: str
):
    found = set(changed(quick(standin.base_url, **FAST), media_type, FIRST, DAY))
    asked = windows(standin)
    assert {one.path for one in standin.requests} == {f"/3/{media_type}/changes"}
    assert all(last - first <= LONGEST_CHANGES == timedelta(days=14) for first, last in asked)
    assert (asked[0][0], asked[-1][1], len(asked)) == (FIRST, DAY, 3)
    assert all(later[0] == earlier[1] + timedelta(days=1) for earlier, later in pairwise(asked))
    assert found == {number for first, last in asked for number in everything(standin, media_type, first, last)}


def everything(standin: Standin, media_type: str, first: date, last: date) -> dict[int, bool | None]:
    """Each changed id of a window, with whether it is for adults."""
    found, page, pages = {}, 1, 1
    while page <= pages:
        body = ask(standin, f"/{media_type}/changes", {"start_date": first, "end_date": last, "page": page}).json()
        found |= {item["id"]: item["adult"] for item in body["results"]}
        page, pages = page + 1, body["total_pages"]
    return found


def test_a_deleted_title_whose_adult_is_null_is_a_changed_one_too(standin: Standin, quick: Quick):
    gone = {number for number, is_adult in everything(standin, "movie", DAY, DAY).items() if is_adult is None}
    assert gone
    assert gone <= set(changed(quick(standin.base_url, **FAST), "movie", DAY, DAY))


def test_no_day_is_no_request(standin: Standin, quick: Quick):
    assert list(changed(quick(standin.base_url), "movie", DAY + timedelta(days=1), DAY)) == []
    assert standin.requests == []


def test_a_day_with_more_changes_than_tmdb_serves_is_named_and_gives_those_that_it_serves(
    quick: Quick, answering: Answering, caplog: pytest.LogCaptureFixture
):
    body = b'{"results": [{"id": 5, "adult": null}, {"id": null}, {}], "total_pages": 501, "total_results": 50001}'
    with answering(body) as url, caplog.at_level(logging.WARNING, "producers.details"):
        found = list(islice(changed(quick(url, **FAST), "movie", DAY, DAY), 3))
    assert found == [5, 5, 5]
    (said,) = [record.getMessage() for record in caplog.records if record.name == "producers.details"]
    assert said.startswith("/movie/changes of 2026-01-21 has 2501 pages, of which TMDb serves 500")


def test_the_last_followed_day_is_remembered(quick: Quick):
    here = quick("http://127.0.0.1:1/3")
    assert asked_through(here, title) is None
    for day in (DAY, DAY + timedelta(days=3)):
        note_asked_through(here, title, day)
        assert asked_through(here, title) == day
