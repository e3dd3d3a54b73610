"""When a made-up series is on: a season a year, an episode a week; a few series are on every day."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from apps.tmdb_standin.titles import Title

_YEAR = timedelta(weeks=52)
_MOST = 9


class Season(NamedTuple):
    """One season: its first day, its episodes in all, and the days from one to the next."""

    number: int
    first: date
    episodes: int
    step: int

    def aired(self, day: date) -> int:
        """The episodes that have been shown by the end of that day."""
        return max(0, min(self.episodes, (day - self.first).days // self.step + 1))

    def aired_at(self, episode: int) -> date:
        """The day of an episode; the first is 1."""
        return self.first + timedelta(days=(episode - 1) * self.step)


@lru_cache(maxsize=20_000)
def seasons(title: Title) -> tuple[Season, ...]:
    """All seasons that the series will ever have, specials apart."""
    return tuple(_seasons(title))


def _seasons(title: Title) -> Iterator[Season]:
    draw = title.draws("seasons")
    is_daily = draw() < 0.1
    for number in range(1, 2 + int(_MOST * draw() ** 2)):
        episodes = 240 if is_daily else 6 + int(draw() * 18)
        yield Season(number, title.released + (number - 1) * _YEAR, episodes, 1 if is_daily else 7)


def airs(title: Title, first: date, last: date) -> bool:
    """Whether an episode is shown from `first` to `last`, both inclusive."""
    before = first - timedelta(days=1)
    if not title.released <= last <= title.released + (_MOST + 1) * _YEAR:
        return False
    return any(season.aired(last) > season.aired(before) for season in seasons(title))
