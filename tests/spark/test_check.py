"""A check says what is wrong and how often; what it cannot find out counts as wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import functions as F

from batch import build, staging
from expectations import baseline
from expectations.check import Report, check, record, require
from lakehouse import contracts
from lakehouse.clock import utc_day, utc_now
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from lakehouse.errors import CheckFailed
from tests.builders import row, rows, seen

DAILY = TITLE_POPULARITY_DAILY
AT = datetime(2026, 1, 21, 8, tzinfo=UTC)
TODAY = utc_day(utc_now())  # what is older than two days is not fresh


@pytest.fixture(scope="module")
def good(spark):
    """A day of twenty places, which meets every expectation."""
    return rows(
        spark, DAILY, *(row(DAILY, title_id=n, day=TODAY, best_day_rank=n, popularity=1.0) for n in range(1, 21))
    )


def checked(frame):
    return check(frame, DAILY, run_id="r1", stage="staged", at=AT)


def unmet(report):
    return {(one.severity, one.text) for one in report.findings if not one.is_met}


def test_a_day_as_it_should_be_meets_every_expectation(good):
    report = checked(good)
    assert (report.passed, unmet(report)) == (True, set())
    assert {one.row_count for one in report.findings if one.column_name and one.unexpected_count is not None} == {20}
    require(report)


def test_what_is_wrong_is_named_with_its_count(spark, good):
    wrong = rows(
        spark, DAILY,
        row(DAILY, title_id=1, day=TODAY, best_day_rank=1, popularity=-2.0),
        row(DAILY, title_id=1, day=TODAY, best_day_rank=1, popularity=float("nan")),
        row(DAILY, title_id=99, popularity=1.0, day=TODAY + timedelta(days=1)),
    )  # fmt: skip
    report = checked(good.unionByName(wrong))
    assert {(kind, text.split("({")[0]) for kind, text in unmet(report)} == {
        ("critical", "expect_compound_columns_to_be_unique(media_type,title_id,day): 3 of 23 rows"),
        ("critical", "expect_column_values_to_be_between(popularity): 2 of 23 rows"),
        ("critical", "unexpected_rows_expectation"),
        ("warning", "unexpected_rows_expectation"),
    }
    with pytest.raises(CheckFailed, match=r"failed 3 of 22 expectations.*popularity\): 2 of 23 rows") as error:
        require(report)
    assert str(error.value).endswith("moviepulse check gold.title_popularity_daily")


def test_two_rows_of_one_key_made_by_a_wrong_function_are_found_in_the_candidate(spark, lake):
    record_twice = build.function_of(DAILY)
    build.delta.append(rows(spark, TRENDING_EVENT, seen()), TRENDING_EVENT.name, metadata={})
    staged = build.stage(spark, DAILY, build.Run("r1"), rows=lambda one: record_twice(one).union(record_twice(one)))
    report = checked(staging.candidate(spark, staged))
    assert "expect_compound_columns_to_be_unique(media_type,title_id,day): 2 of 2 rows" in {
        one.text for one in report.failures
    }


def test_a_table_without_rows_is_not_passed(good):
    assert unmet(checked(good.where("false"))) == {
        ("critical", 'expect_table_row_count_to_be_between({"min_value": 1}): 0'),
    }


def test_a_check_asks_its_own_rows_whatever_another_one_does_in_the_same_session(spark, good):
    good.where("false").createOrReplaceTempView("tmp_view")  # the name that Great Expectations gives to every batch
    before = spark.sql("SHOW VIEWS").collect()
    assert checked(good).passed
    assert spark.table("tmp_view").isEmpty(), "a check of other rows would now ask the good ones"
    assert spark.sql("SHOW VIEWS").collect() == before
    spark.catalog.dropTempView("tmp_view")


def test_an_expectation_that_cannot_run_is_not_met_and_says_why(good):
    findings = checked(good.drop("vote_count")).findings
    assert {(one.expectation, one.is_met, one.observed) for one in findings if one.column_name == "vote_count"} == {
        ("expect_column_values_to_be_between", False,
         'could not run: Error: The column "vote_count" in BatchData does not exist.'),
    }  # fmt: skip


def test_rows_that_cannot_be_read_meet_nothing_but_their_columns(good):
    report = checked(good.withColumn("popularity", F.expr("CAST(raise_error('unreadable') AS DOUBLE)")))
    assert {one.expectation for one in report.findings if one.is_met} == {"expect_table_columns_to_match_ordered_list"}
    assert not report.passed


def test_a_report_without_findings_is_not_passed():
    report = Report("r1", DAILY.name, "staged", AT, ())
    assert not report.passed
    with pytest.raises(CheckFailed):
        require(report)


def test_a_run_leaves_one_row_per_expectation_however_often_it_is_tried(spark, lake, good):
    report = checked(good)
    for again in (False, True, True):
        record(spark, report, again=again)
    kept = spark.table(EXPECTATION_RESULT.name).collect()
    assert len(kept) == len(report.findings)
    assert len({tuple(one[name] for name in EXPECTATION_RESULT.key) for one in kept}) == len(kept)
    assert {(one.run_id, one.table_name, one.stage, one.is_met) for one in kept} == {("r1", DAILY.name, "staged", True)}


@pytest.mark.parametrize("table", contracts.DECLARED, ids=lambda table: table.name)
def test_every_promise_of_a_contract_has_its_critical_expectation(table):
    suite = [one.configuration for one in baseline.suite(table)]
    asked = {(one.type, one.kwargs.get("column")) for one in suite}
    for column in table.columns:
        assert (("expect_column_values_to_not_be_null", column.name) in asked) is not column.optional
        assert (("expect_column_values_to_be_in_set", column.name) in asked) is bool(column.one_of)
        bounded = column.low is not None or column.high is not None
        assert (("expect_column_values_to_be_between", column.name) in asked) is bounded
    assert {str(getattr(one.severity, "value", one.severity)) for one in suite} == {"critical"}
