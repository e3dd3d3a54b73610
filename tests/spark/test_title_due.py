"""Which titles' details are due: held ones that changed, those kept too long, those that were never fetched."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

import flows
from batch import title
from batch.title import Holdings
from flows.refresh import due
from lakehouse import delta
from lakehouse.contracts.imdb import IMDB_TITLE
from lakehouse.contracts.title import TITLE_CURRENT, TITLE_EVENT
from lakehouse.contracts.title_id_export import TITLE_ID_EXPORT
from tests.builders import row, rows

NOW = datetime(2026, 7, 31, 6, tzinfo=UTC)
LONG_AGO, LATELY = datetime(2026, 1, 21, tzinfo=UTC), datetime(2026, 7, 30, tzinfo=UTC)
HALF_A_YEAR_AGO = datetime(2026, 2, 1, tzinfo=UTC)


def write(spark, table, *given: dict[str, Any]) -> None:
    delta.append(rows(spark, table, *[row(table, **one) for one in given]), table.name, metadata={})


def named(number: int, *, day: date = date(2026, 7, 30), **values: Any) -> dict[str, Any]:
    return {"event_id": f"{day}-{number}", "event_date": day, "title_id": number, **values}


@pytest.fixture
def lake_of_titles(spark, lake):
    """603 and tv/1396 are held, the one for long; 5 was deleted; 7, 8 and tv/9 were never asked for."""
    write(
        spark, TITLE_CURRENT,
        {"title_id": 603, "fetched_at": LONG_AGO}, {"title_id": 1396, "media_type": "tv", "fetched_at": LATELY},
    )  # fmt: skip
    write(
        spark, TITLE_EVENT,
        {"event_id": "a", "title_id": 603}, {"event_id": "b", "title_id": 1396, "media_type": "tv"},
        {"event_id": "c", "title_id": 5, "is_deleted": True},
    )  # fmt: skip
    write(
        spark, TITLE_ID_EXPORT,
        named(603), named(5, popularity=99.0), named(7, popularity=1.0), named(8, popularity=2.0),
        named(9, media_type="tv"), named(11, day=date(2026, 7, 29), popularity=50.0),
    )  # fmt: skip
    return spark


@pytest.mark.stems("title", "title_id_export")
def test_what_is_due_is_what_changed_is_old_or_was_never_fetched(lake_of_titles):
    spark = lake_of_titles
    assert title.held(spark, [("movie", 603), ("movie", 1396), ("tv", 1396), ("tv", 1396)]) == [
        ("movie", 603), ("tv", 1396),
    ]  # fmt: skip
    assert title.held(spark, []) == []
    assert title.stale(spark, HALF_A_YEAR_AGO) == [("movie", 603)]
    # Most popular first; not what was asked for and deleted, and not what only an older file names.
    assert title.missing(spark, 10) == [("movie", 8), ("movie", 7), ("tv", 9)]
    assert title.missing(spark, 1) == [("movie", 8)]
    assert title.holdings(spark, HALF_A_YEAR_AGO) == [
        Holdings("movie", 1, LONG_AGO.replace(tzinfo=None), 1, 2), Holdings("tv", 1, LATELY.replace(tzinfo=None), 0, 1),
    ]  # fmt: skip
    with flows.on(spark):
        assert due(NOW, changed=False, missing=1) == [("movie", 603), ("movie", 8)]


@pytest.mark.stems("title", "imdb")
def test_of_imdb_the_films_and_series_with_the_most_votes_that_no_fetched_title_has_are_due(spark, lake):
    def imdb(number: int, title_type: str | None = "movie", votes: int | None = None, **values: Any) -> dict[str, Any]:
        return {"imdb_id": f"tt000000{number}", "title_type": title_type, "imdb_vote_count": votes, **values}

    write(
        spark, IMDB_TITLE,
        imdb(1, votes=9), imdb(2, "tvSeries", 8), imdb(3, "short", 7), imdb(4, None, 10), imdb(5),
        imdb(6, "tvEpisode", 99), imdb(7, None, 99, parent_imdb_id="tt0000002"),
    )  # fmt: skip
    write(
        spark, TITLE_EVENT,
        {"event_id": "a", "imdb_id": "tt0000001"}, {"event_id": "b", "title_id": 2},
    )  # fmt: skip
    assert title.unlinked(spark, 10) == ["tt0000004", "tt0000002", "tt0000005"]
    assert title.unlinked(spark, 1) == ["tt0000004"]
