"""bronze -> silver.popular_event: what is accepted, what is refused and with which reason."""

import pytest

from lakehouse.contracts.popular import POPULAR_EVENT
from tests.spark.messages import Messages

POPULAR = Messages(
    POPULAR_EVENT,
    {
        "event_type": "popular",
        "event_id": "e1",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T10:00:00.000Z",
        "list_name": "popular",
        "media_type": "movie",
        "rank": 1,
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


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    own = {
        "a list of another family": (POPULAR.event(list_name="trending_day"), "unknown_value", "list_name"),
        "rank 0": (POPULAR.event(rank=0), "out_of_bounds", "rank"),
    }
    cases = POPULAR.refused() | own
    assert POPULAR.reasons(spark, cases) == cases


def test_real_quirks_are_not_refused(spark):
    cases = POPULAR.accepted()
    assert POPULAR.values(spark, cases) == cases


@pytest.mark.parametrize("name", ["popular", "top_rated", "now_playing", "upcoming", "airing_today", "on_the_air"])
def test_every_standing_list_is_known(spark, name):
    (found,) = POPULAR.verdicts(spark, POPULAR.event(list_name=name), columns=("reason", "list_name"))
    assert found == {"reason": None, "list_name": name}
