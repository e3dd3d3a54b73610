"""silver credits and the catalogue's cast and crew -> gold.dim_person, gold.bridge_title_person."""

from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.star import LEADING, UNKNOWN_ID

_TITLE = ("media_type", "title_id")


def dim_person(title_credit_current: DataFrame, catalogue_credit: DataFrame) -> DataFrame:
    """One row per person with a credit, and the unknown member; a name that nobody knows is made of the id."""
    part = _parts(title_credit_current, catalogue_credit)
    # An aggregate of whatever rows is one row: a pure function has no session to make one.
    unknown = part.agg(F.count("*").alias("rows")).select(F.lit(UNKNOWN_ID).alias("person_id"))
    name = F.nullif(F.trim("person_name"), F.lit(""))
    best = F.min_by(name, F.when(name.isNotNull(), F.struct("place", *_TITLE, "person_name")))
    person = part.unionByName(unknown, allowMissingColumns=True).groupBy("person_id").agg(best.alias("person_name"))
    is_unknown = F.when(F.col("person_id") == UNKNOWN_ID, F.lit("unknown"))
    made = F.concat_ws(" ", F.lit("person"), "person_id")
    return person.withColumn("person_name", F.coalesce("person_name", is_unknown, made))


def bridge_title_person(
    dim_title: DataFrame, title_credit_current: DataFrame, catalogue_credit: DataFrame
) -> DataFrame:
    """One row per title, person and role; one row of the unknown person and no role where no role is known.

    All of a title's persons come from its details where these name any role, else from the catalogue. The cast is in
    the order of its best places; of two persons in one place the one with the lower id is first.
    """
    title = Window.partitionBy(*_TITLE)
    role = Window.partitionBy(*_TITLE, "role")
    part = _parts(title_credit_current, catalogue_credit).where("role IS NOT NULL")
    best = part.withColumn("best", F.min("place").over(title)).where("place = best")
    person = best.groupBy(*_TITLE, "person_id", "role").agg(F.min("cast_rank").alias("cast_rank"))
    place = F.row_number().over(role.orderBy(F.asc_nulls_last("cast_rank"), "person_id"))
    named = person.withColumn("place", place).where((F.col("role") != "lead") | (F.col("place") <= LEADING))
    every = dim_title.select(*_TITLE).join(named.select(*_TITLE, "person_id", "role"), [*_TITLE], "left")
    known = every.fillna({"person_id": UNKNOWN_ID, "role": "none"})
    return known.withColumn("weight_ratio", 1 / F.count("*").over(role))


def _parts(title_credit_current: DataFrame, catalogue_credit: DataFrame) -> DataFrame:
    """One row per credit of each source (`place`; 0, the details, is the best), its role NULL where it is another."""
    who = [F.col("person.id").alias("person_id"), F.col("person.name").alias("person_name")]
    cast = catalogue_credit.select(*_TITLE, F.explode("cast").alias("person")).select(
        *_TITLE, *who, F.lit("cast").alias("credit_type"), (F.col("person.order") + 1).alias("cast_rank")
    )
    crew = catalogue_credit.select(*_TITLE, F.explode("crew").alias("person")).select(
        *_TITLE, *who, F.lit("crew").alias("credit_type"), F.col("person.job").alias("job")
    )
    own = (*_TITLE, "person_id", "person_name", "credit_type", "job", "cast_rank")
    catalogue = cast.unionByName(crew, allowMissingColumns=True).select(*own)
    sources = [
        rows.select("*", F.lit(n).alias("place"))
        for n, rows in enumerate((title_credit_current.select(*own), catalogue))
    ]
    every = reduce(DataFrame.unionByName, sources).where("person_id > 0")
    return every.select(*_TITLE, "place", "person_id", "person_name", "cast_rank", _role().alias("role"))


def _role() -> Column:
    """director, creator or lead; the leads are those of the cast that stand first in it."""
    kind = F.col("credit_type")
    is_director = (kind == "crew") & (F.col("job") == "Director")
    return F.when(is_director, "director").when(kind == "creator", "creator").when(kind == "cast", "lead")
