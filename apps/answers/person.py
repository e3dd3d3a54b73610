"""Question 2 in words: who makes Crime and War titles that rate high on both sites."""

from typing import TYPE_CHECKING

from apps.answers.answer import NO_DATA, Answer, Row, Tables, rows
from apps.pages import charts, kinds
from apps.pages.page import Grid
from lakehouse.contracts.person import HIGH, MINIMUM_IMDB_VOTES, MINIMUM_TMDB_VOTES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "High on both sites"
QUESTION = "Who directs, creates or leads Crime and War titles that rate high on both IMDb and TMDb?"
TOP = 10
_ROLES = {"director": "directors", "creator": "creators of series", "lead": "leading actors"}


def read(spark: "SparkSession") -> Tables:
    """The first of each role by titles that rate high on both sites, and how many persons there are."""
    best = f"""SELECT * FROM (
        SELECT p.*, d.person_name, row_number() OVER (PARTITION BY role ORDER BY both_high_count DESC,
            both_rated_count, mean_imdb_rating + mean_tmdb_rating DESC, person_id) AS place
        FROM gold.person_rating_current p LEFT JOIN gold.dim_person d USING (person_id)
        WHERE genre_group = 'crime_or_war' AND both_rated_count > 0)
        WHERE place <= {TOP} ORDER BY role, place"""  # noqa: S608 no input
    role = """SELECT role, count(*) AS person_count, count_if(both_rated_count > 0) AS rated_count,
        count_if(both_high_count > 0) AS high_count, count_if(tmdb_high_count > 0) AS tmdb_high_count
        FROM gold.person_rating_current WHERE genre_group = 'crime_or_war' GROUP BY role ORDER BY role"""
    return {"best": rows(spark, best), "role": rows(spark, role)}


def answer(found: Tables) -> Answer:
    """For each role how many persons qualify and who stands first."""
    findings = [_finding(role, found) for role in _ROLES]
    notes = (
        f"High is {HIGH:g} or more of 10. A rating counts from {MINIMUM_TMDB_VOTES:,} votes on TMDb and"
        f" {MINIMUM_IMDB_VOTES:,} on IMDb; titles with fewer, or that one site does not rate, do not count as rated.",
        "Order: most titles high on both, then fewest rated, then higher mean ratings. Leading cast: the first five.",
    )
    return Answer(NAME, QUESTION, tuple(findings), tuple(_grid(role, found) for role in _ROLES), notes)


def figures(found: Tables) -> list[charts.Figure]:
    """For each role that has any its first persons: titles rated on both sites, and of them those high on both."""
    return [
        kinds.bars(
            f"{_ROLES[role].capitalize()} of Crime and War titles",
            "Pale: titles with enough votes on both sites. Full: those that rate high on both.",
            [
                {"label": row["person_name"], "value": row["both_high_count"], "whole": row["both_rated_count"]}
                for row in _best(role, found)
            ],
            kinds.Axes("titles", format="d"),
        )
        for role in _ROLES
        if _best(role, found)
    ]


def _best(role: str, found: Tables) -> list[Row]:
    return [row for row in found["best"] if row["role"] == role]


def _finding(role: str, found: Tables) -> str:
    counts = next((row for row in found["role"] if row["role"] == role), None)
    name = _ROLES[role].capitalize()
    if counts is None:
        return f"{name}: {NO_DATA.lower()}; no Crime or War title has one in its credits."
    if not counts["rated_count"]:
        return (
            f"{name}: {NO_DATA.lower()}; of {counts['person_count']:,} none has a title with enough votes on both."
            f" On TMDb alone {counts['tmdb_high_count']:,} have one that rates high."
        )
    rated = f"{counts['rated_count']:,} have a title with enough votes on both sites"
    told = f"{name}: of {counts['person_count']:,}, {rated}"
    if not counts["high_count"]:
        return f"{told}, and none of these rates high on both."
    first = _best(role, found)[0]
    return (
        f"{told}, {counts['high_count']:,} of them one that rates high on both. First is {first['person_name']}:"
        f" {first['both_high_count']} of {first['both_rated_count']} rated titles."
    )


def _grid(role: str, found: Tables) -> Grid:
    columns = [role, "titles", "rated on both", "high on both", "mean TMDb", "mean IMDb"]
    values = [
        (row["person_name"], row["title_count"], row["both_rated_count"], row["both_high_count"],
         row["mean_tmdb_rating"], row["mean_imdb_rating"])
        for row in _best(role, found)
    ]  # fmt: skip
    return Grid(f"{_ROLES[role].capitalize()} of Crime and War titles", columns, values)
