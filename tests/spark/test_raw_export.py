"""bronze -> dated JSON files: which place a message has, in which order, and that slices change nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from batch.raw_export import export, filed, slices
from batch.raw_files import RawFiles
from lakehouse import delta
from lakehouse.contracts import discover, popular, title, title_id_export, trending
from lakehouse.tables import Topic, bronze_table
from producers.ledger import encoded
from producers.sources import Listing
from producers.sources import discover as discover_source
from producers.sources import popular as popular_source
from producers.sources import title as title_source
from producers.sources import title_id_export as title_id_export_source
from producers.sources import trending as trending_source
from tests.builders import row, rows

AT = datetime(2026, 1, 21, 23, 59, tzinfo=UTC)
ARRIVED = datetime(2026, 1, 22, 10, 0, 2, tzinfo=UTC)
FIVE_YEARS = datetime(1900, 1, 1).date(), datetime(1904, 12, 31).date()
PART_OF_A_YEAR = datetime(2020, 1, 1).date(), datetime(2020, 7, 1).date()


def event(source: Any, listed: Listing, **item: Any) -> bytes:
    (one,) = source.events([{"id": 603} | item], listed, AT)
    return encoded(one)


def listed(source: Any, media_type: str, list_name: str) -> Listing:
    return next(one for one in source.LISTS if (one.media_type, one.list_name) == (media_type, list_name))


def bronze(topic: Topic, *values: bytes | None, first: int = 0, at: datetime = ARRIVED) -> list[dict[str, Any]]:
    return [
        row(bronze_table(topic), value=value, offset=offset, topic=topic.name, kafka_at=AT, ingested_at=at)
        for offset, value in enumerate(values, start=first)
    ]


def arrive(spark, topic: Topic, *given: dict[str, Any]) -> None:
    delta.append(rows(spark, bronze_table(topic), *given), topic.bronze, metadata={})


def written(spark, folder: Path, *topics: Topic, **options: Any) -> dict[str, bytes]:
    with RawFiles(folder) as files:
        for topic in topics:
            export(spark, topic, files, **options)
    root = folder / "Raw" / "TMDB" / "JSON"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def places(spark, topic: Topic, *values: bytes | None) -> list[tuple[str, bool]]:
    found = filed(rows(spark, bronze_table(topic), *bronze(topic, *values)), topic).collect()
    return [(one["place"], one["is_event"]) for one in sorted(found, key=lambda one: one["offset"])]


def test_every_source_s_events_lie_by_medium_day_and_what_they_are_of(spark):
    crime = discover_source.listing("movie", 80, *FIVE_YEARS)
    given = {
        trending.TOPIC: event(trending_source, listed(trending_source, "tv", "trending_day")),
        popular.TOPIC: event(popular_source, listed(popular_source, "movie", "top_rated")),
        discover.TOPIC: event(discover_source, crime),
        title.TOPIC: event(title_source, title_source.listing("tv", 603)),
        title_id_export.TOPIC: event(title_id_export_source, title_id_export_source.listing("movie", AT.date())),
    }
    assert [places(spark, topic, value) for topic, value in given.items()] == [
        [("Series/2026/01/21/trending_day", True)],
        [("Movies/2026/01/21/top_rated", True)],
        [("Movies/2026/01/21/genre-80-1900-1904", True)],
        [("Series/2026/01/21/details", True)],
        [("Movies/2026/01/21/id-export", True)],
    ]


@pytest.mark.stems("trending", "popular", "erasure")
def test_several_topics_are_exported_into_one_folder_each_event_as_it_stands_in_bronze(spark, lake, tmp_path):
    given = {
        trending.TOPIC: event(trending_source, listed(trending_source, "tv", "trending_day")),
        popular.TOPIC: event(popular_source, listed(popular_source, "movie", "popular"), title="Amélie 🎬"),
    }
    for topic, value in given.items():
        arrive(spark, topic, *bronze(topic, value, b"{"))
    found = written(spark, tmp_path, *given)
    assert sorted(found) == [
        "Movies/2026/01/21/popular-1.json",
        "Other/2026/01/21/unreadable-movies.trending.daily-1.json",
        "Other/2026/01/21/unreadable-titles.popular.daily-1.json",
        "Series/2026/01/21/trending_day-1.json",
    ]
    assert found["Series/2026/01/21/trending_day-1.json"] == b"[\n" + given[trending.TOPIC] + b"\n]\n"
    assert found["Movies/2026/01/21/popular-1.json"] == b"[\n" + given[popular.TOPIC] + b"\n]\n"


def test_days_that_are_no_whole_years_are_written_as_days(spark):
    values = [event(discover_source, discover_source.listing("tv", 18, *PART_OF_A_YEAR))]
    assert places(spark, discover.TOPIC, *values) == [("Series/2026/01/21/genre-18-2020-01-01-2020-07-01", True)]


def test_a_day_is_that_of_the_event_in_utc(spark):
    given = json.loads(event(trending_source, listed(trending_source, "movie", "trending_week")))
    times = ("2026-01-21T22:30:00-03:00", "2026-01-21T00:00:00.000Z")
    found = places(spark, trending.TOPIC, *[encoded(given | {"extraction_ts": time}) for time in times])
    assert found == [("Movies/2026/01/22/trending_week", True), ("Movies/2026/01/21/trending_week", True)]


def test_what_cannot_be_read_lies_by_its_topic_and_its_day_in_kafka(spark):
    good = json.loads(event(discover_source, discover_source.listing("movie", 80, *FIVE_YEARS)))
    bad = {
        "a null value": None,
        "an empty value": b"",
        "no JSON": b"hello",
        "no text": b"\xff\xfe{",
        "cut in the middle": encoded(good)[:-20],
        "NaN": encoded(good | {"popularity": float("nan")}),
        "a list": b"[1]",
        "no medium": encoded(good | {"media_type": None}),
        "another medium": encoded(good | {"media_type": "../../book"}),
        "a medium that is no text": encoded(good | {"media_type": {"movie": 1}}),
        "no time": encoded(good | {"extraction_ts": None}),
        "a time of words": encoded(good | {"extraction_ts": "soon"}),
        "a time without a day": encoded(good | {"extraction_ts": "T10:00"}),
        "a year beyond all": encoded(good | {"extraction_ts": "9999-01-01T00:00:00Z"}),
        "no genre": encoded(good | {"genre_id": None}),
        "a genre that leads elsewhere": encoded(good | {"genre_id": "../../../x"}),
        "a window of words": encoded(good | {"window_last_date": "2020/../.."}),
        "nesting beyond every parser": b'{"raw":' + b"[" * 1500 + b"]" * 1500 + b"}",
    }
    found = dict(zip(bad, places(spark, discover.TOPIC, *bad.values()), strict=True))
    assert found == dict.fromkeys(bad, ("Other/2026/01/21/unreadable-movies.discover", False))


def test_a_list_that_the_contract_does_not_know_has_no_file_of_its_name(spark):
    given = json.loads(event(trending_source, listed(trending_source, "movie", "trending_day")))
    found = places(spark, trending.TOPIC, encoded(given | {"list_name": "details"}))
    assert found == [("Other/2026/01/21/unreadable-movies.trending.daily", False)]


@pytest.mark.stems("discover", "erasure")
def test_what_is_unreadable_is_kept_whole_and_counted(spark, lake, tmp_path):
    arrive(spark, discover.TOPIC, *bronze(discover.TOPIC, b"hello", None))
    with RawFiles(tmp_path) as files:
        found = export(spark, discover.TOPIC, files)
    assert (found.records, found.as_bytes, found.files) == (2, 2, 1)
    path = tmp_path / "Raw/TMDB/JSON/Other/2026/01/21/unreadable-movies.discover-1.json"
    assert json.loads(path.read_text()) == [
        {"topic": "movies.discover", "partition": 1, "offset": 0, "value_base64": "aGVsbG8="},
        {"topic": "movies.discover", "partition": 1, "offset": 1, "value_base64": None},
    ]


@pytest.mark.stems("popular", "erasure")
def test_the_order_is_that_of_arrival_and_slices_of_any_size_give_the_same_files(spark, lake, tmp_path):
    lists = [listed(popular_source, "movie", "popular"), listed(popular_source, "tv", "airing_today")]
    hours = [ARRIVED + timedelta(minutes=minutes) for minutes in (0, 0.1, 61)]
    for n, at in enumerate(reversed(hours)):  # bronze's files need not be in the order of time
        values = [event(popular_source, lists[number % 2], n=f"{at} {number}") for number in range(250)]
        mixed = bronze(popular.TOPIC, *values, first=1000 - 300 * n, at=at)
        arrive(spark, popular.TOPIC, *[one | {"partition": one["offset"] % 2} for one in mixed])
    whole = written(spark, tmp_path / "whole", popular.TOPIC)
    assert written(spark, tmp_path / "sliced", popular.TOPIC, slice_bytes=100_000) == whole
    ranked = spark.table(popular.TOPIC.bronze).orderBy("ingested_at", "partition", "offset")
    expect = [json.loads(one["value"]) for one in ranked.collect()]
    names = [f"Movies/2026/01/21/popular-{number}.json" for number in range(1, 5)]
    assert [one for name in names for one in json.loads(whole[name])] == [
        one for one in expect if one["media_type"] == "movie"
    ]
    assert len(whole) == 2 * len(names)


@pytest.mark.stems("popular", "erasure")
def test_slices_hold_every_row_once_and_none_is_larger_than_asked(spark, lake):
    for n, at in enumerate((ARRIVED, ARRIVED + timedelta(seconds=5))):
        arrive(spark, popular.TOPIC, *bronze(popular.TOPIC, *[b"x" * 100] * 450, first=450 * n, at=at))
    bronze_rows = spark.table(popular.TOPIC.bronze)
    found = [[one["offset"] for one in part.orderBy("offset").collect()] for part in slices(bronze_rows, 25_000)]
    assert [offset for part in found for offset in part] == list(range(900))
    assert [len(part) for part in found] == [200, 250, 250, 200]


@pytest.mark.stems("popular", "erasure")
def test_rows_that_arrive_later_only_add_to_what_is_there(spark, lake, tmp_path):
    one = event(popular_source, listed(popular_source, "movie", "popular"))
    arrive(spark, popular.TOPIC, *bronze(popular.TOPIC, *[one] * 150, first=900))
    before = written(spark, tmp_path, popular.TOPIC)
    assert written(spark, tmp_path, popular.TOPIC) == before
    arrive(spark, popular.TOPIC, *bronze(popular.TOPIC, *[one] * 100, at=ARRIVED + timedelta(days=1)))
    after = written(spark, tmp_path, popular.TOPIC)
    assert after["Movies/2026/01/21/popular-1.json"] == before["Movies/2026/01/21/popular-1.json"]
    assert sorted(len(json.loads(content)) for content in after.values()) == [50, 100, 100]


@pytest.mark.stems("popular", "erasure")
def test_an_empty_table_gives_no_file(spark, lake, tmp_path):
    assert written(spark, tmp_path, popular.TOPIC) == {}
