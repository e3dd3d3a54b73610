"""Recommendations: what lists hold, how good they are, and that only better ones are published."""

import math
import random
from datetime import timedelta

import pytest

import flows
from batch.gold import recommendation as lists
from batch.recommend import Evaluated, learned, likings, verdict
from expectations.freshness import freshness
from flows.recommend import train
from lakehouse import delta, history, settings
from lakehouse.contracts.recommendation import RECOMMENDATION_EVALUATION, TITLE_RECOMMENDATION
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.viewing import RATING, WATCH_HISTORY
from tests.builders import collected, row, rows
from tests.spark.viewers import MORNING

CHOSEN = settings.load().recommend
QUICK = CHOSEN.model_copy(update={"factors": 4, "iterations": 4})
PLACED = "user_key string, media_type string, title_id long, place_rank int, is_liked boolean"


def rated(user, title_id, stars, minute=0):
    return row(RATING, user_key=user, title_id=title_id, rating=stars, rated_at=MORNING + timedelta(minutes=minute))


def liked(spark, *given, chosen=CHOSEN):
    return likings(rows(spark, RATING, *given), rows(spark, WATCH_HISTORY), chosen)


def two_tastes():
    """24 users of two tastes: each likes 10 of the taste's 15 titles, and dislikes two of the others'."""
    chance = random.Random(3)
    for number in range(24):
        own, others = (range(1, 16), range(16, 31)) if number % 2 else (range(16, 31), range(1, 16))
        seen = [(title, chance.choice([8.0, 9.5])) for title in chance.sample(own, 10)]
        seen = [(title, 2.0) for title in chance.sample(others, 2)] + seen
        yield from (rated(f"k1:{number:032}", title, stars, minute) for minute, (title, stars) in enumerate(seen))


def test_a_user_s_newest_fifth_is_held_out_and_who_rated_little_is_left_out(spark):
    given = [rated("a", title, 9.0, minute=-title) for title in range(1, 12)] + [rated("b", 1, 9.0)]
    found = collected(liked(spark, *given), "at")
    assert {one["user_key"] for one in found} == {"a"}
    assert sorted(one["title_id"] for one in found if one["is_held_out"]) == [1, 2, 3]


def test_watches_tell_likings_too(spark):
    far = {title: {"highest_progress_ratio": title / 10, "is_completed": title == 9} for title in range(5, 10)}
    watched = [row(WATCH_HISTORY, user_key="a", title_id=title, **values) for title, values in far.items()]
    chosen = CHOSEN.model_copy(update={"feedback": "watches"})
    found = collected(likings(rows(spark, RATING), rows(spark, WATCH_HISTORY, *watched), chosen), "title_id")
    assert [(one["title_id"], one["strength"], one["is_liked"]) for one in found] == [
        (5, 0.5, False), (6, 0.6, False), (7, 0.7, False), (8, 0.8, False), (9, 0.9, True),
    ]  # fmt: skip


def test_neighbours_are_liked_by_the_same_users_two_at_least(spark):
    given = [rated(user, title, stars) for user, titles in {"a": (1, 2, 3, 4), "b": (1, 2, 3), "c": (1, 5, 6)}.items()
             for title, stars in zip(titles, (9.0, 9.0, 4.0, 9.0), strict=False)]  # fmt: skip
    frame = lists.liked_by_rating(rows(spark, RATING, *given))
    found = collected(lists.neighbours(frame), "title_id")
    cosine = 2 / math.sqrt(3 * 2)
    assert [(one["title_id"], one["like_title_id"], one["score"]) for one in found] == [(1, 2, cosine), (2, 1, cosine)]
    scored = collected(lists.unseen(lists.by_neighbours(frame, lists.neighbours(frame)), frame.where("user_key = 'c'")))
    assert {(one["user_key"], one["title_id"]) for one in scored} == {("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 2)}


def test_goodness_is_that_of_a_calculation_by_hand(spark):
    places = [
        ("a", "movie", 1, 1, True),
        ("a", "movie", 2, 2, True),
        ("b", "movie", 1, 1, True),
        ("x", "movie", 9, 1, True),
    ]
    held_out = [
        ("a", "movie", 2, 0, True),
        ("a", "movie", 7, 0, True),
        ("b", "movie", 3, 0, True),
        ("a", "movie", 1, 0, False),
    ]
    known = spark.range(1, 11).selectExpr("'movie' AS media_type", "id AS title_id")
    frames = (spark.createDataFrame(given, PLACED) for given in (places, held_out))
    found = lists.goodness(*frames, known, 2).collect()[0].asDict()
    ndcg = (1 / math.log2(3)) / (1 + 1 / math.log2(3)) / 2
    assert found == {
        "user_count": 2, "held_out_count": 3, "precision_ratio": 0.25, "recall_ratio": 0.25,
        "ndcg_ratio": pytest.approx(ndcg, abs=1e-9), "coverage_ratio": 0.2,
    }  # fmt: skip


def test_only_what_beats_the_popular_titles_is_worth_it():
    def of(method, ndcg, users=20):
        return Evaluated(method, users, 50, 0.1, 0.1, ndcg, 0.1)

    assert verdict([of("als", 0.2), of("popularity", 0.1), of("item_item", 0.9)], CHOSEN) is None
    assert "does not beat" in verdict([of("als", 0.2), of("popularity", 0.2)], CHOSEN)
    assert "19 users" in verdict([of("als", 0.2, users=19), of("popularity", 0.1)], CHOSEN)
    assert "0 users" in verdict([], CHOSEN)


def test_who_likes_nothing_and_what_nobody_likes_stop_no_training(spark):
    given = [*two_tastes(), *(rated("z", title, 1.0) for title in range(40, 46))]
    found = collected(learned(liked(spark, *given), 3, QUICK), "user_key", "place_rank")
    assert {one["user_key"] for one in found} == {one["user_key"] for one in two_tastes()}
    assert max(one["title_id"] for one in found) <= 30
    assert found == collected(learned(liked(spark, *reversed(given)), 3, QUICK), "user_key", "place_rank")


@pytest.mark.stems("recommendation", "viewing", "star", "quality")
@pytest.mark.timeout(600)
def test_two_tastes_are_told_apart_and_published_and_too_little_is_not(spark, lake, monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_RECOMMEND__FACTORS", str(QUICK.factors))
    monkeypatch.setenv("MOVIEPULSE_RECOMMEND__ITERATIONS", str(QUICK.iterations))
    given, table = list(two_tastes()), TITLE_RECOMMENDATION.name
    title = row(DIM_TITLE, title_id=3, original_language_code="en")
    for of, one in ((RATING, given), (DIM_TITLE, [title])):
        delta.replace(rows(spark, of, *one), of.name, where=None, metadata={})
    with flows.on(spark):
        done = train.fn("r")
        assert (done.why_not, done.version) == (None, history.version(spark, table))
        delta.replace(rows(spark, RATING, given[0]), RATING.name, where=None, metadata={})
        few = train.fn("s")
        assert (few.version, history.version(spark, table)) == (None, done.version)
    changed = history.newest(spark, RATING.name)[0].at
    days = (timedelta(days=7), timedelta(days=8))
    logs = history.Logs(spark)
    assert [freshness(logs, TITLE_RECOMMENDATION, changed + later).is_met for later in days] == [True, False]
    evaluated = collected(spark.table(RECOMMENDATION_EVALUATION.name), "method")
    assert [(one["run_id"], one["method"], one["is_published"]) for one in evaluated] == [
        ("r", method, True) for method in ("als", "item_item", "popularity")
    ]
    found = collected(spark.table(table))
    of_users = [(one["subject"], one["title_id"]) for one in found if one["audience"] == "user"]
    taste = {one["user_key"]: one["title_id"] < 16 for one in given if one["rating"] > 5}
    best = [(one["subject"], one["title_id"]) for one in found if one["audience"] == "user" and one["place_rank"] <= 3]
    assert len(best) == 24 * 3
    assert all((title_id < 16) == taste[user] for user, title_id in best)
    assert not {(one["user_key"], one["title_id"]) for one in given} & set(of_users)
    assert {one["subject"] for one in found if one["audience"] == "language"} == {"en", "any"}
