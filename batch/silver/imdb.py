"""bronze.imdb_file -> silver.imdb_title, silver.imdb_person, silver.imdb_credit.

The newest file of each kind counts: for a title its line, for a title's credits all of its lines. IMDb's own files name
persons by id, the historical ones by name alone; where both have a title's artists, IMDb's count, so that nobody
stands there twice.
"""

from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lakehouse.contracts.imdb import (
    BASICS,
    CREW,
    EPISODES,
    IMDB_CREDIT,
    IMDB_PERSON,
    IMDB_TITLE,
    MOVIES,
    NAMES,
    PRINCIPALS,
    RATINGS,
    SERIES,
)
from lakehouse.lines import accepted, newest

_LISTS = ("professions", "known_for_imdb_ids")
_CREDIT = ("imdb_id", "person_key", "category", "place")


def imdb_title(imdb_file: DataFrame) -> DataFrame:
    """One row per title that any kind of file names.

    Of each kind the newest line counts; for a column that several kinds have, the newest of these that is not NULL.
    """
    kinds = [newest(accepted(imdb_file, one), "imdb_id") for one in (BASICS, RATINGS, EPISODES, SERIES, MOVIES)]
    line = _together(kinds).withColumns(
        {"runtime_minutes": F.nullif("runtime_minutes", F.lit(0)), "imdb_genres": _words("imdb_genres")}
    )
    order = F.struct("_file", "_place")
    values = {name: F.when(F.col(name).isNotNull(), order) for name in IMDB_TITLE.names if name != "imdb_id"}
    return line.groupBy("imdb_id").agg(*[F.max_by(name, known).alias(name) for name, known in values.items()])


def imdb_person(imdb_file: DataFrame) -> DataFrame:
    """One row per person of name.basics, and per name and years in the historical files."""
    line = _together([accepted(imdb_file, NAMES), _artist(imdb_file)])
    return newest(line, "person_key").select(
        *[_words(name).alias(name) if name in _LISTS else name for name in IMDB_PERSON.names]
    )


def imdb_credit(imdb_file: DataFrame) -> DataFrame:
    """One row per title, person, category and place.

    Directors and writers of title.crew have place 0, and only those are taken whom title.principals does not name.
    """
    principal = _of_newest_file(accepted(imdb_file, PRINCIPALS))
    member = _member(newest(accepted(imdb_file, CREW), "imdb_id")).join(
        principal, ["imdb_id", "person_key", "category"], "left_anti"
    )
    artist = _artist(imdb_file).withColumns({"place": F.lit(0), "job": F.lit(None).cast("string")})
    named = newest(artist, *_CREDIT).withColumn("characters", _words("characters"))
    return _together([one.select(*IMDB_CREDIT.names) for one in (newest(principal, *_CREDIT), member, named)])


def _member(crew: DataFrame) -> DataFrame:
    """One row per director and writer of a line of title.crew."""
    none = {"place": F.lit(0), "job": F.lit(None).cast("string"), "characters": F.lit(None).cast("array<string>")}
    listed = [
        crew.select(
            "imdb_id", F.lit(job).alias("category"), F.explode(F.array_distinct(_words(words))).alias("person_key")
        )
        for job, words in {"director": "directors", "writer": "writers"}.items()
    ]
    return _together(listed).withColumns(none)


def _artist(imdb_file: DataFrame) -> DataFrame:
    """The historical lines with an artist, of titles whose artists IMDb's own files do not name."""
    of_imdb = _together([accepted(imdb_file, one).select("imdb_id") for one in (PRINCIPALS, CREW)])
    lines = _together([_of_newest_file(accepted(imdb_file, one)) for one in (SERIES, MOVIES)])
    years = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in ("birth_year", "death_year")]
    named = F.concat_ws("\x1f", "person_name", *years)
    key = F.concat(F.lit("csv:"), F.substring(F.sha2(named, 256), 1, 32))
    artist = lines.where("person_name IS NOT NULL AND category IS NOT NULL").withColumn("person_key", key)
    return artist.join(of_imdb, "imdb_id", "left_anti")


def _of_newest_file(line: DataFrame) -> DataFrame:
    """The lines of the newest file that names their title."""
    newest_file = F.max("_file").over(Window.partitionBy("imdb_id"))
    return line.withColumn("_newest", newest_file).where("_file = _newest").drop("_newest")


def _words(name: str) -> Column:
    """The texts that stand between commas."""
    return F.split(name, ",")


def _together(frames: Iterable[DataFrame]) -> DataFrame:
    first, *others = frames
    for other in others:
        first = first.unionByName(other, allowMissingColumns=True)
    return first
