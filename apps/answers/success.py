"""Question 4 in words: whether IMDb's or TMDb's rating predicts longevity and success better."""

from typing import TYPE_CHECKING

from apps.answers.answer import Answer, Row, Tables, interval, rows
from apps.pages import charts, kinds
from apps.pages.page import Grid
from lakehouse.contracts.success import MINIMUM_TITLES, OUTCOMES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "IMDb or TMDb"
QUESTION = "Does IMDb's or TMDb's rating predict a title's longevity and success better?"
_NAMES = dict(zip(OUTCOMES, ("years in the lists", "revenue over budget", "votes on TMDb"), strict=True))
_SITES = {"imdb": "IMDb", "tmdb": "TMDb"}
_VERDICTS = {
    "imdb": "IMDb better",
    "tmdb": "TMDb better",
    "no_difference": "no difference",
    "not_enough_data": "not enough data",
}
_COLOURS = {"IMDb": charts.SECOND, "TMDb": charts.ACCENT}


def read(spark: "SparkSession") -> Tables:
    """The predictors by outcome, and how many titles have which rating."""
    predictor = "SELECT * FROM gold.rating_predictor_current"
    rated = (
        "SELECT count(*) AS title_count, count(tmdb_rating) AS tmdb, count(imdb_rating) AS imdb,"
        " count_if(tmdb_rating IS NOT NULL AND imdb_rating IS NOT NULL) AS both FROM gold.title_success_current"
    )
    return {"predictor": rows(spark, predictor), "rated": rows(spark, rated)}


def answer(found: Tables) -> Answer:
    """A plain verdict for each outcome."""
    rated = found["rated"][0] if found["rated"] else {"tmdb": 0, "imdb": 0, "both": 0}
    counted = f"{rated['tmdb']:,} titles have a rating on TMDb, {rated['imdb']:,} on IMDb, {rated['both']:,} on both."
    of_outcome = {row["outcome"]: row for row in found["predictor"]}
    findings = [_verdict(outcome, of_outcome.get(outcome)) for outcome in OUTCOMES]
    notes = (
        "Compared are Spearman's rank correlations over the same titles, those that have the outcome and both ratings."
        " One site is called better only where the 95 % intervals do not overlap, which is a strict test.",
        "Years in the lists run from release to the last day on which a list held the title: with few days of lists"
        " they tell little more than its age. Votes on TMDb and its rating have one source. A correlation is no cause.",
    )
    return Answer(NAME, QUESTION, (counted, *findings), (_grid(found),), notes)


def figures(found: Tables) -> list[charts.Figure]:
    """Both sites' correlations with each outcome."""
    points = [
        {"label": _NAMES[outcome], "value": row[f"{site}_correlation"], "low": row[f"{site}_correlation_low"],
         "high": row[f"{site}_correlation_high"], "of": name}
        for outcome in OUTCOMES for row in found["predictor"] for site, name in _SITES.items()
        if row["outcome"] == outcome and row[f"{site}_correlation_low"] is not None
    ]  # fmt: skip
    return [
        kinds.intervals(
            "How closely each site's rating goes with what became of a title",
            "Spearman's rank correlation with its 95 % interval, over the titles that have both ratings.",
            points,
            kinds.Axes("rank correlation, -1 to 1", "", _COLOURS),
        )
    ]


def _verdict(outcome: str, row: Row | None) -> str:
    name = _NAMES[outcome][0].upper() + _NAMES[outcome][1:]
    if row is None or row["verdict"] == "not_enough_data":
        count = row["title_count"] if row else 0
        told = f"{name}: not enough data; {count:,} titles have it and both ratings"
        needed = f", a verdict needs {MINIMUM_TITLES}" if count < MINIMUM_TITLES else ", but their ratings do not vary"
        also = (
            f" TMDb's rating alone: {row['tmdb_all_correlation']:.2f}, n = {row['tmdb_title_count']:,}."
            if row and row["tmdb_all_correlation"] is not None
            else ""
        )
        return f"{told}{needed}.{also}"
    both = " and ".join(f"{interval(row, f'{site}_correlation')} of {name}'s" for site, name in _SITES.items())
    verdicts = {
        "imdb": "IMDb's rating predicts it better",
        "tmdb": "TMDb's rating predicts it better",
        "no_difference": "neither rating is measurably better",
    }
    return f"{name}: {verdicts[row['verdict']]}; {both}, n = {row['title_count']:,}."


def _grid(found: Tables) -> Grid:
    columns = ["outcome", "titles", "IMDb", "TMDb", "verdict", "TMDb alone", "its titles"]
    of_outcome = {row["outcome"]: row for row in found["predictor"]}
    values = [
        (_NAMES[outcome], row["title_count"], _with_ends(row, "imdb"), _with_ends(row, "tmdb"),
         _VERDICTS[row["verdict"]], row["tmdb_all_correlation"], row["tmdb_title_count"])
        for outcome in OUTCOMES if (row := of_outcome.get(outcome))
    ]  # fmt: skip
    return Grid("Rank correlation of each site's rating with what became of the title (95 % interval)", columns, values)


def _with_ends(row: Row, site: str) -> str | None:
    found, low, high = (row[f"{site}_correlation{end}"] for end in ("", "_low", "_high"))
    return None if low is None else f"{found:.2f} ({low:.2f} to {high:.2f})"
