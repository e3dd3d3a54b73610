"""silver.title_event -> title_current, title_history and the tables of their lists; built, followed and rebuilt."""

from datetime import date, datetime
from typing import Any

import pytest

from batch import build
from batch.silver import title
from lakehouse import delta
from lakehouse.clock import from_iso
from lakehouse.contracts.title import TITLE_CREDIT, TITLE_CURRENT, TITLE_EVENT, TITLE_GENRE, TITLE_HISTORY
from lakehouse.ids import event_id
from tests.builders import collected, row, rows

BUILT = TITLE_CURRENT, TITLE_HISTORY, TITLE_GENRE, TITLE_CREDIT


def fetched(at: str, title_id: int = 603, *, media_type: str = "movie", **values: Any) -> dict[str, Any]:
    """One row of silver.title_event: a title's details at a fetch."""
    event_at = from_iso(at)
    return row(
        TITLE_EVENT,
        event_id=event_id(at, media_type, title_id),
        event_at=event_at,
        event_date=event_at.date(),
        ingested_at=event_at,
        media_type=media_type,
        title_id=title_id,
        title_bucket=title_id % 256,
        **values,
    )


def person(number: int, name: str, **values: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "character": None, "credit_id": None, "order": None, "roles": None} | values


def member(number: int, name: str, **values: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "department": None, "job": None, "credit_id": None, "jobs": None} | values


def current(spark, **values: Any):
    return title.title_current(rows(spark, TITLE_EVENT, fetched("2026-01-21", **values)))


def test_the_newest_fetch_counts_in_whatever_order_the_fetches_came(spark):
    events = rows(
        spark,
        TITLE_EVENT,
        fetched("2026-01-23", title="third", budget_usd=None),
        fetched("2026-01-21", title="first", budget_usd=1),
        fetched("2026-01-22", title="a series", media_type="tv"),
    )
    found = title.title_current(events).select("media_type", "fetched_at", "title", "budget_usd")
    assert [tuple(one) for one in found.orderBy("media_type").collect()] == [
        ("movie", datetime(2026, 1, 23), "third", None),
        ("tv", datetime(2026, 1, 22), "a series", None),
    ]


def test_a_title_that_tmdb_deleted_is_not_current_until_it_is_there_again(spark):
    seen, gone, back = (
        fetched("2026-01-21"),
        fetched("2026-01-22", is_deleted=True),
        fetched("2026-01-23", title="back"),
    )
    assert title.title_current(rows(spark, TITLE_EVENT, seen, gone)).collect() == []
    assert [one.title for one in title.title_current(rows(spark, TITLE_EVENT, seen, gone, back)).collect()] == ["back"]


def test_a_period_lasts_until_other_details_were_seen_and_votes_make_none(spark):
    events = rows(
        spark,
        TITLE_EVENT,
        fetched("2026-01-21", title="a", vote_count=1),
        fetched("2026-01-22", title="a", vote_count=2),
        fetched("2026-01-25", title="a"),
        fetched("2026-01-23", title="b"),
        fetched("2026-01-26", is_deleted=True),
    )
    found = title.title_history(events).select("title", "valid_from_at", "valid_to_at", "is_current")
    assert [tuple(one) for one in found.orderBy("valid_from_at").collect()] == [
        ("a", datetime(2026, 1, 21), datetime(2026, 1, 23), False),
        ("b", datetime(2026, 1, 23), datetime(2026, 1, 25), False),
        ("a", datetime(2026, 1, 25), datetime(2026, 1, 26), False),
    ]


def test_an_item_that_is_listed_twice_counts_once_and_blank_names_are_null(spark):
    genres = [{"id": 80, "name": "Crime"}, {"id": 18, "name": ""}, {"id": 80, "name": "Krimi"}]
    found = title.title_genre_current(current(spark, genres=genres)).select("genre_id", "genre_name")
    assert collected(found) == [{"genre_id": 18, "genre_name": None}, {"genre_id": 80, "genre_name": "Crime"}]


def test_a_language_has_its_english_name_or_its_own(spark):
    languages = [
        {"iso_639_1": "pt", "name": "Português", "english_name": "Portuguese"},
        {"iso_639_1": "cn", "name": "广州话", "english_name": None},
        {"iso_639_1": "xx", "name": "", "english_name": None},
    ]
    found = title.title_language_current(current(spark, languages=languages)).select("language_code", "language_name")
    assert [tuple(one) for one in found.orderBy("language_code").collect()] == [
        ("cn", "广州话"), ("pt", "Portuguese"), ("xx", None),
    ]  # fmt: skip


def test_a_series_has_a_row_for_each_season_and_what_is_no_date_is_null(spark):
    season = {"season_number": 1, "name": "Season 1", "air_date": "2011-04-17", "episode_count": 10}
    specials = {"season_number": 0, "name": " ", "air_date": "", "episode_count": None}
    found = title.title_season_current(current(spark, media_type="tv", seasons=[season, specials]))
    assert [
        tuple(one) for one in found.drop("media_type", "title_id", "title_bucket").orderBy("season_number").collect()
    ] == [
        (0, None, None, None),
        (1, "Season 1", date(2011, 4, 17), 10),
    ]


def test_a_person_has_a_row_for_each_part_in_a_film(spark):
    found = title.title_credit_current(
        current(
            spark,
            cast=[
                person(1, "Ann", character="A", credit_id="c1", order=0),
                person(1, "Ann", character="B", credit_id="c2", order=4),
                person(2, "Bo", character="", order=1),
            ],
            crew=[member(1, "Ann", job="Director", department="Directing", credit_id="c3")],
        )
    ).select("credit_id", "person_id", "credit_type", "job", "character", "cast_rank")
    assert [tuple(one) for one in found.orderBy("credit_id").collect()] == [
        ("c1", 1, "cast", None, "A", 1),
        ("c2", 1, "cast", None, "B", 5),
        ("c3", 1, "crew", "Director", None, None),
        ("cast:2", 2, "cast", None, None, 2),
    ]


def test_the_roles_jobs_and_creators_of_a_series_are_credits_of_their_own(spark):
    roles = [{"credit_id": f"r{n}", "character": f"C{n}", "episode_count": n} for n in (1, 2)]
    jobs = [{"credit_id": "j1", "job": "Writer", "episode_count": 7}]
    found = title.title_credit_current(
        current(
            spark,
            cast=[person(1, "Ann", order=0, roles=roles)],
            crew=[member(2, "Bo", department="Writing", jobs=jobs)],
            creators=[{"id": 3, "name": "Cy", "credit_id": "k1"}],
        )
    ).select("credit_id", "person_name", "credit_type", "job", "character", "episode_count")
    assert [tuple(one) for one in found.orderBy("credit_id").collect()] == [
        ("j1", "Bo", "crew", "Writer", None, 7),
        ("k1", "Cy", "creator", "Creator", None, None),
        ("r1", "Ann", "cast", None, "C1", 1),
        ("r2", "Ann", "cast", None, "C2", 2),
    ]


@pytest.mark.stems("title")
@pytest.mark.timeout(300)
def test_following_the_fetches_equals_a_full_rebuild_row_for_row(spark, lake):
    details = {"genres": [{"id": 80, "name": "Crime"}], "cast": [person(1, "Ann", order=0)]}
    batches = [
        [fetched("2026-01-21", number, title=f"t{number}", **details) for number in (1, 2, 257)],
        [
            fetched("2026-01-23", 1, title="new"),
            fetched("2026-01-22", 2, is_deleted=True),
            fetched("2026-01-20", 257, title="late"),
            fetched("2026-01-24", 3, **details),
        ],
    ]
    for batch in batches:
        delta.append(rows(spark, TITLE_EVENT, *batch), TITLE_EVENT.name, metadata={})
        for table in BUILT:
            staged = build.stage(spark, table, build.Run("r"))
            if staged:
                build.publish(spark, staged)
    assert build.stage(spark, TITLE_CURRENT, build.Run("again")) is None
    for table in BUILT:
        function = build.function_of(table)
        anew = build.conform(function(*(spark.table(name) for name in table.reads)), table)
        assert collected(spark.table(table.name)) == collected(anew), table.name
    assert spark.table(TITLE_CURRENT.name).count() == 3
