"""Logging for every process: one line format, UTC, and no secret in any record.

Redaction sits in the record factory, so it also covers libraries' own loggers (urllib3 logs whole request
lines) and handlers that somebody else installed.
"""

import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Any

_KEY_IN_QUERY = re.compile(r"(api_key=)[^&\s\"'<>)]+", re.IGNORECASE)
_BEARER = re.compile(r"(Bearer\s+)[\w.~+/=-]+", re.IGNORECASE)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """From now on, replace this exact text wherever `redacted` is applied."""
    if len(secret) >= 8:
        _secrets.add(secret)


def redacted(text: str) -> str:
    """The text without API keys, bearer tokens and every secret given to `hide`."""
    for secret in _secrets:
        text = text.replace(secret, "***")
    return _BEARER.sub(r"\1***", _KEY_IN_QUERY.sub(r"\1***", text))


class _UtcFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return redacted(super().formatException(ei))


def _redacting(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        try:
            text = made.getMessage()
        except (TypeError, ValueError):
            return made
        made.msg, made.args = redacted(text), None
        return made

    return record


def start(level: str = "INFO") -> None:
    """Send log lines to standard error and redact every record of the process. Call once, at a process's edge."""
    factory = logging.getLogRecordFactory()
    if factory is logging.LogRecord:
        logging.setLogRecordFactory(_redacting(factory))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _UtcFormatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("py4j", "urllib3", "pyspark"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # PySpark logs each analysis error as one long JSON line with Java's stack; the error itself is raised all the same.
    for echo in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(echo).setLevel(logging.CRITICAL)
