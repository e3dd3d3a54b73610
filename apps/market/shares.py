"""What the lists are made of, day by day: genres of the popular list, companies behind the day's top."""

from collections.abc import Sequence

from apps.answers.answer import Row, Tables
from apps.market.section import LABEL, TOP, Section, newest, of_medium, on_day
from apps.pages import charts, kinds
from apps.pages.page import Grid


def genres(found: Tables) -> Section:
    """The genres' shares of the popular lists."""
    lead = "What TMDb's popular lists are made of. A title of several genres counts in each by its part."
    columns = ["genre", "titles", "share (%)", "share by popularity (%)"]
    values = ("title_count", "title_share_ratio", "popularity_share_ratio")
    return Section(
        "genres", "Genre share", lead, _shares(found["genre"], "genre", "titles of the popular list"),
        _share_grids(found["genre"], "genres", columns, values),
    )  # fmt: skip


def companies(found: Tables) -> Section:
    """The production companies' shares of the day's top titles."""
    lead = "Who produced the top of the trending lists. A title of several companies counts for each by its part."
    columns = ["company", "titles", "share (%)", "best place"]
    values = ("title_count", "title_share_ratio", "best_day_rank")
    return Section(
        "companies", "Company share", lead, _shares(found["company"], "company", "the day's top titles"),
        _share_grids(found["company"], "companies", columns, values),
    )  # fmt: skip


def _shares(found: Sequence[Row], thing: str, whole: str) -> list[charts.Figure]:
    """Of each medium the shares by day of those that are the largest on the newest day."""
    figures = []
    for medium, name in LABEL.items():
        shares = of_medium(medium, found)
        largest = [row[f"{thing}_id"] for row in newest(shares)][:TOP]
        order = {key: place for place, key in enumerate(largest)}
        kept = sorted((row for row in shares if row[f"{thing}_id"] in order), key=lambda row: order[row[f"{thing}_id"]])
        figures.append(kinds.heat(
            f"{name}: share by {thing} and day",
            f"Share of {whole}; the {TOP} that are largest on the newest day.",
            [{"x": str(row["day"]), "label": _name(row, thing), "value": row["title_share_ratio"]} for row in kept],
            kinds.Axes("day, UTC", "share", format=".0%"),
        ))  # fmt: skip
    return figures


def _share_grids(found: Sequence[Row], things: str, columns: Sequence[str], values: Sequence[str]) -> list[Grid]:
    return [
        Grid(f"{name}: the largest {things} {on_day(of_medium(medium, found))}", columns,
             [(_name(row, columns[0]), *(row[value] for value in values))
              for row in newest(of_medium(medium, found))[:TOP]])
        for medium, name in LABEL.items()
    ]  # fmt: skip


def _name(row: Row, thing: str) -> str:
    return row["name"] or f"{thing} {row[f'{thing}_id']}"
