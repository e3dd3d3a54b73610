"""What should hold for the tables of question 3 beyond their contracts."""

import great_expectations.expectations as gxe

from lakehouse.contracts.runtime import FILM_RUNTIME_YEARLY, SEASON_EPISODE_YEARLY


def _some_of_all(count: str) -> gxe.UnexpectedRowsExpectation:
    """No genre and no group has more in a year than all of them together."""
    return gxe.UnexpectedRowsExpectation(
        unexpected_rows_query=f"SELECT year FROM {{batch}} GROUP BY year HAVING max({count})"
        f" > coalesce(max({count}) FILTER (WHERE genre_id = -1), 0)",
        severity="critical",
    )


RULES = {
    FILM_RUNTIME_YEARLY.name: [
        _some_of_all("title_count"),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT year FROM {batch} WHERE known_runtime_count > title_count"
            " OR (known_runtime_count = 0) <> (mean_runtime_minutes IS NULL)",
            severity="critical",
        ),
        # Among all films of a year a typical one has between half an hour and four; another unit was sent otherwise.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT year FROM {batch} WHERE genre_id = -1 AND known_runtime_count >= 20"
            " AND median_runtime_minutes NOT BETWEEN 30 AND 240",
            severity="warning",
        ),
    ],
    SEASON_EPISODE_YEARLY.name: [
        _some_of_all("season_count"),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT year FROM {batch} WHERE known_episode_count > season_count"
            " OR (known_episode_count = 0) <> (mean_episodes IS NULL) OR mean_episodes < 1",
            severity="critical",
        ),
        # A year in which half of the seasons have more than a hundred episodes holds soaps and shows only.
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="SELECT year FROM {batch} WHERE genre_id = -1 AND known_episode_count >= 20"
            " AND median_episodes > 100",
            severity="warning",
        ),
    ],
}
