"""The contracts themselves: complete, named alike, and matched by functions, sources and suites of the same name."""

import importlib
import importlib.util
import inspect
import re
from collections import defaultdict
from datetime import UTC, datetime

import pytest
import yaml
from pyspark.sql import types as T

from batch.build import function_of, ordered
from expectations import baseline
from lakehouse import contracts
from lakehouse.tables import Column, Table, by_name
from producers.sources import Listing
from tests.conventions.repository import POLLED, ROOT, STEMS, accept, files

SHAPES = ("_event", "_current", "_history", "_hourly", "_daily", "_weekly", "_yearly")
STARS = ("gold.dim_", "gold.fact_", "gold.bridge_")
# Names that say what they are without a shape, or that the users already know.
KNOWN = {
    "silver.reject",
    "silver.title_id_export",
    "silver.imdb_title",
    "silver.imdb_person",
    "silver.imdb_credit",
    "silver.catalogue_title",
    "silver.catalogue_credit",
    "silver.title_link",
    "quality.expectation_result",
    "silver.session",
    "gold.comment",
    "gold.comment_vote",
    "gold.rating",
    "gold.watchlist",
    "gold.title_recommendation",
    "quality.recommendation_evaluation",
}
# What tells a row's period besides the period itself: a bucket is made of an id, an event or a visit has one time.
TELLS = {
    "title_bucket": {"title_id"},
    "bucket": {"user_key", "comment_id", "event_id"},
    "event_date": {"session_key"},
    "day": {"session_key", "event_id"},
}
SUFFIXES: dict[str, tuple[type[T.DataType], ...]] = {
    "_at": (T.TimestampType,),
    "_date": (T.DateType,),
    "_count": (T.LongType, T.IntegerType),
    "_rank": (T.IntegerType,),
    "_minutes": (T.IntegerType, T.LongType, T.DoubleType),
    "_usd": (T.LongType, T.DoubleType, T.DecimalType),
    "_ratio": (T.DoubleType,),
    "_code": (T.StringType,),
}

every_table = pytest.mark.parametrize("table", contracts.TABLES, ids=lambda table: table.name)
every_stem = pytest.mark.parametrize("stem", STEMS)
every_polled_stem = pytest.mark.parametrize("stem", POLLED)


def columns_of(*types: type[T.DataType]) -> list[tuple[Table, Column]]:
    return [(table, column) for table in contracts.TABLES for column in table.columns if isinstance(column.type, types)]


@every_table
def test_a_grain_finishes_the_sentence_one_row_per(table):
    assert re.fullmatch(r"(?!one row|each |every |the )\S.*[^.\s]", table.grain), f'"One row per {table.grain}."'


@every_table
def test_a_key_is_made_of_the_table_s_own_columns_and_none_may_be_null(table):
    assert table.key, f"{table.name} has no key"
    assert set(table.key) <= set(table.names)
    assert [name for name in table.key for column in table.columns if column.name == name and column.optional] == []


@every_table
def test_every_column_is_described_in_a_sentence_and_named_once(table):
    assert len(set(table.names)) == len(table.names)
    accept(*(
        f"{table.name}.{column.name}: {column.doc!r} is no sentence with its period"
        for column in table.columns
        if not re.fullmatch(r"(?s)\S.{3,}\.", column.doc)
    ))  # fmt: skip


@every_table
def test_bounds_and_vocabularies_fit_their_type(table):
    numbers = (T.LongType, T.IntegerType, T.DoubleType, T.DecimalType)
    for column in table.columns:
        if column.low is not None or column.high is not None:
            assert isinstance(column.type, numbers), f"{table.name}.{column.name} has bounds but is no number"
        if column.one_of:
            assert isinstance(column.type, T.StringType), f"{table.name}.{column.name} has a vocabulary but is no text"


@every_table
def test_a_table_is_named_layer_entity_and_shape(table):
    assert re.fullmatch(r"(bronze|silver|gold|quality)\.[a-z][a-z0-9_]*", table.name)
    shaped = table.name.endswith(SHAPES) or table.name.startswith(STARS) or table.name in KNOWN
    assert shaped or table.layer == "bronze", f"{table.name} ends with none of {', '.join(SHAPES)}"


def test_the_shape_of_a_table_is_the_shape_of_its_key():
    period = {"gold_daily": "day", "gold_weekly": "week_start_date", "silver_event": "event_id"}
    for table in contracts.TABLES:
        column = period.get(f"{table.layer}_{table.entity.rpartition('_')[2]}")
        assert column is None or column in table.key, f"{table.name} has no {column} in its key"


def test_a_column_s_name_tells_its_type():
    for suffix, types in SUFFIXES.items():
        for table in contracts.TABLES:
            for column in table.columns:
                if column.name.endswith(suffix):
                    assert isinstance(column.type, types), f"{table.name}.{column.name}"


def test_a_column_s_type_tells_its_name():
    for table, column in columns_of(T.TimestampType):
        assert column.name.endswith("_at"), f"{table.name}.{column.name} is a time: call it ..._at"
    for table, column in columns_of(T.DateType):
        assert column.name == "day" or column.name.endswith("_date"), f"{table.name}.{column.name} is a date: ..._date"
    for table, column in columns_of(T.BooleanType):
        assert column.name.startswith(("is_", "has_")), f"{table.name}.{column.name} is a flag: is_... or has_..."


def test_a_ratio_lies_between_zero_and_one():
    ratios = [(table, column) for table, column in columns_of(T.DoubleType) if column.name.endswith("_ratio")]
    assert [f"{table.name}.{column.name}" for table, column in ratios if (column.low, column.high) != (0, 1)] == []


def test_one_name_has_one_type_in_the_whole_lake():
    types = defaultdict(set)
    for table in contracts.TABLES:
        for column in table.columns:
            types[column.name].add(column.type.simpleString())
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}


def test_every_contract_file_is_in_all_and_no_table_is_declared_twice():
    written = {path.rsplit("/", 1)[1][:-3] for path in files(".py") if path.startswith("lakehouse/contracts/")}
    listed = {module.__name__.rsplit(".", 1)[1] for module in contracts.ALL}
    assert written - {"__init__"} == listed, "name the file in ALL of lakehouse/contracts/__init__.py"
    names = [table.name for table in contracts.TABLES]
    assert sorted(set(names)) == sorted(names)


@every_table
def test_what_a_table_reads_is_a_table_below_it(table):
    below = {"silver": ("bronze", "silver"), "gold": ("silver", "gold")}.get(table.layer, ())
    for name in table.reads:
        assert by_name(contracts.TABLES, name).layer in below
    assert table.reads or not below or table.name in KNOWN, f"{table.name} does not say what it reads"


@every_table
def test_a_foreign_key_points_to_the_key_of_a_table_by_columns_of_the_same_type(table):
    own = {column.name: column.type for column in table.columns}
    for reference in table.references:
        other = by_name(contracts.BUILT, reference.table)
        assert set(reference.keys) == set(other.key), f"{table.name}: {reference.keys} is not the key of {other.name}"
        theirs = {column.name: column.type for column in other.columns}
        assert [own[name] for name in reference.columns] == [theirs[name] for name in reference.keys]


def test_no_two_tables_read_each_other():
    order = [table.name for table in ordered(contracts.BUILT)]  # raises CycleError where they do
    assert sorted(order) == sorted(table.name for table in contracts.BUILT)


@pytest.mark.parametrize("table", contracts.BUILT, ids=lambda table: table.name)
def test_a_table_is_built_by_a_function_of_its_name_whose_parameters_are_what_it_reads(table):
    made_by = function_of(table)
    assert made_by.__name__ == table.entity
    assert made_by.__module__ == f"batch.{table.layer}.{contracts.stem(table)}"


@pytest.mark.parametrize("table", contracts.BUILT, ids=lambda table: table.name)
def test_a_built_table_follows_by_a_day_or_bucket_that_it_and_its_inputs_have(table):
    refresh = table.refresh
    if refresh is None:  # rebuilt whole at each change
        return
    kind = T.IntegerType if refresh.period == "bucket" else T.DateType
    kinds = {column.name: column.type for column in table.columns}
    assert isinstance(kinds.get(refresh.column), kind), f"{table.name} has no {refresh.column} of that kind"
    # A row under another period would never be replaced again.
    assert ({refresh.column} | TELLS.get(refresh.column, set())) & set(table.key)
    assert set(refresh.lookups) <= set(table.reads)
    for name in set(table.reads) - set(refresh.lookups):
        inputs = {column.name: column.type for column in by_name(contracts.TABLES, name).columns}
        assert isinstance(inputs.get(refresh.input_column), kind), f"{name} has no {refresh.input_column}"


@pytest.mark.parametrize("table", contracts.STREAMED, ids=lambda table: table.name)
def test_silver_is_made_by_a_function_of_its_name(table):
    module = importlib.import_module(f"streaming.silver.{contracts.stem(table)}")
    function = getattr(module, table.entity, None)
    assert function, f"write def {table.entity}(message) in streaming/silver/{contracts.stem(table)}.py"
    assert list(inspect.signature(function).parameters) == ["message"]


@pytest.mark.parametrize("table", contracts.STREAMED, ids=lambda table: table.name)
def test_what_the_streaming_machinery_fills_or_asks_for_is_in_the_contract(table):
    kinds = {column.name: column.type for column in table.columns}
    assert isinstance(kinds[table.stream.event_at], T.TimestampType)
    # Old rows are merged by their day, late ones flagged, and the audit finds each row by its place.
    assert {"event_date", "is_late", "partition", "offset", "ingested_at"} <= kinds.keys()
    assert table.stream.topic.bronze in table.reads


@every_stem
def test_a_stem_has_one_topic_and_its_source_names_it(stem):
    source = importlib.import_module(f"producers.sources.{stem}")
    tables = [table for table in contracts.STREAMED if contracts.stem(table) == stem]
    assert {table.stream.topic for table in tables} == {source.TOPIC}


@every_polled_stem
def test_a_topic_has_a_source_that_sends_every_field_that_silver_reads(stem):
    source = importlib.import_module(f"producers.sources.{stem}")
    tables = [table for table in contracts.STREAMED if contracts.stem(table) == stem]
    listed = Listing("/list", "a list", "movie")
    event = source.events([{"id": 603}], listed, datetime(2026, 1, 21, tzinfo=UTC))[0]
    read = {path[0] for table in tables for column in table.columns for path in column.paths}
    assert read - event.keys() == set(), f"producers/sources/{stem}.py sends no such field"
    assert source.KEY in event


@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem not in POLLED])
def test_what_clients_send_has_a_model_for_each_kind_and_a_key_that_silver_reads(stem):
    """tests/unit/test_<stem>_source.py sends each kind, and sees that no field is missing."""
    source = importlib.import_module(f"producers.sources.{stem}")
    (table,) = (table for table in contracts.STREAMED if contracts.stem(table) == stem)
    assert [*source.MODELS] == [kind.name for kind in table.kinds]
    assert source.KEY in table.names
    assert f"tests/unit/test_{stem}_source.py" in files()


@every_table
def test_the_kinds_of_a_table_are_the_words_of_a_column_and_need_columns_that_others_lack(table):
    columns = {column.name: column for column in table.columns}
    if table.kinds:
        assert columns[table.kind_column].one_of == tuple(kind.name for kind in table.kinds)
    for kind in table.kinds:
        named = (*kind.needs, *kind.may_have)
        assert [name for name in named if not columns[name].optional] == [], f"{table.name}, {kind.name}"
        assert len(set(named)) == len(named)


@every_polled_stem
def test_a_source_is_polled_on_a_schedule(stem):
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    assert f"produce-{stem}" in [one["name"] for one in deployments], "add a flow and its deployment"


def test_the_files_of_two_topics_cannot_have_the_same_name():
    """And a name is made of what an export may put into a path: constants, words of a vocabulary, numbers and days."""
    named: dict[str, str] = {}
    for table in contracts.STREAMED:
        topic, columns = table.stream.topic, {column.name: column for column in table.columns}
        assert re.fullmatch(r"(?:[a-z0-9_-]|\{\w+\})*", topic.filed_as), f"{topic.name}: {topic.filed_as!r}"
        names = [topic.filed_as or topic.name]
        for field in re.findall(r"\{(\w+)\}", topic.filed_as):
            text = isinstance(columns[field].type, T.StringType)
            assert columns[field].one_of or not text, f"{topic.name} is filed by {field}, which has no vocabulary"
            names = [one.replace(f"{{{field}}}", word) for one in names for word in columns[field].one_of or ("0",)]
        taken = [name for name in names if named.setdefault(name, topic.name) != topic.name]
        assert taken == [], f"{topic.name} has the files of {named[taken[0]]}"


@every_table
def test_a_suite_can_be_made_from_every_contract(table):
    suite = baseline.suite(table)
    required = [column.name for column in table.columns if not column.optional]
    assert [one.column for one in suite if type(one).__name__ == "ExpectColumnValuesToNotBeNull"] == required
    assert {one.severity.value for one in suite} == {"critical"}


def test_beliefs_are_about_gold_tables_of_their_own_stem_and_can_be_told_apart():
    written = {module.__name__.rsplit(".", 1)[1] for module in contracts.ALL}
    for stem in sorted(written):
        if importlib.util.find_spec(f"expectations.{stem}") is None:
            continue
        for name, rules in importlib.import_module(f"expectations.{stem}").RULES.items():
            table = by_name(contracts.PUBLISHED, name)
            assert contracts.stem(table) == stem
            asked = [repr((type(one).__name__, one.configuration.kwargs)) for one in (*baseline.suite(table), *rules)]
            assert len(set(asked)) == len(asked), f"two expectations of {name} are the same"
