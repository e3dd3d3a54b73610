"""A notebook's values reach Spark as bound parameters, and its files are what Jupyter and a reviewer can read."""

import os
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("IPython", reason="install the extra: notebooks")

import jupytext
import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from apps.notebook import statement
from lakehouse import contracts
from lakehouse.errors import QueryRefused
from tests.conventions.repository import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_a_statement_without_parameters_goes_as_it_is():
    assert statement("SELECT 1;\n", {"x": 2}) == "SELECT 1"
    assert statement("SELECT :lost, now()::date", {}) == "SELECT :lost, now()::date"


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("it's \\ :y", r"'it\'s \\ :y'"),
        (7, "7"),
        (np.int64(7), "7"),
        (True, "True"),
        (0.5, "double('0.5')"),
        (float("nan"), "double('nan')"),
        (Decimal("1.50"), "1.50BD"),
        (date(2026, 1, 21), "DATE'2026-01-21'"),
        (datetime(2026, 1, 21, 10, tzinfo=UTC), "TIMESTAMP'2026-01-21T10:00:00+00:00'"),
        (pd.Timestamp("2026-01-21T10:00"), "TIMESTAMP'2026-01-21T10:00:00+00:00'"),
        (None, "NULL"),
        ([1, 2], "array(1, 2)"),
    ],
)
def test_a_value_is_handed_over_beside_the_statement_and_never_in_it(value, literal):
    assert statement("SELECT :x, ':x'", {"x": value}) == rf"EXECUTE IMMEDIATE 'SELECT :x, \':x\'' USING {literal} AS x"


def test_a_value_that_sql_cannot_write_is_refused_by_its_name():
    with pytest.raises(QueryRefused, match=r":x is a dict.*\n.*expected: a text"):
        statement("SELECT :x", {"x": {}})


def body(text: str) -> str:
    """The cells; the header before them names jupytext's version when it is written again."""
    return text.split("# ---\n", 2)[2].rstrip()


@every_notebook
def test_a_notebook_is_a_percent_file_without_outputs_that_comes_back_as_it_was(path: Path):
    notebook = jupytext.read(path)
    again = jupytext.writes(notebook, fmt="py:percent")
    assert body(again) == body(path.read_text())
    first = notebook.cells[0]
    assert (first.cell_type, first.source[:2]) == ("markdown", "# "), "says first what it is about"


@every_notebook
def test_a_notebook_asks_only_tables_that_exist(path: Path):
    asked = re.findall(r"\b((?:bronze|silver|gold|quality)\.[a-z][a-z0-9_]+)\b", path.read_text())
    assert set(asked) - {table.name for table in contracts.TABLES} == set()
    assert asked


def test_a_notebook_whose_host_does_not_run_says_which_command_starts_it():
    cells = [nbformat.v4.new_code_cell(source) for source in ("%load_ext apps.notebook", "%%sql\nSELECT 1")]
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=120, kernel_name="python3")
    with pytest.raises(CellExecutionError) as error:
        client.execute(
            cwd=str(ROOT), env={**os.environ, "PYTHONPATH": str(ROOT), "MOVIEPULSE_SPARK__CONNECT_PORT": "1"}
        )
    assert "UsageError: no streaming host answers" in str(error.value)
    assert "next: moviepulse host" in str(error.value)
    assert "Traceback" not in str(error.value)
