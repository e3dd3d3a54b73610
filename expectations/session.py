"""What should hold for visits beyond their contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.session import SESSION

RULES = {
    SESSION.name: [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT session_key FROM {batch} WHERE ended_at < started_at"
            " OR event_date <> to_date(started_at)",
            severity="critical",
        ),
        # Two visits of a user at once would give an event to both.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT session_key FROM (SELECT *, lag(ended_at)"
            " OVER (PARTITION BY user_key ORDER BY started_at) AS before FROM {batch}) WHERE before >= started_at",
            severity="critical",
        ),
    ],
}
