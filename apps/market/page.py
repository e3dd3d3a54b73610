"""The market report: what gold says of the newest day and the four answers, as plain rows, then as one HTML page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from apps import answers
from apps.answers import span
from apps.answers.answer import Tables, rows
from apps.market.lists import climbers, top
from apps.market.ratings import ratings
from apps.market.section import TOP, Section
from apps.market.shares import companies, genres
from apps.pages.page import rendered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS = 30
"""So many of the newest days are shown side by side."""
# The newest day of each table is its own: a table whose check failed stands at an older one.
_QUERIES: Mapping[str, str] = {
    "top": """SELECT * FROM gold.title_popularity_daily
        WHERE day = (SELECT max(day) FROM gold.title_popularity_daily) AND best_day_rank <= {top}
        ORDER BY media_type, best_day_rank, title_id""",
    "climber": """SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY media_type
            ORDER BY rank_change_1d DESC, best_day_rank, title_id) AS place FROM gold.title_momentum_daily
        WHERE day = (SELECT max(day) FROM gold.title_momentum_daily) AND rank_change_1d > 0)
        WHERE place <= {top} ORDER BY media_type, place""",
    "genre": """SELECT s.*, d.genre_name AS name FROM gold.genre_share_daily s
        LEFT JOIN gold.dim_genre d USING (genre_id)
        WHERE day > (SELECT max(day) - {days} FROM gold.genre_share_daily)
        ORDER BY day, media_type, title_share_ratio DESC, genre_id""",
    "company": """SELECT s.*, d.company_name AS name FROM gold.company_share_daily s
        LEFT JOIN gold.dim_company d USING (company_id)
        WHERE day > (SELECT max(day) - {days} FROM gold.company_share_daily)
        ORDER BY day, media_type, title_share_ratio DESC, company_id""",
    "rating": """SELECT r.*, t.title FROM gold.title_rating_daily r
        LEFT JOIN gold.dim_title t USING (media_type, title_id)
        WHERE day = (SELECT max(day) FROM gold.title_rating_daily) ORDER BY media_type, title_id""",
    "correlation": """SELECT * FROM gold.rating_correlation_daily
        WHERE day > (SELECT max(day) - {days} FROM gold.rating_correlation_daily) ORDER BY day, media_type, pair""",
}
SECTIONS: tuple[Callable[[Tables], Section], ...] = (top, climbers, genres, companies, ratings)


def read(spark: "SparkSession", *, on_progress: Callable[[int, int], None] = lambda *_: None) -> dict[str, Tables]:
    """The rows of every section: `market`, `span`, and each question by its name."""
    readers = {"market": _market, "span": span.read, **{name: one.read for name, one in answers.QUESTIONS.items()}}
    found = {}
    for done, (name, reader) in enumerate(readers.items()):
        on_progress(done, len(readers))
        found[name] = reader(spark)
    on_progress(len(readers), len(readers))
    return found


def page(found: dict[str, Tables], *, made_at: datetime) -> str:
    """The page of these rows; where a table has none yet, it says so."""
    sections = [section(found["market"]) for section in SECTIONS]
    for name, answer in answers.answers(found).items():
        drawn = answers.QUESTIONS[name].figures(found[name])
        sections.append(Section(name, answer.name, answer.question, drawn, answer.grids, answer.findings, answer.notes))
    days = found["span"]["days"][0] if found["span"]["days"] else {}
    titles = {row["media_type"]: row["title_count"] for row in found["span"]["titles"]}
    facts = [("newest day (UTC)", days.get("last_day")), ("days of lists", days.get("day_count", 0))]
    facts += [("movies", titles.get("movie", 0)), ("series", titles.get("tv", 0))]
    return rendered(
        "market.html.jinja",
        title="The film market",
        lead=span.sentence(found["span"]),
        facts=facts,
        contents=[(section.id, section.name) for section in sections],
        sections=sections,
        made_at=made_at,
    )


def _market(spark: "SparkSession") -> Tables:
    return {name: rows(spark, query.format(top=TOP, days=DAYS)) for name, query in _QUERIES.items()}
