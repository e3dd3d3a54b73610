"""TMDb over HTTP: items come out as served, failures as TmdbRefused (do not repeat) or TmdbUnavailable (repeat later).

API: https://developer.themoviedb.org/reference. Rate limit: "somewhere in the 40-50 requests per second range".
Foreign exceptions are never chained or quoted: their texts hold the whole URL, and with it a v3 key.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from pyrate_limiter import Duration, Limiter, Rate, SingleBucketFactory, StateBucket, TokenBucket
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from lakehouse import logs
from lakehouse.clock import utc_now
from lakehouse.errors import SettingsInvalid, SourceInvalid, TmdbRefused, TmdbUnavailable
from lakehouse.settings import Settings

LAST_PAGE = 500  # total_pages claims up to 162,574; page 501 is refused
LARGEST_BODY = 16 * 1024 * 1024  # the largest recorded body has 0.4 MB
OnPage = Callable[[int, int], None]

_log = logging.getLogger(__name__)


class _Unready(TmdbUnavailable):
    """Raised when one attempt failed in a way that the next may not; `wait` is what TMDb asked for."""

    def __init__(self, what: str, *, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class _Key(AuthBase):
    """Puts the credential into a request; without one, TMDb's own refusal says so."""

    def __init__(self, token: SecretStr | None, api_key: SecretStr | None) -> None:
        self._token = _checked(token, "TMDB_TOKEN")
        self._api_key = _checked(api_key, "TMDB_API_KEY")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        elif self._api_key:
            request.prepare_url(request.url, {"api_key": self._api_key})
        return request


def _checked(secret: SecretStr | None, name: str) -> str:
    """The bare text. A line break in it would be quoted, secret and all, by http.client's own error."""
    text = secret.get_secret_value().strip() if secret else ""
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise SettingsInvalid(f"{name} holds a character that no key has", hint=f"export {name}=<key>")
    logs.hide(text)
    return text


def _redact(record: logging.LogRecord) -> bool:
    """Takes keys out of urllib3's request lines, also in a process that did not call `logs.start`."""
    record.msg, record.args = logs.redacted(record.getMessage()), None
    return True


class Tmdb:
    """One connection pool, one token bucket and one credential; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.tmdb
        self._base = self._settings.base_url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = _Key(settings.tmdb_token, settings.tmdb_api_key)
        self._session.trust_env = urlsplit(self._base).hostname not in ("127.0.0.1", "localhost", "::1")
        per_second = self._settings.requests_per_second
        # With a burst of a quarter, no second of 40/s sees more than TMDb's 50.
        rate = Rate(per_second, Duration.SECOND, burst=max(1, per_second // 4))
        bucket = SingleBucketFactory(StateBucket([rate], algorithm=TokenBucket()), schedule_leak=False)
        self._tokens = Limiter(bucket, buffer_ms=1)
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._backoff = wait_random_exponential(multiplier=0.5, max=min(30, self._settings.longest_wait_seconds))
        logging.getLogger("urllib3.connectionpool").addFilter(_redact)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._tokens.close()

    def pages(self, path: str, pages: int, *, on_page: OnPage | None = None, **params: object) -> list[dict[str, Any]]:
        """The items of pages 1 to `pages`, joined as served; stops at the list's last page and at page 500."""
        items: list[dict[str, Any]] = []
        page, last = 1, min(pages, LAST_PAGE)
        while page <= last:
            body = self.get(path, page=page, **params)
            items += _results(body, f"{path} page {page}")
            total = body.get("total_pages")
            last = min(last, total) if isinstance(total, int) else last
            if on_page:
                on_page(page, last)
            page += 1
        return items

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """The JSON object at a path. Raises TmdbRefused at once, TmdbUnavailable after the last attempt."""
        query = {"language": self._settings.language, **params}
        retrying = Retrying(
            retry=retry_if_exception_type(_Unready),
            stop=stop_after_attempt(self._settings.attempts),
            wait=self._wait,
            before_sleep=_log_retry,
            reraise=True,
        )
        try:
            return retrying(self._attempt, path, query)
        except _Unready as error:
            last = str(error)
        raise TmdbUnavailable(
            f"TMDb failed {self._settings.attempts} times, the last time: {last}",
            where=self._base + path,
            hint="moviepulse doctor, then repeat the same command later",
        )

    def _attempt(self, path: str, query: dict[str, object]) -> dict[str, Any]:
        with self._lock:
            held = self._not_before - time.monotonic()
        if held > 0:
            time.sleep(held)
        self._tokens.try_acquire("tmdb")
        status, headers, body = self._fetch(path, query)
        if status == 429 or status >= 500:
            raise self._unready(status, headers, body)
        return _accepted(status, headers.get("Content-Type", ""), body, self._base + path)

    def _fetch(self, path: str, query: dict[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        timeout = (self._settings.connect_timeout_seconds, self._settings.read_timeout_seconds)
        try:
            with self._session.get(
                self._base + path, params=query, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                body = bytearray()
                for chunk in response.iter_content(1 << 16):
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        break
                return response.status_code, response.headers, bytes(body)
        except requests.RequestException as error:
            failure = type(error).__name__
        raise _Unready(f"{failure} (the connection broke, or nobody answered in time)")

    def _unready(self, status: int, headers: Mapping[str, str], body: bytes) -> TmdbUnavailable:
        """The failure of an attempt that TMDb says may be repeated; a 429 holds back every caller of this client."""
        wait, longest = _retry_after(headers.get("Retry-After")), self._settings.longest_wait_seconds
        what = f"HTTP {status} {_said(body)}".strip()
        if wait is not None and wait > longest:
            return TmdbUnavailable(
                f"TMDb asks to wait {wait:.0f} s: {what}",
                where=self._base,
                expected=f"at most tmdb.longest_wait_seconds = {longest:g}",
                hint=f"repeat the same command in {wait / 60:.0f} minutes",
            )
        if status == 429 and wait:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + wait)
        return _Unready(what, wait=wait)

    def _wait(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, _Unready) else None
        return self._backoff(state) if asked is None else asked


def _log_retry(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    pause = state.upcoming_sleep
    _log.warning("attempt %d at TMDb failed: %s; the next in %.1f s", state.attempt_number, failure, pause)


def _retry_after(text: str | None) -> float | None:
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


def _accepted(status: int, content_type: str, body: bytes, where: str) -> dict[str, Any]:
    """The object of an answer that is not a failure of the server."""
    if status != 200:
        raise _refusal(status, body, where)
    if len(body) > LARGEST_BODY:
        raise SourceInvalid("TMDb served an oversized body", where=where, expected=f"at most {LARGEST_BODY} bytes")
    parsed = _parsed(body) if "json" in content_type else None
    if not isinstance(parsed, dict):
        raise _Unready(f"HTTP 200 with {content_type or 'no content type'} that is no JSON object")
    if parsed.get("success") is False:
        raise _refusal(status, body, where)
    return parsed


def _parsed(body: bytes) -> Any:
    """The JSON value of a body; None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(body: bytes) -> str:
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
    what = f"TMDb refused with HTTP {status} {_said(body) or 'and no reason'}"
    return TmdbRefused(what, where=where, hint=hints.get(status, "check the parameters: a repeat fails the same way"))


def _results(body: dict[str, Any], where: str) -> list[dict[str, Any]]:
    results = body.get("results")
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        raise SourceInvalid("TMDb served a page without a list of items", where=where, expected='{"results": [{…}, …]}')
    return results
