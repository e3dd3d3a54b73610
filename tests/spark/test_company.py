"""Shares of companies in the day's top titles, given the places of the day and who made what."""

from datetime import date

from batch.gold.company import company_share_daily
from lakehouse.contracts.bridge import BRIDGE_TITLE_COMPANY
from lakehouse.contracts.company import COMPANY_SHARE_DAILY
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY
from tests.builders import collected, row, rows


def placed(title_id, rank, **values):
    return row(TITLE_POPULARITY_DAILY, title_id=title_id, best_day_rank=rank, **values)


def made(title_id, *companies, **values):
    weight = 1 / len(companies)
    return [row(BRIDGE_TITLE_COMPANY, title_id=title_id, company_id=one, weight_ratio=weight, **values)
            for one in companies]  # fmt: skip


def shares(spark, places, *bridges):
    bridge = rows(spark, BRIDGE_TITLE_COMPANY, *(one for several in bridges for one in several))
    found = company_share_daily(rows(spark, TITLE_POPULARITY_DAILY, *places), bridge).select(*COMPANY_SHARE_DAILY.names)
    return [tuple(one.values())[1:] for one in collected(found, "day", "media_type", "company_id")]


def test_a_title_of_two_companies_counts_half_for_each_and_their_best_place_is_kept(spark):
    found = shares(spark, [placed(1, 4), placed(2, 3)], made(1, 7), made(2, 7, 8))
    assert found == [("movie", 7, 2, 2, 0.75, 3), ("movie", 8, 1, 2, 0.25, 3)]


def test_the_top_ends_at_the_twentieth_place_of_the_day_list(spark):
    found = shares(spark, [placed(1, 20), placed(2, 21), placed(3, None)], made(1, 7), made(2, 8), made(3, 9))
    assert found == [("movie", 7, 1, 1, 1.0, 20)]


def test_a_title_that_the_bridge_has_not_counts_for_the_unknown_company(spark):
    found = shares(spark, [placed(1, 1), placed(2, 2), placed(1, 5, media_type="tv")], made(1, 7), made(2, 0))
    assert found == [("movie", 0, 1, 2, 0.5, 2), ("movie", 7, 1, 2, 0.5, 1), ("tv", 0, 1, 1, 1.0, 5)]


def test_days_are_apart(spark):
    found = shares(spark, [placed(1, 1), placed(1, 2, day=date(2026, 1, 22))], made(1, 7))
    assert [(one[-1], one[3]) for one in found] == [(1, 1), (2, 1)]
