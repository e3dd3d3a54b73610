"""The commands that make reports a person reads, from published gold and from its checks."""

from pathlib import Path
from typing import Annotated

import typer

from apps import show
from lakehouse import settings

report = typer.Typer(
    no_args_is_help=True,
    help="Make reports a person reads, from published gold and from its checks.\n\nExample: moviepulse report market",
)
Out = Annotated[Path | None, typer.Option(help="The file to write; in the home's folder reports if absent.")]


@report.command()
def quality(
    out: Out = None,
    books: Annotated[bool, typer.Option(help="Balance the books too, which reads all of bronze again.")] = True,
) -> None:
    """Say of every table whether its expectations hold, now and in the last runs, and which rows break them.

    Example: moviepulse report quality --out quality.html
    """
    from apps.pages.page import written
    from apps.pages.quality import page
    from apps.progress import steps
    from apps.quality import quality as found
    from apps.quality_text import printed
    from lakehouse.spark import answering

    config = settings.load()
    with answering(config), steps() as step:
        one = found(config, with_books=books, on_progress=step("Reading what the checks found"))
    printed(one)
    place = written(page(one), out or config.root / "reports" / "quality.html")
    show.console.print(f"written: {place}", soft_wrap=True)


@report.command()
def market(out: Out = None) -> None:
    """Write the market of the newest day and the four answers as one HTML page that needs no network.

    Example: moviepulse report market --out market.html
    """
    from apps.market.page import page, read
    from apps.pages.page import written
    from apps.progress import steps
    from lakehouse.clock import utc_now
    from lakehouse.spark import answering, connect

    config = settings.load()
    spark = connect(config)
    with answering(config), steps() as step:
        found = read(spark, on_progress=step("Reading gold"))
    html = page(found, made_at=utc_now())
    show.console.print(f"written: {written(html, out or config.root / 'reports' / 'market.html')}", soft_wrap=True)


@report.command()
def answers(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/answers.md.")] = False,
) -> None:
    """Say what gold answers to the four business questions, with the number of titles behind each figure.

    Example: moviepulse report answers --markdown
    """
    from apps import answers as questions
    from apps.answers.markdown import markdown as as_markdown
    from lakehouse.spark import answering, connect

    config = settings.load()
    spark = connect(config)
    with answering(config):
        found = questions.read(spark)
    told = questions.answers(found)
    if markdown:
        print(as_markdown(found["span"], told.values()), end="")
        return
    for answer in told.values():
        show.facts(answer.question, {str(place): one for place, one in enumerate(answer.findings, start=1)})
        for grid in answer.grids:
            show.grid(grid.caption, grid.columns, grid.texts)
