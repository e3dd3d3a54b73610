"""A request's body -> JSON, within bounds: cut off while it arrives, never too slow, and all of them not too much."""

import asyncio
from typing import Any

from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from lakehouse.errors import EventRefused

BUSY = {"Retry-After": "2"}
# What comes after the answer is not read: the connection ends.
_LAST = {"Connection": "close"}


class Bodies:
    """Reads bodies; those that are being read hold at most `most_bytes` together."""

    def __init__(self, *, most_bytes: int, seconds: float) -> None:
        self._most, self._seconds = most_bytes, seconds
        self._held = 0

    async def read(self, request: Request, limit: int) -> bytes:
        """The body of at most `limit` bytes; raises HTTPException 408, 413, 415 or 503."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or "content-encoding" in request.headers:
            raise HTTPException(415, "expected Content-Type: application/json, not compressed", headers=_LAST)
        announced = request.headers.get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._gathered(request, limit)
        except TimeoutError:
            raise HTTPException(408, "the body took too long", headers=_LAST) from None
        except ClientDisconnect:
            raise HTTPException(400, "the body ended early", headers=_LAST) from None

    async def _gathered(self, request: Request, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            async for part in request.stream():
                size, self._held = size + len(part), self._held + len(part)
                if size > limit:
                    raise _too_large(limit)
                if self._held > self._most:
                    raise HTTPException(503, "too many bodies at once; send it again", headers=BUSY | _LAST)
                parts.append(part)
            return b"".join(parts)
        finally:
            self._held -= size


def parsed(body: bytes) -> Any:
    """The body's JSON; raises EventRefused for another text, and for one nested deeper than 200."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise EventRefused("no JSON", {"body": str(error)}) from None


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"expected at most {limit} bytes", headers=_LAST)
