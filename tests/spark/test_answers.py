"""What the reports read from gold: their queries fit the contracts, and pick what the page shows."""

from datetime import date

import pytest

from apps.market.page import page, read
from lakehouse import contracts
from lakehouse.clock import from_iso
from lakehouse.tables import by_name
from tests.builders import row, rows
from tests.report_rows import nothing

MADE_AT = from_iso("2026-02-04T08:00")
DAYS = [date(2026, 1, 20), date(2026, 1, 21)]


MARKET = {
    "dim_date": [{"day": day, "year": day.year} for day in (date(1900, 1, 1), *DAYS)],
    "dim_title": [{"title_id": 0}, {"title_id": 603, "imdb_rating": 8.7, "title": "The Matrix"}],
    "title_popularity_daily": [{"title_id": n, "day": day, "best_day_rank": 12 - n} for n in (1, 2) for day in DAYS],
    "title_momentum_daily": [
        {"title_id": n, "day": DAYS[1], "best_day_rank": n, "rank_change_1d": climb}
        for n, climb in ((1, -1), (2, 3), (3, 7))
    ],
    "dim_genre": [{"genre_id": 80, "genre_name": "Crime"}],
    "genre_share_daily": [{"genre_id": 80, "day": DAYS[1]}],
    "title_rating_daily": [{"title_id": 603, "day": day, "hype_ratio": 0.5} for day in DAYS],
}
PERSONS = {
    "budget_correlation_current": [{"genre_id": 80}, {"genre_id": -1}],
    "dim_person": [{"person_id": 7, "person_name": "Michael Mann"}],
    "person_rating_current": [
        {"person_id": n, "role": "director", "genre_group": group, "both_rated_count": rated, "both_high_count": high,
         "tmdb_high_count": high}
        for n, group, rated, high in ((6, "crime_or_war", 9, 3), (7, "crime_or_war", 4, 3), (8, "crime_or_war", 9, 4),
                                      (9, "crime_or_war", 0, 0), (8, "all", 99, 99))
    ],
}  # fmt: skip
MOVIES = ((1, 80, 5_000_000), (2, 18, 5_000_000), (3, 10752, 7), (4, 10752, None))
BUDGETS = {
    "bridge_title_genre": [{"title_id": title_id, "genre_id": genre_id} for title_id, genre_id, _ in MOVIES],
    "title_budget_current": [
        {"title_id": title_id, "budget_usd": budget, "popularity": 1.5, "title": "x"} for title_id, _, budget in MOVIES
    ],
}


@pytest.fixture(scope="module")
def gold(spark):
    """Every gold table, empty, as plain files: the queries ask nothing of Delta, whose tables take long to make."""
    spark.sql("DROP SCHEMA IF EXISTS gold CASCADE")
    spark.sql("CREATE SCHEMA gold")
    for table in contracts.BUILT:
        if table.layer == "gold":
            columns = ", ".join(f"{column.name} {column.type.simpleString()}" for column in table.columns)
            spark.sql(f"CREATE TABLE {table.name} ({columns}) USING parquet")
    yield spark
    spark.sql("DROP SCHEMA gold CASCADE")


@pytest.fixture(scope="module")
def none(gold):
    """What is read from gold without rows."""
    return read(gold)


@pytest.fixture(scope="module")
def found(gold, none):
    """What is read once gold has rows for every question."""
    for table, given in (MARKET | PERSONS | BUDGETS).items():
        contract = by_name(contracts.TABLES, f"gold.{table}")
        rows(gold, contract, *(row(contract, **one) for one in given)).write.insertInto(contract.name)
    return read(gold)


def test_from_gold_without_rows_the_page_says_that_there_are_none(none):
    expected = nothing()
    assert {name: tables.keys() for name, tables in none.items()} == {n: t.keys() for n, t in expected.items()}
    assert none["market"] == expected["market"]
    assert none["success"] == expected["success"]
    assert "no rows yet" in page(none, made_at=MADE_AT)


def test_the_market_is_that_of_the_newest_day_with_the_names_of_its_things(found):
    market = found["market"]
    assert [(one["title_id"], one["day"]) for one in market["top"]] == [(2, DAYS[1])]
    assert [one["title_id"] for one in market["climber"]] == [3, 2]
    assert [one["name"] for one in market["genre"]] == ["Crime"]
    assert [(one["title"], one["day"]) for one in market["rating"]] == [("The Matrix", DAYS[1])]
    assert found["span"]["days"] == [{"first_day": DAYS[0], "last_day": DAYS[1], "day_count": 2}]
    assert [(one["title_count"], one["imdb_rated_count"]) for one in found["span"]["titles"]] == [(1, 1)]


def test_a_question_reads_names_and_the_persons_in_their_order(found):
    genres = [(one["genre_id"], one["genre_name"]) for one in found["budget"]["correlation"]]
    assert genres == [(-1, None), (80, "Crime")]
    best = [(one["person_id"], one["person_name"]) for one in found["person"]["best"]]
    assert best == [(8, None), (7, "Michael Mann"), (6, None)]
    assert found["person"]["role"] == [
        {"role": "director", "person_count": 4, "rated_count": 3, "high_count": 3, "tmdb_high_count": 3},
    ]


def test_the_sample_of_movies_is_of_crime_and_war_with_a_budget_that_can_be(found):
    assert found["budget"]["title"] == [{"title": "x", "budget_usd": 5_000_000, "popularity": 1.5}]
