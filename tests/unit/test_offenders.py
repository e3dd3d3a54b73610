"""Each kind of expectation says in words what it promises, and which query shows the rows that break it."""

import json
import subprocess
import sys

import pytest

from apps.offenders import command, promise, rows_query

REFERENCE = (
    "SELECT 1 FROM {batch} own LEFT ANTI JOIN gold.dim_genre other ON own.`genre_id` = other.`genre_id`"
    " WHERE own.`genre_id` IS NOT NULL"
)


@pytest.mark.parametrize(
    ("expectation", "column", "arguments", "words", "query"),
    [
        ("expect_column_values_to_not_be_null", "day", {}, "day is not NULL", "SELECT * FROM gold.a WHERE day IS NULL"),
        (
            "expect_column_values_to_be_between", "rank", {"min_value": 1, "max_value": 10},
            "rank is at least 1 and at most 10", "SELECT * FROM gold.a WHERE rank < 1 OR rank > 10",
        ),
        (
            "expect_column_values_to_be_between", "share", {"min_value": 0, "strict_min": True},
            "share is at least 0", "SELECT * FROM gold.a WHERE share <= 0",
        ),
        (
            "expect_column_values_to_be_between", "score", {"min_value": 0, "max_value": sys.float_info.max},
            "score is at least 0 and a finite number",
            "SELECT * FROM gold.a WHERE score < 0 OR score >= double('Infinity')",
        ),
        (
            "expect_column_values_to_be_between", "day", {"min_value": "2026-01-21"},
            "day is at least 2026-01-21", "SELECT * FROM gold.a WHERE day < '2026-01-21'",
        ),
        (
            "expect_column_values_to_be_in_set", "media_type", {"value_set": ["movie", "it's"]},
            "media_type is one of movie, it's", r"SELECT * FROM gold.a WHERE media_type NOT IN ('movie', 'it\'s')",
        ),
        (
            "expect_column_values_to_be_unique", "genre_id", {}, "no two rows have the same genre_id",
            "SELECT genre_id, count(*) AS rows FROM gold.a GROUP BY genre_id HAVING count(*) > 1",
        ),
        (
            "expect_compound_columns_to_be_unique", "id,day", {}, "no two rows have the same id, day",
            "SELECT id, day, count(*) AS rows FROM gold.a GROUP BY id, day HAVING count(*) > 1",
        ),
        (
            "unexpected_rows_expectation", "", {"unexpected_rows_query": REFERENCE},
            "genre_id stands in gold.dim_genre",
            "SELECT own.* FROM gold.a own LEFT ANTI JOIN gold.dim_genre other ON own.genre_id = other.genre_id"
            " WHERE own.genre_id IS NOT NULL",
        ),
        (
            "unexpected_rows_expectation", "",
            {"unexpected_rows_query": "SELECT day FROM {batch}\n  GROUP BY day HAVING count(rank) < 15"},
            "no row GROUP BY day HAVING count(rank) < 15",
            "SELECT day FROM gold.a GROUP BY day HAVING count(rank) < 15",
        ),
        (
            "unexpected_rows_expectation", "",
            {"unexpected_rows_query": "SELECT day FROM (SELECT day, lag(day) AS last FROM {batch}) WHERE last > day"},
            "no row of SELECT day FROM (SELECT day, lag(day) AS last FROM it) WHERE last > day",
            "SELECT day FROM (SELECT day, lag(day) AS last FROM gold.a) WHERE last > day",
        ),
        (
            "expect_table_row_count_to_be_between", "", {"min_value": 1}, "number of rows is at least 1",
            "SELECT count(*) AS rows FROM gold.a",
        ),
        (
            "expect_table_columns_to_match_ordered_list", "day,rank", {}, "the columns are those of the contract",
            "DESCRIBE TABLE gold.a",
        ),
        ("expect_column_mean_to_be_between", "score", {}, "expect_column_mean_to_be_between score {}", None),
        (
            "expect_column_values_to_not_be_null", "day", {"row_condition": "rank > 1"},
            "day is not NULL", None,
        ),
    ],
)  # fmt: skip
def test_an_expectation_has_words_and_a_query(expectation, column, arguments, words, query):
    text = json.dumps(arguments)
    assert promise(expectation, column, text) == words
    assert rows_query(expectation, column, text, source="gold.a") == query


def test_a_shell_hands_the_query_over_as_it_is():
    query = r"""SELECT `a b`, '$x', "y", 'it\'s' FROM gold.a"""
    line = command(query, limit=5).replace("moviepulse", r"printf '%s\n'", 1)
    said = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["sql", query, "--limit", "5"]
