"""The gold flow: what passes is published, what fails stands as it was and holds back only what reads it."""

import json
from dataclasses import replace
from datetime import date

import pytest
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowRunFilter
from prefect.client.schemas.sorting import ArtifactSort
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed
from prefect.testing.utilities import prefect_test_harness

import flows
from batch import build
from batch.postgres.star import TABLES
from flows.backfill import backfill_gold
from flows.export import export_postgres
from flows.gold import Built, build_table, gold
from flows.maintenance import maintenance
from flows.quality import quality
from flows.retry import RETRY
from flows.rollback import RolledBack, rollback
from lakehouse import contracts, delta, history
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.trending import (
    TITLE_MOMENTUM_DAILY,
    TITLE_POPULARITY_DAILY,
    TITLE_POPULARITY_WEEKLY,
    TRENDING_EVENT,
)
from lakehouse.errors import CheckFailed, ContractBroken, HostUnreachable, NotPublished, SettingsInvalid
from lakehouse.tables import by_name
from tests.builders import collected, row, rows, seen
from tests.postgres import server

__all__ = ["server"]

SILVER = TRENDING_EVENT.name
DAILY, WEEKLY, MOMENTUM = (t.name for t in (TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY, TITLE_MOMENTUM_DAILY))

TRENDING = [DAILY, WEEKLY, MOMENTUM]


@pytest.fixture(scope="module", autouse=True)
def prefect():
    """Prefect with a database of its own; each run would otherwise wait a second for its heartbeat's thread."""
    quiet = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with prefect_test_harness(server_startup_timeout=120), quiet:
        yield


class FirstRun:
    """Fills a lake: three days of two weeks arrive, and a run builds the daily and the weekly table of them.

    `begun` is a run that pinned its tables before that, `done` what the run says that it did.
    """

    def __init__(self, spark):
        self.spark = spark

    def __call__(self):
        arrive(self.spark, "2026-01-24", "2026-01-25", "2026-01-26")
        self.begun = build.begun(self.spark, [TITLE_POPULARITY_DAILY], build.Run("r"))
        self.done = gold(tables=[DAILY, WEEKLY])


@pytest.fixture(scope="module")
def first(spark):
    return FirstRun(spark)


@pytest.fixture
def host(spark, lake, lakes, first):
    """The flows' session, on a lake as the first run has left it."""
    with flows.on(spark):
        lakes.filled("three days, built by a flow", first)
        yield spark


def arrive(spark, *days, **values):
    polled = [
        seen(at=f"{day}T10:00", title_id=n, rank=n, **{"popularity": 1.0, **values})
        for day in days
        for n in range(1, 16)
    ]
    delta.append(rows(spark, TRENDING_EVENT, *polled), SILVER, metadata={})


def verdicts(key):
    """What stands on the newest page of that key, and below it."""
    with get_client(sync_client=True) as client:
        (found,) = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])), sort=ArtifactSort.CREATED_DESC, limit=1
        )
    return json.loads(found.data), found.description


def test_a_run_publishes_all_tables_once_and_a_second_run_changes_nothing(host, first):
    assert [replace(one, warnings=()) for one in first.done] == [
        Built(DAILY, "published", 1, None, 45), Built(WEEKLY, "published", 1, None, 30),
    ]  # fmt: skip
    warnings = [(one.table, warning) for one in first.done for warning in one.warnings]
    assert [(table, warning) for table, warning in warnings if "current_date()" not in warning] == []
    assert gold(tables=[DAILY, WEEKLY]) == [Built(DAILY, "unchanged", 1), Built(WEEKLY, "unchanged", 1)]
    runs = host.table(EXPECTATION_RESULT.name).select("run_id", "table_name").distinct().collect()
    assert sorted(one.table_name for one in runs) == [DAILY, WEEKLY]
    assert len({one.run_id for one in runs}) == 1


def test_a_task_that_is_tried_again_sees_what_its_first_attempt_has_published(host, first, monkeypatch):
    monkeypatch.setattr("flows.gold.is_again", lambda: True)
    assert build_table.fn(DAILY, first.begun) == Built(DAILY, "unchanged", 1)


def test_a_failed_check_leaves_what_was_published_holds_back_what_reads_it_and_shows_so_on_the_run_s_page(host):
    arrive(host, "2026-01-27", popularity=-1.0)
    state = gold(tables=TRENDING, return_state=True)
    error = state.result(raise_on_failure=False)
    assert state.is_failed()
    assert isinstance(error, CheckFailed)
    assert "gold.title_popularity_daily failed 1 of 22 expectations" in state.message
    assert "expect_column_values_to_be_between(popularity): 15 of 60 rows" in state.message
    assert error.__notes__ == [f"{WEEKLY} was held back", f"{MOMENTUM} was held back"]
    assert {name: history.version(host, name) for name in TRENDING} == {DAILY: 1, WEEKLY: 1, MOMENTUM: 0}
    unmet = host.table(EXPECTATION_RESULT.name).where("NOT is_met AND severity = 'critical'").collect()
    assert [(one.table_name, one.column_name, one.unexpected_count) for one in unmet] == [(DAILY, "popularity", 15)]
    lines, below = verdicts("gold-verdicts")
    assert lines[0] == {
        "table": DAILY, "verdict": "failed", "version": 1, "rows": 60, "expectations met": "20 of 22",
        "warnings": 1, "critical": 1,
    }  # fmt: skip
    assert [(one["table"], one["verdict"], one["version"], one["rows"]) for one in lines[1:]] == [
        (WEEKLY, "held back", 1, None), (MOMENTUM, "held back", 0, None),
    ]  # fmt: skip
    assert "reports/quality.html" in below


def test_a_span_of_days_is_rebuilt_though_nothing_has_changed_and_what_was_never_published_is_built_whole(host):
    before = collected(host.table(DAILY))
    span = (date(2026, 1, 26), date(2026, 1, 27))
    built = gold(tables=TRENDING, first_day=span[0], last_day=span[1])
    assert [(one.table, one.verdict, one.periods) for one in built] == [
        (DAILY, "published", 2), (WEEKLY, "published", 1), (MOMENTUM, "published", None),
    ]  # fmt: skip
    assert len(TITLE_MOMENTUM_DAILY.refresh.periods(span)) == 5
    assert collected(host.table(DAILY)) == before


def test_quality_checks_all_that_is_published_fails_once_all_are_checked_and_passes_what_was_rolled_back(
    host, monkeypatch
):
    monkeypatch.setattr(contracts, "PUBLISHED", [TITLE_MOMENTUM_DAILY])  # is all there is
    with pytest.raises(NotPublished, match="next: moviepulse build"):
        quality()
    monkeypatch.setattr(contracts, "PUBLISHED", [by_name(contracts.TABLES, name) for name in TRENDING])
    wrong = rows(host, TITLE_POPULARITY_DAILY, row(TITLE_POPULARITY_DAILY, title_id=99, popularity=-1.0))
    delta.append(wrong, DAILY, metadata={})
    state = quality(return_state=True)
    assert state.is_failed()
    assert "expect_column_values_to_be_between(popularity): 1 of 46 rows" in state.message
    lines, _ = verdicts("quality-verdicts")
    assert [(one["table"], one["verdict"], one["critical"]) for one in lines] == [
        (DAILY, "failed", 2), (WEEKLY, "passed", 0),
    ]  # fmt: skip
    back = rollback(DAILY, 1)
    assert isinstance(back, RolledBack)
    assert (back.table, back.from_version, back.to_version, back.version) == (DAILY, 2, 1, 3)
    assert {WEEKLY, MOMENTUM} <= set(back.readers)
    assert [(one.table, one.stage, one.passed, len(one.findings)) for one in quality(tables=[DAILY])] == [
        (DAILY, "published", True, 23),
    ]
    kept = host.table(EXPECTATION_RESULT.name).where("stage != 'staged'")
    found = kept.groupBy("stage", "table_name", "run_id").count().collect()
    assert sorted((one["stage"], one["table_name"], one["count"]) for one in found) == [
        ("published", DAILY, 23), ("published", DAILY, 23), ("published", WEEKLY, 16), ("restored", DAILY, 22),
    ]  # fmt: skip
    (run_id,) = (one["run_id"] for one in found if one["stage"] == "restored")
    assert history.newest(host, DAILY)[0].metadata["run_id"] == run_id


def test_a_backfill_of_gold_starts_a_run_for_each_part_and_again_only_for_those_that_did_not_succeed():
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(gold)
        client.create_deployment(flow_id, name="gold")
    span = {"first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31), "as_of": date(2026, 2, 1), "chunk_days": 15}
    first = backfill_gold(**span)
    with get_client(sync_client=True) as client:
        runs = {one.name: one for one in client.read_flow_runs(flow_run_filter=FlowRunFilter(name={"any_": first}))}
        asked = [(runs[one].parameters["first_day"], runs[one].parameters["last_day"]) for one in first]
        client.set_flow_run_state(runs[first[0]].id, Completed(), force=True)
        client.set_flow_run_state(runs[first[1]].id, Failed(), force=True)
    assert asked == [("2026-01-01", "2026-01-15"), ("2026-01-16", "2026-01-30"), ("2026-01-31", "2026-01-31")]
    second = backfill_gold(**span)
    assert [one == two for one, two in zip(first, second, strict=True)] == [True, False, True]
    assert backfill_gold(**span) == second


def test_a_run_is_refused_for_a_table_that_does_not_exist_and_for_half_a_span_of_days():
    with pytest.raises(ContractBroken, match=MOMENTUM):
        gold(tables=["gold.nonsense"])
    with pytest.raises(SettingsInvalid, match="2026-01-21 to None"):
        gold(first_day=date(2026, 1, 21))


def test_maintenance_goes_through_the_named_tables(host):
    done = maintenance(tables=[SILVER, EXPECTATION_RESULT.name])
    assert [(one.table, one.is_compacted) for one in done] == [(SILVER, False), (EXPECTATION_RESULT.name, False)]


@pytest.mark.stems("star", "bridge", "credit", "session", "comment", "viewing")
def test_an_export_goes_into_the_database_that_the_settings_name_and_without_one_nowhere(
    spark, lake, server, monkeypatch
):
    assert export_postgres() == []
    named = server.settings(server.database())
    for name, value in named.model_dump().items():
        secret = value.get_secret_value() if name == "password" else value
        monkeypatch.setenv(f"MOVIEPULSE_POSTGRES__{name.upper()}", str(secret))
    with flows.on(spark):
        assert [one.table for one in export_postgres()] == [table.name for table in TABLES]
    with server.connect(named.dbname) as reader:
        assert reader.execute("SELECT count(*) FROM moviepulse.export_state").fetchone() == (len(TABLES),)


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
