"""A quality report of every kind of finding, with values that a page must not take for markup."""

from datetime import UTC, date, datetime, timedelta

from apps.quality import Late, Newest, Quality, Rejected
from apps.verdicts import Check, Checked, Failure
from streaming.audit import Book

NOW = datetime(2026, 1, 21, 12, tzinfo=UTC)
TITLE = "<script>alert(1)</script>"


def check(run: int, *, stage: str = "staged", warnings: int = 0, critical: int = 0) -> Check:
    """One of the daily runs, of 18 expectations."""
    met = 18 - warnings - critical
    return Check(f"r{run}", stage, NOW - timedelta(days=20 - run), met, warnings, critical)


HELD = Checked(
    "gold.fact_title_popularity_daily", (*map(check, range(14)), check(18, warnings=1), check(19, critical=2))
)
WARNED = Checked("gold.title_momentum_daily", tuple(check(run, warnings=run % 2) for run in range(20)))
PASSED = Checked("gold.title_popularity_daily", tuple(map(check, range(20))))
UNKNOWN = Checked("gold.dim_title", ())
BOOK = Book("silver.trending_event", 3_204, 3_164, 36, 4, 120, 0, {"out_of_bounds": 4}, ())

QUALITY = Quality(
    made_at=NOW,
    tables=(PASSED, HELD, WARNED, UNKNOWN),
    failures=(
        Failure(
            HELD.table, "staged", "critical", "popularity is at least 0", 3, 1_887, None,
            'moviepulse sql "SELECT * FROM staging.fact_title_popularity_daily WHERE popularity < 0"',
        ),
        Failure(
            HELD.table, "staged", "critical", "title_id stands in gold.dim_title", None, None,
            f"could not run: the value '{TITLE}' cannot be cast to BIGINT",
            f"moviepulse build {HELD.table}",
        ),
        Failure(
            WARNED.table, "published", "warning", "no row GROUP BY day HAVING count(best_day_rank) < 15", 1, None, None,
            'moviepulse sql "SELECT day FROM gold.title_momentum_daily GROUP BY day HAVING count(best_day_rank) < 15"',
        ),
    ),
    books=(BOOK, Book("silver.popular_event", 0, 0, 0, 0, 0, 0, {}, ())),
    unknown="",
    rejects=(
        Rejected(
            BOOK.table, "out_of_bounds", "popularity", 4, NOW - timedelta(days=2), NOW - timedelta(days=2),
            'moviepulse sql "SELECT partition, offset, make_valid_utf8(CAST(payload AS STRING)) AS payload'
            " FROM silver.reject WHERE table_name = 'silver.trending_event'"
            " AND reason = 'out_of_bounds' AND column_name = 'popularity'\" --limit 5",
        ),
    ),
    late=(Late(BOOK.table, timedelta(days=1), 3_164, 120, (100, 19, 1, 0)),),
    newest=(
        Newest(BOOK.table, "event_at", NOW - timedelta(hours=3), NOW - timedelta(hours=3)),
        Newest(PASSED.table, "day", date(2026, 1, 20), NOW - timedelta(days=1)),
        Newest("silver.title_current", None, None, NOW - timedelta(minutes=1)),
    ),
    empty=("gold.dim_title", "gold.dim_genre"),
)  # fmt: skip
