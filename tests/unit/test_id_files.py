"""Daily id files: which day's, and that a missing or damaged one is an error before anything is sent."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import SourceInvalid, TmdbNotFound, TmdbUnavailable
from lakehouse.settings import Settings
from producers.id_files import newest, publish
from producers.sources import title_id_export
from producers.tmdb import Tmdb
from tests.unit.conftest import DAY, Answering, Quick

LINES = b'{"id": 1, "popularity": 2.5}\n' * 5000
PACKED = gzip.compress(LINES, mtime=0)
NAME = title_id_export.listing("movie", DAY).path


def kept(settings: Settings) -> list[str]:
    """What a run has left: files, and the ledger's line of what it sent."""
    return sorted(path.name for path in settings.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 1, 21, 7, 59, 59, tzinfo=UTC), date(2026, 1, 20)),
        (datetime(2026, 1, 21, 8, tzinfo=UTC), date(2026, 1, 21)),
        (datetime(2026, 1, 1, 0, tzinfo=UTC), date(2025, 12, 31)),
    ],
)
def test_before_eight_the_newest_file_is_yesterday_s(now: datetime, day: date):
    assert newest(now) == day


def test_a_file_is_written_whole(standin: Standin, quick: Quick, tmp_path: Path):
    with Tmdb(quick(standin.base_url, files_url=standin.exports_url)) as tmdb:
        tmdb.download(NAME, tmp_path / NAME)
    assert gzip.decompress((tmp_path / NAME).read_bytes()).startswith(b'{"adult":')
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [NAME]


def test_a_file_of_this_machine_is_fetched_past_a_proxy(
    standin: Standin, quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Tmdb(quick(standin.base_url, files_url=standin.exports_url)) as tmdb:
        tmdb.download(NAME, tmp_path / NAME)
    assert (tmp_path / NAME).is_file()


@pytest.mark.parametrize("day", [date(2026, 1, 22), date(2025, 1, 21)])
def test_a_missing_day_is_not_found_and_the_error_names_the_file(standin: Standin, quick: Quick, day: date):
    here = quick(standin.base_url, files_url=standin.exports_url)
    with pytest.raises(TmdbNotFound, match=rf"where: {standin.exports_url}/movie_ids_01_{day:%d_%Y}\.json\.gz"):
        publish(here, title_id_export, day)
    assert not (here.root / "ledger").exists()
    assert not (here.root / "files" / title_id_export.listing("movie", day).path).exists()


def test_a_day_whose_hour_has_not_come_is_not_found(quick: Quick):
    early = datetime(2026, 1, 21, 7, 59, tzinfo=UTC)
    with Standin(now=lambda: early) as standin, pytest.raises(TmdbNotFound, match="from 08:00 UTC on"):
        publish(quick(standin.base_url, files_url=standin.exports_url), title_id_export, early.date())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PACKED[: len(PACKED) // 2], "damaged"),
        (PACKED[:-8], "damaged"),
        (PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:], "damaged: CRC check failed"),
        (PACKED[:-1] + b"\x01", "damaged: Incorrect length"),
        (PACKED[:40] + b"\xff\xff" + PACKED[42:], "damaged"),
        (b"<html>502 Bad Gateway</html>", "damaged: Not a gzipped file"),
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_a_damaged_or_empty_file_is_invalid_is_not_kept_and_nothing_is_sent(
    quick: Quick, answering: Answering, body: bytes, said: str
):
    with answering(body) as url, pytest.raises(SourceInvalid, match=f"the id file is {said}"):
        publish(quick(url, files_url=url), title_id_export, DAY)
    assert NAME not in kept(quick(url))
    assert not (quick(url).root / "ledger").exists()


def test_a_file_that_breaks_off_is_asked_for_again_and_never_taken_for_whole(quick: Quick, answering: Answering):
    served = answering(PACKED, Content_Length=str(len(PACKED) + 1))
    with served as url, pytest.raises(TmdbUnavailable, match="failed 3 times"):
        publish(quick(url, files_url=url, read_timeout_seconds=1), title_id_export, DAY)
    assert NAME not in kept(quick(url))


def test_a_store_that_fails_is_unavailable(quick: Quick, answering: Answering):
    with answering(b"", status=503) as url, pytest.raises(TmdbUnavailable, match="HTTP 503"):
        publish(quick(url, files_url=url), title_id_export, DAY)
