"""Question 3 in words: how long films are, and how many episodes a season has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.answers.answer import ENOUGH, NO_DATA, Answer, Row, Tables, genre, rows, share
from apps.pages import charts, kinds
from apps.pages.page import Grid
from lakehouse.genre_groups import ALL_GENRES, CRIME_OR_WAR

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "Runtime and episodes"
QUESTION = "How long are films, and how many episodes has a season, by year and genre?"
YEARLY = 10
"""With fewer in a year its median is not compared with another's."""
_COLOURS = {"All genres": charts.ACCENT, "Crime or War": charts.SECOND}


@dataclass(frozen=True)
class _Thing:
    """What is measured: films by minutes, or seasons by episodes; the names of its columns and words."""

    table: str
    name: str
    unit: str
    count: str
    known: str
    mean: str
    median: str


_FILM = _Thing("film_runtime_yearly", "films", "minutes", "title_count", "known_runtime_count",
               "mean_runtime_minutes", "median_runtime_minutes")  # fmt: skip
_SEASON = _Thing("season_episode_yearly", "seasons of series", "episodes", "season_count", "known_episode_count",
                 "mean_episodes", "median_episodes")  # fmt: skip
_THINGS = {"film": _FILM, "season": _SEASON}


def read(spark: "SparkSession") -> Tables:
    """Of films and of seasons the years of all genres and of Crime or War, and the genres over all years."""
    found: Tables = {}
    for name, thing in _THINGS.items():
        years = f"SELECT * FROM gold.{thing.table} WHERE genre_id < 0 ORDER BY genre_id DESC, year"  # noqa: S608 no input
        genres = f"""SELECT genre_id, any_value(genre_name) AS genre_name, sum({thing.count}) AS {thing.count},
            sum({thing.known}) AS {thing.known}, try_divide(sum({thing.mean} * {thing.known}), sum({thing.known}))
            AS {thing.mean} FROM gold.{thing.table} LEFT JOIN gold.dim_genre USING (genre_id)
            GROUP BY genre_id ORDER BY genre_id"""  # noqa: S608 no input
        found |= {f"{name}_year": rows(spark, years), f"{name}_genre": rows(spark, genres)}
    return found


def answer(found: Tables) -> Answer:
    """How the median moved between the first and the last year with enough, and how the genres differ."""
    findings, grids = [], []
    for name, thing in _THINGS.items():
        of_year, of_genre = found[f"{name}_year"], found[f"{name}_genre"]
        findings += _findings(thing, of_year, of_genre)
        grids += [_years(thing, of_year), _genres(thing, of_genre)]
    notes = (
        f"A year is compared from {YEARLY} known values on, a genre from {ENOUGH}. A season counts in the year in which"
        " it began; specials, and what has no date, are left out. 0 minutes or episodes mean unknown: in no mean.",
    )
    return Answer(NAME, QUESTION, tuple(findings), tuple(grids), notes)


def figures(found: Tables) -> list[charts.Figure]:
    """The medians by year, and the means by genre, of films and of seasons."""
    drawn = []
    for name, thing in _THINGS.items():
        years = [
            {"x": f"{row['year']}-01-01", "value": row[thing.median], "of": genre(row)}
            for row in found[f"{name}_year"]
            if row[thing.known] >= YEARLY
        ]
        drawn.append(kinds.lines(
            f"Median {thing.unit} of {thing.name} by year",
            f"Years in which at least {YEARLY} {thing.name} have a known number of {thing.unit}.",
            years, kinds.Axes("year", thing.unit, _COLOURS, "%Y", zero=False),
        ))  # fmt: skip
        genres = [{"label": genre(row), "value": row[thing.mean]} for row in _compared(thing, found[f"{name}_genre"])]
        drawn.append(kinds.bars(
            f"Mean {thing.unit} of {thing.name} by genre",
            f"Over all years; genres in which at least {ENOUGH} {thing.name} have a known number of {thing.unit}.",
            genres[:14], kinds.Axes(thing.unit, format=".0f"),
        ))  # fmt: skip
    return drawn


def _findings(thing: _Thing, of_year: Sequence[Row], of_genre: Sequence[Row]) -> list[str]:
    every = next((row for row in of_genre if row["genre_id"] == ALL_GENRES), None)
    if every is None or not every[thing.known]:
        return [f"{NO_DATA}: of no {thing.name} is the number of {thing.unit} known yet."]
    known = share(every[thing.known], every[thing.count])
    findings = [f"Of {thing.name} with a date, {known} have a known number of {thing.unit}."]
    for group in (ALL_GENRES, CRIME_OR_WAR):
        findings.append(_trend(thing, group, of_year))
    genres = _compared(thing, of_genre)
    if genres and round(genres[0][thing.mean]) != round(genres[-1][thing.mean]):
        most, least = genres[0], genres[-1]
        findings.append(
            f"By genre the mean is highest in {genre(most)} ({most[thing.mean]:.0f} {thing.unit},"
            f" n = {most[thing.known]:,}) and lowest in {genre(least)} ({least[thing.mean]:.0f},"
            f" n = {least[thing.known]:,})."
        )
    return findings


def _trend(thing: _Thing, group: int, of_year: Sequence[Row]) -> str:
    """The medians of the first and the last year that have enough."""
    name = f"{genre({'genre_id': group})}, {thing.name}"
    years = [row for row in of_year if row["genre_id"] == group and row[thing.known] >= YEARLY]
    if not years:
        return f"{name}: {NO_DATA.lower()}; in no year are {YEARLY} known."
    told = [f"{row[thing.median]:g} {thing.unit} in {row['year']} (n = {row[thing.known]:,})" for row in years]
    if len(years) == 1:
        return f"{name}: the median is {told[0]}, the only year with {YEARLY} known."
    return f"{name}: the median was {told[0]} and {told[-1]}."


def _compared(thing: _Thing, of_genre: Sequence[Row]) -> list[Row]:
    """The genres that have enough to be compared, the highest mean first."""
    enough = [row for row in of_genre if row["genre_id"] > 0 and row[thing.known] >= ENOUGH]
    return sorted(enough, key=lambda row: (-row[thing.mean], row["genre_id"]))


def _years(thing: _Thing, of_year: Sequence[Row]) -> Grid:
    columns = ["year", thing.name, "known", "mean", "median", "median of Crime or War"]
    crime = {row["year"]: row[thing.median] for row in of_year if row["genre_id"] == CRIME_OR_WAR}
    values = [
        (
            str(row["year"]),
            row[thing.count],
            row[thing.known],
            row[thing.mean],
            row[thing.median],
            crime.get(row["year"]),
        )
        for row in of_year
        if row["genre_id"] == ALL_GENRES and row[thing.known]
    ]
    digits = dict.fromkeys(columns[3:], 1)
    return Grid(
        f"{thing.name.capitalize()} of the last years with known {thing.unit}", columns, values[:-13:-1], digits
    )


def _genres(thing: _Thing, of_genre: Sequence[Row]) -> Grid:
    columns = ["genre", thing.name, "known", "mean"]
    order = sorted(of_genre, key=lambda row: (row["genre_id"] > 0, -row[thing.known], row["genre_id"]))
    values = [(genre(row), row[thing.count], row[thing.known], row[thing.mean]) for row in order[:12]]
    return Grid(f"{thing.name.capitalize()} by genre, all years, {thing.unit}", columns, values, {"mean": 1})
