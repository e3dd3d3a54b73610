"""TMDb -> Kafka, on a schedule. The time of a poll is taken once per run, so a retried poll has the same event ids."""

from datetime import date, datetime
from importlib import import_module

from prefect import flow, task
from prefect.deployments import run_deployment

from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_day, utc_now
from producers import id_files
from producers.backfill import Backfill, require_whole
from producers.kafka import Receipt
from producers.poll import poll
from producers.sources import discover, title_id_export
from producers.windows import Window, windows


@flow(name="produce-trending")
def produce_trending(polled_at: datetime | None = None) -> Receipt:
    """Publish the trending lists as they are now; `polled_at` repeats an earlier poll's event ids."""
    return poll_lists("trending", polled_at or utc_now())


@flow(name="produce-popular")
def produce_popular(polled_at: datetime | None = None) -> Receipt:
    """Publish the popular lists and their siblings as they are now; `polled_at` repeats an earlier poll's event ids."""
    return poll_lists("popular", polled_at or utc_now())


@flow(name="produce-title_id_export")
def produce_title_id_export(day: date | None = None) -> Receipt:
    """Publish the daily id files of a day; the newest complete one where none is named."""
    return publish_id_files(day or id_files.newest(utc_now()))


@flow(name="produce-discover", flow_run_name="discover {media_type} {genre_id} {first_year}-{last_year}")
def produce_discover(media_type: str, genre_id: int, first_year: int, last_year: int, as_of: date | None = None) -> int:
    """Fetch the titles of one genre and window, from where an earlier run of it ended; the titles found."""
    return fetch_window(media_type, genre_id, first_year, last_year, as_of or utc_day(utc_now()))


@flow(name="backfill")
def backfill(
    media_types: list[str] | None = None, genre_ids: list[int] | None = None, as_of: date | None = None
) -> list[str]:
    """Start one run of produce-discover for each genre and window of the settings; the names of those runs.

    A window has one run for each `as_of`, however often this is started: it is the run's idempotency key.
    """
    day = as_of or utc_day(utc_now())
    wanted = windows(settings.load(), media_types=media_types, genre_ids=genre_ids)
    return [start_window(one.media_type, one.genre_id, one.first.year, one.last.year, day) for one in wanted]


@task(name="start", task_run_name="start {media_type} {genre_id} {first_year}-{last_year}", **RETRY)
def start_window(media_type: str, genre_id: int, first_year: int, last_year: int, as_of: date) -> str:
    """Queue the run of one window."""
    window = {"media_type": media_type, "genre_id": genre_id, "first_year": first_year, "last_year": last_year}
    run = run_deployment(
        "produce-discover/produce-discover",
        parameters={**window, "as_of": as_of.isoformat()},
        idempotency_key="/".join(map(str, [*window.values(), as_of])),
        timeout=0,
        as_subflow=False,
    )
    return str(run.name)


@task(name="window", **RETRY)
def fetch_window(media_type: str, genre_id: int, first_year: int, last_year: int, as_of: date) -> int:
    """Fetch and publish one window; a day that has more titles than TMDb serves is an error that names it."""
    window = Window(media_type, genre_id, date(first_year, 1, 1), date(last_year, 12, 31))
    (fetched,) = Backfill(settings.load(), discover, as_of=as_of).fetch([window])
    require_whole([fetched])
    return fetched.found


@task(name="id files", **RETRY)
def publish_id_files(day: date) -> Receipt:
    """Download, check and publish the files of one day."""
    return id_files.publish(settings.load(), title_id_export, day)


@task(name="poll", task_run_name="poll {stem}", **RETRY)
def poll_lists(stem: str, polled_at: datetime) -> Receipt:
    """Poll and publish every list of the source once."""
    return poll(settings.load(), import_module(f"producers.sources.{stem}"), polled_at=polled_at)
