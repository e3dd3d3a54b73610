"""What the details of a made-up title name besides people: companies, countries, languages, keywords, ratings."""

import random
from collections.abc import Callable
from typing import Any

from apps.tmdb_standin.items import file_path, origin, shown_date
from apps.tmdb_standin.titles import Title

_COMPANIES = 60
_COUNTRIES = {
    "US": "United States of America", "GB": "United Kingdom", "BR": "Brazil", "ES": "Spain", "FR": "France",
    "JP": "Japan", "KR": "South Korea", "DE": "Germany", "HK": "Hong Kong",
}  # fmt: skip
_LANGUAGES = {
    "en": ("English", "English"), "pt": ("Portuguese", "Português"), "es": ("Spanish", "Español"),
    "fr": ("French", "Français"), "ja": ("Japanese", "日本語"), "ko": ("Korean", "한국어/조선말"),
    "de": ("German", "Deutsch"), "cn": ("Cantonese", "广州话 / 廣州話"), "xx": ("No Language", "No Language"),
}  # fmt: skip
_PLACES = ("Atlântico", "Nordlicht", "Blue Door", "Três Irmãos", "Lantern", "Rive Gauche", "Kestrel", "Kumo", "Hangang")
_TRADES = ("Pictures", "Filmes", "Films", "Studios", "Entertainment", "Produções", "Film")
_NETWORKS = (
    ("Canal Aurora", "BR"), ("Northstar", "US"), ("Beacon", "GB"), ("Télé Rive", "FR"), ("Asahi Wave", "JP"),
    ("Hangang TV", "KR"), ("Erste Welle", "DE"), ("Streamhouse", ""),
)  # fmt: skip
_KEYWORDS = (
    "lighthouse", "based on novel or book", "small town", "heist", "friendship", "sequel", "dystopia", "carnival",
    "detective", "woman director", "time travel", "family", "revenge", "mountain village", "journalism", "war",
    "coming of age", "prison", "orchestra", "inheritance", "robot", "sea voyage", "football", "trial", "ghost",
)  # fmt: skip
_CERTIFICATIONS = {
    "US": ("PG-13", "R", "PG", "NR", ""), "BR": ("L", "12", "16", "18"), "DE": ("0", "12", "16", ""),
    "GB": ("PG", "12A", "15", "18"), "FR": ("U", "12", ""), "JP": ("G", "PG12", ""),
}  # fmt: skip
_TV_RATINGS = {"US": ("TV-14", "TV-MA", "TV-PG"), "BR": ("12", "16", "L"), "DE": ("12", "16"), "GB": ("15", "18")}
Rows = list[dict[str, Any]]


def companies(title: Title) -> Rows:
    """None to four of the world's companies; some have no logo and some no country."""
    draw = title.draws("companies")
    picked = dict.fromkeys(int(_COMPANIES * draw() ** 1.5) for _ in range(int(draw() * 5)))
    return [_company(title.seed, number) for number in picked]


def _company(seed: int, number: int) -> dict[str, Any]:
    draw = random.Random(f"{seed}/company/{number}").random
    country = "" if draw() < 0.2 else _one(draw, tuple(_COUNTRIES))
    logo = None if draw() < 0.4 else file_path(seed, "company", number)
    name = f"{_PLACES[number % len(_PLACES)]} {_TRADES[number // len(_PLACES) % len(_TRADES)]}"
    return {"id": 4 + number * 37, "logo_path": logo, "name": name, "origin_country": country}


def countries(title: Title) -> Rows:
    """The country of origin and at times another one; none where it has no words."""
    draw, home = title.draws("countries"), origin(title)[1]
    codes = dict.fromkeys([home, _one(draw, tuple(_COUNTRIES))] if draw() < 0.25 else [home])
    return [{"iso_3166_1": code, "name": _COUNTRIES[code]} for code in codes if code]


def languages(title: Title) -> Rows:
    """What is spoken: the original language, and at times another one."""
    draw, first = title.draws("languages"), origin(title)[0]
    codes = dict.fromkeys([first, _one(draw, tuple(_LANGUAGES))] if draw() < 0.2 else [first])
    return [{"english_name": _LANGUAGES[c][0], "iso_639_1": c, "name": _LANGUAGES[c][1]} for c in codes]


def networks(title: Title) -> Rows:
    """The one network that shows the series; none for a few."""
    draw = title.draws("networks")
    number = int(draw() * len(_NETWORKS))
    name, country = _NETWORKS[number]
    logo = file_path(title.seed, "network", number)
    shown = {"id": 19 + number * 30, "logo_path": logo, "name": name, "origin_country": country}
    return [] if draw() < 0.05 else [shown]


def keywords(title: Title) -> Rows:
    """None to nine keywords."""
    draw = title.draws("keywords")
    picked = dict.fromkeys(int(draw() * len(_KEYWORDS)) for _ in range(int(draw() * 10)))
    return [{"id": 818 + number * 101, "name": _KEYWORDS[number]} for number in picked]


def release_dates(title: Title) -> dict[str, Rows]:
    """Per country the dates with their type, 1 (premiere) to 6 (TV); a certification may be empty."""
    if not title.is_dated:
        return {"results": []}
    draw, results = title.draws("release_dates"), []
    for country in (code for code in _CERTIFICATIONS if draw() < 0.6):
        certification = _one(draw, _CERTIFICATIONS[country])
        kinds = (1, 3) if draw() < 0.2 else (_one(draw, (2, 3, 3, 3, 4, 5, 6)),)
        dates = [
            {"certification": certification, "descriptors": [], "iso_639_1": "", "note": ""}
            | {"release_date": f"{shown_date(title)}T00:00:00.000Z", "type": kind}
            for kind in kinds
        ]
        results.append({"iso_3166_1": country, "release_dates": dates})
    return {"results": results}


def content_ratings(title: Title) -> dict[str, Rows]:
    """Per country the rating of a series."""
    draw = title.draws("content_ratings")
    rated = [(country, _one(draw, ratings)) for country, ratings in _TV_RATINGS.items() if draw() < 0.6]
    return {"results": [{"descriptors": [], "iso_3166_1": code, "rating": rating} for code, rating in rated]}


def _one(draw: Callable[[], float], pool: tuple[Any, ...]) -> Any:
    return pool[int(draw() * len(pool))]
