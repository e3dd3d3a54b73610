"""Shares of genres in the popular list, given what the polls saw."""

from batch.gold.genre import genre_share_daily
from lakehouse.contracts.genre import GENRE_SHARE_DAILY
from lakehouse.contracts.popular import POPULAR_EVENT
from tests.builders import collected, listed, rows


def shares(spark, *events):
    found = genre_share_daily(rows(spark, POPULAR_EVENT, *events)).select(*GENRE_SHARE_DAILY.names)
    return [tuple(one.values())[1:] for one in collected(found, "day", "media_type", "genre_id")]


def test_a_title_of_two_genres_counts_half_in_each_and_weighs_by_its_popularity(spark):
    found = shares(
        spark,
        listed(title_id=1, genre_ids=[80], popularity=30.0),
        listed(title_id=2, genre_ids=[80, 18], popularity=10.0),
    )
    assert found == [("movie", 18, 1, 2, 0.25, 0.125), ("movie", 80, 2, 2, 0.75, 0.875)]


def test_only_the_popular_list_counts_and_media_and_days_are_apart(spark):
    found = shares(
        spark,
        listed(genre_ids=[18]), listed(genre_ids=[80], media_type="tv"), listed(at="2026-01-22T10:00", genre_ids=[35]),
        listed(title_id=7, genre_ids=[99], list_name="top_rated"),
    )  # fmt: skip
    assert found == [("movie", 18, 1, 1, 1.0, None), ("tv", 80, 1, 1, 1.0, None), ("movie", 35, 1, 1, 1.0, None)]


def test_a_title_counts_once_a_day_as_the_last_poll_that_saw_it_had_it(spark):
    found = shares(
        spark,
        listed(at="2026-01-21T07:00", genre_ids=[18], popularity=1.0),
        listed(at="2026-01-21T19:00", genre_ids=[80], popularity=3.0),
        listed(at="2026-01-21T07:00", title_id=7, genre_ids=[80], popularity=1.0),
    )
    assert found == [("movie", 80, 2, 2, 1.0, 1.0)]


def test_a_title_without_genres_counts_for_the_unknown_one_and_a_genre_that_is_named_twice_once(spark):
    found = shares(
        spark,
        listed(title_id=1, genre_ids=[]), listed(title_id=2, genre_ids=None), listed(title_id=3, genre_ids=[0]),
        listed(title_id=4, genre_ids=[80, 80]),
    )  # fmt: skip
    assert found == [("movie", 0, 3, 4, 0.75, None), ("movie", 80, 1, 4, 0.25, None)]


def test_a_title_without_popularity_weighs_nothing(spark):
    found = shares(
        spark, listed(title_id=1, genre_ids=[18]), listed(title_id=2, genre_ids=[80], popularity=2.0)
    )  # fmt: skip
    assert [(genre, share) for _, genre, _, _, _, share in found] == [(18, 0.0), (80, 1.0)]
