"""What stands before the stand-in's answers: faults in turn and repeated, latency, the count of those at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.tmdb_standin.server import Standin
from lakehouse.errors import SettingsInvalid
from tests.unit.conftest import ask

PATH = "/trending/movie/day"


def test_a_fault_is_played_as_often_as_it_says_and_then_all_is_well(standin: Standin):
    standin.misbehave("503", "429:retry-after=1*3", "401*2")
    answers = [ask(standin, PATH) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [503, 429, 429, 429, 401, 401, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, "1", "1", "1", None, None, None]


@pytest.mark.parametrize("fault", ["burn", "burn*2", "429*", "429*0", "429*-1", "429*many", "*3", "429*100000000000"])
def test_a_misspelt_misbehaviour_is_refused_with_the_list_of_those_there_are(standin: Standin, fault: str):
    with pytest.raises(SettingsInvalid, match=r"(?s)no such misbehaviour.*expected: .*reset.*times"):
        standin.misbehave(fault)


def test_every_answer_is_delayed_and_none_waits_for_another():
    with Standin(latency=0.4) as slow, ThreadPoolExecutor(6) as pool:
        began = time.monotonic()
        answers = list(pool.map(lambda _: ask(slow, "/genre/tv/list"), range(6)))
        took = time.monotonic() - began
    assert [answer.status_code for answer in answers] == [200] * 6
    assert 0.4 <= took < 6 * 0.4
    assert slow.most_at_once == 6


def test_requests_one_after_another_are_never_two_at_once(standin: Standin):
    for _ in range(3):
        ask(standin, PATH)
    assert standin.most_at_once == 1
