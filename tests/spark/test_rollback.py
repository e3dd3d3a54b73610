"""A rollback: an earlier version is checked, then restored in one commit that says who did it and why it is there."""

import pytest

import flows
from batch import build
from batch import rollback as batch
from batch.lineage import lineage
from flows.rollback import restore_table
from lakehouse import delta, history
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.recommendation import TITLE_RECOMMENDATION
from lakehouse.contracts.trending import TITLE_MOMENTUM_DAILY, TITLE_POPULARITY_DAILY, TRENDING_EVENT
from lakehouse.errors import CheckFailed, ContractBroken, PublishOvertaken, RollbackRefused, VersionMissing
from tests.builders import collected, row, rows, seen

SILVER = TRENDING_EVENT.name
DAILY, MOMENTUM = TITLE_POPULARITY_DAILY.name, TITLE_MOMENTUM_DAILY.name


def built(spark, table, run_id):
    staged = build.stage(spark, table, build.Run(run_id))
    build.publish(spark, staged)
    return staged


@pytest.fixture
def host(spark, lake, lakes):
    """The flows' session, on a lake whose daily table has two published versions: a day, and two days."""

    def fill():
        for day in (21, 22):
            polled = [seen(at=f"2026-01-{day}T10:00", title_id=n, rank=n, popularity=1.0) for n in range(1, 16)]
            delta.append(rows(spark, TRENDING_EVENT, *polled), SILVER, metadata={})
            built(spark, TITLE_POPULARITY_DAILY, f"day {day}")

    lakes.filled("a day, and two days", fill)
    with flows.on(spark):
        yield spark


@pytest.fixture
def set_back(host, lakes):
    """The same after run "back": the daily table has one day again, and momentum, built before that, two."""

    def fill():
        built(host, TITLE_MOMENTUM_DAILY, "before")
        restore_table.fn(DAILY, 1, "back")

    lakes.filled("set back to a day", fill)
    return host


def days(spark, table=DAILY):
    return sorted({one["day"].day for one in spark.table(table).select("day").distinct().collect()})


def findings(spark):
    return spark.table(EXPECTATION_RESULT.name).where("stage = 'restored'").collect()


def test_a_checked_version_comes_back_in_a_commit_that_names_the_run_and_both_versions(set_back):
    assert days(set_back) == [21]
    commit = history.newest(set_back, DAILY)[0]
    assert (commit.version, commit.operation, commit.restored) == (3, "RESTORE", 1)
    assert commit.metadata == {"run_id": "back", "from_version": 2, "to_version": 1}
    found = findings(set_back)
    assert {(one.run_id, one.table_name) for one in found} == {("back", DAILY)}
    assert len(found) == 22
    assert [one.severity for one in found if not one.is_met] == ["warning"], "the days are long past"


def test_its_lineage_says_that_it_was_set_back(set_back):
    found = lineage(set_back, TITLE_POPULARITY_DAILY)
    assert [(one.from_version, one.to_version) for one in found.restored] == [(2, 1)]
    assert found.published.run_id == "day 21"


def test_what_reads_the_table_can_follow_it_and_the_next_build_makes_it_anew_whatever_a_slower_rollback_wants(set_back):
    slower = batch.planned(set_back, DAILY, 1)
    assert days(set_back, MOMENTUM) == [21, 22]
    built(set_back, TITLE_MOMENTUM_DAILY, "follows")
    assert days(set_back, MOMENTUM) == [21]
    again = built(set_back, TITLE_POPULARITY_DAILY, "again")
    assert again.periods is None
    with pytest.raises(PublishOvertaken, match=f"moviepulse rollback {DAILY} --to 1"):
        batch.restore(set_back, slower, run_id="slow")
    assert collected(set_back.table(DAILY)) == collected(delta.at_version(set_back, DAILY, 2))


def test_a_version_whose_files_are_gone_is_an_error_and_the_table_stands(set_back, lake):
    kept = {part.rsplit("/", 1)[1] for part in set_back.table(DAILY).inputFiles()}
    for part in (lake / "gold" / "title_popularity_daily").glob("*.parquet"):
        if part.name not in kept:
            part.unlink()
    with pytest.raises(VersionMissing, match=f"{DAILY} at version 2 can no longer be read"):
        restore_table.fn(DAILY, 2, "too late")
    assert (history.version(set_back, DAILY), days(set_back)) == (3, [21])


def test_a_version_that_fails_a_critical_expectation_is_refused_and_recorded(host):
    broken = rows(host, TITLE_POPULARITY_DAILY, row(TITLE_POPULARITY_DAILY, title_id=99, popularity=-1.0))
    delta.append(broken, DAILY, metadata={})
    host.sql(f"DELETE FROM {DAILY} WHERE title_id = 99")
    with pytest.raises(CheckFailed, match=r"expect_column_values_to_be_between\(popularity\): 1 of 31 rows"):
        restore_table.fn(DAILY, 3, "refused")
    assert history.version(host, DAILY) == 4
    unmet = [one.column_name for one in findings(host) if not one.is_met and one.severity == "critical"]
    assert "popularity" in unmet


@pytest.mark.parametrize(
    ("table", "to", "error", "said"),
    [
        (DAILY, 2, RollbackRefused, "is at version 2 already"),
        (DAILY, 7, VersionMissing, r"has no version 7\n  expected: a published version: 1\n"),
        (DAILY, -1, VersionMissing, "has no version -1"),
        (SILVER, 1, RollbackRefused, "a stream writes it"),
        (EXPECTATION_RESULT.name, 0, RollbackRefused, "only added to"),
        (TITLE_RECOMMENDATION.name, 0, RollbackRefused, "(?s)an erasure removes viewers.*next: moviepulse recommend"),
        ("gold.nonsense", 1, ContractBroken, DAILY),
    ],
)
def test_what_cannot_be_set_back_is_an_error_that_says_why(host, table, to, error, said):
    with pytest.raises(error, match=said):
        batch.planned(host, table, to)
