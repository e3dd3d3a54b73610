"""The quality report says what the last checks found, what holds now, what came late or never, and how old it is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from apps.quality import Late, Newest, Rejected, late, newest, rejects
from apps.verdicts import Check, Checked, checked, failures
from batch import staging
from lakehouse import delta
from lakehouse.contracts.quality import EXPECTATION_RESULT
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.trending import TITLE_MOMENTUM_DAILY, TITLE_POPULARITY_DAILY, TRENDING_EVENT
from tests.builders import row, rows, seen

DAILY, MOMENTUM = TITLE_POPULARITY_DAILY, TITLE_MOMENTUM_DAILY
NOT_NULL, BETWEEN = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"


def at(day: int) -> datetime:
    return datetime(2026, 1, day, 8, tzinfo=UTC)


def found(day: int, *, table=DAILY, stage="staged", is_met=True, severity="critical", **values):
    """One row of quality.expectation_result, from the run of that day."""
    plain = {"expectation": NOT_NULL, "column_name": "day", "arguments": "{}", "row_count": 40, "unexpected_count": 0}
    run = {"run_id": f"r{day}", "checked_at": at(day), "table_name": table.name, "stage": stage}
    return row(EXPECTATION_RESULT, **run, is_met=is_met, severity=severity, **plain | values)


def negative(day: int, **values):
    """A popularity below 0, found by the run of that day."""
    values = {"expectation": BETWEEN, "column_name": "popularity", "arguments": '{"min_value": 0}'} | values
    return found(day, is_met=False, unexpected_count=3, **values)


@pytest.fixture
def keep(spark, lake):
    return lambda table, *given: delta.append(rows(spark, table, *given), table.name, metadata={})


def test_a_table_has_its_last_checks_in_their_order_and_what_they_counted(spark, keep):
    keep(EXPECTATION_RESULT, found(3), negative(3, severity="warning"), found(1), found(2), negative(2))
    (daily, momentum) = checked(spark, (DAILY, MOMENTUM), runs=2)
    assert daily.checks == (Check("r2", "staged", at(2), 1, 0, 1), Check("r3", "staged", at(3), 1, 1, 0))
    assert (daily.verdict, momentum) == ("warnings", Checked(MOMENTUM.name, ()))
    assert momentum.verdict == "not checked"


def test_a_build_that_was_held_back_stays_so_until_the_next_build_whatever_a_check_of_the_old_rows_says(spark, keep):
    keep(EXPECTATION_RESULT, found(1), negative(2), found(3, stage="published"))
    (held,) = checked(spark, (DAILY,))
    assert (held.verdict, held.held.run_id, held.standing.run_id) == ("held back", "r2", "r3")
    keep(EXPECTATION_RESULT, found(4))
    (passed,) = checked(spark, (DAILY,))
    assert (passed.verdict, passed.held, passed.standing.run_id) == ("passed", None, "r4")


def test_published_rows_that_break_a_critical_expectation_are_a_failure(spark, keep):
    keep(EXPECTATION_RESULT, found(1), negative(2, stage="published"))
    assert [one.verdict for one in checked(spark, (DAILY,))] == ["failed"]


def test_a_failure_is_told_in_words_with_the_query_for_its_rows_where_they_are(spark, keep):
    lost = found(1, is_met=False, expectation=BETWEEN, observed="could not run: no column", unexpected_count=None)
    keep(EXPECTATION_RESULT, found(2), negative(2), lost, negative(1, table=MOMENTUM, severity="warning"))
    tables = checked(spark, (DAILY, MOMENTUM))
    assert [(one.table, one.promise, one.found, one.command) for one in failures(spark, tables)] == [
        (
            DAILY.name, "popularity is at least 0", "3 of 40 rows",
            f"moviepulse build {DAILY.name};"
            ' moviepulse sql "SELECT * FROM staging.title_popularity_daily WHERE popularity < 0"',
        ),
        (
            MOMENTUM.name, "popularity is at least 0", "3 of 40 rows",
            f'moviepulse sql "SELECT * FROM {MOMENTUM.name} WHERE popularity < 0"',
        ),
    ]  # fmt: skip
    keep(EXPECTATION_RESULT, {**lost, "run_id": "r3", "checked_at": at(3), "stage": "published"})
    *_, last = [one for one in failures(spark, checked(spark, (DAILY,))) if one.stage == "published"]
    assert (last.found, last.command) == ("could not run: no column", f"moviepulse check {DAILY.name}")


def test_the_query_of_a_held_back_failure_runs_on_the_rows_that_wait(spark, keep):
    keep(EXPECTATION_RESULT, negative(1))
    staging.put(spark, DAILY, rows(spark, DAILY, row(DAILY, popularity=-1.0), row(DAILY)))
    ((one,), query) = failures(spark, checked(spark, (DAILY,))), "SELECT * FROM staging.title_popularity_daily"
    assert one.command == f'moviepulse sql "{query} WHERE popularity < 0"'
    assert spark.sql(one.command.split('"')[1]).count() == 1


def test_rejects_are_counted_by_reason_with_a_query_that_shows_them(spark, keep):
    one = {"table_name": TRENDING_EVENT.name, "reason": "out_of_bounds", "column_name": "rank", "payload": b"\xff{"}
    keep(
        REJECT,
        *(row(REJECT, **one, offset=n, ingested_at=at(n)) for n in (1, 2)),
        row(REJECT, **one | {"reason": "bad_json", "column_name": None}, offset=3, ingested_at=at(3)),
    )
    (first, second) = rejects(spark)
    assert first == Rejected(TRENDING_EVENT.name, "out_of_bounds", "rank", 2, at(1), at(2), first.command)
    assert (second.reason, second.column, second.count) == ("bad_json", None, 1)
    shown = spark.sql(first.command.split('"')[1]).collect()
    assert sorted(tuple(one) for one in shown) == [(1, n, "�{") for n in (1, 2)]


def test_late_rows_are_counted_by_how_late_they_came(spark, keep):
    def came(**behind: float):
        late_by = timedelta(**behind)
        return seen(at="2026-01-21T10:00", title_id=1, ingested_at=datetime(2026, 1, 21, 10, tzinfo=UTC) + late_by,
                    is_late=late_by > timedelta(days=1))  # fmt: skip

    keep(TRENDING_EVENT, *(came(**one) for one in ({"hours": 1}, {"days": 2}, {"days": 7}, {"days": 8}, {"days": 400})))
    assert late(spark, (TRENDING_EVENT, DAILY)) == (
        Late(TRENDING_EVENT.name, timedelta(days=1), rows=5, late=4, delays=(2, 1, 0, 1)),
    )


def test_a_table_says_its_newest_day_or_time_and_one_that_was_never_written_nothing(spark, keep):
    keep(TRENDING_EVENT, seen(at="2026-01-21T10:00"), seen(at="2026-01-20T10:00"))
    keep(DAILY, row(DAILY, day=date(2026, 1, 21)), row(DAILY, day=date(2026, 1, 19)))
    event, daily = newest(spark, (TRENDING_EVENT, DAILY, MOMENTUM))
    assert event == Newest(TRENDING_EVENT.name, "event_at", datetime(2026, 1, 21, 10, tzinfo=UTC), event.committed_at)
    assert daily == Newest(DAILY.name, "day", date(2026, 1, 21), daily.committed_at)
    assert timedelta(0) <= datetime.now(UTC) - daily.committed_at < timedelta(minutes=5)
