"""When a task is tried again: an error that may pass by itself, in a deployment, three times, five minutes apart."""

from typing import Any, TypedDict

from prefect.runtime import deployment, task_run
from prefect.tasks import RetryConditionCallable

from lakehouse.errors import Transient


class Retry(TypedDict):
    """The retry options of a Prefect task."""

    retries: int
    retry_delay_seconds: float
    retry_condition_fn: RetryConditionCallable


def may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether the failure is Transient and no person is waiting: one at a terminal is told at once instead."""
    return deployment.id is not None and isinstance(state.data, Transient)


def is_again() -> bool:
    """Whether the running task was tried before in this run, and may have left what it wrote then."""
    return bool(task_run.run_count > 1)


RETRY: Retry = {"retries": 3, "retry_delay_seconds": 300, "retry_condition_fn": may_pass}
