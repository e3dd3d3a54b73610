"""A made-up film market: the same seed and day give the same titles, numbers and lists, on every machine.

Items have TMDb's shapes and its measured quirks: empty dates and overviews, int votes, votes that fall, ids that a
movie and a series share, and titles that stand twice over a page border.
"""

import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

PAGE = 20
TITLES = 2000  # of each medium
PLACES = 400  # of a trending list; the pages after them are empty
SHARED_IDS = 500  # the first so many ids are a movie's and a series'
WINDOWS = ("day", "week")
GROUPS = {"movie": "movies", "tv": "tv"}
RECORDED_PAGES = 2  # of each list, as in TMDb's own recorded days
_EPOCH = date(2020, 1, 1)
_OPENINGS = (
    "The Last", "A Silent", "Beyond the", "Crimson", "Noite de", "O Segredo do", "Café", "Les Ombres de", "Der Große",
    "Paper", "Midnight", "El Corazón de", "Señor", "Winter", "Broken", "Ночной", "Northern", "A Vida de", "Golden",
)  # fmt: skip
_SUBJECTS = (
    "Harbour", "Empire", "Garden", "São João", "Ångström", "Lighthouse", "Tiger", "Verão", "Orchestra", "Déjà Vu",
    "Frontier", "Zürich", "Paradise", "Machine", "Coração", "東京", "Sisters", "Algorithm", "Monsoon", "Крепость",
    "Labyrinth", "Wedding", "Telescope", "Ñandú", "Inheritance", "Comet", "서울",
)  # fmt: skip
_LANGUAGES = (
    ("en", "US"), ("en", "US"), ("en", "GB"), ("en", "US"), ("pt", "BR"), ("es", "ES"), ("fr", "FR"), ("ja", "JP"),
    ("ko", "KR"), ("de", "DE"), ("cn", "HK"), ("xx", ""),
)  # fmt: skip
_GENRES = {
    "movie": (28, 12, 16, 35, 80, 99, 18, 10751, 14, 36, 27, 10402, 9648, 10749, 878, 10770, 53, 10752, 37),
    "tv": (10759, 16, 35, 80, 99, 18, 10751, 10762, 9648, 10763, 10764, 10765, 10766, 10767, 10768, 37),
}


def noise(*parts: object) -> float:
    """A number in [0, 1) that looks random and depends on the parts alone."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=7).digest()
    return int.from_bytes(digest) / (1 << 56)


@dataclass(frozen=True)
class Title:
    """What never changes about a title; `number` is its place in the world, `fame` its size (most are small)."""

    seed: int
    media_type: str
    number: int
    title_id: int
    name: str
    released: date
    fame: float

    def noise(self, *parts: object) -> float:
        """A number in [0, 1) of this title's own."""
        return noise(self.seed, self.media_type, self.number, *parts)


@cache
def titles(seed: int, media_type: str) -> tuple[Title, ...]:
    """Every title of a medium, released or not; half of them since 2024, through 2033."""
    return tuple(_titles(seed, media_type))


def _titles(seed: int, media_type: str) -> Iterator[Title]:
    for number in range(TITLES):
        shared = number < SHARED_IDS
        title_id = 600 + number * 11 + int(noise(seed, "" if shared else media_type, number, "id") * 11)

        def own(part: str, number: int = number) -> float:
            return noise(seed, media_type, number, part)

        name = f"{_OPENINGS[int(own('opening') * len(_OPENINGS))]} {_SUBJECTS[int(own('subject') * len(_SUBJECTS))]}"
        if own("sequel") < 0.2:
            name += f" {2 + int(own('part') * 3)}"
        released = (
            date(2024, 1, 1) + timedelta(days=int(own("released") * 3650))
            if own("is_new") < 0.5
            else date(1960, 1, 1) + timedelta(days=int(own("released") * 23000))
        )
        yield Title(seed, media_type, number, title_id, name, released, math.exp(own("fame") * 4.0))


def popularity(title: Title, day: date) -> float:
    """TMDb's score: small for most, rising before a release, fading after it, with a comeback now and then."""
    age = (day - title.released).days
    wave = 30 * math.exp((age if age < 0 else -age / 4) / 5)
    period = 150 + int(title.noise("period") * 300)
    since = ((day - _EPOCH).days + int(title.noise("phase") * period)) % period
    comeback = 8 * math.exp(-since / 6) if age > 30 else 0.0
    return round(title.fame * (0.5 + wave + comeback) * (0.85 + 0.3 * title.noise("day", day)), 4)


def votes(title: Title, day: date) -> tuple[float, int]:
    """Mean vote and count. The count grows after the release; on one day in 25 it falls a little, as TMDb's does."""
    age = (day - title.released).days
    if age < 0:
        return 0, 0
    count = int(title.fame * 150 * (1 - math.exp(-(age + 1) / 200)))
    if title.noise("recount", day) < 0.04:
        count = max(0, count - 1 - int(title.noise("fallen", day) * 3))
    mean = 4.5 + 4.3 * title.noise("quality") + 0.05 * title.noise("mood", day)
    return (round(mean) if title.noise("int", day) < 0.1 else round(mean, 3)), count


@lru_cache(maxsize=64)
def scores(seed: int, media_type: str, day: date) -> tuple[float, ...]:
    """The popularity of every title of a medium, in the order of `titles`."""
    return tuple(popularity(title, day) for title in titles(seed, media_type))


@lru_cache(maxsize=64)
def ranking(seed: int, media_type: str, window: str, day: date) -> tuple[Title, ...]:
    """The titles of a trending list, first place first; the week's list moves more slowly than the day's."""
    days = [scores(seed, media_type, day - timedelta(days=back)) for back in range(7 if window == "week" else 1)]
    known = [title for title in titles(seed, media_type) if (title.released - day).days < 60]

    def heat(title: Title) -> tuple[float, int]:
        swing = 0.75 + 0.5 * title.noise("heat", window, day)
        return -swing * sum(each[title.number] for each in days), title.number

    return tuple(sorted(known, key=heat))


@lru_cache(maxsize=64)
def trending(seed: int, media_type: str, window: str, day: date) -> tuple[dict[str, Any], ...]:
    """The joined list as it is served; in one list of four, page 2 begins with the title that page 1 ended with."""
    served = [item(title, day) for title in ranking(seed, media_type, window, day)[:PLACES]]
    if noise(seed, media_type, window, day, "border") < 0.25:
        again = dict(served[PAGE - 1])
        if noise(seed, media_type, window, day, "changed") < 0.25:
            again["popularity"] = round(again["popularity"] * 1.01, 4)
        served.insert(PAGE, again)
    return tuple(served)


def item(title: Title, day: date) -> dict[str, Any]:
    """The title as a trending list shows it on that day."""
    language, country = _LANGUAGES[int(title.noise("language") * len(_LANGUAGES))]
    genres = _GENRES[title.media_type]
    first = int(title.noise("genre") * len(genres))
    mean, count = votes(title, day)
    score = popularity(title, day)
    fields = {
        "adult": False,
        "backdrop_path": _picture(title, "backdrop", 0.05),
        "id": title.title_id,
        "overview": _overview(title),
        "poster_path": _picture(title, "poster", 0.02),
        "media_type": title.media_type,
        "original_language": language,
        "genre_ids": [] if title.noise("genres") < 0.03 else sorted({genres[first], genres[first // 2]}),
        "popularity": round(score) if title.noise("int_score") < 0.01 else score,
        "vote_average": mean,
        "vote_count": count,
    }
    shown = "" if title.noise("undated") < 0.01 else title.released.isoformat()
    if title.media_type == "movie":
        own = {"title": title.name, "original_title": title.name, "release_date": shown, "video": False}
    else:
        countries = [country] if country else []
        own = {"name": title.name, "original_name": title.name, "first_air_date": shown, "origin_country": countries}
    return fields | own


def _picture(title: Title, kind: str, missing: float) -> str | None:
    if title.noise(kind) < missing:
        return None
    return f"/{hashlib.blake2b(f'{title}{kind}'.encode(), digest_size=13).hexdigest()}.jpg"


def _overview(title: Title) -> str | None:
    kind = title.noise("overview")
    if kind < 0.005:
        return None
    text = f"Made up for MoviePulse: what became of “{title.name}”.\nNobody has seen it, and everybody talks about it."
    return "" if kind < 0.03 else text if kind < 0.1 else text.replace("\n", " ")


def day_file(seed: int, day: date) -> dict[str, Any]:
    """One day as recorded from TMDb: the first pages of each list and the time of the poll, between 06:08 and 07:03."""
    minute = 8 + int(noise(seed, day, "minute") * 56)
    second, millisecond = int(noise(seed, day, "second") * 60), int(noise(seed, day, "ms") * 1000)
    generated_at = f"{day}T{6 + minute // 60:02}:{minute % 60:02}:{second:02}.{millisecond:03}Z"
    places = RECORDED_PAGES * PAGE
    return {"generated_at": generated_at} | {
        group: {f"trending_{window}": list(trending(seed, media_type, window, day)[:places]) for window in WINDOWS}
        for media_type, group in GROUPS.items()
    }


def write_days(folder: Path, seed: int, first: date, count: int) -> list[Path]:
    """Write `count` day files from `first` on; the same arguments give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for day in (first + timedelta(days=number) for number in range(count)):
        path = folder / f"{day}.json.gz"
        text = json.dumps(day_file(seed, day), ensure_ascii=False, indent=2)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
        paths.append(path)
    return paths
