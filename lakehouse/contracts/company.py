"""gold.title_popularity_daily, gold.bridge_title_company -> gold.company_share_daily: who made the day's top titles."""

from pyspark.sql import types as T

from lakehouse import columns
from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import COMPANY_ID, TO_COMPANY, TO_DATE
from lakehouse.tables import Column, Refresh, Table

TOP = 20
"""Places of the day list that count as its top."""

COMPANY_SHARE_DAILY = Table(
    name="gold.company_share_daily",
    grain="UTC day, medium and production company of the day's top titles; the unknown company where none is known",
    key=("day", "media_type", "company_id"),
    reads=("gold.title_popularity_daily", "gold.bridge_title_company"),
    refresh=Refresh("day", lookups=("gold.bridge_title_company",)),
    references=(TO_COMPANY, TO_DATE),
    columns=(
        columns.DAY,
        MEDIA_TYPE,
        COMPANY_ID,
        Column("title_count", T.LongType(), f"Titles of the company among the first {TOP} of the day list.", low=1),
        Column("top_title_count", T.LongType(), "All titles among them.", low=1),
        Column(
            "title_share_ratio",
            T.DoubleType(),
            "Share of the top titles; a title of n companies counts 1/n for each.",
            low=0,
            high=1,
        ),
        Column("best_day_rank", T.IntegerType(), "Best place of its titles; 1 is first.", low=1),
    ),
)

TABLES = (COMPANY_SHARE_DAILY,)
