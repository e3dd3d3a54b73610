"""Windows of release days and their parts, against a TMDb on whose fullest day 10,050 Crime movies came out."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import SettingsInvalid, SourceInvalid
from producers.backfill import Cursor, Fetched, require_whole, volumes
from producers.sources import discover
from producers.tmdb import Tmdb
from producers.windows import Part, Window, parts, windows
from tests.unit.conftest import DAY, Answering, Quick

FULLEST = date(2001, 9, 9)
CRIME = Window("movie", 80, date(1900, 1, 1), date(2024, 12, 31))
FAST = {"requests_per_second": 2000}


@pytest.fixture(scope="module")
def crowded() -> Iterator[Standin]:
    with Standin(today=lambda: DAY, titles=3000, crowd=(FULLEST, 10_050)) as one:
        yield one


def split(standin: Standin, quick: Quick, window: Window = CRIME) -> list[Part]:
    with Tmdb(quick(standin.base_url, **FAST)) as tmdb:
        return list(parts(tmdb, window.listed(discover), window.first, window.last))


def totals(standin: Standin, quick: Quick, window: Window) -> tuple[int, int]:
    listing = discover.listing("movie", 80, window.first, window.last)
    with Tmdb(quick(standin.base_url, **FAST)) as tmdb:
        body = tmdb.get(listing.path, **listing.params)
    return body["total_pages"], body["total_results"]


def test_a_window_that_fits_is_one_part_and_one_request(standin: Standin, quick: Quick):
    (only,) = split(standin, quick)
    assert (only.first, only.last) == (CRIME.first, CRIME.last)
    assert (only.pages, only.titles) == totals(standin, quick, CRIME)
    assert len(standin.requests) == 2


def test_a_window_of_more_than_500_pages_is_split_until_all_but_the_fullest_day_fit(crowded: Standin, quick: Quick):
    found = split(crowded, quick)
    full = [part for part in found if part.pages > 500]
    assert totals(crowded, quick, CRIME)[0] > 500
    assert [(part.first, part.last, part.titles >= 10_050) for part in full] == [(FULLEST, FULLEST, True)]
    assert [part.is_too_full for part in found] == [part in full for part in found]
    assert [part.pages_served for part in found] == [min(part.pages, 500) for part in found]


def test_the_parts_of_a_window_cover_every_day_once_and_every_announced_title(crowded: Standin, quick: Quick):
    found = split(crowded, quick)
    day = timedelta(days=1)
    assert (found[0].first, found[-1].last) == (CRIME.first, CRIME.last)
    assert [part.first for part in found[1:]] == [part.last + day for part in found[:-1]]
    assert all(part.first <= part.last for part in found)
    assert sum(part.titles for part in found) == totals(crowded, quick, CRIME)[1]


def test_days_that_fit_each_are_split_from_each_other(quick: Quick):
    days = Window("movie", 80, FULLEST - timedelta(days=700), FULLEST + timedelta(days=700))
    with Standin(today=lambda: DAY, titles=8000, crowd=(FULLEST, 9_990)) as standin:
        found = split(standin, quick, days)
        announced = totals(standin, quick, days)
    assert announced[0] > 500
    assert len(found) > 1
    assert all(part.pages <= 500 for part in found)
    assert sum(part.titles for part in found) == announced[1]


@pytest.mark.parametrize(("pages", "is_too_full"), [(500, False), (501, True)])
def test_page_500_is_the_last_one_that_fits(quick: Quick, answering: Answering, pages: int, is_too_full: bool):
    body = f'{{"page": 1, "results": [], "total_pages": {pages}, "total_results": {20 * pages}}}'
    with answering(body.encode()) as url, Tmdb(quick(url, **FAST)) as tmdb:
        found = list(parts(tmdb, CRIME.listed(discover), FULLEST, FULLEST + timedelta(days=is_too_full)))
    assert [part.is_too_full for part in found] == ([True, True] if is_too_full else [False])


@pytest.mark.parametrize("body", [b'{"results": []}', b'{"total_pages": "9", "total_results": 9}'])
def test_a_page_without_its_totals_is_invalid(quick: Quick, answering: Answering, body: bytes):
    with answering(body) as url, Tmdb(quick(url)) as tmdb, pytest.raises(SourceInvalid, match="without its totals"):
        list(parts(tmdb, CRIME.listed(discover), FULLEST, FULLEST))


def test_volumes_say_what_tmdb_announces_and_publish_nothing(crowded: Standin, quick: Quick):
    quiet = Window("movie", 80, date(2001, 9, 10), date(2024, 12, 31))
    full, fits = volumes(quick(crowded.base_url, **FAST), discover, [CRIME, quiet])
    assert (full.window, fits.window) == (CRIME, quiet)
    assert (fits.pages, fits.titles) == totals(crowded, quick, quiet)
    assert full.titles == totals(crowded, quick, CRIME)[1]
    assert (full.too_full, fits.too_full, fits.splits) == ([FULLEST], [], 0)
    assert full.splits == len(full.cursor.parts) - 1 > 3
    assert full.found == 0


def test_a_day_that_does_not_fit_is_an_error_that_names_it(crowded: Standin, quick: Quick):
    fetched = list(volumes(quick(crowded.base_url, **FAST), discover, [CRIME]))
    with pytest.raises(SourceInvalid, match=r"1 days have more than 500 pages.*: 2001-09-09 of movie genre 80"):
        require_whole(fetched)


def test_windows_that_fit_are_whole():
    fits = Part(first=FULLEST, last=FULLEST, titles=10_000, pages=500)
    require_whole([Fetched(CRIME, Cursor(as_of="2026-01-21T00:00:00Z", parts=[fits]))])  # type: ignore[arg-type]


def test_a_part_counts_distinct_titles_and_forgets_them_when_it_is_finished():
    part = Part(first=FULLEST, last=FULLEST, titles=3, pages=3)
    part.take(1, [{"id": 1}, {"id": 2}, {}, {"id": "x"}])
    part.take(2, [{"id": 2}, {"id": 3}])
    assert (part.found, part.pages_done, part.ids) == (3, 2, {1, 2, 3})
    part.take(3, [{"id": 1}])
    assert (part.found, part.pages_done, part.ids) == (3, 3, set())


def test_what_was_announced_and_did_not_come_is_missing():
    served = Part(first=FULLEST, last=FULLEST, titles=3, pages=1)
    served.take(1, [{"id": 1}, {"id": 1}])
    fetched = Fetched(CRIME, Cursor(as_of="2026-01-21T00:00:00Z", parts=[served]))  # type: ignore[arg-type]
    assert (fetched.titles, fetched.found, fetched.missing) == (3, 1, 2)


def test_the_windows_of_the_settings_cover_their_years_once_for_each_genre(quick: Quick):
    asked = quick("http://127.0.0.1:1/3").backfill.model_copy(update={"first_year": 1990, "last_year": 2001})
    found = windows(quick("http://127.0.0.1:1/3").model_copy(update={"backfill": asked}))
    years = [(date(1990, 1, 1), date(1994, 12, 31)), (date(1995, 1, 1), date(1999, 12, 31)),
             (date(2000, 1, 1), date(2001, 12, 31))]  # fmt: skip
    genres = [*(("movie", genre) for genre in asked.movie_genres), *(("tv", genre) for genre in asked.tv_genres)]
    assert found == [Window(*genre, *each) for genre in genres for each in years]


def test_windows_are_those_that_are_named(quick: Quick):
    found = windows(quick("http://127.0.0.1:1/3"), media_types=["tv"], genre_ids=[18], years=(2023, 2024))
    assert [str(one) for one in found] == ["tv-genre-18-2023-01-01-2024-12-31"]


def test_windows_take_any_days_and_are_cut_to_them(quick: Quick):
    config = quick("http://127.0.0.1:1/3")
    found = windows(config, media_types=["tv"], genre_ids=[18], days=(date(2019, 3, 5), date(2026, 1, 21)))
    assert [(one.first, one.last) for one in found] == [
        (date(2019, 3, 5), date(2023, 12, 31)), (date(2024, 1, 1), date(2026, 1, 21)),
    ]  # fmt: skip
    open_end = windows(config, media_types=["tv"], genre_ids=[18], days=(date(2024, 3, 5), None))
    assert [(one.first, one.last) for one in open_end] == [(date(2024, 3, 5), date(2024, 12, 31))]
    with pytest.raises(SettingsInvalid, match="2026-01-22 to 2026-01-21"):
        windows(config, days=(date(2026, 1, 22), date(2026, 1, 21)))
