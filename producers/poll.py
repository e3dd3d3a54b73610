"""A source's lists, as TMDb serves them now -> its topic."""

from datetime import datetime

from lakehouse.progress import OnProgress
from lakehouse.settings import Settings
from producers.ledger import Run
from producers.receipt import Receipt
from producers.sources import Source
from producers.tmdb import Tmdb


def poll(settings: Settings, source: Source, *, polled_at: datetime, on_progress: OnProgress | None = None) -> Receipt:
    """Publish every list of the source, each as a whole, with `polled_at` as event and Kafka time.

    `on_progress` is told the pages done and the pages in all. Repeating a poll with the same `polled_at` gives
    events with the same ids. Raises what `Tmdb` and `Publisher` raise; the lists read until then are published.
    """
    pages = settings.tmdb.pages
    with Run(settings, source, "poll") as run, Tmdb(settings) as tmdb:
        for index, listed in enumerate(source.LISTS):

            def on_page(page: int, _last: int, before: int = index * pages) -> None:
                if on_progress:
                    on_progress(before + page, len(source.LISTS) * pages)

            items = tmdb.pages(listed.path, pages, on_page=on_page, **listed.params)
            run.publish(source.events(items, listed, polled_at), polled_at)
        return run.finish()
