"""bronze lines of files -> typed rows that are either accepted or rejected with a reason: how a line is read.

A row of a file table has the line as its value and the file's header line as its key, so that it says itself what its
fields are, in whatever order. Its topic begins with the kind of file. A line that equals its header is no data. The
rules about columns are derived from the kind's, in lakehouse/classify.py.

Reasons: empty_value, not_text, wrong_field_count.
"""

import re

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.classify import BLANKS, COORDINATES, TEXT, Rule, known, text_of, typed, verdicts
from lakehouse.files import Lines

MOST_FIELDS = 64
_END = "␞"  # set behind a line of quoted cells, so that their number can be told
_MARK = "\ufeff"


def judged(bronze: DataFrame, lines: Lines) -> DataFrame:
    """One row per line of that kind: its columns, `reason` and `column_name` (NULL where accepted), coordinates."""
    kept = [*COORDINATES, TEXT, "_names", "_fields"]
    text = F.col("value").cast("string")
    # One projection after the other: what is used more than once below is computed once.
    line = bronze.where(F.startswith("topic", F.lit(f"{lines.kind}/")) & (F.col("value") != F.col("key"))).select(
        *COORDINATES,
        text.alias(TEXT),
        _cells(F.ltrim(F.col("key").cast("string"), F.lit(_MARK)), lines).alias("_names"),
        _cells(text, lines).alias("_cells"),
    )
    counted = line.select(
        *COORDINATES,
        TEXT,
        _counted(F.col("_names"), lines).alias("_names"),
        _counted(F.col("_cells"), lines).alias("_fields"),
    )
    texts = counted.select(
        *kept,
        *[known(c, [_field(path[0], lines) for path in c.paths]).alias(text_of(c)) for c in lines.columns],
    )
    verdict = verdicts(typed(texts, lines.columns, _broken(), kept=kept), [column.name for column in lines.columns])
    # Spark would push a filter on what stands here down to the text, and parse the line anew for each value in it.
    return verdict.select(F.explode(F.array(F.struct("*"))).alias("_line")).select("_line.*")


def accepted(bronze: DataFrame, lines: Lines) -> DataFrame:
    """One row per accepted line: its columns, `_file` by which a later load is told from an earlier, `_place` in it."""
    names = [column.name for column in lines.columns]
    return (
        judged(bronze, lines)
        .where("reason IS NULL")
        .select(
            *names, F.struct("ingested_at", "topic").alias("_file"), F.struct("partition", "offset").alias("_place")
        )
    )


def newest(line: DataFrame, *key: str) -> DataFrame:
    """Of the lines that are alike in the key, the last one of the newest file."""
    chosen = line.groupBy(*key).agg(F.max_by(F.struct("*"), F.struct("_file", "_place")).alias("line"))
    return chosen.select("line.*")


def _cells(text: Expression, lines: Lines) -> Expression:
    """The cells of a line. Where they are quoted, followed by a mark and NULLs; without it if a quote stays open."""
    ended = F.rtrim(text, F.lit("\r"))
    if not lines.is_quoted:
        return F.split(ended, re.escape(lines.separator), -1)
    names = [f"_{number}" for number in range(MOST_FIELDS + 1)]
    shape = ", ".join(f"{name} string" for name in names)
    options = {"sep": lines.separator, "quote": '"', "escape": '"', "maxCharsPerColumn": "-1"}
    # As many separators behind it as names: for each field that a line lacks, Spark would make an exception of its own.
    behind = lines.separator + _END + lines.separator * MOST_FIELDS
    row = F.from_csv(F.concat(ended, F.lit(behind)), shape, options)
    return F.transform(F.array(row), lambda cell: F.array(*[cell[name] for name in names]))[0]


def _counted(cells: Expression, lines: Lines) -> Expression:
    """The cells before the mark; NULL where there is none."""
    if not lines.is_quoted:
        return cells
    end = F.array_position(cells, F.lit(_END)).cast("int")
    return F.when(end > 0, F.slice(cells, F.lit(1), F.greatest(end - 1, F.lit(0))))


def _field(name: str, lines: Lines) -> Expression:
    """The field below that name of the header; NULL where the header has none."""
    place = F.nullif(F.array_position("_names", F.lit(name)).cast("int"), F.lit(0))
    text = F.try_element_at("_fields", place)
    return F.nullif(text, F.lit(lines.null)) if lines.null else text


def _broken() -> list[Rule]:
    """The rules about the line as a whole."""
    text = F.col(TEXT)
    is_whole = F.size("_fields").eqNullSafe(F.size("_names"))
    return [
        (F.btrim(text, F.lit(BLANKS)) == "", "empty_value", None),
        (~F.is_valid_utf8(text), "not_text", None),
        (F.col("_fields").isNull() | ~is_whole, "wrong_field_count", None),
    ]
