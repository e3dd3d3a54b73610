"""Day files: read whole and checked, or refused by name; and events as bytes."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from apps.tmdb_standin.world import write_days
from lakehouse.errors import SourceInvalid
from producers.ledger import encoded
from producers.replay import day_events, day_paths, read_day
from producers.sources import trending


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A good day file."""
    (path,) = write_days(tmp_path, 7, date(2026, 1, 21), 1)
    return path


def test_a_day_file_gives_its_time_and_its_lists(day: Path):
    read = read_day(day, trending)
    assert read.polled_at.date() == date(2026, 1, 21)
    assert [(listed.path, len(items)) for listed, items in read.lists] == [
        ("/trending/movie/day", 40), ("/trending/movie/week", 40), ("/trending/tv/day", 40), ("/trending/tv/week", 40),
    ]  # fmt: skip


def test_a_day_read_twice_gives_the_same_events(day: Path):
    assert day_events(read_day(day, trending), trending) == day_events(read_day(day, trending), trending)


def test_days_are_replayed_in_the_order_of_their_names(tmp_path: Path):
    write_days(tmp_path, 7, date(2026, 1, 31), 2)
    write_days(tmp_path, 7, date(2025, 12, 31), 1)
    (tmp_path / "notes.txt").touch()
    assert [path.name for path in day_paths(tmp_path)] == [
        "2025-12-31.json.gz", "2026-01-31.json.gz", "2026-02-01.json.gz",
    ]  # fmt: skip


def test_a_folder_without_day_files_is_invalid(tmp_path: Path):
    with pytest.raises(SourceInvalid, match="no day file"):
        day_paths(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"not gzip", b"cut", b"flipped"])
def test_a_damaged_file_is_refused_by_name(day: Path, damage: bytes):
    whole = day.read_bytes()
    flipped = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
    day.write_bytes({b"cut": whole[:-100], b"flipped": flipped}.get(damage, damage))
    with pytest.raises(SourceInvalid, match=day.name):
        read_day(day, trending)


@pytest.mark.parametrize(
    "content",
    [
        "[]", "{", "null", "{}", '{"generated_at": 5}', '{"generated_at": "yesterday", "movies": {}, "tv": {}}',
        '{"generated_at": "2026-01-21T07:04:44Z", "movies": {}, "tv": {}}',
        '{"generated_at": "2026-01-21T07:04:44Z", "movies": {"trending_day": {}}, "tv": {}}',
        '{"generated_at": "2026-01-21T07:04:44Z", "movies": {"trending_day": [5]}, "tv": {}}',
    ],
)  # fmt: skip
def test_another_shape_is_refused_by_name(tmp_path: Path, content: str):
    path = tmp_path / "2026-01-21.json.gz"
    path.write_bytes(gzip.compress(content.encode()))
    with pytest.raises(SourceInvalid, match=r"2026-01-21\.json\.gz"):
        read_day(path, trending)


def test_an_event_is_compact_utf_8_json():
    assert encoded({"title": "Crepúsculo", "rank": 1}) == '{"title":"Crepúsculo","rank":1}'.encode()


def test_what_json_can_carry_is_passed_on():
    event = json.loads(r'{"title": "half \ud83c", "popularity": NaN, "id": 123456789012345678901234567890}')
    assert json.loads(encoded(event), parse_constant=str) == event | {"popularity": "NaN"}


def test_a_recorded_time_without_a_zone_is_utc(tmp_path: Path):
    path = tmp_path / "2026-01-21.json.gz"
    lists = {"trending_day": [], "trending_week": []}
    content = {"generated_at": "2026-01-21T07:00", "movies": lists, "tv": lists}
    path.write_bytes(gzip.compress(json.dumps(content).encode()))
    assert read_day(path, trending).polled_at == datetime(2026, 1, 21, 7, tzinfo=UTC)
