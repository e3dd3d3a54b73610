"""moviepulse demo: everything once, on real parts, in one lake of its own; and nothing left behind.

A lake of its own, because the stand-in's titles must never mix with real ones.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps import demo_queries, lag, show, viewers
from apps.inspect import audited, books_grid
from apps.local_kafka import Broker
from apps.processes import await_port, free_ports, log_file, process, undisturbed
from apps.progress import steps
from apps.recommend import recommendations
from lakehouse import contracts
from lakehouse.clock import utc_day, utc_now, wait_for
from lakehouse.errors import Terminal
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from lakehouse.spark import FEW_ROWS, connect, disconnect

HISTORY_DAYS = 8
QUICK = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""Java options of a demo that ends by itself, unless others are set: the thorough compiler pays after two minutes."""
ROOM = "-XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=400m -Xms1g -Xmn400m"
"""For the host's classes and what it compiles of them: with less it begins by collecting them again and again."""
SILVER_SECONDS = 180
Door = tuple[int, subprocess.Popen[bytes], str]
"""A port, the process that opens it, and the command that it runs."""
VIEWED = 39  # titles that the made-up viewers know
VIEWERS = {"silver.session", "gold.rating", "gold.title_engagement_daily"}


def run(settings: Settings, *, days: Path | None, keep: bool) -> None:
    """Run the demo and stop what it started, whatever happens."""
    if days is not None and not days.is_dir():
        raise Terminal(f"{days} is no folder", expected="a folder of YYYY-MM-DD.json.gz files", hint="moviepulse demo")
    settings = _own(settings, days)
    if not keep:
        settings = _short(settings)
    with _interruptible(), ExitStack() as started, steps() as step:
        key = viewers.new_key(settings)
        starting = step("Starting Kafka, the TMDb stand-in, the collector and the streaming host")
        doors = _start(settings, started, starting)
        titles = _publish(settings, days, step)
        did = viewers.made_up(titles, utc_day(utc_now()), settings.standin.seed)
        viewers.send(settings, key, did, step("Sending viewers' events to the collector"))
        _await_doors(settings, started, doors, starting)
        _await_silver(settings, step("Waiting for silver"))
        built = _gold(step("Building and checking gold"))
        worth = _recommend(step("Training and judging recommendations"))
        books = audited(settings)
        _report(settings, built, worth, books)
        if keep:
            _stay(settings)


def _own(settings: Settings, days: Path | None) -> Settings:
    """The settings for the demo's own lake, also in the environment of every process that it starts."""
    home = settings.root / "demo" / (days.resolve().name if days else "standin")
    standin = f"http://127.0.0.1:{settings.standin.port}"
    tmdb = {"base_url": f"{standin}/3", "files_url": f"{standin}/p/exports"}
    kafka = settings.kafka.model_copy(
        update={"bootstrap_servers": f"127.0.0.1:{settings.broker.port}", "properties": {}}
    )
    parts = {"home": home, "kafka": kafka, "tmdb": settings.tmdb.model_copy(update=tmdb)}
    own = settings.model_copy(update=parts | {"tmdb_token": None, "tmdb_api_key": None})
    # Three tastes need no more.
    os.environ |= {"MOVIEPULSE_RECOMMEND__FACTORS": "4", "MOVIEPULSE_RECOMMEND__ITERATIONS": "4"} | _leading_to(own)
    os.environ.setdefault("MOVIEPULSE_SPARK__CONF", json.dumps(FEW_ROWS))
    return own


def _leading_to(settings: Settings) -> dict[str, str]:
    """The environment in which a command finds the demo's lake, Kafka, host and stand-in."""
    return {
        "MOVIEPULSE_HOME": str(settings.root),
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "MOVIEPULSE_SPARK__CONNECT_PORT": str(settings.spark.connect_port),
        "MOVIEPULSE_TMDB__BASE_URL": settings.tmdb.base_url,
        "MOVIEPULSE_TMDB__FILES_URL": settings.tmdb.files_url,
    }


def _short(settings: Settings) -> Settings:
    """The settings with quick Java options for the broker, and for the host by the environment."""
    os.environ.setdefault("MOVIEPULSE_SPARK__JAVA_OPTIONS", f"{QUICK} {ROOM}")
    quick = os.environ.get("MOVIEPULSE_BROKER__JAVA_OPTIONS", QUICK)
    return settings.model_copy(update={"broker": settings.broker.model_copy(update={"java_options": quick})})


class _Interrupted(KeyboardInterrupt):
    """A type of its own: one that passes through `exec` of a text, as in imports, would make Python end by SIGINT."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, and neither cuts its tidying up."""

    def once(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise _Interrupted

    before = {number: signal.signal(number, once) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        show.console.print("Stopped; nothing is left running.")
        sys.exit(130)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(settings: Settings, started: ExitStack, step: OnProgress) -> list[Door]:
    """Start every part; what takes events is ready, the doors are those that open later."""
    import flows
    from producers.kafka.topics import ensure_topics

    def start(command: str, *program: str) -> subprocess.Popen[bytes]:
        with undisturbed():
            return started.enter_context(process(settings, command, *program))

    step(0, 3)
    (prefect_port,) = free_ports(1)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{prefect_port}/api"
    prefect = start("prefect", *flows.server(prefect_port))  # a flow would start one at its first run, and wait for it
    broker = Broker(settings)
    started.callback(broker.stop)  # before it starts: a Ctrl-C in between would find no owner
    broker.start()
    ensure_topics(settings, contracts.TOPICS)
    step(1, 3)
    host, standin, collector = start("host"), start("tmdb-standin"), start("collect")
    await_port(settings.standin.port, standin, settings, "tmdb-standin")
    await_port(settings.collector.port, collector, settings, "collect")
    step(2, 3)
    connect_port, thrift_port = settings.spark.connect_port, settings.spark.thrift_port
    return [(prefect_port, prefect, "prefect"), (connect_port, host, "host"), (thrift_port, host, "host")]


def _await_doors(settings: Settings, started: ExitStack, doors: list[Door], step: OnProgress) -> None:
    """Return when flows can run on the host; what they need, 8 s of imports, is imported meanwhile."""
    from expectations import trending  # noqa: F401
    from flows import gold, recommend  # noqa: F401

    for port, part, command in doors:
        await_port(port, part, settings, command)
    started.callback(disconnect)
    step(3, 3)


def _publish(settings: Settings, days: Path | None, step: Any) -> list[viewers.Title]:
    """Recorded days, or eight generated ones and then a poll of the stand-in as it is now; the newest day's titles."""
    from apps.tmdb_standin.world import write_days
    from producers.poll import poll
    from producers.replay import day_events, day_paths, read_day, replay
    from producers.sources import trending

    folder = days or settings.root / "days"
    if days is None:
        first = utc_day(utc_now()) - timedelta(days=HISTORY_DAYS)
        write_days(folder, settings.standin.seed, first, HISTORY_DAYS, size=settings.standin.titles)
        replay(settings, trending, folder, on_progress=step("Replaying generated days before today"))
        poll(settings, trending, polled_at=utc_now(), on_progress=step("Polling TMDb's trending lists"))
    else:
        replay(settings, trending, folder, on_progress=step(f"Replaying {folder}"))
    newest = day_events(read_day(day_paths(folder)[-1], trending), trending)
    listed = dict.fromkeys((event["media_type"], event["movie_id"]) for event in newest)
    return list(listed)[:VIEWED]


def _await_silver(settings: Settings, step: OnProgress) -> None:
    most = 1

    def none_left() -> bool:
        nonlocal most
        behind = lag.lags(settings)
        left = sum(behind[table.name] for table in contracts.STREAMED)
        most = max(most, left)
        step(most - left, most)
        return left == 0

    wait_for(none_left, seconds=SILVER_SECONDS, what="silver's catching up", hint=f"read {log_file(settings, 'host')}")


def _gold(step: OnProgress) -> list[Any]:
    from flows import gold

    shown = [table.name for table in contracts.BUILT if contracts.stem(table) == "trending" or table.name in VIEWERS]
    step(0, len(shown))
    built = gold.gold(tables=shown)
    step(len(shown), len(shown))
    return built


def _recommend(step: OnProgress) -> Any:
    from flows import recommend

    step(0, 1)
    worth = recommend.recommend()
    step(1, 1)
    return worth


def _report(settings: Settings, built: list[Any], worth: Any, books: list[Any]) -> None:
    from streaming.audit import require

    for title, columns, rows in demo_queries.answers(connect(settings)):
        show.grid(title, columns, rows)
    recommendations(worth)
    show.verdicts("Gold", built)
    books_grid(books)
    require(books)
    show.facts(
        "Where to look next",
        {
            "this lake": str(settings.root),
            "run again": "the same command; what is already there changes nothing",
            "stay": "moviepulse demo --keep; in a second terminal the line it prints, then status, audit, check, sql",
            "all of gold": "moviepulse build: the star, the shares, the four questions",
            "tables": "moviepulse tables gold.title_momentum_daily",
        },
    )


def _stay(settings: Settings) -> None:
    leading = _leading_to(settings) | {"PREFECT_API_URL": os.environ["PREFECT_API_URL"]}
    show.facts(
        "Running until Ctrl-C",
        {
            "Kafka": settings.kafka.bootstrap_servers,
            "TMDb": f"{settings.tmdb.base_url}, {settings.tmdb.files_url}",
            "Collector": f"http://{settings.collector.host}:{settings.collector.port}/v1/events",
            "Prefect": leading["PREFECT_API_URL"],
            "Connect": settings.remote,
            "Thrift": f"jdbc:hive2://127.0.0.1:{settings.spark.thrift_port}",
            "in a shell": "export " + shlex.join(f"{name}={value}" for name, value in leading.items()),
        },
    )
    signal.pause()
