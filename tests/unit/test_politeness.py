"""Many questions at once: one rate for all workers, few connections, and pauses that everybody keeps."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import TmdbRefused, TmdbUnavailable
from producers.tmdb import Tmdb
from tests.unit.conftest import DAY, Quick

PATH = "/trending/movie/day"
FAST = {"requests_per_second": 2000}


@pytest.fixture(scope="module")
def distant() -> Iterator[Standin]:
    """A stand-in that is 20 ms away."""
    with Standin(today=lambda: DAY, latency=0.02) as one:
        one_page(one)
        yield one


@pytest.fixture
def tmdb_away(distant: Standin) -> Standin:
    distant.forget()
    return distant


def one_page(standin: Standin) -> None:
    """Has the stand-in make its world, which takes longer than an answer."""
    import requests

    requests.get(standin.base_url + PATH, timeout=20)


def ask_all(tmdb: Tmdb, count: int) -> None:
    for _ in tmdb.in_parallel(lambda page: tmdb.get(PATH, page=page), [1 + each % 20 for each in range(count)]):
        pass


def times(standin: Standin) -> list[float]:
    return [asked.at for asked in standin.requests]


def most_within_a_second(at: list[float]) -> int:
    """Of requests as they arrive; on a busy machine one may be a tenth of a second on its way, and meet later ones."""
    return max(sum(first <= each < first + 0.9 for each in at) for first in at)


def workers() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("tmdb")]


def test_answers_come_in_the_order_of_the_questions_whichever_is_ready_first(quick: Quick):
    answered = threading.Event()

    def ask(number: int) -> int:
        if number == 3:
            answered.set()
        return number * number if number or answered.wait(20) else -1

    with Tmdb(quick("http://127.0.0.1:1/3", connections=4)) as tmdb:
        assert list(tmdb.in_parallel(ask, range(40))) == [(number, number * number) for number in range(40)]


def test_at_most_two_questions_per_connection_are_taken_ahead(quick: Quick):
    taken: list[int] = []

    def questions() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with Tmdb(quick("http://127.0.0.1:1/3", connections=3)) as tmdb:
        for number, _ in tmdb.in_parallel(str, questions()):
            assert len(taken) <= number + 2 * 3
    assert len(taken) == 100


def test_a_failure_is_raised_at_its_question_and_leaves_no_thread(quick: Quick):
    def ask(number: int) -> int:
        if number == 5:
            raise TmdbRefused("no")
        return number

    answers: list[int] = []
    with Tmdb(quick("http://127.0.0.1:1/3", connections=2)) as tmdb:
        with pytest.raises(TmdbRefused):
            answers.extend(number for number, _ in tmdb.in_parallel(ask, range(100)))
        assert (answers, workers()) == ([0, 1, 2, 3, 4], [])


def test_a_failure_of_who_asks_or_of_who_takes_leaves_no_thread(quick: Quick):
    def questions() -> Iterator[int]:
        yield from range(9)
        raise TmdbRefused("no more questions")

    with Tmdb(quick("http://127.0.0.1:1/3", connections=2)) as tmdb:
        with pytest.raises(TmdbRefused):
            list(tmdb.in_parallel(str, questions()))
        assert workers() == []
        with pytest.raises(ZeroDivisionError):
            list(1 // number for number, _ in tmdb.in_parallel(str, range(9)))
        assert workers() == []


def test_all_connections_are_used_and_never_one_more(tmdb_away: Standin, quick: Quick):
    with Tmdb(quick(tmdb_away.base_url, connections=3, **FAST)) as tmdb:
        outer = tmdb.in_parallel(lambda page: tmdb.get(PATH, page=page), range(1, 21))
        for _ in tmdb.in_parallel(lambda _: tmdb.get("/trending/tv/day"), outer):  # as a backfill asks for totals
            pass
    assert (tmdb_away.most_at_once, len(tmdb_away.requests)) == (3, 40)


def test_one_rate_holds_for_all_workers_together(tmdb_away: Standin, quick: Quick):
    with Tmdb(quick(tmdb_away.base_url, connections=8, requests_per_second=40)) as tmdb:
        ask_all(tmdb, 60)
    at = times(tmdb_away)
    assert most_within_a_second(at) <= 50
    assert at[-1] - at[0] >= (60 - 10) / 40 * 0.9


def test_two_processes_of_one_home_share_the_rate_and_the_pause(tmdb_away: Standin, quick: Quick):
    settings = quick(tmdb_away.base_url, connections=4, requests_per_second=40, longest_wait_seconds=2)
    with Tmdb(settings) as one, Tmdb(settings) as other, ThreadPoolExecutor(2) as both:
        list(both.map(lambda tmdb: ask_all(tmdb, 40), (one, other)))
        at = times(tmdb_away)
        assert most_within_a_second(at) <= 50
        assert at[-1] - at[0] >= (80 - 10) / 40 * 0.9
        tmdb_away.misbehave("429:retry-after=1")
        one.get(PATH)
        other.get(PATH)
    refused, again, others = times(tmdb_away)[-3:]
    assert again - refused >= 0.9
    assert others >= again


def test_a_rate_that_was_torn_or_is_of_another_clock_begins_anew(tmdb_away: Standin, quick: Quick):
    settings = quick(tmdb_away.base_url)
    for torn in ("", "{", '{"state": [9e30]}', '{"state": [1, 2, 3]}'):
        with Tmdb(settings) as tmdb:
            tmdb.get(PATH)
            (file,) = (settings.root / "rate").iterdir()
            file.write_text(torn)
            assert tmdb.get(PATH)["page"] == 1


def test_after_a_429_nobody_asks_until_the_time_that_tmdb_named_is_over(tmdb_away: Standin, quick: Quick):
    tmdb_away.misbehave("slow:0*5", "429:retry-after=1")
    with Tmdb(quick(tmdb_away.base_url, connections=4, longest_wait_seconds=2, **FAST)) as tmdb:
        ask_all(tmdb, 30)
    at = times(tmdb_away)
    pauses = [later - earlier for earlier, later in pairwise(at) if later - earlier > 0.3]
    assert len(at) == 31
    assert len(pauses) == 1
    assert 0.9 <= pauses[0] < 1.5
    assert 6 <= sum(each < at[5] + 0.9 for each in at) <= 6 + 4  # who was under way, and nobody else


def test_after_a_429_that_names_no_time_everybody_waits_all_the_same(tmdb_away: Standin, quick: Quick):
    tmdb_away.misbehave("slow:0*5", "429")
    with Tmdb(quick(tmdb_away.base_url, connections=4, longest_wait_seconds=2, **FAST)) as tmdb:
        ask_all(tmdb, 30)
    at = times(tmdb_away)
    assert len(at) == 31
    assert max(later - earlier for earlier, later in pairwise(at)) >= 0.2


def test_after_a_429_that_names_too_long_a_time_nobody_asks_any_more(tmdb_away: Standin, quick: Quick):
    tmdb_away.misbehave("slow:0*9", "429:retry-after=3600")
    with Tmdb(quick(tmdb_away.base_url, connections=4, longest_wait_seconds=2, **FAST)) as tmdb:
        with pytest.raises(TmdbUnavailable, match="asks to wait 3600 s: HTTP 429"):
            ask_all(tmdb, 100)
        assert 10 <= len(tmdb_away.requests) <= 10 + 3  # who was under way
        with pytest.raises(TmdbUnavailable, match="asks to wait 3600 s: another"):
            tmdb.get(PATH)
        assert 10 <= len(tmdb_away.requests) <= 10 + 3


def test_after_a_pause_the_rate_is_still_kept(tmdb_away: Standin, quick: Quick):
    tmdb_away.misbehave("429:retry-after=1")
    with Tmdb(quick(tmdb_away.base_url, connections=30, longest_wait_seconds=2, requests_per_second=40)) as tmdb:
        ask_all(tmdb, 80)
    assert most_within_a_second(times(tmdb_away)) <= 50


def test_a_server_that_fails_is_asked_again_later_and_later_while_the_others_go_on(
    tmdb_away: Standin, quick: Quick, caplog: pytest.LogCaptureFixture
):
    tmdb_away.misbehave("503*2")
    with caplog.at_level(logging.WARNING, "producers.tmdb"):
        with Tmdb(quick(tmdb_away.base_url, connections=1, longest_wait_seconds=2)) as tmdb:
            tmdb.get(PATH)
        first, second, third = times(tmdb_away)
        assert (second - first >= 0.25, third - second >= 0.25) == (True, True)
        assert [record.getMessage()[:9] for record in caplog.records] == ["attempt 1", "attempt 2"]
    tmdb_away.forget()
    tmdb_away.misbehave("503")
    with Tmdb(quick(tmdb_away.base_url, connections=2, longest_wait_seconds=2, **FAST)) as tmdb:
        ask_all(tmdb, 4)
    *meanwhile, again = [asked.query["page"] for asked in tmdb_away.requests]
    assert sorted(meanwhile) == ["1", "2", "3", "4"]
    assert again in meanwhile
