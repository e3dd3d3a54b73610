"""What the routes ask: the made-up world here, real recorded bodies in `recorded`; both as lists and bodies."""

from datetime import date
from typing import Any, Protocol

from apps.tmdb_standin import details, exports, items, lists
from apps.tmdb_standin.answers import Listing
from apps.tmdb_standin.lists import Wanted
from apps.tmdb_standin.titles import Title, World

CHANGES_PER_PAGE = 100
Body = dict[str, Any]


class Source(Protocol):
    """Everything that can be asked for; None is what was never there, and becomes TMDb's 404."""

    def listed(self, media_type: str, name: str, day: date) -> Listing | None:
        """A list by the name that recorded days give it: trending_day, trending_week, popular, ..."""

    def discovered(self, media_type: str, day: date, wanted: Wanted) -> Listing:
        """All titles that are asked for, in the order that is asked for."""

    def changed(self, media_type: str, first: date, last: date) -> Listing:
        """Ids that were edited from `first` to `last`, both inclusive."""

    def details(self, media_type: str, title_id: int, day: date, appended: frozenset[str]) -> Body | None:
        """One title in full."""

    def found(self, imdb_id: str, day: date) -> Body:
        """The five lists of /find."""

    def genres(self, media_type: str) -> list[Body] | None:
        """Ids and names."""

    def export(self, media_type: str, day: date) -> bytes | None:
        """The file of a daily id export."""


class MadeUp:
    """The generated world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def listed(self, media_type: str, name: str, day: date) -> Listing | None:
        """As of that day; the trending lists claim 1,000 pages, as TMDb's do, and have 20."""
        is_trending = name.startswith("trending_")
        if not is_trending and name not in lists.LISTS[media_type]:
            return None
        places = lists.places(self._world, media_type, name, day)
        if is_trending:
            return Listing(places, lambda place: items.trending_item(place, day), claimed=(1000, 20000))
        beside: Body = {}
        if name in lists.DATES:
            first, last = lists.window(name, day)
            beside = {"dates": {"maximum": last.isoformat(), "minimum": first.isoformat()}}
        return Listing(places, lambda place: items.listed_item(place, day), beside=beside)

    def discovered(self, media_type: str, day: date, wanted: Wanted) -> Listing:
        """Of the titles that are known on that day; the totals are exact."""
        places = lists.discovered(self._world, media_type, day, wanted)
        return Listing(places, lambda place: items.listed_item(place, day))

    def changed(self, media_type: str, first: date, last: date) -> Listing:
        """In the order of the ids; `adult` is null where the title is gone."""

        def shown(title: Title) -> Body:
            return {"id": title.title_id, "adult": None if title.is_gone else False}

        return Listing(lists.changed(self._world, media_type, first, last), shown, per_page=CHANGES_PER_PAGE)

    def details(self, media_type: str, title_id: int, day: date, appended: frozenset[str]) -> Body | None:
        """With the same day's numbers as the lists."""
        return details.details(self._world, media_type, title_id, day, appended)

    def found(self, imdb_id: str, day: date) -> Body:
        """At most one title, in one of the lists."""
        return details.find(self._world, imdb_id, day)

    def genres(self, media_type: str) -> list[Body] | None:
        """All that there are."""
        return items.genres(media_type)

    def export(self, media_type: str, day: date) -> bytes | None:
        """Made once per day."""
        return exports.packed(self._world, media_type, day)
