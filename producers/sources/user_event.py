"""What viewers do, as a client of the collector sends it -> user_logs.

A user's own id is replaced by a pseudonym, and of the browser's text only two words of closed vocabularies go on:
the text itself is stored nowhere. Both words follow what browsers really send (Chrome names Safari, Edge and Opera
name Chrome); libraries know hundreds of families, but none of them is small, and their words change.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from lakehouse import models
from lakehouse.clock import iso
from lakehouse.contracts.user_event import ADDED, USER_EVENT, USER_ID
from lakehouse.contracts.user_event import TOPIC as TOPIC
from lakehouse.errors import EventRefused
from lakehouse.tables import AHEAD

KEY = "user_key"
MODELS = models.by_kind(USER_EVENT, besides=(USER_ID,), without=ADDED)

# The first that is found counts.
_BROWSERS = (
    ("edge", re.compile("Edg(A|iOS|e)?/")),
    ("opera", re.compile("OPR/|OPiOS/|Opera")),
    ("samsung", re.compile("SamsungBrowser/")),
    ("firefox", re.compile("Firefox/|FxiOS/")),
    ("chrome", re.compile("Chrome/|CriOS/|Chromium/")),
    ("safari", re.compile("Safari/")),
)
_DEVICES = (
    ("bot", re.compile("[Bb]ot|[Cc]rawler|[Ss]pider|Slurp")),
    ("tv", re.compile("Smart-?TV|SMART-TV|Apple ?TV|GoogleTV|BRAVIA|AFT|Web0S|Roku")),
    ("tablet", re.compile("iPad|Tablet|Kindle|Silk/")),
    ("mobile", re.compile("iPhone|iPod|Mobile|Windows Phone")),
    ("tablet", re.compile("Android")),  # its phones say Mobile
    ("desktop", re.compile("Windows NT|Macintosh|X11|CrOS")),
)


def surroundings(user_agent: str, mobile_hint: str) -> dict[str, str]:
    """Class of device and family of browser, from the headers User-Agent and Sec-CH-UA-Mobile."""
    device = _first(user_agent[:500], _DEVICES)
    if mobile_hint == "?1" and device in ("desktop", "other"):
        device = "mobile"
    return {"device_class": device, "browser_family": _first(user_agent[:500], _BROWSERS)}


def event(
    item: Any, around: dict[str, str], *, pseudonym: Callable[[str], str], received_at: datetime
) -> dict[str, Any]:
    """The event of what a client has sent, with its empty fields left out; raises EventRefused.

    `around` is what all events of the request have: its `surroundings`, and `received_at` as text.
    """
    sent = models.checked(item, MODELS, USER_EVENT.kind_column)
    if sent["event_at"] > received_at + AHEAD:
        raise EventRefused("the event lies ahead", {"event_at": "expected a time that has come; look at the clock"})
    if (sent.get("media_type") is None) != (sent.get("title_id") is None):
        raise EventRefused("half a title", {"title_id": "expected media_type and title_id together, or neither"})
    user_key = pseudonym(sent.pop(USER_ID.name))
    known = {name: value for name, value in sent.items() if value is not None}
    return known | {"event_at": iso(sent["event_at"])} | around | {KEY: user_key}


def _first(text: str, words: tuple[tuple[str, re.Pattern[str]], ...]) -> str:
    return next((word for word, mark in words if mark.search(text)), "other")
