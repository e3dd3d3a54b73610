"""Lineage: what a version was made from, as its commits say, down to Kafka's offsets and to files."""

import pytest

from batch import build
from batch.lineage import LoadedFile, Offsets, Restored, lineage
from lakehouse import catalog, delta, history
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


@pytest.fixture
def twice_built(spark, lake, lakes):
    """The daily and the weekly table, each built twice, as silver got a third day in between."""

    def fill():
        arrive(
            spark,
            seen(at="2026-01-21T10:00", partition=0, offset=4),
            seen(title_id=7, partition=2, offset=9),
            seen(at="2026-01-22T10:00", partition=0, offset=6),
        )
        built(spark, DAILY, WEEKLY, run_id="first")
        arrive(spark, seen(at="2026-01-23T10:00", partition=1, offset=0))
        built(spark, DAILY, WEEKLY, run_id="second")

    lakes.filled("daily and weekly, twice built", fill)


def test_a_gold_version_names_its_run_its_inputs_and_the_offsets_that_they_hold(spark, twice_built):
    weekly = lineage(spark, WEEKLY)
    (daily,) = weekly.inputs
    (silver,) = daily.inputs
    assert [(one.table, one.version, one.rows) for one in (weekly, daily, silver)] == [
        (WEEKLY.name, 2, 2), (DAILY.name, 2, 4), (SILVER, 2, 4),
    ]  # fmt: skip
    assert [(one.published.run_id, one.published.full, one.published.periods) for one in (weekly, daily)] == [
        ("second", False, 1), ("second", False, 1),
    ]  # fmt: skip
    assert weekly.published.at == history.newest(spark, WEEKLY.name)[0].at
    assert silver.offsets == (
        Offsets(TOPIC.name, 0, 4, 6, 2), Offsets(TOPIC.name, 1, 0, 0, 1), Offsets(TOPIC.name, 2, 9, 9, 1),
    )  # fmt: skip


def test_an_earlier_version_has_the_inputs_of_its_own_time(spark, twice_built):
    found = lineage(spark, DAILY, 1)
    assert (found.published.run_id, found.published.full, found.published.periods) == ("first", True, None)
    assert [(one.version, one.offsets) for one in found.inputs] == [
        (1, (Offsets(TOPIC.name, 0, 4, 6, 2), Offsets(TOPIC.name, 2, 9, 9, 1))),
    ]


def test_a_version_that_only_rewrote_files_comes_from_the_build_before_it_and_what_no_build_wrote_is_named(
    spark, twice_built
):
    spark.sql(f"ALTER TABLE {DAILY.name} SET TBLPROPERTIES ('a' = 'b')")
    with delta.saying(spark, "mended by hand"):
        spark.sql(f"DELETE FROM {DAILY.name} WHERE title_id = 603")
    rewritten = lineage(spark, DAILY, 3)
    assert (rewritten.published.version, rewritten.published.run_id, rewritten.edits) == (2, "second", ())
    found = lineage(spark, DAILY)
    assert (found.version, found.rows, found.published.version) == (4, 1, 2)
    assert found.edits == ("DELETE as version 4",)


def test_a_table_that_was_set_back_says_so_and_shows_what_that_version_was_made_from(spark, twice_built):
    delta.restore(spark, DAILY.name, 1, metadata={"run_id": "back", "from_version": 2, "to_version": 1})
    spark.sql(f"RESTORE TABLE {DAILY.name} TO VERSION AS OF 2")
    found = lineage(spark, DAILY)
    assert [(one.version, one.run_id, one.from_version, one.to_version) for one in found.restored] == [(4, None, 3, 2)]
    assert (found.version, found.rows, found.published.run_id, found.inputs[0].version) == (4, 4, "second", 2)
    before = lineage(spark, DAILY, 3)
    assert before.restored == (Restored(3, history.commits(spark, DAILY.name)[1].at, "back", 2, 1),)
    assert (before.rows, before.published.run_id, before.inputs[0].version) == (3, "first", 1)


def test_a_history_that_log_cleaning_has_removed_is_said_to_be_gone(spark, lake, twice_built):
    checkpoint(spark, lake, DAILY)
    clean_log(lake, DAILY, upto=1)
    forget(spark)
    found = lineage(spark, DAILY, 1)
    assert (found.published, found.rows, found.gone) == (None, None, "the history before version 2 is gone")
    assert lineage(spark, DAILY).published.run_id == "second"


def test_a_streamed_version_whose_files_vacuum_has_removed_is_said_to_be_gone(spark, lake, twice_built):
    arrive(spark, seen(title_id=7))
    spark.sql(f"OPTIMIZE {SILVER}")
    kept = {part.removeprefix("file:").rsplit("/", 1)[1] for part in spark.table(SILVER).inputFiles()}
    for part in (lake / "silver" / "trending_event").rglob("*.parquet"):
        if part.name not in kept and "_delta_log" not in part.parts:
            part.unlink()
    (silver,) = lineage(spark, DAILY).inputs
    assert (silver.version, silver.offsets) == (2, ())
    assert silver.gone.startswith(f"{SILVER} at version 2 can no longer be read")


def test_a_table_that_no_build_has_published_is_an_error_with_the_next_command(spark, lake):
    with pytest.raises(NotPublished, match=r"next: moviepulse build gold\.title_momentum_daily"):
        lineage(spark, MOMENTUM)
    with pytest.raises(VersionMissing, match=r"has no version 9\n  expected: 0 to 0"):
        lineage(spark, MOMENTUM, 9)


def test_a_table_of_files_names_the_files_that_its_version_holds(spark, lake, lakes):
    catalog.register(spark, [imdb.FILES], lakes.folder)
    for name in ("a.tsv", "b.tsv"):
        line = rows(spark, imdb.FILES, row(imdb.FILES), row(imdb.FILES))
        delta.append(line, imdb.FILES.name, metadata={"file": name, "sha256": f"sum of {name}"})
    first = history.commits(spark, imdb.FILES.name)[1]
    found = lineage(spark, imdb.FILES, 1)
    assert (found.rows, found.files) == (2, (LoadedFile("a.tsv", "sum of a.tsv", first.at, 2),))
    assert [one.file for one in lineage(spark, imdb.FILES).files] == ["b.tsv", "a.tsv"]


def test_an_input_that_was_built_anew_is_said_to_be_gone(spark, twice_built, lakes):
    lakes.anew(TRENDING_EVENT)
    arrive(spark, seen())
    (silver,) = lineage(spark, DAILY).inputs
    assert (silver.offsets, silver.rows) == ((), None)
    assert silver.gone == "the table was built anew since, and its old versions are gone"
