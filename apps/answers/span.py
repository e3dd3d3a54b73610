"""What the answers are made from: the days of the lists, the titles, and where their ratings are known."""

from typing import TYPE_CHECKING

from apps.answers.answer import Tables, rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def read(spark: "SparkSession") -> Tables:
    """The first and last day of the lists; the titles by medium."""
    days = (
        "SELECT min(day) AS first_day, max(day) AS last_day, count(*) AS day_count FROM gold.dim_date WHERE year > 1900"
    )
    titles = (
        "SELECT media_type, count(*) AS title_count, count(imdb_rating) AS imdb_rated_count, count(budget_usd) AS"
        " budget_count FROM gold.dim_title WHERE title_id <> 0 GROUP BY media_type ORDER BY media_type"
    )
    return {"days": rows(spark, days), "titles": rows(spark, titles)}


def sentence(found: Tables) -> str:
    """Which days the lists are of, how many titles there are, and how many of them IMDb rates."""
    (days,) = found["days"] or [{"day_count": 0}]
    if not days["day_count"]:
        lists = "No list has been polled yet"
    else:
        lists = f"Lists of {days['day_count']} days, {days['first_day']} to {days['last_day']}"
    counts = {row["media_type"]: row["title_count"] for row in found["titles"]}
    rated = sum(row["imdb_rated_count"] for row in found["titles"])
    return (
        f"{lists}; {counts.get('movie', 0):,} movies and {counts.get('tv', 0):,} series,"
        f" {rated:,} of them with a rating on IMDb."
    )
