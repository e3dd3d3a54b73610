"""TMDb -> Kafka, on a schedule. The time of a poll is taken once per run, so a retried poll has the same event ids."""

from datetime import datetime

from prefect import flow, task

from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_now
from producers.kafka import Receipt
from producers.poll import poll
from producers.sources import trending


@flow(name="produce-trending")
def produce_trending(polled_at: datetime | None = None) -> Receipt:
    """Publish the trending lists as they are now; `polled_at` repeats an earlier poll's event ids."""
    return poll_trending(polled_at or utc_now())


@task(name="poll trending", **RETRY)
def poll_trending(polled_at: datetime) -> Receipt:
    """Poll and publish every trending list once."""
    return poll(settings.load(), trending, polled_at=polled_at)
