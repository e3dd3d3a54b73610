"""What the demo asks gold for at its end, by the title that it is shown under."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TOP = """
SELECT media_type AS medium, best_day_rank AS rank, title, round(popularity, 1) AS popularity, vote_count AS votes
FROM gold.title_popularity_daily
WHERE day = (SELECT max(day) FROM gold.title_popularity_daily) AND best_day_rank <= 5
ORDER BY medium, rank
"""
CLIMBERS = """
SELECT media_type AS medium, title, best_day_rank AS rank, rank_change_1d AS places_1d, rank_change_7d AS places_7d,
       round(popularity_change_1d, 1) AS popularity_1d
FROM gold.title_momentum_daily
WHERE day = (SELECT max(day) FROM gold.title_momentum_daily) AND rank_change_1d > 0
ORDER BY rank_change_1d DESC, best_day_rank LIMIT 5
"""
ENGAGEMENT = """
WITH named AS (SELECT media_type, title_id, max_by(title, day) AS name FROM gold.title_popularity_daily GROUP BY ALL)
SELECT media_type AS medium, name AS title, sum(watch_count) AS watches, sum(completion_count) AS completed,
       sum(rating_count) AS ratings, round(sum(mean_rating * rating_count) / sum(rating_count), 2) AS mean_rating
FROM gold.title_engagement_daily JOIN named USING (media_type, title_id)
GROUP BY media_type, title_id, name ORDER BY watches DESC, name LIMIT 5
"""
VISITS = """
SELECT event_date AS day, count(*) AS visits, count(DISTINCT user_key) AS users, sum(event_count) AS events,
       round(avg(unix_seconds(ended_at) - unix_seconds(started_at)) / 60, 1) AS mean_minutes
FROM silver.session GROUP BY event_date ORDER BY event_date DESC LIMIT 5
"""
RECOMMENDED = """
WITH named AS (SELECT media_type, title_id, max_by(title, day) AS name FROM gold.title_popularity_daily GROUP BY ALL)
SELECT left(subject, 11) AS user, place_rank AS place, media_type AS medium, name AS title
FROM gold.title_recommendation JOIN named USING (media_type, title_id)
WHERE audience = 'user' AND place_rank <= 3 AND subject = (SELECT min(subject) FROM gold.title_recommendation
                                                          WHERE audience = 'user')
ORDER BY place
"""
VERDICTS = """
SELECT table_name AS table, count(*) AS expectations, count_if(is_met) AS met,
       count_if(NOT is_met AND severity = 'critical') AS critical,
       count_if(NOT is_met AND severity = 'warning') AS warnings
FROM quality.expectation_result r
WHERE checked_at = (SELECT max(checked_at) FROM quality.expectation_result s WHERE s.table_name = r.table_name)
GROUP BY table_name ORDER BY table_name
"""
ASKED = {
    "The day's top titles": TOP,
    "The largest climbers since the day before": CLIMBERS,
    "What viewers did most with, in a week": ENGAGEMENT,
    "Visits by day": VISITS,
    "Recommended to one of them": RECOMMENDED,
    "Quality: the latest verdicts": VERDICTS,
}


def answers(spark: "SparkSession") -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """The title, columns and rows of each, asked side by side."""

    def answer(query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        found = spark.sql(query)
        return found.columns, [tuple(row) for row in found.collect()]

    with ThreadPoolExecutor(len(ASKED)) as several:
        for title, found in zip(ASKED, several.map(answer, ASKED.values()), strict=True):
            yield title, *found
