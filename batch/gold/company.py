"""gold.title_popularity_daily, gold.bridge_title_company -> gold.company_share_daily."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.company import TOP
from lakehouse.contracts.star import UNKNOWN_ID
from lakehouse.statistics import sorted_sum


def company_share_daily(title_popularity_daily: DataFrame, bridge_title_company: DataFrame) -> DataFrame:
    """One row per UTC day, medium and production company: its share of the day's top titles.

    A title of n companies counts 1/n for each; one that the bridge does not hold counts for the unknown company.
    """
    top = title_popularity_daily.where(F.col("best_day_rank") <= TOP)
    titles = top.groupBy("day", "media_type").agg(F.count("*").alias("top_title_count"))
    part = top.join(bridge_title_company, ["media_type", "title_id"], "left").fillna(
        {"company_id": UNKNOWN_ID, "weight_ratio": 1.0}
    )
    company = part.groupBy("day", "media_type", "company_id").agg(
        F.count("*").alias("title_count"), sorted_sum("weight_ratio").alias("titles"),
        F.min("best_day_rank").alias("best_day_rank"),
    )  # fmt: skip
    return company.join(titles, ["day", "media_type"]).select(
        "day", "media_type", "company_id", "title_count", "top_title_count",
        (F.col("titles") / F.col("top_title_count")).alias("title_share_ratio"), "best_day_rank",
    )  # fmt: skip
