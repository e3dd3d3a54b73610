"""The repository's files as git sees them, those that wait for their first commit too, and what their code says."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lakehouse import contracts

ROOT = Path(__file__).parents[2]
ROOMS = ("lakehouse", "producers", "streaming", "batch", "expectations", "flows", "apps")
PURE = ("producers/sources", "streaming/silver", "batch/silver", "batch/gold")
STEMS = tuple(dict.fromkeys(contracts.stem(table) for table in contracts.STREAMED))
RECEIVED = {contracts.stem(module.TABLES[0]) for module in contracts.RECEIVED}
POLLED = tuple(stem for stem in STEMS if stem not in RECEIVED)


@cache
def files(*suffixes: str) -> tuple[str, ...]:
    """Paths from the root, with `/`; all of them if no suffix is named."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return tuple(sorted(path for path in set(found) if path.endswith(suffixes or "") and (ROOT / path).is_file()))


def modules(*folders: str) -> list[str]:
    """The Python files under the named folders, or under all rooms."""
    return [path for path in files(".py") if path.startswith(tuple(f"{folder}/" for folder in folders or ROOMS))]


@cache
def text(path: str) -> str:
    return (ROOT / path).read_text()


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path), path)


def imported(path: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that the file imports, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by a relative name; write the whole one"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def strings(path: str) -> Iterator[tuple[int, str]]:
    """Line and value of every text in the code that is no docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    first = (node.body[0] for node in ast.walk(tree(path)) if isinstance(node, documented) and node.body)
    documents = {id(one.value) for one in first if isinstance(one, ast.Expr)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.lineno, node.value


def accept(*problems: str) -> None:
    """Fail with every problem on a line of its own; each says what to do."""
    assert not problems, "\n".join(["", *problems])
