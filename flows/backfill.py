"""The past, in parts: each part is a run of its own, and a second start repeats only those that did not succeed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from flows.days import chunks
from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_day, utc_now
from producers.windows import windows


@flow(name="backfill")
def backfill(
    media_types: list[str] | None = None,
    genre_ids: list[int] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    as_of: date | None = None,
) -> list[str]:
    """Start one run of produce-discover for each genre and window of release days; the names of those runs.

    Genres and days are the settings' where none are named. A window is fetched once for each `as_of`, today if absent.
    """
    day = as_of or utc_day(utc_now())
    wanted = windows(settings.load(), media_types=media_types, genre_ids=genre_ids, days=(first_day, last_day))
    return [
        start_part(
            "produce-discover/produce-discover",
            {
                "media_type": one.media_type,
                "genre_id": one.genre_id,
                "first_day": one.first.isoformat(),
                "last_day": one.last.isoformat(),
                "as_of": day.isoformat(),
            },
            f"{one}/{day}",
        )
        for one in wanted
    ]


@flow(name="backfill-gold")
def backfill_gold(
    first_day: date,
    last_day: date,
    tables: list[str] | None = None,
    chunk_days: int = 30,
    as_of: date | None = None,
) -> list[str]:
    """Start one run of gold for each part of a span of days, oldest first; the names of those runs.

    A part is rebuilt once for each `as_of`, today if absent: name the day of the first start to go on with it later.
    """
    day = as_of or utc_day(utc_now())
    which = "+".join(tables or ["all"])
    return [
        start_part(
            "gold/gold",
            {"tables": tables, "first_day": first.isoformat(), "last_day": last.isoformat()},
            f"gold {which} {first}..{last}/{day}",
        )
        for first, last in chunks(first_day, last_day, chunk_days)
    ]


@task(name="start", task_run_name="start {part}", **RETRY)
def start_part(deployment: str, parameters: Mapping[str, Any], part: str) -> str:
    """Queue the run of one part, if it does not wait, run or stand there completed already; its name.

    Prefect answers a known idempotency key with the run that has it, a failed one too; so the key counts attempts.
    """
    attempt = 1
    while True:
        run = run_deployment(
            deployment, parameters={**parameters}, idempotency_key=f"{part}/{attempt}", timeout=0, as_subflow=False
        )
        assert isinstance(run, FlowRun)  # a coroutine is for callers that are asynchronous
        if run.state is None or not run.state.is_final() or run.state.is_completed():
            return str(run.name)
        attempt += 1
