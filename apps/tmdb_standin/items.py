"""One title as TMDb's lists show it, with the quirks that were counted: empty texts and dates, ints for floats."""

import hashlib
from datetime import date
from typing import Any, NamedTuple

from apps.tmdb_standin.titles import GENRES, Title, popularity, votes

_LANGUAGES = (
    ("en", "US"), ("en", "US"), ("en", "GB"), ("en", "US"), ("pt", "BR"), ("es", "ES"), ("fr", "FR"), ("ja", "JP"),
    ("ko", "KR"), ("de", "DE"), ("cn", "HK"), ("xx", ""),
)  # fmt: skip


class Place(NamedTuple):
    """A place of a list; a title's second one may show a popularity that has moved on."""

    title: Title
    is_moved: bool = False


def genres(media_type: str) -> list[dict[str, Any]]:
    """The genres of a medium, as /genre/.../list has them."""
    return [{"id": genre_id, "name": name} for genre_id, (name, _) in GENRES[media_type].items()]


def origin(title: Title) -> tuple[str, str]:
    """Original language and country; a title without words has no country."""
    return _LANGUAGES[int(title.noise("language") * len(_LANGUAGES))]


def shown_date(title: Title) -> str:
    """Its date as TMDb writes it; empty for the few that it does not know."""
    return title.released.isoformat() if title.is_dated else ""


def item(title: Title, day: date) -> dict[str, Any]:
    """The title as trending and find show it on that day."""
    language, country = origin(title)
    fields = {
        "adult": False,
        "backdrop_path": picture(title, "backdrop", 0.05),
        "id": title.title_id,
        "overview": overview(title),
        "poster_path": picture(title, "poster", 0.02),
        "media_type": title.media_type,
        "original_language": language,
        "genre_ids": list(title.genre_ids),
        **figures(title, day),
    }
    if title.media_type == "movie":
        own = {"title": title.name, "original_title": title.name, "release_date": shown_date(title), "video": False}
    else:
        names = {"name": title.name, "original_name": title.name, "first_air_date": shown_date(title)}
        own = names | {"origin_country": [country] if country else []}
    return fields | own


def figures(title: Title, day: date) -> dict[str, Any]:
    """What moves from day to day, the same in all lists and in the details."""
    mean, count = votes(title, day)
    score = popularity(title, day)
    is_int = title.noise("int_score") < 0.01
    return {"popularity": round(score) if is_int else score, "vote_average": mean, "vote_count": count}


def trending_item(place: Place, day: date) -> dict[str, Any]:
    """A place of a trending list."""
    shown = item(place.title, day)
    if place.is_moved:
        shown["popularity"] = round(shown["popularity"] * 1.01, 4)
    return shown


def listed_item(place: Place, day: date) -> dict[str, Any]:
    """A place of any other list: only trending and find say the medium."""
    return {name: value for name, value in trending_item(place, day).items() if name != "media_type"}


def picture(title: Title, kind: str, missing: float) -> str | None:
    """The path of a picture; null for so many of the titles."""
    return None if title.noise(kind) < missing else file_path(title.seed, title.media_type, title.number, kind)


def file_path(*parts: object) -> str:
    """A path as TMDb's picture server has them."""
    return f"/{hashlib.blake2b('/'.join(map(str, parts)).encode(), digest_size=13).hexdigest()}.jpg"


def overview(title: Title) -> str | None:
    """A text; empty or null for a few."""
    kind = title.noise("overview")
    if kind < 0.005:
        return None
    text = f"Made up for MoviePulse: what became of “{title.name}”.\nNobody has seen it, and everybody talks about it."
    return "" if kind < 0.03 else text if kind < 0.1 else text.replace("\n", " ")
