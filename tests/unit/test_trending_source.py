"""Items of trending lists -> events."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.replay import day_events, day_paths, read_day
from producers.sources import Listing, trending

REAL_DAYS = Path(__file__).parents[2].parent / "shared" / "data" / "tmdb" / "days"
POLLED_AT = datetime(2026, 1, 21, 7, 4, 44, 29_000, tzinfo=UTC)
MOVIE_DAY, MOVIE_WEEK, TV_DAY, TV_WEEK = trending.LISTS


def ids(items: list[dict[str, Any]], *, listed: Listing = MOVIE_DAY, at: datetime = POLLED_AT) -> list[str]:
    return [event["event_id"] for event in trending.events(items, listed, at)]


def test_four_lists_are_polled():
    polled = trending.LISTS
    assert polled == (
        Listing("/trending/movie/day", "trending_day", "movie", ("movies", "trending_day")),
        Listing("/trending/movie/week", "trending_week", "movie", ("movies", "trending_week")),
        Listing("/trending/tv/day", "trending_day", "tv", ("tv", "trending_day")),
        Listing("/trending/tv/week", "trending_week", "tv", ("tv", "trending_week")),
    )


def test_a_movie_becomes_an_event_with_its_values_as_served():
    item = {
        "id": 1306368, "title": "The Rip", "popularity": "566.971", "vote_average": 7, "vote_count": 498,
        "adult": False, "release_date": "", "original_language": "en", "overview": None, "unheard_of": [1],
    }  # fmt: skip
    assert trending.events([item], MOVIE_DAY, POLLED_AT) == [
        {
            "event_type": "trending",
            "event_id": "e090eafbb78479c19bc815f1065b9926",
            "source_date": "2026-01-21",
            "extraction_ts": "2026-01-21T07:04:44.029Z",
            "list_name": "trending_day",
            "media_type": "movie",
            "rank": 1,
            "movie_id": 1306368,
            "title": "The Rip",
            "popularity": "566.971",
            "vote_average": 7,
            "vote_count": 498,
            "adult": False,
            "release_date": "",
            "original_language": "en",
            "raw": item,
        }
    ]


def test_a_series_gives_its_name_and_first_air_date():
    item = {"id": 224372, "name": "A Knight of the Seven Kingdoms", "first_air_date": "2026-01-18"}
    (event,) = trending.events([item], TV_WEEK, POLLED_AT)
    assert (event["title"], event["release_date"]) == ("A Knight of the Seven Kingdoms", "2026-01-18")
    assert (event["list_name"], event["media_type"]) == ("trending_week", "tv")


def test_rank_is_the_place_in_the_joined_list():
    items = [{"id": number} for number in range(1, 42)]
    assert [event["rank"] for event in trending.events(items, MOVIE_DAY, POLLED_AT)] == list(range(1, 42))


def test_a_second_appearance_in_the_list_has_the_same_id():
    first, second = ids([{"id": 603, "popularity": 9.1}, {"id": 603, "popularity": 9.2}])
    assert first == second


def test_another_title_list_medium_or_poll_is_another_event():
    title = [{"id": 603}]
    later = datetime(2026, 1, 21, 7, 4, 44, 30_000, tzinfo=UTC)
    other_lists = ids(title, listed=MOVIE_WEEK) + ids(title, listed=TV_DAY)
    found = [*ids(title), *ids([{"id": 604}]), *other_lists, *ids(title, at=later)]
    assert len(set(found)) == 5


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": "a\x1fb"}, {"id": "\ud800"}, {"id": {"a": [1]}}, {"id": -1}])
def test_an_item_without_a_usable_id_is_sent_all_the_same(item: dict[str, Any]):
    (event,) = trending.events([item], MOVIE_DAY, POLLED_AT)
    assert (event["movie_id"], event["raw"], len(event["event_id"])) == (item.get("id"), item, 32)


def test_the_source_date_is_the_utc_day_of_the_poll():
    at = datetime.fromisoformat("2026-01-21T23:30:00-03:00")
    (event,) = trending.events([{"id": 1}], MOVIE_DAY, at)
    assert (event["source_date"], event["extraction_ts"]) == ("2026-01-22", "2026-01-22T02:30:00.000Z")


@pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=f"the recorded days are not at {REAL_DAYS}")
def test_the_twenty_recorded_days_hold_3200_places_and_3164_events():
    events = [event for path in day_paths(REAL_DAYS) for event in day_events(read_day(path, trending), trending)]
    assert (len(events), len({event["event_id"] for event in events})) == (3200, 3164)


@pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=f"the recorded days are not at {REAL_DAYS}")
def test_a_recorded_day_is_sent_item_by_item_untouched():
    path = day_paths(REAL_DAYS)[0]
    with gzip.open(path) as packed:
        recorded = json.load(packed)
    sent = [event["raw"] for event in day_events(read_day(path, trending), trending)]
    assert sent == [
        *recorded["movies"]["trending_day"], *recorded["movies"]["trending_week"],
        *recorded["tv"]["trending_day"], *recorded["tv"]["trending_week"],
    ]  # fmt: skip
