"""Messages -> dated JSON files: <folder>/Raw/TMDB/JSON/<place>-<n>.json, each complete or not there at all.

A file is a JSON array with a record on each line, at most 100 records and 10 MB, whichever comes first. It grows as a
`.part` beside its place and is renamed when it is full or the run ends; what is there already with the same bytes is
left alone. So memory holds one record and a small count for each place, and a folder of any size is never read.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn, Self

from lakehouse.errors import FolderTaken, FolderUnusable

MOST_RECORDS = 100
MOST_BYTES = 10_000_000
_BEGIN, _BETWEEN, _END = b"[\n", b",\n", b"\n]\n"
_BLOCK = 1 << 20


class Message(NamedTuple):
    """A message and its place, `Series/2026/01/21/details`; `is_event` says whether its event could be read."""

    place: str
    is_event: bool
    topic: str
    partition: int
    offset: int
    value: bytes | None


@dataclass
class Written:
    """What an export has in files: `records` of which `as_bytes` were no JSON, files in all and those that changed."""

    records: int = 0
    as_bytes: int = 0
    files: int = 0
    changed: int = 0
    bytes: int = 0


@dataclass(slots=True)
class _Growing:
    """The file of a place that is not full yet."""

    number: int = 1
    records: int = 0
    bytes: int = 0


class RawFiles:
    """Writes messages into files, those of one place in the order in which they come; use as a context.

    Entering raises FolderUnusable or FolderTaken. A run that ends by an error leaves whole files, and `.part` files
    which the next run replaces.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder / "Raw" / "TMDB" / "JSON"
        self._growing: dict[str, _Growing] = {}
        self._written = Written()
        self._place, self._lock = "", -1
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        with _ours(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._root, os.O_RDONLY)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._lock)
                hint = "wait until it has ended, then repeat the command"
                raise FolderTaken("another export writes this folder", where=str(self._root), hint=hint) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        os.close(self._lock)

    def add(self, message: Message) -> None:
        """Put a message behind those that its place has; raises FolderUnusable where it cannot be written."""
        text = one_line(message.value) if message.is_event else None
        self._written.records += 1
        self._written.as_bytes += text is None
        with _ours(self._root):
            self._append(message.place, as_bytes(message) if text is None else text)

    def finish(self, *, erased: Iterable[str] = ()) -> Written:
        """Complete the last file of every place, and begin anew: what was written since the last time.

        Files of the places in `erased` are removed where nothing was added to them.
        """
        with _ours(self._root):
            for place, growing in self._growing.items():
                self._complete(place, growing)
                self._drop_after(place, growing.number)
            for place in set(erased) - self._growing.keys():
                self._drop_after(place, 0)
        done, self._written, self._growing = self._written, Written(), {}
        return done

    def _append(self, place: str, record: bytes) -> None:
        growing = self._growing.setdefault(place, _Growing())
        size = growing.bytes + len(_BETWEEN) + len(record)
        if growing.records and (growing.records == MOST_RECORDS or size + len(_END) > MOST_BYTES):
            self._complete(place, growing)
            growing.number, growing.records, growing.bytes = growing.number + 1, 0, 0
        piece = (_BETWEEN if growing.records else _BEGIN) + record
        self._opened(place, growing).write(piece)
        growing.records, growing.bytes = growing.records + 1, growing.bytes + len(piece)

    def _opened(self, place: str, growing: _Growing) -> IO[bytes]:
        if self._file is None or self._place != place:
            self._close()
            part = self._part(place, growing.number)
            part.parent.mkdir(parents=True, exist_ok=True)
            # A part of an earlier run is emptied at the file's first record.
            self._place, self._file = place, part.open("ab" if growing.records else "wb")
        return self._file

    def _complete(self, place: str, growing: _Growing) -> None:
        """Give the file its end and its name; one that is there with the same bytes stays as it is."""
        path, part = self._path(place, growing.number), self._part(place, growing.number)
        file = self._opened(place, growing)
        file.write(_END)
        file.flush()
        self._written.files += 1
        self._written.bytes += growing.bytes + len(_END)
        if _same(path, part):
            part.unlink()
        else:
            os.fsync(file.fileno())
            os.replace(part, path)
            self._written.changed += 1
        self._close()

    def _drop_after(self, place: str, last: int) -> None:
        """Remove files beyond a place's last one: bronze has lost rows since an earlier run, and they would double."""
        beyond = last
        while self._path(place, beyond + 1).exists():
            beyond += 1
        for number in range(beyond, last, -1):  # from the end, so that a killed run leaves no gap
            self._path(place, number).unlink()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _path(self, place: str, number: int) -> Path:
        return self._root / f"{place}-{number}.json"

    def _part(self, place: str, number: int) -> Path:
        return self._root / f"{place}-{number}.json.part"


def one_line(value: bytes | None) -> bytes | None:
    """The JSON as it stands, line breaks between its tokens made blanks; None for what is no JSON in UTF-8."""
    try:
        text = (value or b"").decode()
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    # Valid JSON has bare line breaks only between tokens.
    return text.encode().replace(b"\r", b" ").replace(b"\n", b" ")


def as_bytes(message: Message) -> bytes:
    """A record that says where in Kafka the message is, and its value in base64; null for a null value."""
    record: dict[str, Any] = {"topic": message.topic, "partition": message.partition, "offset": message.offset}
    record["value_base64"] = None if message.value is None else base64.b64encode(message.value).decode()
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _same(path: Path, other: Path) -> bool:
    if not path.is_file() or path.stat().st_size != other.stat().st_size:
        return False
    with path.open("rb") as one, other.open("rb") as two:
        while block := one.read(_BLOCK):
            if block != two.read(_BLOCK):
                return False
    return True


@contextmanager
def _ours(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderUnusable(
            f"the files cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            expected="a folder, existing or not, with room for the files",
            hint="moviepulse export raw ANOTHER_FOLDER",
        ) from error
