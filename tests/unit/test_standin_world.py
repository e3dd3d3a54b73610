"""The stand-in's world: made up, repeatable, and with TMDb's shapes and quirks."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from apps.tmdb_standin import world
from apps.tmdb_standin.lists import LISTS as LISTS_OF
from apps.tmdb_standin.server import Standin
from lakehouse.errors import PortTaken
from producers.replay import day_events, read_day
from producers.sources import trending
from producers.tmdb import Tmdb
from tests.unit.conftest import DAY, Quick

DAYS = [DAY + timedelta(days=number) for number in range(10)]
LISTS = [(media_type, window) for media_type in world.GROUPS for window in world.WINDOWS]


def places(media_type: str, window: str, day: date) -> list[int]:
    return [item["id"] for item in world.trending(7, media_type, window, day)[:40]]


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    first = [path.read_bytes() for path in world.write_days(tmp_path / "a", 7, DAY, 2)]
    assert [path.read_bytes() for path in world.write_days(tmp_path / "b", 7, DAY, 2)] == first
    assert [path.read_bytes() for path in world.write_days(tmp_path / "c", 8, DAY, 2)] != first


def test_items_have_the_keys_of_recorded_ones():
    shared = {"adult", "backdrop_path", "id", "overview", "poster_path", "media_type", "original_language", "genre_ids",
              "popularity", "vote_average", "vote_count"}  # fmt: skip
    (movie, *_), (series, *_) = world.trending(7, "movie", "day", DAY), world.trending(7, "tv", "day", DAY)
    assert movie.keys() == shared | {"title", "original_title", "release_date", "video"}
    assert series.keys() == shared | {"name", "original_name", "first_air_date", "origin_country"}


def test_movies_and_series_share_ids_but_not_titles():
    movies, series = ({title.title_id: title.name for title in world.titles(7, medium)} for medium in ("movie", "tv"))
    assert (len(movies), len(series)) == (world.TITLES, world.TITLES)
    assert len(movies.keys() & series.keys()) >= world.SHARED_IDS
    assert len(movies.items() & series.items()) < 20


@pytest.mark.parametrize(("media_type", "window"), LISTS)
def test_a_list_moves_from_day_to_day_and_keeps_most_of_its_titles(media_type: str, window: str):
    for day in DAYS:
        today, tomorrow = places(media_type, window, day), places(media_type, window, day + timedelta(days=1))
        assert today != tomorrow
        assert len(set(today) & set(tomorrow)) >= 20


def test_the_list_of_the_week_moves_more_slowly_than_the_list_of_the_day():
    def kept(window: str) -> int:
        return sum(len({*places("tv", window, day)} & {*places("tv", window, day + timedelta(days=1))}) for day in DAYS)

    assert kept("week") > kept("day")


def test_a_title_stands_twice_only_over_the_border_of_page_one():
    lists = [places(*one, day) for one in LISTS for day in DAYS]
    twice = [listed for listed in lists if len(set(listed)) < 40]
    assert 3 <= len(twice) <= 20
    assert all(listed[19] == listed[20] and len(set(listed)) == 39 for listed in twice)


def test_the_quirks_of_tmdb_occur():
    items = [item for one in LISTS for day in DAYS for item in world.trending(7, *one, day)]
    dates = [item.get("release_date", item.get("first_air_date")) for item in items]
    assert "" in dates
    assert {type(item["vote_average"]) for item in items} == {int, float}
    assert {type(item["popularity"]) for item in items} == {int, float}
    assert {"" if not item["overview"] else "text" for item in items} == {"", "text"}
    assert any(item["vote_count"] == 0 for item in items)
    assert any(not item.get("title", item.get("name", "")).isascii() for item in items)


def test_votes_grow_and_sometimes_fall():
    title = next(title for title in world.titles(7, "movie") if title.fame > 20 and title.released.year == 2024)
    counts = [world.votes(title, date(2026, 1, 1) + timedelta(days=number))[1] for number in range(100)]
    steps = [after - before for before, after in pairwise(counts)]
    assert counts[-1] > counts[0]
    assert min(steps) < 0


def test_a_generated_day_is_what_the_server_serves_on_that_day(tmp_path: Path, standin: Standin, quick: Quick):
    (path,) = world.write_days(tmp_path, 7, DAY, 1)
    with Tmdb(quick(standin.base_url)) as tmdb:
        served = [item for listed in trending.LISTS for item in tmdb.pages(listed.path, 2)]
    assert [event["raw"] for event in day_events(read_day(path, trending), trending)] == served


def test_a_generated_day_holds_every_list_that_a_recorded_day_holds():
    day = world.day_file(7, DAY)
    assert {name: len(items) for name, items in day["movies"].items()} == {
        "trending_day": 40, "trending_week": 40, "popular": 60, "top_rated": 40, "now_playing": 40, "upcoming": 40,
        "genres": 19,
    }  # fmt: skip
    assert {name: len(items) for name, items in day["tv"].items()} == {
        "trending_day": 40, "trending_week": 40, "popular": 60, "top_rated": 40, "on_the_air": 40, "airing_today": 40,
        "genres": 16,
    }  # fmt: skip


@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_the_other_lists_of_a_generated_day_are_served_on_that_day_too(standin: Standin, quick: Quick, media_type: str):
    recorded = world.day_file(7, DAY)[world.GROUPS[media_type]]
    with Tmdb(quick(standin.base_url)) as tmdb:
        served = {name: tmdb.pages(f"/{media_type}/{name}", len(recorded[name]) // 20) for name in LISTS_OF[media_type]}
    assert served == {name: recorded[name] for name in LISTS_OF[media_type]}


def test_a_taken_port_is_named(standin: Standin):
    port = int(standin.base_url.split(":")[-1].removesuffix("/3"))
    with pytest.raises(PortTaken, match=f"port {port} is taken"), Standin(port=port):
        pass
