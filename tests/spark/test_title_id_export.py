"""bronze -> silver.title_id_export: what is accepted, what is refused and with which reason."""

from lakehouse.contracts.title_id_export import TITLE_ID_EXPORT
from tests.spark.messages import Messages

EXPORT = Messages(
    TITLE_ID_EXPORT,
    {
        "event_type": "title_id_export",
        "event_id": "e1",
        "source_date": "2026-01-21",
        "extraction_ts": "2026-01-21T08:00:00.000Z",
        "media_type": "movie",
        "movie_id": 603,
        "popularity": 93.5,
        "adult": False,
        "raw": {"adult": False, "id": 603, "original_title": "The Matrix", "popularity": 93.5, "video": False},
    },
)


def test_a_line_of_each_medium_gives_its_original_title(spark):
    series = EXPORT.event(media_type="tv", raw={"id": 1396, "original_name": "Breaking Bad", "popularity": 7})
    found = EXPORT.verdicts(spark, EXPORT.event(), series, columns=("reason", "original_title", "is_video"))
    assert found == [
        {"reason": None, "original_title": "The Matrix", "is_video": False},
        {"reason": None, "original_title": "Breaking Bad", "is_video": None},
    ]


def test_what_cannot_become_silver_is_refused_with_its_own_reason(spark):
    common = {name: case for name, case in EXPORT.refused().items() if case[2] in (None, *TITLE_ID_EXPORT.names)}
    own = {
        "a flag that is no flag": (EXPORT.event(raw={"video": "perhaps"}), "not_a_boolean", "is_video"),
        "a line that is no object": (EXPORT.event(raw="603"), "wrong_shape", None),
    }
    cases = common | own
    assert EXPORT.reasons(spark, cases) == cases


def test_real_quirks_are_not_refused(spark):
    cases = {name: case for name, case in EXPORT.accepted().items() if case[1] in TITLE_ID_EXPORT.names}
    assert EXPORT.values(spark, cases) == cases
