"""A backfill against a TMDb that answers after 50 ms: its share of the requests that it may send, and its memory.

The stand-in and the broker are processes of their own; the burst that the token bucket grants at the begin is not
counted. Memory is that of `moviepulse discover backfill` as users run it, for a window and for one of ten times its
pages.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from apps.local_kafka import Broker
from apps.processes import await_port, free_ports
from benchmarks.bench import Goal, Result, Size, home
from lakehouse import contracts
from lakehouse.clock import until
from lakehouse.errors import SourceInvalid
from lakehouse.settings import Settings
from producers.backfill import Backfill, Fetched, volumes
from producers.kafka.topics import ensure_topics
from producers.sources import discover
from producers.windows import Window, windows

_ROOT = Path(__file__).parents[1]
LATENCY = 0.05
TITLES = 40_000
DRAMA, WESTERN, WAR = 18, 37, 10752
YEARS = (1900, 2024)
TENTH = (2023, 2024)  # a tenth of the dramas came out in these
SHARE, GROWTH = 0.9, 1.1


def measure(size: Size) -> Result:
    """Requests a second for one long window and for many short ones, and the largest RSS at 1x and 10x the pages."""
    (port,) = free_ports(1)
    ours = {"port": port, "titles": TITLES, "latency": LATENCY}
    with (
        home(standin=ours, tmdb={"base_url": f"http://127.0.0.1:{port}/3"}) as config,
        Broker(config) as broker,
        _standin(broker.settings),
    ):
        settings = broker.settings
        ensure_topics(settings, contracts.TOPICS)
        long = _windows(settings, length=200, genre_ids=[DRAMA])
        short = _windows(settings, length=1, genre_ids=[WESTERN, WAR])
        for _ in volumes(settings, discover, [*long, *short]):
            pass  # the stand-in makes its world and its lists on the first request for each
        rates = {"one long window": [_rate(settings, long) for _ in range(size.rounds)],
                 "many short windows": [_rate(settings, short) for _ in range(size.rounds)]}  # fmt: skip
        peaks = [_peak(settings, years) for years in (TENTH, YEARS)]
    return _result(rates, peaks, allowed=settings.tmdb.requests_per_second)


@contextmanager
def _standin(settings: Settings) -> Iterator[None]:
    """`moviepulse tmdb-standin` on these settings; it ends with the block."""
    log = settings.root / "logs" / "tmdb-standin.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "apps.cli", "tmdb-standin"]
        process = subprocess.Popen(command, stdout=out, stderr=out, env=_environment(settings), cwd=_ROOT)
    try:
        await_port(settings.standin.port, process, settings, "tmdb-standin")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "MOVIEPULSE_HOME": str(settings.root),
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "MOVIEPULSE_STANDIN__PORT": str(settings.standin.port),
        "MOVIEPULSE_STANDIN__TITLES": str(settings.standin.titles),
        "MOVIEPULSE_STANDIN__LATENCY": str(settings.standin.latency),
        "MOVIEPULSE_TMDB__BASE_URL": settings.tmdb.base_url,
        "MOVIEPULSE_BACKFILL__YEARS": "200",
    }


def _windows(settings: Settings, *, length: int, genre_ids: list[int], years: tuple[int, int] = YEARS) -> list[Window]:
    """Windows of `length` years each."""
    here = settings.model_copy(update={"backfill": settings.backfill.model_copy(update={"years": length})})
    return windows(here, media_types=["movie"], genre_ids=genre_ids, years=years)


def _rate(settings: Settings, asked: Iterable[Window]) -> dict[str, float]:
    """One backfill of the windows, whole, and how fast it asked."""
    begin = time.perf_counter()
    fetched = list(Backfill(settings, discover, fresh=True).fetch(asked))
    seconds = time.perf_counter() - begin
    _verify(fetched)
    burst = settings.tmdb.requests_per_second // 4
    requests = sum(one.pages + 2 * len(one.cursor.parts) - 1 for one in fetched)  # a split asks for both halves' totals
    return {"windows": len(fetched), "requests": requests, "seconds": seconds, "rate": (requests - burst) / seconds}


def _verify(fetched: list[Fetched]) -> None:
    missing = sum(one.missing for one in fetched)
    if missing:
        raise SourceInvalid(f"{missing} titles are missing", where="benchmarks/backfill.py", expected="none")


def _peak(settings: Settings, years: tuple[int, int]) -> dict[str, float]:
    """The largest RSS of one run of the command, in MiB."""
    words = ["discover", "backfill", "--media", "movie", "--genre", str(DRAMA), "--years", f"{years[0]}-{years[1]}"]
    command = [sys.executable, "-m", "apps.cli", *words, "--fresh"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_environment(settings), cwd=_ROOT)
    largest, watched = 0, psutil.Process(process.pid)
    for _ in until(300, every=0.02):
        if process.poll() is not None:
            break
        largest = max(largest, watched.memory_info().rss)
    if process.wait(1):
        raise SourceInvalid(f"the backfill ended with {process.returncode}", where="benchmarks/backfill.py")
    asked = _windows(settings, length=200, genre_ids=[DRAMA], years=years)
    return {"pages": sum(one.pages for one in volumes(settings, discover, asked)), "MiB": largest / 2**20}


def _result(rates: dict[str, list[dict[str, float]]], peaks: list[dict[str, float]], *, allowed: int) -> Result:
    worst = {what: min(run["rate"] for run in runs) / allowed for what, runs in rates.items()}
    goals = [Goal(f"requests/s / allowed, {what}", share, SHARE, at_most=False) for what, share in worst.items()]
    small, large = peaks
    goals.append(Goal("peak memory, 10x / 1x the pages", large["MiB"] / small["MiB"], GROWTH, at_most=True))
    figures: list[dict[str, Any]] = [
        {
            "backfill": what,
            "windows": int(runs[0]["windows"]),
            "requests": int(runs[0]["requests"]),
            "requests/s, each round": ", ".join(f"{run['rate']:.1f}" for run in runs),
            "of those allowed": round(worst[what], 2),
        }
        for what, runs in rates.items()
    ]
    figures += [
        {"backfill": f"the command, {one['pages']:.0f} pages", "windows": 1, "peak MiB": round(one["MiB"], 1)}
        for one in peaks
    ]
    notes = ["The slowest round counts. The token bucket's burst at the begin is not counted as requests."]
    title = f"A backfill, {allowed} requests/s allowed, each answered after {1000 * LATENCY:.0f} ms"
    return Result("backfill", title, goals, figures, notes=notes)
