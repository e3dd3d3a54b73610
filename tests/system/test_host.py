"""The streaming host under fire: killed between commits and at random, stopped, doubled, with queries that die."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from deltalake import DeltaTable

from apps import lag
from apps.local_kafka import Broker
from lakehouse import contracts
from lakehouse.clock import iso, until, utc_now, wait_for
from lakehouse.contracts.trending import TOPIC, TRENDING_EVENT
from lakehouse.errors import LakeLeased
from lakehouse.settings import Settings
from lakehouse.spark import FEW_ROWS
from producers.kafka.publisher import Publisher
from producers.kafka.topics import end_offsets, ensure_topics
from streaming import job, status
from tests.system.conftest import settings_in

REPEAT, BROKEN = 0.2, 0.05


class Host:
    """Starts host processes on one lake, feeds the topic, and knows what must come out."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.random = Random(7)
        self.sent: list[str] = []
        self.broken = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.log = settings.root / "host.log"

    def start(self, **orders: str) -> None:
        kafka, home = self.settings.kafka.bootstrap_servers, self.settings.root
        mine = {
            "MOVIEPULSE_PROFILE": "test",
            "MOVIEPULSE_SPARK__CONF": json.dumps(FEW_ROWS),
            "MOVIEPULSE_HOME": str(home),
            "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": kafka,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.system.host_process"],
                env={**os.environ, **mine, **orders},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def publish(self, count: int) -> None:
        """New events, some repeats of earlier ones, some messages that are no events."""
        with Publisher(self.settings) as publisher:
            for _ in range(count):
                publisher.publish(
                    TOPIC.name, key=str(self.random.randrange(50)).encode(), value=self._message(), at=utc_now()
                )
            publisher.finish()

    def _message(self) -> bytes:
        drawn = self.random.random()
        if drawn < BROKEN:
            self.broken += 1
            return b"{ broken"
        if drawn > REPEAT + BROKEN or not self.sent:
            self.sent.append(f"event-{len(self.sent)}")
            name = self.sent[-1]
        else:
            name = self.random.choice(self.sent)
        event = {
            "event_id": name,
            "extraction_ts": iso(utc_now()),
            "list_name": "trending_day",
            "media_type": "movie",
            "rank": 1,
            "movie_id": 603,
        }
        return json.dumps(event).encode()

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """Seconds from SIGTERM to the end, which must be a clean one."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()[-3000:]
        return time.monotonic() - began

    def caught_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return not any(lag.lags(self.settings).values())

    def table(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        found = DeltaTable(str(self.settings.lake.joinpath(*name.split(".")))).to_pyarrow_table(columns=list(columns))
        return [tuple(row.values()) for row in found.to_pylist()]

    def balances(self) -> None:
        ends = end_offsets(self.settings, TOPIC.name)
        every = sorted((partition, offset) for partition, end in ends.items() for offset in range(end))
        assert sorted(self.table(TOPIC.bronze, "partition", "offset")) == every
        assert sorted(self.table(TRENDING_EVENT.name, "event_id")) == sorted((name,) for name in self.sent)
        assert len(self.table("silver.reject", "offset")) == len(
            set(self.table("silver.reject", "partition", "offset"))
        )
        assert len(self.table("silver.reject", "offset")) == self.broken


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(settings_in(tmp_path_factory.mktemp("host"))) as running:
        yield running


@pytest.fixture
def host(own_broker: Broker, tmp_path: Path) -> Iterator[Host]:
    from confluent_kafka.admin import AdminClient

    settings = own_broker.settings.model_copy(update={"home": tmp_path})
    admin = AdminClient({"bootstrap.servers": own_broker.bootstrap_servers})
    for future in admin.delete_topics([TOPIC.name]).values():
        future.exception()
    wait_for(lambda: TOPIC.name not in admin.list_topics(timeout=5).topics, seconds=20, what="the topic's end")
    ensure_topics(settings, contracts.TOPICS)
    made = Host(settings)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


@pytest.mark.timeout(900)
def test_ten_kills_on_one_checkpoint_lose_and_double_nothing(host):
    """Half of them between a table's commit and Spark's own, the others at random moments."""
    points = [
        f"{TOPIC.bronze}:1",
        f"{TRENDING_EVENT.name}:1",
        "silver.reject:1",
        f"{TRENDING_EVENT.name}:2",
        f"{TOPIC.bronze}:2",
    ]
    for point in points:
        host.publish(300)
        host.start(KILL_AFTER=point)
        for _ in until(240, every=1):
            if host.process.poll() is not None:
                break
            host.publish(20)
        assert host.process.poll() == -signal.SIGKILL, f"{point}: {host.log.read_text()[-3000:]}"
    for _ in range(5):
        host.publish(300)
        host.start()
        pause = 3 + 6 * host.random.random()
        for _ in until(pause, every=0.3):
            host.publish(20)
        host.kill()
    host.start()
    wait_for(host.caught_up, seconds=240, what="catching up")
    assert host.stop() < 10
    host.balances()


def test_a_dead_query_starts_again_a_second_host_refuses_and_a_stop_under_load_is_quick_and_loses_nothing(
    host,
):
    host.publish(200)
    host.start(FAIL_ONCE=TRENDING_EVENT.name)
    wait_for(host.caught_up, seconds=90, what="catching up after a failure")
    with pytest.raises(LakeLeased, match="another host writes this lake"):
        job.run(host.settings, job.threading.Event(), doors=False)
    saved = status.read(job.status_file(host.settings))["queries"]
    assert [name for name, facts in saved.items() if facts.get("failures")] == [TRENDING_EVENT.name]
    assert "made to fail after silver.trending_event" in host.log.read_text()
    host.publish(2000)
    assert host.stop() < 10
    host.publish(100)
    host.start()
    wait_for(host.caught_up, seconds=90, what="catching up")
    host.stop()
    host.balances()
    states = status.read(job.status_file(host.settings))["queries"]
    assert {TOPIC.bronze, TRENDING_EVENT.name} <= states.keys()
    assert {(facts["is_active"], facts.get("dropped_by_watermark", 0)) for facts in states.values()} == {(False, 0)}
