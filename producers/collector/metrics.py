"""What a collector counts, for Prometheus; nothing in it is about one user."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one collector, in a registry of their own."""

    def __init__(self, *, open_count: Callable[[], int], last_at: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        events = Counter("collector_events", "Events by what became of them.", ["status"], registry=self._registry)
        requests = Counter("collector_requests", "Requests by status.", ["status"], registry=self._registry)
        self._events, self._requests = events, requests
        self._by_name = {(events, 202): events.labels("202"), (requests, 202): requests.labels("202")}
        said = "From a request's head to its answer."
        self._seconds = Histogram("collector_request_seconds", said, buckets=_SECONDS, registry=self._registry)
        Gauge("collector_open_events", "Events that wait for Kafka.", registry=self._registry).set_function(open_count)
        Gauge(
            "collector_last_acknowledged_seconds", "Unix time of the newest acknowledgement.", registry=self._registry
        ).set_function(last_at)

    def event(self, status: int, count: int = 1) -> None:
        """Count events that got this status."""
        self._of(self._events, status).inc(count)

    def request(self, status: int, seconds: float) -> None:
        """Count a request that got this status after so long."""
        self._of(self._requests, status).inc()
        self._seconds.observe(seconds)

    def page(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)

    def _of(self, counter: Counter, status: int) -> Counter:
        found = self._by_name.get((counter, status))
        if found is None:
            found = self._by_name[counter, status] = counter.labels(str(status))
        return found
