"""The command line for tests that run many commands: each in a process of its own, forked from one that has imported.

To import what a command needs takes 3 to 8 s; a stranger pays that for each, the tests once. Started as a program it
reads a command as a line of JSON, runs it in a fork, and answers with the exit code.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

ROOT = Path(__file__).parents[2]


class Done(NamedTuple):
    code: int
    out: str
    err: str


class CommandLine:
    """`moviepulse` in one environment and one working directory."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._folder = folder
        place = {"PYTHONPATH": str(ROOT)}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.system.forking"], env={**environment, **place}, cwd=folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str) -> Done:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        said = self._folder / f"said-{uuid4().hex}"
        said.mkdir()
        self._server.stdin.write(json.dumps([str(said), *words]) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return Done(code, (said / "out").read_text(), (said / "err").read_text())

    def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        assert self._server.wait(30) == 0


def _serve() -> None:
    import great_expectations  # noqa: F401
    import pyspark.sql.connect.session  # noqa: F401

    import apps.cli
    import flows.gold  # noqa: F401

    for line in sys.stdin:
        said, *words = json.loads(line)
        pid = os.fork()
        if not pid:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for number, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(Path(said, name), os.O_WRONLY | os.O_CREAT), number)
            sys.argv = ["moviepulse", *words]
            code = _ended(apps.cli.main)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _ended(main: Callable[[], None]) -> int:
    """The exit code of the command; what Python runs at a process's end, such as closing its sessions, is run."""
    import atexit

    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    atexit._run_exitfuncs()
    return code


if __name__ == "__main__":
    _serve()
