"""Spans of days: both ends included, and cut into parts that leave no day out."""

from datetime import date

import pytest

from apps import ask
from flows.days import chunks, span
from lakehouse.errors import SettingsInvalid

FIRST, LAST = date(2026, 1, 30), date(2026, 2, 1)


def test_a_span_has_both_of_its_ends():
    assert span(FIRST, LAST) == (FIRST, date(2026, 1, 31), LAST)
    assert span(FIRST, FIRST) == (FIRST,)
    assert span(None, None) == ()


@pytest.mark.parametrize("half", [(FIRST, None), (None, LAST), (LAST, FIRST)])
def test_half_a_span_or_one_that_runs_backwards_is_refused(half):
    with pytest.raises(SettingsInvalid, match=r"no such span of days(.|\n)*moviepulse build --days"):
        span(*half)


def test_parts_follow_each_other_without_a_gap_and_the_last_may_be_short():
    assert list(chunks(FIRST, LAST, 2)) == [(FIRST, date(2026, 1, 31)), (LAST, LAST)]
    assert list(chunks(FIRST, LAST, 3)) == [(FIRST, LAST)]


def test_days_are_written_as_a_span_or_as_one_day():
    assert ask.span("2026-01-30..2026-02-01") == (FIRST, LAST)
    assert ask.span("2026-01-30") == (FIRST, FIRST)
    assert ask.span(None) == (None, None)


@pytest.mark.parametrize("text", ["", "..2026-01-30", "January", "2026-01-30-2026-02-01"])
def test_other_texts_are_no_days(text):
    with pytest.raises(SettingsInvalid, match=r"2026-01-21\.\.2026-01-31"):
        ask.span(text)
