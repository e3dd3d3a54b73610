"""What should hold for the shares of genres beyond their contract."""

from expectations import beliefs
from lakehouse.contracts.genre import GENRE_SHARE_DAILY

RULES = {
    GENRE_SHARE_DAILY.name: [
        beliefs.sums_to_one("title_share_ratio", "day", "media_type"),
        beliefs.sums_to_one("popularity_share_ratio", "day", "media_type"),
        beliefs.no_day_missing(),
        beliefs.rows_as_many_as_the_day_before(),
        beliefs.is_fresh(),
    ],
}
