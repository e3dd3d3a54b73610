"""What a title, a day and the star's fact are, given what details, catalogue, links, IMDb and lists say."""

from datetime import date
from typing import Any

from batch.gold.star import dim_date, dim_title, fact_title_popularity_daily
from lakehouse.clock import from_iso
from lakehouse.contracts.catalogue import CATALOGUE_TITLE, TITLE_LINK
from lakehouse.contracts.discover import DISCOVER_EVENT
from lakehouse.contracts.imdb import IMDB_TITLE
from lakehouse.contracts.popular import POPULAR_EVENT
from lakehouse.contracts.star import DIM_DATE, DIM_TITLE, FACT_TITLE_POPULARITY_DAILY
from lakehouse.contracts.title import TITLE_CURRENT
from lakehouse.contracts.trending import TRENDING_EVENT
from tests.builders import collected, listed, row, rows, seen

INPUTS = (TITLE_CURRENT, CATALOGUE_TITLE, TITLE_LINK, IMDB_TITLE, TRENDING_EVENT, POPULAR_EVENT, DISCOVER_EVENT)


def titles(spark, *sources: dict[str, Any]) -> list[dict[str, Any]]:
    """The dimension without its unknown members; each source's row tells by its columns which table it is of."""
    of = {frozenset(table.names): [] for table in INPUTS}
    for one in sources:
        of[frozenset(one)].append(one)
    frames = [rows(spark, table, *of[frozenset(table.names)]) for table in INPUTS]
    made = dim_title(*frames).select(*DIM_TITLE.names).where("title_id <> 0")
    return collected(made, "media_type", "title_id")


def details(title_id: int = 603, **values: Any) -> dict[str, Any]:
    return row(TITLE_CURRENT, title_id=title_id, **values)


def dated(title_id: int = 603, **values: Any) -> dict[str, Any]:
    return row(CATALOGUE_TITLE, title_id=title_id, **values)


def link(movielens_id: int, imdb_id: str, title_id: int | None = 603) -> dict[str, Any]:
    return row(TITLE_LINK, movielens_id=movielens_id, imdb_id=imdb_id, title_id=title_id)


def found_in(at: str, **values: Any) -> dict[str, Any]:
    event_at = from_iso(at)
    return row(DISCOVER_EVENT, event_id=at, event_at=event_at, event_date=event_at.date(), **values)


def a_title(**values: Any) -> dict[str, Any]:
    return row(DIM_TITLE, title_id=603, **({"listed_day_count": 0} | values))


def test_without_any_title_there_is_one_unknown_of_each_medium(spark):
    made = dim_title(*(rows(spark, table) for table in INPUTS)).select(*DIM_TITLE.names)
    assert collected(made) == [
        row(DIM_TITLE, media_type=medium, title_id=0, known_from="unknown", listed_day_count=0)
        for medium in ("movie", "tv")
    ]


def test_a_fact_comes_from_the_best_source_that_knows_it_and_figures_from_the_best_that_has_the_title(spark):
    found = titles(
        spark,
        details(title="Matrix", popularity=None, vote_count=9, release_date=date(1999, 3, 31), season_count=2),
        dated(title="The Matrix", original_title="The Matrix", budget_usd=63_000_000, popularity=7.0, vote_count=8),
        seen(title="Matrix!", original_language_code="en", popularity=99.0),
    )
    assert found == [
        a_title(
            known_from="details", title="Matrix", original_title="The Matrix", original_language_code="en",
            release_date=date(1999, 3, 31), release_year=1999, budget_usd=63_000_000, season_count=2, vote_count=9,
            first_listed_date=date(2026, 1, 21), last_listed_date=date(2026, 1, 21), listed_day_count=1,
        )
    ]  # fmt: skip


def test_a_title_of_the_catalogue_or_of_a_list_alone_says_so(spark):
    found = titles(spark, dated(1, title="a", popularity=1.0), seen(title_id=1, popularity=2.0), listed(title_id=2))
    assert [(one["title_id"], one["known_from"], one["popularity"]) for one in found] == [
        (1, "catalogue", 1.0), (2, "list", None),
    ]  # fmt: skip


def test_of_lists_and_backfills_the_newest_event_counts_whichever_it_is_of(spark):
    found = titles(
        spark,
        seen(at="2026-01-21T10:00", title="old", popularity=1.0),
        found_in("2026-01-23T10:00", title_id=603, title="new", popularity=3.0),
        listed(at="2026-01-22T10:00", title="older", popularity=2.0),
    )
    assert [(one["title"], one["popularity"]) for one in found] == [("new", 3.0)]


def test_listed_days_are_those_of_trending_and_standing_lists_and_not_of_a_backfill(spark):
    found = titles(
        spark,
        seen(at="2026-01-21T10:00"), seen(at="2026-01-21T12:00"), listed(at="2026-01-24T10:00"),
        found_in("2026-01-30T10:00", title_id=603), found_in("2026-01-30T11:00", title_id=7),
    )  # fmt: skip
    assert [(one["first_listed_date"], one["last_listed_date"], one["listed_day_count"]) for one in found] == [
        (date(2026, 1, 21), date(2026, 1, 24), 2), (None, None, 0),
    ]  # fmt: skip


def test_a_movie_without_an_imdb_id_has_that_of_its_first_movielens_movie(spark):
    found = titles(
        spark,
        details(603), link(9, "tt9"), link(2, "tt2"), link(3, "tt3", title_id=None),
        details(604, imdb_id="tt604"), link(4, "tt4", title_id=604),
        details(603, media_type="tv"), link(5, "tt5", title_id=77),
    )  # fmt: skip
    assert [(one["media_type"], one["title_id"], one["imdb_id"]) for one in found] == [
        ("movie", 603, "tt2"), ("movie", 604, "tt604"), ("tv", 603, None),
    ]  # fmt: skip


def test_a_title_has_the_rating_that_imdb_gives_its_id(spark):
    imdb = row(IMDB_TITLE, imdb_id="tt2", imdb_rating=8.7, imdb_vote_count=2_000_000)
    found = titles(spark, details(), link(2, "tt2"), imdb, row(IMDB_TITLE, imdb_id="tt3", imdb_rating=1.0))
    assert [(one["imdb_rating"], one["imdb_vote_count"]) for one in found] == [(8.7, 2_000_000)]


def test_the_calendar_runs_from_the_first_to_the_last_poll_of_any_list_and_has_the_days_without_one(spark):
    polls = (
        rows(spark, TRENDING_EVENT, seen(at="2026-01-03T10:00")),
        rows(spark, POPULAR_EVENT, listed(at="2026-01-01")),
    )
    found = collected(dim_date(*polls).select(*DIM_DATE.names), "day")
    assert [one["day"] for one in found] == [date(1900, 1, 1), *(date(2026, 1, day) for day in (1, 2, 3))]
    assert found[-1] == row(
        DIM_DATE, day=date(2026, 1, 3), year=2026, quarter=1, month=1, day_of_month=3, iso_weekday=6,
        week_start_date=date(2025, 12, 29), is_weekend=True,
    )  # fmt: skip
    assert collected(dim_date(*(one.where("false") for one in polls))) == found[:1]


def fact(spark, trending=(), popular=()):
    frames = rows(spark, TRENDING_EVENT, *trending), rows(spark, POPULAR_EVENT, *popular)
    return collected(fact_title_popularity_daily(*frames).select(*FACT_TITLE_POPULARITY_DAILY.names), "day", "title_id")


def test_the_fact_has_the_best_place_in_each_list_and_counts_the_lists_of_the_day(spark):
    found = fact(
        spark,
        [seen(at="2026-01-21T07:00", rank=3), seen(at="2026-01-21T09:00", rank=2),
         seen(rank=9, list_name="trending_week")],
        [listed(rank=5), listed(rank=1, list_name="top_rated"), listed(at="2026-01-22T00:00", list_name="upcoming")],
    )  # fmt: skip
    day = {"title_id": 603, "best_day_rank": None, "best_week_rank": None, "best_popular_rank": None}
    assert found == [
        row(FACT_TITLE_POPULARITY_DAILY, **day | {"day": date(2026, 1, 21), "list_count": 4, "best_day_rank": 2,
            "best_week_rank": 9, "best_popular_rank": 5}),
        row(FACT_TITLE_POPULARITY_DAILY, **day | {"day": date(2026, 1, 22), "list_count": 1}),
    ]  # fmt: skip


def test_the_fact_s_figures_are_those_of_the_last_poll_of_the_list_that_is_closest_to_the_day(spark):
    day_list = [seen(at="2026-01-21T07:00", popularity=1.0), seen(at="2026-01-21T08:00", popularity=2.0)]
    week = [seen(at="2026-01-21T09:00", popularity=3.0, list_name="trending_week")]
    popular = [listed(at="2026-01-21T10:00", popularity=4.0)]
    other = [listed(at="2026-01-21T11:00", popularity=5.0, list_name="top_rated")]
    held = [fact(spark, day_list + week, popular), fact(spark, week, popular), fact(spark, [], popular + other)]
    assert [one["popularity"] for (one,) in held] == [2.0, 3.0, 4.0]
