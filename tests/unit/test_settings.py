"""Settings: which place wins, and what a wrong one says."""

import re
from pathlib import Path

import pytest
import yaml

from lakehouse import settings
from lakehouse.errors import SettingsInvalid

OVERLAYS = sorted(path.stem for path in settings.CONF.glob("*.yaml") if path.stem != "base")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and no .env."""
    import os

    for name in list(os.environ):
        if name.startswith(("MOVIEPULSE_", "TMDB_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refused(**overrides: object) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        settings.load(**overrides)
    return str(caught.value)


@pytest.mark.parametrize("profile", OVERLAYS)
def test_every_overlay_gives_whole_settings(profile, monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_PROFILE", profile)
    assert settings.load().kafka.bootstrap_servers


@pytest.mark.parametrize("profile", OVERLAYS)
def test_an_overlay_names_only_settings_of_the_base(profile):
    base = yaml.safe_load((settings.CONF / "base.yaml").read_text())
    overlay = yaml.safe_load((settings.CONF / f"{profile}.yaml").read_text())
    for section, values in overlay.items():
        assert section in base
        if isinstance(values, dict):
            assert values.keys() <= base[section].keys()


def test_the_environment_wins_over_dotenv_over_the_overlay_over_the_base(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_PROFILE", "test")
    assert settings.load().streaming.silver_trigger == "400 milliseconds"
    assert settings.load().broker.port == 9092
    Path(".env").write_text("MOVIEPULSE_STREAMING__SILVER_TRIGGER=3 seconds\nMOVIEPULSE_BROKER__PORT=9192\n")
    assert settings.load().streaming.silver_trigger == "3 seconds"
    monkeypatch.setenv("MOVIEPULSE_STREAMING__SILVER_TRIGGER", "5 seconds")
    assert settings.load().streaming.silver_trigger == "5 seconds"
    assert settings.load().broker.port == 9192
    assert settings.load().streaming.bronze_trigger == "1 second"


def test_an_overlay_adds_to_the_base_s_spark_settings_instead_of_replacing_them(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_PROFILE", "cluster")
    chosen = settings.load().spark
    assert chosen.conf["spark.sql.shuffle.partitions"] == 16
    assert chosen.connect_port == 15002


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MOVIEPULSE_BROKER__PORT", "99999", "less than or equal to 65535"),
        ("MOVIEPULSE_BROKER__PORT", "kafka", "valid integer"),
        ("MOVIEPULSE_TMDB__PAGES", "0", "greater than or equal to 1"),
        ("MOVIEPULSE_TMDB__LANGUAGE", "portuguese", "should match pattern"),
        ("MOVIEPULSE_TMDB__BASE_URL", "ftp://films", "should match pattern"),
        ("MOVIEPULSE_STREAMING__DRAIN_SECONDS", "0", "greater than 0"),
    ],
)
def test_a_wrong_value_says_which_where_and_what_was_expected(name, value, expected, monkeypatch):
    monkeypatch.setenv(name, value)
    said = refused()
    path = name.removeprefix("MOVIEPULSE_").lower().replace("__", ".")
    assert said.startswith(f"setting {path} is wrong: {value!r}\n  where: {name} in the environment")
    assert re.search(rf"\n  expected: .*{expected}", said)


def test_an_unknown_setting_is_refused_in_every_section(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_KAFKA__BOOTSTRAP_SERVER", "kafka:9092")
    assert "kafka.bootstrap_server" in refused()


def test_an_unknown_profile_names_those_that_exist(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_PROFILE", "production")
    said = refused()
    assert said.startswith("MOVIEPULSE_PROFILE='production' names no overlay")
    assert said.endswith(f"expected: {', '.join(OVERLAYS)}")


def test_places_are_absolute_and_lie_in_the_home(tmp_path):
    chosen = settings.load(home=Path("here"))
    assert chosen.root == tmp_path / "here"
    assert (chosen.lake, chosen.checkpoints) == (tmp_path / "here" / "lake", tmp_path / "here" / "checkpoints")


def test_checkpoints_lie_in_no_table(tmp_path):
    chosen = settings.load(home=tmp_path)
    assert chosen.lake not in chosen.checkpoints.parents


def test_jars_stay_where_set_up_put_them_whatever_home_a_lake_has(tmp_path, monkeypatch):
    beside_the_code = settings.CONF.parent / ".moviepulse" / "jars"
    assert settings.load(home=tmp_path).jars == settings.load().jars == beside_the_code
    monkeypatch.setenv("MOVIEPULSE_JARS", str(tmp_path))
    assert settings.load().jars == tmp_path


def test_a_key_is_not_shown_by_the_settings_that_hold_it(monkeypatch):
    monkeypatch.setenv("TMDB_TOKEN", "canary-token-1234")
    monkeypatch.setenv("TMDB_API_KEY", "canary-key-1234")
    assert "canary" not in repr(settings.load())


def test_kafka_s_further_settings_are_json_and_a_wrong_one_is_refused(monkeypatch):
    monkeypatch.setenv("MOVIEPULSE_KAFKA__PROPERTIES", '{"security.protocol": "SSL"}')
    assert settings.load().kafka.properties == {"security.protocol": "SSL"}
    monkeypatch.setenv("MOVIEPULSE_KAFKA__PROPERTIES", "security.protocol=SSL")
    assert "MOVIEPULSE_KAFKA" in refused()


def test_settings_cannot_be_changed_after_they_were_read():
    chosen = settings.load()
    with pytest.raises(ValueError, match="frozen"):
        chosen.broker.port = 1  # type: ignore[misc]
