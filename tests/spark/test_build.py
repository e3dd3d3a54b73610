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


def built(spark, table=DAILY, *, run_id="r", full=False):
    staged = build.stage(spark, table, build.Run(run_id, full=full))
    return build.publish(spark, staged).version if staged else None


def built_anew(spark, table):
    """The oracle: the function over everything, without any build."""
    function = build.function_of(table)
    return build.conform(function(*(spark.table(name) for name in table.reads)), table)


def touched(spark, table=DAILY):
    staged = build.stage(spark, table, build.Run("look"))
    return staged and staged.periods


@pytest.fixture
def two_days_built(spark, lake, lakes):
    """In the lake an event of the 21st and one of the 22nd, and the daily table of both."""

    def fill():
        arrive(spark, seen(at="2026-01-21T10:00"), seen(at="2026-01-22T10:00"))
        built(spark)

    lakes.filled("two days built", fill)


def test_a_commit_names_its_run_its_inputs_and_how_much_it_replaced(spark, lake):
    arrive(spark, seen(at="2026-01-21T10:00"))
    built(spark, run_id="first")
    arrive(spark, seen(at="2026-01-22T10:00"), seen(at="2026-01-23T10:00"))
    built(spark, run_id="second")
    said = [{key: one.metadata[key] for key in ("run_id", "inputs", "full", "periods")}
            for one in history.newest(spark, DAILY.name, 2)]  # fmt: skip
    assert said == [
        {"run_id": "second", "inputs": {SILVER: 2}, "full": False, "periods": 2},
        {"run_id": "first", "inputs": {SILVER: 1}, "full": True, "periods": None},
    ]


def test_only_the_touched_days_are_staged_and_the_rest_of_the_candidate_is_what_stands(spark, two_days_built):
    arrive(spark, seen(at="2026-01-22T11:00", rank=9))
    staged = build.stage(spark, DAILY, build.Run("r"))
    assert (staged.periods, spark.table(staged.place).count()) == ((date(2026, 1, 22),), 1)
    found = collected(staging.candidate(spark, staged), "day")
    assert [(one["day"], one["poll_count"]) for one in found] == [(date(2026, 1, 21), 1), (date(2026, 1, 22), 2)]


def test_rows_that_wait_for_their_check_are_in_the_lake_s_staging_folder_until_they_are_published(spark, lake):
    arrive(spark, seen())
    staged = build.stage(spark, DAILY, build.Run("r"))
    folder = lake / "staging"
    waiting = spark.table(f"staging.{DAILY.entity}").count()
    assert (spark.table(DAILY.name).count(), waiting, len([*folder.iterdir()])) == (0, 1, 1)
    build.publish(spark, staged)
    assert (spark.table(DAILY.name).count(), [*folder.iterdir()]) == (1, [])
    assert spark.sql(f"SHOW TABLES IN staging LIKE '{DAILY.entity}*'").isEmpty()


def test_building_twice_writes_no_second_commit_not_even_after_silver_was_compacted(spark, lake):
    arrive(spark, seen(), seen(title_id=7))
    arrive(spark, seen(title_id=8))
    assert built(spark) == 1
    assert built(spark) is None
    spark.sql(f"OPTIMIZE {SILVER}")
    assert built(spark) is None
    assert history.version(spark, DAILY.name) == 1


def test_a_table_that_comes_out_empty_is_published_once_too(spark, lake):
    arrive(spark, seen())
    for _ in range(2):
        staged = build.stage(spark, DAILY, build.Run("r"), rows=lambda one: _daily(one).where("false"))
        if staged:
            assert build.publish(spark, staged).version == 1
    assert staged is None


def test_another_run_that_stages_the_table_takes_the_place_of_the_rows_that_wait(spark, lake):
    arrive(spark, seen())
    slow = build.stage(spark, DAILY, build.Run("slow"))
    quick = build.stage(spark, DAILY, build.Run("quick"))
    with (
        pytest.raises(Transient, match=r"another run staged gold\.title_popularity_daily while run slow"),
        staging.waiting(spark, slow),
    ):
        staging.candidate(spark, slow).collect()
    assert build.publish(spark, quick).rows == 1


def test_a_run_reads_the_pinned_version_and_not_what_came_later(spark, lake):
    arrive(spark, seen())
    run = build.begun(spark, GOLD, build.Run("r"))
    arrive(spark, seen(title_id=7))
    build.publish(spark, build.stage(spark, DAILY, run))
    assert {name: one.version for name, one in run.pins.items()} == {SILVER: 1}
    assert {name: len(log.commits) for name, log in run.logs.items()} == {table.name: 1 for table in GOLD}
    assert [one["title_id"] for one in collected(spark.table(DAILY.name))] == [603]
    assert build.stage(spark, DAILY, build.Run("r", run.pins)) is None


def test_a_changed_day_touches_its_week_and_the_days_that_compare_with_it(spark, lake):
    arrive(spark, seen(at="2026-01-01T10:00"))
    for table in GOLD:
        built(spark, table)
    arrive(spark, seen(at="2026-01-21T10:00"))
    built(spark)
    assert touched(spark, TITLE_POPULARITY_WEEKLY) == (date(2026, 1, 19),)
    assert touched(spark, TITLE_MOMENTUM_DAILY) == (date(2026, 1, 21), date(2026, 1, 22), date(2026, 1, 28))


def test_a_day_whose_events_are_all_deleted_leaves_gold_too(spark, two_days_built):
    spark.sql(f"DELETE FROM {SILVER} WHERE event_date = DATE'2026-01-21'")
    assert touched(spark) == (date(2026, 1, 21),)
    built(spark)
    assert [one["day"] for one in collected(spark.table(DAILY.name))] == [date(2026, 1, 22)]


def test_a_full_rebuild_replaces_everything(spark, once_built):
    stray = row(DAILY, title_id=1, day=date(2020, 1, 1))
    delta.append(rows(spark, DAILY, stray), DAILY.name, metadata={})
    assert built(spark) is None
    assert built(spark, full=True) == 3
    assert [one["title_id"] for one in collected(spark.table(DAILY.name))] == [603]


def test_following_the_changes_equals_a_full_rebuild_row_for_row(spark, lake):
    chance = random.Random(20260121)
    for step in range(4):
        for kind in (["arrive"], ["arrive", "correct"], ["correct", "delete", "compact"], ["arrive", "delete"])[step]:
            _change(spark, chance, kind)
        for table in GOLD:
            built(spark, table)
        for table in GOLD:
            assert collected(spark.table(table.name)) == collected(built_anew(spark, table)), (step, table.name)
    fulls = [one.metadata["full"] for one in history.commits(spark, DAILY.name) if "full" in one.metadata]
    assert fulls.count(True) == 1, "only the first build was a full one"


def _change(spark, chance, kind):
    """Rows of new and of long past days, rows again, and corrections, over three weeks from 2026-01-01."""
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=chance.randint(0, 12))
    where = f"event_date >= DATE'{day.date()}' AND title_id = {chance.randint(1, 4)}"
    if kind == "arrive":
        arrive(spark, *(_seen(chance, day + timedelta(days=chance.randint(0, 8))) for _ in range(40)))
    elif kind == "correct":
        spark.sql(f"UPDATE {SILVER} SET popularity = popularity * 1.1, rank = rank + 1 WHERE {where}")
    elif kind == "delete":
        spark.sql(f"DELETE FROM {SILVER} WHERE {where}")
    else:
        spark.sql(f"OPTIMIZE {SILVER}")


def _seen(chance, day):
    at = day + timedelta(hours=chance.choice([7, 19]))
    return seen(
        at=at.strftime("%Y-%m-%dT%H:%M"), title_id=chance.randint(1, 4), media_type=chance.choice(["movie", "tv"]),
        rank=chance.randint(1, 40), list_name=chance.choice(["trending_day", "trending_week"]),
        popularity=chance.choice([None, round(chance.uniform(0, 900), 3)]), title=chance.choice(["a", "b", None]),
    )  # fmt: skip


def test_where_the_change_feed_is_gone_everything_is_rebuilt_and_a_log_line_says_so(
    spark, lake, two_days_built, caplog
):
    spark.sql(f"UPDATE {SILVER} SET rank = 5 WHERE event_date = DATE'2026-01-22'")
    for part in (lake / "silver" / "trending_event" / "_change_data").iterdir():
        part.unlink()
    with caplog.at_level(logging.WARNING):
        assert built(spark) == 2
    assert history.newest(spark, DAILY.name)[0].metadata["full"]
    assert f"the change feed of {SILVER} is gone" in caplog.text
    assert [one["best_day_rank"] for one in collected(spark.table(DAILY.name), "day")] == [1, 5]


def test_an_input_that_was_built_anew_is_read_in_full_although_its_versions_start_again(spark, lake, lakes):
    arrive(spark, seen())
    arrive(spark, seen(title_id=7))
    built(spark)
    lakes.anew(TRENDING_EVENT)
    arrive(spark, seen(title_id=8))
    assert built(spark) == 2
    assert [one["title_id"] for one in collected(spark.table(DAILY.name))] == [8]


def test_a_table_that_a_person_restored_is_rebuilt(spark, once_built):
    spark.sql(f"RESTORE TABLE {DAILY.name} TO VERSION AS OF 0")
    assert built(spark) == 3
    assert spark.table(DAILY.name).count() == 1


def test_what_another_run_published_during_the_check_is_not_overwritten(spark, lake):
    arrive(spark, seen())
    slow = build.stage(spark, DAILY, build.Run("slow"))
    arrive(spark, seen(title_id=7))
    assert built(spark, run_id="quick") == 1
    with pytest.raises(Transient, match=r"another run published gold\.title_popularity_daily while run slow"):
        build.publish(spark, slow)
    assert spark.table(DAILY.name).count() == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda trending_event: trending_event.select("title_id"), "best_day_rank"),
        (lambda trending_event: _daily(trending_event).withColumn("poll_count", F.lit(1)), "poll_count"),
        (lambda trending_event: _daily(trending_event).withColumn("extra", F.lit(1)), "extra"),
    ],
)
def test_a_result_that_has_not_the_contract_s_columns_is_refused(spark, lake, wrong, named):
    arrive(spark, seen())
    with pytest.raises(ContractBroken, match=named):
        build.stage(spark, DAILY, build.Run("r"), rows=wrong)


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
