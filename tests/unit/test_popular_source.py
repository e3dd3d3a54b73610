"""Items of TMDb's standing lists -> events."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.replay import day_events, day_paths, read_day
from producers.sources import popular, trending

REAL_DAYS = Path(__file__).parents[2].parent / "shared" / "data" / "tmdb" / "days"
POLLED_AT = datetime(2026, 1, 21, 7, tzinfo=UTC)


def test_four_lists_of_each_medium_are_polled():
    asked = [(listed.path, listed.list_name, listed.recorded) for listed in popular.LISTS]
    assert asked == [
        ("/movie/popular", "popular", ("movies", "popular")),
        ("/movie/top_rated", "top_rated", ("movies", "top_rated")),
        ("/movie/now_playing", "now_playing", ("movies", "now_playing")),
        ("/movie/upcoming", "upcoming", ("movies", "upcoming")),
        ("/tv/popular", "popular", ("tv", "popular")),
        ("/tv/top_rated", "top_rated", ("tv", "top_rated")),
        ("/tv/airing_today", "airing_today", ("tv", "airing_today")),
        ("/tv/on_the_air", "on_the_air", ("tv", "on_the_air")),
    ]


def test_a_place_has_its_list_its_rank_and_its_values_as_served():
    item = {"id": 1396, "name": "Breaking Bad", "first_air_date": "2008-01-20", "popularity": 7, "adult": False}
    events = popular.events([{"id": 1}, item], popular.LISTS[4], POLLED_AT)
    assert events[1] == {
        "event_type": "popular",
        "event_id": events[1]["event_id"],
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T07:00:00.000Z",
        "list_name": "popular",
        "media_type": "tv",
        "rank": 2,
        "movie_id": 1396,
        "title": "Breaking Bad",
        "popularity": 7,
        "vote_average": None,
        "vote_count": None,
        "adult": False,
        "release_date": "2008-01-20",
        "original_language": None,
        "raw": item,
    }


def test_the_same_title_is_another_event_in_another_list_medium_or_poll():
    later = POLLED_AT.replace(hour=8)
    polls = [(listed, POLLED_AT) for listed in popular.LISTS] + [(popular.LISTS[0], later), (trending.LISTS[0], later)]
    ids = [popular.events([{"id": 603}], listed, at)[0]["event_id"] for listed, at in polls]
    assert len(set(ids)) == len(polls)


@pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=f"the recorded days are not at {REAL_DAYS}")
def test_the_popular_lists_of_the_recorded_days_hold_2400_places_10_of_them_second_ones():
    read = [read_day(path, popular) for path in day_paths(REAL_DAYS)]
    events = [one for day in read for one in day_events(day, popular) if one["list_name"] == "popular"]
    assert Counter(one["media_type"] for one in events) == {"movie": 1200, "tv": 1200}
    assert len(events) - len({one["event_id"] for one in events}) == 10
