"""The connection to PostgreSQL: how it is made, who may write at a time, and its errors as ours."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy
from psycopg import errors
from psycopg.sql import Composed

from batch.postgres.star import SCHEMA
from lakehouse.errors import ExportRunning, PostgresRefused, PostgresUnavailable, SettingsInvalid
from lakehouse.settings import Postgres

OLDEST = 14  # before it, extract() gave a double
_LOCK = 7_166_028_013_554_102_117  # any number that other programs do not use
_AGAIN = "moviepulse export postgres"
# What the server says when it will say so again; it has no code for why it lets nobody in.
_FOR_GOOD = re.compile(
    r"authentication failed|does not exist|no password supplied|pg_hba\.conf|permission denied|not permitted to log in"
    r"|could not translate host name|invalid .* value|certificate|does not support SSL"
)


def connect(settings: Postgres) -> psycopg.Connection[Any]:
    """A connection that commits each statement; raises PostgresUnavailable or PostgresRefused."""
    if not settings.host:
        raise SettingsInvalid(
            "no PostgreSQL is named", where="postgres.host",
            hint="set MOVIEPULSE_POSTGRES__HOST and MOVIEPULSE_POSTGRES__PASSWORD; .env.example has the others",
        )  # fmt: skip
    postgres = _open(settings, autocommit=True)
    _suits(postgres, settings)
    return postgres


def engine(settings: Postgres) -> sqlalchemy.Engine:
    """The same for Alembic."""
    return sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: _open(settings, autocommit=False), poolclass=sqlalchemy.NullPool
    )


def one(postgres: psycopg.Connection[Any], query: str | Composed, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row that the statement finds."""
    (row,) = postgres.execute(query, values)
    return tuple(row)


@contextmanager
def answering(settings: Postgres) -> Iterator[None]:
    """Around what is said to the server: its errors become ours."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise _ours(error.orig, settings) from error
    except psycopg.Error as error:
        raise _ours(error, settings) from error


def lock(postgres: psycopg.Connection[Any], settings: Postgres) -> None:
    """Be the only export on this database until the connection ends; raises ExportRunning where one is."""
    (is_ours,) = one(postgres, "SELECT pg_try_advisory_lock(%s)", [_LOCK])
    if not is_ours:
        raise ExportRunning(
            "another export writes this database", where=_place(settings), hint=f"wait for it, then {_AGAIN}"
        )


def _open(settings: Postgres, *, autocommit: bool) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(**_parameters(settings), autocommit=autocommit)
    except psycopg.OperationalError as error:
        why = str(error)
    # Outside of the clause above: the error's own frames hold the password.
    kind = PostgresRefused if _FOR_GOOD.search(why) else PostgresUnavailable
    hint = "correct MOVIEPULSE_POSTGRES__USER, __PASSWORD or __DBNAME" if kind is PostgresRefused else "start it"
    raise kind(f"PostgreSQL: {why.splitlines()[0]}", where=_place(settings), hint=f"{hint}, then {_AGAIN}")


def _parameters(settings: Postgres) -> dict[str, Any]:
    given = {
        "host": settings.host, "port": settings.port, "dbname": settings.dbname, "user": settings.user,
        "sslmode": settings.sslmode, "application_name": SCHEMA, "client_encoding": "UTF8", "connect_timeout": 10,
    }  # fmt: skip
    return given | ({"password": settings.password.get_secret_value()} if settings.password else {})


def _suits(postgres: psycopg.Connection[Any], settings: Postgres) -> None:
    encoding, version = postgres.info.parameter_status("server_encoding"), postgres.info.server_version // 10_000
    if encoding != "UTF8" or version < OLDEST:
        postgres.close()
        raise PostgresRefused(
            f"this database is PostgreSQL {version} and encodes text as {encoding}", where=_place(settings),
            expected=f"PostgreSQL {OLDEST} or newer, UTF8",
            hint="CREATE DATABASE moviepulse ENCODING 'UTF8' TEMPLATE template0, and name it in the settings",
        )  # fmt: skip


def _ours(error: BaseException | None, settings: Postgres) -> Exception:
    said = str(error).splitlines()[0]
    if isinstance(error, errors.InsufficientPrivilege):
        hint = f"GRANT CREATE ON DATABASE {settings.dbname} TO {settings.user}, or give it the schema {SCHEMA}"
        return PostgresRefused(f"PostgreSQL: {said}", where=_place(settings), hint=f"{hint}; then {_AGAIN}")
    if isinstance(error, psycopg.OperationalError):
        hint = f"{_AGAIN}: what was there stands, and the run goes on from it"
        return PostgresUnavailable(f"PostgreSQL: {said}", where=_place(settings), hint=hint)
    if isinstance(error, errors.CardinalityViolation):
        return PostgresRefused("a table of gold has a key twice", where=said, hint=f"moviepulse check, then {_AGAIN}")
    hint = f"compare the schema {SCHEMA} with its migrations in batch/postgres; then {_AGAIN}"
    return PostgresRefused(f"PostgreSQL: {said}", where=_place(settings), hint=hint)


def _place(settings: Postgres) -> str:
    return f"{settings.user} at {settings.host}:{settings.port}/{settings.dbname}"
