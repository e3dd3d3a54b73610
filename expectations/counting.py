"""Great Expectations' own expectations, but they ask Spark for counts only.

Half of GX's queries fetch the unexpected rows themselves, which it does even where it is told to show none of them,
and which never leave a check here (its pages do not escape them). `register` puts subclasses that leave those queries
out under GX's own names: 18 calls of Spark instead of 35 for a table of 18 expectations.

GX also gives every query's table one and the same view of the session, so that of two checks at once the one would ask
the other's rows; here each check has a view of its own, and asks all its queries for rows as one.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import great_expectations.expectations as gxe
from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metrics.query_row_count.unexpected_rows_query_row_count import (
    UnexpectedRowsQueryRowCount,
)
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class _Batch:
    """The view that holds the rows of this check, and how many rows its queries find, as far as that is known."""

    view: str
    counts: Mapping[str, int] = field(default_factory=dict)


_batch: ContextVar[_Batch] = ContextVar("what this check asks")
_log = logging.getLogger(__name__)
_ROWS = (".unexpected_values", ".unexpected_index_list", "unexpected_rows_query.table")


class _Counting:
    def get_validation_dependencies(self, *args: Any, **kwargs: Any) -> Any:
        """What GX is to compute, without the metrics that are rows."""
        asked = super().get_validation_dependencies(*args, **kwargs)  # type: ignore[misc]
        for name in [name for name in asked.metric_configurations if name.endswith(_ROWS)]:
            asked.remove_metric_configuration(name)
        return asked

    def _validate(self, metrics: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return super()._validate(metrics | {"unexpected_rows_query.table": None}, *args, **kwargs)  # type: ignore[misc]


@cache
def register() -> None:
    """Let GX make every expectation of these kinds as one that only counts."""
    logging.getLogger("great_expectations.expectations.registry").setLevel(logging.ERROR)  # a warning for each name
    for kind in (
        gxe.ExpectColumnValuesToNotBeNull,
        gxe.ExpectColumnValuesToBeBetween,
        gxe.ExpectColumnValuesToBeInSet,
        gxe.ExpectColumnValuesToMatchRegex,
        gxe.ExpectColumnValuesToBeUnique,
        gxe.ExpectCompoundColumnsToBeUnique,
        gxe.UnexpectedRowsExpectation,
    ):
        type(kind.__name__, (_Counting, kind), {"__doc__": kind.__doc__, "__module__": __name__})
    own = {"_spark": metric_value(engine=SparkDFExecutionEngine)(_row_count)}
    type("OwnRowsQueryRowCount", (UnexpectedRowsQueryRowCount,), own)


@contextmanager
def asking(frame: "DataFrame", asked: Iterable["Expectation"]) -> Iterator[None]:
    """Within it, `{batch}` in this thread's queries is the frame."""
    spark, view = frame.sparkSession, f"checked_{uuid4().hex}"
    frame.createTempView(view)
    before = _batch.set(_Batch(view, counts(spark, view, asked)))
    try:
        yield
    finally:
        _batch.reset(before)
        spark.catalog.dropTempView(view)


def counts(spark: "SparkSession", view: str, asked: Iterable["Expectation"]) -> dict[str, int]:
    """How many rows each query finds, asked together; none where one cannot run, as each is then asked by itself."""
    queries = [str(one.unexpected_rows_query) for one in asked if isinstance(one, gxe.UnexpectedRowsExpectation)]
    if not queries:
        return {}
    # Counted behind the union, not before it, where each count would be a shuffle of its own.
    rows = " UNION ALL ".join(
        f"SELECT {number} AS number FROM ({query.format(batch=view)})" for number, query in enumerate(queries)
    )
    try:
        found = spark.sql(f"SELECT number, count(*) FROM ({rows}) GROUP BY number").collect()
    except (PySparkException, Py4JJavaError) as error:
        _log.info("the queries are asked one by one: %s", str(error).splitlines()[0])
        return {}
    return dict.fromkeys(queries, 0) | {queries[number]: count for number, count in found}


def _row_count(  # noqa: PLR0913 - GX's signature
    cls: type, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, metrics: Any,
    runtime_configuration: Any,
) -> int:  # fmt: skip
    query, batch = metric_value_kwargs["unexpected_rows_query"], _batch.get()
    if query in batch.counts:
        return batch.counts[query]
    return int(execution_engine.spark.sql(query.format(batch=batch.view)).count())
