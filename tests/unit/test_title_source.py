"""Bodies of details -> events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from producers.sources import Listing, title

AT = datetime(2026, 1, 21, 9, 30, tzinfo=UTC)
MOVIE, SERIES = title.listing("movie", 603), title.listing("tv", 1396)


def event(body: dict[str, Any], listed: Listing = MOVIE, at: datetime = AT) -> dict[str, Any]:
    (found,) = title.events([body], listed, at)
    return found


def test_a_movie_is_asked_for_with_its_credits_ids_keywords_and_releases():
    params = {"append_to_response": "credits,external_ids,keywords,release_dates"}
    assert Listing("/movie/603", "details", "movie", params=params) == MOVIE


def test_a_series_is_asked_for_with_the_credits_of_all_its_episodes_and_its_ratings():
    params = {"append_to_response": "aggregate_credits,external_ids,keywords,content_ratings"}
    assert Listing("/tv/1396", "details", "tv", params=params) == SERIES


def test_a_movie_becomes_an_event_with_its_values_as_served():
    twice = [{"id": 6384, "credit_id": "a", "character": "Neo"}, {"id": 6384, "credit_id": "b", "character": ""}]
    body = {
        "id": 603, "title": "The Matrix", "popularity": "93.49", "vote_average": 8, "vote_count": 26000, "adult": False,
        "release_date": "1999-03-30", "original_language": "en", "runtime": 136, "revenue": 2_787_965_087,
        "credits": {"cast": twice, "crew": []}, "belongs_to_collection": None,
    }  # fmt: skip
    assert event(body) == {
        "event_type": "title",
        "event_id": "b9ef4c22f1b085ef3fc4d81b536f7a0d",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T09:30:00.000Z",
        "media_type": "movie",
        "movie_id": 603,
        "title": "The Matrix",
        "popularity": "93.49",
        "vote_average": 8,
        "vote_count": 26000,
        "adult": False,
        "release_date": "1999-03-30",
        "original_language": "en",
        "raw": body,
        "is_deleted": False,
        "runtime": 136,
    }


def test_what_tmdb_does_not_have_is_an_event_without_values_that_says_so():
    assert title.deleted(1396, SERIES, AT) == {
        "event_type": "title",
        "event_id": event({"id": 1396}, SERIES)["event_id"],
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T09:30:00.000Z",
        "media_type": "tv",
        "movie_id": 1396,
        "title": None,
        "popularity": None,
        "vote_average": None,
        "vote_count": None,
        "adult": None,
        "release_date": None,
        "original_language": None,
        "raw": None,
        "is_deleted": True,
        "runtime": None,
    }


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        ({"runtime": 136}, 136),
        ({"runtime": 0}, 0),
        ({"runtime": "136"}, "136"),
        ({"runtime": None}, None),
        ({}, None),
        ({"episode_run_time": [47, 45]}, 47),
        ({"episode_run_time": []}, None),
        ({"episode_run_time": None}, None),
        ({"episode_run_time": 47}, None),
        ({"runtime": None, "episode_run_time": [47]}, 47),
    ],
)
def test_minutes_are_the_film_s_as_served_or_the_first_of_the_series_usual_ones(body: dict[str, Any], minutes: Any):
    assert event({"id": 1} | body)["runtime"] == minutes


def test_the_id_depends_on_the_time_of_the_run_the_medium_and_the_title_alone():
    later = AT.replace(minute=31)
    found = [event({"id": 603}), event({"id": 604}), event({"id": 603}, SERIES), event({"id": 603}, at=later)]
    assert len({one["event_id"] for one in found}) == 4
    assert event({"id": 603, "title": "The Matrix"})["event_id"] == found[0]["event_id"]
