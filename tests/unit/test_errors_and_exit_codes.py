"""An error says what, where, what was expected and the next command; its kind is the process's exit code."""

import inspect
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from lakehouse import errors
from lakehouse.errors import HostUnreachable, LakehouseError, SetupIncomplete, Terminal, Transient
from lakehouse.settings import load
from lakehouse.spark import answering

CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, LakehouseError)]
CAUSES = [one for one in CLASSES if one not in (LakehouseError, Terminal, Transient)]


def moviepulse(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, in a home of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MOVIEPULSE_", "TMDB_"))}
    return subprocess.run(
        [sys.executable, "-m", "apps.cli", *words],
        env={**clean, "MOVIEPULSE_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_message_says_what_where_what_was_expected_and_what_next_in_this_order():
    error = SetupIncomplete("no Java", where="PATH", expected="Java 17", hint="make setup")
    assert str(error) == "no Java\n  where: PATH\n  expected: Java 17\n  next: make setup"


def test_a_message_leaves_out_what_nobody_said():
    assert str(SetupIncomplete("no Java", hint="make setup")) == "no Java\n  next: make setup"


@pytest.mark.parametrize("cause", CAUSES, ids=lambda one: one.__name__)
def test_each_cause_is_either_worth_a_repeat_or_not_and_says_when_it_is_raised(cause):
    assert issubclass(cause, Transient) != issubclass(cause, Terminal)
    assert cause("x").exit_code == (75 if issubclass(cause, Transient) else 1)
    assert inspect.getdoc(cause).startswith("Raised when ")
    assert inspect.getdoc(cause) != inspect.getdoc(cause.__bases__[0])


def test_a_command_that_did_its_work_ends_with_0(tmp_path):
    done = moviepulse(tmp_path, "tables", "silver.trending_event")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("silver.trending_event: one row per title, list and poll")


def test_an_error_that_would_come_again_ends_with_1_and_one_clear_message(tmp_path):
    done = moviepulse(tmp_path, "tables", "gold.nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ContractBroken: no table 'gold.nothing'\n  expected: bronze.")
    assert done.stderr.endswith("next: moviepulse tables\n")


def test_wrong_usage_ends_with_2(tmp_path):
    assert moviepulse(tmp_path, "tables", "--no-such-option").returncode == 2


def test_an_error_that_may_pass_ends_with_75_and_the_command_that_helps(tmp_path):
    port = free_port()
    done = moviepulse(tmp_path, "sql", "SELECT 1", MOVIEPULSE_SPARK__CONNECT_PORT=str(port))
    assert done.returncode == 75
    where = f"sc://127.0.0.1:{port}"
    assert done.stderr == f"HostUnreachable: no streaming host answers\n  where: {where}\n  next: moviepulse host\n"


def test_a_wrong_setting_is_one_clear_message_too(tmp_path):
    done = moviepulse(tmp_path, "status", MOVIEPULSE_TMDB__PAGES="0")
    assert done.returncode == 1
    assert done.stderr.startswith("SettingsInvalid: setting tmdb.pages is wrong: '0'")
    assert "Traceback" not in done.stderr


def test_a_topic_that_there_is_not_is_said_with_those_that_there_are(tmp_path):
    done = moviepulse(tmp_path, "export", "raw", str(tmp_path / "exported"), "--topic", "movies.none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("TopicMissing: no topic movies.none\n  where: --topic\n  expected: movies.trending.d")
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize(("text", "raised"), [("StatusCode.UNAVAILABLE", HostUnreachable), ("other", PySparkException)])
def test_a_host_that_goes_away_while_it_is_read_is_an_error_that_may_pass(tmp_path, text, raised):
    with pytest.raises(raised), answering(load(home=tmp_path)):
        raise PySparkException(text)
