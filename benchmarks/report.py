"""Results -> benchmarks/results: a JSON file for each measurement, and one README with a table, ratios first."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.bench import Result

FOLDER = Path(__file__).parent / "results"
ORDER = ("commit", "throughput", "latency", "backfill", "load_files", "collector")


def write(result: Result, machine: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write the result's JSON, and the README anew from every JSON in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = result.as_json() | {"machine": machine}
    (folder / f"{result.name}.json").write_text(json.dumps(document, indent=1) + "\n")
    found = [json.loads(path.read_text()) for name in ORDER if (path := folder / f"{name}.json").is_file()]
    (folder / "README.md").write_text(page(found))


def page(results: list[dict[str, Any]]) -> str:
    """The whole page: what was to be reached, then each measurement with its figures and its machine."""
    goals = [
        {
            "ratio": goal["name"],
            "measured": f"{goal['measured']:.2f}",
            "goal": f"{'at most' if goal['at_most'] else 'at least'} {goal['limit']}",
            "": "reached" if goal["reached"] else "**missed**",
        }
        for result in results for goal in result["goals"]
    ]  # fmt: skip
    parts = [
        "# How fast it is\n\nWritten by `make bench`. Compare the ratios: both sides of each were "
        "measured in one run on one machine.\nThe absolute figures are that machine's.",
        table(goals),
        *(section(result) for result in results),
    ]
    return "\n\n".join(parts) + "\n"


def section(result: dict[str, Any]) -> str:
    """One measurement: its figures, where the time went, its notes and its machine."""
    parts = [f"## {result['title']}", table(result["figures"])]
    if result["where"]:
        parts += ["Where the time went in the last round, in seconds by part of the batches:", table(result["where"])]
    parts += result["notes"]
    parts.append(", ".join(f"{name}: {_text(value)}" for name, value in result["machine"].items()))
    return "\n\n".join(parts)


def table(rows: list[dict[str, Any]]) -> str:
    """A Markdown table with the columns of all rows, in the order they come up."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [_line(names), _line("---" for _ in names)]
    return "\n".join([*lines, *(_line(_text(row.get(name, "")) for name in names) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_text(each) for each in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
