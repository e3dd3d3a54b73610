"""One classic local session for all tests of this folder; an empty lake for each test that asks for one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse import contracts, delta, settings
from lakehouse.spark import classic

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


@pytest.fixture(scope="session")
def registered(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A lake whose tables the session knows, and a copy of it as it was made."""
    lake = tmp_path_factory.mktemp("lake") / "lake"
    delta.register(spark, contracts.TABLES, lake)
    return lake, Path(shutil.copytree(lake, lake.with_name("empty")))


@pytest.fixture
def lake(spark: SparkSession, registered: tuple[Path, Path]) -> Path:
    """A lake with every table of the contracts, all empty. Put back from a copy: making the tables takes seconds."""
    folder, empty = registered
    if spark.catalog.databaseExists("staging"):
        for table in spark.catalog.listTables("staging"):
            spark.sql(f"DROP TABLE IF EXISTS staging.{table.name}")
    for table in contracts.TABLES:  # a test may have put one elsewhere
        spark.sql(f"DROP TABLE IF EXISTS {table.name}")
    shutil.rmtree(folder)
    shutil.copytree(empty, folder)
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    spark.catalog.clearCache()
    delta.register(spark, contracts.TABLES, folder)
    return folder
