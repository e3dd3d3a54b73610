"""Which Java is taken: JAVA_HOME, then PATH, then the one that set-up brought; 17 or newer, and said clearly."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from lakehouse.errors import SetupIncomplete
from lakehouse.java import java, release, trust_store, use_java, wrap


def a_java(home: Path, version: str, says_home: Path | None = None) -> Path:
    """A program that answers -version as the Java of that version does."""
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(
        "#!/bin/sh\n"
        f"echo '    java.home = {says_home or home}' >&2\n"
        f"echo '    java.specification.version = {version}' >&2\n"
    )
    executable.chmod(0o755)
    return executable


@pytest.fixture(autouse=True)
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def test_java_home_wins_over_path_and_path_over_the_bundled_one(tmp_path, monkeypatch):
    bundled = a_java(tmp_path / "venv" / "jdk", "21")
    assert java(tmp_path / "venv") == bundled
    on_path = a_java(tmp_path / "system", "17")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert java(tmp_path / "venv") == on_path
    home = a_java(tmp_path / "home", "25")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert java(tmp_path / "venv") == home


def test_a_too_old_java_home_is_passed_over(tmp_path, monkeypatch):
    a_java(tmp_path / "old", "1.8")
    good = a_java(tmp_path / "good", "17")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("PATH", str(good.parent))
    assert java(tmp_path) == good


def test_a_shim_on_path_leads_to_the_java_behind_it(tmp_path, monkeypatch):
    shim = a_java(tmp_path / "shims", "17", says_home=tmp_path / "real")
    monkeypatch.setenv("PATH", str(shim.parent))
    assert java(tmp_path) == tmp_path / "real" / "bin" / "java"


def test_an_old_java_and_a_broken_one_are_both_named_with_the_next_command(tmp_path, monkeypatch):
    old = a_java(tmp_path / "old", "11")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    monkeypatch.setenv("PATH", str(old.parent))
    with pytest.raises(SetupIncomplete) as error:
        java(tmp_path)
    assert str(error.value) == (
        "no Java 17 or newer\n"
        f"  where: JAVA_HOME has {tmp_path}/gone/bin/java, which does not run; PATH has {old}, which is Java 11\n"
        "  expected: a Java runtime, 17 or newer\n"
        "  next: make setup (it brings a Java where the machine has none)"
    )


def test_without_any_java_the_error_says_where_it_looked(tmp_path):
    with pytest.raises(SetupIncomplete, match="JAVA_HOME is not set and PATH has no java"):
        java(tmp_path)


def test_java_home_of_the_process_is_set_to_the_java_that_was_found(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "")
    found = a_java(tmp_path / "system", "17")
    monkeypatch.setenv("PATH", str(found.parent))
    assert use_java() == found
    assert os.environ["JAVA_HOME"] == str(tmp_path / "system")


@pytest.mark.parametrize(("reported", "number"), [("1.8", 8), ("11", 11), ("17", 17), ("25", 25)])
def test_the_release_is_a_whole_number(tmp_path, reported, number):
    assert release(a_java(tmp_path / "a", reported)) == number


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["--add-modules=jdk.incubator.vector", "-cp", "a b", "Main"], ["-cp", "a b", "Main"]),
        (["--add-modules", "jdk.incubator.vector", "Main", "1"], ["Main", "1"]),
        (["--add-modules", "java.se", "Main"], ["--add-modules=java.se", "Main"]),
        (["-Dx=*", "", "$HOME"], ["-Dx=*", "", "$HOME"]),
    ],
)
def test_the_java_from_a_wheel_is_not_asked_for_the_module_it_lacks(tmp_path, given, passed):
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\nfor word do printf "%s|" "$word"; done\n')
    real.chmod(0o755)
    wrap(real, tmp_path / "venv")
    wrapper = tmp_path / "venv" / "jdk" / "bin" / "java"
    said = subprocess.run(["/bin/sh", wrapper, *given], capture_output=True, text=True, check=True).stdout
    assert [word for word in said.split("|")[:-1] if not word.startswith("-Djavax.net.ssl.trustStore=")] == passed


def test_a_trust_store_holds_each_authority_and_its_own_checksum():
    store = trust_store([b"first", b"second"])
    body, checksum = store[:-20], store[-20:]
    assert body[:12].hex() == "feedfeed" + "00000002" + "00000002"
    assert body.endswith(b"\x00\x05X.509" + b"\x00\x00\x00\x06second")
    password = "changeit".encode("utf-16-be")
    assert checksum == hashlib.sha1(password + b"Mighty Aphrodite" + body).digest()
