"""Recorded bodies served in place of the made-up world, and folders that cannot be served."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.tmdb_standin import world
from apps.tmdb_standin.server import Standin
from lakehouse.errors import SettingsInvalid
from producers.tmdb import Tmdb
from tests.unit.conftest import DAY, Quick, ask

REAL = Path(__file__).parents[3] / "shared" / "data" / "tmdb"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason=f"real recordings are absent: {REAL}")
FARGO = {"id": 275, "title": "Fargo", "imdb_id": "tt0116282", "genres": [{"id": 80, "name": "Crime"}], "runtime": 98}
HEAT = {"id": 949, "title": "Heat", "release_date": "1995-12-15", "genre_ids": [80, 18], "popularity": 9.5}
SEVEN = {"id": 807, "title": "Se7en", "release_date": "1995-09-22", "genre_ids": [80, 9648], "popularity": 12}
RESPONSES: dict[str, Any] = {
    "movie_275_append__a.json": FARGO,
    "movie_275_append__b.json": FARGO | {"credits": {"cast": [], "crew": []}},
    "movies_images__a.json": {"id": 550, "posters": []},
    "discover_movies__a.json": {"page": 1, "results": [HEAT], "total_pages": 38020, "total_results": 760385},
    "discover_movie_1995__b.json": {"page": 1, "results": [HEAT, SEVEN], "total_pages": 1, "total_results": 2},
    "changes_movie_list__a.json": {"page": 3, "results": [{"id": 1, "adult": None}], "total_pages": 57},
    "find_movie_results__a.json": {"movie_results": [{"id": 275, "media_type": "movie"}], "tv_results": []},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two generated days, 2026-01-21 and -22, and a few responses."""
    world.write_days(tmp_path / "days", 7, DAY, 2)
    (tmp_path / "responses").mkdir()
    for name, body in RESPONSES.items():
        (tmp_path / "responses" / name).write_text(json.dumps(body))
    return tmp_path


@pytest.fixture
def playing(folder: Path) -> Iterator[Standin]:
    with Standin(recorded=folder, today=lambda: date(2026, 2, 1)) as one:
        yield one


def test_lists_are_those_of_the_newest_day(playing: Standin, quick: Quick):
    newest = world.day_file(7, date(2026, 1, 22))
    with Tmdb(quick(playing.base_url)) as tmdb:
        assert tmdb.pages("/movie/popular", 500) == newest["movies"]["popular"]
        assert tmdb.pages("/tv/on_the_air", 500) == newest["tv"]["on_the_air"]
        assert tmdb.pages("/trending/tv/week", 500) == newest["tv"]["trending_week"]
        assert tmdb.get("/genre/tv/list") == {"genres": newest["tv"]["genres"]}


def test_a_day_that_is_not_over_yet_does_not_know_the_next_one(folder: Path, quick: Quick):
    with Standin(recorded=folder, today=lambda: DAY) as playing, Tmdb(quick(playing.base_url)) as tmdb:
        assert tmdb.pages("/movie/upcoming", 500) == world.day_file(7, DAY)["movies"]["upcoming"]


def test_before_the_first_day_there_is_no_list(folder: Path):
    with Standin(recorded=folder, today=lambda: date(2026, 1, 20)) as playing:
        assert ask(playing, "/movie/popular").status_code == 404


def test_of_several_bodies_of_a_title_the_fullest_is_served(playing: Standin):
    assert ask(playing, "/movie/275").json() == RESPONSES["movie_275_append__b.json"]


def test_what_was_not_recorded_is_not_found(playing: Standin):
    paths = ("/movie/550", "/tv/275", "/movie/genres", "/tv/now_playing")
    assert [ask(playing, path).status_code for path in paths] == [404] * 4


def test_a_title_is_found_by_the_imdb_id_of_its_details(playing: Standin):
    hit, miss = (
        ask(playing, f"/find/{one}", {"external_source": "imdb_id"}).json() for one in ("tt0116282", "tt0000001")
    )
    assert hit["movie_results"] == [{"id": 275, "media_type": "movie"}]
    assert {name: len(results) for name, results in miss.items()} == {
        "movie_results": 0, "person_results": 0, "tv_results": 0, "tv_episode_results": 0, "tv_season_results": 0,
    }  # fmt: skip


def test_a_discovery_picks_from_all_recorded_items_with_totals_that_hold(playing: Standin):
    def found(**params: Any) -> list[int]:
        body = ask(
            playing, "/discover/movie", {key.replace("_to_", "."): value for key, value in params.items()}
        ).json()
        assert (body["total_pages"], body["total_results"]) == (1, len(body["results"]))
        return [item["id"] for item in body["results"]]

    assert found() == [807, 949]
    assert found(with_genres="80,18") == [949]
    assert found(sort_by="primary_release_date.desc") == [949, 807]
    assert found(primary_release_date_to_gte="1995-10-01") == [949]


def test_changes_are_what_was_recorded(playing: Standin):
    assert ask(playing, "/movie/changes").json() == {
        "page": 1, "results": [{"id": 1, "adult": None}], "total_pages": 1, "total_results": 1,
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["days", "responses"])
def test_a_folder_without_recordings_is_refused_with_what_is_expected(folder: Path, missing: str):
    for path in (folder / missing).iterdir():
        path.unlink()
    said = rf"(?s)no recordings in {missing}/.*where: .*expected: .*days/YYYY-MM-DD.*next: moviepulse tmdb-standin"
    with pytest.raises(SettingsInvalid, match=said):
        Standin(recorded=folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("days/2026-01-22.json.gz", b"not gzip"),
        ("days/2026-01-22.json.gz", gzip.compress(b"{}", mtime=0)),
        ("days/2026-01-22.json.gz", gzip.compress(b'{"movies": {"popular": [5]}, "tv": {}}', mtime=0)),
        ("days/yesterday.json.gz", gzip.compress(b'{"movies": {}, "tv": {}}', mtime=0)),
        ("responses/movie_275_append__a.json", b"{"),
        ("responses/discover_movies__a.json", b"[]"),
        ("responses/discover_movies__a.json", b'{"results": 5}'),
    ],
)
def test_a_damaged_recording_is_refused_by_name(folder: Path, name: str, content: bytes):
    (folder / name).write_bytes(content)
    with pytest.raises(SettingsInvalid, match=name.split("/")[1]):
        Standin(recorded=folder)


@needs_real
def test_real_recordings_are_served_as_they_were_recorded(quick: Quick):
    last_day = json.loads(gzip.decompress((REAL / "days" / "2026-02-09.json.gz").read_bytes()))
    with Standin(recorded=REAL) as playing, Tmdb(quick(playing.base_url)) as tmdb:
        assert tmdb.pages("/movie/popular", 500) == last_day["movies"]["popular"]
        assert tmdb.pages("/trending/tv/day", 500) == last_day["tv"]["trending_day"]
        assert tmdb.get("/tv/1396")["name"] == "Breaking Bad"
        assert len(tmdb.get("/movie/12313")) == 41
        found = tmdb.get("/find/tt0903747", external_source="imdb_id")
        assert [item["id"] for item in found["tv_results"]] == [1396]
        assert len(tmdb.pages("/movie/changes", 500)) == 200
        crimes = tmdb.pages("/discover/movie", 500, with_genres=80)
        assert crimes
        assert all(80 in item["genre_ids"] for item in crimes)
