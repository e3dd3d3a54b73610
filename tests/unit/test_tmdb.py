"""The TMDb client, against the stand-in's good and bad days and against answers that only a test would give."""

import time

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import SettingsInvalid, SourceInvalid, TmdbRefused, TmdbUnavailable
from producers.tmdb import LARGEST_BODY, Tmdb
from tests.unit.conftest import Answering, Quick

PATH = "/trending/movie/day"


def test_pages_are_joined_in_the_order_of_the_list(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        joined = tmdb.pages(PATH, 3)
        single = [item for page in (1, 2, 3) for item in tmdb.get(PATH, page=page)["results"]]
    assert joined == single
    assert len(joined) == 60


def test_every_page_is_asked_for_in_the_language_of_the_settings(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb:
        tmdb.pages(PATH, 2)
    assert [dict(asked.query) for asked in standin.requests] == [
        {"language": "pt-BR", "page": "1"},
        {"language": "pt-BR", "page": "2"},
    ]


def test_progress_is_told_page_by_page(standin: Standin, quick: Quick):
    told: list[tuple[int, int]] = []
    with Tmdb(quick(standin.base_url)) as tmdb:
        tmdb.pages(PATH, 3, on_page=lambda page, last: told.append((page, last)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_page_of_21_items_is_taken_whole(standin: Standin, quick: Quick):
    standin.misbehave("21items")
    with Tmdb(quick(standin.base_url)) as tmdb:
        assert len(tmdb.pages(PATH, 2)) == 41


def test_paging_stops_at_the_last_page_of_the_list(quick: Quick, answering: Answering):
    with answering(b'{"page": 1, "results": [{"id": 1}], "total_pages": 2}') as url, Tmdb(quick(url)) as tmdb:
        assert tmdb.pages(PATH, 9) == [{"id": 1}, {"id": 1}]


@pytest.mark.parametrize("fault", ["429", "500", "503", "504", "cut", "reset", "html"])
def test_one_bad_answer_is_repeated_and_the_next_one_counts(standin: Standin, quick: Quick, fault: str):
    standin.misbehave(fault)
    with Tmdb(quick(standin.base_url)) as tmdb:
        assert len(tmdb.get(PATH)["results"]) == 20
    assert len(standin.requests) == 2


def test_an_answer_that_takes_too_long_is_not_waited_for(standin: Standin, quick: Quick):
    standin.misbehave("slow:0.6")
    with Tmdb(quick(standin.base_url, read_timeout_seconds=0.4)) as tmdb:
        assert len(tmdb.get(PATH)["results"]) == 20
    assert len(standin.requests) == 2


@pytest.mark.parametrize("fault", ["429", "503", "cut", "html"])
def test_after_the_last_attempt_it_is_unavailable(standin: Standin, quick: Quick, fault: str):
    standin.misbehave(*[fault] * 9)
    with Tmdb(quick(standin.base_url)) as tmdb, pytest.raises(TmdbUnavailable, match="TMDb failed 3 times"):
        tmdb.get(PATH)
    assert len(standin.requests) == 3


def test_nobody_listening_is_unavailable(quick: Quick):
    said = r"(?s)ConnectionError.*where: http://127.0.0.1:1/3/trending/movie/day.*next: "
    with Tmdb(quick("http://127.0.0.1:1/3")) as tmdb, pytest.raises(TmdbUnavailable, match=said):
        tmdb.get(PATH)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("400", "TMDb 22: Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
        ("401", "TMDb 7: Invalid API key: You must be granted a valid key."),
        ("404", "TMDb 34: The resource you requested could not be found."),
    ],
)
def test_a_refusal_is_not_repeated_and_keeps_the_words_of_tmdb(standin: Standin, quick: Quick, fault: str, said: str):
    standin.misbehave(fault)
    with Tmdb(quick(standin.base_url)) as tmdb, pytest.raises(TmdbRefused) as refused:
        tmdb.get(PATH)
    assert str(refused.value).splitlines()[0] == f"TMDb refused with HTTP {fault} ({said})"
    assert len(standin.requests) == 1


def test_a_wrong_key_says_which_variable_to_set(quick: Quick):
    with Standin(require_token="the-right-one") as standin, Tmdb(quick(standin.base_url)) as tmdb:
        with pytest.raises(TmdbRefused, match="next: export TMDB_TOKEN="):
            tmdb.get(PATH)
        assert len(standin.requests) == 1


@pytest.mark.parametrize("keys", [{"TMDB_TOKEN": "the-right-one"}, {"TMDB_API_KEY": "the-right-one"}])
def test_either_kind_of_key_opens_the_door(quick: Quick, keys: dict[str, str]):
    with Standin(require_token="the-right-one") as standin, Tmdb(quick(standin.base_url, keys=keys)) as tmdb:
        assert len(tmdb.get(PATH)["results"]) == 20
        assert standin.requests[0].query.get("api_key") == keys.get("TMDB_API_KEY")


def test_the_token_is_preferred_and_the_key_then_stays_home(quick: Quick):
    keys = {"TMDB_TOKEN": "the-right-one", "TMDB_API_KEY": "the-other-one"}
    with Standin(require_token="the-right-one") as standin, Tmdb(quick(standin.base_url, keys=keys)) as tmdb:
        tmdb.get(PATH)
        assert "api_key" not in standin.requests[0].query


def test_a_key_with_a_line_break_is_refused_without_being_shown(quick: Quick):
    with pytest.raises(SettingsInvalid) as refused:
        Tmdb(quick("http://127.0.0.1:1/3", keys={"TMDB_TOKEN": "first-half\nsecond-half"}))
    assert "half" not in str(refused.value)


def test_page_501_is_refused_by_tmdb_itself(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url)) as tmdb, pytest.raises(TmdbRefused, match="TMDb 22: Invalid page"):
        tmdb.get(PATH, page=501)


def test_a_retry_after_is_waited_for(standin: Standin, quick: Quick):
    standin.misbehave("429:retry-after=1")
    with Tmdb(quick(standin.base_url, longest_wait_seconds=2)) as tmdb:
        tmdb.get(PATH)
    first, second = standin.requests
    assert 1.0 <= second.at - first.at < 2.0


def test_a_retry_after_holds_back_every_caller_of_the_client(standin: Standin, quick: Quick):
    standin.misbehave("429:retry-after=1")
    with Tmdb(quick(standin.base_url, longest_wait_seconds=2, attempts=1)) as tmdb:
        with pytest.raises(TmdbUnavailable):
            tmdb.get(PATH)
        tmdb.get("/trending/tv/day")
    first, second = standin.requests
    assert second.at - first.at >= 0.99


@pytest.mark.parametrize("fault", ["429:retry-after=3600", "429:retry-at=3600", "503:retry-after=3600"])
def test_a_longer_wait_than_the_settings_allow_is_unavailable_at_once(standin: Standin, quick: Quick, fault: str):
    standin.misbehave(fault)
    with Tmdb(quick(standin.base_url)) as tmdb, pytest.raises(TmdbUnavailable, match=r"asks to wait 3(600|599|598) s"):
        tmdb.get(PATH)
    assert len(standin.requests) == 1


def test_requests_keep_to_the_rate(standin: Standin, quick: Quick):
    with Tmdb(quick(standin.base_url, requests_per_second=80)) as tmdb:
        began = time.monotonic()
        for _ in range(60):
            tmdb.get(PATH)
    assert time.monotonic() - began >= (60 - 20) / 80  # 20, a quarter of a second's, may come at once


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"errors": ["query must be provided"]}', 422, "HTTP 422 query must be provided"),
        (b'{"success": false}', 401, "HTTP 401 and no reason"),
        (b'{"success": false}', 200, "HTTP 200 and no reason"),
        (b"<html>no</html>", 403, "HTTP 403 and no reason"),
        (b"", 301, "HTTP 301 and no reason"),
    ],
)
def test_every_shape_of_an_error_is_a_refusal(quick: Quick, answering: Answering, body: bytes, status: int, said: str):
    served = answering(body, status=status, Location="http://127.0.0.1:1/")
    with served as url, Tmdb(quick(url)) as tmdb, pytest.raises(TmdbRefused) as refused:
        tmdb.get(PATH)
    assert str(refused.value).splitlines()[0] == f"TMDb refused with {said}"


@pytest.mark.parametrize("body", [b"<html>404</html>", b"", b"{}"])
def test_a_404_that_is_not_tmdb_s_own_does_not_say_that_a_title_is_gone(
    quick: Quick, answering: Answering, body: bytes
):
    with answering(body, status=404) as url, Tmdb(quick(url)) as tmdb, pytest.raises(TmdbRefused) as refused:
        tmdb.get("/movie/603")
    assert type(refused.value) is TmdbRefused


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe\xfa", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_asked_for_again(quick: Quick, answering: Answering, body: bytes):
    with answering(body) as url, Tmdb(quick(url)) as tmdb, pytest.raises(TmdbUnavailable, match="no JSON object"):
        tmdb.get(PATH)


@pytest.mark.parametrize("body", [b"{}", b'{"results": null}', b'{"results": {"id": 1}}', b'{"results": [1]}'])
def test_a_page_without_a_list_of_items_is_invalid(quick: Quick, answering: Answering, body: bytes):
    with answering(body) as url, Tmdb(quick(url)) as tmdb, pytest.raises(SourceInvalid, match="page 1"):
        tmdb.pages(PATH, 2)


def test_an_oversized_body_is_not_read_to_its_end(quick: Quick, answering: Answering):
    served = answering(b" " * (LARGEST_BODY + 1))
    with served as url, Tmdb(quick(url)) as tmdb, pytest.raises(SourceInvalid, match="oversized"):
        tmdb.get(PATH)
