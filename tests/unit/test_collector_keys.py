"""Keys and secrets: shown once, kept as sums, revoked at once; and without them the collector does not start."""

import json
import stat
from pathlib import Path

import pytest

from lakehouse import settings
from lakehouse.errors import KeyFileInvalid, SettingsInvalid
from lakehouse.ids import pseudonym
from lakehouse.settings import Settings
from producers.collector import keys, server
from producers.sources import user_event
from tests.unit.collecting import RATE, Collector
from tests.unit.test_errors_and_exit_codes import moviepulse


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home, and no secret of this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY", raising=False)
    return settings.load(home=tmp_path / "home")


def test_a_key_is_shown_once_and_kept_as_a_sum_that_only_its_owner_can_read(tmp_path):
    made = moviepulse(tmp_path, "collect-key", "site", "--per-second", "7")
    assert made.returncode == 0
    text = made.stdout.strip()
    file = tmp_path / "collector-keys.json"
    (kept,) = json.loads(file.read_text())
    assert (kept["name"], kept["scope"], kept["per_second"], kept["id"]) == ("site", "write", 7, text.split("_")[1])
    assert text.split("_", 2)[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(text.split("_", 2)[2]) == 43


def test_two_keys_of_one_name_an_unknown_scope_and_an_unknown_name_are_refused(tmp_path):
    file = tmp_path / "collector-keys.json"
    keys.make(file, "site", scope="write", per_second=1)
    again = moviepulse(tmp_path, "collect-key", "site")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("KeyFileInvalid: there is a key 'site' already")
    assert "expected: write, metrics" in moviepulse(tmp_path, "collect-key", "other", "--scope", "read").stderr
    assert "expected: site" in moviepulse(tmp_path, "collect-key", "other", "--revoke").stderr


def test_a_revoked_key_ends_and_a_new_one_begins_while_the_collector_runs(tmp_path):
    collector = Collector(tmp_path)
    file = tmp_path / "collector-keys.json"
    assert collector.send(RATE).status == 202
    keys.revoke(file, "site")
    new = keys.make(file, "new", scope="write", per_second=10)
    collector.seconds += keys.LOOK_SECONDS
    assert collector.send(RATE).status == 401
    assert collector.send(RATE, authorization=f"Bearer {new}").status == 202


def test_a_damaged_file_leaves_a_running_collector_its_keys_and_lets_none_start(tmp_path):
    collector = Collector(tmp_path)
    file = tmp_path / "collector-keys.json"
    file.write_text("[{")
    collector.seconds += keys.LOOK_SECONDS
    assert collector.send(RATE).status == 202
    with pytest.raises(KeyFileInvalid, match="cannot be read"):
        keys.Keys(file)


def test_without_a_secret_for_pseudonyms_it_does_not_start_and_says_what_to_do(tmp_path):
    done = moviepulse(tmp_path, "collect")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("SettingsInvalid: there is no secret for the users' pseudonyms")
    assert done.stderr.endswith("moviepulse collect --make-secret\n")


def test_what_clients_send_cannot_be_polled(tmp_path):
    done = moviepulse(tmp_path, "produce", "user_event")
    assert done.returncode == 1
    assert done.stderr.endswith("next: moviepulse collect\n")


def test_without_a_key_it_does_not_start(here):
    server.make_secret(here)
    with pytest.raises(KeyFileInvalid, match=r"(?s)there is no key.*next: moviepulse collect-key site"):
        server.serve(here, user_event)


def test_a_secret_that_is_made_is_its_owner_s_alone_and_stays_the_same(here):
    path = server.make_secret(here)
    anna = server.pseudonyms(here)("anna")
    assert (stat.S_IMODE(path.stat().st_mode), len(path.read_text())) == (0o600, 64)
    server.make_secret(here)
    assert server.pseudonyms(here)("anna") == anna


def test_the_environment_s_secret_wins_is_long_and_is_not_shown(here, monkeypatch):
    server.make_secret(here)
    monkeypatch.setenv("MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY", "canary-" * 6)
    chosen = settings.load(home=here.home)
    assert server.pseudonyms(chosen)("anna") == pseudonym("anna", secret=b"canary-" * 6, key_id="k1")
    assert "canary" not in repr(chosen)
    monkeypatch.setenv("MOVIEPULSE_COLLECTOR__PSEUDONYM_KEY", "canary")
    with pytest.raises(SettingsInvalid) as caught:
        settings.load(home=here.home)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("origin", ["*", "https://*.example", "films.example", "https://films.example/"])
def test_every_site_at_once_may_not_be_allowed(origin):
    with pytest.raises(SettingsInvalid, match="cors_origins"):
        settings.load(collector={"cors_origins": [origin]})
