"""Question 2: how a person's titles are counted."""

from batch.gold.person import person_rating_current
from lakehouse import contracts
from lakehouse.contracts.person import PERSON_RATING_CURRENT
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.tables import by_name
from tests.builders import collected, row, rows

BRIDGE_TITLE_GENRE = by_name(contracts.TABLES, "gold.bridge_title_genre")
BRIDGE_TITLE_PERSON = by_name(contracts.TABLES, "gold.bridge_title_person")
CRIME, DRAMA, MANN = 80, 18, 638
RATED = {"vote_average": 7.9, "vote_count": 100, "imdb_rating": 8.3, "imdb_vote_count": 1000}


def title(title_id, *genres, by=(MANN,), role="director", media_type="movie", **figures):
    return title_id, genres, by, role, media_type, figures


def found(spark, *titles):
    dims, genres, persons = [], [], []
    for title_id, of_genres, by, role, media_type, figures in titles:
        same = {"title_id": title_id, "media_type": media_type}
        dims.append(row(DIM_TITLE, **same, **figures))
        genres += [row(BRIDGE_TITLE_GENRE, **same, genre_id=genre) for genre in of_genres]
        persons += [row(BRIDGE_TITLE_PERSON, **same, person_id=person, role=role) for person in by]
    made = person_rating_current(
        rows(spark, DIM_TITLE, *dims), rows(spark, BRIDGE_TITLE_GENRE, *genres),
        rows(spark, BRIDGE_TITLE_PERSON, *persons),
    )  # fmt: skip
    return collected(made.select(*PERSON_RATING_CURRENT.names), "genre_group", "person_id", "role")


def test_a_title_counts_among_all_and_if_it_is_crime_or_war_once_there(spark):
    counted = found(spark, title(1, CRIME, 10752, **RATED), title(2, DRAMA, **RATED))
    rated = {
        f"{name}_count": 1
        for name in ("title", "tmdb_rated", "imdb_rated", "tmdb_high", "imdb_high", "both_rated", "both_high")
    }
    of_mann = {"person_id": MANN, "role": "director", "mean_tmdb_rating": 7.9, "mean_imdb_rating": 8.3}
    assert counted == [
        row(PERSON_RATING_CURRENT, **of_mann, genre_group="all", **dict.fromkeys(rated, 2)),
        row(PERSON_RATING_CURRENT, **of_mann, genre_group="crime_or_war", **rated),
    ]


def test_a_rating_with_too_few_votes_counts_neither_as_high_nor_in_the_mean(spark):
    counted = found(
        spark,
        title(1, **RATED),
        title(2, **RATED | {"vote_average": 9.9, "vote_count": 99}),
        title(3, **RATED | {"imdb_rating": 9.9, "imdb_vote_count": 999}),
        title(4, vote_average=7.5),
    )
    assert counted == [
        row(PERSON_RATING_CURRENT, person_id=MANN, role="director", genre_group="all", title_count=4,
            tmdb_rated_count=2, imdb_rated_count=2, tmdb_high_count=2, imdb_high_count=2, both_rated_count=1,
            both_high_count=1, mean_tmdb_rating=7.9, mean_imdb_rating=8.3),
    ]  # fmt: skip


def test_high_begins_at_seven_and_must_hold_on_both_sites_at_once(spark):
    counted = found(
        spark,
        title(1, **RATED | {"vote_average": 7.0, "imdb_rating": 6.9}),
        title(2, **RATED | {"vote_average": 6.9, "imdb_rating": 7.0}),
    )
    assert [(one["tmdb_high_count"], one["imdb_high_count"], one["both_high_count"]) for one in counted] == [(1, 1, 0)]


def test_each_role_of_a_person_is_a_row_of_its_own(spark):
    counted = found(spark, title(1), title(2, role="lead"), title(2, role="creator", media_type="tv"))
    assert [(one["role"], one["title_count"]) for one in counted] == [("creator", 1), ("director", 1), ("lead", 1)]


def test_the_unknown_person_and_the_unknown_title_count_nowhere(spark):
    assert found(spark, title(1, by=(0,), role="none"), title(0)) == []
