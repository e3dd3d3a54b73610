"""TMDb's lists over the made-up titles: who stands where on a day. What a place shows is computed by `items`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from heapq import nlargest

from apps.tmdb_standin.items import Place
from apps.tmdb_standin.seasons import airs
from apps.tmdb_standin.titles import KNOWN_AHEAD, Title, World, known, mean_vote, noise, scores, titles, votes

PAGE = 20
PLACES = 400  # of a trending list; the pages after them are empty
LISTS = {
    "movie": ("popular", "top_rated", "now_playing", "upcoming"),
    "tv": ("popular", "top_rated", "on_the_air", "airing_today"),
}
DATES = {"now_playing": (-42, 6), "upcoming": (7, KNOWN_AHEAD - 1)}  # days from today, as TMDb's `dates` tells them
_FAMOUS = 4.0


@dataclass(frozen=True)
class Wanted:
    """What a discovery asks for: a genre of each group, and released from `since` to `until`, both inclusive."""

    genres: tuple[frozenset[int], ...] = ()
    since: date | None = None
    until: date | None = None
    sort_by: str = "popularity.desc"

    def fits(self, title: Title) -> bool:
        """Whether the title is asked for; one without a date is in no window."""
        if (self.since or self.until) and not title.is_dated:
            return False
        if (self.since and title.released < self.since) or (self.until and title.released > self.until):
            return False
        return all(not group.isdisjoint(title.genre_ids) for group in self.genres)


@lru_cache(maxsize=128)
def places(world: World, media_type: str, name: str, day: date) -> tuple[Place, ...]:
    """A list of that day; in one list-day of four, page 2 begins with the title that page 1 ended with."""
    listed = [Place(title) for title in _ORDERS[name](world, media_type, day)]
    key = (world.seed, media_type, name.removeprefix("trending_"), day)
    if noise(*key, "border") < 0.25 and len(listed) > PAGE:
        listed.insert(PAGE, Place(listed[PAGE - 1].title, is_moved=noise(*key, "changed") < 0.25))
    return tuple(listed)


def window(name: str, day: date) -> tuple[date, date]:
    """The release dates, both inclusive, that `now_playing` and `upcoming` show."""
    first, last = DATES[name]
    return day + timedelta(days=first), day + timedelta(days=last)


@lru_cache(maxsize=64)
def discovered(world: World, media_type: str, day: date, wanted: Wanted) -> tuple[Place, ...]:
    """Everything known that is asked for, in the order that is asked for; the same value: the lower id first."""
    key, _, direction = wanted.sort_by.partition(".")
    value = _value(world, media_type, day, key)
    sign = 1 if direction == "asc" else -1
    matching = [title for title in known(world, media_type, day) if wanted.fits(title)]
    return tuple(Place(title) for title in sorted(matching, key=lambda title: sign * value(title)))


@lru_cache(maxsize=32)
def changed(world: World, media_type: str, first: date, last: date) -> tuple[Title, ...]:
    """Titles that somebody edited from `first` to `last`, both inclusive; what is gone, more often than the rest."""
    days = (last - first).days

    def is_changed(title: Title) -> bool:
        period = title.period // 10 if title.is_gone else title.period // 4
        return -(first.toordinal() + title.phase) % period <= days

    return tuple(title for title in known(world, media_type, last) if is_changed(title))


def _value(world: World, media_type: str, day: date, key: str) -> Callable[[Title], float]:
    """What a discovery sorts by; without a known key it is the popularity, as for TMDb."""
    score = scores(world, media_type, day)
    values: dict[str, Callable[[Title], float]] = {
        "primary_release_date": lambda title: title.released.toordinal(),
        "first_air_date": lambda title: title.released.toordinal(),
        "vote_average": lambda title: votes(title, day)[0],
        "vote_count": lambda title: votes(title, day)[1],
    }
    return values.get(key, lambda title: score[title.number])


def _by_score(world: World, wanted: Iterable[Title], day: date) -> list[Title]:
    listed = list(wanted)
    score = scores(world, listed[0].media_type, day) if listed else ()
    return sorted(listed, key=lambda title: -score[title.number])


def _trending(world: World, media_type: str, day: date, days: int) -> list[Title]:
    """By the score of so many days and what people talk about; the week's list moves more slowly than the day's."""
    each_day = [scores(world, media_type, day - timedelta(days=back)) for back in range(days)]
    total: list[float] = [sum(each) for each in zip(*each_day, strict=True)]
    # Nobody beyond these can be swung up to the last place, and a day's noise for all of a large world is slow.
    likely = nlargest(4 * PLACES, known(world, media_type, day), key=lambda title: total[title.number])

    def heat(title: Title) -> float:
        return -total[title.number] * (0.75 + 0.5 * title.noise("heat", days, day))

    return sorted(likely, key=heat)[:PLACES]


def _popular(world: World, media_type: str, day: date) -> list[Title]:
    return _by_score(world, known(world, media_type, day), day)


def _top_rated(world: World, media_type: str, day: date) -> list[Title]:
    """The old and famous, best first."""
    year_ago = day - timedelta(days=365)
    eligible = [title for title in titles(world, media_type) if title.fame >= _FAMOUS and title.released < year_ago]
    return sorted(eligible, key=lambda title: -mean_vote(title, day))


def _in_cinemas(world: World, media_type: str, day: date, name: str) -> list[Title]:
    first, last = window(name, day)
    return _by_score(world, (each for each in known(world, media_type, day) if first <= each.released <= last), day)


def _on_the_air(world: World, media_type: str, day: date, days: int) -> list[Title]:
    last = day + timedelta(days=days - 1)
    return _by_score(world, (each for each in known(world, media_type, day) if airs(each, day, last)), day)


_ORDERS: dict[str, Callable[[World, str, date], list[Title]]] = {
    "trending_day": lambda world, media_type, day: _trending(world, media_type, day, 1),
    "trending_week": lambda world, media_type, day: _trending(world, media_type, day, 7),
    "popular": _popular,
    "top_rated": _top_rated,
    "now_playing": lambda world, media_type, day: _in_cinemas(world, media_type, day, "now_playing"),
    "upcoming": lambda world, media_type, day: _in_cinemas(world, media_type, day, "upcoming"),
    "on_the_air": lambda world, media_type, day: _on_the_air(world, media_type, day, 7),
    "airing_today": lambda world, media_type, day: _on_the_air(world, media_type, day, 1),
}
