"""`moviepulse load` on a running host: real files where they are, killed in the middle, and the books after it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from apps.local_kafka import Broker
from apps.processes import await_port
from lakehouse import contracts
from lakehouse.clock import wait_for
from lakehouse.spark import FEW_ROWS
from producers.kafka.topics import ensure_topics
from tests.system.conftest import settings_in
from tests.system.forking import CommandLine

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"
COUNTS = "SELECT '{0}' AS name, count(*) AS rows FROM silver.{0}"

pytestmark = pytest.mark.timeout(1200)


class Host:
    """A host, and the command line pointed at it."""

    def __init__(self, home: Path, broker: Broker, prefect_api: str) -> None:
        self.settings = settings_in(home)
        servers = broker.bootstrap_servers
        ensure_topics(broker.settings, contracts.TOPICS)
        self.environment = os.environ | {
            "COLUMNS": "200",
            "NO_COLOR": "1",
            "MOVIEPULSE_PROFILE": "test",
            "MOVIEPULSE_HOME": str(home),
            "MOVIEPULSE_SPARK__CONF": json.dumps(FEW_ROWS),
            "PREFECT_API_URL": prefect_api,
            "MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS": servers,
            "MOVIEPULSE_SPARK__CONNECT_PORT": str(self.settings.spark.connect_port),
            "MOVIEPULSE_SPARK__THRIFT_PORT": str(self.settings.spark.thrift_port),
        }
        with (home / "host.log").open("wb") as out:
            self.process = subprocess.Popen(self._words("host"), env=self.environment, cwd=ROOT, stdout=out, stderr=out)
        self.commands = CommandLine(self.environment, home)

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "apps.cli", *words]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(self._words(*words), env=self.environment, cwd=ROOT, stdout=quiet, stderr=quiet)

    def run(self, *words: str, code: int = 0) -> str:
        done = self.commands.run(*words)
        assert done.code == code, done.err[-3000:] + done.out[-1000:]
        return done.out + done.err

    def ask(self, query: str) -> list[dict[str, Any]]:
        return json.loads(self.run("sql", query, "--json"))

    def raw(self, stem: str) -> Path:
        return self.settings.root / "raw" / stem

    def counts(self, *entities: str) -> dict[str, int]:
        found = self.ask(" UNION ALL ".join(COUNTS.format(entity) for entity in entities))
        return {one["name"]: one["rows"] for one in found}


@pytest.fixture(scope="module")
def host(broker: Broker, prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(tmp_path_factory.mktemp("load"), broker, prefect_api)
    try:
        # The second door: behind it the tables are there.
        await_port(made.settings.spark.thrift_port, made.process, made.settings, "host")
        yield made
    finally:
        made.commands.close()
        made.process.terminate()
        made.process.wait(60)


class Files(NamedTuple):
    """A folder of generated ratings, of which a tenth are refused, and IMDb's real files where they are."""

    folder: Path
    first: str  # what the command said when it was repeated after the kill
    again: str  # and then


@pytest.fixture(scope="module")
def imdb(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Loaded by a command that was killed once it had made its first raw copy, by the same again, and once more."""
    folder = linked(tmp_path_factory.mktemp("imdb"), "imdb")
    lines = (f"tt{90_000_000 + n}\t{'bad' if n % 10 == 0 else '7.5'}\t{n}\n" for n in range(40_000))
    (folder / "generated.tsv").write_text("tconst\taverageRating\tnumVotes\n" + "".join(lines))
    killed = host.start("load", "imdb", str(folder))
    wait_for(lambda: any(host.raw("imdb").rglob("*.tsv")), seconds=300, what="the raw copy")
    killed.kill()
    killed.wait(30)
    return Files(folder, *(host.run("load", "imdb", str(folder)) for _ in range(2)))


def linked(folder: Path, *kinds: str) -> Path:
    """The folder with a link to each real file of these kinds; with none where they are absent."""
    for kind in kinds:
        for file in sorted((REAL / kind).glob("*")):
            (folder / file.name).symlink_to(file)
    return folder


def test_a_load_that_is_killed_at_any_moment_is_repaired_by_the_same_command(host: Host, imdb: Files):
    assert re.search(r"generated\.tsv .* 40,000 .* 36,000 .* 4,000 .*loaded", imdb.first), imdb.first
    generated = "SELECT count(*) AS rows FROM {} WHERE {} LIKE '{}'"
    held = {"bronze.imdb_file": 40_001, "silver.reject": 4_000}
    assert [host.ask(generated.format(name, "topic", "%/generated.tsv@%")) for name in held] == [
        [{"rows": count}] for count in held.values()
    ]
    assert host.ask(generated.format("silver.imdb_title", "imdb_id", "tt9_______")) == [{"rows": 36_000}]
    assert "already loaded" in imdb.again
    assert imdb.again.count("unchanged") == 3
    copies = {one.name: one.read_bytes() for one in host.raw("imdb").rglob("*") if one.is_file()}
    assert copies == {one.name: one.read_bytes() for one in imdb.folder.iterdir() if one.name != "title.akas.tsv"}


def test_a_path_where_nothing_can_be_used_is_an_error_that_says_why(host: Host, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not a table\n")
    said = host.run("load", "catalogue", str(tmp_path), code=1)
    assert "notes.txt: unknown header 'not a table'" in said


def test_the_real_files_are_in_silver_or_among_the_rejects_and_the_books_balance(
    host: Host, imdb: Files, tmp_path: Path
):
    if not REAL.is_dir():
        pytest.skip(f"real files are absent: {REAL}")
    assert "title.akas is not used" in imdb.first
    said = host.run("load", "catalogue", str(linked(tmp_path, "catalogue", "movielens")))
    assert "movielens.ratings is not used" in said
    found = host.counts("imdb_title", "imdb_person", "imdb_credit", "catalogue_title", "catalogue_credit", "title_link")
    assert found == {
        "imdb_title": 36_000 + 75,
        "imdb_person": 219,
        "imdb_credit": 654,
        "catalogue_title": 2_400,
        "catalogue_credit": 197,
        "title_link": 9_742,
    }
    refused = "SELECT reason, column_name FROM silver.reject WHERE table_name LIKE 'silver.catalogue%'"
    assert host.ask(refused) == [{"reason": "missing", "column_name": "title_id"}]
    (money,) = host.ask("SELECT max(revenue_usd) AS most, count(budget_usd) AS known FROM silver.catalogue_title")
    assert money == {"most": 2_787_965_087, "known": 2_400 - 193}
    said = host.run("audit")
    assert re.search(r"tmdb\.credits .* 199 .* 1 .* 197 .* 1 .* yes", said), said
