"""docker-compose.yml: valid against the Compose specification, its commands exist, and no service is wide open."""

import json
import re
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import typer
import yaml

from lakehouse import settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
each_service = pytest.mark.parametrize("name", SERVICES)


def words(service: dict) -> str:
    command = service.get("command", [])
    return command if isinstance(command, str) else " ".join(command)


def test_the_file_follows_the_compose_specification():
    schemas = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((schemas / "compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_every_moviepulse_command_exists():
    from apps.cli import app

    known = typer.main.get_command(app).commands
    used = {found for service in SERVICES.values() for found in re.findall(r"\bmoviepulse ([a-z-]+)", words(service))}
    assert used == {"host", "tmdb-standin", "collect"}
    assert used <= known.keys()


def test_the_worker_serves_the_pool_that_the_deployments_name():
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    pools = {each["work_pool"]["name"] for each in deployments}
    made = set(re.findall(r"work-pool create (\S+)", words(SERVICES["prefect-worker"])))
    served = set(re.findall(r"--pool (\S+)", words(SERVICES["prefect-worker"])))
    assert made == served == pools


@each_service
def test_ports_are_published_on_loopback_only(name):
    for published in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", published), published


@each_service
def test_a_service_has_no_more_rights_than_it_needs(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert not service.get("privileged", False)
    assert service["deploy"]["resources"]["limits"]["memory"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@each_service
def test_a_service_that_stays_says_how_it_is(name):
    stays = SERVICES[name]["restart"] == "unless-stopped"
    assert ("healthcheck" in SERVICES[name]) == stays


@each_service
def test_images_are_pinned_to_an_exact_version(name):
    numbers = 2 if name == "postgres" else 3  # PostgreSQL's releases have two
    assert re.fullmatch(rf"[a-z/]+:\d+(\.\d+){{{numbers - 1}}}", SERVICES[name]["image"])


def test_the_base_image_is_pinned_and_nothing_runs_as_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("FROM ")] == ["FROM python:3.11.14-slim-bookworm"]
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for variable, default in re.findall(r"\$\{(\w*(?:AUTH|TOKEN|KEY|SECRET|PASSWORD)\w*)(:-[^}]*|:\?[^}]*)?\}", text):
        assert default == ":-" or default.startswith(":?"), variable
    assert "${MOVIEPULSE_PREFECT_AUTH:?" in text
    assert "${MOVIEPULSE_POSTGRES__PASSWORD:?" in text


def test_the_doors_of_the_services_are_those_of_the_settings(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_PROFILE", "docker")
    chosen = settings.load()
    assert chosen.kafka.bootstrap_servers == "kafka:9092"
    kafka = SERVICES["kafka"]["environment"]
    assert int(kafka["KAFKA_MESSAGE_MAX_BYTES"]) > chosen.kafka.max_message_bytes
    doors = (chosen.spark.connect_port, chosen.spark.thrift_port)
    assert SERVICES["postgres"]["ports"] == [f"127.0.0.1:{chosen.postgres.port}:{chosen.postgres.port}"]
    names = {key: SERVICES["postgres"]["environment"][f"POSTGRES_{key}"] for key in ("DB", "USER")}
    assert (chosen.postgres.host, names) == (
        "postgres", {"DB": chosen.postgres.dbname, "USER": chosen.postgres.user},
    )  # fmt: skip
    assert SERVICES["host"]["ports"] == [f"127.0.0.1:{port}:{port}" for port in doors]


def test_the_broker_in_docker_has_the_settings_of_the_one_without(tmp_path):
    from apps.local_kafka import properties

    here = dict(line.split("=", 1) for line in properties(settings.load(), tmp_path).splitlines())
    theirs = SERVICES["kafka"]["environment"]
    there = {key[6:].lower().replace("_", "."): value for key, value in theirs.items() if key.startswith("KAFKA_")}
    places = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs", "heap.opts"}
    assert {k: v for k, v in there.items() if k not in places} == {k: v for k, v in here.items() if k not in places}


def test_the_example_of_the_environment_names_only_settings_that_exist():
    names = re.findall(r"^# (MOVIEPULSE_\w+__\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    base = yaml.safe_load((ROOT / "conf" / "base.yaml").read_text())
    for name in names:
        section, key = name.removeprefix("MOVIEPULSE_").lower().split("__")
        assert key in base[section], name
