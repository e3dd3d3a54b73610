"""The collector as a process, before a real broker: an answer of 202 is a message in Kafka, whatever ends meanwhile."""

import contextlib
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from apps.local_kafka import Broker
from lakehouse.clock import iso, utc_now, wait_for
from lakehouse.contracts.user_event import TOPIC
from lakehouse.settings import Settings
from producers.collector import keys
from producers.kafka.topics import ensure_topics
from tests.system.conftest import free_port, settings_in
from tests.system.published import event_ids, events, kafka, ledger

ACKNOWLEDGE_SECONDS = 2


class Collector:
    """A collector of its own home and port; `key` may send."""

    def __init__(self, home: Path, broker: Broker) -> None:
        self.home, self.port = home, free_port()
        self.key = keys.make(home / "collector-keys.json", "site", scope="write", per_second=1_000_000)
        environment = {
            **os.environ,
            "MOVIEPULSE_PROFILE": "test",
            "MOVIEPULSE_HOME": str(home),
            "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "MOVIEPULSE_COLLECTOR__PORT": str(self.port),
            "MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY": "a secret of the test, long enough for it",
            "MOVIEPULSE_COLLECTOR__ACKNOWLEDGE_SECONDS": str(ACKNOWLEDGE_SECONDS),
        }
        self.log = home / "collector.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "apps.cli", "collect"], env=environment, stdout=out, stderr=out
            )

    def is_live(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            return self.request("GET", "/livez")[0] == 200
        return False

    def request(self, method: str, path: str, content: Any = None) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            head = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(content) if content is not None else None, head)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), json.loads(answer.read())

    def send(self, name: str) -> int:
        return self.request("POST", "/v1/events", viewed(name))[0]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def viewed(name: str) -> dict[str, Any]:
    now = iso(utc_now())
    return {"event_id": name, "event_at": now, "event_type": "page_view", "user_id": "canary-anna", "page_path": "/"}


@contextmanager
def collecting(home: Path, broker: Broker) -> Iterator[Collector]:
    home.mkdir(parents=True)
    collector = Collector(home, broker)
    try:
        wait_for(collector.is_live, seconds=60, what="the start of the collector")
        yield collector
    finally:
        collector.process.kill()
        collector.process.wait()


@pytest.fixture(scope="module")
def collector(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    ensure_topics(broker.settings, [TOPIC])
    with collecting(tmp_path_factory.mktemp("collector") / "home", broker) as running:
        yield running


def test_what_is_accepted_is_in_kafka_by_the_key_of_its_user_and_names_nobody(collector: Collector, settings: Settings):
    assert collector.send("accepted-1") == 202
    status, _, answer = collector.request(
        "POST", "/v1/events/batch", [viewed(f"batch-{n:04}") for n in range(499)] + [{"event_id": "wrong-01"}]
    )
    assert (status, sum(one["status"] == 202 for one in answer["events"])) == (207, 499)
    assert collector.request("GET", "/readyz")[2]["kafka"]
    kept = events(settings, TOPIC)
    assert len(kept) == 500
    assert len({event["user_key"] for event in kept}) == 1
    assert "canary" not in json.dumps(kept) + collector.log.read_text()


def test_a_body_without_end_is_cut_off_while_it_arrives(collector: Collector):
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {collector.key}\r\n"
    head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", collector.port), timeout=10) as client:
        client.sendall(head.encode())
        answer = b""
        with contextlib.suppress(ConnectionError):
            while not select.select([client], [], [], 0)[0] and sent < 50_000_000:
                client.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
                sent += 0x1000
            answer = client.recv(65_536)
    assert 64 * 1024 < sent < 5_000_000, "the collector read on, or stopped before the limit"
    assert not answer or answer.startswith(b"HTTP/1.1 413")  # none where the connection's end came before it
    assert collector.is_live()


def test_many_clients_at_once_have_each_their_answer(collector: Collector, settings: Settings):
    names = [f"crowd-{n:04}" for n in range(400)]
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(collector.send, names)) == {202}
    assert sorted(name for name in event_ids(settings, TOPIC) if name.startswith("crowd")) == names


def test_sigterm_answers_what_was_accepted_and_leaves_its_line_in_the_ledger(broker, settings, tmp_path):
    ensure_topics(broker.settings, [TOPIC])
    before = set(event_ids(settings, TOPIC))
    with collecting(tmp_path / "home", broker) as one:
        answers: dict[str, int] = {}

        def go_on(client: int) -> None:
            for n in range(10_000):
                name = f"term-{client:02}-{n:05}"
                try:
                    answers[name] = one.send(name)
                except (OSError, http.client.HTTPException):
                    return

        clients = [threading.Thread(target=go_on, args=(n,)) for n in range(8)]
        for client in clients:
            client.start()
        wait_for(lambda: len(answers) > 200, seconds=30, what="the first answers")
        assert one.stop() == 0, one.log.read_text()
        for client in clients:
            client.join(30)
        own = kafka(settings, bootstrap_servers=broker.bootstrap_servers).model_copy(update={"home": one.home})
    found = [name for name in event_ids(settings, TOPIC) if name not in before]
    assert set(answers.values()) == {202}
    assert set(found) == set(answers), "no accepted event without its answer, no answer without its event"
    assert len(found) == len(set(found))
    (line,) = ledger(own, TOPIC)
    assert (line["source"], line["counts"]) == ("collector", {"sent": len(found), "acked": len(found), "failed": 0})


def test_without_its_broker_it_says_503_and_what_is_sent_again_is_there_once(tmp_path: Path):
    with Broker(settings_in(tmp_path / "mortal")) as mortal:
        ensure_topics(mortal.settings, [TOPIC])
        with collecting(tmp_path / "home", mortal) as one:
            assert one.send("before-01") == 202
            mortal.kill()
            began = time.monotonic()
            status, headers, answer = one.request("POST", "/v1/events", viewed("during-01"))
            assert (status, headers["retry-after"], answer["event_id"]) == (503, "2", "during-01")
            assert time.monotonic() - began < ACKNOWLEDGE_SECONDS + 5
            assert one.request("GET", "/readyz")[0] == 503
            assert one.request("GET", "/livez")[0] == 200
            mortal.start()
            wait_for(lambda: one.send("during-01") == 202, seconds=60, what="the acknowledgement after the return")
            assert one.send("after-001") == 202
            found = event_ids(mortal.settings, TOPIC)
    assert set(found) == {"before-01", "during-01", "after-001"}
    # A message that was given up may have arrived all the same: silver counts the event once, by its id.
    assert (found.count("before-01"), found.count("after-001")) == (1, 1)
