"""The commands that fetch more than lists: whole genres over many years, the details of titles, the daily id files."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from apps import show
from apps.ask import Json
from apps.progress import steps
from lakehouse import settings
from lakehouse.clock import utc_now
from lakehouse.errors import SettingsInvalid

if TYPE_CHECKING:
    from producers.windows import Window

discover = typer.Typer(no_args_is_help=True, help="Whole genres over many years, within TMDb's limits.")
Media = Annotated[list[str] | None, typer.Option("--media", help="movie or tv; both if absent.")]
Genres = Annotated[list[int] | None, typer.Option("--genre", help="TMDb's id; the settings' if absent.")]
Years = Annotated[str | None, typer.Option(help="Release years, 1995-2024; the settings' if absent.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="UTC day.")]


@discover.command()
def volume(media: Media = None, genre: Genres = None, years: Years = None) -> None:
    """Say for each genre and window how many titles and pages TMDb has, and into how many parts it is split.

    Example: moviepulse discover volume --genre 80 --years 1995-2024
    """
    from producers.backfill import volumes
    from producers.sources import discover as source

    config = settings.load()
    windows = _windows(config, media, genre, years)
    found = []
    with steps(is_fast=True) as step:
        told = step("Asking TMDb for totals")
        for one in volumes(config, source, windows):
            found.append(one)
            told(len(found), len(windows))
    rows = [
        (*_shown(one.window), one.titles, one.pages, one.splits, ", ".join(map(str, one.too_full)) or None)
        for one in found
    ]
    columns = ["medium", "genre", "years", "titles", "pages", "splits", "days beyond TMDb's limit"]
    total = f"{sum(one.titles for one in found):,} titles, {sum(one.pages for one in found):,} requests for all"
    show.grid("Volume", columns, rows, caption=total)


@discover.command()
def backfill(
    media: Media = None,
    genre: Genres = None,
    years: Years = None,
    as_of: Day = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin windows anew, as of now.")] = False,
) -> None:
    """Fetch and publish whole genres; a run that was ended goes on where it stopped, a finished window is left alone.

    Example: moviepulse discover backfill --media movie --genre 80 --years 1995-2024
    """
    from producers.backfill import Backfill, require_whole
    from producers.sources import discover as source

    config = settings.load()
    windows = _windows(config, media, genre, years)
    work = Backfill(config, source, as_of=as_of.date() if as_of else None, fresh=fresh)
    with steps(is_fast=True) as step:
        done = list(work.fetch(windows, on_progress=step("Fetching pages")))
    rows = [(*_shown(one.window), one.titles, one.found, one.missing, one.pages) for one in done]
    columns = ["medium", "genre", "years", "announced", "found", "missing", "pages"]
    total = f"{sum(one.found for one in done):,} of {sum(one.titles for one in done):,} announced titles found"
    show.grid("Backfill", columns, rows, caption=total)
    require_whole(done)


def details(
    titles: Annotated[list[str] | None, typer.Argument(help="603 or movie/603, tv/1396, tt0133093.")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="Titles in silver that TMDb has changed.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Titles kept longer than tmdb.cache_days.")] = False,
    missing: Annotated[int, typer.Option(help="So many titles of the id files that were never fetched.")] = 0,
    imdb: Annotated[int, typer.Option(help="So many titles of loaded IMDb files that were never fetched.")] = 0,
) -> None:
    """Fetch titles' details, with cast, crew, keywords and ids, and publish them.

    Example: moviepulse details 603 tv/1396 tt0111161
    """
    from producers.details import fetch
    from producers.sources import title as source

    config, at = settings.load(), utc_now()
    asked = _named(config, titles or [])
    if changed or stale or missing:
        from flows.refresh import due

        asked += [one for one in due(at, changed=changed, stale=stale, missing=missing) if one not in asked]
    if imdb:
        asked += [one for one in _of_imdb(imdb) if one not in asked]
    with steps(is_fast=True) as step:
        told = step("Fetching details")
        done = fetch(config, source, asked, at=at, on_progress=lambda count: told(count, len(asked)))
    if changed:
        from flows.refresh import followed

        followed(at)
    show.console.print(f"{done.receipt.acked} of {len(asked)} titles acknowledged; {len(done.deleted)} TMDb has not")
    if done.refused:
        show.errors.print(f"too large for Kafka: {_listed(done.refused)}; raise kafka.max_message_bytes")
        raise typer.Exit(1)


def titles(json: Json = False) -> None:
    """Say of how many titles details are held, past their cache time, or not there yet.

    Example: moviepulse titles
    """
    from batch.title import holdings
    from lakehouse.spark import connect

    config = settings.load()
    found = holdings(connect(config), utc_now() - timedelta(days=config.tmdb.cache_days))
    past = f"older than {config.tmdb.cache_days} days"
    columns = ["medium", "titles held", "oldest fetch", past, "in the id files, never fetched"]
    show.as_json(found) if json else show.grid("Details", columns, [tuple(vars(one).values()) for one in found])


def id_files(day: Day = None) -> None:
    """Fetch TMDb's daily id files, one line for every title that it has, and publish them.

    Example: moviepulse id-files --day 2026-01-21
    """
    from producers.id_files import newest, publish
    from producers.sources import title_id_export as source

    with steps(is_fast=True) as step:
        wanted = day.date() if day else newest(utc_now())
        receipt = publish(settings.load(), source, wanted, on_progress=step(f"Publishing the id files of {wanted}"))
    show.console.print(f"{receipt.acked} of {receipt.sent} messages acknowledged")


def _windows(
    config: settings.Settings, media: list[str] | None, genre: list[int] | None, years: str | None
) -> "list[Window]":
    from producers.windows import windows

    known = ("movie", "tv")
    if media and not set(media) <= {*known}:
        raise SettingsInvalid(f"no such medium: {', '.join(media)}", where="--media", expected=" or ".join(known))
    first, _, last = (years or "").partition("-")
    if years and not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise SettingsInvalid(f"no such years: {years!r}", where="--years", expected="1995-2024")
    return windows(config, media_types=media, genre_ids=genre, years=(int(first), int(last)) if years else None)


def _named(config: settings.Settings, titles: list[str]) -> list[tuple[str, int]]:
    """Titles as a person names them; raises SettingsInvalid for what is none, and for IMDb ids that TMDb has not."""
    from producers.details import by_imdb_id

    imdb = dict(by_imdb_id(config, [one for one in titles if one.startswith("tt")]))
    found = {one: imdb[one] if one in imdb else title_named(one) for one in titles}
    wrong = [name for name, title in found.items() if title is None]
    if wrong:
        expected = "603, movie/603, tv/1396, or an IMDb id that TMDb has, such as tt0133093"
        raise SettingsInvalid(f"no such title: {', '.join(wrong)}", where="the arguments", expected=expected)
    return [title for title in dict.fromkeys(found.values()) if title]


def _of_imdb(limit: int) -> list[tuple[str, int]]:
    from flows.refresh import of_imdb

    known, unknown = of_imdb(limit)
    if unknown:
        some = ", ".join(unknown[:20])
        show.console.print(f"{len(unknown)} of {len(known) + len(unknown)} ids of IMDb are unknown to TMDb: {some}")
    return known


def title_named(name: str) -> tuple[str, int] | None:
    """A title as a person names it, 603, movie/603 or tv/1396; None for another text."""
    media_type, _, number = name.rpartition("/")
    return (media_type or "movie", int(number)) if media_type in ("", "movie", "tv") and number.isdecimal() else None


def _shown(window: "Window") -> tuple[str, str, str]:
    return window.media_type, str(window.genre_id), f"{window.first.year}-{window.last.year}"


def _listed(titles: list[tuple[str, int]]) -> str:
    return ", ".join(f"{media_type}/{number}" for media_type, number in titles[:20])
