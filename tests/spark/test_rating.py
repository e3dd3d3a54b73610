"""Weighted ratings, percentiles, hype and rank correlations of a day, given its titles' figures."""

from datetime import date

import pytest

from batch.gold.rating import rating_correlation_daily, title_rating_daily
from lakehouse.contracts.rating import RATING_CORRELATION_DAILY, TITLE_RATING_DAILY
from lakehouse.contracts.star import FACT_TITLE_POPULARITY_DAILY
from tests.builders import collected, row, rows

NOBODY = {"vote_average": 0.0, "vote_count": 0}


def title(number, popularity=None, *, mean=None, votes=None, **values):
    return {"title_id": number, "popularity": popularity, "vote_average": mean, "vote_count": votes} | values


def rated(spark, *titles):
    fact = rows(spark, FACT_TITLE_POPULARITY_DAILY, *(row(FACT_TITLE_POPULARITY_DAILY, **one) for one in titles))
    return collected(title_rating_daily(fact).select(*TITLE_RATING_DAILY.names), "day", "media_type", "title_id")


def correlations(spark, *titles):
    rating = rows(spark, TITLE_RATING_DAILY, *(row(TITLE_RATING_DAILY, **one) for one in titles))
    found = rating_correlation_daily(rating).select(*RATING_CORRELATION_DAILY.names)
    return {one["pair"]: (one["title_count"], one["rank_correlation"]) for one in found.collect()}


def test_few_votes_count_for_little_against_the_day_s_mean(spark):
    found = rated(spark, title(1, mean=9.0, votes=10), title(2, mean=6.0, votes=30), title(3, mean=6.0, votes=100))
    assert [one["weighted_rating"] for one in found] == [
        pytest.approx((v * r + 30 * 7.0) / (v + 30)) for r, v in ((9.0, 10), (6.0, 30), (6.0, 100))
    ]


def test_the_median_votes_of_an_even_number_of_titles_lie_between_the_two_in_the_middle(spark):
    found = rated(spark, title(1, mean=10.0, votes=10), title(2, mean=5.0, votes=20))
    assert found[0]["weighted_rating"] == pytest.approx((10 * 10.0 + 15 * 7.5) / 25)


def test_a_title_without_votes_has_the_day_s_mean_and_does_not_move_it(spark):
    found = rated(spark, title(1, mean=8.0, votes=10), title(2, **NOBODY), title(3, mean=3.0), title(4, votes=5))
    assert [one["weighted_rating"] for one in found] == [8.0] * 4


def test_a_day_on_which_no_title_has_votes_has_no_ratings_and_no_hype(spark):
    found = rated(spark, title(1, 5.0, **NOBODY))
    assert found == [row(TITLE_RATING_DAILY, **title(1, 5.0, **NOBODY), popularity_percentile_ratio=1.0)]


def test_a_percentile_is_the_share_of_titles_that_are_at_most_as_high_and_ties_share_the_higher(spark):
    found = rated(spark, title(1, 5.0), title(2, 1.0), title(3, 1.0), title(4, 9.0), title(5, None))
    assert [one["popularity_percentile_ratio"] for one in found] == [0.75, 0.5, 0.5, 1.0, None]


def test_hype_is_a_half_where_both_percentiles_are_alike_and_more_where_popularity_leads(spark):
    found = rated(
        spark,
        title(1, 9.0, mean=1.0, votes=9), title(2, 5.0, mean=5.0, votes=9), title(3, 1.0, mean=9.0, votes=9),
    )  # fmt: skip
    assert [one["hype_ratio"] for one in found] == [pytest.approx(hype) for hype in (0.75, 0.5, 0.25)]


def test_days_and_media_are_apart(spark):
    found = rated(
        spark,
        title(1, 1.0, mean=2.0, votes=9), title(1, 1.0, mean=4.0, votes=9, media_type="tv"),
        title(1, 1.0, mean=6.0, votes=9, day=date(2026, 1, 22)),
    )  # fmt: skip
    assert {(one["weighted_rating"], one["popularity_percentile_ratio"]) for one in found} == {
        (2.0, 1.0), (4.0, 1.0), (6.0, 1.0),
    }  # fmt: skip


def test_the_correlation_is_that_of_ranks(spark):
    found = correlations(
        spark,
        title(1, 100.0, mean=1.0, votes=40), title(2, 10.0, mean=2.0, votes=30), title(3, 1.0, mean=3.0, votes=20),
        title(4, 0.1, mean=9.9, votes=10),
    )  # fmt: skip
    assert found == {"rating_votes": (4, -1.0), "rating_popularity": (4, -1.0), "votes_popularity": (4, 1.0)}


def test_ties_have_the_mean_of_their_ranks(spark):
    """Ranks 1.5 1.5 3 4 and 1 2 3.5 3.5, worked by hand: covariance 4, variances 4.5."""
    found = correlations(
        spark,
        title(1, 1.0, mean=5.0, votes=1), title(2, 2.0, mean=5.0, votes=1), title(3, 3.0, mean=6.0, votes=1),
        title(4, 3.0, mean=7.0, votes=1),
    )  # fmt: skip
    assert found["rating_popularity"] == (4, pytest.approx(4.0 / 4.5))


def test_a_title_without_votes_has_no_rating_to_compare_but_a_number_of_votes(spark):
    titles = [title(number, float(number), mean=5.0 + number, votes=number) for number in (1, 2, 3)]
    found = correlations(spark, *titles, title(4, 4.0, **NOBODY), title(5, None, mean=1.0, votes=50))
    assert (found["rating_popularity"], found["rating_votes"]) == ((3, 1.0), (4, pytest.approx(-0.2)))
    assert found["votes_popularity"] == (4, pytest.approx(-0.2))


def test_fewer_than_three_titles_or_titles_that_are_all_alike_have_no_correlation(spark):
    two = correlations(spark, title(1, 1.0, mean=1.0, votes=1), title(2, 2.0, mean=2.0, votes=2))
    alike = correlations(spark, *(title(number, float(number), mean=5.0, votes=9) for number in (1, 2, 3)))
    none = correlations(spark, title(1))
    assert two == dict.fromkeys(two, (2, None))
    assert alike == dict.fromkeys(two, (3, None))
    assert none == dict.fromkeys(two, (0, None))
