"""gold -> PostgreSQL, on a real server: equal to gold, only what has changed, whole or not at all."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from batch.postgres import server as door
from batch.postgres.export import Exported, Run, export
from lakehouse import catalog, delta
from lakehouse.contracts.comment import COMMENT, COMMENT_VOTE
from lakehouse.contracts.session import FACT_USER_EVENT
from lakehouse.contracts.star import DIM_TITLE
from lakehouse.contracts.viewing import RATING
from lakehouse.errors import ExportDiffers, ExportRunning, PostgresRefused, PostgresUnavailable
from lakehouse.tables import Table
from tests.builders import collected, row, rows
from tests.postgres import Server, server

__all__ = ["server"]
AT = datetime(2026, 1, 21, 10, 0, 0, 123456, tzinfo=UTC)
ONE = {"viewers": (RATING,)}
TWO = {"star": (DIM_TITLE,), "viewers": (RATING,)}
FILM = {"media_type": "movie", "title_id": 603}
NASTY = "Amélie 🎬 \\N \t\n\r\\. 'x' \"y\" {} %s \x1f"


def put(spark, table: Table, *given: dict[str, Any]) -> None:
    delta.replace(rows(spark, table, *given), table.name, where=None, metadata={})


def film(**values: Any) -> dict[str, Any]:
    return row(DIM_TITLE, **{"title": "The Matrix", "known_from": "details"} | FILM | values)


def rated(**values: Any) -> dict[str, Any]:
    return row(RATING, **{"user_key": "k1:a", "rating": 7.5, "rated_at": AT, "bucket": 1} | FILM | values)


@pytest.fixture(scope="module")
def gold(spark, lakes):
    """One lake for this file; a test changes it and none relies on what another has left."""
    lakes.empty(("comment",))
    catalog.register(spark, (DIM_TITLE, FACT_USER_EVENT, RATING), lakes.folder)
    return spark


@pytest.fixture
def database(server: Server) -> str:
    return server.database()


@pytest.fixture
def run(gold, server: Server, database: str) -> Callable[..., dict[str, Exported]]:
    """Exports the tables of the groups into the test's own database."""

    def exported(groups: dict[str, tuple[Table, ...]], **values: Any) -> dict[str, Exported]:
        done = export(gold, server.settings(database), Run("r", AT, groups=groups, **values))
        return {one.table: one for one in done}

    return exported


@pytest.fixture
def ask(server: Server, database: str) -> Callable[..., list[Any]]:
    def asked(query: str) -> list[Any]:
        with server.connect(database) as reader:
            cursor = reader.execute(query)
            return cursor.fetchall() if cursor.description else []

    return asked


def plain(values: tuple[Any, ...]) -> tuple[str, ...]:
    """A row in words that two rows of equal values have in common; Spark gives times in UTC without saying so."""
    return tuple(repr(one.replace(tzinfo=None) if isinstance(one, datetime) else one) for one in values)


def held(values: Iterable[Any]) -> tuple[Any, ...]:
    """A row of gold as PostgreSQL can hold it: it has no U+0000."""
    return tuple(one.replace("\x00", "␀") if isinstance(one, str) else one for one in values)


def written(done: dict[str, Exported]) -> dict[str, tuple[str, int, int, int]]:
    """How each table was read, and what was inserted, updated and deleted; of those that were not left alone."""
    found = {one.table: (one.read, one.inserted, one.updated, one.deleted) for one in done.values()}
    return {name: one for name, one in found.items() if one[0] != "nothing"}


def test_the_first_load_is_gold_but_for_u_0000_which_is_counted_and_a_second_writes_nothing(
    gold, run, server, database
):
    numbers = (0.1, 1 / 3, -2.5, 1e-12, 123456.789, 2.0**40, 1e300, float("nan"), float("inf"), None)
    titles = [row(DIM_TITLE, title_id=n, popularity=one) for n, one in enumerate(numbers)]
    dates = {"release_date": date(1895, 12, 28), "first_listed_date": date(2199, 12, 31)}
    zeros = film(title_id=604, title="a\x00b\x00", original_title="\x00")
    put(gold, DIM_TITLE, *titles, film(title=NASTY, original_title="", **dates), zeros)
    put(gold, RATING, rated(rated_at=datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC)), rated(user_key="k1:b"))
    put(gold, COMMENT, row(COMMENT, comment_id="comment-1", **FILM))
    put(gold, COMMENT_VOTE, row(COMMENT_VOTE, comment_id="comment-1"))
    put(gold, FACT_USER_EVENT, row(FACT_USER_EVENT, vote=-1, watched_seconds=2**40, **FILM))
    groups = {"star": (DIM_TITLE,), "viewers": (FACT_USER_EVENT, COMMENT, COMMENT_VOTE, RATING)}
    done = run(groups)
    with server.connect(database) as reader:
        for table in (*groups["star"], *groups["viewers"]):
            own = "NOT is_placeholder" if done[table.name].placeholder_count else "true"
            columns = ", ".join(f'"{name}"' for name in table.names)
            found = reader.execute(f"SELECT {columns} FROM moviepulse.{table.entity} WHERE {own}").fetchall()
            expect = [held(one.values()) for one in collected(gold.table(table.name))]
            assert sorted(map(plain, found)) == sorted(map(plain, expect)), table.name
            assert done[table.name].row_count == done[table.name].inserted == len(expect)
        zero = reader.execute("SELECT title, original_title FROM moviepulse.dim_title WHERE title_id = 604")
        assert zero.fetchall() == [("a␀b␀", "␀")]
        state = "SELECT xmin FROM moviepulse.export_state UNION ALL SELECT xmin FROM moviepulse.rating"
        before = reader.execute(state).fetchall()
        again = run(groups)
        assert written(again) == {}
        assert reader.execute(state).fetchall() == before
    for lines in (done, again):
        assert {name: one.replaced_count for name, one in lines.items() if one.replaced_count} == {DIM_TITLE.name: 2}


def test_only_what_gold_has_changed_inserted_and_removed_is_written_and_rows_come_in_slices_each_once(
    gold, run, ask, monkeypatch
):
    monkeypatch.setattr("batch.postgres.source.SLICE_BYTES", 20_000)
    put(gold, DIM_TITLE, film())
    put(gold, RATING, *(rated(user_key=f"k1:{n}") for n in range(300)))
    assert run(TWO)[RATING.name].inserted == 300
    changed = [rated(user_key=f"k1:{n}", rating=9.0) for n in range(1, 100)]
    put(gold, RATING, rated(user_key="k1:0"), *changed, rated(user_key="k1:new", rating=1.0))
    delta.append(rows(gold, DIM_TITLE, film(title_id=604)), DIM_TITLE.name, metadata={})
    done = run(TWO)
    assert written(done) == {DIM_TITLE.name: ("changes", 1, 0, 0), RATING.name: ("changes", 1, 99, 200)}
    assert ask("SELECT rating, count(*), min(user_key) FROM moviepulse.rating GROUP BY 1 ORDER BY 1") == [
        (1.0, 1, "k1:new"), (7.5, 1, "k1:0"), (9.0, 99, "k1:1"),
    ]  # fmt: skip
    delta.restore(gold, RATING.name, done[RATING.name].version - 1, metadata={})
    assert written(run(TWO)) == {RATING.name: ("changes", 200, 99, 1)}
    assert written(run(TWO, full=True)) == dict.fromkeys(done, ("all", 0, 0, 0))


def test_a_table_without_its_change_feed_or_built_anew_is_compared_in_full(gold, run, lakes):
    put(gold, RATING, rated())
    run(ONE)
    gold.sql(f"ALTER TABLE {RATING.name} SET TBLPROPERTIES (delta.enableChangeDataFeed = false)")
    put(gold, RATING, rated(rating=1.0))
    assert written(run(ONE)) == {RATING.name: ("all", 0, 1, 0)}
    lakes.anew(RATING)
    put(gold, RATING, rated(rating=1.0), rated(user_key="k1:b"))
    assert written(run(ONE)) == {RATING.name: ("all", 1, 0, 0)}


def test_a_key_that_gold_does_not_have_gets_a_placeholder_until_gold_has_it_or_nobody_names_it(gold, run, ask):
    groups = TWO | {"viewers": (COMMENT, COMMENT_VOTE, RATING)}
    answer = row(COMMENT, comment_id="comment-2", parent_comment_id="comment-0", **FILM)
    put(gold, DIM_TITLE, film())
    put(gold, COMMENT, answer)
    put(gold, COMMENT_VOTE, row(COMMENT_VOTE, comment_id="comment-2"), row(COMMENT_VOTE, comment_id="comment-9"))
    put(gold, RATING, rated(), rated(title_id=999))
    done = run(groups)
    comments = "SELECT comment_id, parent_comment_id, is_placeholder FROM moviepulse.comment ORDER BY 1"
    titles = "SELECT title_id, title, is_placeholder FROM moviepulse.dim_title ORDER BY 1"
    assert ask(comments) == [("comment-0", None, True), ("comment-2", "comment-0", False), ("comment-9", None, True)]
    assert ask(titles) == [(603, "The Matrix", False), (999, None, True)]
    assert (done[COMMENT.name].row_count, done[COMMENT.name].placeholder_count) == (1, 2)
    assert done[DIM_TITLE.name].placeholder_count == 1
    # Title 603 leaves gold while it is rated; 999 comes; the answer's parent arrives, and the second vote goes.
    put(gold, DIM_TITLE, film(title="Late", title_id=999))
    put(gold, COMMENT, answer, row(COMMENT, comment_id="comment-0", **FILM))
    put(gold, COMMENT_VOTE, row(COMMENT_VOTE, comment_id="comment-2"))
    done = run(groups)
    assert ask(titles) == [(603, None, True), (999, "Late", False)]
    assert ask(comments) == [("comment-0", None, False), ("comment-2", "comment-0", False)]
    assert (done[DIM_TITLE.name].placeholder_count, done[COMMENT.name].placeholder_count) == (1, 0)


def test_another_connection_never_sees_half_of_a_group_and_a_run_that_is_ended_leaves_the_old_rows(gold, run, ask):
    put(gold, DIM_TITLE, film())
    put(gold, RATING, rated())
    run(TWO)
    old = [(7.5, "The Matrix")]
    seen = "SELECT rating, title FROM moviepulse.rating JOIN moviepulse.dim_title USING (media_type, title_id)"
    put(gold, DIM_TITLE, film(title="Matrix"))
    put(gold, RATING, rated(rating=1.0))
    looks = []

    def killed(step: str) -> None:
        looks.append(ask(seen)[0])
        if step == f"{RATING.name} is merged":
            ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    def interrupted(step: str) -> None:
        if step == f"{RATING.name} is merged":
            raise KeyboardInterrupt

    with pytest.raises(PostgresUnavailable, match="moviepulse export postgres"):
        run({"one group": (DIM_TITLE, RATING)}, on_step=killed)
    assert ask(seen) == old
    with pytest.raises(KeyboardInterrupt):
        run(TWO, on_step=interrupted)
    assert ask(seen) == [(7.5, "Matrix")]
    assert written(run(TWO, on_step=lambda step: looks.append(ask(seen)[0]))) == {RATING.name: ("changes", 0, 1, 0)}
    assert set(looks) == {(7.5, "The Matrix"), (7.5, "Matrix"), (1.0, "Matrix")} - {(1.0, "Matrix")}
    assert ask(seen) == [(1.0, "Matrix")]


def test_an_export_beside_another_or_over_what_somebody_changed_by_hand_or_of_a_key_twice_is_refused(
    gold, run, ask, server, database
):
    put(gold, RATING, rated(rating=0.1), rated(user_key="k1:b"))
    settings = server.settings(database)
    with door.connect(settings) as other:
        door.lock(other, settings)
        with pytest.raises(ExportRunning, match="wait for it"):
            run(ONE)
    assert written(run(ONE)) == {RATING.name: ("all", 2, 0, 0)}

    ask("UPDATE moviepulse.rating SET rating = 0.1::float8 + 1e-16 WHERE user_key = 'k1:a'")
    with pytest.raises(
        ExportDiffers, match=r"^gold.rating in PostgreSQL(.|\n)*moviepulse export postgres --full$"
    ) as one:
        run(ONE)
    assert one.value.exit_code == 1
    assert written(run(ONE, full=True)) == {RATING.name: ("all", 0, 1, 0)}
    ask("DELETE FROM moviepulse.rating WHERE user_key = 'k1:b'")
    with pytest.raises(ExportDiffers, match=r"^gold\.rating in"):
        run(ONE)

    put(gold, RATING, rated(rating=1.0), rated(rating=2.0))
    with pytest.raises(PostgresRefused, match="a key twice"):
        run(ONE)
    assert ask("SELECT rating FROM moviepulse.rating") == [(0.1,)]
