"""Who may import whom, and who may touch what: the rules of docs/architecture.md, each with what to do instead."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conventions.repository import (
    PURE,
    ROOMS,
    ROOT,
    accept,
    files,
    imported,
    modules,
    strings,
    text,
    tree,
    within,
)

PURE_MAY_IMPORT = (
    "collections", "dataclasses", "datetime", "decimal", "functools", "itertools", "json", "math", "re", "typing",
    "pyspark.sql", "lakehouse.contracts", "lakehouse.errors", "lakehouse.files", "lakehouse.genre_groups",
    "lakehouse.genres", "lakehouse.ids", "lakehouse.lines", "lakehouse.models", "lakehouse.statistics",
    "lakehouse.tables",
    "producers.sources",
    "lakehouse.clock.iso", "lakehouse.clock.from_iso", "lakehouse.clock.epoch_ms", "lakehouse.clock.utc_day",
)  # fmt: skip
ACTIONS = {
    "collect", "toPandas", "toLocalIterator", "take", "head", "tail", "first", "show", "isEmpty", "foreach",
    "foreachPartition", "persist", "cache", "checkpoint", "localCheckpoint", "write", "writeTo", "writeStream",
    "createOrReplaceTempView", "sparkSession", "rdd",
}  # fmt: skip
NOT_THE_SAME_TWICE = {
    "now", "utcnow", "today", "utc_now", "current_timestamp", "current_date", "localtimestamp", "unix_timestamp",
    "rand", "randn", "uuid", "shuffle", "monotonically_increasing_id", "input_file_name", "spark_partition_id",
}  # fmt: skip
CLASSIC_ONLY = {"_jvm": "py4j", "_jsparkSession": "py4j", "_jdf": "py4j", "rdd": "RDD", "sparkContext": "SparkContext"}
OF_DELTA = re.compile(
    r"^delta$|DESCRIBE (HISTORY|DETAIL)|userMetadata|replaceWhere|versionAsOf|timestampAsOf|table_changes|readChange"
    r"|overwriteSchema|mergeSchema|_delta_log|^\s*(OPTIMIZE|VACUUM|MERGE|RESTORE|REORG) ",
)


def test_the_import_rules_of_pyproject_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    )
    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts") :]


def test_pure_files_import_only_what_cannot_reach_the_world():
    strange = [
        f"{path}:{line} imports {name}; rows in, rows out: take it as an argument"
        for path in modules(*PURE)
        for line, name in imported(path)
        if not within(name, PURE_MAY_IMPORT)
    ]
    accept(*strange)


def test_pure_files_start_no_action_and_give_the_same_rows_every_time():
    strange = []
    for path in modules(*PURE):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr in ACTIONS and not _is_functions(node.value):
                strange.append(f"{path}:{node.lineno} .{node.attr}: an action belongs to who calls the function")
            if isinstance(node, ast.Call) and _counts_a_frame(node):
                strange.append(f"{path}:{node.lineno} .count(): an action belongs to who calls the function")
            if (name := _name(node)) in NOT_THE_SAME_TWICE:
                strange.append(f"{path}:{node.lineno} {name}: a rebuild would differ; take the time as an argument")
        for line, value in strings(path):
            if re.search(r"current_(timestamp|date)|\bnow\(", value):
                strange.append(f"{path}:{line} {value!r}: a rebuild would differ; take the time as an argument")
    accept(*strange)


def test_delta_has_one_door():
    door = {f"lakehouse/{name}.py" for name in ("catalog", "delta", "history", "merge", "once")}
    strange = [
        f"{path}:{line} {value.strip()[:60]!r}: give lakehouse/delta.py a function for it"
        for path in modules()
        if path not in door
        for line, value in strings(path)
        if OF_DELTA.search(value)
    ]
    strange += [
        f"{path}:{line} imports {name}: give lakehouse/delta.py a function for it"
        for path in modules()
        if path not in door
        for line, name in imported(path)
        if within(name, ("delta",))
    ]
    accept(*strange)


def test_only_the_host_uses_what_does_not_work_over_connect():
    """`sparkContext` too may stand in streaming/, which runs nowhere but in the host."""
    doors = {"lakehouse/spark.py", "streaming/job.py", "streaming/lease.py"}
    strange = [
        f"{path}:{node.lineno} .{node.attr} is {CLASSIC_ONLY[node.attr]}, which flows and notebooks have not"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in CLASSIC_ONLY
        and path not in doors
        and not (node.attr == "sparkContext" and path.startswith("streaming/"))
    ]
    accept(*strange)


def test_nothing_imports_notebooks_benchmarks_or_tests():
    strange = [
        f"{path}:{line} imports {name}"
        for path in modules()
        for line, name in imported(path)
        if within(name, ("notebooks", "benchmarks", "tests"))
    ]
    accept(*strange)


def test_only_the_edge_of_a_process_catches_every_exception():
    edges = {"apps/cli.py"}
    strange = [
        f"{path}:{node.lineno} catches everything; name the errors that are expected there"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _catches_all(node) and path not in edges and not _goes_on(node)
    ]
    accept(*strange)


def test_every_room_is_checked():
    """A new folder of code has to be given its place in pyproject.toml and here."""
    folders = {path.split("/")[0] for path in files("__init__.py") if "/" in path}
    assert folders - {"tests", "benchmarks"} == set(ROOMS)
    for room in ROOMS:
        assert f'"{room}"' in text("pyproject.toml")


def _is_functions(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "F"


def _counts_a_frame(node: ast.Call) -> bool:
    """`frame.count()`, but not `F.count("*")`, `text.count("x")` or the count of a grouping, which is a frame again."""
    if not (isinstance(node.func, ast.Attribute) and node.func.attr == "count" and not node.args):
        return False
    inner = node.func.value
    grouped = isinstance(inner, ast.Call) and _name(inner.func) in {"groupBy", "rollup", "cube", "pivot"}
    return not grouped


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _catches_all(node: ast.ExceptHandler) -> bool:
    return node.type is None or _name(node.type) in {"Exception", "BaseException"}


def _goes_on(node: ast.ExceptHandler) -> bool:
    """Whether the error goes on its way after something was tidied up."""
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
