"""A collector as a process: its socket, its secret, its producer, and an end that answers what was accepted."""

import logging
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn

from lakehouse import ids
from lakehouse.clock import utc_now
from lakehouse.errors import KeyFileInvalid, SettingsInvalid
from lakehouse.logs import hide
from lakehouse.ports import listening
from lakehouse.settings import Settings
from producers.collector.acks import Acks
from producers.collector.body import Bodies
from producers.collector.keys import Keys, key_file, read
from producers.collector.routes import application
from producers.collector.service import Service
from producers.kafka.topics import reachable
from producers.ledger import Run
from producers.sources import Received

_log = logging.getLogger(__name__)
PATIENCE = 3.0  # seconds that Kafka may take to say that it is there


def serve(settings: Settings, source: Received) -> None:
    """Serve until SIGTERM or SIGINT, then answer what was accepted.

    Raises SettingsInvalid, KeyFileInvalid, PortTaken, TopicMissing and KafkaUnavailable before it takes anything.
    """
    chosen = settings.collector
    pseudonym = pseudonyms(settings)
    keys = key_file(settings)
    if not read(keys):
        raise KeyFileInvalid(
            "there is no key, so nobody could send", where=str(keys), hint="moviepulse collect-key site"
        )
    listener = listening(chosen.host, chosen.port, hint="export MOVIEPULSE_COLLECTOR__PORT=<a free port>")
    with listener, Run(_impatient(settings), source, "collector") as run:
        service = Service(
            source=source,
            acks=Acks(run),
            keys=Keys(keys),
            bodies=Bodies(most_bytes=chosen.buffer_megabytes << 20, seconds=chosen.read_seconds),
            pseudonym=pseudonym,
            now=utc_now,
            reachable=partial(reachable, settings, PATIENCE),
            cors_origins=chosen.cors_origins,
            most_requests=chosen.requests,
        )
        config = uvicorn.Config(
            application(service), loop="uvloop", http="httptools", ws="none", lifespan="off", log_config=None,
            access_log=False, log_level="warning", server_header=False, proxy_headers=False,
            limit_concurrency=2 * chosen.requests,
            timeout_graceful_shutdown=round(chosen.read_seconds + chosen.acknowledge_seconds) + 2,
        )  # fmt: skip
        _log.info("the collector takes events at http://%s:%d/v1/events", chosen.host, chosen.port)
        uvicorn.Server(config).run(sockets=[listener])


def pseudonyms(settings: Settings) -> Callable[[str], str]:
    """What makes a user's pseudonym of the user's id; raises SettingsInvalid where there is no secret."""
    return partial(ids.pseudonym, secret=_secret(settings), key_id=settings.collector.pseudonym_key_id)


def _secret(settings: Settings) -> bytes:
    """From the environment, or else the home."""
    if settings.collector.pseudonym_key:
        return settings.collector.pseudonym_key.get_secret_value().encode()
    path = secret_file(settings)
    if not path.is_file():
        raise SettingsInvalid(
            "there is no secret for the users' pseudonyms",
            where="MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY in the environment or .env",
            expected="32 random characters or more, kept as long as the events are",
            hint="to try it out with one in the home: moviepulse collect --make-secret",
        )
    secret = path.read_text().strip()
    hide(secret)
    return secret.encode()


def make_secret(settings: Settings) -> Path:
    """Make a secret in the home, readable for its owner alone, where there is none; returns its file."""
    path = secret_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path


def secret_file(settings: Settings) -> Path:
    """Where a home keeps a secret that was made to try the collector out."""
    return settings.root / "collector-secret"


def _impatient(settings: Settings) -> Settings:
    """The producer's settings: it gives a message up before the client does, and its queue is bounded."""
    most = {"queue.buffering.max.kbytes": str(settings.collector.buffer_megabytes << 10)}
    changed = {
        "delivery_timeout_seconds": settings.collector.acknowledge_seconds,
        "properties": settings.kafka.properties | most,
    }
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update=changed)})
