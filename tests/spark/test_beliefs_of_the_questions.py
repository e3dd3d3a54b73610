"""What expectations/ believes of the four questions' tables: met by what is made, unmet by what cannot be."""

from datetime import date

import pytest

from batch.build import function_of
from expectations import budget, person, runtime, success
from lakehouse import contracts
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.title import TITLE_SEASON
from lakehouse.tables import by_name
from tests.builders import row, rows

RULES = budget.RULES | person.RULES | runtime.RULES | success.RULES
GENRE = by_name(contracts.TABLES, "gold.bridge_title_genre")
PERSON = by_name(contracts.TABLES, "gold.bridge_title_person")
TITLES = range(1, 41)


@pytest.fixture(scope="module")
def made(spark):
    """Every table of the four questions, made from forty movies, two series and their seasons."""
    movies = [
        row(DIM_TITLE, title_id=n, release_date=date(1980 + n, 5, 1), release_year=1980 + n,
            runtime_minutes=80 + n if n % 5 else None, budget_usd=n * 4_000_000 if n % 3 else None,
            revenue_usd=n * 9_000_000, popularity=1.5 * n, vote_average=5 + n / 20, vote_count=60 * n,
            imdb_rating=4 + n / 10, imdb_vote_count=400 * n, last_listed_date=date(2026, 1, 21))
        for n in TITLES
    ]  # fmt: skip
    genres = [row(GENRE, title_id=n, genre_id=(80, 10752, 18)[n % 3]) for n in TITLES]
    genres += [row(GENRE, title_id=n, genre_id=35) for n in TITLES if n % 2]
    genres += [row(GENRE, title_id=n, genre_id=80, media_type="tv") for n in (1, 2)]
    persons = [row(PERSON, title_id=n, person_id=1 + n % 4) for n in TITLES]
    seasons = [
        row(TITLE_SEASON, media_type="tv", title_id=1 + n % 2, season_number=n, episode_count=n % 4 * 5,
            air_date=date(2000 + n // 3, 1, 1))
        for n in range(12)
    ]  # fmt: skip
    given = ((DIM_TITLE, movies), (GENRE, genres), (PERSON, persons),
             (TITLE_SEASON, seasons))  # fmt: skip
    frames = {table.name: rows(spark, table, *of_table) for table, of_table in given}
    for name in RULES:
        table = by_name(contracts.BUILT, name)
        frames[name] = (
            function_of(table)(*(frames[read] for read in table.reads)).select(*table.names).localCheckpoint()
        )
    return frames


def unmet(frame, name):
    """The queries of the table's rules that find a row in the frame; and the bounds that a value lies beyond."""
    frame.createOrReplaceTempView("batch")
    spark, found = frame.sparkSession, []
    for rule in RULES[name]:
        query = getattr(rule, "unexpected_rows_query", None)
        query = query or f"SELECT 1 FROM {{batch}} WHERE {rule.column} > {rule.max_value}"
        if not spark.sql(str(query).replace("{batch}", "batch")).isEmpty():
            found.append(rule.severity.value)
    return found


@pytest.mark.parametrize("name", RULES)
def test_rows_as_they_are_made_meet_every_belief(made, name):
    assert not made[name].isEmpty()
    assert unmet(made[name], name) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("gold.title_budget_current", {"budget_band": "'under_1m'"}),
        ("gold.title_budget_current", {"media_type": "'tv'"}),
        ("gold.budget_band_current", {"title_share_ratio": "title_share_ratio + 0.01"}),
        ("gold.budget_band_current", {"title_count": "title_count + if(genre_id = -2, 1000, 0)"}),
        ("gold.budget_band_current", {"mean_budget_usd": "1D"}),
        ("gold.budget_correlation_current", {"known_budget_count": "title_count + 1"}),
        ("gold.budget_correlation_current", {"correlation_low": "rank_correlation + 0.1"}),
        ("gold.person_rating_current", {"both_high_count": "both_rated_count + 1"}),
        ("gold.person_rating_current", {"tmdb_rated_count": "title_count + 1"}),
        ("gold.person_rating_current", {"mean_imdb_rating": "CAST(NULL AS DOUBLE)"}),
        ("gold.person_rating_current", {"title_count": "title_count + if(genre_group = 'all', 0, 500)"}),
        ("gold.film_runtime_yearly", {"title_count": "title_count + if(genre_id = 18, 500, 0)"}),
        ("gold.film_runtime_yearly", {"mean_runtime_minutes": "CAST(NULL AS DOUBLE)"}),
        ("gold.season_episode_yearly", {"season_count": "season_count + if(genre_id = 80, 500, 0)"}),
        ("gold.season_episode_yearly", {"mean_episodes": "0D"}),
        ("gold.title_success_current", {"tmdb_rating": "CAST(NULL AS DOUBLE)", "imdb_rating": "CAST(NULL AS DOUBLE)"}),
        ("gold.rating_predictor_current", {"title_count": "tmdb_title_count + 1"}),
        ("gold.rating_predictor_current", {"imdb_correlation": "imdb_correlation_low - 0.1"}),
        ("gold.rating_predictor_current", {"verdict": "'tmdb'", "title_count": "29L"}),
        ("gold.rating_predictor_current", {"verdict": "'imdb'", "imdb_correlation": "0D"}),
    ],
)
def test_what_cannot_be_holds_the_table_back(made, name, changes):
    wrong = made[name].selectExpr(*(f"{changes.get(c, c)} AS {c}" for c in made[name].columns))
    assert "critical" in unmet(wrong, name)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("gold.title_budget_current", {"budget_usd": "2000000000L"}),
        ("gold.budget_correlation_current", {"known_budget_ratio": "0.05D"}),
        ("gold.person_rating_current", {"title_count": "2000L"}),
        ("gold.film_runtime_yearly", {"median_runtime_minutes": "5400D", "known_runtime_count": "30L"}),
        ("gold.season_episode_yearly", {"median_episodes": "250D", "known_episode_count": "30L"}),
        ("gold.title_success_current", {"years_in_lists": "1999D"}),
        ("gold.title_success_current", {"revenue_over_budget": "1e6D"}),
    ],
)
def test_what_is_hard_to_believe_is_a_warning(made, name, changes):
    strange = made[name].selectExpr(*(f"{changes.get(c, c)} AS {c}" for c in made[name].columns))
    assert "warning" in unmet(strange, name)


def test_a_missing_outcome_holds_the_verdicts_back(made):
    name = "gold.rating_predictor_current"
    assert unmet(made[name].where("outcome <> 'vote_count'"), name) == ["critical"]
