"""What should hold for comments beyond their contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.comment import COMMENT

RULES = {
    COMMENT.name: [
        # Who deletes a comment wants its text gone.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT comment_id FROM {batch} WHERE is_deleted = (comment_text IS NOT NULL)"
            " OR is_deleted <> (deleted_at IS NOT NULL)",
            severity="critical",
        ),
    ],
}
