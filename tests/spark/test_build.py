"""Gold follows its inputs day by day and equals a full rebuild; nothing is committed where nothing has changed."""

import logging
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import functions as F

from batch import build, staging
from lakehouse import contracts, delta, history
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from lakehouse.errors import ContractBroken, Transient
from lakehouse.tables import Refresh
from tests.builders import collected, row, rows, seen

SILVER = TRENDING_EVENT.name
GOLD = build.ordered(table for table in contracts.BUILT if contracts.stem(table) == "trending")
DAILY = TITLE_POPULARITY_DAILY


def arrive(spark, *events):
    delta.append(rows(spark, TRENDING_EVENT, *events), SILVER, metadata={})


def built(spark, table=DAILY, *, full=False):
    staged = build.stage(spark, table, build.Run("r", full=full))
    return build.publish(spark, staged).version if staged else None


def built_anew(spark, table):
    """The oracle: the function over everything, without any build."""
    function = build.function_of(table)
    return build.conform(function(*(spark.table(name) for name in table.reads)), table)


def test_of_two_runs_at_once_one_is_published_and_later_only_the_touched_days_are_replaced(spark, lake):
    waiting, folder = f"staging.{DAILY.entity}", lake / "staging"
    arrive(spark, seen(at="2026-01-20T10:00"))
    run = build.begun(spark, GOLD, build.Run("slow"))
    assert {name: one.version for name, one in run.pins.items()} == {SILVER: 1}
    assert {name: len(log.commits) for name, log in run.logs.items()} == {table.name: 1 for table in GOLD}
    arrive(spark, seen(at="2026-01-21T10:00"), seen(at="2026-01-22T10:00"))

    slow = build.stage(spark, DAILY, run)
    assert days(spark.table(waiting)) == [(20, 1)], "a run reads the pinned version and not what came later"
    quick = build.stage(spark, DAILY, build.Run("quick"))
    assert days(spark.table(waiting)) == [(20, 1), (21, 1), (22, 1)]
    assert (spark.table(DAILY.name).count(), len([*folder.iterdir()])) == (0, 1)
    with (
        pytest.raises(Transient, match=r"another run staged gold\.title_popularity_daily while run slow"),
        staging.waiting(spark, slow),
    ):
        staging.candidate(spark, slow).collect()
    assert build.publish(spark, quick).rows == 3
    assert ([*folder.iterdir()], spark.catalog.tableExists(waiting)) == ([], False)
    with pytest.raises(Transient, match=r"another run published gold\.title_popularity_daily while run slow"):
        build.publish(spark, slow)
    assert build.stage(spark, DAILY, build.Run("r", run.pins)) is None

    arrive(spark, seen(at="2026-01-22T11:00", rank=9), seen(at="2026-01-23T10:00"))
    spark.sql(f"DELETE FROM {SILVER} WHERE event_date = DATE'2026-01-21'")
    staged = build.stage(spark, DAILY, build.Run("later"))
    assert staged.periods == (date(2026, 1, 21), date(2026, 1, 22), date(2026, 1, 23))
    assert days(spark.table(staged.place)) == [(22, 2), (23, 1)]
    assert days(staging.candidate(spark, staged)) == [(20, 1), (22, 2), (23, 1)]
    build.publish(spark, staged)
    assert days(spark.table(DAILY.name)) == [(20, 1), (22, 2), (23, 1)]

    assert built(spark) is None
    spark.sql(f"OPTIMIZE {SILVER}")
    assert built(spark) is None, "a compaction changes no row"
    assert told(spark) == [
        {"run_id": "later", "inputs": {SILVER: 4}, "full": False, "periods": 3},
        {"run_id": "quick", "inputs": {SILVER: 2}, "full": True, "periods": None},
    ]


def told(spark):
    """What each build's commit says of itself, newest first."""
    said = [one.metadata for one in history.commits(spark, DAILY.name) if one.metadata]
    return [{key: one[key] for key in ("run_id", "inputs", "full", "periods")} for one in said]


def days(frame):
    """Of each day of January how many polls it had."""
    return [(one["day"].day, one["poll_count"]) for one in collected(frame, "day")]


def test_a_table_that_comes_out_empty_is_published_once_too(spark, lake):
    arrive(spark, seen())
    for _ in range(2):
        staged = build.stage(spark, DAILY, build.Run("r"), rows=lambda one: _daily(one).where("false"))
        if staged:
            assert build.publish(spark, staged).version == 1
    assert staged is None


def test_everything_is_rebuilt_on_demand_after_a_restore_without_the_change_feed_and_of_an_input_made_anew(
    spark, lake, lakes, once_built, caplog
):
    stray = row(DAILY, title_id=1, day=date(2020, 1, 1))
    delta.append(rows(spark, DAILY, stray), DAILY.name, metadata={})
    assert built(spark) is None
    assert built(spark, full=True) == 3
    assert [one["title_id"] for one in collected(spark.table(DAILY.name))] == [603]

    spark.sql(f"RESTORE TABLE {DAILY.name} TO VERSION AS OF 0")
    assert built(spark) == 5
    assert [one["title_id"] for one in collected(spark.table(DAILY.name))] == [603]

    spark.sql(f"UPDATE {SILVER} SET rank = 5")
    for part in (lake / "silver" / "trending_event" / "_change_data").iterdir():
        part.unlink()
    with caplog.at_level(logging.WARNING):
        assert candidate_anew(spark, "best_day_rank") == [5]
    assert f"the change feed of {SILVER} is gone" in caplog.text

    lakes.anew(TRENDING_EVENT)  # its versions start again, behind the one that was read last
    arrive(spark, seen(title_id=8))
    assert candidate_anew(spark, "title_id") == [8]


def candidate_anew(spark, column):
    """The column's values in what the daily table would become; it must be staged in full."""
    staged = build.stage(spark, DAILY, build.Run("r"))
    assert staged.periods is None
    return [one[column] for one in collected(staging.candidate(spark, staged))]


def test_following_changes_touches_what_compares_with_them_and_equals_a_full_rebuild_row_for_row(spark, lake):
    chance = random.Random(20260121)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    arrive(spark, *(_seen(chance, first + timedelta(days=chance.randint(0, 20))) for _ in range(120)))
    for table in GOLD:
        built(spark, table)
    arrive(spark, *(_seen(chance, first + timedelta(days=chance.choice([4, 21]))) for _ in range(12)))
    spark.sql(f"UPDATE {SILVER} SET popularity = popularity * 2, rank = rank + 1 WHERE event_date = DATE'2026-01-08'")
    spark.sql(f"DELETE FROM {SILVER} WHERE event_date = DATE'2026-01-13' AND title_id = 4")
    spark.sql(f"OPTIMIZE {SILVER}")
    touched = {table: _followed(spark, table) for table in GOLD}
    assert touched == {
        DAILY: january(5, 8, 13, 22),
        TITLE_POPULARITY_WEEKLY: january(5, 12, 19),
        TITLE_MOMENTUM_DAILY: january(5, 6, 8, 9, 12, 13, 14, 15, 20, 22, 23, 29),
    }
    for table in GOLD:
        assert collected(spark.table(table.name)) == collected(built_anew(spark, table)), table.name


def january(*numbers):
    return tuple(date(2026, 1, number) for number in numbers)


def _followed(spark, table):
    """The periods that were built again."""
    staged = build.stage(spark, table, build.Run("r"))
    build.publish(spark, staged)
    return staged.periods


def _seen(chance, day):
    at = day + timedelta(hours=chance.choice([7, 19]))
    return seen(
        at=at.strftime("%Y-%m-%dT%H:%M"), title_id=chance.randint(1, 4), media_type=chance.choice(["movie", "tv"]),
        rank=chance.randint(1, 40), list_name=chance.choice(["trending_day", "trending_week"]),
        popularity=chance.choice([None, round(chance.uniform(0, 900), 3)]), title=chance.choice(["a", "b", None]),
    )  # fmt: skip


def test_a_result_that_has_not_the_contract_s_columns_is_refused(spark, lake):
    wrong = {
        "best_day_rank": lambda trending_event: trending_event.select("title_id"),
        "poll_count": lambda trending_event: _daily(trending_event).withColumn("poll_count", F.lit(1)),
        "extra": lambda trending_event: _daily(trending_event).withColumn("extra", F.lit(1)),
    }
    for named, made in wrong.items():
        with pytest.raises(ContractBroken, match=named):
            build.stage(spark, DAILY, build.Run("r", full=True), rows=made)


def _daily(trending_event):
    return build.function_of(DAILY)(trending_event)


def test_tables_are_built_behind_what_they_read(spark):
    assert build.ordered([TITLE_MOMENTUM_DAILY, TITLE_POPULARITY_WEEKLY, DAILY])[0] is DAILY
    assert build.ordered([TITLE_MOMENTUM_DAILY]) == [TITLE_MOMENTUM_DAILY]


def test_a_week_needs_its_seven_days_and_those_they_compare_with():
    week = Refresh("week_start_date", period="week")
    assert week.periods([date(2026, 1, 25), date(2026, 1, 26)]) == (date(2026, 1, 19), date(2026, 1, 26))
    assert week.inputs([date(2026, 1, 19)]) == [date(2026, 1, 19) + timedelta(days=n) for n in range(7)]
    assert Refresh("day", reach=(0, 7)).inputs([date(2026, 1, 21)]) == [date(2026, 1, 14), date(2026, 1, 21)]
