"""Whether a published table holds what its inputs hold: told by the commits of both, so nothing is read or computed."""

import json
from datetime import datetime, timedelta

from expectations.check import Finding
from lakehouse import history
from lakehouse.clock import iso
from lakehouse.tables import Table

# Gold is built once a day, recommendations are trained once a week; what waits for another run may take two hours more.
LONGEST_LAG, LONGEST_TRAINED_LAG = timedelta(hours=26), timedelta(days=7, hours=2)


def freshness(logs: history.Logs, table: Table, at: datetime) -> Finding:
    """Met unless an input changed longer ago than the longest lag and the table does not have it; a warning.

    A table that was set back is behind on purpose, and not fresh until its next build.
    """
    longest = LONGEST_TRAINED_LAG if table.trained_by else LONGEST_LAG
    limits = json.dumps({"longest_lag_hours": longest / timedelta(hours=1)})
    is_met, observed = _observed(logs, table, at, longest)
    return Finding("expect_table_to_be_fresh", "", limits, "warning", is_met, None, None, observed)


def _observed(logs: history.Logs, table: Table, at: datetime, longest: timedelta) -> tuple[bool, str]:
    last = next((one for one in logs.commits(table.name) if one.restored is not None or _inputs(one)), None)
    if last is None:
        return False, "nothing was published, or its commit is gone"
    if last.restored is not None:
        return False, f"set back to version {last.restored} at {iso(last.at)}"
    missing = {name: _first_change(logs, name, after=version) for name, version in _inputs(last).items()}
    behind = sorted((since, name) for name, since in missing.items() if since is not None)
    if not behind:
        return True, "has all that its inputs have"
    since, name = behind[0]
    return at - since <= longest, f"without what {name} has since {iso(since)}"


def _inputs(commit: history.Commit) -> dict[str, int]:
    return dict(commit.metadata.get("inputs", {}))


def _first_change(logs: history.Logs, name: str, *, after: int) -> datetime | None:
    """When the table first changed after a version; None where it has not. One that was built anew has changed."""
    newest = logs.version(name)
    if newest == after:
        return None
    since = history.newest(logs.spark, name, newest - after) if newest > after else logs.commits(name)
    return min((one.at for one in since if one.changes_rows), default=None)
