"""What is read from the tables' logs is what Delta tells of them."""

import pytest

from lakehouse import delta, history
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from tests.builders import rows, seen
from tests.spark.conftest import tables_of

SILVER, DAILY = TRENDING_EVENT.name, TITLE_POPULARITY_DAILY.name


@pytest.fixture
def edited(spark, lake, lakes):
    """Silver after a commit of each kind that the project and people make."""

    def fill():
        given = rows(spark, TRENDING_EVENT, seen(), seen(title_id=7))
        delta.append(given, SILVER, metadata={"run_id": "r", "inputs": {}})
        spark.sql(f"ALTER TABLE {SILVER} SET TBLPROPERTIES ('a' = 'b')")
        with delta.saying(spark, "not JSON"):
            spark.sql(f"DELETE FROM {SILVER} WHERE title_id = 7")
        delta.replace(rows(spark, TRENDING_EVENT, seen(title_id=8)), SILVER, where=None, metadata={"ünï": '"\\'})
        delta.restore(spark, SILVER, 1, metadata={"run_id": "back"})
        delta.compact(spark, SILVER)

    lakes.filled("edited", fill)


def test_a_run_s_logs_are_those_that_it_began_with_and_a_table_is_written_from_its_second_commit_on(spark, lake):
    assert history.written(spark, [SILVER, DAILY]) == set()
    logs = history.Logs(spark)
    assert (logs.version(SILVER), len(logs.commits(SILVER))) == (0, 1)
    delta.append(rows(spark, TRENDING_EVENT, seen()), SILVER, metadata={})
    assert (logs.version(SILVER), len(logs.commits(SILVER)), logs.id(SILVER)) == (0, 1, delta.detail(spark, SILVER).id)
    assert history.version(spark, SILVER) == 1
    assert history.written(spark, [SILVER, DAILY]) == {SILVER}
    assert history.written(spark, []) == set()


def test_the_commits_are_those_that_describe_history_tells(spark, edited):
    found = history.commits(spark, SILVER)
    assert [one.operation for one in found] == [
        "OPTIMIZE",
        "RESTORE",
        "CREATE OR REPLACE TABLE AS SELECT",
        "DELETE",
        "SET TBLPROPERTIES",
        "WRITE",
        "CREATE TABLE",
    ]
    told = history.newest(spark, SILVER, 10)
    assert list(found) == told
    assert (found[1].restored, found[-2].metadata, found[3].metadata) == (1, {"run_id": "r", "inputs": {}}, {})


def test_several_logs_are_read_at_once_and_each_has_its_own_commits_and_id(spark, edited):
    logs = history.read(spark, [DAILY, SILVER])
    assert {name: len(log.commits) for name, log in logs.items()} == {DAILY: 1, SILVER: 7}
    assert {name: log.id for name, log in logs.items()} == {
        name: delta.detail(spark, name).id for name in (DAILY, SILVER)
    }
    assert history.read(spark, []) == {}


def test_a_log_whose_beginning_was_cleaned_away_has_its_table_s_id_and_is_still_of_a_table_that_was_written(
    spark, lake, edited
):
    before = history.pins(spark, [SILVER])
    log = lake / "silver" / "trending_event" / "_delta_log"
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, str(log.parent)).checkpoint()
    (log / f"{0:020d}.json").unlink()
    assert history.pins(spark, [SILVER]) == before
    for commit in log.glob("0*.json"):
        commit.unlink()
    assert history.written(spark, [SILVER, DAILY]) == {SILVER}


def test_a_view_of_the_session_with_a_table_s_name_is_not_taken_for_it(spark, edited):
    before = history.read(spark, [DAILY])
    spark.range(1).createOrReplaceTempView(TITLE_POPULARITY_DAILY.entity)
    try:
        assert history.read(spark, [DAILY]) == before
    finally:
        spark.catalog.dropTempView(TITLE_POPULARITY_DAILY.entity)


def test_pins_are_the_newest_versions_and_another_id_after_a_table_was_built_anew(spark, edited, lakes):
    before = history.pins(spark, [SILVER, DAILY])
    assert {name: one.version for name, one in before.items()} == {SILVER: 6, DAILY: 0}
    assert {name: one.id for name, one in before.items()} == {
        name: delta.detail(spark, name).id for name in (SILVER, DAILY)
    }
    many = history.pins(spark, [table.name for table in tables_of(("trending", "reject", "quality"))])
    assert len(many) > 5
    assert {name: many[name] for name in before} == before
    assert {one.version for name, one in many.items() if name != SILVER} == {0}
    lakes.anew(TITLE_POPULARITY_DAILY)
    after = history.pins(spark, [SILVER, DAILY])
    assert (after[SILVER], after[DAILY].version) == (before[SILVER], 0)
    assert after[DAILY].id not in {one.id for one in before.values()}
    anew = history.read(spark, [SILVER, DAILY])
    assert {name: log.id for name, log in anew.items()} == {name: one.id for name, one in after.items()}
    assert history.written(spark, [SILVER, DAILY]) == {SILVER}
