"""One classic local session for all tests of this folder; a lake of its own for each test that asks for one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from batch import build
from lakehouse import catalog, contracts, delta, settings
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from lakehouse.spark import FEW_ROWS, classic
from lakehouse.tables import Table, bronze_table
from tests.builders import rows, seen

LONG_RUN = (
    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=400m -Xms1500m -Xmn400m"
)
"""Java options of a session that plans thousands of queries, each new, over few rows: the quick compiler, with room."""
LAYERS = ("staging", "bronze", "silver", "gold", "quality")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOVIEPULSE_PROFILE", "test")
        spark = {"conf": FEW_ROWS, "java_options": LONG_RUN}
        session = classic(settings.load(home=tmp_path_factory.mktemp("home"), spark=spark), doors=False)
        yield session
        session.stop()


def tables_of(stems: tuple[str, ...]) -> list[Table]:
    """The tables of those contract files, each stream's bronze table first."""
    declared = [table for table in contracts.DECLARED if contracts.stem(table) in stems]
    topics = dict.fromkeys(table.stream.topic for table in declared if table.stream)
    return [*map(bronze_table, topics), *declared]


class Lakes:
    """The lake of the running test, and copies of lakes as they were made: to make one again takes seconds."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder
        self._made: dict[Table, Any] = {}  # each table as the catalog had it; an empty one lies in the folder of _new
        self._new = folder.with_name("new")

    def empty(self, stems: tuple[str, ...]) -> None:
        """Have the tables of those contract files, all empty, and no others."""
        wanted = tables_of(stems)
        for layer in LAYERS:
            self.spark.sql(f"DROP SCHEMA IF EXISTS {layer} CASCADE")
        shutil.rmtree(self.folder, ignore_errors=True)
        self._forget()
        catalog.register(self.spark, [table for table in wanted if table not in self._made], self.folder)
        for layer in {table.layer for table in wanted}:
            self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
        for table in wanted:
            self._make(table)

    def _make(self, table: Table) -> None:
        known = self.spark._jsparkSession.sessionState().catalog().externalCatalog()
        place = Path(*table.name.split("."))
        if made := self._made.get(table):
            shutil.copytree(self._new / place, self.folder / place)
            known.createTable(made, False)
        else:
            self._made[table] = known.getTable(table.layer, table.entity)
            shutil.copytree(self.folder / place, self._new / place)

    def filled(self, name: str, fill: Callable[[], object]) -> None:
        """Have in the tables what `fill` writes into them; a copy of that from the second time on."""
        if self._copied(name):
            self._forget()
        else:
            fill()
            self._keep(name)

    def anew(self, table: Table) -> None:
        """Have the table without its rows and its past, in another lake whose name needs quoting."""
        self.spark.sql(f"DROP TABLE {table.name}")
        catalog.register(self.spark, [table], self.folder / "a lake, 100 % new")

    def _copied(self, name: str) -> bool:
        copy = self.folder.with_name(name)
        if is_there := copy.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(copy, self.folder)
        return is_there

    def _keep(self, name: str) -> None:
        shutil.copytree(self.folder, self.folder.with_name(name))

    def _forget(self) -> None:
        self.spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
        self.spark.catalog.clearCache()


@pytest.fixture(scope="session")
def lakes(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    """What makes lakes, each at the same place."""
    return Lakes(spark, tmp_path_factory.mktemp("lake") / "lake")


@pytest.fixture
def lake(request: pytest.FixtureRequest, lakes: Lakes) -> Path:
    """A lake with trending's tables, rejects, findings and erasures, all empty; `@pytest.mark.stems` names others."""
    marker = request.node.get_closest_marker("stems")
    lakes.empty(marker.args if marker else ("trending", "reject", "quality", "erasure"))
    return lakes.folder


@pytest.fixture
def once_built(spark: SparkSession, lake: Path, lakes: Lakes) -> None:
    """In the lake one event of trending, and the daily table that run r has made of it."""

    def fill() -> None:
        delta.append(rows(spark, TRENDING_EVENT, seen()), TRENDING_EVENT.name, metadata={})
        staged = build.stage(spark, TITLE_POPULARITY_DAILY, build.Run("r"))
        build.publish(spark, staged)

    lakes.filled("once built", fill)
