"""Each finding says what was found, and what to do where it is not as it should be; no secret is in any."""

import os
import socket
from pathlib import Path

import pytest

from apps import doctor
from apps.doctor import Finding
from lakehouse import settings
from lakehouse.errors import SetupIncomplete


@pytest.fixture
def taken():
    """A port on which this test's own process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def test_a_python_that_is_too_old_has_a_remedy():
    assert doctor.python((3, 11)) == Finding("Python", True, "3.11")
    remedy = "install Python 3.11, then: make setup PYTHON=python3.11"
    assert doctor.python((3, 10)) == Finding("Python", False, "3.10", remedy)


def test_a_missing_java_sends_to_set_up():
    def none() -> Path:
        raise SetupIncomplete("no Java 17 or newer", hint="make setup")

    assert doctor.the_java(none) == Finding("Java", False, "no Java 17 or newer", "make setup")


def test_missing_jars_are_counted_and_three_are_named(tmp_path):
    finding = doctor.the_jars(tmp_path)
    assert (finding.ok, finding.remedy) == (False, "make setup")
    assert finding.found.startswith("57 are not right: missing kafka/HdrHistogram-2.2.2.jar, ")


def test_a_free_port_is_fine(free, tmp_path):
    assert doctor.port("broker", free, "X", tmp_path) == Finding(f"port {free} (broker)", True, "free")


def test_a_port_of_another_program_is_named_with_its_process_and_the_variable(taken, tmp_path):
    finding = doctor.port("Thrift", taken, "MOVIEPULSE_SPARK__THRIFT_PORT", tmp_path)
    assert not finding.ok
    assert finding.found.endswith(f"process {os.getpid()}")
    assert finding.remedy == "set MOVIEPULSE_SPARK__THRIFT_PORT, or end that process"


def test_kafka_is_missed_at_once_where_nobody_listens(free):
    here = settings.load(kafka={"bootstrap_servers": f"127.0.0.1:{free}"})
    assert doctor.kafka(here) == Finding(
        "Kafka",
        False,
        f"nobody listens at 127.0.0.1:{free}",
        "moviepulse broker, or set MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS; moviepulse demo starts its own",
    )


def test_tmdb_out_of_reach_has_a_remedy_and_shows_no_key(free, monkeypatch):
    monkeypatch.setenv("TMDB_API_KEY", "canary-0123456789abcdef")
    finding = doctor.tmdb(settings.load(tmdb={"base_url": f"http://127.0.0.1:{free}/3"}))
    assert finding == Finding(
        "TMDb",
        False,
        f"no usable answer from http://127.0.0.1:{free}/3",
        "look at the network; without TMDb: moviepulse tmdb-standin (moviepulse demo starts its own)",
    )
