"""Time is UTC and written in one way; waiting has a deadline."""

import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.clock import epoch_ms, from_iso, iso, until, utc_day, utc_now, wait_for
from lakehouse.errors import Stopped

AT = datetime(2026, 1, 21, 7, 4, 44, 29_000, tzinfo=UTC)
SAO_PAULO = timezone(timedelta(hours=-3))


def test_a_time_is_written_in_utc_with_milliseconds_and_z():
    assert iso(AT) == "2026-01-21T07:04:44.029Z"
    assert iso(AT.astimezone(SAO_PAULO)) == "2026-01-21T07:04:44.029Z"


def test_a_time_without_a_zone_is_not_written():
    with pytest.raises(ValueError, match="naive time"):
        iso(datetime(2026, 1, 21))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-21T07:04:44.029Z", AT),
        ("2026-01-21T04:04:44.029-03:00", AT),
        ("2026-01-21T07:04:44.029", AT),
        ("2026-01-21", datetime(2026, 1, 21, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_with_its_zone_and_as_utc_without_one(text, at):
    assert from_iso(text) == at
    assert from_iso(text).tzinfo is UTC


def test_what_is_no_time_is_not_read():
    with pytest.raises(ValueError, match="soon"):
        from_iso("soon")


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_a_written_time_reads_back_to_the_millisecond(at):
    assert from_iso(iso(at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


def test_kafka_s_milliseconds_count_from_1970():
    assert epoch_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1000
    assert epoch_ms(AT) == 1_768_979_084_029


def test_the_day_of_a_time_is_its_day_in_utc():
    assert utc_day(datetime(2026, 1, 21, 23, 30, tzinfo=SAO_PAULO)) == date(2026, 1, 22)
    assert utc_now().tzinfo is UTC


def test_waiting_ends_as_soon_as_the_condition_holds():
    answers = iter([False, False, True])
    wait_for(lambda: next(answers), seconds=30, what="the third answer")
    assert list(answers) == []


def test_waiting_ends_at_the_deadline_and_says_for_what_and_what_next():
    with pytest.raises(Stopped) as caught:
        wait_for(lambda: False, seconds=0.05, what="silver's catching up", hint="moviepulse status")
    assert str(caught.value) == "silver's catching up did not happen within 0 s\n  next: moviepulse status"


def test_a_deadline_gives_the_time_that_is_left_and_is_never_overslept_by_a_whole_pause():
    began = time.monotonic()
    left = list(until(0.15, every=10))
    assert left == sorted(left, reverse=True)
    assert 0 < left[0] <= 0.15
    assert time.monotonic() - began < 5
