"""What gold is, into PostgreSQL; one task, as an export that was ended goes on by itself where it was."""

from prefect import flow, get_run_logger, task
from prefect.runtime import flow_run

from batch.postgres.export import Exported, Run, export
from flows import session
from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_now


@flow(name="export-postgres")
def export_postgres(full: bool = False) -> list[Exported]:
    """Bring PostgreSQL to what gold is now; where the settings name no database, say so and do nothing."""
    log = get_run_logger()
    if not settings.load().postgres.host:
        log.info("MOVIEPULSE_POSTGRES__HOST names no database: nothing is exported")
        return []
    done = write(str(flow_run.id), full)
    for one in done:
        log.info("%s", one)
    return done


@task(name="export", **RETRY)
def write(run_id: str, full: bool) -> list[Exported]:
    """Export every table that has changed."""
    with session() as spark:
        return export(spark, settings.load().postgres, Run(run_id, utc_now(), full))
