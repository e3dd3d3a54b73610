"""Each belief that tables share finds what speaks against it, and nothing in rows that are as they should be."""

import importlib
from datetime import timedelta

import pytest

from lakehouse import contracts
from lakehouse.clock import utc_day, utc_now
from lakehouse.contracts.bridge import DIM_COMPANY
from lakehouse.contracts.genre import GENRE_SHARE_DAILY
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY
from tests.builders import row, rows

TODAY = utc_day(utc_now())
YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)


def found(spark, table, given, words):
    """How many rows speak against the one belief whose query has these words, and how grave that is."""
    rules = importlib.import_module(f"expectations.{contracts.stem(table)}").RULES[table.name]
    (one,) = [rule for rule in rules if words in rule.unexpected_rows_query]
    rows(spark, table, *given).createOrReplaceTempView("given")
    return spark.sql(one.unexpected_rows_query.format(batch="given")).count(), one.severity.value


def title(number, day, popularity=1.0, **values):
    return row(TITLE_POPULARITY_DAILY, title_id=number, day=day, popularity=popularity, **values)


def share(genre_id, ratio, day=TODAY, weight=None):
    return row(GENRE_SHARE_DAILY, genre_id=genre_id, day=day, title_share_ratio=ratio, popularity_share_ratio=weight)


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        ("sum(title_share_ratio)", [share(1, 0.3), share(2, 0.7)], 0),
        ("sum(title_share_ratio)", [share(1, 0.3), share(2, 0.6)], 1),
        ("sum(title_share_ratio)", [share(1, 1.0), share(1, 1.0, YESTERDAY), share(2, 1 / 3, YESTERDAY)], 1),
        ("sum(popularity_share_ratio)", [share(1, 1.0, weight=None)], 0),
        ("sum(popularity_share_ratio)", [share(1, 0.5, weight=0.5), share(2, 0.5, weight=None)], 1),
    ],
)
def test_shares_that_do_not_add_up_to_one_are_critical(spark, words, given, expected):
    assert found(spark, GENRE_SHARE_DAILY, given, words) == (expected, "critical")


@pytest.mark.parametrize(("company_id", "expected"), [(0, 0), (7, 1)])
def test_a_dimension_without_its_unknown_member_is_critical(spark, company_id, expected):
    given = [row(DIM_COMPANY, company_id=company_id)]
    assert found(spark, DIM_COMPANY, given, "AS members") == (expected, "critical")


@pytest.mark.parametrize(("days", "expected"), [((BEFORE, YESTERDAY, TODAY), 0), ((BEFORE, TODAY), 1)])
def test_a_day_without_rows_between_others_is_a_warning(spark, days, expected):
    given = [title(1, day) for day in days]
    assert found(spark, TITLE_POPULARITY_DAILY, given, "count(DISTINCT day)") == (expected, "warning")


@pytest.mark.parametrize(("before", "now", "expected"), [(2, 3, 0), (2, 4, 1), (3, 2, 0), (4, 2, 1)])
def test_many_more_or_fewer_rows_of_a_medium_than_the_day_before_are_a_warning(spark, before, now, expected):
    given = [title(n, YESTERDAY) for n in range(before)] + [title(n, TODAY) for n in range(now)]
    given += [title(n, day, media_type="tv") for n in range(50) for day in (YESTERDAY, TODAY)]
    assert found(spark, TITLE_POPULARITY_DAILY, given, "AS found") == (expected, "warning")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(1.0, 20.0, 0), (1.0, 20.1, 1), (20.1, 1.0, 1), (0.0, 5.0, 0), (None, 5.0, 0)],
)
def test_a_popularity_that_moves_by_more_than_a_factor_overnight_is_a_warning(spark, before, now, expected):
    given = [title(1, YESTERDAY, before), title(1, TODAY, now), title(2, BEFORE, 1.0), title(2, TODAY, 999.0)]
    assert found(spark, TITLE_POPULARITY_DAILY, given, "day_before") == (expected, "warning")


@pytest.mark.parametrize(("days", "expected"), [(2, 0), (3, 1)])
def test_a_newest_day_more_than_two_days_ago_is_a_warning(spark, days, expected):
    day = utc_day(utc_now()) - timedelta(days=days)  # now: a long run of tests goes over midnight
    given = [title(1, day), title(1, day - timedelta(days=1))]
    assert found(spark, TITLE_POPULARITY_DAILY, given, "current_date()") == (expected, "warning")
