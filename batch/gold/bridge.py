"""silver titles, catalogue and lists -> gold.dim_genre and its siblings, gold.bridge_title_genre and its."""

from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.star import UNKNOWN_COUNTRY, UNKNOWN_ID, UNKNOWN_LANGUAGE
from lakehouse.genres import GENRES

_TITLE = ("media_type", "title_id")
_ITEMS: dict[str, tuple[int | str, str, str, dict[str, tuple[str, ...]]]] = {
    "genre_id": (UNKNOWN_ID, "genres", "id", {"genre_name": ("name",)}),
    "company_id": (UNKNOWN_ID, "companies", "id", {"company_name": ("name",), "country_code": ("origin_country",)}),
    "country_code": (UNKNOWN_COUNTRY, "countries", "iso_3166_1", {"country_name": ("name",)}),
    "language_code": (UNKNOWN_LANGUAGE, "languages", "iso_639_1", {"language_name": ("english_name", "name")}),
}
"""By key: its unknown member, the list of a title, the item's field with the key, those with its texts, best first."""


def dim_genre(
    title_current: DataFrame, catalogue_title: DataFrame,
    trending_event: DataFrame, popular_event: DataFrame, discover_event: DataFrame,
) -> DataFrame:  # fmt: skip
    """One row per genre that TMDb lists or that any title has or had, and the unknown member."""
    constant = F.create_map(*[F.lit(one) for id_and_name in GENRES.items() for one in id_and_name])
    # An aggregate of whatever rows is one row: a pure function has no session to make one.
    ids = title_current.agg(F.count("*").alias("rows")).select(F.explode(F.map_keys(constant)).alias("genre_id"))
    events = (trending_event, popular_event, discover_event)
    listed = [event.select(F.explode("genre_ids").alias("genre_id")) for event in events]
    seen = reduce(DataFrame.unionByName, [ids, discover_event.select("genre_id"), *listed]).where("genre_id > 0")
    told = _items(title_current, catalogue_title, "genre_id")
    genre = _members(told.unionByName(seen.distinct(), allowMissingColumns=True), "genre_id")
    return genre.withColumn("genre_name", F.coalesce(constant[F.col("genre_id")], "genre_name"))


def dim_company(title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per production company, and the unknown member."""
    company = _members(_items(title_current, catalogue_title, "company_id"), "company_id")
    return company.withColumn("country_code", F.coalesce("country_code", F.lit(UNKNOWN_COUNTRY)))


def dim_country(title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per production country, and the unknown member."""
    return _members(_items(title_current, catalogue_title, "country_code"), "country_code")


def dim_language(title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per spoken language, and the unknown member."""
    return _members(_items(title_current, catalogue_title, "language_code"), "language_code")


def bridge_title_genre(  # noqa: PLR0913 - everything that says a title's genres
    dim_title: DataFrame, title_current: DataFrame, catalogue_title: DataFrame,
    trending_event: DataFrame, popular_event: DataFrame, discover_event: DataFrame,
) -> DataFrame:  # fmt: skip
    """One row per title and genre; a title that no details and no catalogue gives any has those of its newest list."""
    known = F.filter("genre_ids", lambda one: one > 0).alias("known")
    events = (trending_event, popular_event, discover_event)
    every = reduce(DataFrame.unionByName, [event.select(*_TITLE, "event_at", "event_id", known) for event in events])
    last = F.max_by("known", F.struct("event_at", "event_id")).alias("known")
    newest = every.where(F.size("known") > 0).groupBy(*_TITLE).agg(last)
    listed = newest.select(*_TITLE, F.lit(2).alias("place"), F.explode("known").alias("genre_id"))
    told = _items(title_current, catalogue_title, "genre_id")
    return _bridge(dim_title, told.unionByName(listed, allowMissingColumns=True), "genre_id")


def bridge_title_company(dim_title: DataFrame, title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per title and production company."""
    return _bridge(dim_title, _items(title_current, catalogue_title, "company_id"), "company_id")


def bridge_title_country(dim_title: DataFrame, title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per title and production country."""
    return _bridge(dim_title, _items(title_current, catalogue_title, "country_code"), "country_code")


def bridge_title_language(dim_title: DataFrame, title_current: DataFrame, catalogue_title: DataFrame) -> DataFrame:
    """One row per title and spoken language."""
    return _bridge(dim_title, _items(title_current, catalogue_title, "language_code"), "language_code")


def _items(title_current: DataFrame, catalogue_title: DataFrame, key: str) -> DataFrame:
    """One row per title, source (`place`; 0, the details, is the best) and item with a key, and its texts if not blank.

    `newest` orders what several titles say of one member: the last fetch is best, the catalogue is behind all fetches.
    """
    _, kind, field, texts = _ITEMS[key]
    item = F.posexplode(kind).alias("at", "item")
    undated = catalogue_title.withColumn("fetched_at", F.lit(None).cast("timestamp"))
    sources = [rows.select(*_TITLE, F.lit(place).alias("place"), "fetched_at", item)
               for place, rows in enumerate((title_current, undated))]  # fmt: skip
    fields = {field, *(one for several in texts.values() for one in several)}
    told = {one: F.nullif(F.trim(f"item.{one}"), F.lit("")) for one in fields}
    own = F.when(F.col("item.id") > 0, F.col("item.id")) if field == "id" else told[field]
    newest = F.struct("fetched_at", *_TITLE, (-F.col("at")).alias("height")).alias("newest")
    named = [F.coalesce(*[told[one] for one in several]).alias(name) for name, several in texts.items()]
    every = reduce(DataFrame.unionByName, sources).select(*_TITLE, "place", newest, own.alias(key), *named)
    return every.where(F.col(key).isNotNull())


def _members(item: DataFrame, key: str) -> DataFrame:
    """One row per key with its newest texts, and the unknown member; a name that nobody knows is made of the key."""
    unknown, _, _, texts = _ITEMS[key]
    one = item.agg(F.count("*").alias("rows")).select(F.lit(unknown).alias(key))
    every = item.unionByName(one, allowMissingColumns=True)
    newest = [F.max_by(text, F.when(F.col(text).isNotNull(), F.col("newest"))).alias(text) for text in texts]
    name, is_unknown = next(iter(texts)), F.when(F.col(key) == unknown, F.lit("unknown"))
    made = F.concat_ws(" ", F.lit(key.rpartition("_")[0]), key)
    return every.groupBy(key).agg(*newest).withColumn(name, F.coalesce(name, is_unknown, made))


def _bridge(dim_title: DataFrame, item: DataFrame, key: str) -> DataFrame:
    """One row per title and item of the best source that has any for it; the unknown member where none has."""
    title = Window.partitionBy(*_TITLE)
    best = item.withColumn("best", F.min("place").over(title)).where("place = best").select(*_TITLE, key).distinct()
    every = dim_title.select(*_TITLE).join(best, [*_TITLE], "left").fillna({key: _ITEMS[key][0]})
    return every.withColumn("weight_ratio", 1 / F.count("*").over(title))
