"""Items of discover lists -> events."""

from datetime import UTC, date, datetime

import pytest

from producers.sources import Listing, discover

AS_OF = datetime(2026, 1, 21, tzinfo=UTC)
FIRST, LAST = date(1995, 1, 1), date(1999, 12, 31)
CRIME = discover.listing("movie", 80, FIRST, LAST)
SERIES = discover.listing("tv", 10768, FIRST, LAST)


def ids(item: dict, listed: Listing = CRIME, at: datetime = AS_OF) -> str:
    (event,) = discover.events([item], listed, at)
    return event["event_id"]


def test_a_window_is_asked_for_by_release_day_and_read_in_their_order():
    params = {
        "with_genres": 80, "primary_release_date.gte": "1995-01-01", "primary_release_date.lte": "1999-12-31",
        "sort_by": "primary_release_date.asc",
    }  # fmt: skip
    assert Listing("/discover/movie", "genre-80", "movie", params=params) == CRIME


def test_a_window_of_series_is_asked_for_by_the_first_day_on_the_air():
    params = {
        "with_genres": 10768, "first_air_date.gte": "1995-01-01", "first_air_date.lte": "1999-12-31",
        "sort_by": "first_air_date.asc",
    }  # fmt: skip
    assert Listing("/discover/tv", "genre-10768", "tv", params=params) == SERIES


def test_a_movie_becomes_an_event_with_its_window_and_its_values_as_served():
    item = {
        "id": 275, "title": "Fargo", "popularity": "18.9", "vote_average": 8, "vote_count": 5000, "adult": False,
        "release_date": "1996-03-08", "original_language": "en", "genre_ids": [80, 18], "softcore": False,
    }  # fmt: skip
    assert discover.events([item], CRIME, AS_OF) == [
        {
            "event_type": "discover",
            "event_id": "57d3b9302739b1c56fa96bc193a7bd57",
            "source_date": "2026-01-21",
            "extraction_ts": "2026-01-21T00:00:00.000Z",
            "media_type": "movie",
            "movie_id": 275,
            "title": "Fargo",
            "popularity": "18.9",
            "vote_average": 8,
            "vote_count": 5000,
            "adult": False,
            "release_date": "1996-03-08",
            "original_language": "en",
            "raw": item,
            "genre_id": 80,
            "window_first_date": "1995-01-01",
            "window_last_date": "1999-12-31",
        }
    ]


def test_a_series_gives_its_name_and_its_first_day():
    (event,) = discover.events([{"id": 1, "name": "Oz", "first_air_date": "1997-07-12"}], SERIES, AS_OF)
    assert (event["title"], event["release_date"], event["genre_id"]) == ("Oz", "1997-07-12", 10768)
    assert (event["window_first_date"], event["window_last_date"]) == ("1995-01-01", "1999-12-31")


def test_the_id_depends_on_the_backfill_the_genre_and_the_title():
    other_genre = discover.listing("movie", 18, FIRST, LAST)
    found = [
        ids({"id": 275}), ids({"id": 276}), ids({"id": 275}, other_genre), ids({"id": 275}, SERIES),
        ids({"id": 275}, at=AS_OF.replace(day=22)),
    ]  # fmt: skip
    assert len(set(found)) == 5


def test_the_same_title_has_the_same_id_in_whatever_part_of_the_window_and_with_whatever_values():
    part = discover.listing("movie", 80, date(1996, 3, 8), date(1996, 3, 8))
    assert ids({"id": 275}) == ids({"id": 275, "vote_count": 9}, part)


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": "a\x1fb"}, {"id": [1]}])
def test_an_item_without_a_usable_id_is_sent_all_the_same(item: dict):
    (event,) = discover.events([item], CRIME, AS_OF)
    assert (event["movie_id"], event["raw"]) == (item.get("id"), item)
