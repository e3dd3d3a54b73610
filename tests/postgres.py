"""A PostgreSQL server for the tests: Debian's, on a temporary folder and a Unix socket, never as root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lakehouse import settings
from lakehouse.clock import wait_for

PASSWORD = "pa55-c4n4ry-0123456789"
_USERS = ("postgres", "nobody")


def binaries() -> Path | None:
    """The folder with PostgreSQL's server; Debian keeps it off the PATH."""
    beside = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return next((path for path in [*beside, *reversed(versions)] if (path / "initdb").exists()), None)


def user() -> str | None:
    """Whom the server runs as, where this process is root: it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError(f"none of the users {', '.join(_USERS)} exists")


class Server:
    """The running server; everybody on its socket is let in with a password, `admin` may do everything."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def settings(self, dbname: str, **values: Any) -> settings.Postgres:
        """The settings that lead to one of its databases."""
        given = {"host": str(self.folder), "dbname": dbname, "user": "admin", "password": PASSWORD} | values
        return settings.load(postgres=given).postgres

    def database(self) -> str:
        """A new, empty database."""
        self.count += 1
        with self.connect("postgres") as admin:
            admin.execute(f"CREATE DATABASE test_{self.count} TEMPLATE template0 ENCODING 'UTF8'")
        return f"test_{self.count}"

    def connect(self, dbname: str) -> psycopg.Connection[Any]:
        """A connection of a reader, each statement its own transaction."""
        place = {"host": str(self.folder), "dbname": dbname, "user": "admin", "password": PASSWORD}
        return psycopg.connect(**place, autocommit=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all tests of a run."""
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    # Not pytest's own folder: that is its user's alone, and a socket's path may have a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="moviepulse-pg-"))
    owner = user()
    if owner:
        shutil.chown(folder, owner)
    (secret := folder / "password").write_text(PASSWORD)
    secret.chmod(0o644)
    run: Callable[..., Any] = lambda *words: [str(found / words[0]), *words[1:]]  # noqa: E731
    data, log = folder / "data", folder / "log"
    subprocess.run(
        run("initdb", "-D", data, "-U", "admin", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8",
            "--locale=C", "--no-sync"),
        user=owner, cwd="/", check=True, capture_output=True,
    )  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            run("postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"),
            user=owner, cwd="/", stdout=out, stderr=out,
        )  # fmt: skip
    try:
        made = Server(folder)
        wait_for(lambda: _answers(made), seconds=60, what="the PostgreSQL server")
        yield made
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(server: Server) -> bool:
    try:
        server.connect("postgres").close()
    except psycopg.OperationalError:
        return False
    return True
