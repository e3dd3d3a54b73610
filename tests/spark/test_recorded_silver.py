"""Real recorded bodies -> silver: every one of them becomes rows, or a reject with its reason; none is an exception."""

from collections import Counter

import pytest

from batch.silver import title
from lakehouse import contracts
from lakehouse.contracts.title import TITLE_EVENT
from producers.ledger import encoded
from tests.builders import rows
from tests.recorded import ABSENT, REAL, recorded_events
from tests.spark.messages import Messages

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=ABSENT)

EXPECTED = {
    "trending": {("/trending/movie/day", None, None): 20, ("/trending/tv/day", None, None): 20},
    "popular": {
        ("/movie/popular", None, None): 80,
        ("/movie/top_rated", None, None): 180,
        ("/movie/now_playing", None, None): 100,
        ("/movie/upcoming", None, None): 160,
        ("/tv/popular", None, None): 40,
        ("/tv/top_rated", None, None): 40,
        ("/tv/airing_today", None, None): 20,
        ("/tv/on_the_air", None, None): 20,
    },
    "discover": {("/discover/movie", None, None): 732, ("/discover/tv", None, None): 20},
    # The one that is refused is the deletion of movie/0, which TMDb answered with 404.
    "title": {
        ("/movie/id", None, None): 83,
        ("/movie/id", "out_of_bounds", "title_id"): 1,
        ("/tv/id", None, None): 16,
    },
}
TABLES = {
    "title_current": 19,
    "title_history": 46,
    "title_genre_current": 46,
    "title_company_current": 53,
    "title_country_current": 22,
    "title_language_current": 26,
    "title_keyword_current": 5,
    "title_credit_current": 270,
}


def verdicts(spark, stem: str) -> list[tuple[str, dict]]:
    """Endpoint and verdict of every recorded event of a stem."""
    (table,) = (one for one in contracts.STREAMED if contracts.stem(one) == stem)
    events = [(endpoint, event) for endpoint, of, event in recorded_events() if of == stem]
    found = Messages(table, {}).verdicts(spark, *[encoded(event) for _, event in events])
    return [(endpoint, one) for (endpoint, _), one in zip(events, found, strict=True)]


@pytest.mark.parametrize("stem", ["trending", "popular", "discover", "title"])
def test_every_recorded_item_becomes_a_row_or_a_reject_with_its_reason(spark, stem):
    found = Counter((endpoint, one["reason"], one["column_name"]) for endpoint, one in verdicts(spark, stem))
    assert found == EXPECTED[stem]


def test_recorded_details_fill_the_tables_of_titles(spark):
    accepted = [one for _, one in verdicts(spark, "title") if one["reason"] is None]
    event = rows(spark, TITLE_EVENT, *accepted)
    current = title.title_current(event)
    made = {
        function.__name__: function(current).count()
        for function in (
            title.title_genre_current, title.title_company_current, title.title_country_current,
            title.title_language_current, title.title_keyword_current, title.title_credit_current,
        )
    }  # fmt: skip
    made |= {"title_current": current.count(), "title_history": title.title_history(event).count()}
    assert made == TABLES
