"""Order, retries and schedules, by Prefect; the work itself is in producers/, batch/ and expectations/.

Import this package before Prefect: Prefect reads its environment once, when it is imported. A flow called as a plain
function needs no Prefect server. It runs on the streaming host's session, or on the one given by `on`.
"""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from grpc import StatusCode
from pyspark.errors.exceptions.connect import SparkConnectGrpcException

from lakehouse import settings
from lakehouse.errors import HostUnreachable
from lakehouse.spark import connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_QUIET = {
    # Three channels report on their users; each has a switch of its own.
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # Its own block types, which no flow here uses: a third of what a server does when it starts.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    # Without a server a flow starts one for itself; 20 s, the default, are too few on a busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    # Tables are the state; a cached result of a task would be a second one.
    "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
}
DATABASE = "prefect.db"
_given: ContextVar["SparkSession | None"] = ContextVar("session", default=None)


def prepare(environment: Mapping[str, str] | None = None) -> None:
    """Set Prefect's environment where it is not set: no telemetry, its files under <home>/prefect."""
    home = str(settings.load().root / "prefect")
    for name, value in {**_QUIET, "PREFECT_HOME": home, **(environment or {})}.items():
        os.environ.setdefault(name, value)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each call to Prefect's API
    # Prefect makes its own folder, but not those above it, and would wait two minutes for a server that cannot start.
    made = Path(os.environ["PREFECT_HOME"])
    made.mkdir(parents=True, exist_ok=True)
    template, database = settings.load().jars / DATABASE, made / DATABASE
    if template.is_file() and not database.exists():  # an empty one that set-up made: its 100 migrations take 9 s
        part = Path(shutil.copyfile(template, made / f"{DATABASE}.{os.getpid()}"))
        os.replace(part, database)


def server(port: int) -> tuple[str, ...]:
    """The program, for `python -m`, that serves Prefect's API on loopback; neither its pages nor its schedules."""
    return "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui", "--no-services"


@contextmanager
def on(spark: "SparkSession") -> Iterator[None]:
    """Run the flows called inside on this session instead of the host's."""
    token = _given.set(spark)
    try:
        yield
    finally:
        _given.reset(token)


@contextmanager
def session() -> Iterator["SparkSession"]:
    """The session of this flow run: one for all its tasks, opened anew only where the host was restarted.

    A lost connection becomes HostUnreachable, which flows retry.
    """
    given = _given.get()
    if given is not None:
        yield given
        return
    config = settings.load()
    try:
        yield _live(config)
    except SparkConnectGrpcException as error:
        if not _lost(error):
            raise
        raise HostUnreachable(
            "the connection to the streaming host was lost", where=config.remote, hint="moviepulse status"
        ) from error


def _live(config: settings.Settings) -> "SparkSession":
    spark = connect(config)
    try:
        spark.sql("SELECT 1").collect()
    except SparkConnectGrpcException as error:
        if not _lost(error):
            raise
        spark.stop()
        spark = connect(config)
    return spark


def _lost(error: SparkConnectGrpcException) -> bool:
    """Whether the host went away, or came back without this session, rather than refused a query."""
    is_forgotten = (error.getCondition() or "").startswith("INVALID_HANDLE")
    return is_forgotten or error.getGrpcStatusCode() == StatusCode.UNAVAILABLE


prepare()
