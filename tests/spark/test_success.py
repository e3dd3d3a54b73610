"""Question 4: what became of a title, and which site's rating goes with it more closely."""

from datetime import date

import pytest

from batch.gold.success import rating_predictor_current, title_success_current
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.success import MINIMUM_TITLES, RATING_PREDICTOR_CURRENT, TITLE_SUCCESS_CURRENT
from tests.builders import collected, row, rows

ENOUGH = range(1, MINIMUM_TITLES + 1)


def of_titles(spark, *titles):
    return collected(title_success_current(rows(spark, DIM_TITLE, *(row(DIM_TITLE, **one) for one in titles))))


def predictors(spark, titles):
    given = [row(TITLE_SUCCESS_CURRENT, title_id=n, **one) for n, one in enumerate(titles, 1)]
    found = rating_predictor_current(rows(spark, TITLE_SUCCESS_CURRENT, *given))
    return {one["outcome"]: one for one in collected(found.select(*RATING_PREDICTOR_CURRENT.names))}


def rated(tmdb, imdb, **outcome):
    return {"tmdb_rating": tmdb and float(tmdb), "imdb_rating": imdb and float(imdb), **outcome}


def scattered(n):
    """A whole number that goes with n hardly at all."""
    return n * 17 % 31


def test_a_title_has_its_ratings_its_years_in_the_lists_its_return_and_its_votes(spark):
    matrix = {"title_id": 603, "vote_average": 8.2, "vote_count": 25_000, "imdb_rating": 8.7,
              "release_date": date(1999, 3, 31), "last_listed_date": date(2026, 3, 31),
              "budget_usd": 63_000_000, "revenue_usd": 126_000_000}  # fmt: skip
    assert of_titles(spark, matrix) == [
        row(TITLE_SUCCESS_CURRENT, title_id=603, tmdb_rating=8.2, imdb_rating=8.7, years_in_lists=9862 / 365.25,
            revenue_over_budget=2.0, vote_count=25_000),
    ]  # fmt: skip


def test_what_is_not_known_of_a_title_is_null_and_a_mean_without_votes_is_no_rating(spark):
    assert of_titles(spark, {"title_id": 1, "vote_average": 0.0, "vote_count": 0, "imdb_rating": 5.0}) == [
        row(TITLE_SUCCESS_CURRENT, title_id=1, imdb_rating=5.0, vote_count=0),
    ]


def test_a_title_without_a_rating_and_the_unknown_member_have_no_row(spark):
    assert (
        of_titles(spark, {"title_id": 1, "vote_average": 0.0, "vote_count": 0}, {"title_id": 0, "imdb_rating": 5.0})
        == []
    )


def test_a_title_that_was_listed_only_before_its_release_has_no_years_in_the_lists_yet(spark):
    listed = {"imdb_rating": 5.0, "last_listed_date": date(2026, 1, 21)}
    found = of_titles(
        spark,
        {"title_id": 1, "release_date": date(2026, 1, 22), **listed},
        {"title_id": 2, "release_date": date(2026, 1, 21), **listed},
    )
    assert [one["years_in_lists"] for one in found] == [None, 0.0]


def test_both_correlations_are_of_the_titles_that_have_both_ratings_and_the_outcome(spark):
    titles = [rated(2, 1, vote_count=1), rated(1, 2, vote_count=2), rated(4, 3, vote_count=3),
              rated(3, 4, vote_count=4), rated(5, 5, vote_count=5),
              rated(9, None, vote_count=6), rated(None, 9, vote_count=7), rated(9, 9)]  # fmt: skip
    found = predictors(spark, titles)["vote_count"]
    assert (found["title_count"], found["tmdb_correlation"], found["imdb_correlation"]) == (5, 0.8, 1.0)
    assert (found["imdb_correlation_low"], found["imdb_correlation_high"]) == (1.0, 1.0)
    assert found["tmdb_correlation_low"] < 0 < found["tmdb_correlation_high"]
    assert found["tmdb_title_count"] == 6
    assert found["tmdb_all_correlation"] == pytest.approx(1 - 6 * 4 / (6 * 35))


def test_every_outcome_has_its_row_even_where_no_title_has_it(spark):
    found = predictors(spark, [rated(5, 5)])
    assert found == {
        outcome: row(RATING_PREDICTOR_CURRENT, outcome=outcome, title_count=0, tmdb_title_count=0,
                     verdict="not_enough_data")
        for outcome in ("years_in_lists", "revenue_over_budget", "vote_count")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tmdb", "imdb", "verdict"),
    [
        (lambda n: n, scattered, "tmdb"),
        (scattered, lambda n: n, "imdb"),
        (scattered, lambda n: 100 - n, "imdb"),  # the better a title is rated, the less of it: a close relation too
        (lambda n: n, lambda n: 100 - n, "no_difference"),
        (scattered, lambda n: n * 18 % 31, "no_difference"),
    ],
)
def test_the_site_whose_rating_goes_with_the_outcome_beyond_both_intervals_predicts_it_better(
    spark, tmdb, imdb, verdict
):
    found = predictors(spark, [rated(tmdb(n), imdb(n), vote_count=n) for n in ENOUGH])
    assert found["vote_count"]["verdict"] == verdict


def test_below_the_minimum_of_titles_there_is_no_verdict_however_clear_the_figures(spark):
    found = predictors(spark, [rated(n, scattered(n), vote_count=n) for n in ENOUGH][1:])
    assert (found["vote_count"]["title_count"], found["vote_count"]["verdict"]) == (29, "not_enough_data")


def test_where_a_rating_does_not_vary_there_is_no_verdict(spark):
    found = predictors(spark, [rated(5, n, vote_count=n) for n in ENOUGH])["vote_count"]
    assert (found["tmdb_correlation"], found["verdict"]) == (None, "not_enough_data")
