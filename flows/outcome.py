"""How the tasks of a run ended, and the one error that a run with several failures ends with."""

from collections.abc import Mapping
from typing import Any

from prefect.futures import PrefectFuture

from lakehouse.errors import Terminal


def outcome(future: PrefectFuture[Any]) -> Any:
    """The task's result, or what stopped it; Prefect gives no exception for a run that was cancelled."""
    future.wait()
    state = future.state
    found = state.result(raise_on_failure=False)
    if state.is_completed() or isinstance(found, BaseException):
        return found
    return Terminal(f"the task ended {state.name}: {state.message}")


def raise_first(failed: Mapping[str, BaseException | None]) -> None:
    """Raise the first failure, with a note on every other table: those that failed too, and those held back (None)."""
    errors = [error for error in failed.values() if error is not None]
    if not errors:
        return
    for name, error in failed.items():
        if error is not errors[0]:
            errors[0].add_note(f"{name} was held back" if error is None else f"{name} failed too: {error}")
    raise errors[0]
