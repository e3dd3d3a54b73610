"""What should hold for recommendations beyond their contract."""

import great_expectations.expectations as gxe

from lakehouse.contracts.recommendation import TITLE_RECOMMENDATION
from lakehouse.contracts.viewing import RATING

RULES = {
    TITLE_RECOMMENDATION.name: [
        # A list has its places from the first on, each title once, and no better one behind a worse.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT subject FROM {batch} GROUP BY audience, subject"
            " HAVING max(place_rank) <> count(*) OR count(DISTINCT media_type, title_id) <> count(*)",
            severity="critical",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT subject FROM (SELECT *, lag(score) OVER"
            " (PARTITION BY audience, subject ORDER BY place_rank) AS before FROM {batch}) WHERE score > before",
            severity="critical",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT subject FROM {batch} WHERE audience = 'title'"
            " AND subject = concat_ws('/', media_type, title_id)",
            severity="critical",
        ),
        # Ratings may have come in since the model was trained; many would mean that it did not know them.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f"SELECT subject FROM {{batch}} own JOIN {RATING.name} known"
            " ON own.subject = known.user_key AND own.media_type = known.media_type"
            " AND own.title_id = known.title_id WHERE own.audience = 'user'",
            severity="warning",
        ),
    ],
}
