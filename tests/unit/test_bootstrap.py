"""Set-up: nothing twice, nothing unverified, and one clear sentence with the next command where it cannot go on."""

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from apps import bootstrap
from apps.bootstrap import ROOT, alone, differences, enough_space, failure, fingerprint, jars, jars_folder, read_sums
from lakehouse import errors
from lakehouse.errors import SetupIncomplete


def a_jar(folder: Path, name: str, content: bytes = b"jar") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_a_python_of_any_age_can_read_the_file_far_enough_to_say_that_it_is_too_old():
    for module in (bootstrap, errors):
        source = Path(module.__file__).read_text()
        ast.parse(source, feature_version=(3, 7))
    first_statements = ast.parse(Path(bootstrap.__file__).read_text()).body[:3]
    assert [type(each) for each in first_statements] == [ast.Expr, ast.Import, ast.If]


def test_the_sums_in_the_repository_name_57_jars_in_order():
    names = list(read_sums(bootstrap.SUMS))
    assert len(names) == 57
    assert names == sorted(names)
    assert {Path(name).parent.name for name in names} == {"kafka", "spark"}


def test_a_missing_an_extra_and_a_different_jar_are_each_named(tmp_path):
    right = {"spark/a.jar": a_jar(tmp_path, "spark/a.jar"), "spark/b.jar": a_jar(tmp_path, "spark/b.jar")}
    assert differences(tmp_path, right) == []
    (tmp_path / "spark/a.jar").unlink()
    a_jar(tmp_path, "spark/b.jar", b"other")
    a_jar(tmp_path, "kafka/c.jar")
    assert differences(tmp_path, right) == ["extra kafka/c.jar", "missing spark/a.jar", "different spark/b.jar"]


def test_jars_that_are_not_the_named_ones_are_refused_and_none_is_kept(tmp_path):
    forger = tmp_path / "java"
    forger.write_text(
        "#!/bin/sh\n"
        "for pattern do :; done\n"
        'target="${pattern%%/\\[conf\\]*}/spark"\n'
        'mkdir -p "$target" && echo forged > "$target/commons-pool2-2.13.1.jar"\n'
    )
    forger.chmod(0o755)
    with pytest.raises(SetupIncomplete, match=r"jars\.sha256: .* \(57 in all\); none was kept"):
        jars(tmp_path / "home" / "jars", forger)
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "it failed: the disk is full"),
        (
            "error: Failed to install: x.whl\n  Caused by: failed to copy file: No space left on device (os error 28)",
            "it failed: the disk is full",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "it failed: a downloaded package is not the one that the lock names",
        ),
        ("  Hash mismatch for `x==1`", "it failed: a downloaded package is not the one that the lock names"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(Temporary failure in name resolution)'",
            "it failed: the network cannot be reached",
        ),
        ("error sending request for url (...)\n  Caused by: dns error", "it failed: the network cannot be reached"),
        ("Host repo not found. url=... UnknownHostException", "it failed: the network cannot be reached"),
        ("SSLHandshakeException: PKIX path building failed", "it failed: a server's certificate is not trusted"),
        ("collecting\nERROR: the wheel is odd\n:: see the log", "it failed: ERROR: the wheel is odd"),
        ("", "it failed: it said nothing"),
    ],
)
def test_what_a_tool_says_becomes_one_sentence_and_the_next_command(said, sentence):
    first, *_, last = str(failure(said, "it failed")).splitlines()
    assert first == sentence
    assert last.startswith("  next: ")
    assert "make setup" in last


def test_too_little_room_is_said_before_anything_is_fetched(tmp_path):
    enough_space(tmp_path, needed_gb=0.000001)
    with pytest.raises(SetupIncomplete, match=r"the disk has [\d.]+ GB free\n  where: .*\n  expected: 1000000 GB"):
        enough_space(tmp_path, needed_gb=1e6)


def test_the_fingerprint_changes_with_a_file_and_with_the_place(tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("a==1")
    before = fingerprint(tmp_path, lock)
    assert fingerprint(tmp_path, lock) == before
    assert fingerprint(tmp_path / "moved", lock) != before
    lock.write_text("a==2")
    assert fingerprint(tmp_path, lock) != before


def test_the_jars_lie_in_their_own_folder_else_beside_the_code_whatever_home_a_lake_has():
    assert jars_folder({}) == bootstrap.ROOT / ".moviepulse" / "jars"
    assert jars_folder({"MOVIEPULSE_HOME": "/data"}) == bootstrap.ROOT / ".moviepulse" / "jars"
    assert jars_folder({"MOVIEPULSE_HOME": "/data", "MOVIEPULSE_JARS": "/opt/jars"}) == Path("/opt/jars")


@pytest.mark.parametrize("part", ["apps.bootstrap", "apps.warm_up"])
def test_a_second_set_up_of_a_clone_waits_until_the_first_has_ended(part):
    with alone():
        second = subprocess.Popen([sys.executable, "-m", part], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert "another set-up of this clone is running" in second.stdout.readline()
        assert second.poll() is None
    second.communicate(timeout=300)
    assert second.returncode == 0
