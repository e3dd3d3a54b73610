"""silver.user_event -> gold.comment, gold.comment_vote."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.user_event import ORDER

_WRITING = ("comment", "comment_edit")


def comment(user_event: DataFrame) -> DataFrame:
    """One row per comment: its author's newest text, and whether anybody has deleted it.

    Its author is who first wrote under its id; texts of others are no part of it.
    """
    first = user_event.where("event_type = 'comment'").groupBy("comment_id").agg(
        F.min_by(
            F.struct(
                "bucket", "parent_comment_id", "user_key", "media_type", "title_id",
                F.col("event_at").alias("written_at"),
            ),
            F.struct(*ORDER),
        ).alias("first")
    ).select("comment_id", "first.*")  # fmt: skip
    texts = user_event.where(F.col("event_type").isin(*_WRITING)).join(
        first.select("comment_id", "user_key"), ["comment_id", "user_key"], "left_semi"
    ).groupBy("comment_id").agg(
        F.max_by("comment_text", F.struct(*ORDER)).alias("newest_text"),
        F.max("event_at").alias("changed_at"),
        (F.count("*") - 1).alias("edit_count"),
    )  # fmt: skip
    deleted = user_event.where("event_type = 'comment_delete'").groupBy("comment_id")
    told = first.join(texts, "comment_id").join(
        deleted.agg(F.min("event_at").alias("deleted_at")), "comment_id", "left"
    )
    return told.select(
        *first.columns,
        F.when(F.col("deleted_at").isNull(), F.col("newest_text")).alias("comment_text"),
        F.when(F.col("edit_count") > 0, F.col("changed_at")).alias("edited_at"),
        "edit_count",
        "deleted_at",
        F.col("deleted_at").isNotNull().alias("is_deleted"),
    )


def comment_vote(user_event: DataFrame) -> DataFrame:
    """One row per user and comment that is known: the user's last vote, 0 where it was taken back."""
    known = user_event.where("event_type = 'comment'").select("comment_id")
    votes = user_event.where("event_type = 'comment_vote'").join(known, "comment_id", "left_semi")
    last = votes.groupBy("user_key", "comment_id").agg(
        F.max_by(F.struct("bucket", "vote", "event_at"), F.struct(*ORDER)).alias("last")
    )
    return last.select("user_key", "comment_id", "last.bucket", "last.vote", F.col("last.event_at").alias("voted_at"))
