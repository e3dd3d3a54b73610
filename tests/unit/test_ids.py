"""Event ids: the same observation, the same id, on every machine and for ever."""

import pytest

from lakehouse.ids import event_id


def test_an_id_never_changes():
    assert event_id("trending_day", "2026-01-21T07:04:44.029Z", "movie", 1306368) == "e090eafbb78479c19bc815f1065b9926"


def test_parts_are_told_apart():
    assert event_id("ab", "c") != event_id("a", "bc")


def test_a_part_that_holds_the_separator_is_refused():
    with pytest.raises(ValueError, match="separator"):
        event_id("a\x1fb")
