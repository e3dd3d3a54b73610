"""Question 2: directors, creators and leading cast whose Crime and War titles rate high on both IMDb and TMDb.

gold.dim_title, gold.bridge_title_genre, gold.bridge_title_person -> gold.person_rating_current.
"""

from pyspark.sql import types as T

from lakehouse.contracts.star import PERSON_ID, ROLES, TO_PERSON
from lakehouse.tables import Column, Table

HIGH = 7.0
"""A rating from here on is high, on either site."""
MINIMUM_TMDB_VOTES, MINIMUM_IMDB_VOTES = 100, 1_000
"""With fewer votes a rating does not count."""

PERSON_RATING_CURRENT = Table(
    name="gold.person_rating_current",
    grain="person, role and group of genres",
    key=("person_id", "role", "genre_group"),
    reads=("gold.dim_title", "gold.bridge_title_genre", "gold.bridge_title_person"),
    references=(TO_PERSON,),
    may_be_empty=True,
    columns=(
        PERSON_ID,
        Column("role", T.StringType(), "director, creator or lead (first five of the cast).", one_of=ROLES[:-1]),
        Column("genre_group", T.StringType(), "Which of the person's titles.", one_of=("crime_or_war", "all")),
        Column("title_count", T.LongType(), "Titles in that role.", low=1),
        Column("tmdb_rated_count", T.LongType(), f"Of them, with at least {MINIMUM_TMDB_VOTES} votes on TMDb.", low=0),
        Column("imdb_rated_count", T.LongType(), f"Of them, with at least {MINIMUM_IMDB_VOTES} votes on IMDb.", low=0),
        Column("tmdb_high_count", T.LongType(), f"Rated {HIGH:g} or more on TMDb, with enough votes.", low=0),
        Column("imdb_high_count", T.LongType(), f"Rated {HIGH:g} or more on IMDb, with enough votes.", low=0),
        Column("both_rated_count", T.LongType(), "With enough votes on both.", low=0),
        Column("both_high_count", T.LongType(), f"Rated {HIGH:g} or more on both, with enough votes on both.", low=0),
        Column(
            "mean_tmdb_rating",
            T.DoubleType(),
            "Mean of the TMDb ratings with enough votes.",
            optional=True,
            low=0,
            high=10,
        ),
        Column(
            "mean_imdb_rating",
            T.DoubleType(),
            "Mean of the IMDb ratings with enough votes.",
            optional=True,
            low=1,
            high=10,
        ),
    ),
)

TABLES = (PERSON_RATING_CURRENT,)
