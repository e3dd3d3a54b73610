"""Question 1: what the budget tables say of a few movies."""

import math

import pytest

from batch.gold.budget import budget_band_current, budget_correlation_current, title_budget_current
from lakehouse import contracts
from lakehouse.contracts.budget import BUDGET_BAND_CURRENT, BUDGET_CORRELATION_CURRENT, TITLE_BUDGET_CURRENT
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.tables import by_name
from tests.builders import collected, row, rows

BRIDGE_TITLE_GENRE = by_name(contracts.TABLES, "gold.bridge_title_genre")
CRIME, WAR, DRAMA = 80, 10752, 18


def of_genres(spark, **genres):
    """The bridge: t1=(80, 18) says that movie 1 is of both."""
    pairs = [(int(name[1:]), genre) for name, of_title in genres.items() for genre in of_title]
    return rows(spark, BRIDGE_TITLE_GENRE, *(row(BRIDGE_TITLE_GENRE, title_id=t, genre_id=g) for t, g in pairs))


def movie(title_id, budget_usd=None, popularity=None, *, band="unknown", decade=1990):
    return row(
        TITLE_BUDGET_CURRENT, title_id=title_id, budget_usd=budget_usd, popularity=popularity, budget_band=band,
        decade=decade,
    )  # fmt: skip


def bands(spark, movies, **genres):
    found = budget_band_current(rows(spark, TITLE_BUDGET_CURRENT, *movies), of_genres(spark, **genres))
    return collected(found.select(*BUDGET_BAND_CURRENT.names), "genre_id", "decade", "budget_band")


def correlations(spark, movies, **genres):
    found = budget_correlation_current(rows(spark, TITLE_BUDGET_CURRENT, *movies), of_genres(spark, **genres))
    return {one["genre_id"]: one for one in collected(found.select(*BUDGET_CORRELATION_CURRENT.names))}


def test_a_movie_stands_in_the_band_whose_lower_bound_it_reaches_and_in_its_decade(spark):
    budgets = [1, 999_999, 1_000_000, 9_999_999, 10_000_000, 50_000_000, 100_000_000, 3_000_000_000, None]
    dims = [row(DIM_TITLE, title_id=n, budget_usd=b, release_year=1989 + n) for n, b in enumerate(budgets, 1)]
    found = collected(title_budget_current(rows(spark, DIM_TITLE, *dims)), "title_id")
    assert [one["budget_band"] for one in found] == [
        "under_1m", "under_1m", "1m_to_10m", "1m_to_10m", "10m_to_50m", "50m_to_100m", "100m_and_more",
        "100m_and_more", "unknown",
    ]  # fmt: skip
    assert {one["decade"] for one in found} == {1990}


def test_series_and_the_unknown_member_are_no_movies_and_an_unknown_year_is_decade_0(spark):
    given = [
        row(DIM_TITLE, title_id=0),
        row(DIM_TITLE, title_id=1399, media_type="tv", budget_usd=5),
        row(
            DIM_TITLE, title_id=603, title="The Matrix", budget_usd=63_000_000, revenue_usd=463_517_383, popularity=8.5
        ),
    ]
    assert collected(title_budget_current(rows(spark, DIM_TITLE, *given))) == [
        row(TITLE_BUDGET_CURRENT, title_id=603, title="The Matrix", budget_band="50m_to_100m", decade=0,
            budget_usd=63_000_000, revenue_usd=463_517_383, popularity=8.5),
    ]  # fmt: skip


def test_a_band_counts_its_movies_and_leaves_unknown_money_and_scores_out_of_its_means(spark):
    movies = [
        movie(1, 2_000_000, 1.5, band="1m_to_10m"),
        movie(2, 4_000_001, 2.5, band="1m_to_10m"),
        movie(3, 6_000_000, None, band="1m_to_10m"),
        movie(4, None, 8.0),
    ]
    found = bands(spark, movies, t1=[DRAMA], t2=[DRAMA], t3=[DRAMA], t4=[DRAMA])
    of_drama = [
        row(BUDGET_BAND_CURRENT, genre_id=DRAMA, budget_band="1m_to_10m", decade=1990, title_count=3,
            title_share_ratio=0.75, mean_budget_usd=12_000_001 / 3, median_popularity=2.0, mean_popularity=2.0),
        row(BUDGET_BAND_CURRENT, genre_id=DRAMA, budget_band="unknown", decade=1990, title_count=1,
            title_share_ratio=0.25, median_popularity=8.0, mean_popularity=8.0),
    ]  # fmt: skip
    assert found == [{**one, "genre_id": g, "decade": d} for g in (-1, DRAMA) for d in (-1, 1990) for one in of_drama]


def test_a_movie_of_crime_and_war_counts_once_in_the_group_of_both_and_in_each(spark):
    found = bands(spark, [movie(1), movie(2), movie(3)], t1=[CRIME, WAR], t2=[WAR, DRAMA], t3=[DRAMA])
    counts = {one["genre_id"]: one["title_count"] for one in found if one["decade"] == 1990}
    assert counts == {-1: 3, -2: 2, CRIME: 1, WAR: 2, DRAMA: 2}


def test_the_share_of_a_band_is_of_its_genre_s_movies_of_the_decade_and_of_all_decades(spark):
    movies = [movie(1, 1, band="under_1m"), movie(2), movie(3, decade=2000)]
    found = bands(spark, movies, t1=[WAR], t2=[WAR], t3=[WAR])
    shares = {(o["decade"], o["budget_band"]): o["title_share_ratio"] for o in found if o["genre_id"] == WAR}
    assert shares == {
        (1990, "under_1m"): 0.5, (1990, "unknown"): 0.5, (2000, "unknown"): 1.0,
        (-1, "under_1m"): 1 / 3, (-1, "unknown"): 2 / 3,
    }  # fmt: skip


def test_the_correlation_is_of_the_movies_whose_budget_and_score_are_known_and_their_share_is_told(spark):
    pairs = [(1, 2.0), (2, 1.0), (3, 4.0), (4, 3.0), (5, 5.0), (6, None), (None, 9.0), (None, None)]
    movies = [movie(n, budget, score) for n, (budget, score) in enumerate(pairs, 1)]
    found = correlations(spark, movies, **{f"t{n}": [WAR] for n in range(1, 9)})
    reach = 1.959963984540054 * 1.03 / math.sqrt(2)
    low, high = math.tanh(math.atanh(0.8) - reach), math.tanh(math.atanh(0.8) + reach)
    assert found[WAR] == row(
        BUDGET_CORRELATION_CURRENT, genre_id=WAR, title_count=8, known_budget_count=5, known_budget_ratio=0.625,
        rank_correlation=0.8, correlation_low=pytest.approx(low), correlation_high=pytest.approx(high),
    )  # fmt: skip
    assert found.keys() == {-1, -2, WAR}
    assert found[-1] == {**found[WAR], "genre_id": -1}


@pytest.mark.parametrize("known", [0, 3])
def test_with_fewer_than_four_known_budgets_there_is_no_correlation(spark, known):
    movies = [movie(n, n if n <= known else None, float(n)) for n in range(1, 6)]
    found = correlations(spark, movies, **{f"t{n}": [DRAMA] for n in range(1, 6)})
    assert found[DRAMA] == row(
        BUDGET_CORRELATION_CURRENT, genre_id=DRAMA, title_count=5, known_budget_count=known,
        known_budget_ratio=known / 5,
    )  # fmt: skip


def test_where_every_budget_is_the_same_there_is_no_correlation(spark):
    found = correlations(spark, [movie(n, 5, float(n)) for n in range(1, 6)], **{f"t{n}": [DRAMA] for n in range(1, 6)})
    assert (found[DRAMA]["known_budget_count"], found[DRAMA]["rank_correlation"]) == (5, None)
