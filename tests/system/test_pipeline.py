"""The whole way on real parts as a stranger goes it: `moviepulse demo --keep`, and then the README's commands."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import pyspark
import pytest
from nbclient import NotebookClient

from apps import viewers
from apps.demo import VIEWERS
from apps.inspect import caught_up
from apps.tmdb_standin import world
from lakehouse import contracts
from lakehouse.clock import utc_day, utc_now, wait_for
from lakehouse.contracts.trending import TRENDING_EVENT
from lakehouse.contracts.user_event import USER_EVENT
from lakehouse.contracts.viewing import TITLE_ENGAGEMENT_DAILY
from lakehouse.settings import Settings
from producers.replay import day_events, day_paths, read_day
from producers.sources import trending
from tests.system.conftest import left_over, settings_in
from tests.system.forking import CommandLine

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "tmdb" / "days"
# The demo runs the first four, each as the command of its name; tests/system/test_collector.py runs the last.
STARTED_ELSEWHERE = {"demo", "broker", "host", "tmdb-standin", "collect"}


class Lakehouse:
    """A demo that stays, and the command line pointed at it."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.root
        self.environment = {
            **os.environ,
            "MOVIEPULSE_PROFILE": "test",
            "MOVIEPULSE_HOME": str(self.home),
            "MOVIEPULSE_BROKER__PORT": str(settings.broker.port),
            "MOVIEPULSE_BROKER__CONTROLLER_PORT": str(settings.broker.controller_port),
            "MOVIEPULSE_SPARK__CONNECT_PORT": str(settings.spark.connect_port),
            "MOVIEPULSE_SPARK__THRIFT_PORT": str(settings.spark.thrift_port),
            "MOVIEPULSE_STANDIN__PORT": str(settings.standin.port),
            "MOVIEPULSE_COLLECTOR__PORT": str(settings.collector.port),
        }
        self.settings = settings.model_copy(update={"home": self.home / "demo" / "standin"})
        self.output = self.home / "demo.txt"
        with self.output.open("wb") as out:
            self.demo = subprocess.Popen(
                [sys.executable, "-m", "apps.cli", "demo", "--keep"], env=self.environment, stdout=out, stderr=out
            )

    def enter(self) -> None:
        """Does what the demo says that leads a second shell to it."""
        (told,) = re.findall(r"in a shell +export (.+)", self.said)
        self.environment |= dict(word.split("=", 1) for word in shlex.split(told))
        self.commands = CommandLine(self.environment, self.home)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def stays(self) -> bool:
        assert self.demo.poll() is None, self.said[-4000:]
        return "Running until Ctrl-C" in self.said

    def run(self, *words: str) -> str:
        if words[0] == "build":  # of all that was sent before it
            caught_up(self.settings, 60)
        done = self.commands.run(*words)
        assert done.code == 0, done.err[-3000:] + done.out[-1000:]
        return done.out

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    @cached_property
    def books(self) -> dict[str, dict[str, Any]]:
        """What the last audit told of each table; nothing but `replayed` changes it."""
        return {book["table"]: book for book in self.ask("audit")}

    def replayed(self, folder: Path) -> None:
        self.run("replay", str(folder))
        self.__dict__.pop("books", None)

    @property
    def book(self) -> dict[str, int]:
        told = self.books[TRENDING_EVENT.name]
        return {name: told[name] for name in ("bronze", "silver", "duplicates", "rejected")}


@pytest.fixture(scope="module")
def lakehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    made = Lakehouse(settings_in(tmp_path_factory.mktemp("pipeline")))
    try:
        wait_for(lambda: made.stays, seconds=900, what="the demo's end")
        made.enter()
        yield made
        made.commands.close()
    finally:
        made.demo.send_signal(signal.SIGINT)
        code = made.demo.wait(60)
    assert code == 130, made.said[-3000:]
    assert "did not stop" not in made.said
    assert left_over(made.home) == []


@pytest.fixture(scope="module")
def days(lakehouse: Lakehouse) -> Path:
    """The generated days that the demo has replayed."""
    return lakehouse.home / "demo" / "standin" / "days"


def truth(days: Path) -> tuple[int, int]:
    """List items of a folder of days, and how many of them are a second appearance."""
    ids = [event["event_id"] for path in day_paths(days) for event in day_events(read_day(path, trending), trending)]
    return len(ids), len(ids) - len(set(ids))


def polled(day: date) -> tuple[int, int]:
    """The same of the stand-in's lists as one poll reads them."""
    served = [(one, world.trending(7, one.media_type, one.list_name.split("_")[1], day)[:40]) for one in trending.LISTS]
    ids = [event["event_id"] for one, items in served for event in trending.events(items, one, utc_now())]
    return len(ids), sum(len(items) - len({item["id"] for item in items}) for _, items in served)


@pytest.mark.timeout(1500)
def test_the_demo_shows_titles_climbers_verdicts_and_balanced_books(lakehouse):
    for promised in (
        "The day's top titles",
        "The largest climbers",
        "What viewers did most with",
        "Visits by day",
        "Recommended to one of them",
        "published: gold.title_recommendation",
        "Quality: the latest verdicts",
        "Accounts: bronze = silver + duplicates + rejects",
        "Where to look next",
    ):
        assert promised in lakehouse.said
    shown = [table for table in contracts.BUILT if contracts.stem(table) == "trending" or table.name in VIEWERS]
    assert lakehouse.said.count("published") == len(shown) + 1
    for unwanted in ("WARNING", "Traceback"):
        assert unwanted not in lakehouse.said


def test_every_event_has_arrived_once_and_the_books_balance(lakehouse, days):
    (items, second), (now, twice) = truth(days), polled(utc_day(utc_now()))
    assert second > 0
    assert lakehouse.book == {
        "bronze": items + now,
        "silver": items + now - second - twice,
        "duplicates": second + twice,
        "rejected": 0,
    }


def test_what_the_made_up_viewers_did_has_arrived_once(lakehouse):
    titles = "SELECT sum(event_count) AS events, count(DISTINCT user_key) AS users FROM silver.session"
    (found,) = lakehouse.ask("sql", titles)
    book = lakehouse.books[USER_EVENT.name]
    assert (found["users"], found["events"]) == (viewers.VIEWERS, book["silver"])
    assert (book["bronze"], book["rejected"], book["problems"]) == (book["silver"], 0, [])


def test_gold_holds_every_day_of_both_media_and_meets_every_expectation(lakehouse):
    query = "SELECT count(DISTINCT day) AS days, count(DISTINCT media_type) AS media FROM gold.title_popularity_daily"
    assert lakehouse.ask("sql", query) == [{"days": 9, "media": 2}]
    assert all(finding["is_met"] for report in lakehouse.ask("check") for finding in report["findings"])


def test_a_second_replay_adds_nothing(lakehouse, days):
    before, (items, _) = lakehouse.book, truth(days)
    lakehouse.replayed(days)
    assert lakehouse.book == {
        **before,
        "bronze": before["bronze"] + items,
        "duplicates": before["duplicates"] + items,
    }


def test_twenty_real_days_give_3164_events_and_36_duplicates_and_nothing_the_second_time(lakehouse):
    if not REAL.is_dir():
        pytest.skip(f"real days are absent: {REAL}")
    before = lakehouse.book
    for run in (1, 2):
        lakehouse.replayed(REAL)
        gained = {name: count - before[name] for name, count in lakehouse.book.items()}
        assert gained == {"bronze": 3200 * run, "silver": 3164, "duplicates": 3200 * run - 3164, "rejected": 0}


def test_status_says_of_every_query_that_it_runs_and_has_nothing_left_or_what_it_waits_for(lakehouse):
    found = {one["query"]: (one["is_active"], one["lag"], one["error"]) for one in lakehouse.ask("status")}
    waiting = {
        table.name: (False, 0, f"waits for the first row of {table.reads[0]}")
        for table in contracts.STREAMED
        if table not in (TRENDING_EVENT, USER_EVENT)
    }
    running = [topic.bronze for topic in contracts.TOPICS] + [TRENDING_EVENT.name, USER_EVENT.name]
    assert found == dict.fromkeys(running, (True, 0, None)) | waiting


@pytest.mark.timeout(3000)
def test_every_other_command_of_the_readme_works_on_what_runs(lakehouse, days):
    blocks = "".join(re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL))
    lines = [shlex.split(line, comments=True) for line in blocks.replace(" && ", "\n").splitlines()]
    commands = [words[1:] for words in lines if words[:1] == ["moviepulse"] and words[1] not in STARTED_ELSEWHERE]
    assert len(commands) >= 10
    said = [lakehouse.run(*[str(days) if word == "days/" else word for word in words]) for words in commands]
    assert all(one.strip() for one in said)
    first, *_, last = (one for words, one in zip(commands, said, strict=True) if words == ["build"])
    of_files = [table for table in contracts.BUILT if table.reads[0] in {one.FILES.name for one in contracts.FILED}]
    of_demo = VIEWERS - {TITLE_ENGAGEMENT_DAILY.name}  # which looks titles up that are new
    built = len(contracts.BUILT) - len(of_files) - len(of_demo)
    assert first.count("published") == built, "all but what only files feed, or the demo has built, is new"
    assert last.count("unchanged") == len(contracts.BUILT), "a replay of what is there changes nothing"


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last_and_shows_a_table_for_every_statement(lakehouse, path):
    notebook = jupytext.read(path)
    client = NotebookClient(notebook, timeout=900, kernel_name="python3")
    client.execute(cwd=str(path.parent), env=lakehouse.environment | {"PYTHONPATH": str(ROOT)})
    statements = [cell for cell in notebook.cells if cell.source.startswith("%%sql")]
    assert len(statements) >= 5
    assert all("text/html" in cell.outputs[0].get("data", {}) for cell in statements)


def test_a_jdbc_client_sees_the_same_tables_through_thrift(lakehouse):
    beeline = Path(sys.executable).parent / "beeline"
    url = f"jdbc:hive2://127.0.0.1:{lakehouse.settings.spark.thrift_port}"
    query = "SELECT count(*) > 0 AS found FROM gold.title_popularity_daily"
    done = subprocess.run(
        [beeline, "-u", url, "--outputformat=csv2", "-e", query],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "SPARK_HOME": str(Path(pyspark.__file__).parent)},
    )
    assert "true" in done.stdout, done.stderr
