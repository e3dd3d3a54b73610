"""What should hold for the star's titles, days and fact beyond their contracts."""

import great_expectations.expectations as gxe

from expectations import beliefs
from lakehouse.contracts.star import DIM_DATE, DIM_TITLE, FACT_TITLE_POPULARITY_DAILY, UNKNOWN_DAY, UNKNOWN_ID

RULES = {
    DIM_TITLE.name: [
        beliefs.has_unknown_member("title_id", UNKNOWN_ID, members=2),  # one of each medium
        # Nobody counts votes of a rating that is not there.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT title_id FROM {batch} WHERE imdb_vote_count > 0 AND imdb_rating IS NULL",
            severity="warning",
        ),
    ],
    DIM_DATE.name: [
        beliefs.has_unknown_member("day", f"DATE'{UNKNOWN_DAY}'"),
        # The calendar is made, not polled: a hole in it is a mistake of ours.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f"SELECT count(*) AS days FROM {{batch}} WHERE day <> DATE'{UNKNOWN_DAY}'"
            " HAVING days <> datediff(max(day), min(day)) + 1",
            severity="critical",
        ),
    ],
    FACT_TITLE_POPULARITY_DAILY.name: [
        beliefs.no_day_missing(),
        beliefs.rows_as_many_as_the_day_before(),
        beliefs.popularity_moves_within_a_factor(),
        beliefs.is_fresh(),
    ],
}
