"""What a client sends -> an event: what each kind must and may have, who it is about, and what of its browser stays."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from lakehouse.contracts.user_event import KINDS, USER_EVENT
from lakehouse.errors import EventRefused
from lakehouse.ids import pseudonym
from producers.sources import user_event

NOW = datetime(2026, 1, 21, 10, tzinfo=UTC)
MOVIE = {"media_type": "movie", "title_id": 603}
AROUND = {"received_at": "2026-01-21T10:00:00.000Z", "device_class": "desktop", "browser_family": "firefox"}
WHOLE: dict[str, dict[str, Any]] = {
    "watch": MOVIE | {"progress_ratio": 0.5, "watched_seconds": 3600},
    "rate": MOVIE | {"rating": 8.5},
    "comment": MOVIE | {"comment_id": "comment-1", "comment_text": "Ação! 🎬", "parent_comment_id": "comment-0"},
    "comment_edit": {"comment_id": "comment-1", "comment_text": "Better so."},
    "comment_delete": {"comment_id": "comment-1"},
    "comment_vote": {"comment_id": "comment-1", "vote": -1},
    "watchlist_add": MOVIE,
    "watchlist_remove": {"media_type": "tv", "title_id": 1396},
    "search": {"search_text": "matrix"},
    "page_view": MOVIE | {"page_path": "/movie/603"},
}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def sent(event_type: str = "rate", /, **changes: Any) -> dict[str, Any]:
    """What a client sends; a change to `...` leaves the field out."""
    known = {"event_id": "event-0001", "event_at": "2026-01-21T09:59:58Z", "user_id": "anna", "event_type": event_type}
    return {k: v for k, v in (known | WHOLE.get(event_type, {}) | changes).items() if v is not ...}


def event(item: Any, secret: bytes = b"one", key_id: str = "k1") -> dict[str, Any]:
    named = partial(pseudonym, secret=secret, key_id=key_id)
    return user_event.event(item, AROUND, pseudonym=named, received_at=NOW)


def wrong(item: Any) -> dict[str, str]:
    with pytest.raises(EventRefused) as caught:
        event(item)
    return caught.value.fields


def test_an_event_has_what_was_sent_what_the_collector_adds_and_no_user():
    assert event(sent("comment", session_id="session-1")) == {
        "event_id": "event-0001",
        "event_at": "2026-01-21T09:59:58.000Z",
        "event_type": "comment",
        "session_id": "session-1",
        **WHOLE["comment"],
        **AROUND,
        "user_key": pseudonym("anna", b"one", "k1"),
    }


@every_kind
def test_a_kind_has_every_field_that_silver_asks_of_it_and_no_other(kind):
    made = event(sent(kind.name, session_id="session-1"))
    read = {path[0]: column for column in USER_EVENT.columns for path in column.paths}
    special = {name for each in KINDS for name in (*each.needs, *each.may_have)}
    common = {name for name, column in read.items() if column.name not in special}
    assert made.keys() == common | {*kind.needs, *kind.may_have}


@every_kind
def test_what_a_kind_needs_is_missed_by_name(kind):
    for name in ("event_id", "event_at", "user_id", *kind.needs):
        assert name in wrong(sent(kind.name, **{name: ...})), name
        assert name in wrong(sent(kind.name, **{name: None})), name


@every_kind
def test_what_a_kind_may_have_can_be_left_out(kind):
    left_out = dict.fromkeys(kind.may_have, ...)
    assert event(sent(kind.name, **left_out)).keys().isdisjoint(kind.may_have)


@every_kind
def test_a_field_of_another_kind_and_one_of_the_collector_are_refused(kind):
    others = {name for each in KINDS for name in each.needs} - {*kind.needs, *kind.may_have}
    for name in (*others, "user_key", "received_at", "device_class", "event_date", "colour"):
        assert name in wrong(sent(kind.name, **{name: "x"})), name


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("rate", "rating", 0.4),
        ("rate", "rating", 10.1),
        ("rate", "rating", "8"),
        ("rate", "rating", True),
        ("rate", "rating", float("nan")),
        ("rate", "rating", float("inf")),
        ("rate", "title_id", 0),
        ("rate", "title_id", 603.5),
        ("rate", "title_id", 2**63),
        ("rate", "media_type", "book"),
        ("rate", "event_id", "short"),
        ("rate", "event_id", "with blank"),
        ("rate", "event_id", "event-0001\n"),
        ("rate", "event_id", "e" * 65),
        ("rate", "user_id", " \t"),
        ("rate", "user_id", "anna\0"),
        ("rate", "user_id", "a" * 129),
        ("rate", "user_id", 42),
        ("rate", "event_type", "rates"),
        ("rate", "event_type", None),
        ("rate", "event_type", ["rate"]),
        ("rate", "event_at", 1768975680000),
        ("rate", "event_at", "1768975680000"),
        ("rate", "event_at", "2026-01-21"),
        ("rate", "event_at", "2026-01-21T09:59:58"),
        ("rate", "event_at", "2026-02-30T00:00:00Z"),
        ("rate", "event_at", "1800-01-01T00:00:00Z"),
        ("rate", "event_at", "9999-12-31T23:59:59-14:00"),
        ("rate", "event_at", "2026-01-21T10:05:00.001Z"),
        ("watch", "progress_ratio", 1.01),
        ("watch", "watched_seconds", -1),
        ("watch", "watched_seconds", 2**31),
        ("comment", "comment_text", "x" * 10_001),
        ("comment", "comment_text", ""),
        ("comment_vote", "vote", 2),
        ("page_view", "page_path", "/search?q=anna"),
        ("page_view", "page_path", "https://films.example/"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(kind, field, value):
    assert list(wrong(sent(kind, **{field: value}))) == [field]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("rate", "rating", 0.5),
        ("rate", "rating", 10),
        ("rate", "event_at", "2026-01-21T10:05:00Z"),
        ("rate", "event_at", "2026-01-21T07:59:58.123456-02:00"),
        ("rate", "event_at", "1999-12-31T23:59:59Z"),
        ("comment", "comment_text", "🎬" * 10_000),
        ("comment", "comment_text", "<script>alert('x')</script>\u202e"),
        ("watch", "progress_ratio", 0),
        ("comment_vote", "vote", 0),
        ("page_view", "title_id", 603),
    ],
)
def test_a_value_at_its_bound_and_any_text_are_taken(kind, field, value):
    assert event(sent(kind, **{field: value}))["event_id"] == "event-0001"


def test_half_a_title_is_none():
    assert wrong(sent("page_view", media_type=...)).keys() == {"title_id"}


@pytest.mark.parametrize("item", [None, [], "rate", 42])
def test_what_is_no_object_is_refused(item):
    assert wrong(item) == {"body": "expected a JSON object"}


def test_an_object_of_thousands_of_fields_is_refused_at_once():
    assert wrong(sent() | {f"x{n}": n for n in range(5000)}).keys() == {"body"}


def test_no_refusal_repeats_a_value():
    assert "canary" not in str(wrong(sent(user_id="canary" * 100, rating="canary", media_type="canary")))


def test_a_user_has_one_pseudonym_for_each_secret_and_cannot_be_found_in_the_event():
    one, again, other = event(sent()), event(sent("search")), event(sent(), b"two", "k2")
    assert one["user_key"] == again["user_key"]
    assert event(sent(user_id="bob"))["user_key"] != one["user_key"]
    assert (one["user_key"][:3], other["user_key"][:3]) == ("k1:", "k2:")
    assert one["user_key"][3:] != other["user_key"][3:]
    assert "anna" not in str(one)
    # printf anna | openssl dgst -sha256 -hmac one
    assert one["user_key"] == "k1:55a2f05d04ef1c75796946f1d6fa1106"


@pytest.mark.parametrize(
    ("agent", "device", "browser"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "desktop", "chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "desktop", "edge"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 OPR/120.0", "desktop", "opera"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0", "desktop", "firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1", "mobile", "safari"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0) AppleWebKit CriOS/140.0 Mobile/15E148 Safari/604.1", "tablet", "chrome"),
        ("Mozilla/5.0 (Linux; Android 15; SM-S) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari", "mobile", "samsung"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "tablet", "chrome"),
        ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) Chrome/108.0 TV Safari/537.36", "tv", "chrome"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot", "other"),
        ("curl/8.5.0", "other", "other"),
        ("", "other", "other"),
    ],
)
def test_of_a_browser_two_words_stay(agent, device, browser):
    assert user_event.surroundings(agent, "") == {"device_class": device, "browser_family": browser}


def test_a_browser_may_say_itself_that_it_is_a_phone_s():
    assert user_event.surroundings("Mozilla/5.0 (X11; Linux) Chrome/140.0", "?1")["device_class"] == "mobile"
    assert user_event.surroundings("Mozilla/5.0 (iPad) Safari/604.1", "?1")["device_class"] == "tablet"
