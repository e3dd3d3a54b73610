"""silver.title_event -> silver.title_current, silver.title_history; silver.title_current -> its child tables."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.title import DETAILS, TITLE_CREDIT, TITLE_CURRENT

_TITLE = ("media_type", "title_id", "title_bucket")


def title_current(title_event: DataFrame) -> DataFrame:
    """One row per title that TMDb has: the details of its newest fetch."""
    newest = title_event.groupBy("media_type", "title_id").agg(
        F.max_by(F.struct("*"), F.struct("event_at", "event_id")).alias("newest")
    )
    details = newest.select("newest.*").where("NOT is_deleted").withColumnRenamed("event_at", "fetched_at")
    return details.select(*TITLE_CURRENT.names)


def title_history(title_event: DataFrame) -> DataFrame:
    """One row per title and period in which its details held, from the first fetch that saw them."""
    of_title = Window.partitionBy("media_type", "title_id").orderBy("event_at", "event_id")
    state = F.struct("is_deleted", *[column.name for column in DETAILS])
    changes = title_event.withColumn("_before", F.lag(state).over(of_title)).where(~state.eqNullSafe(F.col("_before")))
    return (
        changes.withColumn("valid_to_at", F.lead("event_at").over(of_title))
        .where("NOT is_deleted")
        .select(
            *_TITLE,
            F.col("event_at").alias("valid_from_at"),
            "valid_to_at",
            F.col("valid_to_at").isNull().alias("is_current"),
            *[column.name for column in DETAILS],
        )
    )


def title_genre_current(title_current: DataFrame) -> DataFrame:
    """One row per title and genre."""
    return _items(title_current, "genres", genre_id="id", genre_name="name")


def title_company_current(title_current: DataFrame) -> DataFrame:
    """One row per title and production company."""
    return _items(title_current, "companies", company_id="id", company_name="name", country_code="origin_country")


def title_country_current(title_current: DataFrame) -> DataFrame:
    """One row per title and production country."""
    return _items(title_current, "countries", country_code="iso_3166_1", country_name="name")


def title_language_current(title_current: DataFrame) -> DataFrame:
    """One row per title and spoken language; its English name where TMDb gives one."""
    return _items(title_current, "languages", language_code="iso_639_1", language_name="english_name|name")


def title_keyword_current(title_current: DataFrame) -> DataFrame:
    """One row per title and keyword."""
    return _items(title_current, "keywords", keyword_id="id", keyword_name="name")


def title_credit_current(title_current: DataFrame) -> DataFrame:
    """One row per part that a person has in a title: each role and job of the cast, the crew and a series' creators."""
    cast = _parts(title_current, "cast", "roles", "character", (F.col("person.order") + 1).alias("cast_rank"))
    crew = _parts(title_current, "crew", "jobs", "job", F.col("person.department"))
    who = "person.credit_id", "person.id AS person_id", "person.name AS person_name"
    creator = title_current.select(*_TITLE, F.explode("creators").alias("person"))
    creators = creator.selectExpr(*_TITLE, *who, "'creator' AS credit_type", "'Creator' AS job")
    every = cast.unionByName(crew, allowMissingColumns=True).unionByName(creators, allowMissingColumns=True)
    texts = {name: _known(F.col(name)) for name in ("credit_id", "person_name", "department", "job", "character")}
    # Bodies of 2013 have no ids of credits.
    made = F.concat_ws(":", "credit_type", "person_id", F.coalesce("job", "character"))
    credit = every.withColumns(texts).withColumn("credit_id", F.coalesce("credit_id", made))
    first = F.struct("credit_type", F.coalesce("cast_rank", F.lit(1 << 30)), "character", "job")
    return _one_each(credit.select(*TITLE_CREDIT.names), ("credit_id",), first)


def title_season_current(title_current: DataFrame) -> DataFrame:
    """One row per season of a series, the specials (season 0) too."""
    own = {"season_name": "name", "air_date": "air_date", "episode_count": "episode_count"}
    typed = {"air_date": F.try_to_date("air_date"), "episode_count": F.col("episode_count").try_cast("int")}
    return _items(title_current, "seasons", season_number="season_number", **own).withColumns(typed)


def _parts(title_current: DataFrame, kind: str, several: str, text: str, own: Column) -> DataFrame:
    """The persons of one list, once for each part that is listed under `several`; once where none is."""
    person = title_current.select(*_TITLE, F.explode(kind).alias("person"))
    return person.withColumn("part", F.explode_outer(f"person.{several}")).select(
        *_TITLE,
        F.coalesce("part.credit_id", "person.credit_id").alias("credit_id"),
        F.col("person.id").alias("person_id"),
        F.col("person.name").alias("person_name"),
        F.lit(kind).alias("credit_type"),
        F.coalesce(f"part.{text}", f"person.{text}").alias(text),
        "part.episode_count",
        own,
    )


def _items(title_current: DataFrame, kind: str, **fields: str) -> DataFrame:
    """One row per title and item of a list; the first field tells them apart, of two alike the first counts."""
    item = title_current.select(*_TITLE, F.posexplode(kind).alias("place", "item"))
    named = {name: [F.col(f"item.{key}") for key in keys.split("|")] for name, keys in fields.items()}
    same, *_ = fields
    texts = [F.coalesce(*map(_known, found)).alias(name) for name, found in named.items() if name != same]
    rows = item.select(*_TITLE, named[same][0].alias(same), *texts, "place")
    return _one_each(rows, (same,), F.col("place")).drop("place")


def _one_each(rows: DataFrame, same: tuple[str, ...], order: Column) -> DataFrame:
    """Of the rows of a title that are alike in `same`, the first in that order."""
    chosen = rows.groupBy("media_type", "title_id", *same).agg(F.min_by(F.struct(*rows.columns), order).alias("row"))
    return chosen.select("row.*")


def _known(text: Column) -> Column:
    """The text; NULL where it is blank."""
    return F.nullif(F.trim(text), F.lit(""))
