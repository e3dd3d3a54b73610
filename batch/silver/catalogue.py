"""bronze.catalogue_file -> silver.catalogue_title, silver.catalogue_credit, silver.title_link."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse.contracts.catalogue import CATALOGUE_CREDIT, CATALOGUE_TITLE, CREDITS, LINKS, MOVIES, TITLE_LINK
from lakehouse.files import Lines
from lakehouse.lines import accepted, newest


def catalogue_title(catalogue_file: DataFrame) -> DataFrame:
    """One row per movie, as the newest file has it; money and minutes of 0 are NULL, for TMDb does not know them."""
    known = {name: F.nullif(name, F.lit(0)) for name in ("runtime_minutes", "budget_usd", "revenue_usd")}
    return _movie(catalogue_file, MOVIES).withColumns(known).select(*CATALOGUE_TITLE.names)


def catalogue_credit(catalogue_file: DataFrame) -> DataFrame:
    """One row per movie with its cast and crew, as the newest file has them."""
    return _movie(catalogue_file, CREDITS).select(*CATALOGUE_CREDIT.names)


def title_link(catalogue_file: DataFrame) -> DataFrame:
    """One row per movie of MovieLens, whose IMDb ids keep their zeros and get their tt."""
    link = newest(accepted(catalogue_file, LINKS), "movielens_id")
    return link.withColumn("imdb_id", F.concat(F.lit("tt"), "imdb_id")).select(*TITLE_LINK.names)


def _movie(catalogue_file: DataFrame, lines: Lines) -> DataFrame:
    """Catalogues are of movies alone, and do not say so."""
    return newest(accepted(catalogue_file, lines), "title_id").withColumn("media_type", F.lit("movie"))
