"""The collector's answers: 202 only after Kafka's acknowledgement; else the reason, and nothing is published."""

import asyncio
import json
from pathlib import Path

import pytest

from lakehouse.clock import iso
from producers.collector.body import Bodies
from tests.unit.collecting import NOW, RATE, Collector, ask


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    return Collector(tmp_path)


def rate(number: int, **changes: object) -> dict[str, object]:
    return RATE | {"event_id": f"event-{number:04}"} | changes


def test_an_event_is_accepted_and_published_with_its_time_of_arrival(collector):
    answer = collector.send(RATE, user_agent="Mozilla/5.0 (X11; Linux) Firefox/143.0")
    assert (answer.status, answer.json) == (202, {"event_id": "event-0001", "status": 202})
    (event,) = collector.kafka.events
    assert (event["received_at"], event["device_class"], event["browser_family"]) == (iso(NOW), "desktop", "firefox")


def test_nothing_of_the_client_s_address_browser_or_user_goes_on(collector):
    agent = "Mozilla/5.0 (X11; Linux) canary-agent Firefox/143.0"
    collector.send(RATE, user_agent=agent, x_forwarded_for="198.51.100.9")
    kept = json.dumps(collector.kafka.events)
    for canary in ("canary-agent", "192.0.2.7", "198.51.100.9", "anna"):
        assert canary not in kept


def test_there_is_no_answer_before_kafka_s(collector):
    async def scenario() -> None:
        collector.kafka.is_answering = False
        head = {"authorization": f"Bearer {collector.site}"}
        request = asyncio.create_task(ask(collector.app, "POST", "/v1/events", [json.dumps(RATE).encode()], head))
        while not collector.kafka.events:
            await asyncio.sleep(0)
        done, _ = await asyncio.wait([request], timeout=0.2)
        assert not done
        collector.kafka.is_answering = True
        assert (await request).status == 202

    asyncio.run(scenario())


def test_what_kafka_did_not_acknowledge_is_503_and_may_be_sent_again_with_the_same_id(collector):
    collector.kafka.lost = {"event-0001"}
    answer = collector.send(RATE)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert "canary-broker" not in answer.body.decode()
    collector.kafka.lost = set()
    assert collector.send(RATE).status == 202
    assert [event["event_id"] for event in collector.kafka.events] == ["event-0001", "event-0001"]


def test_a_full_queue_is_503_at_once(collector):
    collector.kafka.is_full = True
    answer = collector.send(RATE)
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")


def test_a_wrong_event_is_422_by_the_name_of_its_field_and_nothing_is_published(collector):
    answer = collector.send(rate(1, rating=11, colour="red"))
    assert answer.status == 422
    assert answer.json["fields"].keys() == {"rating", "colour"}
    ahead = collector.send(rate(1, event_at="2026-01-21T10:05:01Z"))
    assert (ahead.status, list(ahead.json["fields"])) == (422, ["event_at"])
    assert collector.kafka.events == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b'{"event_id": "event-0001"',
        b"[" * 300 + b"]" * 300,
        b'{"rating": NaN}',
        b'{"rating": -Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": 1} {"a": 2}',
    ],
)
def test_what_is_no_json_or_nested_too_deep_is_422(collector, body):
    answer = collector.send(body)
    assert (answer.status, list(answer.json["fields"])) == (422, ["body"])
    assert collector.kafka.events == []


def test_a_number_beyond_every_double_is_refused(collector):
    answer = collector.send(json.dumps(RATE).replace("8.5", "1e400").encode())
    assert (answer.status, list(answer.json["fields"])) == (422, ["rating"])


def test_a_batch_has_an_answer_for_each_event_in_its_order(collector):
    collector.kafka.lost = {"event-0003"}
    answer = collector.batch(rate(1), rate(2, rating=11), rate(3), "rubbish", rate(5))
    assert (answer.status, answer.headers["retry-after"]) == (207, "2")
    assert [(one.get("event_id"), one["status"]) for one in answer.json["events"]] == [
        ("event-0001", 202),
        ("event-0002", 422),
        ("event-0003", 503),
        (None, 422),
        ("event-0005", 202),
    ]
    assert [event["event_id"] for event in collector.kafka.events] == ["event-0001", "event-0003", "event-0005"]


def test_a_batch_whose_events_fare_alike_has_their_status(collector):
    accepted = collector.batch(*[rate(n) for n in range(500)])
    assert (accepted.status, len(accepted.json["events"])) == (202, 500)
    assert collector.batch(rate(1, vote=1), {}).status == 422


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_of_none_or_of_too_many_is_422(collector, count):
    answer = collector.batch(*[rate(n) for n in range(count)])
    assert (answer.status, list(answer.json["fields"])) == (422, ["body"])
    assert collector.kafka.events == []


@pytest.mark.parametrize(("path", "limit"), [("/v1/events", 64 * 1024), ("/v1/events/batch", 1024 * 1024)])
def test_a_body_that_is_too_large_is_413_and_is_cut_off_while_it_arrives(collector, path, limit):
    head = {"authorization": f"Bearer {collector.site}"}
    announced = asyncio.run(ask(collector.app, "POST", path, [b"x" * (limit + 1)], head, read := []))
    assert (announced.status, announced.headers["connection"], read) == (413, "close", [])
    parts = [b"x" * 16_384] * 1000
    cut = asyncio.run(ask(collector.app, "POST", path, parts, head, read := []))
    assert (cut.status, cut.headers["connection"]) == (413, "close")
    assert len(read) == limit // 16_384 + 1
    lied = asyncio.run(ask(collector.app, "POST", path, parts, {**head, "content-length": "10"}, read := []))
    assert lied.status == 413


def test_a_body_at_its_limit_is_read(collector):
    padded = json.dumps(RATE).encode().ljust(64 * 1024)
    assert collector.send(padded).status == 202


def test_a_body_that_comes_too_slowly_is_408(tmp_path):
    slow = Collector(tmp_path, bodies=Bodies(most_bytes=1000, seconds=0.05))
    head = {"authorization": f"Bearer {slow.site}", "content-length": "100"}
    answer = asyncio.run(asyncio.wait_for(ask(slow.app, "POST", "/v1/events", [b"{", b" "], head), 5))
    assert (answer.status, answer.headers["connection"]) == (408, "close")


def test_all_bodies_together_are_bounded_and_the_bound_is_freed_again(tmp_path):
    small = Collector(tmp_path, bodies=Bodies(most_bytes=1000, seconds=1))
    for _ in range(3):
        answer = small.send(json.dumps(RATE).encode().ljust(1001))
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert small.send(RATE).status == 202


def test_requests_at_once_are_bounded_and_the_bound_is_freed_again(tmp_path):
    async def scenario() -> None:
        busy = Collector(tmp_path, most_requests=1)
        busy.kafka.is_answering = False
        head, body = {"authorization": f"Bearer {busy.site}"}, [json.dumps(RATE).encode()]
        first = asyncio.create_task(ask(busy.app, "POST", "/v1/events", body, head))
        while not busy.kafka.events:
            await asyncio.sleep(0)
        second = await ask(busy.app, "POST", "/v1/events", body, head)
        assert (second.status, second.headers["retry-after"]) == (503, "2")
        assert (await ask(busy.app, "GET", "/livez", [], {})).status == 200
        busy.kafka.is_answering = True
        assert (await first).status == 202
        assert (await ask(busy.app, "POST", "/v1/events", body, head)).status == 202

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "value"), [("content_type", "text/plain"), ("content_type", ""), ("content_encoding", "gzip")]
)
def test_another_type_and_a_compressed_body_are_415(collector, name, value):
    assert collector.send(RATE, **{name: value}).status == 415


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer mp_00000000_x", "Basic {key}", "{key}", "Bearer {key}x"])
def test_without_a_key_nobody_sends(collector, sent):
    answer = collector.send(RATE, authorization=sent.format(key=collector.site))
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert collector.kafka.events == []


def test_a_key_opens_only_what_it_is_for(collector):
    assert collector.send(RATE, authorization=f"Bearer {collector.watch}").status == 403
    assert collector.get("/metrics", authorization=f"Bearer {collector.site}").status == 403
    assert collector.get("/metrics").status == 401
    assert collector.kafka.events == []


def test_who_sends_too_fast_is_429_until_there_is_room_again(tmp_path):
    slow = Collector(tmp_path, per_second=10)  # and a batch of 500 at once
    assert slow.batch(*[rate(n) for n in range(500)]).status == 202
    answer = slow.send(RATE)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    slow.seconds += 0.2
    assert [slow.send(RATE).status for _ in range(3)] == [202, 202, 429]
    answer = slow.batch(*[rate(n) for n in range(400)])
    assert answer.status == 429
    assert len(slow.kafka.events) == 502


def test_other_sites_may_send_only_where_they_are_listed(collector, tmp_path):
    asked = {"origin": "https://films.example", "access-control-request-method": "POST"}
    closed = asyncio.run(ask(collector.app, "OPTIONS", "/v1/events", [], asked))
    assert "access-control-allow-origin" not in closed.headers
    opened = Collector(tmp_path / "open", cors_origins=["https://films.example"])
    allowed = asyncio.run(ask(opened.app, "OPTIONS", "/v1/events", [], asked))
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, "https://films.example")
    assert "access-control-allow-credentials" not in allowed.headers
    other = asyncio.run(ask(opened.app, "OPTIONS", "/v1/events", [], asked | {"origin": "https://evil.example"}))
    assert "access-control-allow-origin" not in other.headers
    assert opened.send(RATE, origin="https://films.example").headers["access-control-allow-origin"] == asked["origin"]


@pytest.mark.parametrize("path", ["/v1/events", "/livez", "/nowhere", "/docs", "/openapi.json"])
def test_every_answer_has_the_headers_that_browsers_should_see(collector, path):
    answer = collector.get(path)
    assert answer.status == {"/livez": 200, "/v1/events": 405}.get(path, 404)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_a_fault_of_ours_shows_no_trace(tmp_path):
    def broken(_: str) -> str:
        raise RuntimeError("canary in a trace")

    faulty = Collector(tmp_path)
    faulty.service.pseudonym = broken
    said = []

    head = {"authorization": f"Bearer {faulty.site}"}
    with pytest.raises(RuntimeError, match="canary"):  # goes on to the server, which logs it
        asyncio.run(ask(faulty.app, "POST", "/v1/events", [json.dumps(RATE).encode()], head, answered=said))
    assert said[0]["status"] == 500
    assert b"x-content-type-options" in dict(said[0]["headers"])
    assert "canary" not in str(said)


def test_it_is_ready_while_kafka_answers_and_asks_it_not_for_every_look(collector):
    assert collector.get("/readyz").json == {"kafka": True, "last_acknowledged_seconds_ago": None}
    collector.send(RATE)
    again = collector.get("/readyz")
    assert again.status == 200
    assert 0 <= again.json["last_acknowledged_seconds_ago"] < 60
    assert collector.asks == 1


def test_many_who_look_at_once_ask_kafka_once(collector):
    async def scenario() -> set[int]:
        looks = [ask(collector.app, "GET", "/readyz", [], {}) for _ in range(30)]
        return {answer.status for answer in await asyncio.gather(*looks)}

    assert asyncio.run(scenario()) == {200}
    assert collector.asks == 1


def test_it_is_live_but_not_ready_without_kafka(collector):
    collector.is_reachable = False
    assert (collector.get("/readyz").status, collector.get("/livez").status) == (503, 200)


def test_metrics_count_events_requests_and_what_waits_and_name_no_user(collector):
    collector.kafka.lost = {"event-0002"}
    collector.batch(rate(1), rate(2), rate(3, rating=11))
    collector.send(RATE)
    page = collector.get("/metrics", authorization=f"Bearer {collector.watch}").body.decode()
    for line in (
        'collector_events_total{status="202"} 2.0',
        'collector_events_total{status="422"} 1.0',
        'collector_events_total{status="503"} 1.0',
        'collector_requests_total{status="207"} 1.0',
        "collector_open_events 0.0",
        "collector_request_seconds_count 2.0",
    ):
        assert line in page.splitlines()
    assert "k1:" not in page
