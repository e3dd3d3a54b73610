"""bronze -> silver.title_event: what is accepted, what is refused and with which reason."""

from typing import Any

from lakehouse.contracts.title import TITLE_EVENT
from tests.spark.messages import Messages

RAW = {"id": 603, "budget": 63_000_000, "revenue": 463_517_383, "imdb_id": "tt0133093", "status": "Released"}
TITLE = Messages(
    TITLE_EVENT,
    {
        "event_type": "title",
        "event_id": "e1",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T10:00:00.000Z",
        "media_type": "movie",
        "movie_id": 603,
        "title": "The Matrix",
        "popularity": 93.5,
        "vote_average": 8.2,
        "vote_count": 27_000,
        "adult": False,
        "release_date": "1999-03-31",
        "original_language": "en",
        "is_deleted": False,
        "runtime": 136,
        "raw": RAW,
    },
)


def of(**raw: Any) -> bytes:
    """An event whose body has these values."""
    return TITLE.event(raw=RAW | raw)


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    own = {
        "no word about deletion": (TITLE.event(is_deleted=None), "missing", "is_deleted"),
        "a body that is no object": (TITLE.event(raw="text"), "wrong_shape", None),
        "a negative budget": (of(budget=-1), "out_of_bounds", "budget_usd"),
        "a runtime of letters": (TITLE.event(runtime="long"), "not_an_integer", "runtime_minutes"),
        "genres that are no list": (of(genres="Crime"), "not_a_list", "genres"),
        "one genre where a list belongs": (of(genres={"id": 80, "name": "Crime"}), "not_a_list", "genres"),
        "a genre without its id": (of(genres=[{"name": "Crime"}]), "incomplete_item", "genres"),
        "a genre whose id is a word": (of(genres=[{"id": "eighty"}]), "incomplete_item", "genres"),
        "a country without its code": (of(production_countries=[{"name": "?"}]), "incomplete_item", "countries"),
        "a cast of nobody": (of(credits={"cast": [{"name": "Neo"}]}), "incomplete_item", "cast"),
    }
    cases = TITLE.refused() | own
    assert TITLE.reasons(spark, cases) == cases


def test_real_quirks_are_not_refused(spark):
    person = {"id": 6384, "name": "Keanu Reeves", "character": "Neo", "credit_id": "c1", "order": 0}
    cast = [{"id": 6384, "name": "Keanu Reeves", "character": "Neo", "credit_id": "c1", "order": 0, "roles": None}]
    own = {
        "a budget of 0 is unknown": (of(budget=0), "budget_usd", None),
        "revenue beyond 2^31": (of(revenue=2_787_965_087), "revenue_usd", 2_787_965_087),
        "a runtime of 0 is unknown": (TITLE.event(runtime=0), "runtime_minutes", None),
        "an empty IMDb id": (of(imdb_id=""), "imdb_id", None),
        "a series' IMDb id": (of(imdb_id=None, external_ids={"imdb_id": "tt0903747"}), "imdb_id", "tt0903747"),
        "a null collection": (of(belongs_to_collection=None), "collection_id", None),
        "a collection": (of(belongs_to_collection={"id": 2344, "poster_path": None}), "collection_id", 2344),
        "no genres": (of(genres=[]), "genres", []),
        "a null list": (of(production_companies=None), "companies", None),
        "credits": (of(credits={"cast": [person]}), "cast", cast),
        "credits under their old name": (of(casts={"cast": [person]}), "cast", cast),
        "a film's keywords": (
            of(keywords={"keywords": [{"id": 1, "name": "k"}]}),
            "keywords",
            [{"id": 1, "name": "k"}],
        ),
        "a series' keywords": (
            of(keywords={"results": [{"id": 1, "name": "k"}]}),
            "keywords",
            [{"id": 1, "name": "k"}],
        ),
        "the bucket of a title": (TITLE.event(movie_id=256 * 3 + 7), "title_bucket", 7),
        "a title that is gone": (TITLE.event(is_deleted=True, raw=None, title=None), "is_deleted", True),
    }
    cases = TITLE.accepted() | own
    assert TITLE.values(spark, cases) == cases


def test_what_is_read_by_its_type_is_what_its_text_says(spark, monkeypatch):
    by_type, by_text = TITLE.both_ways(spark, monkeypatch)
    assert [repr(one) for one in by_type] == [repr(one) for one in by_text]  # NaN is not equal to itself
    assert {one["reason"] for one in by_type} > {None, "not_finite", "out_of_bounds"}
