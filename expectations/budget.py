"""What should hold for the tables of question 1 beyond their contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.budget import BUDGET_BAND_CURRENT, BUDGET_CORRELATION_CURRENT, TITLE_BUDGET_CURRENT

RULES = {
    TITLE_BUDGET_CURRENT.name: [
        # A movie without a budget must never stand among the cheap ones.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT title_id FROM {batch}"
            " WHERE media_type <> 'movie' OR (budget_band = 'unknown') <> (budget_usd IS NULL)",
            severity="critical",
        ),
        # No film has cost a billion dollars; a budget beyond is most likely in another currency.
        gxe.ExpectColumnValuesToBeBetween(column="budget_usd", max_value=1_000_000_000, severity="warning"),
    ],
    BUDGET_BAND_CURRENT.name: [
        # A movie stands in one band of its decade, so a genre's shares of a decade make one whole.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT genre_id, decade FROM {batch}"
            " GROUP BY genre_id, decade HAVING abs(sum(title_share_ratio) - 1) > 1e-9",
            severity="critical",
        ),
        # Crime or War are some of all movies: more of them than of all means that a movie was counted twice.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT budget_band, decade FROM {batch} GROUP BY budget_band, decade"
            " HAVING coalesce(max(title_count) FILTER (WHERE genre_id <> -1), 0)"
            " > coalesce(max(title_count) FILTER (WHERE genre_id = -1), 0)",
            severity="critical",
        ),
        # The means are of known figures alone: an unknown budget has none.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT genre_id FROM {batch} WHERE budget_band = 'unknown'"
            " AND mean_budget_usd IS NOT NULL",
            severity="critical",
        ),
    ],
    BUDGET_CORRELATION_CURRENT.name: [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT genre_id FROM {batch} WHERE known_budget_count > title_count"
            " OR correlation_low > rank_correlation OR rank_correlation > correlation_high",
            severity="critical",
        ),
        # With few known budgets the correlation is of the movies that somebody wrote a budget down for, not of all.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT genre_id FROM {batch} WHERE genre_id = -1 AND known_budget_ratio < 0.1",
            severity="warning",
        ),
    ],
}
