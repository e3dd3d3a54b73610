"""The star and the shares, built from silver, followed and built anew; what their expectations find."""

import importlib
import random
from datetime import UTC, datetime, timedelta

import great_expectations.expectations as gxe
import pytest

from batch import build
from expectations import baseline, counting
from expectations.check import check
from lakehouse import contracts, delta
from lakehouse.clock import from_iso
from lakehouse.contracts.bridge import BRIDGE_TITLE_COMPANY, DIM_COMPANY
from lakehouse.contracts.company import COMPANY_SHARE_DAILY
from lakehouse.contracts.genre import GENRE_SHARE_DAILY
from lakehouse.contracts.popular import POPULAR_EVENT
from lakehouse.contracts.rating import RATING_CORRELATION_DAILY, TITLE_RATING_DAILY
from lakehouse.contracts.star import DIM_DATE, DIM_TITLE, FACT_TITLE_POPULARITY_DAILY
from lakehouse.contracts.title import TITLE_CURRENT
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from tests.builders import collected, listed, row, rows, seen

STEMS = ("star", "bridge", "credit", "genre", "company", "rating")
SOURCES = ("trending", "popular", "discover", "title", "catalogue", "imdb")
AT = datetime(2026, 1, 21, 12, tzinfo=UTC)
BY_DAY = (FACT_TITLE_POPULARITY_DAILY, GENRE_SHARE_DAILY, TITLE_RATING_DAILY, RATING_CORRELATION_DAILY)
IN_ORDER = build.ordered(
    table for table in contracts.BUILT if contracts.stem(table) in STEMS or table == TITLE_POPULARITY_DAILY
)


def arrive(spark, table, *given):
    delta.append(rows(spark, table, *given), table.name, metadata={})


def built(spark, *tables):
    """What each of the tables replaced: its periods, None for the whole table, () for nothing."""
    done = {}
    for table in tables:
        staged = build.stage(spark, table, build.Run("r"))
        done[table.name] = staged.periods if staged else ()
        if staged:
            build.publish(spark, staged)
    return done


def built_anew(spark, table):
    function = build.function_of(table)
    return build.conform(function(*(spark.table(name) for name in table.reads)), table)


def some_events(chance, day, count=12):
    def of(one, **values):
        return one(
            at=(day + timedelta(hours=chance.choice([7, 19]))).strftime("%Y-%m-%dT%H:%M"),
            title_id=chance.randint(1, 9), media_type=chance.choice(["movie", "tv"]), rank=chance.randint(1, 30),
            popularity=chance.choice([None, round(chance.uniform(0, 900), 3)]),
            vote_count=chance.choice([None, 0, 7, 90]), vote_average=round(chance.uniform(0, 10), 3),
            genre_ids=chance.sample([18, 35, 80], chance.randint(0, 3)),
            **values,
        )  # fmt: skip

    trending = [of(seen, list_name=chance.choice(["trending_day", "trending_week"])) for _ in range(count)]
    return trending, [of(listed, list_name=chance.choice(["popular", "top_rated"])) for _ in range(count)]


@pytest.mark.stems("star", "genre", "rating", "trending", "popular")
@pytest.mark.timeout(600)
def test_what_follows_by_day_equals_a_full_rebuild_row_for_row(spark, lake):
    chance = random.Random(20260121)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for days in ((0, 1, 2), (1, 3)):  # the second day is seen again
        given = [some_events(chance, first + timedelta(days=day)) for day in days]
        for place, table in enumerate((TRENDING_EVENT, POPULAR_EVENT)):
            arrive(spark, table, *(event for day in given for event in day[place]))
        done = built(spark, *BY_DAY)
    assert set(done.values()) == {((first + timedelta(1)).date(), (first + timedelta(3)).date())}
    for table in BY_DAY:
        assert collected(spark.table(table.name)) == collected(built_anew(spark, table)), table.name
        assert not spark.table(table.name).isEmpty()


@pytest.mark.stems("company", "bridge", "trending")
@pytest.mark.timeout(600)
def test_shares_of_companies_follow_by_day_and_are_built_anew_when_it_turns_out_who_made_a_title(spark, lake):
    def made(*companies):
        given = [row(BRIDGE_TITLE_COMPANY, company_id=one, weight_ratio=1 / len(companies)) for one in companies]
        delta.replace(rows(spark, BRIDGE_TITLE_COMPANY, *given), BRIDGE_TITLE_COMPANY.name, where=None, metadata={})

    tables = TITLE_POPULARITY_DAILY, COMPANY_SHARE_DAILY
    made(0)
    arrive(spark, TRENDING_EVENT, *(seen(at=f"2026-01-{day}", title_id=1) for day in (21, 22)))
    built(spark, *tables)
    arrive(spark, TRENDING_EVENT, seen(at="2026-01-22T10:00", title_id=2))
    days = built(spark, *tables)[COMPANY_SHARE_DAILY.name]
    assert collected(spark.table(COMPANY_SHARE_DAILY.name)) == collected(built_anew(spark, COMPANY_SHARE_DAILY))
    made(7, 8)
    whole = built(spark, *tables)[COMPANY_SHARE_DAILY.name]
    found = collected(spark.table(COMPANY_SHARE_DAILY.name), "day", "company_id")
    assert found == collected(built_anew(spark, COMPANY_SHARE_DAILY), "day", "company_id")
    assert ([str(day) for day in days], whole) == (["2026-01-22"], None)
    assert [(str(one["day"]), one["company_id"], one["title_share_ratio"]) for one in found] == [
        ("2026-01-21", 7, 0.5), ("2026-01-21", 8, 0.5),
        ("2026-01-22", 0, 0.5), ("2026-01-22", 7, 0.25), ("2026-01-22", 8, 0.25),
    ]  # fmt: skip


@pytest.mark.stems("bridge", "title", "catalogue")
def test_what_foreign_keys_name_has_its_unknown_member_though_no_input_has_a_row_and_is_built_once(spark, lake):
    built(spark, DIM_COMPANY)
    assert [one["company_id"] for one in spark.table(DIM_COMPANY.name).collect()] == [0]
    assert build.stage(spark, DIM_COMPANY, build.Run("again")) is None


@pytest.mark.stems(*STEMS, *SOURCES)
@pytest.mark.timeout(600)
def test_the_whole_star_is_made_in_order_and_no_query_finds_a_row_against_it_but_for_its_freshness(spark, lake):
    trending, popular = some_events(random.Random(1), datetime(2026, 1, 21, tzinfo=UTC))
    first = [seen(at="2026-01-21T05:00", title_id=n, rank=n) for n in range(1, 16)]
    own = {"companies": [{"id": 7, "name": "Warner", "origin_country": "US"}]}
    arrive(spark, TRENDING_EVENT, *trending, *first, *(one | {"media_type": "tv"} for one in first))
    arrive(spark, POPULAR_EVENT, *popular)
    arrive(spark, TITLE_CURRENT, row(TITLE_CURRENT, title_id=1, fetched_at=from_iso("2026-01-21"), **own))
    against = {}
    for table in IN_ORDER:
        delta.append(built_anew(spark, table), table.name, metadata={})
        against |= {(table.name, query): found for query, found in rows_against(spark, table).items() if found}
    assert {name for name, query in against if "current_date()" in query} == {
        TITLE_POPULARITY_DAILY.name, FACT_TITLE_POPULARITY_DAILY.name, GENRE_SHARE_DAILY.name,
    }  # fmt: skip
    assert len(against) == 3
    assert [one["company_name"] for one in collected(spark.table(DIM_COMPANY.name), "company_id")] == [
        "unknown", "Warner",
    ]  # fmt: skip


def rows_against(spark, table):
    """How many rows of the published table each query finds: foreign keys, beliefs, and a key that is there twice."""
    rules = importlib.import_module(f"expectations.{contracts.stem(table)}").RULES.get(table.name, [])
    twice = f"SELECT 1 FROM {{batch}} GROUP BY {', '.join(table.key)} HAVING count(*) > 1"
    unique = gxe.UnexpectedRowsExpectation(unexpected_rows_query=twice)
    found = counting.counts(spark, table.name, (*baseline.suite(table), *rules, unique))
    assert found, f"a query of {table.name} cannot run"
    return found


@pytest.mark.stems("star")
def test_a_row_that_points_to_no_title_is_found_and_null_points_to_none(spark, lake):
    known = rows(spark, DIM_TITLE, row(DIM_TITLE, title_id=603))
    delta.append(known, DIM_TITLE.name, metadata={})
    delta.append(rows(spark, DIM_DATE, row(DIM_DATE)), DIM_DATE.name, metadata={})
    of_title = [row(FACT_TITLE_POPULARITY_DAILY, title_id=number, media_type=medium)
                for number, medium in ((603, "movie"), (603, "tv"), (604, "movie"))]  # fmt: skip
    pointing = rows(spark, FACT_TITLE_POPULARITY_DAILY, *of_title)
    nowhere = pointing.limit(1).selectExpr("CAST(NULL AS STRING) AS media_type", *pointing.columns[1:])
    report = check(pointing.unionByName(nowhere), FACT_TITLE_POPULARITY_DAILY, run_id="r", stage="staged", at=AT)
    pointed = {"gold.dim_title", "gold.dim_date"}
    keys = {table: (one.is_met, one.unexpected_count, one.severity)
            for one in report.findings for table in pointed if table in one.arguments}  # fmt: skip
    assert keys == {"gold.dim_title": (False, 2, "critical"), "gold.dim_date": (True, 0, "critical")}
