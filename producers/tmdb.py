"""TMDb over HTTP: items come out as served, failures as TmdbRefused (do not repeat) or TmdbUnavailable (repeat later).

API: https://developer.themoviedb.org/reference. Rate limit: "somewhere in the 40-50 requests per second range".
Foreign exceptions are never chained or quoted: their texts hold the whole URL, and with it a v3 key.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from pyrate_limiter import Duration, Limiter, Rate, SingleBucketFactory, StateBucket, TokenBucket
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from lakehouse import logs
from lakehouse.errors import SettingsInvalid, TmdbNotFound, TmdbUnavailable
from lakehouse.settings import Settings
from producers.answer import LARGEST_BODY, Unready, accepted, results, retry_after, said
from producers.parallel import Answer, Asked, in_parallel
from producers.rate import SharedRate

LAST_PAGE = 500  # total_pages claims up to 162,574; page 501 is refused
OnPage = Callable[[int, int], None]

_log = logging.getLogger(__name__)


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


def _is_here(url: str) -> bool:
    """Whether a URL leads to this machine, where no proxy is asked."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def _redact(record: logging.LogRecord) -> bool:
    """Takes keys out of urllib3's request lines, also in a process that did not call `logs.start`."""
    record.msg, record.args = logs.redacted(record.getMessage()), None
    return True


class Tmdb:
    """One connection pool and one credential, which threads may share; all processes of a home share the rate."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.tmdb
        self._base = self._settings.base_url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = _Key(settings.tmdb_token, settings.tmdb_api_key)
        connections = HTTPAdapter(pool_connections=1, pool_maxsize=self._settings.connections, pool_block=True)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, connections)
        self._session.trust_env = not _is_here(self._base)
        self._shared = SharedRate(settings.root / "rate" / f"{urlsplit(self._base).netloc}.json")
        per_second = self._settings.requests_per_second
        # With a burst of a quarter, no second of 40/s sees more than TMDb's 50.
        rate = Rate(per_second, Duration.SECOND, burst=max(1, per_second // 4))
        bucket = SingleBucketFactory(
            StateBucket([rate], algorithm=TokenBucket(), store=self._shared), schedule_leak=False
        )
        self._tokens = Limiter(bucket, buffer_ms=1)
        self._timeout = self._settings.connect_timeout_seconds, self._settings.read_timeout_seconds
        longest = self._settings.longest_wait_seconds
        self._backoff = wait_random_exponential(multiplier=0.5, min=min(0.25, longest), max=min(30, longest))
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
            items += results(body, f"{path} page {page}")
            total = body.get("total_pages")
            last = min(last, total) if isinstance(total, int) else last
            if on_page:
                on_page(page, last)
            page += 1
        return items

    def in_parallel(self, ask: Callable[[Asked], Answer], asked: Iterable[Asked]) -> Iterator[tuple[Asked, Answer]]:
        """Each question with its answer, in order, over all connections; see `producers.parallel`."""
        return in_parallel(ask, asked, workers=self._settings.connections)

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """The JSON object at a path. Raises TmdbRefused at once, TmdbUnavailable after the last attempt."""
        return self._repeated(self._attempt, self._base + path, {"language": self._settings.language, **params})

    def _repeated(self, attempt: Callable[..., Answer], url: str, *arguments: object) -> Answer:
        """The result of the first attempt that succeeds."""
        retrying = Retrying(
            retry=retry_if_exception_type(Unready),
            stop=stop_after_attempt(self._settings.attempts),
            wait=self._wait,
            before_sleep=_log_retry,
            reraise=True,
        )
        try:
            return retrying(attempt, url, *arguments)
        except Unready as error:
            last = str(error)
        raise TmdbUnavailable(
            f"TMDb failed {self._settings.attempts} times, the last time: {last}",
            where=url,
            hint="moviepulse doctor, then repeat the same command later",
        )

    def download(self, name: str, to: Path) -> None:
        """Write one of TMDb's daily files to a path, whole or not at all; no key is needed or sent.

        Raises TmdbNotFound where there is no such file (yet), TmdbUnavailable after the last attempt.
        """
        part = to.with_suffix(to.suffix + ".part")
        self._repeated(self._download, f"{self._settings.files_url.rstrip('/')}/{name}", part)
        os.replace(part, to)

    def _download(self, url: str, to: Path) -> None:
        try:
            with requests.Session() as session, to.open("wb") as file:
                session.trust_env = not _is_here(url)
                response = session.get(url, timeout=self._timeout, stream=True)
                if response.status_code in (403, 404):  # the store behind it says 403 where there is nothing
                    raise TmdbNotFound(
                        "TMDb has no such daily file",
                        where=url,
                        expected="a day of the last three months; today's from 08:00 UTC on",
                        hint="name an earlier day",
                    )
                if response.status_code != 200:
                    raise Unready(f"HTTP {response.status_code}")
                for chunk in response.iter_content(1 << 20):
                    file.write(chunk)
        except requests.RequestException as error:
            failure = type(error).__name__
            raise Unready(f"{failure} (the connection broke, or nobody answered in time)") from None

    def _attempt(self, url: str, query: dict[str, object]) -> dict[str, Any]:
        self._take_turn()
        status, headers, body = self._fetch(url, query)
        if status == 429 or status >= 500:
            raise self._unready(status, headers, body)
        return accepted(status, headers.get("Content-Type", ""), body, url)

    def _take_turn(self) -> None:
        """Wait for a token, and as long as TMDb has told any process of this home to wait.

        A token from before such a wait is not spent after it: with the burst that has grown meanwhile, all who waited
        would ask for more at once than TMDb allows.
        """
        self._tokens.try_acquire("tmdb")
        while (held := self._shared.held()) > 0:
            if held > self._settings.longest_wait_seconds:
                raise self._too_long(held, "another request was told so")
            time.sleep(held)
            self._tokens.try_acquire("tmdb")

    def _fetch(self, url: str, query: dict[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        try:
            with self._session.get(
                url, params=query, timeout=self._timeout, allow_redirects=False, stream=True
            ) as response:
                body = bytearray()
                for chunk in response.iter_content(1 << 16):
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        break
                return response.status_code, response.headers, bytes(body)
        except requests.RequestException as error:
            failure = type(error).__name__
        raise Unready(f"{failure} (the connection broke, or nobody answered in time)")

    def _unready(self, status: int, headers: Mapping[str, str], body: bytes) -> TmdbUnavailable:
        """The failure of an attempt that TMDb says may be repeated."""
        wait, longest = retry_after(headers.get("Retry-After")), self._settings.longest_wait_seconds
        what = f"HTTP {status} {said(body)}".strip()
        if wait is not None and wait > longest:
            if status == 429:
                self._shared.hold(wait)
            return self._too_long(wait, what)
        return Unready(what, wait=wait, is_limit=status == 429)

    def _too_long(self, wait: float, what: str) -> TmdbUnavailable:
        return TmdbUnavailable(
            f"TMDb asks to wait {wait:.0f} s: {what}",
            where=self._base,
            expected=f"at most tmdb.longest_wait_seconds = {self._settings.longest_wait_seconds:g}",
            hint=f"repeat the same command in {wait / 60:.0f} minutes",
        )

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next attempt; after a 429 everybody waits as long."""
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.wait if isinstance(failure, Unready) else None
        pause = self._backoff(state) if asked is None else asked
        if isinstance(failure, Unready) and failure.is_limit:
            self._shared.hold(pause)
        return pause


def _log_retry(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    pause = state.upcoming_sleep
    _log.warning("attempt %d at TMDb failed: %s; the next in %.1f s", state.attempt_number, failure, pause)
