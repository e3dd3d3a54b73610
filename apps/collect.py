"""The commands of the collector: it takes what viewers do over HTTP, for those who have a key."""

from pathlib import Path
from typing import Annotated, cast

import typer

from apps import show
from lakehouse import settings
from lakehouse.errors import SettingsInvalid


def collect(
    make_secret: Annotated[
        bool, typer.Option("--make-secret", help="Make the secret of the pseudonyms in the home, to try it out.")
    ] = False,
) -> None:
    """Take viewers' events over HTTP and publish them until SIGTERM or Ctrl-C; what was accepted is answered first.

    Example: moviepulse collect --make-secret
    """
    from producers.collector import server
    from producers.sources import user_event
    from streaming.job import stop_on_signals

    config = settings.load()
    if make_secret and not config.collector.pseudonym_key:
        path = server.make_secret(config)
        show.console.print(
            f"the secret of the pseudonyms lies in {path}: keep it as long as the events", soft_wrap=True
        )
    stop_on_signals()  # the server ends by itself; without a handler of ours its last act would be to die by the signal
    server.serve(config, user_event)


def replay_movielens(
    folder: Annotated[Path, typer.Argument(help="A folder with MovieLens's links.csv, ratings.csv and tags.csv.")],
) -> None:
    """Publish MovieLens's ratings and tags as a site would have sent them, each with its own time.

    Example: moviepulse replay-movielens ../shared/data/movielens
    """
    from apps.progress import steps
    from lakehouse.clock import utc_now
    from producers.movielens import replay
    from producers.sources import user_event

    with steps() as step:
        done = replay(
            settings.load(), user_event, folder, received_at=utc_now(), on_progress=step("Replaying MovieLens")
        )
    show.console.print(
        f"{done.receipt.acked} of {done.receipt.sent} messages acknowledged",
        f"{done.ratings:,} ratings and {done.tags:,} tags",
        f"{done.untitled:,} of movies without a TMDb id: silver refuses them by name, moviepulse audit counts them",
        f"{done.shared_titles:,} TMDb ids stand for two movies: a user's last rating of either counts",
        sep="\n", soft_wrap=True,
    )  # fmt: skip


def collect_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[str, typer.Option(help="write: send events; metrics: read /metrics.")] = "write",
    per_second: Annotated[int, typer.Option(min=1, max=1_000_000, help="Events a second, at most.")] = 100,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the key back; it ends within a second.")] = False,
) -> None:
    """Make a key for the collector and print it, for the only time: only a sum of it is kept.

    Example: moviepulse collect-key site --per-second 500
    """
    from producers.collector import keys

    path = keys.key_file(settings.load())
    if revoke:
        keys.revoke(path, name)
        show.console.print(f"{name} is revoked", markup=False)
    elif scope in keys.SCOPES:
        print(keys.make(path, name, scope=cast("keys.Scope", scope), per_second=per_second))
    else:
        raise SettingsInvalid(f"no scope {scope!r}", where="--scope", expected=", ".join(keys.SCOPES))
