"""The lake's own promises: tables come from contracts, a batch is appended once, a change feed names the days."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import types as T

from lakehouse import catalog, contracts, delta, history
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.trending import TRENDING_EVENT
from lakehouse.errors import CheckpointLost, ContractBroken
from lakehouse.once import Once
from lakehouse.tables import Column
from tests.builders import row, rows, seen

SILVER = TRENDING_EVENT.name
EVERY = {contracts.stem(table) for table in contracts.DECLARED}


@pytest.mark.stems(*EVERY)
def test_every_contract_becomes_a_table_with_its_columns(spark, lake):
    for table in contracts.TABLES:
        assert spark.table(table.name).columns == table.names


def test_a_lake_takes_new_words_and_new_optional_columns_of_its_contract_and_refuses_the_rest(spark, lake):
    def changed(*columns):
        spark.sql(f"DROP TABLE {TRENDING_EVENT.name}")
        catalog.register(spark, [replace(TRENDING_EVENT, columns=columns)], lake)
        return spark.table(TRENDING_EVENT.name).columns

    first, *others = TRENDING_EVENT.columns
    new = Column("new_count", T.LongType(), "What is new.", optional=True)
    assert changed(replace(first, doc="Other words."), *others) == TRENDING_EVENT.names
    assert changed(first, *others, new) == [*TRENDING_EVENT.names, "new_count"]
    with pytest.raises(ContractBroken, match="has not the columns of its contract: new_count"):
        changed(first, *others)
    with pytest.raises(ContractBroken, match="is_new"):
        changed(first, *others, new, replace(new, name="is_new", optional=False))


def test_a_batch_is_appended_once_however_often_it_is_tried(spark, lake):
    batch = rows(spark, TRENDING_EVENT, seen())
    assert Once("q", "id-1").append(batch, SILVER, batch=0)
    after_a_crash = Once("q", "id-1")
    assert not after_a_crash.append(batch, SILVER, batch=0)
    assert after_a_crash.append(rows(spark, TRENDING_EVENT, seen(title_id=7)), SILVER, batch=1)
    assert spark.table(SILVER).count() == 2


def test_commits_of_other_queries_and_of_maintenance_do_not_hide_a_batch(spark, lake):
    batch = rows(spark, TRENDING_EVENT, seen())
    Once("q", "id-1").append(batch, SILVER, batch=4)
    Once("other", "id-2").append(batch, SILVER, batch=9)
    spark.sql(f"OPTIMIZE {SILVER}")
    assert not Once("q", "id-1").append(batch, SILVER, batch=4)


def test_a_new_checkpoint_on_an_old_table_is_refused(spark, lake):
    batch = rows(spark, TRENDING_EVENT, seen())
    Once("q", "id-1").append(batch, SILVER, batch=0)
    with pytest.raises(CheckpointLost, match="id-1"):
        Once("q", "id-2").append(batch, SILVER, batch=0)


def test_a_query_built_anew_adds_to_a_shared_table_only_what_is_not_there(spark, lake):
    refused = [row(REJECT, table_name="silver.x", offset=offset) for offset in (1, 2)]
    Once("q", "id-1").append(rows(spark, REJECT, refused[0]), REJECT.name, batch=0)
    anew = Once("q", "id-2")
    assert anew.strangers(spark, REJECT.name) == {"id-1"}
    for _ in range(2):
        anew.insert_new(rows(spark, REJECT, *refused), REJECT, batch=0)
    assert sorted(one.offset for one in spark.table(REJECT.name).collect()) == [1, 2]


def test_old_rows_are_inserted_only_where_their_key_is_new(spark, lake):
    delta.append(rows(spark, TRENDING_EVENT, seen(at="2026-01-01T10:00", title="first")), SILVER, metadata={})
    again = rows(spark, TRENDING_EVENT, seen(at="2026-01-01T10:00", title="again"), seen(at="2026-01-02T10:00"))
    once = Once("q", "id-1")
    for _ in range(2):
        once.insert_new(again, TRENDING_EVENT, batch=3, days=[date(2026, 1, 1), date(2026, 1, 2)])
    titles = {(str(r.event_date), r.title) for r in spark.table(SILVER).collect()}
    assert titles == {("2026-01-01", "first"), ("2026-01-02", None)}
    assert history.commits(spark, SILVER)[0].metadata["batch"] == 3


def test_the_change_feed_names_the_days_of_inserts_updates_and_deletes_but_not_of_optimize(spark, lake):
    delta.append(
        rows(spark, TRENDING_EVENT, seen(at="2026-01-01T10:00"), seen(at="2026-01-02T10:00")), SILVER, metadata={}
    )
    first = history.version(spark, SILVER)
    spark.sql(f"DELETE FROM {SILVER} WHERE event_date = DATE'2026-01-01'")
    spark.sql(f"OPTIMIZE {SILVER}")
    last = history.version(spark, SILVER)
    changed = delta.changed_values(spark, SILVER, after=first, upto=last, column="event_date")
    assert changed == [date(2026, 1, 1)]
    assert delta.changed_values(spark, SILVER, after=last, upto=last, column="event_date") == []


def test_rows_after_a_version_are_counted_from_the_log(spark, lake):
    before = history.version(spark, SILVER)
    delta.append(rows(spark, TRENDING_EVENT, seen(), seen(title_id=7)), SILVER, metadata={})
    assert delta.rows_after(lake / "silver" / "trending_event", before) == 2


def test_an_append_that_counts_once_is_there_once_however_many_try_it_at_the_same_time(spark, lake):
    line = rows(spark, TRENDING_EVENT, seen())
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda _: delta.append(line, TRENDING_EVENT.name, metadata={}, once=("a file", 1)), range(4)))
    assert spark.table(TRENDING_EVENT.name).count() == 1
