"""Lineage: what a version was made from, as its commits say, down to Kafka's offsets and to files."""

import pytest

from batch import build
from batch.lineage import LoadedFile, Offsets, Restored, lineage
from lakehouse import delta, history
from lakehouse.contracts import imdb
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from lakehouse.errors import NotPublished, VersionMissing
from tests.builders import row, rows, seen

SILVER, TOPIC = TRENDING_EVENT.name, TRENDING_EVENT.stream.topic
DAILY, WEEKLY, MOMENTUM = TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY, TITLE_MOMENTUM_DAILY


def arrive(spark, *events):
    delta.append(rows(spark, TRENDING_EVENT, *events), SILVER, metadata={})


def built(spark, *tables, run_id="r"):
    for table in tables:
        build.publish(spark, build.stage(spark, table, build.Run(run_id)))


def clean_log(lake, table, upto):
    """Remove the log up to a version, as Delta's own cleaning does, and what the session remembers of it."""
    for number in range(upto + 1):
        for end in ("json", "crc"):
            (lake / table.layer / table.entity / "_delta_log" / f"{number:020d}.{end}").unlink(missing_ok=True)


def checkpoint(spark, lake, table):
    log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(
        spark._jsparkSession, str(lake / table.layer / table.entity)
    )
    none = spark._jvm.scala.Option.empty()
    log.checkpoint(log.update(False, none, none), none)


def forget(spark):
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


def test_a_gold_version_names_its_run_its_inputs_and_the_offsets_that_they_hold(spark, lake):
    arrive(spark, seen(at="2026-01-21T10:00", partition=0, offset=4), seen(title_id=7, partition=2, offset=9))
    arrive(spark, seen(at="2026-01-22T10:00", partition=0, offset=6))
    built(spark, DAILY, WEEKLY, run_id="first")
    arrive(spark, seen(at="2026-01-23T10:00", partition=1, offset=0))
    built(spark, DAILY, WEEKLY, run_id="second")
    weekly = lineage(spark, WEEKLY)
    (daily,) = weekly.inputs
    (silver,) = daily.inputs
    assert [(one.table, one.version, one.rows) for one in (weekly, daily, silver)] == [
        (WEEKLY.name, 2, 2), (DAILY.name, 2, 4), (SILVER, 3, 4),
    ]  # fmt: skip
    assert [(one.published.run_id, one.published.full, one.published.periods) for one in (weekly, daily)] == [
        ("second", False, 1), ("second", False, 1),
    ]  # fmt: skip
    assert weekly.published.at == history.newest(spark, WEEKLY.name)[0].at
    assert silver.offsets == (
        Offsets(TOPIC.name, 0, 4, 6, 2), Offsets(TOPIC.name, 1, 0, 0, 1), Offsets(TOPIC.name, 2, 9, 9, 1),
    )  # fmt: skip


def test_an_earlier_version_has_the_inputs_of_its_own_time(spark, lake):
    arrive(spark, seen(partition=0, offset=4))
    built(spark, DAILY, run_id="first")
    arrive(spark, seen(title_id=7, partition=0, offset=5))
    built(spark, DAILY, run_id="second")
    found = lineage(spark, DAILY, 1)
    assert (found.published.run_id, found.published.full, found.published.periods) == ("first", True, None)
    assert [(one.version, one.offsets) for one in found.inputs] == [(1, (Offsets(TOPIC.name, 0, 4, 4, 1),))]


def test_a_version_that_only_rewrote_files_comes_from_the_build_before_it(once_built, spark):
    spark.sql(f"ALTER TABLE {DAILY.name} SET TBLPROPERTIES ('a' = 'b')")
    found = lineage(spark, DAILY)
    assert (found.version, found.published.version, found.published.run_id, found.edits) == (2, 1, "r", ())


def test_what_no_build_has_written_is_named(once_built, spark):
    spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", "mended by hand")
    spark.sql(f"DELETE FROM {DAILY.name} WHERE title_id = 603")
    spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    found = lineage(spark, DAILY)
    assert (found.rows, found.published.version, found.edits) == (0, 1, ("DELETE as version 2",))


def test_a_table_that_was_set_back_says_so_and_shows_what_that_version_was_made_from(spark, lake):
    for title_id in (1, 2, 3):
        arrive(spark, seen(title_id=title_id))
        built(spark, DAILY, run_id=f"run {title_id}")
    delta.restore(spark, DAILY.name, 2, metadata={"run_id": "back", "from_version": 3, "to_version": 2})
    spark.sql(f"RESTORE TABLE {DAILY.name} TO VERSION AS OF 1")
    found = lineage(spark, DAILY)
    assert [(one.version, one.run_id, one.from_version, one.to_version) for one in found.restored] == [(5, None, 4, 1)]
    assert (found.version, found.rows, found.published.run_id, found.inputs[0].version) == (5, 1, "run 1", 1)
    before = lineage(spark, DAILY, 4)
    assert before.restored == (Restored(4, history.commits(spark, DAILY.name)[1].at, "back", 3, 2),)
    assert before.published.run_id == "run 2"


@pytest.mark.stems("imdb", "quality", "reject")
def test_a_table_of_files_names_the_files_that_its_version_holds(spark, lake):
    for name in ("a.tsv", "b.tsv"):
        line = rows(spark, imdb.FILES, row(imdb.FILES), row(imdb.FILES))
        delta.append(line, imdb.FILES.name, metadata={"file": name, "sha256": f"sum of {name}"})
    first = history.commits(spark, imdb.FILES.name)[1]
    found = lineage(spark, imdb.FILES, 1)
    assert (found.rows, found.files) == (2, (LoadedFile("a.tsv", "sum of a.tsv", first.at, 2),))
    assert [one.file for one in lineage(spark, imdb.FILES).files] == ["b.tsv", "a.tsv"]


def test_an_input_that_was_built_anew_is_said_to_be_gone(once_built, spark, lakes):
    lakes.anew(TRENDING_EVENT)
    arrive(spark, seen())
    (silver,) = lineage(spark, DAILY).inputs
    assert (silver.offsets, silver.rows) == ((), None)
    assert silver.gone == "the table was built anew since, and its old versions are gone"


def test_a_history_that_log_cleaning_has_removed_is_said_to_be_gone(spark, lake):
    for title_id in (1, 2):
        arrive(spark, seen(title_id=title_id))
        built(spark, DAILY)
    checkpoint(spark, lake, DAILY)
    clean_log(lake, DAILY, upto=1)
    forget(spark)
    found = lineage(spark, DAILY, 1)
    assert (found.published, found.rows, found.gone) == (None, None, "the history before version 2 is gone")
    assert lineage(spark, DAILY).published.run_id == "r"


def test_a_streamed_version_whose_files_vacuum_has_removed_is_said_to_be_gone(once_built, spark, lake):
    arrive(spark, seen(title_id=7))
    spark.sql(f"OPTIMIZE {SILVER}")
    kept = {part.removeprefix("file:").rsplit("/", 1)[1] for part in spark.table(SILVER).inputFiles()}
    for part in (lake / "silver" / "trending_event").rglob("*.parquet"):
        if part.name not in kept and "_delta_log" not in part.parts:
            part.unlink()
    (silver,) = lineage(spark, DAILY).inputs
    assert (silver.version, silver.offsets) == (1, ())
    assert silver.gone.startswith(f"{SILVER} at version 1 can no longer be read")


def test_a_table_that_no_build_has_published_is_an_error_with_the_next_command(spark, lake):
    with pytest.raises(NotPublished, match=r"next: moviepulse build gold\.title_momentum_daily"):
        lineage(spark, MOMENTUM)
    with pytest.raises(VersionMissing, match=r"has no version 9\n  expected: 0 to 0"):
        lineage(spark, MOMENTUM, 9)
