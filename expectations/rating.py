"""What should hold for ratings and their correlations beyond their contracts."""

import great_expectations.expectations as gxe

from expectations import beliefs
from lakehouse.contracts.rating import RATING_CORRELATION_DAILY, TITLE_RATING_DAILY

RULES = {
    TITLE_RATING_DAILY.name: [
        beliefs.no_day_missing(),
        # The most popular title of a day is at least as popular as all of them.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} GROUP BY day, media_type"
            " HAVING max(popularity_percentile_ratio) <> 1 OR max(rating_percentile_ratio) <> 1",
            severity="critical",
        ),
        # A mean weighted with the day's own mean lies between the day's lowest and highest mean.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} GROUP BY day, media_type HAVING"
            " max(weighted_rating) > max(vote_average) + 1e-6 OR min(weighted_rating) < min(vote_average) - 1e-6",
            severity="critical",
        ),
    ],
    RATING_CORRELATION_DAILY.name: [
        beliefs.no_day_missing(),
        # Each day and medium has all three pairs, those without enough titles too.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} GROUP BY day, media_type HAVING count(*) <> 3",
            severity="critical",
        ),
    ],
}
