"""Maintenance rewrites small files and changes no row, no version that is still needed, and no reader's place."""

import pytest

from batch.maintain import Maintained, maintain
from lakehouse import delta, history
from lakehouse.contracts.trending import TRENDING_EVENT
from lakehouse.errors import SettingsInvalid
from tests.builders import collected, rows, seen

SILVER = TRENDING_EVENT.name


def test_a_table_of_many_small_files_becomes_one_of_few_with_the_same_rows(spark, lake):
    days = rows(spark, TRENDING_EVENT, *(seen(at=f"2026-01-{day:02d}T10:00") for day in range(1, 31)))
    delta.append(days.repartition(40, "event_id"), SILVER, metadata={})
    delta.append(days.repartition(40, "event_id"), SILVER, metadata={})
    before, version = collected(spark.table(SILVER)), history.version(spark, SILVER)
    done = maintain(spark, TRENDING_EVENT)
    assert (done.files_before > 32, done.files_after, done.is_compacted) == (True, 1, True)
    assert collected(spark.table(SILVER)) == before
    assert collected(delta.at_version(spark, SILVER, version)) == before
    upto = history.version(spark, SILVER)
    assert delta.changed_values(spark, SILVER, after=version, upto=upto, column="event_date") == []


def test_a_table_of_few_files_is_left_as_it_is(spark, lake):
    delta.append(rows(spark, TRENDING_EVENT, seen()), SILVER, metadata={})
    files = delta.detail(spark, SILVER).files
    assert maintain(spark, TRENDING_EVENT) == Maintained(SILVER, files, files, False)


def test_fewer_days_than_the_streams_need_are_refused(spark):
    with pytest.raises(SettingsInvalid, match="at least 7"):
        maintain(spark, TRENDING_EVENT, keep_days=6)
