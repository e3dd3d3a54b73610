"""A run's page in Prefect: a verdict for each of its tables, and where the quality report lies."""

from collections.abc import Iterable, Mapping
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact

from expectations.published import Tally, tallies
from flows import session
from flows.retry import RETRY
from lakehouse import history, settings

Verdict = tuple[str, str, int | None]
"""A table, what became of it, and the version that stands; None where the run does not know it."""


@task(name="verdicts", **RETRY)
def show_verdicts(key: str, run_id: str, verdicts: list[Verdict]) -> None:
    """Put the table on the page of the run, and under its key beside those of earlier runs."""
    with session() as spark:
        found = tallies(spark, run_id)
        logs = history.read(spark, [table for table, _, at in verdicts if at is None])
    known = [(table, verdict, logs[table].commits[0].version if at is None else at) for table, verdict, at in verdicts]
    create_table_artifact(list(_lines(known, found)), key=key, description=_description())


def _lines(verdicts: Iterable[Verdict], found: Mapping[str, Tally]) -> Iterable[dict[str, Any]]:
    """What stands in the table; a table that this run did not check has no counts."""
    for table, verdict, version in verdicts:
        tally = found.get(table)
        yield {
            "table": table,
            "verdict": verdict,
            "version": version,
            "rows": tally.rows if tally else None,
            "expectations met": f"{tally.met} of {tally.expectations}" if tally else None,
            "warnings": tally.warnings if tally else None,
            "critical": tally.critical if tally else None,
        }


def _description() -> str:
    report = settings.load().root / "reports" / "quality.html"
    return f"[Quality report]({report.as_uri()}): `{report}`, as `moviepulse report quality` wrote it last."
