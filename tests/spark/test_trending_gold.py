"""What the gold rows of the trending lists say, given what the polls saw."""

from datetime import date

import pytest

from batch.gold.trending import title_momentum_daily, title_popularity_daily, title_popularity_weekly
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from tests.builders import collected, row, rows, seen


def daily(spark, *events):
    return collected(title_popularity_daily(rows(spark, TRENDING_EVENT, *events)), "day", "media_type", "title_id")


def of_day(day, popularity=None, **values):
    return row(TITLE_POPULARITY_DAILY, day=date.fromisoformat(day), title_id=603, popularity=popularity, **values)


def a_day(**values):
    return row(TITLE_POPULARITY_DAILY, title_id=603, **values)


def momentum(spark, *days):
    return collected(title_momentum_daily(rows(spark, TITLE_POPULARITY_DAILY, *days)), "day")


def weekly(spark, *days):
    return collected(title_popularity_weekly(rows(spark, TITLE_POPULARITY_DAILY, *days)), "week_start_date")


def test_a_title_keeps_its_best_rank_of_the_day_in_each_list(spark):
    found = daily(
        spark,
        seen(at="2026-01-21T07:00", rank=5, popularity=10.0), seen(at="2026-01-21T19:00", rank=2, popularity=12.5),
        seen(at="2026-01-21T07:00", rank=9, list_name="trending_week"),
    )  # fmt: skip
    assert found == [
        a_day(day=date(2026, 1, 21), best_day_rank=2, best_week_rank=9, popularity=12.5, poll_count=2),
    ]


def test_a_title_that_a_list_does_not_hold_has_no_rank_in_it(spark):
    found = daily(spark, seen(rank=4), seen(title_id=7, rank=3, list_name="trending_week"))
    assert [(one["title_id"], one["best_day_rank"], one["best_week_rank"]) for one in found] == [
        (603, 4, None), (7, None, 3),
    ]  # fmt: skip


def test_the_figures_are_the_last_poll_s_of_the_day_list_even_where_the_week_list_was_seen_later(spark):
    found = daily(
        spark,
        seen(at="2026-01-21T07:00", popularity=1.0, vote_average=6.0, vote_count=10, title="Manhã"),
        seen(at="2026-01-21T08:00", popularity=2.0, vote_average=6.5, vote_count=11, title="Tarde"),
        seen(at="2026-01-21T23:00", popularity=3.0, vote_average=7.0, vote_count=12, title="Noite",
             list_name="trending_week"),
    )  # fmt: skip
    assert found == [
        a_day(day=date(2026, 1, 21), title="Tarde", best_day_rank=1, best_week_rank=1, popularity=2.0,
              vote_average=6.5, vote_count=11, poll_count=3),
    ]  # fmt: skip


def test_without_a_place_in_the_day_list_the_figures_come_from_the_week_list(spark):
    found = daily(
        spark,
        seen(at="2026-01-21T07:00", popularity=1.0, list_name="trending_week"),
        seen(at="2026-01-21T08:00", popularity=2.0, list_name="trending_week"),
    )
    assert [one["popularity"] for one in found] == [2.0]


def test_a_figure_that_the_last_poll_did_not_give_is_null_and_not_an_older_one(spark):
    found = daily(spark, seen(at="2026-01-21T07:00", popularity=1.0), seen(at="2026-01-21T08:00", popularity=None))
    assert [one["popularity"] for one in found] == [None]


def test_a_poll_after_midnight_utc_counts_for_the_next_day(spark):
    found = daily(spark, seen(at="2026-01-21T23:59"), seen(at="2026-01-22T00:00"))
    assert [one["day"] for one in found] == [date(2026, 1, 21), date(2026, 1, 22)]


def test_a_movie_and_a_series_of_the_same_number_are_two_titles(spark):
    found = daily(spark, seen(media_type="movie", rank=1), seen(media_type="tv", rank=2))
    assert [(one["media_type"], one["best_day_rank"]) for one in found] == [("movie", 1), ("tv", 2)]


def test_one_poll_that_sees_a_title_in_both_lists_is_one_poll(spark):
    found = daily(spark, seen(), seen(list_name="trending_week"))
    assert [one["poll_count"] for one in found] == [1]


def test_a_week_runs_from_monday_to_sunday_over_the_turn_of_the_year(spark):
    found = weekly(
        spark,
        of_day("2025-12-28", 1.0, best_day_rank=8),  # a Sunday
        of_day("2025-12-29", 2.0, best_day_rank=7, title="Velho"),
        of_day("2026-01-04", 4.0, best_day_rank=9, best_week_rank=3, title="Novo"),
    )
    assert found == [
        row(TITLE_POPULARITY_WEEKLY, title_id=603, week_start_date=date(2025, 12, 22), best_day_rank=8, day_count=1,
            mean_popularity=1.0, highest_popularity=1.0),
        row(TITLE_POPULARITY_WEEKLY, title_id=603, week_start_date=date(2025, 12, 29), title="Novo", best_day_rank=7,
            best_week_rank=3, day_count=2, mean_popularity=3.0, highest_popularity=4.0),
    ]  # fmt: skip


def test_days_without_a_score_count_as_days_and_not_as_zero(spark):
    found = weekly(spark, of_day("2026-01-19", None), of_day("2026-01-20", 6.0))
    assert [(one["day_count"], one["mean_popularity"]) for one in found] == [(2, 6.0)]
    assert [one["mean_popularity"] for one in weekly(spark, of_day("2026-01-19", None))] == [None]


def test_a_title_s_first_day_has_no_momentum_and_never_a_zero(spark):
    assert momentum(spark, of_day("2026-01-21", 10.0, best_day_rank=3)) == [
        row(TITLE_MOMENTUM_DAILY, title_id=603, day=date(2026, 1, 21), popularity=10.0, best_day_rank=3),
    ]


def test_momentum_compares_with_the_day_before_and_with_seven_days_before(spark):
    found = momentum(
        spark,
        of_day("2026-01-14", 4.0, best_day_rank=20),
        of_day("2026-01-20", 16.0, best_day_rank=1),
        of_day("2026-01-21", 10.0, best_day_rank=3),
    )
    assert found[-1] == row(
        TITLE_MOMENTUM_DAILY, title_id=603, day=date(2026, 1, 21), popularity=10.0, best_day_rank=3,
        popularity_change_1d=-6.0, popularity_change_7d=6.0, rank_change_1d=-2, rank_change_7d=17,
    )  # fmt: skip


def test_momentum_counts_calendar_days_and_not_rows(spark):
    found = momentum(spark, of_day("2026-01-19", 4.0), of_day("2026-01-21", 10.0))
    assert [one["popularity_change_1d"] for one in found] == [None, None]


@pytest.mark.parametrize(("before", "now"), [(None, 3), (3, None)])
def test_a_title_that_left_or_entered_the_day_list_has_no_change_of_rank(spark, before, now):
    found = momentum(spark, of_day("2026-01-20", best_day_rank=before), of_day("2026-01-21", best_day_rank=now))
    assert [one["rank_change_1d"] for one in found] == [None, None]
