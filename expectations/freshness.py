"""Whether a published table holds what its inputs hold: told by the commits of both, so nothing is read or computed."""

import json
from datetime import datetime, timedelta

from expectations.check import Finding
from lakehouse import delta
from lakehouse.clock import iso
from lakehouse.tables import Table

# Gold is built once a day; a build that waits for another may take two hours more.
LONGEST_LAG = timedelta(hours=26)


def freshness(commits: delta.Commits, table: Table, at: datetime) -> Finding:
    """Met unless an input changed longer ago than LONGEST_LAG and the table does not have it; a warning.

    A table that was set back is behind on purpose, and not fresh until its next build.
    """
    limits = json.dumps({"longest_lag_hours": LONGEST_LAG / timedelta(hours=1)})
    is_met, observed = _observed(commits, table, at)
    return Finding("expect_table_to_be_fresh", "", limits, "warning", is_met, None, None, observed)


def _observed(commits: delta.Commits, table: Table, at: datetime) -> tuple[bool, str]:
    last = next((one for one in commits.history(table.name) if one.restored is not None or _inputs(one)), None)
    if last is None:
        return False, "nothing was published, or its commit is gone"
    if last.restored is not None:
        return False, f"set back to version {last.restored} at {iso(last.at)}"
    missing = {name: _first_change(commits, name, after=version) for name, version in _inputs(last).items()}
    behind = sorted((since, name) for name, since in missing.items() if since is not None)
    if not behind:
        return True, "has all that its inputs have"
    since, name = behind[0]
    return at - since <= LONGEST_LAG, f"without what {name} has since {iso(since)}"


def _inputs(commit: delta.Commit) -> dict[str, int]:
    return dict(commit.metadata.get("inputs", {}))


def _first_change(commits: delta.Commits, name: str, *, after: int) -> datetime | None:
    """When the table first changed after a version; None where it has not. One that was built anew has changed."""
    newest = commits.version(name)
    if newest == after:
        return None
    since = delta.history(commits.spark, name, limit=newest - after if newest > after else None)
    return min((one.at for one in since if one.changes_rows), default=None)
