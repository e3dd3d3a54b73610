"""What this machine has and lacks for MoviePulse: one finding for each need, with its remedy where it is not met."""

import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from apps.bootstrap import SUMS, differences, read_sums
from lakehouse.errors import LakehouseError, SetupIncomplete, TmdbRefused, TmdbUnavailable
from lakehouse.java import java, release
from lakehouse.settings import Settings
from producers.kafka.topics import reachable
from producers.tmdb import Tmdb

NEEDED_GB = 2.0
PATIENCE = 3.0  # seconds that Kafka, and each step of a request to TMDb, may take


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is as it should be, what was found, and what to do where it is not."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    """Look at everything that a command may need; takes a few seconds, changes nothing, raises nothing of its own."""
    return [
        python(sys.version_info[:2]),
        the_java(java),
        the_jars(settings.jars),
        disk(settings.root),
        *(port(*named, settings.root) for named in _ports(settings)),
        kafka(settings),
        tmdb(settings),
    ]


def python(version: tuple[int, int]) -> Finding:
    """Python 3.11 to 3.14."""
    found = f"{version[0]}.{version[1]}"
    remedy = "install Python 3.11, then: make setup PYTHON=python3.11"
    return _finding("Python", (3, 11) <= version <= (3, 14), found, remedy)


def the_java(find: Callable[[], Path]) -> Finding:
    """A Java that runs Spark and the broker."""
    try:
        found = find()
    except SetupIncomplete as error:
        return Finding("Java", False, str(error).splitlines()[0], "make setup")
    return Finding("Java", True, f"Java {release(found)}, {found}")


def the_jars(folder: Path) -> Finding:
    """Every jar of Spark and the broker is there and is the one that the repository names."""
    expected = read_sums(SUMS)
    wrong = differences(folder, expected)
    found = f"{len(wrong)} are not right: {', '.join(wrong[:3])}" if wrong else f"{len(expected)} jars, checksums right"
    return _finding("jars", not wrong, f"{found} ({folder})", "make setup")


def disk(folder: Path) -> Finding:
    """Room where the lake lies."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free / 1e9
    remedy = f"free some space ({NEEDED_GB:.0f} GB or more), or set MOVIEPULSE_HOME to a folder on a larger disk"
    return _finding("disk", free >= NEEDED_GB, f"{free:.1f} GB free for {folder}", remedy)


def port(name: str, number: int, variable: str, root: Path) -> Finding:
    """The port is free, or a part of this MoviePulse listens there."""
    what = f"port {number} ({name})"
    if not _listens("127.0.0.1", number):
        return Finding(what, True, "free")
    owner = _listener(number)
    if owner is None:
        return Finding(what, False, "taken by a process of another user", f"set {variable}, or end that process")
    if _is_ours(owner, root):
        return Finding(what, True, f"in use by MoviePulse, process {owner.pid}")
    return Finding(what, False, f"taken by {owner.name()}, process {owner.pid}", f"set {variable}, or end that process")


def kafka(settings: Settings) -> Finding:
    """A broker answers where the settings say."""
    servers = settings.kafka.bootstrap_servers
    addresses = [server.strip().rpartition(":") for server in servers.split(",")]
    if not any(_listens(host.strip("[]"), int(number)) for host, _, number in addresses if number.isdecimal()):
        found = "nobody listens"
    elif reachable(settings, PATIENCE):
        return Finding("Kafka", True, f"answers at {servers}")
    else:
        found = "something listens, but it does not answer as Kafka"
    remedy = "moviepulse broker, or set MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS; moviepulse demo starts its own"
    return Finding("Kafka", False, f"{found} at {servers}", remedy)


def tmdb(settings: Settings) -> Finding:
    """TMDb answers, and takes the credential where one is set; the credential is never part of the finding."""
    base = settings.tmdb.base_url
    patience = {"attempts": 1, "connect_timeout_seconds": PATIENCE, "read_timeout_seconds": PATIENCE}
    known = "TMDB_TOKEN" if settings.tmdb_token else "TMDB_API_KEY" if settings.tmdb_api_key else ""
    try:
        with Tmdb(settings.model_copy(update={"tmdb": settings.tmdb.model_copy(update=patience)})) as client:
            client.get("/trending/movie/day", page=1)
    except TmdbRefused:
        if not known:
            return Finding("TMDb", True, f"answers at {base}; no key is set", "export TMDB_TOKEN=<v4 read token>")
        remedy = f"export {known}=<a valid one>, from the API page of your account at TMDb"
        return Finding("TMDb", False, f"answers at {base}, but refuses {known}", remedy)
    except TmdbUnavailable:
        remedy = "look at the network; without TMDb: moviepulse tmdb-standin (moviepulse demo starts its own)"
        return Finding("TMDb", False, f"no usable answer from {base}", remedy)
    except LakehouseError as error:
        return Finding("TMDb", False, str(error).splitlines()[0], f"correct {known or 'MOVIEPULSE_TMDB__BASE_URL'}")
    return Finding("TMDb", True, f"answers at {base}" + (f" and takes {known}" if known else ""))


def _finding(what: str, ok: bool, found: str, remedy: str) -> Finding:
    return Finding(what, ok, found, "" if ok else remedy)


def _ports(settings: Settings) -> list[tuple[str, int, str]]:
    return [
        ("broker", settings.broker.port, "MOVIEPULSE_BROKER__PORT and MOVIEPULSE_KAFKA__BOOTSTRAP_SERVERS"),
        ("controller", settings.broker.controller_port, "MOVIEPULSE_BROKER__CONTROLLER_PORT"),
        ("Spark Connect", settings.spark.connect_port, "MOVIEPULSE_SPARK__CONNECT_PORT"),
        ("Thrift", settings.spark.thrift_port, "MOVIEPULSE_SPARK__THRIFT_PORT"),
        ("TMDb stand-in", settings.standin.port, "MOVIEPULSE_STANDIN__PORT"),
        ("collector", settings.collector.port, "MOVIEPULSE_COLLECTOR__PORT"),
    ]


def _listens(host: str, number: int) -> bool:
    try:
        with socket.create_connection((host, number), timeout=PATIENCE):
            return True
    except OSError:
        return False


def _listener(number: int) -> psutil.Process | None:
    """The process that listens there; None where the system does not tell."""
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == number and each.pid:
                return psutil.Process(each.pid)
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return None
    return None


def _is_ours(process: psutil.Process, root: Path) -> bool:
    """Whether it or what started it is a moviepulse command, or it is Java on this home (both name it as an option)."""
    try:
        lines = [each.cmdline() for each in (process, *process.parents())]
    except psutil.Error:
        return False
    command = any(Path(word).name == "moviepulse" for line in lines for word in line[:2])
    return command or str(root) in " ".join(lines[0])
