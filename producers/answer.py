"""What an answer of TMDb means: its body, its words for a refusal, how long it asks to wait. Asks nothing itself.

Error bodies come in several shapes: code and message, a list of errors, or `success` alone.
"""

import json
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from lakehouse import logs
from lakehouse.clock import utc_now
from lakehouse.errors import SourceInvalid, TmdbNotFound, TmdbRefused, TmdbUnavailable

LARGEST_BODY = 16 * 1024 * 1024  # the largest recorded body has 0.4 MB


class Unready(TmdbUnavailable):
    """Raised when one attempt failed in a way that the next may not.

    `wait` is what TMDb asked for, in seconds; `is_limit` that it is about the rate, and so about every caller.
    """

    def __init__(self, what: str, *, wait: float | None = None, is_limit: bool = False) -> None:
        super().__init__(what)
        self.wait, self.is_limit = wait, is_limit


def retry_after(text: str | None) -> float | None:
    """Seconds from a Retry-After header, which is a number or an HTTP date; None where it is neither."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - utc_now()).total_seconds())


def accepted(status: int, content_type: str, body: bytes, where: str) -> dict[str, Any]:
    """The object of an answer that is not a failure of the server."""
    if status != 200:
        raise _refusal(status, body, where)
    if len(body) > LARGEST_BODY:
        raise SourceInvalid("TMDb served an oversized body", where=where, expected=f"at most {LARGEST_BODY} bytes")
    parsed = _parsed(body) if "json" in content_type else None
    if not isinstance(parsed, dict):
        raise Unready(f"HTTP 200 with {content_type or 'no content type'} that is no JSON object")
    if parsed.get("success") is False:
        raise _refusal(status, body, where)
    return parsed


def _parsed(body: bytes) -> Any:
    """The JSON value of a body; None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def said(body: bytes) -> str:
    """TMDb's own words, from each of its error shapes; empty for a body that is none of them."""
    parsed = _parsed(body)
    if not isinstance(parsed, dict):
        return ""
    if isinstance(parsed.get("errors"), list):
        return logs.redacted("; ".join(str(error) for error in parsed["errors"]))[:300]
    code, text = parsed.get("status_code"), parsed.get("status_message")
    return logs.redacted(f"(TMDb {code}: {text})")[:300] if code or text else ""


def _refusal(status: int, body: bytes, where: str) -> TmdbRefused:
    hints = {
        401: "export TMDB_TOKEN=<API Read Access Token from https://www.themoviedb.org/settings/api>",
        404: "check the path and the id; TMDb deletes titles",
    }
    what = f"TMDb refused with HTTP {status} {said(body) or 'and no reason'}"
    # A 404 that is not in TMDb's words comes from something before it, or from a wrong address: no title is deleted.
    kind = TmdbNotFound if status == 404 and said(body) else TmdbRefused
    return kind(what, where=where, hint=hints.get(status, "check the parameters: a repeat fails the same way"))


def results(body: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """The items of a page; raises SourceInvalid where it holds no list of objects."""
    items = body.get("results")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SourceInvalid("TMDb served a page without a list of items", where=where, expected='{"results": [{…}, …]}')
    return items
