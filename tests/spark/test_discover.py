"""bronze -> silver.discover_event: what is accepted, what is refused and with which reason."""

from datetime import date

from lakehouse.contracts.discover import DISCOVER_EVENT
from tests.spark.messages import Messages

DISCOVER = Messages(
    DISCOVER_EVENT,
    {
        "event_type": "discover",
        "event_id": "e1",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T00:00:00.000Z",
        "genre_id": 80,
        "window_first_date": "1995-01-01",
        "window_last_date": "1999-12-31",
        "media_type": "movie",
        "movie_id": 603,
        "title": "The Matrix",
        "popularity": 93.5,
        "vote_average": 8.2,
        "vote_count": 27_000,
        "adult": False,
        "release_date": "1999-03-31",
        "original_language": "en",
        "raw": {"id": 603, "overview": None},
    },
)


def test_an_event_tells_the_genre_and_the_window_that_found_the_title(spark):
    (found,) = DISCOVER.verdicts(spark, DISCOVER.event())
    assert (found["reason"], found["genre_id"], found["event_date"]) == (None, 80, date(2026, 1, 21))
    assert (found["window_first_date"], found["window_last_date"]) == (date(1995, 1, 1), date(1999, 12, 31))


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    own = {
        "no genre": (DISCOVER.event(genre_id=None), "missing", "genre_id"),
        "genre 0": (DISCOVER.event(genre_id=0), "out_of_bounds", "genre_id"),
        "a genre of letters": (DISCOVER.event(genre_id="Crime"), "not_an_integer", "genre_id"),
        "no window": (DISCOVER.event(window_first_date=...), "missing", "window_first_date"),
        "a window of words": (DISCOVER.event(window_last_date="the nineties"), "not_a_date", "window_last_date"),
    }
    cases = DISCOVER.refused() | own
    assert DISCOVER.reasons(spark, cases) == cases


def test_real_quirks_are_not_refused(spark):
    own = {"a title of 1900": (DISCOVER.event(release_date="1900-12-31"), "release_date", date(1900, 12, 31))}
    cases = DISCOVER.accepted() | own
    assert DISCOVER.values(spark, cases) == cases
