"""What should hold for what users rate and watch, beyond the contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.viewing import COMPLETED, RATING_HISTORY, TITLE_ENGAGEMENT_DAILY, WATCH_HISTORY, WATCHLIST

RULES = {
    RATING_HISTORY.name: [
        # One rating of a user and title holds; every other one ended when the next was given.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT user_key FROM {batch} GROUP BY user_key, media_type, title_id"
            " HAVING count_if(is_current) <> 1 OR count_if(valid_to_at IS NULL) <> 1",
            severity="critical",
        ),
    ],
    WATCH_HISTORY.name: [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT user_key FROM {batch} WHERE progress_ratio > highest_progress_ratio"
            f" OR is_completed <> (highest_progress_ratio >= {COMPLETED}) OR first_watched_at > last_watched_at",
            severity="critical",
        ),
    ],
    WATCHLIST.name: [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT user_key FROM {batch} WHERE is_member AND added_at IS NULL"
            " OR NOT is_member AND removed_at IS NULL",
            severity="critical",
        ),
    ],
    TITLE_ENGAGEMENT_DAILY.name: [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} WHERE user_count > event_count"
            " OR completion_count > user_count OR (mean_rating IS NULL) <> (rating_count = 0)",
            severity="critical",
        ),
    ],
}
