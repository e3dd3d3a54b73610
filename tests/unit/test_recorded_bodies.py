"""Every recorded body of an endpoint that the producers ask, through the function that takes it."""

import json
from collections import Counter
from datetime import date
from itertools import islice

import pytest

from producers.details import by_imdb_id, changed
from tests.recorded import ABSENT, REAL, Exchange, exchanges, place, recorded_events
from tests.unit.conftest import Answering, Quick

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=ABSENT)


def asked(begin: str, *, end: str = "") -> list[Exchange]:
    return [one for one in exchanges() if one.path.startswith(begin) and one.path.endswith(end)]


def test_so_many_bodies_of_each_endpoint_are_recorded():
    found = Counter(endpoint for one in exchanges() if (placed := place(one)) for endpoint in [placed[0]])
    assert found == {
        "/discover/movie": 67, "/discover/tv": 1, "/movie/id": 84, "/tv/id": 16, "/trending/movie/day": 1,
        "/trending/tv/day": 1, "/movie/now_playing": 5, "/movie/popular": 4, "/movie/top_rated": 9,
        "/movie/upcoming": 8, "/tv/airing_today": 1, "/tv/on_the_air": 1, "/tv/popular": 2, "/tv/top_rated": 2,
    }  # fmt: skip


def test_every_item_of_them_becomes_an_event_with_the_item_as_it_was_served():
    found = list(recorded_events())
    stems = Counter(stem for _, stem, _ in found)
    assert stems == {"discover": 752, "popular": 640, "title": 100, "trending": 40}
    assert len({event["event_id"] for _, _, event in found}) == len(found) == 1532
    assert all(event["movie_id"] == event["raw"]["id"] for _, _, event in found if event["raw"])
    assert sum(event["raw"] is None for _, _, event in found) == 1


def test_every_recorded_find_names_a_movie_or_a_series_or_nothing(quick: Quick, answering: Answering):
    titles = []
    for one in asked("/find/"):
        with answering(one.body) as url:
            titles += [found for _, found in by_imdb_id(quick(url), ["tt1"])]
    in_files = [("movie", 19995), None, None, ("tv", 1396), None]  # a person, an episode and a season are no titles
    assert titles == [*in_files, ("movie", 27205), ("tv", 1396)]


def test_every_recorded_list_of_changes_gives_all_its_ids(quick: Quick, answering: Answering):
    counts = []
    for one in (each for medium in ("movie", "tv") for each in asked(f"/{medium}/changes")):
        items = json.loads(one.body)["results"]
        with answering(one.body) as url:
            day = date(2026, 1, 21)
            ids = list(islice(changed(quick(url), one.path.split("/")[1], day, day), len(items)))
        assert ids == [item["id"] for item in items]
        counts.append(len(ids))
    assert counts == [100, 100, 100]
