"""The commands that load files: raw copy, bronze, rejects, and the silver tables that are built from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import show
from apps.progress import steps
from lakehouse import settings
from lakehouse.clock import utc_now

if TYPE_CHECKING:
    from types import ModuleType

    from batch.load import Loaded

load = typer.Typer(
    no_args_is_help=True,
    help="Load historical files; what was loaded before is left alone.\n\nExample: moviepulse load imdb movies.csv",
)
Given = Annotated[Path, typer.Argument(help="A file, or a folder of files; .gz too, which Spark reads in one piece.")]


@load.command()
def imdb(path: Given) -> None:
    """Load IMDb's dataset files and the historical movies.csv and series.csv into silver.imdb_*.

    Example: moviepulse load imdb ../shared/data/imdb
    """
    from lakehouse.contracts import imdb as stem

    _load(stem, path)


@load.command()
def catalogue(path: Given) -> None:
    """Load catalogues of movies and credits with JSON cells, and MovieLens's links.csv, into silver.

    Example: moviepulse load catalogue ../shared/data/catalogue
    """
    from lakehouse.contracts import catalogue as stem

    _load(stem, path)


def _load(stem: "ModuleType", path: Path) -> None:
    from batch.load import Loader, tables
    from batch.raw_copy import given
    from flows.gold import gold
    from lakehouse.spark import answering, connect

    files = given(path.expanduser().resolve(), stem.LINES, stem.UNUSED)
    config = settings.load()
    loader = Loader(connect(config), stem, config.root / "raw" / stem.FILES.entity.removesuffix("_file"), utc_now)
    names = [table.name for table in tables(stem)]
    with answering(config), steps() as step:
        done = list(loader.load(files, step))
        told = step(f"Building {', '.join(names)}")
        told(0, 1)
        built = gold(tables=names)
        told(1, 1)
    _grid(done)
    rows = [(one.table, one.verdict, one.version, one.row_count) for one in built]
    show.grid("Silver", ["table", "verdict", "version", "rows staged"], rows)


def _grid(done: "list[Loaded]") -> None:
    columns = ["file", "kind", "lines", "accepted", "rejected", "verdict"]
    rows = [(one.file, one.kind or None, one.lines, one.accepted, one.rejected, one.verdict) for one in done]
    rejected = sum(one.rejected for one in done)
    caption = 'moviepulse sql "SELECT * FROM silver.reject" shows the rejected ones' if rejected else None
    show.grid("Files", columns, rows, caption=caption)
