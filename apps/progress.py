"""Progress bars of every long command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from apps.show import console

OnProgress = Callable[[int, int], None]


@contextmanager
def steps() -> Iterator[Callable[[str], OnProgress]]:
    """A function that adds a bar and returns what to call with (done, in all)."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as bars:

        def add(what: str) -> OnProgress:
            task = bars.add_task(what, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield add
