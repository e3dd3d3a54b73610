"""Documents from bronze by id: all versions, newest first, and nothing of another id."""

import json

import pytest

from batch.documents import documents
from lakehouse import delta
from lakehouse.contracts.user_event import TOPIC
from lakehouse.tables import bronze_table
from tests.builders import row, rows

BRONZE = bronze_table(TOPIC)


@pytest.mark.stems("user_event")
def test_every_version_of_a_document_is_found_newest_first_and_broken_messages_are_passed_over(spark, lake):
    def event(at, **values):
        return json.dumps({"event_at": at, "comment_id": "c-1", "event_type": "comment"} | values).encode()

    values = [
        event("2026-01-21T10:00:00Z", comment_text="first 🎬"),
        event("2026-01-21T12:00:00Z", event_type="comment_edit", comment_text="third"),
        event("2026-01-21T11:00:00Z", event_type="comment_edit", comment_text="second"),
        event("2026-01-21T13:00:00Z", event_type="comment_vote", vote=1),
        event("2026-01-21T13:00:00Z", comment_id="c-2"),
        event("no time at all", comment_text="unreadable time"),
        b"\xff not JSON",
        None,
    ]
    given = [row(BRONZE, value=value, offset=offset) for offset, value in enumerate(values)]
    delta.append(rows(spark, BRONZE, *given), BRONZE.name, metadata={})
    fields = {"comment_id": ["c-1"], "event_type": ["comment", "comment_edit", "comment_delete"]}
    found = documents(spark, TOPIC, fields, time="event_at")
    assert [one.body["comment_text"] for one in found] == ["third", "second", "unreadable time", "first 🎬"]
    assert [(one.offset, one.event_at is None) for one in found] == [(1, False), (2, False), (5, True), (0, False)]
    assert documents(spark, TOPIC, {"comment_id": ["c-9"]}, time="event_at") == []
    assert documents(spark, TOPIC, fields, time="event_at", body="comment_text")[0].body == "third"
