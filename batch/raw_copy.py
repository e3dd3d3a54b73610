"""A file from outside -> its dated raw copy: <home>/raw/<stem>/<YYYY-MM-DD>/<name>, complete or not there.

Which kind of file it is, its header says and not its name. Memory holds a block, or one record, of it.
"""

import bz2
import csv
import fcntl
import gzip
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from lakehouse.errors import FolderTaken, FolderUnusable, SourceInvalid
from lakehouse.files import Lines, Unused

RECORD_END = b"\x1e\n"
_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 16
_LONGEST_RECORD = 1 << 20  # an open quote that is not closed within is a damaged line, not a long cell
_OPENERS: dict[str, Callable[..., BinaryIO]] = {".gz": gzip.open, ".bz2": bz2.open}  # type: ignore[dict-item]


@dataclass(frozen=True)
class Given:
    """A file that was named: its kind and header, or why it is not used."""

    path: Path
    header: bytes = b""
    lines: Lines | None = None
    why: str = ""


def given(path: Path, kinds: Sequence[Lines], unused: Sequence[Unused]) -> list[Given]:
    """The file, or those of the folder by name; raises SourceInvalid where none of them can be used."""
    if not path.exists():
        raise SourceInvalid("no such file or folder", where=str(path), expected="a file, or a folder of files")
    paths = [path] if path.is_file() else sorted(one for one in path.iterdir() if one.is_file())
    found = [_given(one, kinds, unused) for one in paths]
    if not any(one.lines for one in found):
        why = "; ".join(f"{one.path.name}: {one.why}" for one in found) or "it is empty"
        raise SourceInvalid(f"nothing here can be loaded: {why}", where=str(path), expected=_headers(kinds))
    return found


def digest(path: Path) -> str:
    """The file's SHA-256."""
    with _read(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copied(path: Path, sha256: str, folder: Path, day: date) -> Path:
    """The copy of a file with that sum; one that is there already is left alone.

    Raises SourceInvalid where the file has become another one meanwhile.
    """
    # Spark reads names that begin with _ or . as hidden, and [ or * as patterns.
    name = re.sub(r"[^\w.-]", "_", path.name).lstrip("._") or "file"
    copy = folder / day.isoformat() / name
    with _written(copy):
        copy.parent.mkdir(parents=True, exist_ok=True)
        if copy.exists() and digest(copy) != sha256:
            copy = copy.with_name(f"{sha256[:16]}-{name}")  # another file of this name came today
        if copy.exists():
            return copy
        part = copy.with_name(f"{copy.name}.part")
        if _copy(path, part) != sha256:
            raise SourceInvalid("the file changed while it was read", where=str(path), hint="repeat the command")
        os.replace(part, copy)
    return copy


def with_line_breaks(copy: Path) -> Path | None:
    """A second copy whose records end with RECORD_END; None where no record has a line break in a cell."""
    with _read(copy), _opened(copy) as lines:
        if not any(record.count(b"\n") > 1 for record in records(lines)):
            return None
    parted = copy.with_name(f"{copy.name}.records")
    with _written(parted), _opened(copy) as lines, parted.open("wb") as out:
        for record in records(lines):
            out.write(record.removesuffix(b"\n") + RECORD_END)
    return parted


def records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, those joined whose line break stands within quotes; a quote that stays open joins nothing."""
    source, again = iter(lines), deque[bytes]()
    while True:
        held: list[bytes] = []
        quotes = size = 0
        while size <= _LONGEST_RECORD and (line := again.popleft() if again else next(source, None)) is not None:
            held.append(line)
            quotes, size = quotes + line.count(b'"'), size + len(line)
            if quotes % 2 == 0:
                break
        if not held:
            return
        if quotes % 2:
            again.extendleft(reversed(held[1:]))
            held = held[:1]
        yield b"".join(held)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Raises FolderTaken where another load writes the folder."""
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        hint = "wait until it has ended, then repeat the command"
        raise FolderTaken("another load is at work", where=str(folder), hint=hint) from None
    finally:
        os.close(lock)


def changed_at(path: Path) -> datetime:
    """The time of the file's last change."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _given(path: Path, kinds: Sequence[Lines], unused: Sequence[Unused]) -> Given:
    with _read(path), _opened(path) as file:
        header = file.readline(_LONGEST_HEADER).removesuffix(b"\n")
    for kind in kinds:
        if kind.has(names(header, kind.separator)):
            return Given(path, header, kind)
    for one in unused:
        if set(one.needs) <= set(names(header, one.separator)):
            return Given(path, why=f"{one.kind} is not used: {one.why}")
    return Given(path, why=f"unknown header {header[:60].decode(errors='replace')!r}")


def names(header: bytes, separator: str) -> list[str]:
    """The names of a header; none where one stands there twice, or it is no text."""
    try:
        (found,) = csv.reader([header.decode("utf-8-sig").rstrip("\r")], delimiter=separator)
    except (ValueError, csv.Error):
        return []
    return found if len(set(found)) == len(found) else []


def _headers(kinds: Sequence[Lines]) -> str:
    return "a header with " + "; or with ".join(", ".join(kind.needs) for kind in kinds)


def _copy(path: Path, part: Path) -> str:
    seen = hashlib.sha256()
    with path.open("rb") as file, part.open("wb") as out:
        while block := file.read(_BLOCK):
            seen.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return seen.hexdigest()


def _opened(path: Path) -> BinaryIO:
    opener: Callable[..., BinaryIO] = _OPENERS.get(path.suffix, open)
    return opener(path, "rb")


@contextmanager
def _read(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError) as error:  # what is cut off, of a compressed file
        raise SourceInvalid(f"the file cannot be read: {error}", where=str(path)) from error


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the raw copy cannot be written: {error.strerror or error}"
        raise FolderUnusable(what, where=str(path), expected="a folder with room for the file") from error
