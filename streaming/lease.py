"""One writer per lake: on a local disk two processes can both "win" a Delta version, and one commit is lost in silence.

The lock is held by the JVM, the process that writes: it ends with that process, however it dies.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from lakehouse.clock import iso, utc_now
from lakehouse.errors import LakeLeased


def probe(lease: Path) -> None:
    """Raise LakeLeased where another process holds the lease; quick, before a session is started."""
    lease.parent.mkdir(parents=True, exist_ok=True)
    with lease.open("a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(lease) from None


def take(lease: Path, jvm: Any) -> Any:
    """Lock the lease in the JVM for as long as it lives, and write who holds it beside; raises LakeLeased."""
    lock = jvm.java.io.RandomAccessFile(str(lease), "rw").getChannel().tryLock()
    if lock is None:
        raise _taken(lease)
    _holder(lease).write_text(json.dumps({"pid": os.getpid(), "since": iso(utc_now())}))
    return lock


def _holder(lease: Path) -> Path:
    return lease.with_suffix(".holder.json")


def _taken(lease: Path) -> LakeLeased:
    holder = _holder(lease).read_text() if _holder(lease).is_file() else "unknown"
    return LakeLeased(
        f"another host writes this lake: {holder}",
        where=str(lease),
        expected="one streaming host per lake",
        hint="moviepulse status; or stop that process, or set MOVIEPULSE_HOME to another folder",
    )
