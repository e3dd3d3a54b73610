"""The append of a stream that happens once, however often its batch is tried.

Why not Delta's own streaming sink or txnAppId: both rebuild the table's state at every commit, 520 ms against
193 ms for a plain append. The commit's userMetadata carries the query and batch instead, and the host alone writes.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from lakehouse import delta, history, merge
from lakehouse.errors import CheckpointLost
from lakehouse.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Once:
    """Writes the micro-batches of one streaming query exactly once, to any number of tables.

    Each commit names its query and batch. The first write to a table after a start looks up the newest batch that the
    query has committed there; a batch that is not newer is a replay and is skipped. Raises CheckpointLost where the
    table's commits of this query come from another checkpoint.
    """

    def __init__(self, query: str, query_id: str) -> None:
        self._query = query
        self._id = query_id
        self._found: dict[str, tuple[int, set[str]]] = {}

    def append(self, frame: "DataFrame", table: str, *, batch: int, about: Mapping[str, Any] | None = None) -> bool:
        """Append the rows in one commit; False where the batch was there already."""
        if batch <= self._committed(frame.sparkSession, table):
            return False
        delta.append(frame, table, metadata=self._stamp(batch, about))
        self._found[table] = batch, set()
        return True

    def insert_new(
        self,
        frame: "DataFrame",
        table: Table,
        *,
        batch: int,
        days: Sequence[date] = (),
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Insert the rows whose key the table does not hold yet: a repeat of any age changes nothing.

        `days` are all event dates among the rows, where the table has them: Delta then skips the other days' files.
        """
        on = (*table.key, *(["event_date"] if days else []))
        where = f"t.{delta.among('event_date', days)}" if days else "true"
        merge.insert_new(frame, table.name, on=on, where=where, metadata=self._stamp(batch, about))

    def strangers(self, spark: "SparkSession", table: str) -> set[str]:
        """Ids of earlier checkpoints of this query from which the table was written."""
        return self._look(spark, table)[1]

    def _committed(self, spark: "SparkSession", table: str) -> int:
        last, strangers = self._look(spark, table)
        if strangers:
            raise CheckpointLost(
                f"{table} was written by the query {self._query} from another checkpoint ({', '.join(strangers)})",
                expected=f"the checkpoint of query id {next(iter(strangers))}; a new one would double every row",
                hint="stop the host, put the checkpoint's folder back from a copy, start the host",
            )
        return last

    def _look(self, spark: "SparkSession", table: str) -> tuple[int, set[str]]:
        """The query's newest batch in the table (-1: none) and the strangers; reads the history once."""
        if table not in self._found:
            stamps = [c.metadata for c in history.commits(spark, table) if c.metadata.get("query") == self._query]
            ids = {stamp["query_id"] for stamp in stamps}
            self._found[table] = max((stamp["batch"] for stamp in stamps), default=-1), ids - {self._id}
        return self._found[table]

    def _stamp(self, batch: int, about: Mapping[str, Any] | None) -> dict[str, Any]:
        return {"query": self._query, "query_id": self._id, "batch": batch, **(about or {})}
