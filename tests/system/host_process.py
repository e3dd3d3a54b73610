"""The streaming host as a process of its own that can be told to die, for the tests of this folder.

KILL_AFTER="table:n" ends the whole process group right after the n-th commit to that table, before Spark's own commit.
FAIL_ONCE="table" raises there once instead. It owns the tables of one stream: each start registers every table it owns.
"""

import os
import signal

from lakehouse import logs, settings
from lakehouse.contracts import reject, trending
from lakehouse.tables import bronze_table
from streaming import job

OWNED = (bronze_table(trending.TOPIC), trending.TRENDING_EVENT, *reject.TABLES)


def main() -> None:
    logs.start()
    kill_table, _, kill_at = os.environ.get("KILL_AFTER", "").partition(":")
    failing = [os.environ["FAIL_ONCE"]] if "FAIL_ONCE" in os.environ else []
    seen = 0

    def written(table: str, batch: int) -> None:
        nonlocal seen
        if table == kill_table:
            seen += 1
            if seen == int(kill_at):
                os.killpg(0, signal.SIGKILL)
        if table in failing:
            failing.remove(table)
            raise RuntimeError(f"made to fail after {table} {batch}")

    job.run(settings.load(), job.stop_on_signals(), doors=False, written=written, tables=OWNED)


if __name__ == "__main__":
    main()
