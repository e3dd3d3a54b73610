"""The gold flow: what passes is published, what fails stands as it was and holds back only what reads it."""

import pytest
from prefect import flow, task
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

import flows
from flows.gold import Built, gold
from flows.maintenance import maintenance
from flows.retry import RETRY
from lakehouse import delta
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from lakehouse.errors import CheckFailed, ContractBroken, HostUnreachable
from tests.builders import rows, seen

SILVER = TRENDING_EVENT.name
DAILY, WEEKLY, MOMENTUM = (t.name for t in (TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY, TITLE_MOMENTUM_DAILY))

TRENDING = [DAILY, WEEKLY, MOMENTUM]


@pytest.fixture(scope="module", autouse=True)
def prefect():
    """Prefect with a database of its own; each run would otherwise wait a second for its heartbeat's thread."""
    with prefect_test_harness(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@pytest.fixture
def host(spark, lake):
    """The flows' session, on a fresh lake."""
    with flows.on(spark):
        yield spark
    spark.sql("DROP SCHEMA IF EXISTS staging CASCADE")


def arrive(spark, day, **values):
    polled = (seen(at=f"{day}T10:00", title_id=n, rank=n, **{"popularity": 1.0, **values}) for n in range(1, 16))
    delta.append(rows(spark, TRENDING_EVENT, *polled), SILVER, metadata={})


def versions(spark):
    return {name: delta.version(spark, name) for name in (DAILY, WEEKLY, MOMENTUM)}


def test_a_run_publishes_all_tables_once_and_a_second_run_changes_nothing(host):
    arrive(host, "2026-01-21")
    assert gold(tables=TRENDING) == [
        Built(DAILY, "published", 1, None, 15), Built(WEEKLY, "published", 1, None, 15),
        Built(MOMENTUM, "published", 1, None, 15),
    ]  # fmt: skip
    assert gold(tables=TRENDING) == [Built(name, "unchanged", 1) for name in (DAILY, WEEKLY, MOMENTUM)]
    runs = host.table(EXPECTATION_RESULT.name).select("run_id", "table_name").distinct().collect()
    assert sorted(one.table_name for one in runs) == [MOMENTUM, DAILY, WEEKLY]
    assert len({one.run_id for one in runs}) == 1


def test_a_failed_check_leaves_what_was_published_and_holds_back_what_reads_it(host):
    arrive(host, "2026-01-21")
    gold(tables=[DAILY])
    before = versions(host)
    arrive(host, "2026-01-22", popularity=-1.0)
    state = gold(tables=TRENDING, return_state=True)
    error = state.result(raise_on_failure=False)
    assert state.is_failed()
    assert isinstance(error, CheckFailed)
    assert "gold.title_popularity_daily failed 1 of 18 expectations" in state.message
    assert "expect_column_values_to_be_between(popularity): 15 of 30 rows" in state.message
    assert error.__notes__ == [f"{WEEKLY} was held back", f"{MOMENTUM} was held back"]
    assert versions(host) == before
    unmet = host.table(EXPECTATION_RESULT.name).where("NOT is_met AND severity = 'critical'").collect()
    assert [(one.table_name, one.column_name, one.unexpected_count) for one in unmet] == [(DAILY, "popularity", 15)]


def test_a_table_that_does_not_exist_is_refused_with_those_that_do(host):
    with pytest.raises(ContractBroken, match=MOMENTUM):
        gold(tables=["gold.nonsense"])


def test_maintenance_goes_through_the_named_tables(host):
    arrive(host, "2026-01-21")
    done = maintenance(tables=[SILVER, EXPECTATION_RESULT.name])
    assert [(one.table, one.is_compacted) for one in done] == [(SILVER, False), (EXPECTATION_RESULT.name, False)]


@pytest.mark.parametrize(
    ("error", "deployment", "attempts"),
    [
        (HostUnreachable("gone"), "d1", 4),
        (HostUnreachable("gone"), None, 1),  # a person at a terminal is told at once
        (CheckFailed("wrong"), "d1", 1),
    ],
)
def test_a_deployment_tries_again_what_may_pass_and_nothing_else(monkeypatch, error, deployment, attempts):
    if deployment:
        monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", deployment)
    tried = []

    @task(**{**RETRY, "retry_delay_seconds": 0})
    def work():
        tried.append(1)
        raise error

    with pytest.raises(type(error)):
        flow(lambda: work(), name="tries")()
    assert len(tried) == attempts
    assert (RETRY["retries"], RETRY["retry_delay_seconds"]) == (3, 300)
