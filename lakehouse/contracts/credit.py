"""Who made titles: silver credits and the catalogue's cast and crew -> gold.dim_person, gold.bridge_title_person."""

from pyspark.sql import types as T

from lakehouse.columns import MEDIA_TYPE
from lakehouse.contracts.star import LEADING, PERSON_ID, ROLES, TITLE_ID, TO_PERSON, TO_TITLE
from lakehouse.tables import Column, Table

_CREDITS = ("silver.title_credit_current", "silver.catalogue_credit")

DIM_PERSON = Table(
    name="gold.dim_person",
    grain="person with a credit, and the unknown member",
    key=("person_id",),
    reads=_CREDITS,
    columns=(
        PERSON_ID,
        Column(
            "person_name",
            T.StringType(),
            "Name, the details' before the catalogue's; unknown for the unknown member, and made of the key where no "
            "source has a name.",
        ),
    ),
)

BRIDGE_TITLE_PERSON = Table(
    name="gold.bridge_title_person",
    grain="title of dim_title, person and role that the person has in it; the unknown person where no role is known",
    key=("media_type", "title_id", "person_id", "role"),
    reads=("gold.dim_title", *_CREDITS),
    references=(TO_TITLE, TO_PERSON),
    columns=(
        MEDIA_TYPE,
        TITLE_ID,
        PERSON_ID,
        Column(
            "role",
            T.StringType(),
            f"director, creator or lead (of the first {LEADING} persons of the cast); none: nobody known.",
            one_of=ROLES,
        ),
        Column("weight_ratio", T.DoubleType(), "One over the persons of the title and role.", low=0, high=1),
    ),
)

TABLES = (DIM_PERSON, BRIDGE_TITLE_PERSON)
