"""What users rate, watch and keep on their lists, and what is done with a title on a day."""

import random
from datetime import UTC, timedelta

import pytest

from batch import build
from batch.build import conform
from batch.gold.viewing import rating, rating_history, title_engagement_daily, watch_history, watchlist
from batch.staging import candidate
from expectations.check import check
from lakehouse import contracts, delta
from lakehouse.contracts import viewing
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.user_event import KINDS, USER_EVENT
from tests.builders import collected, row, rows
from tests.spark.viewers import MORNING, did, events, on

TABLES = build.ordered(
    (*contracts.session.TABLES, *contracts.comment.TABLES, viewing.RATING, viewing.TITLE_ENGAGEMENT_DAILY)
)
FOLLOWED = {name for table in TABLES for name in table.follows}


def rated(at, stars, title_id=603, **values):
    return did("rate", at, **on(title_id, rating=stars, **values))


def watched(at, progress, title_id=603, **values):
    return did("watch", at, **on(title_id, progress_ratio=progress, **values))


def found(frame, table, *names):
    """The named columns of each row, times as minutes after the morning."""
    return [
        tuple((one[name].replace(tzinfo=UTC) - MORNING) / timedelta(minutes=1) if name.endswith("_at") and one[name]
              else one[name] for name in names)
        for one in collected(conform(frame, table), "user_key", "media_type", "title_id", *names)
    ]  # fmt: skip


def test_the_last_rating_of_a_user_counts_and_all_of_them_are_its_history(spark):
    given = [rated(9, 4.0), rated(1, 8.0), rated(5, 6.5), rated(2, 3.0, user="b"), rated(3, 9.0, media_type="tv")]
    frame = events(spark, *given)
    assert found(rating(frame), viewing.RATING, "media_type", "rating", "rated_at", "rating_count") == [
        ("movie", 4.0, 9, 3), ("tv", 9.0, 3, 1), ("movie", 3.0, 2, 1),
    ]  # fmt: skip
    history = found(
        rating_history(frame), viewing.RATING_HISTORY, "valid_from_at", "valid_to_at", "rating", "is_current"
    )
    assert history[:3] == [(1, 5, 8.0, False), (5, 9, 6.5, False), (9, None, 4.0, True)]
    assert len(history) == len(given)


def test_two_ratings_of_one_moment_are_told_apart_by_their_arrival(spark):
    given = [
        rated(1, 8.0, received_at=MORNING + timedelta(minutes=m)) | {"rating": stars}
        for m, stars in ((3, 2.0), (2, 9.0))
    ]
    assert found(rating(events(spark, *given)), viewing.RATING, "rating") == [(2.0,)]


def test_a_title_is_completed_from_nine_tenths_on_and_stays_so(spark):
    given = [
        watched(0, 0.5, watched_seconds=60),
        watched(5, 0.9),
        watched(9, 0.1, watched_seconds=30),
        watched(1, 0.89, 550),
    ]
    names = (
        "watch_count",
        "watched_seconds",
        "progress_ratio",
        "highest_progress_ratio",
        "completed_at",
        "is_completed",
    )
    assert found(watch_history(events(spark, *given)), viewing.WATCH_HISTORY, *names) == [
        (1, None, 0.89, 0.89, None, False), (3, 90, 0.1, 0.9, 5, True),
    ]  # fmt: skip


def test_a_watchlist_has_what_was_put_on_last_and_remembers_what_was_taken_off(spark):
    given = [
        did("watchlist_remove", 5, **on(603)), did("watchlist_add", 1, **on(603)),
        did("watchlist_add", 2, **on(550)), did("watchlist_remove", 3, **on(551)),
    ]  # fmt: skip
    names = ("title_id", "is_member", "added_at", "removed_at")
    assert found(watchlist(events(spark, *given)), viewing.WATCHLIST, *names) == [
        (550, True, 2, None), (551, False, None, 3), (603, False, 1, 5),
    ]  # fmt: skip


def test_a_title_s_day_counts_users_and_what_they_did_with_it(spark):
    frame = events(
        spark,
        watched(0, 0.5, watched_seconds=60), watched(1, 0.95, watched_seconds=40), watched(2, 0.99, user="b"),
        rated(3, 8.0), rated(4, 5.0, user="b"), did("page_view", 5, **on(603)), did("search", 6, search_text="matrix"),
        did("watchlist_add", 7, **on(1)), did("page_view", 24 * 60, **on(603)),
    )  # fmt: skip
    title = rows(spark, DIM_TITLE, row(DIM_TITLE, title_id=603, title="The Matrix", release_year=1999))
    days = conform(title_engagement_daily(frame, title), viewing.TITLE_ENGAGEMENT_DAILY)
    told = [tuple(one.values())[3:] for one in collected(days, "title_id", "day")]
    assert told == [
        (None, None, 1, 1, 0, 0, 0, 0, 0, None, 0, 1, 0),
        ("The Matrix", 1999, 2, 6, 1, 3, 100, 2, 2, 6.5, 0, 0, 0),
        ("The Matrix", 1999, 1, 1, 1, 0, 0, 0, 0, None, 0, 0, 0),
    ]


def anything(chance):
    """Some event of any kind, within two days."""
    values = on(chance.randint(1, 4), rating=chance.randint(1, 20) / 2, progress_ratio=chance.choice([0.2, 0.9, 1.0]))
    values |= {"watched_seconds": chance.choice([None, 30]), "vote": chance.choice([-1, 0, 1]), "page_path": "/x"}
    values |= {
        "comment_id": f"comment-{chance.randint(1, 5)}",
        "comment_text": chance.choice("xyz"),
        "search_text": "x",
    }
    kind = chance.choice(KINDS)
    may_have = {name: value for name, value in values.items() if name in (*kind.needs, *kind.may_have)}
    return did(kind.name, chance.randint(0, 2 * 24 * 60), user=chance.choice("abc"), **may_have)


@pytest.mark.stems("session", "comment", "viewing", "user_event", "star", "quality")
@pytest.mark.timeout(600)
def test_what_is_followed_event_by_event_equals_a_full_rebuild_and_meets_its_contract(spark, lake):
    chance = random.Random(6)
    delta.replace(rows(spark, DIM_TITLE, row(DIM_TITLE, title_id=1)), DIM_TITLE.name, where=None, metadata={})
    delta.append(events(spark, *(anything(chance) for _ in range(60))), USER_EVENT.name, metadata={})
    run = build.begun(spark, TABLES, build.Run("first"))
    for table in TABLES:
        build.publish(spark, build.stage(spark, table, run))
    delta.append(events(spark, *(anything(chance) for _ in range(5))), USER_EVENT.name, metadata={})
    run = build.begun(spark, TABLES, build.Run("second"))
    for table in TABLES:
        staged = build.stage(spark, table, run)
        assert staged.periods, f"{table.name} is built in full a second time"
        followed = candidate(spark, staged)
        anew = conform(build.function_of(table)(*(spark.table(name) for name in table.reads)), table)
        assert collected(followed) == collected(anew), table.name
        report = check(followed, table, run_id="r", stage="staged", at=MORNING)
        assert report.passed, [one.text for one in report.failures]
        if table.name in FOLLOWED:
            build.publish(spark, staged)
