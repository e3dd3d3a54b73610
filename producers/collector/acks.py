"""Events of a request -> Kafka, and its acknowledgements back to the request that waits for them.

One producer for all requests, and no flush: while messages are open, the event loop itself takes Kafka's answers
every few milliseconds, so the callbacks run where the requests wait and need no lock.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from lakehouse.errors import LakehouseError
from producers.kafka.publisher import Told

PERIOD = 0.004

Answers = list[LakehouseError | None]
"""For each event of a request None where it is acknowledged, else what went wrong."""


class Sink(Protocol):
    """What takes events and answers later; `producers.ledger.Run` is one."""

    @property
    def open_count(self) -> int:
        """The events that wait for an answer."""

    def offer(self, event: dict[str, Any], told: Told) -> None:
        """Take an event without waiting; `serve` calls `told` with its fate. Raises LakehouseError where it cannot."""

    def serve(self) -> None:
        """Call `told` for the answers that have come."""


class Acks:
    """Publishes events and waits for their acknowledgements; `last_at` is the Unix time of the newest one, or 0."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._is_serving = False
        self.last_at = 0.0

    @property
    def open_count(self) -> int:
        """The events that wait for an acknowledgement."""
        return self._sink.open_count

    async def publish(self, events: Sequence[dict[str, Any]]) -> Answers:
        """Return when each event is acknowledged or lost, in their order; ends by the producer's delivery timeout."""
        answers: Answers = [None] * len(events)
        if not events:
            return answers
        done = asyncio.get_running_loop().create_future()
        left = len(events)

        def told(index: int, error: LakehouseError | None) -> None:
            nonlocal left
            answers[index], left = error, left - 1
            if error is None:
                self.last_at = time.time()
            if left == 0 and not done.done():
                done.set_result(None)

        for index, event in enumerate(events):
            try:
                self._sink.offer(event, partial(told, index))
            except LakehouseError as error:
                told(index, error)
        if not self._is_serving:
            self._serve()
        await done
        return answers

    def _serve(self) -> None:
        self._sink.serve()
        self._is_serving = self._sink.open_count > 0
        if self._is_serving:
            asyncio.get_running_loop().call_later(PERIOD, self._serve)
