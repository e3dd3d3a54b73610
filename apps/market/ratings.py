"""Attention against quality: each listed title's popularity beside its rating, and how the figures go together."""

from collections.abc import Sequence

from apps.answers.answer import Row, Tables
from apps.market.section import COLOURS, LABEL, Section, newest, of_medium, on_day, title_of
from apps.pages import charts, kinds
from apps.pages.page import Grid

_PAIRS = {
    "rating_votes": "rating and votes",
    "rating_popularity": "rating and popularity",
    "votes_popularity": "votes and popularity",
}


def ratings(found: Tables) -> Section:
    """Hype against quality on the newest day, and the rank correlations by day."""
    rated = [row for row in found["rating"] if row["hype_ratio"] is not None]
    lead = (
        f"Attention against quality {on_day(found['rating'])}: each listed title's percentile of popularity and of its"
        " rating, which is weighted so that few votes count for little."
    )
    figures = [_scatter(name, of_medium(medium, rated)) for medium, name in LABEL.items()]
    figures += [_correlated(name, of_medium(medium, found["correlation"])) for medium, name in LABEL.items()]
    columns = ["title", "hype", "popularity", "weighted rating", "votes"]
    by_hype = sorted(rated, key=lambda row: (-row["hype_ratio"], row["media_type"], row["title_id"]))
    ends = {
        "Most hype: more popular than well rated": by_hype[:6],
        "Least hype: better rated than popular": by_hype[:-7:-1],
    }
    grids = [
        Grid(caption, columns,
             [(title_of(row), row["hype_ratio"], row["popularity"], row["weighted_rating"], row["vote_count"])
              for row in of_end], {"popularity": 1})
        for caption, of_end in ends.items()
    ]  # fmt: skip
    pairs = Grid(
        f"Rank correlations {on_day(found['correlation'])}", ["figures", "medium", "titles", "correlation"],
        [(_PAIRS[row["pair"]], LABEL[row["media_type"]], row["title_count"], row["rank_correlation"])
         for row in newest(found["correlation"])],
    )  # fmt: skip
    notes = ("Hype is popularity's percentile over the sum of both percentiles: 0.5 where attention matches quality.",)
    return Section("ratings", "Hype against quality", lead, figures, (*grids, pairs), notes=notes)


def _scatter(name: str, rated: Sequence[Row]) -> charts.Figure:
    by_hype = sorted(rated, key=lambda row: (row["hype_ratio"], row["title_id"]))
    named = {row["title_id"] for row in (*_apart(by_hype), *_apart(by_hype[::-1]))}
    points = [
        {"x": row["rating_percentile_ratio"], "y": row["popularity_percentile_ratio"],
         "name": title_of(row) if row["title_id"] in named else ""}
        for row in rated
    ]  # fmt: skip
    return kinds.percentiles(
        f"{name}: hype against quality",
        "Above the line a title is more popular than well rated, below it is better rated than popular.",
        points,
        kinds.Axes("percentile of the weighted rating", "percentile of popularity", {name: COLOURS[name]}),
    )


def _correlated(name: str, found: Sequence[Row]) -> charts.Figure:
    colours = dict(zip(_PAIRS.values(), (charts.ACCENT, charts.SECOND, charts.THIRD), strict=True))
    return kinds.lines(
        f"{name}: rank correlations by day",
        "Spearman's, over the titles that a list held on that day and that have both figures.",
        [{"x": str(row["day"]), "value": row["rank_correlation"], "of": _PAIRS[row["pair"]]}
         for row in found if row["rank_correlation"] is not None],
        kinds.Axes("day, UTC", "rank correlation, -1 to 1", colours, "%d %b"),
    )  # fmt: skip


def _apart(by_hype: Sequence[Row]) -> list[Row]:
    """The first two that stand so far apart that both can have their names written beside them."""
    first = by_hype[:1]
    place = "popularity_percentile_ratio"
    return [*first, *[row for row in by_hype[1:20] if abs(row[place] - first[0][place]) > 0.12][:1]]
