"""/movie/{id}, /tv/{id} with what is appended, and /find: one made-up title in full.

0 is TMDb's way to say that it does not know a budget, a revenue or a runtime.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from apps.tmdb_standin import facts
from apps.tmdb_standin.credits import aggregate_credits, created_by, credits
from apps.tmdb_standin.items import file_path, item, origin
from apps.tmdb_standin.seasons import Season, seasons
from apps.tmdb_standin.titles import GENRES, Title, World, by_id, is_known, titles

FOUND = ("movie_results", "person_results", "tv_results", "tv_episode_results", "tv_season_results")
_FIRST_IMDB, _IMDB_STEP = 50_000, 97
Body = dict[str, Any]
Sources = dict[str, Callable[[Title, date], Body]]


def details(world: World, media_type: str, title_id: int, day: date, appended: frozenset[str]) -> Body | None:
    """The title and what was asked to be appended to it; None where TMDb answers 404."""
    title = by_id(world, media_type).get(title_id)
    if not title or title.is_gone or not is_known(title, day):
        return None
    body = _movie(title, day) if media_type == "movie" else _series(title, day)
    return body | {name: part(title, day) for name, part in _APPENDED[media_type].items() if name in appended}


def find(world: World, imdb_id: str, day: date) -> Body:
    """The lists of /find; all empty for an id that nobody has."""
    body: Body = {name: [] for name in FOUND}
    digits = imdb_id.removeprefix("tt")
    number, place = divmod(int(digits) - _FIRST_IMDB, _IMDB_STEP) if digits.isdecimal() else (-1, 0)
    media_type = {0: "movie", 1: "tv"}.get(place, "")
    if media_type and 0 <= number < len(titles(world, media_type)):
        title = titles(world, media_type)[number]
        if _imdb_id(title) == imdb_id and not title.is_gone and is_known(title, day):
            body[f"{media_type}_results"] = [item(title, day)]
    return body


def _imdb_id(title: Title) -> str | None:
    """Like tt0050000, seven digits or more; null or empty for some."""
    missing = title.noise("imdb")
    if missing < 0.1:
        return None if missing < 0.07 else ""
    return f"tt{_FIRST_IMDB + title.number * _IMDB_STEP + (title.media_type == 'tv'):07}"


def _shared(title: Title, day: date) -> Body:
    """What details of both media have; lists have genre_ids in place of genres."""
    listed = item(title, day)
    shown = {name: value for name, value in listed.items() if name not in ("media_type", "genre_ids")}
    country = origin(title)[1]
    return shown | {
        "genres": [{"id": each, "name": GENRES[title.media_type][each][0]} for each in title.genre_ids],
        "homepage": f"https://example.org/{title.media_type}/{title.title_id}" if title.noise("homepage") < 0.3 else "",
        "origin_country": [country] if country else [],
        "production_companies": facts.companies(title),
        "production_countries": facts.countries(title),
        "spoken_languages": facts.languages(title),
        "tagline": "" if title.noise("tagline") < 0.5 else f"Nobody leaves {title.name}.",
    }


def _movie(title: Title, day: date) -> Body:
    draw = title.draws("movie")
    is_released = title.released <= day
    budget = 0 if draw() < 0.45 else round(title.fame * (200_000 + 4_000_000 * draw()))
    earned = round((budget or 1_000_000) * 6 * draw() ** 2)
    if draw() < 0.004:
        earned = 2_200_000_000 + round(700_000_000 * draw())
    unknown = draw() < 0.5
    runtime = 0 if draw() < 0.03 else 62 + int(100 * draw())
    return _shared(title, day) | {
        "belongs_to_collection": _collection(title),
        "budget": 1 + budget // 1_000_000 if draw() < 0.01 else budget,  # some are typed in millions
        "imdb_id": _imdb_id(title),
        "revenue": 0 if unknown or not is_released else earned,
        "runtime": runtime,
        "status": "Released" if is_released else "Post Production" if draw() < 0.6 else "In Production",
    }


def _collection(title: Title) -> Body | None:
    if title.noise("collection") >= 0.12:
        return None
    number = title.number % 211
    poster = None if number % 5 == 0 else file_path(title.seed, "collection", number)
    named = {"id": 10_000 + number, "name": f"Collection {number}"}
    return named | {"poster_path": poster, "backdrop_path": None if number % 3 == 0 else poster}


def _series(title: Title, day: date) -> Body:
    draw, planned = title.draws("series"), seasons(title)
    begun = [season for season in planned if season.aired(day)]
    last, following = _last_episode(title, begun, day), _next_episode(title, planned, day)
    minutes = int(draw() * 9) * 10
    own = _shared(title, day) | {
        "created_by": created_by(title),
        "episode_run_time": [minutes] if minutes else [],
        "in_production": following is not None,
        "languages": [origin(title)[0]],
        "last_air_date": last["air_date"] if last else None,
        "last_episode_to_air": last,
        "next_episode_to_air": following,
        "networks": facts.networks(title),
        "number_of_episodes": sum(season.episodes for season in begun),
        "number_of_seasons": len(begun),
        "seasons": [_season(title, season) for season in begun],
        "status": "Returning Series" if following else "Ended" if draw() < 0.7 else "Canceled",
        "type": ("Scripted", "Scripted", "Reality", "Documentary", "Talk Show", "Miniseries")[int(draw() * 6)],
    }
    if draw() < 0.3:  # the specials, which count neither as a season nor as episodes
        own["seasons"].insert(0, _season(title, Season(0, title.released - timedelta(days=30), 3, 7)))
    return own


def _season(title: Title, season: Season) -> Body:
    return {
        "air_date": season.first.isoformat() if title.is_dated else None,
        "episode_count": season.episodes,
        "id": title.title_id * 100 + season.number,
        "name": f"Season {season.number}" if season.number else "Specials",
        "overview": "",
        "poster_path": file_path(title.seed, title.number, "season", season.number),
        "season_number": season.number,
        "vote_average": 0 if season.number == 0 else round(4.5 + 4.3 * title.quality, 1),
    }


def _last_episode(title: Title, begun: list[Season], day: date) -> Body | None:
    return _episode(title, begun[-1], begun[-1].aired(day)) if begun else None


def _next_episode(title: Title, planned: Sequence[Season], day: date) -> Body | None:
    return next(
        (_episode(title, each, each.aired(day) + 1) for each in planned if each.aired(day) < each.episodes), None
    )


def _episode(title: Title, season: Season, number: int) -> Body:
    return {
        "id": title.title_id * 100_000 + season.number * 1000 + number,
        "name": f"Episode {number}",
        "overview": "",
        "vote_average": 0.0,
        "vote_count": 0,
        "air_date": season.aired_at(number).isoformat(),
        "episode_number": number,
        "production_code": "",
        "runtime": 20 + int(title.noise("runtime") * 40),
        "season_number": season.number,
        "show_id": title.title_id,
        "still_path": None,
    }


def _external_ids(title: Title, _: date) -> Body:
    """A movie's five, a series' nine; tvrage_id comes as a number, as a text and as null."""
    draw = title.draws("external_ids")
    wikidata = f"Q{int(draw() * 10**8)}" if draw() < 0.6 else None
    page = title.name.replace(" ", "") if draw() < 0.2 else None
    rage = int(draw() * 60_000)
    kind = draw()
    series = {
        "freebase_mid": None,
        "freebase_id": None,
        "tvdb_id": 70_000 + title.number if draw() < 0.8 else None,
        "tvrage_id": rage if kind < 0.4 else str(rage) if kind < 0.6 else None,
    }
    pages = {"wikidata_id": wikidata, "facebook_id": page, "instagram_id": None, "twitter_id": page}
    return {"imdb_id": _imdb_id(title)} | (series if title.media_type == "tv" else {}) | pages


def _aggregate(title: Title, day: date) -> Body:
    return aggregate_credits(title, sum(season.aired(day) for season in seasons(title)))


_APPENDED: dict[str, Sources] = {
    "movie": {
        "credits": lambda title, _: credits(title),
        "external_ids": _external_ids,
        "keywords": lambda title, _: {"keywords": facts.keywords(title)},
        "release_dates": lambda title, _: facts.release_dates(title),
    },
    "tv": {
        "aggregate_credits": _aggregate,
        "content_ratings": lambda title, _: facts.content_ratings(title),
        "credits": lambda title, _: credits(title),
        "external_ids": _external_ids,
        "keywords": lambda title, _: {"results": facts.keywords(title)},
    },
}
