"""What should hold for the table of question 2 beyond its contract."""

import great_expectations.expectations as gxe

from lakehouse.contracts.person import PERSON_RATING_CURRENT

RULES = {
    PERSON_RATING_CURRENT.name: [
        # Each count is of some of the titles that the one above it counts.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT person_id FROM {batch} WHERE NOT (both_high_count <= both_rated_count"
            " AND both_rated_count <= least(tmdb_rated_count, imdb_rated_count)"
            " AND both_high_count <= least(tmdb_high_count, imdb_high_count)"
            " AND tmdb_high_count <= tmdb_rated_count AND imdb_high_count <= imdb_rated_count"
            " AND greatest(tmdb_rated_count, imdb_rated_count) <= title_count)",
            severity="critical",
        ),
        # A mean is of the rated titles and of no others.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT person_id FROM {batch}"
            " WHERE (mean_tmdb_rating IS NULL) <> (tmdb_rated_count = 0)"
            " OR (mean_imdb_rating IS NULL) <> (imdb_rated_count = 0)",
            severity="critical",
        ),
        # Crime and War titles are some of all: a person has no more of them.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT person_id, role FROM {batch} GROUP BY person_id, role"
            " HAVING coalesce(max(title_count) FILTER (WHERE genre_group = 'all'), 0) < max(title_count)",
            severity="critical",
        ),
        # Nobody has led a thousand films; TMDb files the nameless under one person now and then.
        gxe.ExpectColumnValuesToBeBetween(column="title_count", max_value=1000, severity="warning"),
    ],
}
