"""The commands that fetch, where they need no broker: what they say, and how they end."""

from collections.abc import Iterator
from datetime import date

import pytest

from apps.tmdb_standin.server import Standin
from tests.unit.conftest import DAY
from tests.unit.test_errors_and_exit_codes import moviepulse

FULLEST = date(2001, 9, 9)


@pytest.fixture(scope="module")
def crowded() -> Iterator[Standin]:
    with Standin(today=lambda: DAY, titles=300, crowd=(FULLEST, 10_050)) as one:
        yield one


def run(standin: Standin, tmp_path, *words: str):
    away = {"MOVIEPULSE_TMDB__BASE_URL": standin.base_url, "MOVIEPULSE_TMDB__FILES_URL": standin.exports_url}
    return moviepulse(tmp_path, *words, **away)


def test_the_volume_names_the_days_that_do_not_fit(crowded: Standin, tmp_path):
    done = run(crowded, tmp_path, "discover", "volume", "--media", "movie", "--genre", "80", "--years", "2001-2002")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2001-09-09" in done.stdout


def test_titles_that_tmdb_does_not_have_are_named_and_nothing_is_fetched(crowded: Standin, tmp_path):
    done = run(crowded, tmp_path, "details", "603", "tt99999999999", "cat/5", "tt99999999998")
    assert done.returncode == 1
    assert done.stderr.startswith("SettingsInvalid: no such title: tt99999999999, cat/5, tt99999999998\n")
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--media", "cat"], "no such medium: cat"),
        (["--years", "1995"], "no such years: '1995'"),
        (["--years", "2024-1995"], "no such years: '2024-1995'"),
    ],
)
def test_a_window_that_is_none_is_refused(crowded: Standin, tmp_path, words: list[str], said: str):
    done = run(crowded, tmp_path, "discover", "volume", *words)
    assert done.returncode == 1
    assert done.stderr.startswith(f"SettingsInvalid: {said}\n")


def test_a_day_without_files_ends_with_1_and_names_the_file(crowded: Standin, tmp_path):
    done = run(crowded, tmp_path, "id-files", "--day", "2020-02-29")
    assert done.returncode == 1
    assert "TmdbNotFound: TMDb has no such daily file" in done.stderr
    assert "movie_ids_02_29_2020.json.gz" in done.stderr
