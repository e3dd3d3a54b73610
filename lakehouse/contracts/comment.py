"""silver.user_event -> gold.comment, gold.comment_vote: what viewers write, as it is now, and what others think of it.

Of a comment's texts that of its author's newest event counts; who first used its id is its author.
"""

from dataclasses import replace

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.contracts import user_event as viewer
from lakehouse.tables import Column, Reference

_ID = replace(viewer.COMMENT_ID, optional=False)

COMMENT = viewer.state(
    "gold.comment",
    "comment that was written, deleted ones too",
    ("comment_id",),
    _ID,
    viewer.BUCKET,
    replace(viewer.PARENT_ID, doc="The comment that it answers; it may not have arrived."),
    replace(viewer.USER_KEY, doc="Pseudonym of its author."),
    columns.MEDIA_TYPE,
    columns.TITLE_ID,
    Column("comment_text", T.StringType(), "As its author left it; NULL once deleted.", optional=True),
    Column("written_at", T.TimestampType(), "When it was written."),
    Column("edited_at", T.TimestampType(), "Its author's last change.", optional=True),
    Column("edit_count", T.LongType(), "Its author's changes.", low=0),
    Column("deleted_at", T.TimestampType(), "When it was first deleted; for good.", optional=True),
    Column("is_deleted", T.BooleanType(), "Somebody has deleted it."),
)

COMMENT_VOTE = viewer.state(
    "gold.comment_vote",
    "user and comment that the user voted on: the last vote; votes on comments that have not arrived wait",
    ("user_key", "comment_id"),
    viewer.USER_KEY,
    _ID,
    viewer.BUCKET,
    replace(viewer.VOTE, optional=False),
    Column("voted_at", T.TimestampType(), "When the vote was last changed."),
    references=(Reference(("comment_id",), COMMENT.name, ("comment_id",)),),
)

TABLES = (COMMENT, COMMENT_VOTE)
