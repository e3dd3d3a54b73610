"""What titles have: genres, companies, countries and languages, each with a dimension and a bridge to titles.

silver titles, catalogue and lists -> gold.dim_genre and its siblings, gold.bridge_title_genre and its siblings.
A title's items come from the best source that has any: the details, else the catalogue, else (genres) its newest list.
"""

from pyspark.sql import types as T

from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import (
    COMPANY_ID,
    COUNTRY_CODE,
    GENRE_ID,
    LANGUAGE_CODE,
    LISTS,
    TITLE_ID,
    TO_COMPANY,
    TO_COUNTRY,
    TO_GENRE,
    TO_LANGUAGE,
    TO_TITLE,
)
from lakehouse.tables import Column, Reference, Table

_TITLES = ("silver.title_current", "silver.catalogue_title")
_NAMED = "; unknown for the unknown member, and where no source has a name, made of the key."


def _dim(key: Column, grain: str, reads: tuple[str, ...], *own: Column) -> Table:
    return Table(
        name=f"gold.dim_{key.name.rpartition('_')[0]}",
        grain=f"{grain}, and the unknown member",
        key=(key.name,),
        reads=reads,
        columns=(key, *own),
    )


def _name(name: str, doc: str) -> Column:
    return Column(name, T.StringType(), doc + _NAMED)


def _bridge(key: Column, to: Reference, reads: tuple[str, ...]) -> Table:
    thing = key.name.rpartition("_")[0]
    return Table(
        name=f"gold.bridge_title_{thing}",
        grain=f"title of dim_title and {thing} of it; the unknown {thing} where none is known",
        key=("media_type", "title_id", key.name),
        reads=("gold.dim_title", *reads),
        references=(TO_TITLE, to),
        columns=(
            MEDIA_TYPE,
            TITLE_ID,
            key,
            Column("weight_ratio", T.DoubleType(), "One over the rows of the title.", low=0, high=1),
        ),
    )


DIM_GENRE = _dim(
    GENRE_ID, "genre of TMDb", (*_TITLES, *LISTS),
    _name("genre_name", "TMDb's English name, or the details' where TMDb's list has no such id"),
)  # fmt: skip
DIM_COMPANY = _dim(
    COMPANY_ID, "production company", _TITLES,
    _name("company_name", "Name of the company, as it was fetched last"),
    Column("country_code", T.StringType(), "ISO 3166-1 code of the country it is in; ZZ where unknown."),
)  # fmt: skip
DIM_COUNTRY = _dim(COUNTRY_CODE, "production country", _TITLES, _name("country_name", "Name of the country"))
DIM_LANGUAGE = _dim(
    LANGUAGE_CODE, "spoken language", _TITLES, _name("language_name", "Name in English, or as it calls itself")
)

BRIDGE_TITLE_GENRE = _bridge(GENRE_ID, TO_GENRE, (*_TITLES, *LISTS))
BRIDGE_TITLE_COMPANY = _bridge(COMPANY_ID, TO_COMPANY, _TITLES)
BRIDGE_TITLE_COUNTRY = _bridge(COUNTRY_CODE, TO_COUNTRY, _TITLES)
BRIDGE_TITLE_LANGUAGE = _bridge(LANGUAGE_CODE, TO_LANGUAGE, _TITLES)

TABLES = (
    DIM_GENRE, DIM_COMPANY, DIM_COUNTRY, DIM_LANGUAGE,
    BRIDGE_TITLE_GENRE, BRIDGE_TITLE_COMPANY, BRIDGE_TITLE_COUNTRY, BRIDGE_TITLE_LANGUAGE,
)  # fmt: skip
