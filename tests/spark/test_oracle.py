"""Five gold tables of 20 real days are what DuckDB computes by the same definitions, straight from the day files.

Nothing of the way through events, silver and Spark is used on the other side; only the definitions are shared.
"""

import math
from datetime import timedelta

import duckdb
import pytest
from pyspark.sql import functions as F

from batch.gold.genre import genre_share_daily
from batch.gold.rating import rating_correlation_daily, title_rating_daily
from batch.gold.star import fact_title_popularity_daily
from batch.gold.trending import title_popularity_daily
from lakehouse.contracts.genre import GENRE_SHARE_DAILY
from lakehouse.contracts.popular import POPULAR_EVENT
from lakehouse.contracts.rating import RATING_CORRELATION_DAILY, TITLE_RATING_DAILY
from lakehouse.contracts.star import FACT_TITLE_POPULARITY_DAILY
from lakehouse.contracts.trending import TITLE_POPULARITY_DAILY, TRENDING_EVENT
from lakehouse.tables import bronze_table
from producers.ledger import encoded
from producers.replay import day_events, day_paths, read_day
from producers.sources import popular, trending
from streaming.classify import judged
from tests.builders import row, rows
from tests.recorded import REAL

DAYS = REAL / "days"
pytestmark = [
    pytest.mark.skipif(not DAYS.is_dir(), reason=f"the recorded days are absent: {DAYS}"),
    pytest.mark.timeout(600),
]

# One row per title, list and day, with its first place: a title may stand twice in a list, over a page border.
PLACE = """
CREATE TABLE place AS
WITH medium AS (
  SELECT generated_at, 'movie' AS media_type, movies AS lists FROM day
  UNION ALL SELECT generated_at, 'tv', tv FROM day
), list AS (
  SELECT *, unnest(json_keys(lists)) AS list_name FROM medium
), item AS (
  SELECT *, unnest(range(1, 1 + json_array_length(lists, list_name)::BIGINT)) AS rank FROM list
  WHERE list_name <> 'genres'
), told AS (
  SELECT *, json_extract(lists, '$.' || list_name || '[' || (rank - 1) || ']') AS item FROM item
)
SELECT CAST(generated_at AT TIME ZONE 'UTC' AS DATE) AS day, media_type, list_name, CAST(rank AS INTEGER) AS rank,
  CAST(item ->> 'id' AS BIGINT) AS title_id, coalesce(item ->> 'title', item ->> 'name') AS title,
  CAST(item ->> 'popularity' AS DOUBLE) AS popularity, CAST(item ->> 'vote_average' AS DOUBLE) AS vote_average,
  CAST(item ->> 'vote_count' AS BIGINT) AS vote_count, CAST(item -> 'genre_ids' AS BIGINT[]) AS genre_ids
FROM told QUALIFY row_number() OVER (PARTITION BY day, media_type, list_name, title_id ORDER BY rank) = 1
"""
POPULARITY = """
SELECT media_type, title_id, day, arg_min(title, list_name) AS title,
  min(rank) FILTER (list_name = 'trending_day') AS best_day_rank,
  min(rank) FILTER (list_name = 'trending_week') AS best_week_rank, arg_min(popularity, list_name) AS popularity,
  arg_min(vote_average, list_name) AS vote_average, arg_min(vote_count, list_name) AS vote_count, 1 AS poll_count
FROM place WHERE list_name LIKE 'trending%' GROUP BY ALL
"""
FACT = """
SELECT media_type, title_id, day, first(popularity ORDER BY place) AS popularity,
  first(vote_average ORDER BY place) AS vote_average, first(vote_count ORDER BY place) AS vote_count,
  min(rank) FILTER (list_name = 'trending_day') AS best_day_rank,
  min(rank) FILTER (list_name = 'trending_week') AS best_week_rank,
  min(rank) FILTER (list_name = 'popular') AS best_popular_rank, count(*) AS list_count
FROM (
  SELECT *, row_number() OVER (PARTITION BY media_type, title_id, day ORDER BY
    CASE list_name WHEN 'trending_day' THEN 1 WHEN 'trending_week' THEN 2 WHEN 'popular' THEN 3 ELSE 4 END,
    rank, list_name DESC) AS place
  FROM place
) GROUP BY ALL
"""
GENRE = """
WITH part AS (
  SELECT day, media_type, title_id, popularity, len(genre_ids) AS several, unnest(genre_ids) AS genre_id
  FROM (SELECT * REPLACE (CASE len(genre_ids) WHEN 0 THEN [0] ELSE genre_ids END AS genre_ids) FROM place)
  WHERE list_name = 'popular'
), total AS (
  SELECT day, media_type, count(*) AS titles, sum(popularity) AS popularity FROM place
  WHERE list_name = 'popular' GROUP BY ALL
)
SELECT day, media_type, genre_id, count(*) AS title_count, any_value(titles) AS listed_title_count,
  sum(1 / several) / any_value(titles) AS title_share_ratio,
  sum(part.popularity / several) / any_value(total.popularity) AS popularity_share_ratio
FROM part JOIN total USING (day, media_type) GROUP BY day, media_type, genre_id
"""
RATING = """
WITH prior AS (
  SELECT day, media_type, median(vote_count) AS m, avg(vote_average) AS c FROM fact WHERE vote_count > 0 GROUP BY ALL
), rated AS (
  SELECT media_type, title_id, day, popularity, vote_average, vote_count,
    CASE WHEN vote_count > 0 THEN (vote_count * vote_average + m * c) / (vote_count + m) ELSE c END AS weighted_rating
  FROM fact JOIN prior USING (day, media_type)
), ranked AS (
  SELECT *, cume_dist() OVER (PARTITION BY day, media_type ORDER BY popularity) AS popularity_percentile_ratio,
    cume_dist() OVER (PARTITION BY day, media_type ORDER BY round(weighted_rating, 9)) AS rating_percentile_ratio
  FROM rated
)
SELECT *, popularity_percentile_ratio / (popularity_percentile_ratio + rating_percentile_ratio) AS hype_ratio
FROM ranked
"""
CORRELATION = """
WITH pair AS (
  SELECT day, media_type, 'rating_votes' AS pair, vote_average AS x, vote_count::DOUBLE AS y FROM fact
  WHERE vote_count > 0
  UNION ALL SELECT day, media_type, 'rating_popularity', vote_average, popularity FROM fact WHERE vote_count > 0
  UNION ALL SELECT day, media_type, 'votes_popularity', vote_count, popularity FROM fact
), ranked AS (
  SELECT day, media_type, pair,
    rank() OVER (of_x) + (count(*) OVER (PARTITION BY day, media_type, pair, x) - 1) / 2 AS x,
    rank() OVER (of_y) + (count(*) OVER (PARTITION BY day, media_type, pair, y) - 1) / 2 AS y
  FROM pair
  WINDOW of_x AS (PARTITION BY day, media_type, pair ORDER BY x),
    of_y AS (PARTITION BY day, media_type, pair ORDER BY y)
)
SELECT day, media_type, pair, count(*) AS title_count, corr(x, y) AS rank_correlation FROM ranked GROUP BY ALL
"""
QUERIES = {
    TITLE_POPULARITY_DAILY: POPULARITY,
    FACT_TITLE_POPULARITY_DAILY: FACT,
    GENRE_SHARE_DAILY: GENRE,
    TITLE_RATING_DAILY: RATING,
    RATING_CORRELATION_DAILY: CORRELATION,
}


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = "{generated_at: 'TIMESTAMPTZ', movies: 'JSON', tv: 'JSON'}"
        connection.execute(
            f"CREATE TABLE day AS SELECT * FROM read_json('{DAYS}/*.json.gz', columns = {columns},"
            " maximum_object_size = 268435456)"
        )
        connection.execute(PLACE)
        connection.execute(f"CREATE TABLE fact AS {FACT}")
        yield connection


@pytest.fixture(scope="module")
def gold(spark):
    """The five tables as the functions make them of the days' events."""
    trending_event = silver(spark, trending, TRENDING_EVENT)
    popular_event = silver(spark, popular, POPULAR_EVENT)
    fact = fact_title_popularity_daily(trending_event, popular_event).persist()
    rating = title_rating_daily(fact).persist()
    return {
        TITLE_POPULARITY_DAILY: title_popularity_daily(trending_event),
        FACT_TITLE_POPULARITY_DAILY: fact,
        GENRE_SHARE_DAILY: genre_share_daily(popular_event),
        TITLE_RATING_DAILY: rating,
        RATING_CORRELATION_DAILY: rating_correlation_daily(rating),
    }


def silver(spark, source, table):
    """The events of the recorded days, each once, as the stream judges and types them."""
    bronze, given = bronze_table(source.TOPIC), []
    for path in day_paths(DAYS):
        day = read_day(path, source)
        arrived = day.polled_at + timedelta(minutes=1)
        given += [row(bronze, value=encoded(event), offset=len(given) + place, kafka_at=arrived, ingested_at=arrived)
                  for place, event in enumerate(day_events(day, source))]  # fmt: skip
    verdict = judged(rows(spark, bronze, *given), table).persist()
    assert verdict.where("reason IS NOT NULL").isEmpty()
    first = verdict.groupBy("event_id").agg(F.min_by(F.struct("*"), "offset").alias("first"))
    return first.select("first.*").select(*table.names).persist()


def by_key(table, found):
    return {tuple(one[name] for name in table.key): one for one in found}


def alike(one, other):
    return one == other or (isinstance(one, float) and other is not None and math.isclose(one, other, rel_tol=1e-9))


@pytest.mark.parametrize("table", QUERIES, ids=lambda table: table.name)
def test_gold_is_what_duckdb_makes_of_the_same_day_files(gold, duck, table):
    answer = duck.execute(QUERIES[table])
    columns = [column[0] for column in answer.description]
    theirs = by_key(table, (dict(zip(columns, one, strict=True)) for one in answer.fetchall()))
    ours = by_key(table, (one.asDict() for one in gold[table].select(*table.names).collect()))
    assert sorted(columns) == sorted(table.names)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 20
    assert [(key, name, ours[key][name], theirs[key][name]) for key in ours for name in columns
            if not alike(ours[key][name], theirs[key][name])] == []  # fmt: skip
