"""TMDb's bodies around its items: pages, and refusals in its own words."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

JSON_TYPE = "application/json;charset=utf-8"
LAST_PAGE = 500
NOT_FOUND, BAD_PAGE, LONG_RANGE, BAD_DATE, TOO_MANY_APPENDED, INVALID = 34, 22, 20, 23, 27, 5
MESSAGES = {  # TMDb's code: its HTTP status and text
    INVALID: (422, "Invalid parameters: Your request parameters are incorrect."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    11: (500, "Internal error: Something went wrong, contact TMDb."),
    LONG_RANGE: (422, "Invalid date range: Should be a range no longer than 14 days."),
    BAD_PAGE: (400, "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer."),
    BAD_DATE: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (41) is over the allowed limit of 40."),
    TOO_MANY_APPENDED: (400, "Too many append to response objects: The maximum number of remote calls is 20."),
    NOT_FOUND: (404, "The resource you requested could not be found."),
}
CODES = {400: BAD_PAGE, 401: 7, 404: NOT_FOUND, 422: LONG_RANGE, 429: 25, 500: 11, 503: 9, 504: 24}  # of a bare status


class Refused(Exception):
    """Raised when TMDb would refuse the request with that code."""

    def __init__(self, code: int) -> None:
        super().__init__(MESSAGES[code][1])
        self.code = code


@dataclass(frozen=True)
class Listing:
    """A whole list: its places, how one is shown, and what stands beside them on every page."""

    places: Sequence[Any]
    show: Callable[[Any], dict[str, Any]]
    per_page: int = 20
    claimed: tuple[int, int] | None = None  # pages and results, where TMDb claims others than there are
    beside: dict[str, Any] = field(default_factory=dict)


def refusal(status: int, *, code: int | None = None, headers: dict[str, str] | None = None) -> Response:
    """TMDb's answer with that HTTP status, in its own words."""
    said = code or CODES.get(status, 11)
    body = {"success": False, "status_code": said, "status_message": MESSAGES[said][1]}
    return Response(json.dumps(body), status_code=status, headers=headers, media_type=JSON_TYPE)


def answer(body: dict[str, Any]) -> Response:
    """A body as TMDb serves it."""
    headers = {"Cache-Control": "public, max-age=21600", "Vary": "Accept-Encoding"}
    return Response(json.dumps(body, ensure_ascii=False), headers=headers, media_type=JSON_TYPE)


def page(listing: Listing, request: Request) -> Response:
    """The page that is asked for, an empty `page` being the first, as recorded; raises Refused beyond 1 to 500."""
    text = request.query_params.get("page", "") or "1"
    number = int(text) if text.isdecimal() and len(text) < 9 else 0
    if not 1 <= number <= LAST_PAGE:
        raise Refused(BAD_PAGE)
    start, size = (number - 1) * listing.per_page, listing.per_page + getattr(request.state, "more_items", 0)
    results = [listing.show(place) for place in listing.places[start : start + size]]
    count = len(listing.places)
    pages, total = listing.claimed or (-(-count // listing.per_page), count)
    return answer(listing.beside | {"page": number, "results": results, "total_pages": pages, "total_results": total})
