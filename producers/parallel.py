"""Many questions at once, answered in the order in which they were asked."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def in_parallel(
    ask: Callable[[Asked], Answer], asked: Iterable[Asked], *, workers: int
) -> Iterator[tuple[Asked, Answer]]:
    """Each question with its answer, in order; what was not taken yet is not asked ahead.

    At most two questions per worker are on their way, so memory does not grow with their number. Raises what `ask`
    raises, at that question; no thread is left then.
    """
    ahead: deque[tuple[Asked, Future[Answer]]] = deque()
    with ThreadPoolExecutor(workers, "tmdb") as pool:
        try:
            for one in asked:
                ahead.append((one, pool.submit(ask, one)))
                if len(ahead) >= 2 * workers:
                    first, answer = ahead.popleft()
                    yield first, answer.result()
            while ahead:
                first, answer = ahead.popleft()
                yield first, answer.result()
        finally:
            pool.shutdown(cancel_futures=True)
