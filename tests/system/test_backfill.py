"""A backfill against a real broker: whole, in the order of its pages, and resumed wherever it was ended."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from apps.local_kafka import Broker
from apps.tmdb_standin.server import Standin
from lakehouse.clock import epoch_ms, utc_now, wait_for
from lakehouse.errors import KafkaUnavailable, SourceInvalid
from lakehouse.settings import Settings
from lakehouse.tables import Topic
from producers.backfill import PAGES_PER_SAVE, Backfill, Cursor, Fetched
from producers.kafka.topics import end_offsets, ensure_topics
from producers.sources import discover
from producers.tmdb import Tmdb
from producers.windows import Part, Window
from tests.system.conftest import settings_in
from tests.system.published import event_ids, events, into, kafka, ledger, read, retention_days, tmdb

DAY = date(2026, 1, 21)
MIDNIGHT = datetime(2026, 1, 21, tzinfo=UTC)
FULLEST = date(2001, 9, 9)
DRAMA = Window("movie", 18, date(1900, 1, 1), date(2024, 12, 31))
FAST = {"requests_per_second": 2000}


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with Standin(today=lambda: DAY, titles=16_000, crowd=(FULLEST, 10_050)) as one:
        yield one


@pytest.fixture
def here(settings: Settings, standin: Standin) -> Settings:
    standin.forget()
    return tmdb(settings, base_url=standin.base_url, **FAST)


class Ended(Exception):
    """Raised in the middle of a run."""


def run(settings: Settings, source: Any, *, end_at: int = 0, **options: Any) -> Fetched:
    def on_progress(done: int, _: int) -> None:
        if done == end_at:
            raise Ended

    work = Backfill(settings, source, as_of=DAY, **options)
    (fetched,) = work.fetch([DRAMA], on_progress=on_progress if end_at else None)
    return fetched


def cursor_file(settings: Settings, topic: Topic) -> Path:
    return settings.root / "cursors" / topic.name / f"{DRAMA}.json"


def place(settings: Settings, topic: Topic, parts: list[Part]) -> None:
    """Leaves a cursor as a run before would have."""
    cursor_file(settings, topic).parent.mkdir(parents=True)
    cursor_file(settings, topic).write_text(Cursor(as_of=MIDNIGHT, parts=parts).model_dump_json())


def cursor(settings: Settings, topic: Topic) -> Cursor:
    return Cursor.model_validate_json(cursor_file(settings, topic).read_text())


def pages_done(settings: Settings, topic: Topic) -> int:
    return sum(part.pages_done for part in cursor(settings, topic).parts)


def served(settings: Settings, first: date, last: date, pages: int) -> list[int]:
    """The ids on the first pages of a list."""
    listing = discover.listing("movie", 18, first, last)
    with Tmdb(settings) as client:
        return [item["id"] for item in client.pages(listing.path, pages, **listing.params)]


def announced(settings: Settings) -> int:
    listing = discover.listing("movie", 18, DRAMA.first, DRAMA.last)
    with Tmdb(settings) as client:
        return client.get(listing.path, **listing.params)["total_results"]


def test_a_backfill_publishes_every_announced_title_with_the_time_that_it_is_as_of(here: Settings, topic: Topic):
    told: list[tuple[int, int]] = []
    work = Backfill(here, into(discover, topic), as_of=DAY)
    (fetched,) = work.fetch([DRAMA], on_progress=lambda done, known: told.append((done, known)))
    messages = read(here, topic)
    assert {message.timestamp()[1] for message in messages} == {epoch_ms(MIDNIGHT)}
    assert {event["movie_id"] for event in events(here, topic)} == {*served(here, DRAMA.first, DRAMA.last, 500)}
    assert len(messages) == fetched.titles == fetched.found == announced(here) > 2000
    assert (fetched.missing, fetched.too_full, fetched.splits) == (0, [], 0)
    assert told == [(done, fetched.pages) for done in range(1, fetched.pages + 1)]
    (line,) = ledger(here, topic)
    assert (line["source"], line["error"], line["counts"]["acked"]) == ("backfill", None, len(messages))


def test_a_run_that_was_ended_goes_on_behind_what_it_saved(here: Settings, topic: Topic, standin: Standin):
    source = into(discover, topic)
    with pytest.raises(Ended):
        run(here, source, end_at=PAGES_PER_SAVE + 20)
    assert pages_done(here, topic) == PAGES_PER_SAVE
    standin.forget()
    fetched = run(here, source)
    pages = [int(asked.query["page"]) for asked in standin.requests]
    assert sorted(pages) == list(range(PAGES_PER_SAVE + 1, fetched.pages + 1))
    assert (fetched.missing, len(set(event_ids(here, topic)))) == (0, fetched.titles)


def test_many_small_parts_are_saved_as_often_as_one_long_one(here: Settings, topic: Topic):
    every = [date(year, 1, 1) for year in (1900, 1980, 2000, 2010, 2015, 2020, 2025)]
    spans = [(first, date(last.year - 1, 12, 31)) for first, last in pairwise(every)]
    parts = [Part(first=first, last=last, titles=20 * 49, pages=15) for first, last in spans]
    place(here, topic, parts)
    with pytest.raises(Ended):
        run(here, into(discover, topic), end_at=70)
    assert [part.pages_done for part in cursor(here, topic).parts] == [15, 15, 15, 5, 0, 0]


def test_titles_that_were_announced_and_did_not_come_are_counted_as_missing(here: Settings, topic: Topic):
    place(here, topic, [Part(first=date(2020, 1, 1), last=DRAMA.last, titles=67, pages=3)])
    fetched = run(here, into(discover, topic))
    assert (fetched.titles, fetched.found, fetched.missing) == (67, 60, 7)
    assert len(set(event_ids(here, topic))) == 60


def test_a_finished_window_is_left_alone_and_a_fresh_one_has_the_same_events(
    here: Settings, topic: Topic, standin: Standin
):
    source = into(discover, topic)
    first, once = run(here, source), set(event_ids(here, topic))
    standin.forget()
    assert (run(here, source), standin.requests) == (first, [])
    assert sum(end_offsets(here, topic.name).values()) == len(once)
    assert run(here, source, fresh=True) == first
    assert set(event_ids(here, topic)) == once
    assert sum(end_offsets(here, topic.name).values()) == 2 * len(once)


def test_what_a_fresh_run_gave_up_is_not_gone_on_with(here: Settings, topic: Topic, standin: Standin):
    source = into(discover, topic)
    fetched = run(here, source)
    with pytest.raises(Ended):
        run(here, source, fresh=True, end_at=3)
    standin.forget()
    assert run(here, source).found == fetched.found
    assert len(standin.requests) == 1 + fetched.pages


def test_another_day_is_another_backfill(here: Settings, topic: Topic):
    ids = []
    for day in (DAY, date(2026, 1, 22)):
        (_,) = Backfill(here, into(discover, topic), as_of=day, fresh=True).fetch([DRAMA])
        ids.append(set(event_ids(here, topic)))
    assert len(ids[1]) == 2 * len(ids[0])


def test_kafka_keeps_events_as_old_as_they_say_they_are(here: Settings, topic: Topic):
    run(here, into(discover, topic))
    assert retention_days(here, topic) == pytest.approx(30 + (utc_now() - MIDNIGHT).total_seconds() / 86_400, abs=0.1)


def test_a_cursor_that_cannot_be_read_is_named_with_what_to_do(here: Settings, topic: Topic):
    cursor_file(here, topic).parent.mkdir(parents=True)
    cursor_file(here, topic).write_text('{"as_of": "2026-01')
    with pytest.raises(SourceInvalid, match=rf"(?s)where: {cursor_file(here, topic)}.*--fresh"):
        run(here, into(discover, topic))
    assert end_offsets(here, topic.name) == {0: 0, 1: 0, 2: 0}


def test_a_cursor_names_only_what_a_broker_that_dies_has_acknowledged(tmp_path: Path, standin: Standin):
    with Broker(settings_in(tmp_path / "mortal")) as mortal:
        ensure_topics(mortal.settings, [discover.TOPIC])
        here = tmdb(kafka(mortal.settings, delivery_timeout_seconds=3.0), base_url=standin.base_url, **FAST)

        def on_progress(done: int, _: int) -> None:
            if done == PAGES_PER_SAVE + 10:
                mortal.kill()

        with pytest.raises(KafkaUnavailable):
            list(Backfill(here, discover, as_of=DAY).fetch([DRAMA], on_progress=on_progress))
        assert pages_done(here, discover.TOPIC) == PAGES_PER_SAVE
        mortal.start()
        stored = {event["movie_id"] for event in events(here, discover.TOPIC)}
        assert stored >= {*served(here, DRAMA.first, DRAMA.last, PAGES_PER_SAVE)}
        fetched = run(here, discover)
        assert len(set(event_ids(here, discover.TOPIC))) == fetched.titles == fetched.found


class Command:
    """`moviepulse discover backfill` on these settings; a process of its own."""

    def __init__(self, settings: Settings, *, genre: int, per_second: int) -> None:
        own = {
            "HOME": str(settings.root), "KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "TMDB__BASE_URL": settings.tmdb.base_url, "TMDB__REQUESTS_PER_SECOND": str(per_second),
            "BACKFILL__YEARS": "200",
        }  # fmt: skip
        words = ["--media", "movie", "--genre", str(genre), "--years", "1900-2024", "--as-of", DAY.isoformat()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "apps.cli", "discover", "backfill", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | {f"MOVIEPULSE_{name}": own[name] for name in own},
        )  # fmt: skip

    def end(self) -> tuple[int, str]:
        """Its exit code and what it said."""
        said, errors = self.process.communicate(timeout=120)
        return self.process.returncode, said + errors


def dramas(settings: Settings) -> list[str]:
    return [event["event_id"] for event in events(settings, discover.TOPIC) if event["genre_id"] == 18]


def test_a_killed_command_goes_on_where_it_stopped_and_a_third_one_has_nothing_to_do(here: Settings, standin: Standin):
    ensure_topics(here, [discover.TOPIC])
    whole, path = announced(here), cursor_file(here, discover.TOPIC)
    killed = Command(here, genre=18, per_second=60)
    wait_for(path.is_file, seconds=60, what="the first save")
    killed.process.kill()
    assert killed.end()[0] == -9
    wait_for(lambda: standin.connections == 0, seconds=10, what="the answer to the killed command's last request")
    done = pages_done(here, discover.TOPIC)
    standin.forget()
    assert Command(here, genre=18, per_second=2000).end()[0] == 0
    total = cursor(here, discover.TOPIC).parts[0].pages
    assert PAGES_PER_SAVE <= done < total
    assert sorted(int(asked.query["page"]) for asked in standin.requests) == list(range(done + 1, total + 1))
    once = dramas(here)
    assert len(set(once)) == whole
    standin.forget()
    before = end_offsets(here, discover.TOPIC.name)
    code, said = Command(here, genre=18, per_second=2000).end()
    assert (code, standin.requests, end_offsets(here, discover.TOPIC.name)) == (0, [], before)
    assert f"{whole:,} of {whole:,} announced titles found" in said
    path.unlink()
    assert Command(here, genre=18, per_second=2000).end()[0] == 0
    again = dramas(here)
    assert (set(again), len(again)) == (set(once), len(once) + whole)


def test_a_day_with_more_titles_than_tmdb_serves_ends_with_1_and_everything_else_is_in(here: Settings):
    ensure_topics(here, [discover.TOPIC])
    code, said = Command(here, genre=80, per_second=2000).end()
    assert code == 1
    assert "SourceInvalid: 1 days have more than 500 pages" in said
    assert "2001-09-09 of movie genre 80" in said
    crime = [event for event in events(here, discover.TOPIC) if event["genre_id"] == 80]
    on_the_day = {event["movie_id"] for event in crime if event["window_first_date"] == "2001-09-09"}
    others = [part for part in _crime(here).parts if not part.is_too_full]
    assert len(on_the_day) == 10_000
    assert len({event["movie_id"] for event in crime}) == 10_000 + sum(part.titles for part in others)


def _crime(settings: Settings) -> Cursor:
    (path,) = (settings.root / "cursors" / discover.TOPIC.name).glob("movie-genre-80-*.json")
    return Cursor.model_validate_json(path.read_text())
