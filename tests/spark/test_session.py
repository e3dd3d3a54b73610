"""Visits: 30 minutes without an event end one, whatever the order of arrival; days are enough to build them anew."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from batch.build import conform
from batch.gold.session import dim_session, fact_user_event
from batch.silver.session import session
from lakehouse.contracts.session import DIM_SESSION, FACT_USER_EVENT, GAP, SESSION
from tests.builders import collected
from tests.spark.viewers import MORNING, did, events, on

A, B = "k1:" + "a" * 32, "k1:" + "b" * 32
DAY = 24 * 60


def visits(spark, *given, days=None):
    """User, minutes of beginning and end after the morning, and events of each visit, in order."""
    frame = events(spark, *given)
    if days is not None:
        frame = frame.where(frame["event_date"].isin(SESSION.refresh.inputs(days)))
    found = conform(session(frame), SESSION).orderBy("user_key", "started_at").collect()
    return [
        (one["user_key"], minutes(one["started_at"]), minutes(one["ended_at"]), one["event_count"])
        for one in found
        if days is None or one["event_date"] in days
    ]


def minutes(at):
    return (at.replace(tzinfo=UTC) - MORNING).total_seconds() / 60


def in_plain_python(given):
    """The same, told event by event."""
    found = []
    for user in sorted({one["user_key"] for one in given}):
        times = sorted(one["event_at"] for one in given if one["user_key"] == user)
        gaps = {times[0].date()} | {after.date() for before, after in pairwise(times) if after - before >= GAP}
        visit = []
        for at in times:
            new_day = bool(visit) and at.date() > visit[-1].date()
            if visit and (at - visit[-1] >= GAP or (new_day and at.date() - timedelta(days=1) not in gaps)):
                found.append((user, visit))
                visit = []
            visit.append(at)
        found.append((user, visit))
    return [(user, minutes(visit[0]), minutes(visit[-1]), len(visit)) for user, visit in found]


def test_thirty_minutes_without_an_event_end_a_visit_and_a_little_less_do_not(spark):
    given = [did("search", at) for at in (0, 29, 59, 59, 88)]
    assert visits(spark, *given) == [(A, 0, 29, 2), (A, 59, 88, 3)]


def test_users_are_apart_and_the_order_of_arrival_does_not_matter(spark):
    given = [did("search", at, user=user) for user in "ba" for at in (20, 0, 10)]
    assert visits(spark, *given) == [(A, 0, 20, 3), (B, 0, 20, 3)]


def test_a_late_event_makes_one_visit_of_two(spark):
    given = [did("search", at) for at in (0, 40)]
    assert len(visits(spark, *given)) == 2
    assert visits(spark, *given, did("search", 20)) == [(A, 0, 40, 3)]


def test_midnight_ends_no_visit_but_a_day_without_any_gap_does(spark):
    over_midnight = [did("search", at) for at in (16 * 60 - 10, 16 * 60 + 10)]
    assert visits(spark, *over_midnight) == [(A, 950, 970, 2)]
    robot = [did("search", at) for at in range(0, 3 * DAY, 20)]
    third, fourth = 16 * 60 + DAY, 16 * 60 + 2 * DAY
    assert visits(spark, *robot) == [
        (A, 0, third - 20, third / 20), (A, third, fourth - 20, DAY / 20), (A, fourth, 3 * DAY - 20, 8 * 60 / 20),
    ]  # fmt: skip


def test_a_visit_has_its_first_device_and_the_titles_that_it_is_about(spark):
    given = [
        did("page_view", 1, device_class="tv", browser_family="safari", **on(603)),
        did("page_view", 0, device_class="mobile", browser_family="opera"),
        did("page_view", 2, **on(603)),
        did("page_view", 3, **on(603, media_type="tv")),
    ]
    found = conform(dim_session(session(events(spark, *given))), DIM_SESSION).collect()[0].asDict()
    assert {name: found[name] for name in ("device_class", "browser_family", "title_count", "duration_seconds")} == {
        "device_class": "mobile", "browser_family": "opera", "title_count": 2, "duration_seconds": 180,
    }  # fmt: skip


def test_days_built_one_by_one_are_those_of_all_at_once_and_each_event_has_its_visit(spark):
    chance = random.Random(30)
    given = []
    for user in "abcd":
        at = chance.randint(0, DAY)
        while at < 5 * DAY:
            given.append(did("search", at, user=user))
            at += chance.choice([3, 8, 13, 21, 29] + ([30, 31, 200] if user < "c" else []))
    days = sorted({one["event_date"] for one in given})
    whole = visits(spark, *given)
    assert whole == in_plain_python(given)
    assert len(whole) > 40
    by_day = sorted(one for day in days for one in visits(spark, *given, days=[day]))
    assert by_day == whole
    frame = events(spark, *given)
    fact = conform(fact_user_event(frame, session(frame)), FACT_USER_EVENT)
    counted = {one["session_key"]: one["count"] for one in fact.groupBy("session_key").count().collect()}
    assert sum(counted.values()) == len(given)
    assert counted == {one["session_key"]: one["event_count"] for one in session(frame).collect()}


def test_what_was_done_is_kept_and_the_visit_named(spark):
    given = [did("rate", 0, **on(603, rating=8.5)), did("search", 40, search_text="matrix")]
    frame = events(spark, *given)
    found = collected(conform(fact_user_event(frame, session(frame)), FACT_USER_EVENT), "event_at")
    assert [(one["rating"], one["search_text"], one["day"]) for one in found] == [
        (8.5, None, datetime(2026, 1, 21).date()), (None, "matrix", datetime(2026, 1, 21).date()),
    ]  # fmt: skip
    assert found[0]["session_key"] != found[1]["session_key"]
