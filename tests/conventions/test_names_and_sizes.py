"""One stem, one name, in every room; machinery that knows no stem; files and functions of a size to hold in mind."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lakehouse import contracts
from tests.conventions.repository import PURE, ROOMS, ROOT, STEMS, accept, files, imported, modules, text, tree

MODULE_LINES, PURE_LINES, TEST_LINES, FUNCTION_LINES = 250, 120, 300, 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools", "base", "core", "stuff"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.mark.parametrize("stem", STEMS)
def test_a_stem_has_a_file_of_its_name_in_every_room_that_it_passes(stem):
    built = sorted({table.layer for table in contracts.BUILT if contracts.stem(table) == stem})
    wanted = [
        f"lakehouse/contracts/{stem}.py",
        f"producers/sources/{stem}.py",
        f"streaming/silver/{stem}.py",
        *(f"batch/{layer}/{stem}.py" for layer in built),
        f"tests/spark/test_{stem}.py",
    ]
    accept(*(f"{path} is missing" for path in wanted if path not in files()))


def test_every_file_of_a_stem_s_folder_belongs_to_a_contract():
    known = {module.__name__.rsplit(".", 1)[1] for module in contracts.ALL} | {"__init__"}
    accept(*(
        f"{path} has the name of no contract" for path in modules(*PURE) if path.rsplit("/", 1)[1][:-3] not in known
    ))  # fmt: skip


def test_the_machinery_mentions_no_stem():
    words = {*STEMS, *(table.entity for table in contracts.DECLARED if contracts.stem(table) in STEMS)}
    words |= {topic.name for topic in contracts.TOPICS}
    words -= {"title", "movie"}  # everything here is about them
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    pattern = re.compile(f"(?<![a-z])(?:{'|'.join(longest_first)})(?![a-z])")
    written = {module.__name__.rsplit(".", 1)[1] for module in contracts.ALL}
    own = {f"{room}/{stem}.py" for stem in written for room in ("expectations", "batch")}
    machinery = [
        path
        for path in modules("lakehouse", "producers", "streaming", "batch", "expectations")
        if not path.startswith((*(f"{folder}/" for folder in PURE), "lakehouse/contracts/")) and path not in own
    ]
    accept(*(
        f"{path}:{number} mentions {found.group()}: what is special about it belongs into its contract"
        for path in machinery
        for number, line in enumerate(text(path).splitlines(), start=1)
        if (found := pattern.search(line))
    ))  # fmt: skip


def test_no_file_is_longer_than_a_person_reads_at_once():
    def limit(path: str) -> int:
        if path.startswith("tests/"):
            return TEST_LINES
        return PURE_LINES if path.startswith(PURE) else MODULE_LINES

    lengths = {path: len(text(path).splitlines()) for path in files(".py")}
    accept(*(f"{path} has {n} lines, more than {limit(path)}" for path, n in lengths.items() if n > limit(path)))


def test_no_function_is_longer_than_a_screen():
    accept(*(
        f"{path}:{node.lineno} {node.name} has {length} lines, more than {FUNCTION_LINES}"
        for path in files(".py")
        for node in ast.walk(tree(path))
        if isinstance(node, Function) and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ))  # fmt: skip


def test_no_file_or_folder_is_a_drawer():
    drawers = [path for path in files(".py") if NAMELESS & set(path.removesuffix(".py").split("/"))]
    accept(*(f"{path}: name it for its one job" for path in drawers))


def test_nothing_is_named_for_its_type():
    accept(*(
        f"{path}:{node.lineno} {name}: name a frame for what a row is"
        for path in files(".py")
        for node in ast.walk(tree(path))
        if (name := _bound(node)) and re.fullmatch(r"_?(df|sdf|pdf|dataframe)\d*|\w+_df\d*", name)
    ))  # fmt: skip


def test_everything_public_says_what_it_is():
    undocumented = []
    for path in modules(*ROOMS):
        if text(path).strip() and not ast.get_docstring(tree(path)):
            undocumented.append(f"{path}: what is its one job?")
        for node, owner in _public(tree(path)):
            if not ast.get_docstring(node):
                undocumented.append(f"{path}:{node.lineno} {owner}{node.name}: what is a row of it, or its effect?")
    accept(*undocumented)


def test_no_docstring_lists_parameters_and_types():
    pattern = re.compile(r":param |:return|^\s*(Args|Returns|Parameters):", re.MULTILINE)
    accept(*(f"{path}: say what the types cannot" for path in modules(*ROOMS) if pattern.search(text(path))))


def test_tests_wait_for_conditions_and_patch_nothing_private():
    strange = []
    for path in files(".py"):
        if path.startswith("tests/"):
            mocks = [line for line, name in imported(path) if name.startswith("unittest.mock")]
            strange += [f"{path}:{line} imports mock: pass a fake in" for line in mocks]
            strange += [f"{path}:{line} patches {what}" for line, what in _private_patches(tree(path))]
    accept(*strange)


@pytest.mark.parametrize("check", ["ruff check --quiet --output-format concise .", "mypy"])
def test_style_and_types(check):
    done = subprocess.run([sys.executable, "-m", *check.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, "\n" + done.stdout + done.stderr


def _bound(node: ast.AST) -> str:
    if isinstance(node, ast.arg):
        return node.arg
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def _public(module: ast.Module) -> Iterator[tuple[Function | ast.ClassDef, str]]:
    """Public functions and classes, and the public methods of those classes."""
    for node in module.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node, ""
            if isinstance(node, ast.ClassDef):
                methods = [one for one in node.body if isinstance(one, Function) and not one.name.startswith("_")]
                yield from ((one, f"{node.name}.") for one in methods)


def _private_patches(module: ast.Module) -> Iterator[tuple[int, str]]:
    """monkeypatch.setattr on a name that begins with an underscore."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield from ((node.lineno, name) for name in names if name.rpartition(".")[2].startswith("_"))
