"""One classic local session for all tests of this folder; an empty lake for each test that asks for one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse import contracts, delta, settings
from lakehouse.spark import classic
from lakehouse.tables import Table, bronze_table

# Compiling each query costs more than it saves on a handful of rows; the tests in system/ run the compiled way.
FOR_FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOVIEPULSE_PROFILE", "test")
        session = classic(
            settings.load(home=tmp_path_factory.mktemp("home"), spark={"conf": FOR_FEW_ROWS}), doors=False
        )
        yield session
        session.stop()


def tables_of(stems: tuple[str, ...]) -> list[Table]:
    """The tables of those contract files, each stream's bronze table first."""
    declared = [table for table in contracts.DECLARED if contracts.stem(table) in stems]
    topics = dict.fromkeys(table.stream.topic for table in declared if table.stream)
    return [*map(bronze_table, topics), *declared]


@pytest.fixture(scope="session")
def empty_lakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, ...], Path]]:
    """Where each test's lake lies, and copies of lakes as they were made: making the tables takes seconds."""
    return tmp_path_factory.mktemp("lake") / "lake", {}


@pytest.fixture
def lake(request: pytest.FixtureRequest, spark: SparkSession, empty_lakes) -> Path:
    """A lake with the tables of trending, rejects and findings, all empty; `@pytest.mark.stems(...)` names others."""
    folder, empty = empty_lakes
    marker = request.node.get_closest_marker("stems")
    stems = marker.args if marker else ("trending", "reject", "quality")
    for layer in ("staging", "bronze", "silver", "gold", "quality"):
        spark.sql(f"DROP SCHEMA IF EXISTS {layer} CASCADE")
    shutil.rmtree(folder, ignore_errors=True)
    if stems in empty:
        shutil.copytree(empty[stems], folder)
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    spark.catalog.clearCache()
    delta.register(spark, tables_of(stems), folder)
    if stems not in empty:
        empty[stems] = Path(shutil.copytree(folder, folder.with_name("-".join(stems))))
    return folder
