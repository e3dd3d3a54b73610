"""`python -m benchmarks`: measure, print, and write benchmarks/results/."""

import dataclasses
import importlib
import logging
import signal
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from benchmarks import machine, report
from benchmarks.bench import QUICK, Size
from lakehouse import logs


class Part(StrEnum):
    """A measurement: a module of this folder."""

    COMMIT = "commit"
    THROUGHPUT = "throughput"
    LATENCY = "latency"
    BACKFILL = "backfill"
    LOAD_FILES = "load_files"
    COLLECTOR = "collector"


def bench(
    only: Annotated[list[Part] | None, typer.Option(help="This measurement alone; may be repeated.")] = None,
    messages: Annotated[
        int | None, typer.Option(help="Messages of the throughput; a quarter of the lines of the load.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(help="Rounds of the commit and the throughput.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Does it run at all? Two minutes, nothing is written.")
    ] = False,
) -> None:
    """Measure the speed side by side and write benchmarks/results/.

    Example: python -m benchmarks --only throughput --messages 200000 --rounds 1
    """
    # A terminated run must unwind too: it has a broker, a host and a temporary home.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    logs.start("WARNING")
    logging.getLogger("producers.kafka").setLevel(logging.ERROR)  # the broker's coordinator loads as it starts
    console = Console(width=160)
    asked = {"messages": messages, "rounds": rounds}
    size = dataclasses.replace(QUICK if quick else Size(), **{name: n for name, n in asked.items() if n})
    for part in only or list(Part):
        facts = machine.facts()
        console.print(f"Measuring {part} (load before: {facts['load before'][0]})")
        result = importlib.import_module(f"benchmarks.{part}").measure(size)
        console.print(Markdown(report.page([result.as_json() | {"machine": facts}])))
        if not quick:
            report.write(result, facts)


if __name__ == "__main__":
    typer.run(bench)
