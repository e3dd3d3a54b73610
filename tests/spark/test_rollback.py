"""A rollback: an earlier version is checked, then restored in one commit that says who did it and why it is there."""

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

import flows
from batch import build
from batch import rollback as batch
from batch.lineage import lineage
from flows.gold import gold
from flows.rollback import RolledBack, rollback
from lakehouse import delta, history
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from lakehouse.errors import CheckFailed, ContractBroken, PublishOvertaken, RollbackRefused, VersionMissing
from tests.builders import collected, row, rows, seen

SILVER = TRENDING_EVENT.name
DAILY, WEEKLY, MOMENTUM = (t.name for t in (TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY, TITLE_MOMENTUM_DAILY))


@pytest.fixture(scope="module", autouse=True)
def prefect():
    quiet = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=120), quiet:
        yield


def two_days(spark):
    for day in (21, 22):
        polled = [seen(at=f"2026-01-{day}T10:00", title_id=n, rank=n, popularity=1.0) for n in range(1, 16)]
        delta.append(rows(spark, TRENDING_EVENT, *polled), SILVER, metadata={})
        build.publish(spark, build.stage(spark, TITLE_POPULARITY_DAILY, build.Run(f"day {day}")))


@pytest.fixture
def host(spark, lake, lakes):
    """The flows' session, on a lake whose daily table has two published versions: a day, and two days."""
    lakes.filled("a day, and two days", lambda: two_days(spark))
    with flows.on(spark):
        yield spark


def days(spark, table=DAILY):
    return sorted({one["day"].day for one in spark.table(table).select("day").distinct().collect()})


def findings(spark, stage):
    return spark.table(EXPECTATION_RESULT.name).where(f"stage = '{stage}'").collect()


def test_a_checked_version_comes_back_in_a_commit_that_names_the_run_and_both_versions(host):
    done = rollback(DAILY, 1)
    assert isinstance(done, RolledBack)
    assert (done.table, done.from_version, done.to_version, done.version) == (DAILY, 2, 1, 3)
    assert {WEEKLY, MOMENTUM} <= set(done.readers)
    assert days(host) == [21]
    commit = history.newest(host, DAILY)[0]
    assert (commit.operation, commit.restored) == ("RESTORE", 1)
    assert {key: commit.metadata[key] for key in ("from_version", "to_version")} == {"from_version": 2, "to_version": 1}
    found = findings(host, "restored")
    assert {(one.run_id, one.table_name) for one in found} == {(commit.metadata["run_id"], DAILY)}
    assert len(found) == 22
    assert [one.severity for one in found if not one.is_met] == ["warning"], "the days are long past"


def test_its_lineage_says_that_it_was_set_back(host):
    rollback(DAILY, 1)
    found = lineage(host, TITLE_POPULARITY_DAILY)
    assert [(one.from_version, one.to_version) for one in found.restored] == [(2, 1)]
    assert found.published.run_id == "day 21"


def test_a_version_that_fails_a_critical_expectation_is_refused_and_recorded(host):
    broken = rows(host, TITLE_POPULARITY_DAILY, row(TITLE_POPULARITY_DAILY, title_id=99, popularity=-1.0))
    delta.append(broken, DAILY, metadata={})
    host.sql(f"DELETE FROM {DAILY} WHERE title_id = 99")
    with pytest.raises(CheckFailed, match=r"expect_column_values_to_be_between\(popularity\): 1 of 31 rows"):
        rollback(DAILY, 3)
    assert history.version(host, DAILY) == 4
    unmet = [one.column_name for one in findings(host, "restored") if not one.is_met and one.severity == "critical"]
    assert "popularity" in unmet


def test_what_reads_the_table_can_follow_it_and_the_next_build_of_the_table_makes_it_anew(host):
    gold(tables=[MOMENTUM])
    rollback(DAILY, 1)
    assert days(host, MOMENTUM) == [21, 22]
    gold(tables=[MOMENTUM])
    assert days(host, MOMENTUM) == [21]
    (again,) = gold(tables=[DAILY])
    assert (again.verdict, again.periods) == ("published", None)
    assert collected(host.table(DAILY)) == collected(delta.at_version(host, DAILY, 2))


@pytest.mark.parametrize(
    ("table", "to", "error", "said"),
    [
        (DAILY, 2, RollbackRefused, "is at version 2 already"),
        (DAILY, 7, VersionMissing, r"has no version 7\n  expected: a published version: 1\n"),
        (DAILY, -1, VersionMissing, "has no version -1"),
        (SILVER, 1, RollbackRefused, "a stream writes it"),
        (EXPECTATION_RESULT.name, 0, RollbackRefused, "only added to"),
        ("gold.nonsense", 1, ContractBroken, DAILY),
    ],
)
def test_what_cannot_be_set_back_is_an_error_that_says_why(host, table, to, error, said):
    with pytest.raises(error, match=said):
        batch.planned(host, table, to)


def test_a_version_whose_files_are_gone_is_an_error_and_the_table_stands(host, lake):
    kept = set(host.table(DAILY).inputFiles())
    gold(full=True, tables=[DAILY])
    for part in (lake / "gold" / "title_popularity_daily").glob("*.parquet"):
        if any(one.endswith(part.name) for one in kept):
            part.unlink()
    with pytest.raises(VersionMissing, match=f"{DAILY} at version 2 can no longer be read"):
        rollback(DAILY, 2)
    assert (history.version(host, DAILY), days(host)) == (3, [21, 22])


def test_a_table_that_was_published_during_the_check_is_left_alone(host):
    asked = batch.planned(host, DAILY, 1)
    gold(full=True, tables=[DAILY])
    with pytest.raises(PublishOvertaken, match=f"moviepulse rollback {DAILY} --to 1"):
        batch.restore(host, asked, run_id="slow")
    assert days(host) == [21, 22]
