"""A published table is fresh where it has what its inputs have had for a while."""

from datetime import timedelta

from batch import build
from expectations.freshness import LONGEST_LAG, freshness
from lakehouse import delta, history
from lakehouse.clock import iso
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from tests.builders import row, rows, seen

SILVER, DAILY = TRENDING_EVENT.name, TITLE_POPULARITY_DAILY
MINUTE = timedelta(minutes=1)


def arrive(spark, *events):
    delta.append(rows(spark, TRENDING_EVENT, *events), SILVER, metadata={})
    return history.newest(spark, SILVER)[0].at


def told(spark, at):
    found = freshness(history.Logs(spark), DAILY, at)
    assert (found.expectation, found.severity) == ("expect_table_to_be_fresh", "warning")
    return found.is_met, found.observed


def test_a_table_that_was_set_back_is_not_fresh_until_it_is_built_and_then_until_it_lacks_an_old_change(spark, lake):
    arrive(spark, seen())
    delta.append(rows(spark, DAILY, row(DAILY)), DAILY.name, metadata={})
    delta.restore(spark, DAILY.name, 0, metadata={})
    at = history.newest(spark, DAILY.name)[0].at
    assert told(spark, at) == (False, f"set back to version 0 at {iso(at)}")

    published = build.publish(spark, build.stage(spark, DAILY, build.Run("r")))
    assert told(spark, at) == (True, "has all that its inputs have")
    spark.sql(f"OPTIMIZE {SILVER}")
    spark.sql(f"ALTER TABLE {SILVER} SET TBLPROPERTIES ('a' = 'b')")
    assert told(spark, published.at + 99 * LONGEST_LAG) == (True, "has all that its inputs have")

    since = arrive(spark, seen(title_id=7))  # the oldest change counts
    arrive(spark, seen(title_id=8))
    lacking = f"without what {SILVER} has since {iso(since)}"
    assert told(spark, since + LONGEST_LAG) == (True, lacking)
    assert told(spark, since + LONGEST_LAG + MINUTE) == (False, lacking)
