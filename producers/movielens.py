"""MovieLens's ratings and tags -> events, in the form that clients send to the collector, each with its own time.

Source: https://files.grouplens.org/datasets/movielens/ml-latest-small-README.html. A user rates a movie once; stars of
half to five become 1 to 10, a tag becomes a comment. Some movies have no TMDb id: what was done with them is sent all
the same, without a title, and silver refuses it by name.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lakehouse.clock import iso
from lakehouse.errors import SourceInvalid
from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.collector.server import pseudonyms
from producers.ledger import Run
from producers.receipt import Receipt
from producers.sources import Received

HEADERS = {
    "links.csv": ("movieId", "imdbId", "tmdbId"),
    "ratings.csv": ("userId", "movieId", "rating", "timestamp"),
    "tags.csv": ("userId", "movieId", "tag", "timestamp"),
}
_A_STEP = 1_000
_RULES = {
    "userId": "[0-9]{1,12}", "movieId": "[0-9]{1,12}", "timestamp": "[0-9]{1,10}", "tmdbId": "([1-9][0-9]{0,11})?",
    "rating": r"0\.5|[1-4]\.[05]|5\.0", "tag": r".*\S.*",
}  # fmt: skip


@dataclass(frozen=True)
class Replayed:
    """What was sent: ratings and tags, those of movies without a TMDb id, and TMDb ids that stand for two movies."""

    receipt: Receipt
    ratings: int
    tags: int
    untitled: int
    shared_titles: int


def replay(
    settings: Settings, source: Received, folder: Path, *, received_at: datetime, on_progress: OnProgress
) -> Replayed:
    """Publish every rating and tag of the folder; `on_progress` is told the rows done and in all.

    Repeating it sends events with the same ids. Raises SourceInvalid that names file and line, SettingsInvalid where
    there is no secret for the pseudonyms.
    """
    titles = titles_of(folder)
    counts = {name: sum(1 for _ in _rows(folder, name)) for name in ("ratings.csv", "tags.csv")}
    untitled = done = 0
    with Run(settings, source, "replay") as run:
        for event in events(source, folder, titles, pseudonym=pseudonyms(settings), received_at=received_at):
            run.publish([event], received_at)
            untitled += "title_id" not in event
            done += 1
            if done % _A_STEP == 0 or done == sum(counts.values()):
                on_progress(done, sum(counts.values()))
        receipt = run.finish()
    shared = sum(number > 1 for number in Counter(title for title in titles.values() if title).values())
    return Replayed(receipt, counts["ratings.csv"], counts["tags.csv"], untitled, shared)


def titles_of(folder: Path) -> dict[str, str]:
    """TMDb's id of each of MovieLens's movies, empty where it has none."""
    return {row["movieId"]: row["tmdbId"] for row in _rows(folder, "links.csv")}


def events(
    source: Received, folder: Path, titles: Mapping[str, str], *, pseudonym: Callable[[str], str], received_at: datetime
) -> Iterator[dict[str, Any]]:
    """One event per rating, then one per tag, in the files' order."""
    around = source.surroundings("", "") | {"received_at": iso(received_at)}
    for name in ("ratings.csv", "tags.csv"):
        for row in _rows(folder, name):
            item = _item(name, row, titles)
            if "title_id" in item:
                yield source.event(item, around, pseudonym=pseudonym, received_at=received_at)
            else:  # the models would refuse it; silver does, and keeps it
                user_key = pseudonym(item.pop("user_id"))
                yield item | around | {source.KEY: user_key}


def _item(name: str, row: dict[str, str], titles: Mapping[str, str]) -> dict[str, Any]:
    """One row as a client would send it."""
    user, movie = row["userId"], row["movieId"]
    item: dict[str, Any] = {
        "user_id": f"movielens-{user}",
        "event_at": iso(datetime.fromtimestamp(int(row["timestamp"]), UTC)),
        "media_type": "movie",
    }
    if titles.get(movie):
        item["title_id"] = int(titles[movie])
    if name == "ratings.csv":
        return item | {"event_id": f"ml-rate-{user}-{movie}", "event_type": "rate", "rating": 2 * float(row["rating"])}
    sum_of_tag = hashlib.sha256(row["tag"].encode()).hexdigest()[:12]
    comment = f"ml-tag-{user}-{movie}-{sum_of_tag}"
    return item | {"event_id": comment, "event_type": "comment", "comment_id": comment, "comment_text": row["tag"]}


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The file's rows by name; raises SourceInvalid for no file, another header, another width or a wrong number."""
    path, names = folder / name, HEADERS[name]
    if not path.is_file():
        raise SourceInvalid(f"no {name}", where=str(folder), expected=", ".join(HEADERS))
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file, strict=True)
        try:
            if (header := tuple(next(reader, ()))) != names:
                raise ValueError(f"the header is {','.join(header)[:200]!r}")
            for values in reader:
                row = dict(zip(names, values, strict=True))
                for column, value in row.items():
                    if column in _RULES and not re.fullmatch(_RULES[column], value, re.DOTALL):
                        raise ValueError(f"{column} is {value[:50]!r}")
                yield row
        except (ValueError, csv.Error) as error:
            where = f"{path}, line {reader.line_num}"
            raise SourceInvalid(f"the file cannot be used: {error}", where=where, expected=",".join(names)) from None
