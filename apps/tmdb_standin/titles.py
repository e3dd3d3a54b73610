"""The titles of a made-up film market and their numbers: the same world and day give the same on every machine.

Release dates lie between 1900 and 2032, so that something new comes out every day until then; what is more than two
months ahead of a day is not known on that day. Everything is computed when it is asked for.
"""

import hashlib
import math
import random
import struct
from bisect import bisect
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

MEDIA = ("movie", "tv")
TITLES = 8000  # of each medium
SHARED_IDS = 500  # the first so many ids are a movie's and a series'
KNOWN_AHEAD = 60  # days before its release from which a title is listed
_EPOCH = date(2020, 1, 1)
_RELEASED = ((0.0, date(1900, 1, 1)), (0.1, date(1970, 1, 1)), (0.25, date(2000, 1, 1)), (0.55, date(2024, 1, 1)),
             (1.0, date(2033, 1, 1)))  # fmt: skip
_REMEMBERED = date(1980, 1, 1)  # what is older has few views
_CRIME = 80
GENRES = {  # id: name, and how often of a hundred
    "movie": {
        28: ("Action", 9), 12: ("Adventure", 5), 16: ("Animation", 5), 35: ("Comedy", 14), 80: ("Crime", 6),
        99: ("Documentary", 10), 18: ("Drama", 22), 10751: ("Family", 3), 14: ("Fantasy", 3), 36: ("History", 2),
        27: ("Horror", 6), 10402: ("Music", 2), 9648: ("Mystery", 2), 10749: ("Romance", 5),
        878: ("Science Fiction", 3), 10770: ("TV Movie", 2), 53: ("Thriller", 6), 10752: ("War", 2), 37: ("Western", 1),
    },
    "tv": {
        10759: ("Action & Adventure", 8), 16: ("Animation", 9), 35: ("Comedy", 14), 80: ("Crime", 6),
        99: ("Documentary", 10), 18: ("Drama", 22), 10751: ("Family", 3), 10762: ("Kids", 4), 9648: ("Mystery", 4),
        10763: ("News", 2), 10764: ("Reality", 7), 10765: ("Sci-Fi & Fantasy", 6), 10766: ("Soap", 3),
        10767: ("Talk", 3), 10768: ("War & Politics", 2), 37: ("Western", 1),
    },
}  # fmt: skip
_CHANCES = {medium: tuple(accumulate(chance for _, chance in of.values())) for medium, of in GENRES.items()}


class World(NamedTuple):
    """Which world: its seed, its titles of each medium, and a day on which so many more Crime movies came out."""

    seed: int = 7
    size: int = TITLES
    crowd: tuple[date, int] | None = None


class Title(NamedTuple):
    """What never changes about a title; `number` is its place in the world, `fame` its size (most are small)."""

    seed: int
    media_type: str
    number: int
    title_id: int
    released: date
    is_dated: bool  # whether TMDb tells its date
    is_gone: bool  # whether its details are no longer there, though lists and exports name it
    fame: float
    quality: float
    period: int
    phase: int
    genre_ids: tuple[int, ...]

    def noise(self, *parts: object) -> float:
        """A number in [0, 1) of this title's own."""
        return noise(self.seed, self.media_type, self.number, *parts)

    def draws(self, part: str) -> Callable[[], float]:
        """A source of numbers in [0, 1), the same ones every time it is asked for."""
        return random.Random(f"{self.seed}/{self.media_type}/{self.number}/{part}").random

    @property
    def name(self) -> str:
        """Its original name; some have the same one."""
        draw = self.draws("name")
        name = f"{_OPENINGS[int(draw() * len(_OPENINGS))]} {_SUBJECTS[int(draw() * len(_SUBJECTS))]}"
        return f"{name} {2 + int(draw() * 3)}" if draw() < 0.2 else name


_OPENINGS = (
    "The Last", "A Silent", "Beyond the", "Crimson", "Noite de", "O Segredo do", "Café", "Les Ombres de", "Der Große",
    "Paper", "Midnight", "El Corazón de", "Señor", "Winter", "Broken", "Ночной", "Northern", "A Vida de", "Golden",
)  # fmt: skip
_SUBJECTS = (
    "Harbour", "Empire", "Garden", "São João", "Ångström", "Lighthouse", "Tiger", "Verão", "Orchestra", "Déjà Vu",
    "Frontier", "Zürich", "Paradise", "Machine", "Coração", "東京", "Sisters", "Algorithm", "Monsoon", "Крепость",
    "Labyrinth", "Wedding", "Telescope", "Ñandú", "Inheritance", "Comet", "서울",
)  # fmt: skip


def noise(*parts: object) -> float:
    """A number in [0, 1) that looks random and depends on the parts alone."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=7).digest()
    return int.from_bytes(digest) / (1 << 56)


@lru_cache(maxsize=4096)
def _sixteen(*parts: object) -> tuple[float, ...]:
    """Sixteen such numbers for the price of one."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode()).digest()
    return tuple(number / (1 << 32) for number in struct.unpack(">16I", digest))


@lru_cache(maxsize=16)
def titles(world: World, media_type: str) -> tuple[Title, ...]:
    """Every title of a medium, whether known by now or not, in the order of their ids; the crowd stands last."""
    crowd = world.crowd[1] if world.crowd and media_type == "movie" else 0
    return tuple(_title(world, media_type, number) for number in range(world.size + crowd))


def _title(world: World, media_type: str, number: int) -> Title:
    own = _sixteen(world.seed, media_type, number)
    shared = number < SHARED_IDS
    step = noise(world.seed, number, "id") if shared else own[0]
    crowded = world.crowd[0] if world.crowd and number >= world.size else None
    genre_ids = dict.fromkeys(_genre(media_type, chance) for chance in own[6 : 7 + int(own[9] * 2.4)])
    period = 150 + int(own[4] * 300)
    released = crowded or _released(own[1])
    return Title(
        seed=world.seed,
        media_type=media_type,
        number=number,
        title_id=600 + number * 11 + int(step * 11),
        released=released,
        is_dated=bool(crowded) or own[10] >= 0.01,
        is_gone=own[11] < 0.01,
        fame=math.exp(own[2] * (0.5 if crowded else 4.0 if released >= _REMEMBERED else 2.5)),
        quality=own[3],
        period=period,
        phase=int(own[5] * period),
        genre_ids=(_CRIME,) if crowded else () if own[12] < 0.03 else tuple(genre_ids),
    )


def _genre(media_type: str, chance: float) -> int:
    chances = _CHANCES[media_type]
    return tuple(GENRES[media_type])[bisect(chances, chance * chances[-1])]


def _released(chance: float) -> date:
    place = bisect(_RELEASED, chance, key=lambda knot: knot[0])
    (low, first), (high, last) = _RELEASED[place - 1 : place + 1]
    return first + timedelta(days=int((chance - low) / (high - low) * (last - first).days))


@lru_cache(maxsize=16)
def by_id(world: World, media_type: str) -> dict[int, Title]:
    """Every title of a medium by its id."""
    return {title.title_id: title for title in titles(world, media_type)}


def is_known(title: Title, day: date) -> bool:
    """Whether lists and exports name the title on that day."""
    return (title.released - day).days < KNOWN_AHEAD


@lru_cache(maxsize=32)
def known(world: World, media_type: str, day: date) -> tuple[Title, ...]:
    """The titles that are known on that day, in the order of their ids."""
    return tuple(title for title in titles(world, media_type) if is_known(title, day))


def popularity(title: Title, day: date) -> float:
    """TMDb's score: small for most, rising before a release, fading after it, with a comeback now and then."""
    age = (day - title.released).days
    wave = 30 * math.exp((age if age < 0 else -age / 4) / 5)
    since = ((day - _EPOCH).days + title.phase) % title.period
    comeback = 8 * math.exp(-since / 6) if age > 30 else 0.0
    daily = _sixteen(title.seed, title.media_type, day, title.number // 16)[title.number % 16]
    return round(title.fame * (0.5 + wave + comeback) * (0.85 + 0.3 * daily), 4)


@lru_cache(maxsize=32)
def scores(world: World, media_type: str, day: date) -> tuple[float, ...]:
    """The popularity of every title of a medium, in the order of `titles`."""
    return tuple(popularity(title, day) for title in titles(world, media_type))


def mean_vote(title: Title, day: date) -> float:
    """The mean vote before TMDb rounds it."""
    return 4.5 + 4.3 * title.quality + 0.05 * title.noise("mood", day)


def votes(title: Title, day: date) -> tuple[float, int]:
    """Mean vote and count. The count grows after the release; on one day in 25 it falls a little, as TMDb's does."""
    age = (day - title.released).days
    if age < 0:
        return 0, 0
    count = int(title.fame * 150 * (1 - math.exp(-(age + 1) / 200)))
    if title.noise("recount", day) < 0.04:
        count = max(0, count - 1 - int(title.noise("fallen", day) * 3))
    mean = mean_vote(title, day)
    return (round(mean) if title.noise("int", day) < 0.1 else round(mean, 3)), count
