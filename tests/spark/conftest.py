"""One classic local session for all tests of this folder; a fresh lake for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse import contracts, delta, settings
from lakehouse.spark import classic


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOVIEPULSE_PROFILE", "test")
        session = classic(settings.load(home=home), doors=False)
        yield session
        session.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Iterator[Path]:
    """An empty lake with every table of the contracts in the session's catalog."""
    delta.register(spark, contracts.TABLES, tmp_path / "lake")
    yield tmp_path / "lake"
    for table in contracts.TABLES:
        spark.sql(f"DROP TABLE IF EXISTS {table.name}")
