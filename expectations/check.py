"""Runs a table's expectations over a frame and says what was found; fails closed.

An expectation that could not run, or that gave no answer, is not met, and so is a table without rows. Only counts
leave this module, never a row's values.
"""

import copy
import importlib
import importlib.util
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lakehouse import contracts, delta
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.errors import CheckFailed
from lakehouse.tables import Table, literal

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Finding:
    """What one expectation found; the fields are columns of quality.expectation_result."""

    expectation: str
    column_name: str
    arguments: str
    severity: str
    is_met: bool
    row_count: int | None
    unexpected_count: int | None
    observed: str | None

    @property
    def text(self) -> str:
        """`expect_column_values_to_be_between(popularity): 3 of 40 rows`, for a person."""
        name = f"{self.expectation}({self.column_name or self.arguments})"
        if self.unexpected_count is None:
            return f"{name}: {self.observed}"
        if not self.column_name:  # a query's own rows: it may have grouped the table's
            return f"{name}: {self.unexpected_count} rows found"
        return f"{name}: {self.unexpected_count} of {self.row_count} rows"


@dataclass(frozen=True)
class Report:
    """What one run found out about one table."""

    run_id: str
    table: str
    stage: str
    checked_at: datetime
    findings: tuple[Finding, ...]

    @property
    def attempt(self) -> dict[str, str]:
        """The columns of quality.expectation_result that tell this attempt's findings from all others."""
        return {"run_id": self.run_id, "table_name": self.table, "stage": self.stage}

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Critical expectations that are not met."""
        return tuple(one for one in self.findings if not one.is_met and one.severity == "critical")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Expectations that are not met and hold nothing back."""
        return tuple(one for one in self.findings if not one.is_met and one.severity != "critical")

    @property
    def passed(self) -> bool:
        """Whether the table was looked at, and every critical expectation is met."""
        return bool(self.findings) and not self.failures


def check(frame: "DataFrame", table: Table, *, run_id: str, stage: str, at: datetime) -> Report:
    """The table's baseline and its own rules, run over the frame; `stage` is staged or published."""
    from expectations import baseline, counting

    counting.register()
    asked = [copy.copy(one) for one in (*baseline.suite(table), *_rules(table))]
    kept = frame.persist()  # GX runs a dozen small queries: half the time, and all of them over the same rows
    try:
        with counting.asking(kept, asked):
            answers = {_identity(result.expectation_config): result for result in _validate(kept, asked)}
    finally:
        kept.unpersist()
    rows = _row_count(answers.values())
    findings = tuple(_finding(one.configuration, answers, rows) for one in asked)
    return Report(run_id, table.name, stage, at, findings)


def passed(spark: "SparkSession", report: Report, *, again: bool = False) -> Report:
    """Record what was found; raises CheckFailed where a critical expectation is not met."""
    record(spark, report, again=again)
    require(report)
    return report


def require(report: Report) -> None:
    """Raise CheckFailed, naming each critical expectation that is not met and its count; else do nothing."""
    if report.passed:
        return
    failed = "; ".join(one.text for one in report.failures)
    raise CheckFailed(
        f"{report.table} failed {len(report.failures)} of {len(report.findings)} expectations: {failed}",
        where=f"run {report.run_id} in quality.expectation_result, {report.stage} rows",
        expected="every critical expectation met; what was published before stands",
        hint=f"moviepulse check {report.table}",
    )


def record(spark: "SparkSession", *reports: Report, again: bool = False) -> None:
    """Add the reports to quality.expectation_result in one commit.

    `again`: an earlier attempt of the run may have left its findings, which these replace. To look for them is dearer
    than to add.
    """
    told = [
        report.attempt | {"checked_at": report.checked_at} | vars(one) for report in reports for one in report.findings
    ]
    rows = [tuple(each[name] for name in EXPECTATION_RESULT.names) for each in told]
    same = " OR ".join(
        "(" + " AND ".join(f"{column} = {literal(value)}" for column, value in report.attempt.items()) + ")"
        for report in reports
    )
    name, frame = EXPECTATION_RESULT.name, spark.createDataFrame(rows, EXPECTATION_RESULT.struct)
    metadata = {"run_id": reports[0].run_id, "tables": [report.table for report in reports]}
    if again:
        delta.replace(frame, name, where=same, metadata=metadata)
    else:
        delta.append(frame, name, metadata=metadata)


def _rules(table: Table) -> Iterable["Expectation"]:
    """What expectations/<stem>.py adds for the table; the file is optional."""
    stem = contracts.stem(table)
    if importlib.util.find_spec(f"expectations.{stem}") is None:
        return []
    rules: Mapping[str, list[Expectation]] = importlib.import_module(f"expectations.{stem}").RULES
    return rules.get(table.name, [])


def _validate(frame: "DataFrame", asked: list["Expectation"]) -> Iterable[Any]:
    """GX's results, in an order of its own."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for its in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(its).setLevel(logging.WARNING)  # a hundred lines about itself at INFO
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_spark("spark", persist=False).add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite("suite", expectations=asked))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="check", data=batch, suite=suite))
    counts_only = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
    return definition.run(batch_parameters={"dataframe": frame}, result_format=counts_only).results


def _identity(config: Any) -> tuple[str, str, str]:
    """Type, column and other arguments: what tells expectations apart, for GX answers in an order of its own."""
    kwargs = {key: value for key, value in config.kwargs.items() if key != "batch_id"}
    columns = kwargs.pop("column", None) or ",".join(kwargs.pop("column_list", ()))
    return config.type, columns, json.dumps(kwargs, sort_keys=True, default=str)


def _row_count(answers: Iterable[Any]) -> int | None:
    counted = (one.result.get("element_count") for one in answers)
    return next((count for count in counted if count is not None), None)


def _finding(config: Any, answers: Mapping[tuple[str, str, str], Any], rows: int | None) -> Finding:
    identity = _identity(config)
    severity = str(getattr(config.severity, "value", config.severity))
    answer = answers.get(identity)
    if answer is None or not answer.result:
        why = _why(answer.exception_info) if answer else "no answer"
        return Finding(*identity, severity, False, None, None, f"could not run: {why}")
    result = answer.result
    observed = result.get("observed_value")
    unexpected = result.get("unexpected_count")
    if identity[0] == "unexpected_rows_expectation":
        unexpected = observed
    return Finding(
        *identity, severity, bool(answer.success), result.get("element_count", rows), unexpected,
        None if observed is None else str(observed),
    )  # fmt: skip


def _why(info: Mapping[str, Any]) -> str:
    """The first line of the first exception; GX nests them by metric, or not at all."""
    inner = info if "exception_message" in info else next(iter(info.values()), {})
    return (str(inner.get("exception_message") or "no result").strip().splitlines() or ["no result"])[0]
