"""Progress bars of every long command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from apps.show import console
from lakehouse.progress import OnProgress


class _Rate(ProgressColumn):
    """Steps done per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")


@contextmanager
def steps(*, is_fast: bool = False) -> Iterator[Callable[[str], OnProgress]]:
    """A function that adds a bar and returns what to call with (done, in all); a fast one has a rate and time left."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    pace = (_Rate(), TimeRemainingColumn()) if is_fast else ()
    with Progress(*columns, *pace, console=console) as bars:

        def add(what: str) -> OnProgress:
            task = bars.add_task(what, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield add
