"""What a run may know of its messages once Kafka has answered: how many, and where they lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """What one run put into one partition; other producers' messages may lie between `first` and `last`."""

    first: int
    last: int
    count: int


@dataclass(frozen=True)
class Receipt:
    """What became of a run's messages: sent = acked + failed once it is finished."""

    sent: int = 0
    acked: int = 0
    failed: int = 0
    spans: Mapping[tuple[str, int], Span] = field(default_factory=dict)

    def partitions(self, topic: str) -> dict[int, Span]:
        """The spans of one topic, by partition."""
        return {partition: span for (name, partition), span in sorted(self.spans.items()) if name == topic}
