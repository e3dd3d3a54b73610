"""What should hold for the shares of companies beyond their contract."""

import great_expectations.expectations as gxe

from expectations import beliefs
from lakehouse.contracts.company import COMPANY_SHARE_DAILY

RULES = {
    COMPANY_SHARE_DAILY.name: [
        beliefs.sums_to_one("title_share_ratio", "day", "media_type"),
        beliefs.no_day_missing(),
        # No company makes more titles than there are.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT day FROM {batch} WHERE title_count > top_title_count", severity="critical"
        ),
    ],
}
