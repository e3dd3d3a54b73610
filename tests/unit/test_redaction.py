"""A v3 key must stand in the query: it reaches TMDb, and nothing that anybody can read."""

import io
import logging
import traceback
from collections.abc import Iterator

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import LakehouseError
from lakehouse.logs import redacted
from producers.tmdb import Tmdb
from tests.unit.conftest import Quick

CANARY = "c4n4ry0123456789abcdef0123456789"
KEYS = {"TMDB_API_KEY": CANARY}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that any logger says, down to DEBUG, by a handler that knows nothing of redaction."""
    text, root, urllib3 = io.StringIO(), logging.getLogger(), logging.getLogger("urllib3")
    handler, levels = logging.StreamHandler(text), (root.level, urllib3.level)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    urllib3.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(levels[0])
    urllib3.setLevel(levels[1])


def everything_about(error: BaseException) -> str:
    """What a person or a crash reporter could get out of it: text, traceback with local variables, chained errors."""
    chain = [error, error.__cause__, error.__context__]
    with_locals = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "\n".join([*map(str, chain), *map(repr, chain), *traceback.format_exception(error), *with_locals.format()])


def test_a_success_logs_the_request_without_the_key(standin: Standin, quick: Quick, log: io.StringIO):
    with Tmdb(quick(standin.base_url, keys=KEYS)) as tmdb:
        tmdb.get("/trending/movie/day")
    assert standin.requests[0].query["api_key"] == CANARY
    assert "GET /3/trending/movie/day?language=pt-BR&api_key=***" in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "503", "504", "cut", "reset", "html"])
def test_no_failure_shows_the_key(standin: Standin, quick: Quick, log: io.StringIO, fault: str):
    standin.misbehave(*[fault] * 3)
    with Tmdb(quick(standin.base_url, keys=KEYS)) as tmdb, pytest.raises(LakehouseError) as failure:
        tmdb.get("/trending/movie/day")
    assert standin.requests[0].query["api_key"] == CANARY
    assert CANARY not in everything_about(failure.value)
    assert CANARY not in log.getvalue()


def test_a_timeout_shows_no_key(standin: Standin, quick: Quick, log: io.StringIO):
    standin.misbehave("slow:0.4")
    settings = quick(standin.base_url, keys=KEYS, read_timeout_seconds=0.2, attempts=1)
    with Tmdb(settings) as tmdb, pytest.raises(LakehouseError, match="ReadTimeout") as failure:
        tmdb.get("/trending/movie/day")
    assert CANARY not in everything_about(failure.value)
    assert CANARY not in log.getvalue()


def test_nobody_listening_shows_no_key(quick: Quick, log: io.StringIO):
    with Tmdb(quick("http://127.0.0.1:1/3", keys=KEYS)) as tmdb, pytest.raises(LakehouseError) as failure:
        tmdb.get("/trending/movie/day")
    assert CANARY not in everything_about(failure.value)
    assert CANARY not in log.getvalue()


def test_the_client_and_its_settings_do_not_print_the_key(standin: Standin, quick: Quick):
    settings = quick(standin.base_url, keys=KEYS)
    with Tmdb(settings) as tmdb:
        assert CANARY not in f"{settings!r} {settings} {tmdb!r} {vars(tmdb)}"


def test_redaction_knows_keys_in_queries_and_bearer_tokens_it_was_never_told():
    text = redacted("GET /3/x?api_key=0123abc&page=1 Authorization: Bearer eyJhbGciOi.J9.x-y_z")
    assert text == "GET /3/x?api_key=***&page=1 Authorization: Bearer ***"
