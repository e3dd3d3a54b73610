"""prefect.yaml: every deployment names a flow that exists, with parameters that it has."""

import os
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
import yaml

DEPLOYMENTS = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())["deployments"]


ON_DEMAND = {"backfill", "backfill-gold", "produce-discover"}


def the_flow(deployment):
    module, _, name = deployment["entrypoint"].rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_a_deployment_runs_a_flow_of_its_name_with_parameters_that_it_has(deployment):
    found = the_flow(deployment)
    assert found.name == deployment["name"]
    assert deployment.get("parameters", {}).keys() <= signature(found.fn).parameters.keys()


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_a_deployment_has_one_schedule_in_utc_or_waits_to_be_asked_and_its_runs_queue(deployment):
    zones = [one["timezone"] for one in deployment.get("schedules", [])]
    assert zones == ([] if deployment["name"] in ON_DEMAND else ["UTC"])
    # A window is a run of its own; two at once keep TMDb busy while one of them begins or ends.
    limit = 2 if deployment["name"] == "produce-discover" else 1
    assert deployment["concurrency_limit"] == {"limit": limit, "collision_strategy": "ENQUEUE"}


def test_gold_is_built_daily_after_the_lists_were_polled_and_then_exported():
    crons = {one["name"]: one["schedules"][0]["cron"] for one in DEPLOYMENTS if "schedules" in one}
    assert crons == {
        "produce-title": "0 6 * * *", "produce-title_id_export": "15 8 * * *", "produce-trending": "0 7 * * *",
        "produce-popular": "5 7 * * *", "gold": "30 7 * * *", "export-postgres": "0 8 * * *",
        "quality": "0 9 * * *", "maintenance": "0 3 * * 0", "recommend": "30 4 * * 1",
    }  # fmt: skip


def test_prefect_reports_nothing_to_anyone():
    import_module("flows")
    assert {name: os.environ[name] for name in ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED")} == {
        "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }  # fmt: skip


def test_prefect_finds_a_home_to_make_its_folder_in(tmp_path):
    import flows

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOVIEPULSE_HOME", str(tmp_path / "not" / "there"))
        environment.delenv("PREFECT_HOME")
        flows.prepare()
        assert Path(os.environ["PREFECT_HOME"]) == tmp_path / "not" / "there" / "prefect"
        assert (tmp_path / "not" / "there").is_dir()
