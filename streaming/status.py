"""What the host knows of its queries, kept in memory by a listener and on disk in status/host.json."""

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql.streaming.listener import StreamingQueryListener

from lakehouse.clock import iso, utc_now

log = logging.getLogger(__name__)


class Status(StreamingQueryListener):
    """Counts of every query; totals go on where the last host of this lake stopped counting."""

    def __init__(self, file: Path, about: Mapping[str, Any]) -> None:
        self._file = file
        self._about = dict(about)
        self._lock = threading.Lock()
        self._queries: dict[str, dict[str, Any]] = read(file).get("queries", {})
        for query in self._queries.values():
            query["is_active"] = False

    def update(self, query: str, **facts: Any) -> None:
        """Set facts about one query."""
        with self._lock:
            self._queries.setdefault(query, {}).update(facts)

    def save(self) -> None:
        """Write the file whole or not at all."""
        with self._lock:
            text = json.dumps({**self._about, "saved_at": iso(utc_now()), "queries": self._queries}, indent=1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(text)
        os.replace(part, self._file)

    def onQueryStarted(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface; the host sets what it needs itself."""

    def onQueryIdle(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface; an idle query has nothing new to say."""

    def onQueryTerminated(self, event: Any) -> None:  # noqa: N802
        """Part of the listener's interface; the host asks the query for its exception."""

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802
        """Add one batch to its query's counts."""
        progress = json.loads(event.progress.json)
        dropped = sum(state.get("numRowsDroppedByWatermark", 0) for state in progress["stateOperators"])
        rows = max(progress["numInputRows"], 0)
        with self._lock:
            facts = self._queries.setdefault(progress["name"], {})
            facts.update(
                batch=progress["batchId"],
                batch_at=progress["timestamp"],
                rows=rows,
                milliseconds=progress["durationMs"].get("triggerExecution", 0),
            )
            facts["rows_total"] = facts.get("rows_total", 0) + rows
            facts["dropped_by_watermark"] = facts.get("dropped_by_watermark", 0) + dropped
            if rows:
                facts["newest_at"] = progress["timestamp"]
        if dropped:
            log.error("%s: the watermark dropped %d rows in batch %d", progress["name"], dropped, progress["batchId"])


def read(file: Path) -> dict[str, Any]:
    """What the host saved last; empty where no host ever ran."""
    return dict(json.loads(file.read_text())) if file.is_file() else {}
