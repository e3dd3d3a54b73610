"""TMDb -> Kafka, on a schedule. The time of a poll is taken once per run, so a retried poll has the same event ids."""

from datetime import date, datetime
from importlib import import_module

from prefect import flow, task

from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_day, utc_now
from producers import id_files
from producers.backfill import Backfill, require_whole
from producers.poll import poll
from producers.receipt import Receipt
from producers.sources import discover, title_id_export
from producers.windows import Window


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


@flow(name="produce-discover", flow_run_name="discover {media_type} {genre_id} {first_day}..{last_day}")
def produce_discover(media_type: str, genre_id: int, first_day: date, last_day: date, as_of: date | None = None) -> int:
    """Fetch the titles of one genre and window of release days, from where an earlier run of it ended; those found."""
    return fetch_window(Window(media_type, genre_id, first_day, last_day), as_of or utc_day(utc_now()))


@task(name="window", **RETRY)
def fetch_window(window: Window, as_of: date) -> int:
    """Fetch and publish one window; a day that has more titles than TMDb serves is an error that names it."""
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
