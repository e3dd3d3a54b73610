"""What should hold for the tables of question 4 beyond their contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.success import MINIMUM_TITLES, OUTCOMES, RATING_PREDICTOR_CURRENT, TITLE_SUCCESS_CURRENT

RULES = {
    TITLE_SUCCESS_CURRENT.name: [
        # A title that nobody has rated predicts nothing.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT title_id FROM {batch} WHERE tmdb_rating IS NULL AND imdb_rating IS NULL",
            severity="critical",
        ),
        # Film begins in 1888; who is listed longer has a wrong date.
        gxe.ExpectColumnValuesToBeBetween(column="years_in_lists", max_value=150, severity="warning"),
        # Few films have earned a thousand times their budget; a budget of some dollars was meant in millions.
        gxe.ExpectColumnValuesToBeBetween(column="revenue_over_budget", max_value=1000, severity="warning"),
    ],
    RATING_PREDICTOR_CURRENT.name: [
        # Each outcome has its row, also where no title has it.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT count(*) AS outcomes FROM {batch}"
            f" HAVING outcomes NOT IN (0, {len(OUTCOMES)})",
            severity="critical",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT outcome FROM {batch} WHERE title_count > tmdb_title_count"
            " OR tmdb_correlation NOT BETWEEN tmdb_correlation_low AND tmdb_correlation_high"
            " OR imdb_correlation NOT BETWEEN imdb_correlation_low AND imdb_correlation_high",
            severity="critical",
        ),
        # A plain verdict stands on enough titles and on intervals that are apart.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT outcome FROM {batch} WHERE verdict <> 'not_enough_data'"
            f" AND title_count < {MINIMUM_TITLES}",
            severity="critical",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT outcome FROM {batch} WHERE verdict IN ('imdb', 'tmdb')"
            " AND (verdict = 'imdb') <> (abs(imdb_correlation) > abs(tmdb_correlation))",
            severity="critical",
        ),
    ],
}
