"""What later starts need not do again: Java's class archives, and an empty Prefect database with all its migrations.

Run by set-up, `python -m apps.warm_up`: a broker and a host take one generated day, and each leaves what it has loaded
beside its jars when it ends. Java checks an archive against its own version and class path, and does without one that
does not fit. https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.bootstrap import ROOT, SUMS, alone
from lakehouse import settings
from lakehouse.errors import LakehouseError
from lakehouse.java import archive, java

SECONDS = 180


def main() -> int:
    """Make them where they are missing, or were made by another Java, from other jars or by another Prefect."""
    with alone():
        _warm_up()
    return 0


def _warm_up() -> None:
    jars = settings.load().jars
    stamp, now, database = jars / "warm-up-stamp", _fingerprint(str(java())), jars / "prefect.db"
    # Not every Java writes archives; the database is there.
    if stamp.is_file() and stamp.read_text() == now and database.is_file():
        return
    print("set-up: recording what Spark, Kafka and Prefect do at each start, to save half of it: a minute", flush=True)
    for old in (archive(jars, "spark"), archive(jars, "kafka"), database):
        old.unlink(missing_ok=True)
    try:
        with TemporaryDirectory() as home:
            _migrate(Path(home), jars)
            _record(Path(home), jars)
        stamp.write_text(now)
    except (LakehouseError, subprocess.SubprocessError) as error:
        print(f"set-up: nothing was recorded; everything works and starts more slowly: {error}", file=sys.stderr)


def _fingerprint(runtime: str) -> str:
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (SUMS, ROOT / "requirements.lock")]
    return "\n".join([runtime, *sums])


def _migrate(home: Path, jars: Path) -> None:
    """Let Prefect make its database, and keep a copy."""
    from flows import DATABASE

    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"]
    subprocess.run(
        command, env=os.environ | {"PREFECT_HOME": str(home)}, check=True, capture_output=True, timeout=SECONDS
    )
    with closing(sqlite3.connect(home / DATABASE)) as made, closing(sqlite3.connect(jars / DATABASE)) as kept:
        made.backup(kept)


def _record(home: Path, jars: Path) -> None:
    """Run a broker and a host over one generated day, on free ports and in a home that is thrown away."""
    from apps.inspect import caught_up
    from apps.local_kafka import Broker
    from apps.processes import free_ports
    from apps.tmdb_standin.world import write_days
    from lakehouse import contracts
    from producers.kafka.topics import ensure_topics
    from producers.replay import replay
    from producers.sources import trending

    broker, controller, connect, thrift = free_ports(4)
    os.environ |= {
        "MOVIEPULSE_HOME": str(home),
        "MOVIEPULSE_BROKER__PORT": str(broker),
        "MOVIEPULSE_BROKER__CONTROLLER_PORT": str(controller),
        "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{broker}",
        "MOVIEPULSE_SPARK__CONNECT_PORT": str(connect),
        "MOVIEPULSE_SPARK__THRIFT_PORT": str(thrift),
        "JDK_JAVA_OPTIONS": f"-XX:ArchiveClassesAtExit={archive(jars, 'kafka')}",
    }
    config = settings.load()
    write_days(home / "days", config.standin.seed, date(2026, 1, 21), 1)
    with Broker(config) as running:
        options = f"{config.spark.java_options} -XX:ArchiveClassesAtExit={archive(jars, 'spark')}"
        os.environ |= {"JDK_JAVA_OPTIONS": "", "MOVIEPULSE_SPARK__JAVA_OPTIONS": options}
        ensure_topics(running.settings, contracts.TOPICS)
        replay(running.settings, trending, home / "days")
        host = subprocess.Popen([sys.executable, "-m", "apps.cli", "host"], stdout=subprocess.PIPE, stderr=-2)
        try:
            caught_up(running.settings, SECONDS)
        finally:
            host.send_signal(signal.SIGTERM)
            host.communicate(timeout=SECONDS)  # ends with the last process that can write: Java, its archive written


if __name__ == "__main__":
    sys.exit(main())
