"""Who played in a made-up title and who made it, in TMDb's shapes; a credit, not a person, is what stands once."""

import hashlib
import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from apps.tmdb_standin.items import file_path
from apps.tmdb_standin.titles import Title

PEOPLE = 4000
_FIRST = (
    "Ana", "Bruno", "Chloé", "Dmitri", "Elena", "Fernanda", "Günther", "Hana", "Ingrid", "João", "Keiko", "Lázaro",
    "Małgorzata", "Nuno", "Oksana", "Pilar", "Quentin", "Rosa", "Søren", "Teresa", "Umberto", "Vera", "Wagner", "Zoë",
)  # fmt: skip
_LAST = (
    "Almeida", "Bergström", "Castellanos", "da Silva", "Eriksen", "Fontaine", "García", "Hoffmann", "Ito", "Jensen",
    "Kowalski", "Lefèvre", "Machado", "Nakamura", "O'Brien", "Petrov", "Quispe", "Rossi", "Sørensen", "Takahashi",
    "Ugarte", "Vasconcelos", "Weiß", "Young", "Zúñiga",
)  # fmt: skip
_JOBS = (  # in every crew first, then by chance
    ("Directing", "Director"), ("Writing", "Writer"), ("Production", "Producer"), ("Writing", "Screenplay"),
    ("Production", "Executive Producer"), ("Camera", "Director of Photography"), ("Editing", "Editor"),
    ("Sound", "Original Music Composer"), ("Art", "Production Design"), ("Costume & Make-Up", "Costume Design"),
    ("Production", "Casting"), ("Visual Effects", "Visual Effects Supervisor"),
)  # fmt: skip
_ALWAYS = 3
_PART = ("The Narrator", "Inspector", "Self", "", "Doctor", "Young", "Waiter (uncredited)", "Captain", "Old")
_DEPARTMENTS = ("Acting", "Acting", "Acting", "Directing", "Writing", "Production", "Camera", "Sound")
Credit = dict[str, Any]


@lru_cache(maxsize=PEOPLE)
def person(seed: int, number: int) -> dict[str, Any]:
    """One of the world's people as a credit shows them."""
    draw = random.Random(f"{seed}/person/{number}").random
    name = f"{_FIRST[int(draw() * len(_FIRST))]} {_LAST[int(draw() * len(_LAST))]}"
    return {
        "adult": False,
        "gender": (0, 0, 1, 1, 2, 2, 2, 3)[int(draw() * 8)],
        "id": 31 + number * 17,
        "known_for_department": _DEPARTMENTS[int(draw() * len(_DEPARTMENTS))],
        "name": name,
        "original_name": name,
        "popularity": round(0.6 + 30 * draw() ** 6, 3),
        "profile_path": None if draw() < 0.3 else file_path(seed, "person", number),
    }


def credit_id(title: Title, *parts: object) -> str:
    """24 hex digits, of that credit alone."""
    key = "/".join(map(str, (title.seed, title.media_type, title.number, *parts)))
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()


def credits(title: Title) -> dict[str, list[Credit]]:
    """Cast and crew; one in twelve casts has a person twice, and some directors and writers play a part."""
    draw = title.draws("credits")
    actors = [_somebody(title, draw) for _ in range(3 + int(23 * draw() ** 2))]
    if draw() < 0.08:
        actors[-1] = actors[0]
    cast = [
        person(title.seed, actor)
        | ({"cast_id": order + 1} if title.media_type == "movie" else {})
        | {"character": _character(draw), "credit_id": credit_id(title, "cast", order), "order": order}
        for order, actor in enumerate(actors)
    ]
    jobs = (*_JOBS[:_ALWAYS], *(job for job in _JOBS[_ALWAYS:] if draw() < 0.5))
    crew = [
        person(title.seed, actors[0] if draw() < 0.06 else _somebody(title, draw))
        | {"credit_id": credit_id(title, "crew", department, job), "department": department, "job": job}
        for department, job in jobs
    ]
    return {"cast": cast, "crew": crew}


def aggregate_credits(title: Title, episodes: int) -> dict[str, list[Credit]]:
    """The same people once each, with all their roles or jobs and how many episodes each was for."""
    shown = credits(title)
    cast = _once_each(shown["cast"], ("character",), "roles", episodes)
    crew = _once_each(shown["crew"], ("job",), "jobs", episodes)
    return {"cast": cast, "crew": crew}


def created_by(title: Title) -> list[dict[str, Any]]:
    """Nobody, or one or two people; their credit stands nowhere else."""
    draw = title.draws("created_by")
    creators = [person(title.seed, _somebody(title, draw)) for _ in range(int(draw() * 3))]
    return [
        {"id": one["id"], "credit_id": credit_id(title, "created_by", place)}
        | {name: one[name] for name in ("name", "gender", "profile_path")}
        for place, one in enumerate(creators)
    ]


def _somebody(title: Title, draw: Callable[[], float]) -> int:
    """A person's number; the first ones are seen everywhere, movies and series have them in common."""
    return int(PEOPLE * draw() ** 1.5)


def _character(draw: Callable[[], float]) -> str:
    part = _PART[int(draw() * len(_PART))]
    return part if part in ("", "Self", "The Narrator") else f"{part} {_LAST[int(draw() * len(_LAST))]}"


def _once_each(credited: list[Credit], told: tuple[str, ...], name: str, episodes: int) -> list[Credit]:
    """One entry per person, in the order of their first credit; department and order are the first one's."""
    once: dict[int, Credit] = {}
    for credit in credited:
        inside = (*told, "credit_id", "cast_id")
        entry = once.setdefault(
            credit["id"], {key: value for key, value in credit.items() if key not in inside} | {name: []}
        )
        count = max(1, episodes - 3 * len(once)) if episodes else 0
        role = {"credit_id": credit["credit_id"], **{key: credit[key] for key in told}, "episode_count": count}
        entry[name].append(role)
    for entry in once.values():
        entry["total_episode_count"] = sum(role["episode_count"] for role in entry[name])
    return list(once.values())
