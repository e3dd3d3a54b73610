"""Plain rows as the reports read them from gold, derived from the contracts: a market of two weeks that never was."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from apps.answers.answer import Tables
from lakehouse import contracts
from lakehouse.contracts.budget import BANDS
from lakehouse.tables import by_name
from tests.builders import row

DAYS = [date(2026, 1, 21) + timedelta(days=n) for n in range(14)]
MEDIA = ("movie", "tv")


def of(table: str, **values: Any) -> dict[str, Any]:
    """One row of a gold table; what the contract does not have, such as a joined name, is added as it is."""
    contract = by_name(contracts.TABLES, f"gold.{table}")
    own = {name: value for name, value in values.items() if name in contract.names}
    return {**row(contract, **own), **values}


def market(title: str = "Title") -> Tables:
    """What apps/market reads; every title begins with the given words."""
    keys = [(medium, n) for medium in MEDIA for n in range(1, 41)]
    named = [{"media_type": medium, "title_id": n, "title": f"{title} {n}", "day": DAYS[-1]} for medium, n in keys]
    shares = [(day, medium, n) for day in DAYS for medium in MEDIA for n in range(1, 13)]
    return {
        "top": [
            of("title_popularity_daily", **one, best_day_rank=one["title_id"], popularity=900.0 / one["title_id"],
               vote_average=7.5, vote_count=1200 * one["title_id"])
            for one in named if one["title_id"] <= 10
        ],
        "climber": [
            of("title_momentum_daily", **one, best_day_rank=one["title_id"], rank_change_1d=12 - one["title_id"],
               popularity=10.0, popularity_change_1d=-1.5)
            for one in named if one["title_id"] <= 10
        ],
        "genre": [
            of("genre_share_daily", day=day, media_type=medium, genre_id=n, name=f"Genre {n}", title_count=n,
               title_share_ratio=n / 78, popularity_share_ratio=(13 - n) / 78)
            for day, medium, n in shares
        ],
        "company": [
            of("company_share_daily", day=day, media_type=medium, company_id=n, name=f"Company {n}", title_count=n,
               title_share_ratio=n / 78, best_day_rank=n)
            for day, medium, n in shares
        ],
        "rating": [
            of("title_rating_daily", **one, popularity=3.0 * one["title_id"], vote_count=90, weighted_rating=6.5,
               popularity_percentile_ratio=one["title_id"] / 40,
               rating_percentile_ratio=(one["title_id"] * 7 % 40 + 1) / 40, hype_ratio=one["title_id"] / 41)
            for one in named
        ],
        "correlation": [
            of("rating_correlation_daily", day=day, media_type=medium, pair=pair, title_count=40, rank_correlation=r)
            for day in DAYS for medium in MEDIA
            for pair, r in (("rating_votes", 0.6), ("rating_popularity", -0.2), ("votes_popularity", None))
        ],
    }  # fmt: skip


def budget() -> Tables:
    groups = [(-1, None, 900), (-2, None, 200), (80, "Crime", 150), (10752, "War", 60), (37, "Western", 9)]
    return {
        "correlation": [
            of("budget_correlation_current", genre_id=genre_id, genre_name=name, title_count=count + 20,
               known_budget_count=count, known_budget_ratio=count / (count + 20), rank_correlation=0.5,
               correlation_low=0.4, correlation_high=0.6)
            for genre_id, name, count in groups
        ],
        "band": [
            of("budget_band_current", genre_id=group, decade=decade, budget_band=band, title_count=10 + n,
               title_share_ratio=0.2, mean_budget_usd=None if band == "unknown" else 1e6, median_popularity=5.0 * n,
               mean_popularity=5.0 * n)
            for group in (-1, -2) for decade in (-1, 0, 1990, 2000)
            for n, band in enumerate([*(name for name, _ in BANDS), "unknown"], 1)
        ],
        "title": [{"title": f"Title {n}", "budget_usd": n * 700_000, "popularity": 0.5 * n} for n in range(1, 90)],
    }  # fmt: skip


def person() -> Tables:
    return {
        "best": [
            of("person_rating_current", person_id=n, role=role, person_name=f"Person {n}", genre_group="crime_or_war",
               title_count=12, both_rated_count=12 - n, both_high_count=10 - n, mean_tmdb_rating=7.4,
               mean_imdb_rating=7.6)
            for role in ("director", "lead") for n in range(1, 9)
        ],
        "role": [
            {"role": role, "person_count": 40, "rated_count": 12, "high_count": 8, "tmdb_high_count": 9}
            for role in ("director", "lead")
        ],
    }  # fmt: skip


def runtime() -> Tables:
    def film(n: int, **values: Any) -> dict[str, Any]:
        known = {"known_runtime_count": 40 + n, "mean_runtime_minutes": 100.0 + n, "median_runtime_minutes": 98.0 + n}
        return of("film_runtime_yearly", title_count=50 + n, **known, known_runtime_ratio=0.8, **values)

    def season(n: int, **values: Any) -> dict[str, Any]:
        known = {"known_episode_count": 30 + n, "mean_episodes": 10.0 + n / 4, "median_episodes": 10.0}
        return of("season_episode_yearly", season_count=40 + n, **known, known_episode_ratio=0.8, **values)

    groups = [(-1, None), (-2, None), (0, None), (80, "Crime"), (18, "Drama")]
    return {
        f"{name}_{by}": rows
        for name, make in (("film", film), ("season", season))
        for by, rows in (
            ("year", [make(n, year=1990 + n, genre_id=group) for group in (-1, -2) for n in range(30)]),
            ("genre", [make(n, genre_id=group, genre_name=genre) for n, (group, genre) in enumerate(groups)]),
        )
    }


def success() -> Tables:
    def outcome(name: str, imdb: float, tmdb: float, verdict: str) -> dict[str, Any]:
        found = {f"{site}_correlation{end}": value + plus for site, value in (("imdb", imdb), ("tmdb", tmdb))
                 for end, plus in (("", 0.0), ("_low", -0.1), ("_high", 0.1))}  # fmt: skip
        return of("rating_predictor_current", outcome=name, title_count=300, tmdb_title_count=900,
                  tmdb_all_correlation=0.3, verdict=verdict, **found)  # fmt: skip

    return {
        "predictor": [
            outcome("years_in_lists", 0.1, 0.15, "no_difference"),
            outcome("revenue_over_budget", 0.5, 0.2, "imdb"),
            outcome("vote_count", 0.2, 0.6, "tmdb"),
        ],
        "rated": [{"title_count": 900, "tmdb": 900, "imdb": 320, "both": 310}],
    }


def found(title: str = "Title") -> dict[str, Tables]:
    """Everything that the market page shows."""
    days = [{"first_day": DAYS[0], "last_day": DAYS[-1], "day_count": len(DAYS)}]
    titles = [
        {"media_type": medium, "title_count": count, "imdb_rated_count": 10, "budget_count": 5}
        for medium, count in (("movie", 2654), ("tv", 404))
    ]
    questions = {"budget": budget(), "person": person(), "runtime": runtime(), "success": success()}
    return {"market": market(title), "span": {"days": days, "titles": titles}, **questions}


def nothing() -> dict[str, Tables]:
    """The same where no table has a row yet, as Spark answers then."""
    counted = {"days": [{"first_day": None, "last_day": None, "day_count": 0}], "rated": success()["rated"]}
    empty: Mapping[str, Any] = {"title_count": 0, "tmdb": 0, "imdb": 0, "both": 0}
    return {
        name: {table: [dict(empty)] if table == "rated" else counted.get(table, []) for table in tables}
        for name, tables in found().items()
    }
