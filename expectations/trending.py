"""What should hold for the trending tables beyond their contracts."""

import great_expectations.expectations as gxe

from expectations import beliefs
from lakehouse.contracts.trending import TITLE_MOMENTUM_DAILY, TITLE_POPULARITY_DAILY, TITLE_POPULARITY_WEEKLY

RULES = {
    TITLE_POPULARITY_DAILY.name: [
        # A row comes from a place in a list; one without a place in either was made by a mistake of ours.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} WHERE best_day_rank IS NULL AND best_week_rank IS NULL",
            severity="critical",
        ),
        # TMDb serves 20 titles a page; a day with fewer than 15 in the day list means that polls failed.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} GROUP BY day HAVING count(best_day_rank) < 15",
            severity="warning",
        ),
        # A list begins with its first place; a day without one has lost the top of its list, most likely to a reject.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} GROUP BY media_type, day HAVING min(best_day_rank) > 1",
            severity="warning",
        ),
        beliefs.no_day_missing(),
        beliefs.rows_as_many_as_the_day_before(),
        beliefs.popularity_moves_within_a_factor(),
        beliefs.is_fresh(),
    ],
    TITLE_POPULARITY_WEEKLY.name: [
        # Weeks are replaced by their Mondays; a row under another day would never be replaced again.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT title_id FROM {batch} WHERE weekday(week_start_date) <> 0",
            severity="critical",
        ),
    ],
    TITLE_MOMENTUM_DAILY.name: [
        # A change needs both of its ends; without today's score or place there is nothing to compare.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} WHERE popularity IS NULL"
            " AND popularity_change_1d IS NOT NULL OR best_day_rank IS NULL AND rank_change_1d IS NOT NULL",
            severity="critical",
        ),
        # A title's first day has no momentum, never a zero.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT min_by(popularity_change_1d, day) AS change FROM {batch}"
            " GROUP BY media_type, title_id HAVING change IS NOT NULL",
            severity="critical",
        ),
    ],
}
