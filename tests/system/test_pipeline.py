"""The whole way on real parts: recorded days -> Kafka -> host -> silver -> gold, driven by the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyspark
import pytest

from apps.local_kafka import Broker
from apps.tmdb_standin.world import write_days
from lakehouse import contracts
from lakehouse.clock import wait_for
from lakehouse.settings import Settings
from producers.kafka import ensure_topics
from producers.replay import day_events, day_paths, read_day
from producers.sources import trending
from tests.system.conftest import settings_in

REAL = Path(__file__).parents[3] / "shared" / "data" / "tmdb" / "days"


class Lakehouse:
    """A broker and a host, and the command line pointed at them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        kafka = settings.kafka.bootstrap_servers
        self.environment = {
            **os.environ,
            "MOVIEPULSE_PROFILE": "test",
            "MOVIEPULSE_HOME": str(settings.root),
            "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": kafka,
            "MOVIEPULSE_BROKER__PORT": kafka.rsplit(":", 1)[1],
            "MOVIEPULSE_SPARK__CONNECT_PORT": str(settings.spark.connect_port),
            "MOVIEPULSE_SPARK__THRIFT_PORT": str(settings.spark.thrift_port),
        }

    def run(self, *words: str, exits: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "apps.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == exits, done.stderr[-3000:] + done.stdout[-1000:]
        return done.stdout

    def ask(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def build(self) -> dict[str, str]:
        return {one["table"]: one["verdict"] for one in self.ask("build")}

    def book(self) -> dict[str, int]:
        found = self.ask("audit")[0]
        return {name: found[name] for name in ("bronze", "silver", "duplicates", "rejected")}


@pytest.fixture(scope="module")
def lakehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    with Broker(settings_in(tmp_path_factory.mktemp("pipeline"))) as broker:
        ensure_topics(broker.settings, contracts.TOPICS)
        made = Lakehouse(broker.settings)
        log = (broker.settings.root / "host.log").open("wb")
        host = subprocess.Popen(
            [sys.executable, "-m", "apps.cli", "host"], env=made.environment, stdout=log, stderr=log
        )
        try:
            wait_for(
                lambda: (made.settings.root / "status" / "host.json").exists(), seconds=90, what="the host's start"
            )
            yield made
        finally:
            host.terminate()
            assert host.wait(20) == 0
            log.close()


def truth(days: Path) -> tuple[int, int]:
    """List items of a folder of days, and how many of them are a second appearance."""
    ids = [event["event_id"] for path in day_paths(days) for event in day_events(read_day(path, trending), trending)]
    return len(ids), len(ids) - len(set(ids))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    write_days(folder, 7, date(2026, 3, 1), 9)
    return folder


def test_generated_days_arrive_once_and_the_books_balance(lakehouse, generated):
    items, second = truth(generated)
    assert second > 0
    lakehouse.run("replay", str(generated))
    assert lakehouse.book() == {"bronze": items, "silver": items - second, "duplicates": second, "rejected": 0}


def test_gold_is_built_checked_and_published_from_them(lakehouse):
    assert lakehouse.build() == {table.name: "published" for table in contracts.GOLD}
    query = "SELECT count(DISTINCT day) AS days, count(DISTINCT media_type) AS media FROM gold.title_popularity_daily"
    assert lakehouse.ask("sql", query) == [{"days": 9, "media": 2}]
    assert all(finding["is_met"] for report in lakehouse.ask("check") for finding in report["findings"])


def test_a_second_replay_adds_nothing_and_a_second_build_publishes_nothing(lakehouse, generated):
    items, second = truth(generated)
    lakehouse.run("replay", str(generated))
    assert lakehouse.book() == {
        "bronze": 2 * items,
        "silver": items - second,
        "duplicates": items + second,
        "rejected": 0,
    }
    assert set(lakehouse.build().values()) == {"unchanged"}


def test_twenty_real_days_give_3164_events_and_36_duplicates_and_nothing_the_second_time(lakehouse, generated):
    if not REAL.is_dir():
        pytest.skip(f"real days are absent: {REAL}")
    items, second = truth(generated)
    before = {"bronze": 2 * items, "silver": items - second, "duplicates": items + second, "rejected": 0}
    for run in (1, 2):
        lakehouse.run("replay", str(REAL))
        gained = {name: count - before[name] for name, count in lakehouse.book().items()}
        assert gained == {"bronze": 3200 * run, "silver": 3164, "duplicates": 3200 * run - 3164, "rejected": 0}


def test_status_says_of_every_query_that_it_runs_and_has_nothing_left(lakehouse):
    found = {one["query"]: (one["is_active"], one["lag"], one["error"]) for one in lakehouse.ask("status")}
    names = [topic.bronze for topic in contracts.TOPICS] + [table.name for table in contracts.STREAMED]
    assert found == dict.fromkeys(names, (True, 0, None))


def test_a_jdbc_client_sees_the_same_tables_through_thrift(lakehouse):
    beeline = Path(sys.executable).parent / "beeline"
    url = f"jdbc:hive2://127.0.0.1:{lakehouse.settings.spark.thrift_port}"
    query = "SELECT count(*) > 0 AS found FROM gold.title_popularity_daily"
    done = subprocess.run(
        [beeline, "-u", url, "--outputformat=csv2", "-e", query],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SPARK_HOME": str(Path(pyspark.__file__).parent)},
    )
    assert "true" in done.stdout, done.stderr
