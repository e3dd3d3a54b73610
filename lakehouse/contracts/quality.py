"""quality.expectation_result: what every check found, kept by run; the source of the reports."""

from pyspark.sql import types as T

from lakehouse.tables import Column, Table

EXPECTATION_RESULT = Table(
    name="quality.expectation_result",
    grain="run, table and expectation",
    key=("run_id", "table_name", "expectation", "column_name", "arguments"),
    columns=(
        Column("run_id", T.StringType(), "Run that checked; the same for all tables of a flow run."),
        Column("checked_at", T.TimestampType(), "Time of the check."),
        Column("table_name", T.StringType(), "Table that was checked."),
        Column(
            "stage",
            T.StringType(),
            "staged: before publishing; published: afterwards; restored: an old version, before a rollback to it.",
            one_of=("staged", "published", "restored"),
        ),
        Column("expectation", T.StringType(), "Type of the expectation."),
        Column("column_name", T.StringType(), "Column, or columns joined by a comma; empty for the whole table."),
        Column("arguments", T.StringType(), "The expectation's other arguments as JSON."),
        Column("severity", T.StringType(), "critical holds publishing back.", one_of=("critical", "warning")),
        Column("is_met", T.BooleanType(), "True where the expectation holds."),
        Column("row_count", T.LongType(), "Rows looked at.", optional=True, low=0),
        Column(
            "unexpected_count",
            T.LongType(),
            "Rows that break it; NULL where it is not about rows.",
            optional=True,
            low=0,
        ),
        Column("observed", T.StringType(), "Value observed, or why the expectation could not run.", optional=True),
    ),
)

TABLES = (EXPECTATION_RESULT,)
