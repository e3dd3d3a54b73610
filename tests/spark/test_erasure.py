"""A viewer who is erased is in no table and, once old files are gone, in no file; all others are as they were."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet
import pytest

from batch import build
from batch.erasure import BEARERS, built_of, erase, traces
from batch.raw_export import export
from batch.raw_files import RawFiles
from lakehouse import delta, history, settings
from lakehouse.contracts.erasure import ERASURE_EVENT
from lakehouse.contracts.recommendation import TITLE_RECOMMENDATION
from lakehouse.contracts.reject import REJECT
from lakehouse.contracts.user_event import TOPIC, USER_EVENT
from lakehouse.tables import bronze_table
from streaming.audit import book, require
from streaming.job import start_silver
from tests.builders import collected, row, rows
from tests.spark.test_user_event import COMMENT, VIEWERS, VOTE

BRONZE = bronze_table(TOPIC)
CANARY, OTHER = "k1:0123456789abcdef0123456789abcdef", "k1:55a2f05d04ef1c75796946f1d6fa1106"
ELSEWHERE = {"event_at": "2026-01-25T10:00:00.000Z"}  # a day on which nobody else did anything
HERS = [
    VIEWERS.event(user_key=CANARY),
    VIEWERS.event(user_key=CANARY),  # sent twice
    VIEWERS.event(user_key=CANARY, event_id="canary-02", rating=11),  # refused
    VIEWERS.event(user_key=CANARY, event_id="canary-03", **COMMENT, **ELSEWHERE),
    VIEWERS.event(user_key=CANARY, event_id="canary-04", event_type="watchlist_add", rating=...),
    VIEWERS.event(user_key=CANARY, event_id="canary-05", event_type="watch", rating=..., progress_ratio=1),
    b"{ broken " + CANARY.encode(),
]
THEIRS = [
    VIEWERS.event(event_id="theirs-01"),
    VIEWERS.event(event_id="theirs-02", rating=0),
    VIEWERS.event(event_id="theirs-03", **COMMENT | {"comment_id": "comment-2", "parent_comment_id": "comment-1"}),
    VIEWERS.event(event_id="theirs-04", **VOTE),  # on hers
    b"{ broken",
]
FOLLOWING = [table for table in built_of() if table.name in ("silver.session", "gold.comment", "gold.rating")]
AT = datetime(2026, 1, 26, tzinfo=UTC)
EVERY = ("user_event", "reject", "erasure", "session", "comment", "viewing", "star", "recommendation", "quality")


class Lake:
    """A lake that messages come into, one at a time or many."""

    def __init__(self, spark, home: Path) -> None:
        self.spark, self.home, self.arrived = spark, home, 0

    def take(self, *values: bytes) -> None:
        now = datetime.now(UTC)
        fixed = {"topic": TOPIC.name, "kafka_at": now, "ingested_at": now}
        given = [row(BRONZE, value=value, offset=self.arrived + n, **fixed) for n, value in enumerate(values)]
        self.arrived += len(values)
        delta.append(rows(self.spark, BRONZE, *given), BRONZE.name, metadata={})
        config = settings.load(home=self.home)
        start_silver(self.spark, config, USER_EVENT, lambda *_: None, once=True).awaitTermination()

    def build(self) -> None:
        for table in FOLLOWING:
            if staged := build.stage(self.spark, table, build.Run("r")):
                build.publish(self.spark, staged)

    def erase(self, user_key: str) -> dict[str, int]:
        upto = history.version(self.spark, BRONZE.name)
        return erase(self.spark, user_key, upto=upto, erasure_id="e", at=AT)

    def exported(self, folder: Path) -> list[str]:
        with RawFiles(folder) as files:
            export(self.spark, TOPIC, files)
        return sorted(str(path.relative_to(folder / "Raw/TMDB/JSON")) for path in folder.rglob("*.json"))


@pytest.fixture
def full(spark, lake, lakes) -> Lake:
    """A lake that has taken hers and theirs, and recommends titles to both."""
    made = Lake(spark, lake / "_home")

    def fill() -> None:
        made.take(*HERS[:3], *THEIRS)
        made.take(*HERS[3:])
        told = [row(TITLE_RECOMMENDATION, audience="user", subject=key, place_rank=1) for key in (CANARY, OTHER)]
        delta.append(rows(spark, TITLE_RECOMMENDATION, *told), TITLE_RECOMMENDATION.name, metadata={})

    lakes.filled("hers and theirs", fill)
    made.arrived = len(HERS) + len(THEIRS)
    return made


def found_in(folder: Path, text: str) -> list[str]:
    """Files whose bytes have the text, or whose rows do: Parquet packs them."""
    held = []
    for path in folder.rglob("*"):
        if path.is_file() and (
            text.encode() in path.read_bytes() or (path.suffix == ".parquet" and _in_rows(path, text))
        ):
            held.append(str(path.relative_to(folder)))
    return held


def _in_rows(path: Path, text: str) -> bool:
    values = (value for one in pyarrow.parquet.read_table(path).to_pylist() for value in one.values())
    return any(text in (value.decode(errors="replace") if isinstance(value, bytes) else str(value)) for value in values)


@pytest.mark.stems(*EVERY)
@pytest.mark.timeout(600)
def test_nothing_of_the_viewer_is_left_in_any_table_or_file_and_all_else_equals_a_full_rebuild(
    spark, full, lake, tmp_path
):
    folder = tmp_path / "exported"
    full.build()
    assert "Movies/2026/01/25/viewer-comment-1.json" in full.exported(folder)
    holding = (*BEARERS, *FOLLOWING)
    assert traces(spark, holding, CANARY).keys() == {table.name for table in holding}
    assert found_in(lake, CANARY)
    build.stage(spark, FOLLOWING[0], build.Run("held back", full=True))

    gone = full.erase(CANARY)
    assert spark.sql("SHOW TABLES IN staging").where("NOT isTemporary").isEmpty()
    assert gone == {TITLE_RECOMMENDATION.name: 1, USER_EVENT.name: 4, REJECT.name: 2, BRONZE.name: 7}
    full.take(VIEWERS.event(event_id="theirs-05"))
    full.build()
    assert traces(spark, holding, CANARY) == {}
    assert spark.table(TITLE_RECOMMENDATION.name).select("subject").collect() == [(OTHER,)]
    for table in FOLLOWING:
        made = build.function_of(table)(*(spark.table(name) for name in table.reads))
        anew = build.conform(made, table)
        assert collected(spark.table(table.name)) == collected(anew), table.name

    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    for table in (*holding, ERASURE_EVENT):
        delta.vacuum(spark, table.name, hours=0)
    spark.conf.unset("spark.databricks.delta.retentionDurationCheck.enabled")
    assert "Movies/2026/01/25/viewer-comment-1.json" not in full.exported(folder)
    assert [found_in(place, CANARY) for place in (lake, folder)] == [[], []]


@pytest.mark.stems(*EVERY)
def test_an_erasure_that_was_killed_is_repeated_and_the_books_balance_without_the_erased_until_they_come_back(
    spark, full, monkeypatch
):
    from lakehouse import merge

    def killed(frame, table, **options):
        if table == BRONZE.name:
            raise KeyboardInterrupt
        return remove(frame, table, **options)

    remove = merge.remove
    monkeypatch.setattr(merge, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        full.erase(CANARY)
    assert "silver lacks" in str(book(spark, USER_EVENT).problems)
    monkeypatch.undo()
    assert full.erase(CANARY) == dict.fromkeys((TITLE_RECOMMENDATION.name, USER_EVENT.name, REJECT.name), 0) | {
        BRONZE.name: 7
    }
    assert spark.table(ERASURE_EVENT.name).count() == 7
    found = book(spark, USER_EVENT, acked={1: full.arrived - 1})
    assert (found.bronze, found.silver, found.rejected, found.erased) == (5, 3, 2, 7)
    require([found])
    back = row(BRONZE, value=HERS[0], offset=0, topic=TOPIC.name)
    delta.append(rows(spark, BRONZE, back), BRONZE.name, metadata={})
    assert "bronze partition 1 holds 1 messages again that were erased" in book(spark, USER_EVENT).problems
