"""The demo's made-up viewers: the same on the same day, and nothing that the collector would refuse."""

from datetime import UTC, date, datetime

from apps.viewers import VIEWERS, made_up
from lakehouse.clock import iso
from producers.sources import user_event

TODAY = date(2026, 1, 21)
TITLES = [(medium, number) for medium in ("movie", "tv") for number in range(1, 21)]


def test_the_same_day_has_the_same_events_each_with_a_name_of_its_own():
    events = made_up(TITLES, TODAY, 7)
    assert events == made_up(list(reversed(TITLES)), TODAY, 7)
    assert len({one["event_id"] for one in events}) == len(events) > 500
    assert len({one["user_id"] for one in events}) == VIEWERS
    assert not {one["event_id"] for one in made_up(TITLES, date(2026, 1, 22), 7)} & {one["event_id"] for one in events}


def test_the_collector_takes_them_all():
    midnight = datetime(2026, 1, 21, tzinfo=UTC)
    around = user_event.surroundings("", "") | {"received_at": iso(midnight)}
    for one in made_up(TITLES, TODAY, 7):
        user_event.event(one, around, pseudonym=lambda user: f"k1:{user}", received_at=midnight)


def test_few_titles_are_enough():
    events = made_up([("movie", 1), ("movie", 2)], TODAY, 7)
    assert {one["title_id"] for one in events if one["event_type"] != "comment_vote"} == {1, 2}


def test_each_comment_is_voted_on_after_it_was_written():
    events = made_up(TITLES, TODAY, 7)
    written = {one["comment_id"]: one["event_at"] for one in events if one["event_type"] == "comment"}
    votes = [one for one in events if one["event_type"] == "comment_vote"]
    assert {one["comment_id"] for one in votes} == written.keys()
    assert all(one["event_at"] > written[one["comment_id"]] for one in votes)
