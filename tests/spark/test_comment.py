"""Comments as they are now, and votes on them, given what viewers did."""

from datetime import UTC

import pytest

from batch.build import conform
from batch.gold.comment import comment, comment_vote
from lakehouse.contracts.comment import COMMENT, COMMENT_VOTE
from tests.builders import collected
from tests.spark.viewers import MORNING, did, events, on


def wrote(at, text="first", *, user="a", name="comment-1", **values):
    return did("comment", at, user=user, comment_id=name, comment_text=text, **on(603, **values))


def edited(at, text, *, user="a"):
    return did("comment_edit", at, user=user, comment_id="comment-1", comment_text=text)


def deleted(at, *, user="a"):
    return did("comment_delete", at, user=user, comment_id="comment-1")


def voted(at, vote, *, user="b", name="comment-1"):
    return did("comment_vote", at, user=user, comment_id=name, vote=vote)


def minutes(at):
    return at if at is None else (at.replace(tzinfo=UTC) - MORNING).total_seconds() / 60


def state(spark, *given):
    """Text, minutes of the last edit and of the deletion, and edits of the one comment."""
    found = conform(comment(events(spark, *given)), COMMENT).collect()
    assert len(found) == 1
    one = found[0]
    return one["comment_text"], minutes(one["edited_at"]), minutes(one["deleted_at"]), one["edit_count"]


def test_a_comment_is_as_its_author_left_it(spark):
    assert state(spark, wrote(0)) == ("first", None, None, 0)
    assert state(spark, edited(5, "second"), wrote(0), edited(9, "third")) == ("third", 9, None, 2)


def test_a_text_under_somebody_else_s_comment_changes_nothing(spark):
    given = wrote(0), edited(5, "not yours", user="b"), wrote(6, "nor this", user="b")
    assert state(spark, *given) == ("first", None, None, 0)


@pytest.mark.parametrize("who", ["a", "b"])
def test_a_deleted_comment_keeps_its_row_and_loses_its_text_for_good(spark, who):
    assert state(spark, wrote(0), deleted(3, user=who), edited(5, "again"), deleted(7)) == (None, 5, 3, 1)


def test_a_thread_is_told_by_parents_and_an_edit_alone_makes_no_comment(spark):
    answer = wrote(2, "answer", user="b", name="comment-2", parent_comment_id="comment-1")
    lost = did("comment_edit", 3, comment_id="comment-3", comment_text="whose?")
    found = collected(comment(events(spark, answer, wrote(0), lost)), "comment_id")
    assert [(one["comment_id"], one["parent_comment_id"], one["title_id"]) for one in found] == [
        ("comment-1", None, 603), ("comment-2", "comment-1", 603),
    ]  # fmt: skip


def test_the_last_vote_of_a_user_counts_and_one_on_an_unknown_comment_waits(spark):
    given = [
        voted(1, 1),
        voted(5, -1),
        voted(3, 1),
        voted(2, 1, user="c"),
        voted(6, 0, user="c"),
        voted(1, 1, name="comment-9"),
    ]
    found = collected(conform(comment_vote(events(spark, wrote(0), *given)), COMMENT_VOTE), "user_key")
    assert [(one["user_key"][-1], one["comment_id"], one["vote"], minutes(one["voted_at"])) for one in found] == [
        ("b", "comment-1", -1, 5), ("c", "comment-1", 0, 6),
    ]  # fmt: skip
