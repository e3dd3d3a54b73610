"""TMDb's paths and parameters over a source: what is asked for, and what is refused."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from apps.tmdb_standin import exports
from apps.tmdb_standin.answers import (
    BAD_DATE,
    INVALID,
    LONG_RANGE,
    MESSAGES,
    TOO_MANY_APPENDED,
    Refused,
    answer,
    page,
    refusal,
)
from apps.tmdb_standin.faults import State
from apps.tmdb_standin.lists import Wanted
from apps.tmdb_standin.source import Source
from lakehouse.errors import SettingsInvalid

MOST_APPENDED = 20
LONGEST_RANGE = timedelta(days=14)
DATE_PARAMETERS = {"movie": "primary_release_date", "tv": "first_air_date"}
Medium = Literal["movie", "tv"]
Query = Mapping[str, str]


def application(state: State, source: Source) -> FastAPI:
    """All routes. Those under /3 are coroutines, so that what is computed for one request waits for the next ones."""
    app = FastAPI(title="TMDb stand-in", docs_url=None, redoc_url=None, openapi_url=None)
    _lists(app, state, source)
    _titles(app, state, source)
    _files(app, state, source)
    _errors(app)
    return app


def _lists(app: FastAPI, state: State, source: Source) -> None:
    @app.get("/3/trending/{media_type}/{window}")
    async def trending(media_type: Medium, window: Literal["day", "week"], request: Request) -> Response:
        listed = source.listed(media_type, f"trending_{window}", state.today())
        return page(listed, request) if listed else refusal(404)

    @app.get("/3/discover/{media_type}")
    async def discover(media_type: Medium, request: Request) -> Response:
        asked = wanted(media_type, request.query_params)
        return page(source.discovered(media_type, state.today(), asked), request)

    @app.get("/3/{media_type}/changes")
    async def changes(media_type: Medium, request: Request) -> Response:
        first, last = changed_days(request.query_params, state.today())
        return page(source.changed(media_type, first, last), request)

    @app.get("/3/genre/{media_type}/list")
    async def genres(media_type: Medium) -> Response:
        known = source.genres(media_type)
        return answer({"genres": known}) if known else refusal(404)


def _titles(app: FastAPI, state: State, source: Source) -> None:
    @app.get("/3/find/{external_id}")
    async def find(external_id: str, external_source: str = "") -> Response:
        if external_source != "imdb_id":
            raise Refused(INVALID)
        return answer(source.found(external_id, state.today()))

    @app.get("/3/{media_type}/{title_id:int}")
    async def details(media_type: Medium, title_id: int, append_to_response: str = "") -> Response:
        appended = append_to_response.split(",") if append_to_response else []
        if len(appended) > MOST_APPENDED:
            raise Refused(TOO_MANY_APPENDED)
        body = source.details(media_type, title_id, state.today(), frozenset(appended))
        return answer(body) if body else refusal(404)

    @app.get("/3/{media_type}/{name}")
    async def listed(media_type: Medium, name: str, request: Request) -> Response:
        known = None if name.startswith("trending_") else source.listed(media_type, name, state.today())
        return page(known, request) if known else refusal(404)


def _files(app: FastAPI, state: State, source: Source) -> None:
    @app.get("/p/exports/{name}")
    def export(name: str) -> Response:
        asked = exports.named(name)
        whole = source.export(*asked) if asked and exports.is_there(asked[1], state.now()) else None
        if whole is None:
            return Response(exports.REFUSAL, status_code=403, media_type="application/xml")
        length = {"Content-Length": str(len(whole))}
        return StreamingResponse(exports.chunks(whole), media_type="application/gzip", headers=length)

    @app.post("/_standin/faults")
    def faults(wanted: dict[Literal["faults"], list[str]]) -> dict[str, int]:
        state.misbehave(*wanted.get("faults", []))
        return {"waiting": len(state.faults)}


def _errors(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return refusal(MESSAGES[error.code][0], code=error.code)

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> Response:
        return refusal(error.status_code)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        # TMDb knows no /trending/cat/day: to it, a wrong part of a path is an unknown path.
        return refusal(404) if request.method == "GET" else JSONResponse({"errors": [str(error)]}, 422)

    @app.exception_handler(SettingsInvalid)
    async def misspelt(_: Request, error: SettingsInvalid) -> Response:
        return JSONResponse({"errors": [str(error)]}, 422)


def wanted(media_type: str, query: Query) -> Wanted:
    """What a discovery asks for; parameters that are not known are ignored, as TMDb does. Raises Refused."""
    groups = [group.split("|") for group in query.get("with_genres", "").split(",") if group]
    if not all(genre.isdecimal() for group in groups for genre in group):
        raise Refused(INVALID)
    name = DATE_PARAMETERS[media_type]
    return Wanted(
        genres=tuple(frozenset(map(int, group)) for group in groups),
        since=_date(query.get(f"{name}.gte", ""), INVALID),
        until=_date(query.get(f"{name}.lte", ""), INVALID),
        sort_by=query.get("sort_by", "") or "popularity.desc",
    )


def changed_days(query: Query, today: date) -> tuple[date, date]:
    """First and last day of the changes that are asked for; without dates the last 24 hours. Raises Refused."""
    last = _date(query.get("end_date", ""), BAD_DATE) or today
    first = _date(query.get("start_date", ""), BAD_DATE) or last - timedelta(days=1)
    if abs(last - first) > LONGEST_RANGE:
        raise Refused(LONG_RANGE)
    return first, last


def _date(text: str, code: int) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise Refused(code) from None
