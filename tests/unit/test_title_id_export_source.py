"""Lines of daily id files -> events."""

from datetime import UTC, date, datetime

from producers.sources import Listing, title_id_export

AT = datetime(2026, 1, 21, 8, tzinfo=UTC)
MOVIES = title_id_export.listing("movie", date(2026, 1, 21))
SERIES = title_id_export.listing("tv", date(2026, 1, 21))


def ids(title_id: int, listed: Listing = MOVIES, at: datetime = AT) -> str:
    (event,) = title_id_export.events([{"id": title_id}], listed, at)
    return event["event_id"]


def test_a_file_is_named_for_its_medium_and_its_american_day():
    assert Listing("movie_ids_01_21_2026.json.gz", "id_export", "movie") == MOVIES
    assert Listing("tv_series_ids_01_21_2026.json.gz", "id_export", "tv") == SERIES


def test_a_line_becomes_an_event_with_its_values_as_they_stand():
    item = {"adult": False, "id": 3924, "original_title": "Blondie", "popularity": 2.4, "video": False}
    assert title_id_export.events([item], MOVIES, AT) == [
        {
            "event_type": "title_id_export",
            "event_id": "7d022d0d829b1bb494928cb0f62b782b",
            "source_date": "2026-01-21",
            "extraction_ts": "2026-01-21T08:00:00.000Z",
            "media_type": "movie",
            "movie_id": 3924,
            "title": None,
            "popularity": 2.4,
            "vote_average": None,
            "vote_count": None,
            "adult": False,
            "release_date": None,
            "original_language": None,
            "raw": item,
        }
    ]


def test_the_id_depends_on_the_day_of_the_file_the_medium_and_the_title():
    assert len({ids(3924), ids(3925), ids(3924, SERIES), ids(3924, at=AT.replace(day=22))}) == 4
    assert ids(3924) == ids(3924)
