"""How far a streaming query has come, read from its checkpoint's files; no session needed."""

import json
from pathlib import Path
from typing import Any


def committed(checkpoint: Path) -> dict[str, Any] | None:
    """The source offset at the end of the newest batch that Spark has committed; None before the first.

    For Kafka {topic: {partition: next offset}}, for Delta {"reservoirVersion": version, "index": file, ...}.
    """
    batches = [int(file.name) for file in (checkpoint / "commits").glob("*") if file.name.isdigit()]
    if not batches:
        return None
    lines = (checkpoint / "offsets" / str(max(batches))).read_text().splitlines()
    offset: dict[str, Any] = json.loads(lines[2])
    return offset


def kafka_lag(checkpoint: Path, topic: str, ends: dict[int, int]) -> int:
    """Messages on the broker that the query has not committed yet."""
    offsets = (committed(checkpoint) or {}).get(topic, {})
    return sum(end - int(offsets.get(str(partition), 0)) for partition, end in ends.items())


def next_version(checkpoint: Path) -> int:
    """The first version of the source table that the query has not committed whole."""
    return int((committed(checkpoint) or {}).get("reservoirVersion", 0))
