"""Beliefs that several tables share, each a query for the rows that speak against it."""

from typing import TYPE_CHECKING

import great_expectations.expectations as gxe

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

TOLERANCE = 1e-6  # of a sum of shares: far above what doubles round, far below one title's share
FACTOR_OF_ROWS = 1.5
FACTOR_OF_POPULARITY = 20
FRESH_DAYS = 2


def _no_rows(query: str, severity: str) -> "Expectation":
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity=severity)


def sums_to_one(share: str, *by: str) -> "Expectation":
    """The shares of each group add up to 1, or are all NULL; else rows were lost or counted twice (critical)."""
    keys = ", ".join(by)
    return _no_rows(
        f"SELECT {keys} FROM {{batch}} GROUP BY {keys} HAVING abs(sum({share}) - 1) > {TOLERANCE}", "critical"
    )


def has_unknown_member(column: str, literal: object, *, members: int = 1) -> "Expectation":
    """What is not known has somewhere to point to (critical)."""
    return _no_rows(
        f"SELECT count(*) AS members FROM {{batch}} WHERE {column} = {literal} HAVING members <> {members}", "critical"
    )


def every_title_has_a_row() -> "Expectation":
    """No title of the published dimension is lost in a join with the bridge (critical)."""
    return _no_rows(
        "SELECT own.title_id FROM gold.dim_title own LEFT ANTI JOIN {batch} other"
        " ON own.media_type = other.media_type AND own.title_id = other.title_id",
        "critical",
    )


def no_day_missing() -> "Expectation":
    """Every day between the first and the last has rows (warning: a list that was not polled is gone)."""
    return _no_rows(
        "SELECT count(DISTINCT day) AS days FROM {batch} HAVING days < datediff(max(day), min(day)) + 1", "warning"
    )


def rows_as_many_as_the_day_before() -> "Expectation":
    """No medium has half as many rows again, or a third fewer, than on its day before (warning).

    In 20 recorded days the titles in lists changed by at most 7 % overnight, those in the lists of the day and week by
    18 %, the genres by 27 %.
    """
    before = "lag(count(*)) OVER (PARTITION BY media_type ORDER BY day)"
    counted = f"SELECT day, count(*) AS found, {before} AS before FROM {{batch}} GROUP BY media_type, day"
    return _no_rows(
        f"SELECT day FROM ({counted}) WHERE found > {FACTOR_OF_ROWS} * before OR before > {FACTOR_OF_ROWS} * found",
        "warning",
    )


def popularity_moves_within_a_factor() -> "Expectation":
    """No title has twenty times, or a twentieth of, the popularity of its day before (warning).

    Of 5,275 nights of a title in 20 recorded days the largest factor was 18.0, the next 7.0, the median 1.05: more is
    another scale of TMDb's rather than a title's fame.
    """
    title = "OVER (PARTITION BY media_type, title_id ORDER BY day)"
    lagged = f"lag(day) {title} AS day_before, lag(popularity) {title} AS before"
    moved = f"popularity > {FACTOR_OF_POPULARITY} * before OR before > {FACTOR_OF_POPULARITY} * popularity"
    return _no_rows(
        f"SELECT title_id FROM (SELECT *, {lagged} FROM {{batch}})"
        f" WHERE date_add(day_before, 1) = day AND least(popularity, before) > 0 AND ({moved})",
        "warning",
    )


def is_fresh() -> "Expectation":
    """The newest day is at most two days ago: one may be missed before the day's first poll (warning)."""
    return _no_rows(
        f"SELECT max(day) AS newest FROM {{batch}} HAVING newest < date_sub(current_date(), {FRESH_DAYS})", "warning"
    )
