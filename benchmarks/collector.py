"""What the collector takes with its broker and its clients on the same machine: events one by one and in batches.

Clients are sockets of this process that send their next request when the last is answered, so the machine is as busy as
it gets; they take CPU from what they measure. Every answer must be 202, and every event be in Kafka.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from apps.local_kafka import Broker
from apps.processes import free_ports
from benchmarks.bench import Goal, Result, Size, Stopwatch, home
from lakehouse import contracts
from lakehouse.clock import iso, utc_now, wait_for
from lakehouse.contracts.user_event import TOPIC
from lakehouse.errors import BooksUnbalanced
from lakehouse.settings import Settings
from producers.collector import keys
from producers.kafka.topics import end_offsets, ensure_topics

SINGLE_PER_SECOND, BATCHED_PER_SECOND = 3_000, 30_000
NUMBER = b"bench-------------"  # as long as what stands in its place
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@dataclass
class Load:
    """Clients that ask until the deadline; how often they asked and how long each answer took.

    The requests differ in the numbers of their events alone: to write them anew would cost more than to answer them.
    """

    port: int
    key: str
    batch: int
    until: float = 0.0
    asked: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        events = ",".join(self._event(n) for n in range(self.batch or 1))
        path, body = ("/v1/events/batch", f"[{events}]") if self.batch else ("/v1/events", events)
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: {BROWSER}\r\nAuthorization: Bearer {self.key}\r\n"
        whole = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        self._request, self._run = whole.encode(), uuid4().hex[:8].encode()

    def request(self) -> bytes:
        """The next request, with events that nobody has sent before."""
        self.asked += 1
        return self._request.replace(NUMBER, b"%s-%09d" % (self._run, self.asked))

    def _event(self, n: int) -> str:
        return (
            f'{{"event_id":"{NUMBER.decode()}-{n}","event_at":"{iso(utc_now())}","event_type":"watch",'
            f'"user_id":"user-{NUMBER.decode()[-4:]}-{n % 50}","session_id":"session-{n}","media_type":"movie",'
            f'"title_id":{n % 700 + 1},"progress_ratio":0.5,"watched_seconds":300}}'
        )


class Client(asyncio.Protocol):
    """One connection that is kept."""

    def __init__(self, load: Load) -> None:
        self._load, self._answer, self._began = load, b"", 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport: Any = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
            return
        self._load.seconds.append(time.perf_counter() - self._began)
        self._load.refused += not head.startswith(b"HTTP/1.1 202")
        if time.perf_counter() < self._load.until:
            self._ask()
        else:
            self._transport.close()
            self.done.set_result(None)

    def _ask(self) -> None:
        self._answer, self._began = b"", time.perf_counter()
        self._transport.write(self._load.request())


def measure(size: Size) -> Result:
    """Events a second that are acknowledged, how long an answer takes, and what it costs."""
    figures, goals = [], []
    with home() as config, Broker(config) as broker:
        ensure_topics(broker.settings, contracts.TOPICS)
        with _collector(broker.settings) as (process, port, key):
            for batch, clients, goal in ((0, 200, SINGLE_PER_SECOND), (500, 8, BATCHED_PER_SECOND)):
                _run(Load(port, key, batch), clients, size.skipped_seconds / 4)
                figure = _figure(process, Load(port, key, batch), clients, size.seconds / 2)
                figures.append(figure)
                what = "in batches" if batch else "one by one"
                goals += [
                    Goal(f"events a second {what} / {goal:,}", figure["events/s"] / goal, 1.0, False),
                    Goal(f"p99 of an answer {what} / 250 ms", figure["p99 ms"] / 250, 1.0, True),
                ]
    return Result("collector", "Viewers' events over HTTP", goals, figures)


def _figure(process: psutil.Process, load: Load, clients: int, seconds: float) -> dict[str, Any]:
    watch = Stopwatch(process)
    _run(load, clients, seconds)
    wall, cpu = watch.read()
    events, times = load.asked * (load.batch or 1), sorted(load.seconds)
    if load.refused:
        raise BooksUnbalanced(f"{load.refused} requests were refused")
    return {
        "events in a request": load.batch or 1,
        "clients": clients,
        "events/s": round(events / wall),
        "p50 ms": round(times[len(times) // 2] * 1000),
        "p99 ms": round(times[len(times) * 99 // 100] * 1000),
        "CPU us/event": round(cpu / events * 1e6),
        "cores": round(cpu / wall, 2),
        "memory MiB": process.memory_info().rss >> 20,
    }


def _run(load: Load, clients: int, seconds: float) -> None:
    async def all_clients() -> None:
        load.until = time.perf_counter() + seconds
        loop = asyncio.get_running_loop()
        made = [await loop.create_connection(lambda: Client(load), "127.0.0.1", load.port) for _ in range(clients)]
        await asyncio.gather(*[client.done for _, client in made])

    asyncio.run(all_clients())


@contextmanager
def _collector(settings: Settings) -> Iterator[tuple[psutil.Process, int, str]]:
    """`moviepulse collect` on these settings, its port and a key; at its end every acknowledged event is in Kafka."""
    (port,) = free_ports(1)
    key = keys.make(keys.key_file(settings), "bench", scope="write", per_second=1_000_000)
    environment = os.environ | {
        "MOVIEPULSE_HOME": str(settings.root),
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "MOVIEPULSE_COLLECTOR__PORT": str(port),
    }
    command = [sys.executable, "-m", "apps.cli", "collect", "--make-secret"]
    with (settings.root / "collector.log").open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=Path(__file__).parents[1])
    try:
        wait_for(lambda: _listens(port), seconds=60, what="the collector's start")
        yield psutil.Process(child.pid), port, key
    finally:
        child.terminate()
        child.wait(30)
    ledger = (settings.root / "ledger" / f"{TOPIC.name}.jsonl").read_text()
    kept = sum(end_offsets(settings, TOPIC.name).values())
    if f'"acked":{kept},' not in ledger:
        raise BooksUnbalanced(f"{kept} messages in {TOPIC.name}, but the ledger says {ledger}")


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
