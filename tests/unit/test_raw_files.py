"""Messages -> files: never too many records or bytes in one, complete or not there at all, the same every time."""

import base64
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from batch.raw_export import together
from batch.raw_files import MOST_BYTES, Message, RawFiles, Written
from lakehouse.errors import FolderTaken, FolderUnusable
from tests.conventions.repository import ROOT

PLACE = "Movies/2026/01/21/genre-80-1900-1904"


def message(value: bytes | None, *, offset: int = 0, place: str = PLACE, is_event: bool = True) -> Message:
    return Message(place, is_event, "movies.discover", 2, offset, value)


def numbered(count: int, *, place: str = PLACE) -> list[Message]:
    return [message(b'{"n":%d}' % number, offset=number, place=place) for number in range(count)]


def exported(folder: Path, *messages: Message) -> Written:
    with RawFiles(folder) as files:
        for one in messages:
            files.add(one)
        return files.finish()


def raw(folder: Path) -> Path:
    return folder / "Raw" / "TMDB" / "JSON"


def found(folder: Path) -> dict[str, bytes]:
    paths = (path for path in raw(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(raw(folder))): path.read_bytes() for path in paths}


def lengths(folder: Path) -> dict[str, int]:
    return {name: len(json.loads(content)) for name, content in sorted(found(folder).items())}


def test_a_file_is_a_json_array_with_one_record_a_line_as_it_stands(tmp_path):
    exported(tmp_path, message('{"b":1,"a":"Amélie – 千と千尋 🎬"}'.encode()), message(b'{"x": 1.50,"e":"\\ud83d"}'))
    expect = '[\n{"b":1,"a":"Amélie – 千と千尋 🎬"},\n{"x": 1.50,"e":"\\ud83d"}\n]\n'
    assert found(tmp_path) == {f"{PLACE}-1.json": expect.encode()}


def test_the_101st_record_begins_the_next_file(tmp_path):
    written = exported(tmp_path, *numbered(201))
    size = sum(map(len, found(tmp_path).values()))
    assert written == Written(records=201, files=3, changed=3, bytes=size)
    assert lengths(tmp_path) == {f"{PLACE}-1.json": 100, f"{PLACE}-2.json": 100, f"{PLACE}-3.json": 1}


def test_exactly_100_records_are_one_file(tmp_path):
    exported(tmp_path, *numbered(100))
    assert lengths(tmp_path) == {f"{PLACE}-1.json": 100}


@pytest.mark.parametrize(("excess", "files"), [(0, 1), (1, 2)])
def test_a_file_may_have_10_mb_and_not_a_byte_more(tmp_path, excess, files):
    around = len(b'[\n"",\n""\n]\n')
    half = (MOST_BYTES - around) // 2
    sizes = half, MOST_BYTES - around - half + excess
    exported(tmp_path, *[message(b'"%s"' % (b"x" * size)) for size in sizes])
    content = found(tmp_path).values()
    assert len(content) == files
    apart = len(b"\n]\n[\n") - len(b",\n")
    assert sum(map(len, content)) == MOST_BYTES + excess + (files - 1) * apart


def test_a_record_of_more_than_10_mb_stands_alone(tmp_path):
    exported(tmp_path, *numbered(2), message(b'"%s"' % (b"x" * MOST_BYTES)), *numbered(3))
    assert lengths(tmp_path) == {f"{PLACE}-1.json": 2, f"{PLACE}-2.json": 1, f"{PLACE}-3.json": 3}


def test_each_place_counts_for_itself_however_its_messages_come_mixed(tmp_path):
    other = "Series/2026/01/21/popular"
    mixed = [one for pair in zip(numbered(101), numbered(101, place=other), strict=True) for one in pair]
    exported(tmp_path, *mixed)
    expect = {f"{PLACE}-1.json": 100, f"{PLACE}-2.json": 1, f"{other}-1.json": 100, f"{other}-2.json": 1}
    assert lengths(tmp_path) == expect
    assert [one["n"] for one in json.loads(found(tmp_path)[f"{other}-1.json"])] == list(range(100))


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"hello",
        b"\xff\xfe{",
        b'{"a":1} {"b":2}',
        b'{"a":1}]',
        b'{"a":NaN}',
        b"[" * 100_000,
        '{"a":1}'.encode("utf-16"),
        b'\xef\xbb\xbf{"a":1}',
    ],
)
def test_a_value_that_is_no_json_is_kept_as_base64_and_the_file_stays_json(tmp_path, value):
    written = exported(tmp_path, message(b"{}"), message(value, offset=7))
    kept = None if value is None else base64.b64encode(value).decode()
    record = {"topic": "movies.discover", "partition": 2, "offset": 7, "value_base64": kept}
    assert json.loads(found(tmp_path)[f"{PLACE}-1.json"]) == [{}, record]
    assert (written.records, written.as_bytes) == (2, 1)


def test_what_is_no_event_is_kept_as_base64_even_if_it_is_json(tmp_path):
    exported(tmp_path, message(b"{}", is_event=False))
    assert json.loads(found(tmp_path)[f"{PLACE}-1.json"])[0]["value_base64"] == base64.b64encode(b"{}").decode()


def test_a_record_of_many_lines_becomes_one_line(tmp_path):
    exported(tmp_path, message(b'{\r\n "a": "x\\n"\n}'))
    assert found(tmp_path) == {f"{PLACE}-1.json": b'[\n{   "a": "x\\n" }\n]\n'}


def test_the_same_messages_again_change_nothing_and_touch_no_file(tmp_path):
    exported(tmp_path, *numbered(250))
    before = {path: path.stat().st_mtime_ns for path in raw(tmp_path).rglob("*.json")}
    content = found(tmp_path)
    assert exported(tmp_path, *numbered(250)).changed == 0
    assert found(tmp_path) == content
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_new_messages_add_files_and_change_only_the_last_one(tmp_path):
    exported(tmp_path, *numbered(150))
    first = found(tmp_path)[f"{PLACE}-1.json"]
    written = exported(tmp_path, *numbered(250))
    assert (written.files, written.changed) == (3, 2)
    assert found(tmp_path)[f"{PLACE}-1.json"] == first
    assert lengths(tmp_path) == {f"{PLACE}-1.json": 100, f"{PLACE}-2.json": 100, f"{PLACE}-3.json": 50}


def test_a_place_that_has_fewer_messages_than_before_has_no_file_left_that_would_double_them(tmp_path):
    exported(tmp_path, *numbered(450), *numbered(1, place="Movies/2026/01/20/popular"))
    exported(tmp_path, *numbered(450)[300:])
    assert lengths(tmp_path) == {"Movies/2026/01/20/popular-1.json": 1, f"{PLACE}-1.json": 100, f"{PLACE}-2.json": 50}


def test_a_run_that_is_killed_leaves_whole_files_and_the_next_run_replaces_the_rest(tmp_path):
    work = "from tests.unit.test_raw_files import *; folder = Path(sys.argv[1])\nwith RawFiles(folder) as files:\n"
    work += "    for one in numbered(250): files.add(one)\n    os.kill(os.getpid(), signal.SIGKILL)"
    done = subprocess.run([sys.executable, "-c", work, tmp_path], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == -signal.SIGKILL
    assert {name for name in found(tmp_path)} == {f"{PLACE}-1.json", f"{PLACE}-2.json", f"{PLACE}-3.json.part"}
    assert {len(json.loads(content)) for name, content in found(tmp_path).items() if name.endswith(".json")} == {100}
    exported(tmp_path, *numbered(250))
    assert lengths(tmp_path) == {f"{PLACE}-1.json": 100, f"{PLACE}-2.json": 100, f"{PLACE}-3.json": 50}


def test_a_run_that_fails_leaves_what_an_earlier_one_has_written(tmp_path):
    exported(tmp_path, *numbered(50))
    (raw(tmp_path) / "Series").write_text("mine")
    with pytest.raises(FolderUnusable):
        exported(tmp_path, *numbered(60), *numbered(1, place="Series/2026/01/21/popular"))
    assert len(json.loads(found(tmp_path)[f"{PLACE}-1.json"])) == 50


def test_two_exports_into_one_folder_do_not_mix(tmp_path):
    with RawFiles(tmp_path), pytest.raises(FolderTaken, match="another export writes this folder"):
        exported(tmp_path, *numbered(1))
    exported(tmp_path, *numbered(1))


def test_a_folder_that_is_a_file_is_said_by_its_name(tmp_path):
    (tmp_path / "exported").write_text("mine")
    with pytest.raises(FolderUnusable, match=r"(?s)Not a directory.*exported.*next: moviepulse export raw"):
        exported(tmp_path / "exported", *numbered(1))


def test_a_place_that_cannot_be_written_is_said_by_its_name(tmp_path):
    raw(tmp_path).mkdir(parents=True)
    (raw(tmp_path) / "Movies").write_text("mine")
    with pytest.raises(FolderUnusable, match="JSON/Movies"):
        exported(tmp_path, *numbered(1))


def test_memory_does_not_grow_with_the_messages(tmp_path):
    def peak(count: int) -> int:
        value = b'{"overview":"%s"}' % (b"x" * 5_000)
        tracemalloc.start()
        with RawFiles(tmp_path / str(count)) as files:
            for offset in range(count):
                files.add(message(value, offset=offset))
            files.finish()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(100), peak(5_000)
    assert many < few + 100_000 < 5_000_000  # 5,000 messages have 25 MB


def test_neighbours_are_taken_together_as_long_as_they_fit():
    steps = [(1, 1, 4), (2, 3, 6), (4, 4, 1), (5, 5, 30), (6, 6, 0), (7, 9, 2)]
    assert list(together(steps, 10)) == [(1, 3, 10), (4, 4, 1), (5, 5, 30), (6, 9, 2)]
    assert list(together([], 10)) == []
