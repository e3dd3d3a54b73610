"""Files for tests: written, loaded into the test's lake, and what the tables built from them hold."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from pyspark.sql import SparkSession

from batch import build
from batch.load import Loaded, Loader, tables
from batch.raw_copy import given
from lakehouse import history
from tests.builders import collected

AT = datetime(2026, 1, 21, 10, tzinfo=UTC)


class Loading:
    """The files of one stem, in a folder of the test; each load is an hour after the one before."""

    def __init__(self, spark: SparkSession, stem: ModuleType, folder: Path) -> None:
        self.spark, self.stem, self.folder, self.loads = spark, stem, folder, 0

    def now(self) -> datetime:
        self.loads += 1
        return AT + timedelta(hours=self.loads)

    @contextmanager
    def files(self, **contents: str | bytes) -> Iterator[Path]:
        """A new folder with a file of each name; `__` stands for a point."""
        folder = self.folder / f"given-{self.loads}"
        folder.mkdir(parents=True)
        for name, content in contents.items():
            path = folder / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        yield folder

    def load(self, path: Path) -> dict[str, tuple[str, int, int]]:
        """Of each file its verdict, and the lines accepted and rejected."""
        return {one.file: (one.verdict, one.accepted, one.rejected) for one in self.loaded(path)}

    def loaded(self, path: Path) -> Iterable[Loaded]:
        files = given(path, self.stem.LINES, self.stem.UNUSED)
        loader = Loader(self.spark, self.stem, self.folder / "raw", self.now)
        return [*loader.load(files, lambda _: lambda *_: None)]

    def given(self, **contents: str | bytes) -> dict[str, tuple[str, int, int]]:
        with self.files(**contents) as folder:
            return self.load(folder)

    def build(self, *entities: str, full: bool = False) -> list[str]:
        """The tables that were published, of all or the named ones; the others have not changed."""
        wanted = [table for table in tables(self.stem) if table.entity in (entities or (table.entity,))]
        staged = [build.stage(self.spark, table, build.Run("a run", full=full)) for table in wanted]
        done = [one for one in staged if one]
        for one in done:
            build.publish(self.spark, one)
        return [one.table.name for one in done]

    def versions(self) -> dict[str, int]:
        names = [self.stem.FILES.name, "silver.reject", *(table.name for table in tables(self.stem))]
        return {name: history.version(self.spark, name) for name in names}

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """The rows' values in the named columns, in the order of these."""
        found = self.spark.table(table).select(*columns)
        return [tuple(one.values()) for one in collected(found)]

    def rejects(self) -> list[tuple[Any, ...]]:
        return self.rows("silver.reject", "table_name", "reason", "column_name", "payload")
