"""Titles whose details are due -> Kafka: what TMDb changed, what is kept too long, what is not there yet."""

from datetime import datetime, timedelta

from prefect import flow, get_run_logger, task

from batch import title as wanted
from flows import session
from flows.retry import RETRY
from lakehouse import settings
from lakehouse.clock import utc_day, utc_now
from producers import details
from producers.sources import title as source

MEDIA = tuple(source.APPENDED)


@flow(name="produce-title")
def produce_title(missing: int = 0, imdb: int = 0, polled_at: datetime | None = None) -> details.Fetched:
    """Fetch the details of all titles that are due, and of so many that were never fetched, most popular first.

    `missing` are of the id files, `imdb` of the IMDb files that were loaded.

    The changes count as followed only when all of it is acknowledged; a run that fails is asked for them again.
    """
    at = polled_at or utc_now()
    titles = titles_due(at, missing)
    log = get_run_logger()
    if imdb:
        named, unknown = titles_of_imdb(imdb)
        log.info("%d titles of IMDb are not fetched yet; TMDb does not know %d more", len(named), len(unknown))
        titles = list(dict.fromkeys([*titles, *named]))
    log.info("%d titles are due", len(titles))
    fetched = fetch_details(titles, at)
    if fetched.refused:
        log.error("too large for Kafka, raise kafka.max_message_bytes: %s", fetched.refused)
    return fetched


@task(name="due", **RETRY)
def titles_due(at: datetime, missing: int) -> list[details.Title]:
    """The titles that are due at a time, each once."""
    return due(at, missing=missing)


@task(name="imdb", **RETRY)
def titles_of_imdb(limit: int) -> tuple[list[details.Title], list[str]]:
    """TMDb's titles for the most voted ids of IMDb that no fetched title has, and those that TMDb does not know."""
    return of_imdb(limit)


@task(name="details", **RETRY)
def fetch_details(titles: list[details.Title], at: datetime) -> details.Fetched:
    """Publish the details of these titles, and remember that the changes were followed."""
    fetched = details.fetch(settings.load(), source, titles, at=at)
    followed(at)
    return fetched


def due(at: datetime, *, changed: bool = True, stale: bool = True, missing: int = 0) -> list[details.Title]:
    """The titles of the kinds asked for, each once."""
    config = settings.load()
    found: list[details.Title] = []
    with session() as spark:
        if changed:
            found += wanted.held(spark, _changed(config, at))
        if stale:
            found += wanted.stale(spark, at - timedelta(days=config.tmdb.cache_days))
        if missing:
            found += wanted.missing(spark, missing)
    return list(dict.fromkeys(found))


def of_imdb(limit: int) -> tuple[list[details.Title], list[str]]:
    """What `titles_of_imdb` says, for a person at a terminal."""
    with session() as spark:
        ids = wanted.unlinked(spark, limit)
    found = dict(details.by_imdb_id(settings.load(), ids))
    known = [title for title in dict.fromkeys(found[one] for one in ids) if title]
    return known, [one for one in ids if found[one] is None]


def followed(at: datetime) -> None:
    """Remember the changes as followed up to the day before: this day's are not all known yet."""
    details.note_asked_through(settings.load(), source, utc_day(at) - timedelta(days=1))


def _changed(config: settings.Settings, at: datetime) -> list[details.Title]:
    today = utc_day(at)
    through = details.asked_through(config, source) or today - details.LONGEST_CHANGES
    first = through + timedelta(days=1)
    return [(medium, number) for medium in MEDIA for number in details.changed(config, medium, first, today)]
