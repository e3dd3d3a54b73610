"""What stands at the top of the trending lists, and what climbed."""

from apps.answers.answer import Tables
from apps.market.section import COLOURS, LABEL, TOP, Section, of_medium, on_day, title_of
from apps.pages import kinds
from apps.pages.page import Grid


def top(found: Tables) -> Section:
    """The day's first places of both media with their figures."""
    figures = [
        kinds.bars(
            f"{name}: TMDb's popularity of the day's first {TOP}",
            "In the order of the trending list; popularity is TMDb's score and has no unit.",
            [{"label": f"{row['best_day_rank']}. {title_of(row)}", "value": row["popularity"] or 0, "of": name}
             for row in of_medium(medium, found["top"])],
            kinds.Axes("popularity, TMDb score", "", COLOURS, ",.0f"),
        )
        for medium, name in LABEL.items()
    ]  # fmt: skip
    columns = ["title", "place", "popularity", "rating", "votes"]
    grids = [
        Grid(f"{name} of the day", columns,
             [(title_of(row), row["best_day_rank"], row["popularity"], row["vote_average"], row["vote_count"])
              for row in of_medium(medium, found["top"])], {"popularity": 1, "rating": 1})
        for medium, name in LABEL.items()
    ]  # fmt: skip
    lead = f"The first {TOP} places of TMDb's trending lists {on_day(found['top'])}."
    return Section("top", "Top titles", lead, figures, grids)


def climbers(found: Tables) -> Section:
    """The titles that gained most places since the day before."""
    figures = [
        kinds.bars(
            f"{name}: places gained since the day before",
            "Places in the day's trending list; a title that was not in it the day before is not counted.",
            [
                {"label": title_of(row), "value": row["rank_change_1d"], "of": name}
                for row in of_medium(medium, found["climber"])
            ],
            kinds.Axes("places gained", "", COLOURS, "d"),
        )
        for medium, name in LABEL.items()
    ]
    columns = ["title", "place now", "places in 1 day", "in 7 days", "popularity in 1 day", "in 7 days"]
    values = ("best_day_rank", "rank_change_1d", "rank_change_7d", "popularity_change_1d", "popularity_change_7d")
    digits = {columns[4]: 1, columns[5]: 1}
    grids = [
        Grid(f"{name}: the largest climbers", columns,
             [(title_of(row), *(row[value] for value in values)) for row in of_medium(medium, found["climber"])],
             digits)
        for medium, name in LABEL.items()
    ]  # fmt: skip
    lead = f"Who climbed in the trending lists, {on_day(found['climber'])}; a change below 0 is a loss."
    return Section("momentum", "Momentum", lead, figures, grids)
