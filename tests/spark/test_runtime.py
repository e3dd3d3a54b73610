"""Question 3: films' minutes and seasons' episodes, by year and genre."""

from datetime import date

from batch.gold.runtime import film_runtime_yearly, season_episode_yearly
from lakehouse import contracts
from lakehouse.contracts.runtime import FILM_RUNTIME_YEARLY, SEASON_EPISODE_YEARLY
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.title import TITLE_SEASON
from lakehouse.tables import by_name
from tests.builders import collected, row, rows

BRIDGE_TITLE_GENRE = by_name(contracts.TABLES, "gold.bridge_title_genre")
CRIME, DRAMA = 80, 18


def genres(spark, media_type, pairs):
    bridge = [row(BRIDGE_TITLE_GENRE, media_type=media_type, title_id=t, genre_id=g) for t, g in pairs]
    return rows(spark, BRIDGE_TITLE_GENRE, *bridge)


def films(spark, *given, of=()):
    titles = rows(spark, DIM_TITLE, *(row(DIM_TITLE, **one) for one in given))
    found = film_runtime_yearly(titles, genres(spark, "movie", of))
    return collected(found.select(*FILM_RUNTIME_YEARLY.names), "year", "genre_id")


def seasons(spark, *given, of=()):
    season = rows(spark, TITLE_SEASON, *(row(TITLE_SEASON, media_type="tv", **one) for one in given))
    found = season_episode_yearly(season, genres(spark, "tv", of))
    return collected(found.select(*SEASON_EPISODE_YEARLY.names), "year", "genre_id")


def film(title_id, runtime_minutes=None, release_year=1999):
    return {"title_id": title_id, "runtime_minutes": runtime_minutes, "release_year": release_year}


def season(number, episode_count=None, air_date=date(2008, 1, 20), title_id=1396):
    return {"title_id": title_id, "season_number": number, "episode_count": episode_count, "air_date": air_date}


def test_a_film_counts_in_its_year_for_each_of_its_genres_and_unknown_minutes_are_out_of_mean_and_median(spark):
    found = films(spark, film(1, 90), film(2, 100), film(3, 140), film(4), of=[(n, DRAMA) for n in (1, 2, 3, 4)])
    of_year = {
        "year": 1999, "title_count": 4, "known_runtime_count": 3, "known_runtime_ratio": 0.75,
        "mean_runtime_minutes": 110.0, "median_runtime_minutes": 100.0,
    }  # fmt: skip
    assert found == [
        row(FILM_RUNTIME_YEARLY, genre_id=-1, **of_year),
        row(FILM_RUNTIME_YEARLY, genre_id=DRAMA, **of_year),
    ]


def test_the_median_of_an_even_number_of_films_lies_half_way(spark):
    found = films(spark, film(1, 90), film(2, 101))
    assert [(one["median_runtime_minutes"], one["mean_runtime_minutes"]) for one in found] == [(95.5, 95.5)]


def test_a_year_in_which_no_runtime_is_known_has_its_count_and_no_mean(spark):
    assert films(spark, film(1)) == [
        row(FILM_RUNTIME_YEARLY, year=1999, genre_id=-1, title_count=1, known_runtime_count=0, known_runtime_ratio=0.0),
    ]


def test_series_films_without_a_year_and_the_unknown_member_have_no_row(spark):
    assert films(spark, film(1, 90, None), film(0, 90), {**film(2, 45), "media_type": "tv"}) == []


def test_a_season_counts_in_the_year_in_which_it_began(spark):
    found = seasons(
        spark, season(1, 7), season(2, 13, date(2008, 12, 31)), season(3, 13, date(2009, 1, 1)), of=[(1396, CRIME)]
    )
    of_2008 = {
        "year": 2008, "season_count": 2, "known_episode_count": 2, "known_episode_ratio": 1.0, "mean_episodes": 10.0,
        "median_episodes": 10.0,
    }  # fmt: skip
    of_2009 = {**of_2008, "year": 2009, "season_count": 1, "known_episode_count": 1} | dict.fromkeys(
        ("mean_episodes", "median_episodes"), 13.0
    )
    assert found == [
        row(SEASON_EPISODE_YEARLY, genre_id=genre, **values)
        for values in (of_2008, of_2009)
        for genre in (-1, -2, CRIME)
    ]


def test_a_season_without_episodes_is_one_whose_episodes_are_not_known(spark):
    assert seasons(spark, season(1, 10), season(2, 0), season(3)) == [
        row(SEASON_EPISODE_YEARLY, year=2008, genre_id=-1, season_count=3, known_episode_count=1,
            known_episode_ratio=1 / 3, mean_episodes=10.0, median_episodes=10.0),
    ]  # fmt: skip


def test_specials_and_seasons_without_a_date_are_left_out(spark):
    assert seasons(spark, season(0, 5), season(1, 5, None)) == []
