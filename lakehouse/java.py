"""The Java that runs Spark and the local broker: 17 or newer, and the same one for both.

Standard library only: set-up asks here before anything is installed.
"""

import hashlib
import os
import re
import shutil
import ssl
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lakehouse.errors import SetupIncomplete

OLDEST = 17
BUNDLED = Path("jdk")  # in the virtual environment; set-up fills it where the machine has no Java
_VERSION = re.compile(r"java\.specification\.version = (?:1\.)?(\d+)")
_HOME = re.compile(r"java\.home = (.+)")

_WRAPPER = """#!/bin/sh
# This Java has no module jdk.incubator.vector, and Spark always asks for it: that one option is dropped here.
option=
for word do
  shift
  if [ "$word" = --add-modules ]; then option=--add-modules=; continue; fi
  [ "$option$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$option$word"
  option=
done
exec "{java}" {trust} "$@"
"""
# Where systems keep the authorities they trust, for a Python whose own OpenSSL names no such file.
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def java(environment: Path = Path(sys.prefix)) -> Path:
    """The `java` of JAVA_HOME, else of PATH, else the one that set-up brought into this virtual environment.

    Raises SetupIncomplete that names each one found and its version where none is 17 or newer.
    """
    found = []
    for place, candidate in _candidates(environment):
        version, home = _ask(candidate)
        if version >= OLDEST:
            # A java on PATH may be a version manager's shim, which lies in no JAVA_HOME.
            return home / "bin" / "java" if place == "PATH" else candidate
        found.append(f"{place} has {candidate}, " + (f"which is Java {version}" if version else "which does not run"))
    raise SetupIncomplete(
        f"no Java {OLDEST} or newer",
        where="; ".join(found) or "JAVA_HOME is not set and PATH has no java",
        expected=f"a Java runtime, {OLDEST} or newer",
        hint="make setup (it brings a Java where the machine has none)",
    )


def archive(jars: Path, name: str) -> Path:
    """Where set-up leaves the classes that `name` (spark or kafka) loads when it starts."""
    return jars / f"{name}.jsa"


def sharing(jars: Path, name: str) -> list[str]:
    """The options with which Java starts from that archive, if it is there; Java leaves one that does not fit alone."""
    path = archive(jars, name)
    quiet = ["-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    return [f"-XX:SharedArchiveFile={path}", *quiet] if path.is_file() else []


def use_java() -> Path:
    """Point JAVA_HOME of this process and its children at `java()`: PySpark starts the one that JAVA_HOME names."""
    found = java()
    os.environ["JAVA_HOME"] = str(found.parent.parent)
    return found


def release(executable: Path) -> int:
    """The feature release that this `java` reports (8, 17, 21 ...); 0 where it does not run."""
    return _ask(executable)[0]


def wrap(real: Path, environment: Path) -> None:
    """Make a Java that came as a wheel the virtual environment's own, in the shape of a JAVA_HOME.

    It trusts the authorities that the machine trusts, as a Java of the system would: a company's own among them.
    """
    wrapper = environment / BUNDLED / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    store = environment / BUNDLED / "cacerts"
    authorities = _authorities()
    store.write_bytes(trust_store(authorities))
    trust = f'"-Djavax.net.ssl.trustStore={store}"' if authorities else ""
    wrapper.write_text(_WRAPPER.format(java=real, trust=trust))
    wrapper.chmod(0o755)


def trust_store(authorities: Sequence[bytes]) -> bytes:
    """A Java key store (JKS) of X.509 certificates in DER; keytool would take a process of its own for each."""

    def text(value: str) -> bytes:
        return struct.pack(">H", len(value)) + value.encode()

    body = struct.pack(">IIi", 0xFEEDFEED, 2, len(authorities))
    for number, der in enumerate(authorities):
        body += struct.pack(">i", 2) + text(f"authority-{number}") + struct.pack(">q", 0)
        body += text("X.509") + struct.pack(">i", len(der)) + der
    # The format's own checksum; "changeit" is the password that every Java uses where none is given.
    return body + hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def _authorities() -> list[bytes]:
    context = ssl.create_default_context()
    for bundle in filter(os.path.isfile, _BUNDLES):
        if not context.get_ca_certs():
            context.load_verify_locations(bundle)
    return context.get_ca_certs(binary_form=True)


def _candidates(environment: Path) -> Iterator[tuple[str, Path]]:
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield "PATH", Path(on_path)
    bundled = environment / BUNDLED / "bin" / "java"
    if bundled.exists():
        yield "the virtual environment", bundled


def _ask(executable: Path) -> tuple[int, Path]:
    try:
        asked = [str(executable), "-XshowSettings:properties", "-version"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return 0, executable.parent.parent
    number, home = _VERSION.search(said), _HOME.search(said)
    return int(number[1]) if number else 0, Path(home[1]) if home else executable.parent.parent
