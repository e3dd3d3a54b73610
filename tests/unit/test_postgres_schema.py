"""The schema in PostgreSQL has what the contracts say, and who cannot get in is told why, without the password."""

import io
import logging
import traceback

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from batch.postgres import schema
from batch.postgres import server as door
from batch.postgres.export import Run, export
from batch.postgres.star import PLACEHOLDER, TABLES, TARGETS, references
from lakehouse.clock import utc_now
from lakehouse.errors import LakehouseError, PostgresRefused, PostgresUnavailable, SchemaNewer, SettingsInvalid
from lakehouse.logs import redacted
from lakehouse.settings import load
from lakehouse.tables import Table
from tests.postgres import PASSWORD, Server, server

__all__ = ["server"]
TYPES = {
    "string": "text", "bigint": "bigint", "int": "integer", "double": "double precision", "boolean": "boolean",
    "date": "date", "timestamp": "timestamp with time zone",
}  # fmt: skip
KEYS = """
SELECT contype::text, confrelid::regclass::text, condeferrable,
       ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k(n, i)
             JOIN pg_attribute ON attrelid = conrelid AND attnum = k.n ORDER BY k.i),
       ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k(n, i)
             JOIN pg_attribute ON attrelid = confrelid AND attnum = k.n ORDER BY k.i)
FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'f')
"""
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum
"""
INDEXES = """
SELECT ARRAY(SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY k(n, i)
             JOIN pg_attribute ON attrelid = indrelid AND attnum = k.n ORDER BY k.i)
FROM pg_index WHERE indrelid = %s::regclass
"""


@pytest.fixture(scope="module")
def migrated(server: Server) -> psycopg.Connection:
    """A connection to a database with every migration."""
    name = server.database()
    assert schema.upgrade(server.settings(name)) == schema.upgrade(server.settings(name))
    return server.connect(name)


def run_once(server: Server, dbname: str, **values: object) -> None:
    """An export that fails before it needs a session."""
    export(None, server.settings(dbname, **values), Run("r", utc_now(), groups={}))


def failure(server: Server, dbname: str = "postgres", **values: object) -> LakehouseError:
    with pytest.raises(LakehouseError) as caught:
        run_once(server, dbname, **values)
    error = caught.value
    with_locals = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert PASSWORD not in "".join([*with_locals.format(), repr(vars(error))])
    return error


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_has_the_columns_keys_and_indexes_that_its_contract_says(migrated, table: Table):
    place = f"moviepulse.{table.entity}"
    is_target = table in TARGETS
    expect = [
        (one.name, TYPES[one.type.simpleString()], one.name in table.key or not (one.optional or is_target))
        for one in table.columns
    ]
    own = [(PLACEHOLDER, "boolean", True)] if is_target else []
    assert migrated.execute(COLUMNS, [place]).fetchall() == expect + own, "a new migration is missing"
    found = migrated.execute(KEYS, [place]).fetchall()
    assert [one[3] for one in found if one[0] == "p"] == [list(table.key)]
    foreign = sorted((to, columns, keys) for kind, to, _, columns, keys in found if kind == "f")
    assert foreign == sorted(
        (f"moviepulse.{one.table.split('.')[1]}", list(one.columns), list(one.keys)) for one in references(table)
    )
    assert all(is_deferrable for kind, _, is_deferrable, *_ in found if kind == "f")
    indexes = [one for (one,) in migrated.execute(INDEXES, [place])]
    for reference in references(table):
        led = [one for one in indexes if one[: len(reference.columns)] == list(reference.columns)]
        assert led, f"no index of {table.name} begins with {reference.columns}"


@pytest.mark.parametrize("table", TARGETS, ids=lambda table: table.name)
def test_only_a_placeholder_may_lack_what_the_contract_asks_for(migrated, table: Table):
    must = {one.name for one in table.columns if not one.optional} - {*table.key}
    asked = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
    checks = " ".join(one for (one,) in migrated.execute(asked, [f"moviepulse.{table.entity}"]))
    assert [name for name in must if name not in checks] == []


def test_a_migration_goes_back_and_forth(server: Server):
    settings = server.settings(server.database())
    schema.upgrade(settings)
    config = Config(attributes={"postgres": settings})
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    command.downgrade(config, "base")
    with server.connect(settings.dbname) as reader:
        left = "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'moviepulse'"
        assert reader.execute(left).fetchall() == [(["alembic_version"],)]
        schema.upgrade(settings)
        assert reader.execute("SELECT count(*) FROM moviepulse.rating").fetchall() == [(0,)]


def test_a_schema_of_a_later_version_is_left_alone(server: Server):
    name = server.database()
    run_once(server, name)
    with server.connect(name) as admin:
        admin.execute("UPDATE moviepulse.alembic_version SET version_num = '9999'")
    error = failure(server, name)
    assert isinstance(error, SchemaNewer)
    assert "9999" in str(error)
    assert error.exit_code == 1


def test_who_has_no_privileges_is_told_which(server: Server):
    name = server.database()
    with server.connect(name) as admin:
        admin.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    error = failure(server, name, user="guest")
    assert isinstance(error, PostgresRefused)
    assert f"next: GRANT CREATE ON DATABASE {name} TO guest" in str(error)


def test_a_wrong_password_or_database_will_not_pass_by_itself(server: Server):
    for wrong in ({"password": "wr0ng-c4n4ry"}, {"dbname": "nowhere"}, {"user": "nobody-here"}):
        given = {"dbname": "postgres"} | wrong
        error = failure(server, **given)
        assert isinstance(error, PostgresRefused), wrong
        assert "wr0ng-c4n4ry" not in str(error)
        assert "MOVIEPULSE_POSTGRES__USER" in str(error)


def test_a_server_that_is_not_there_may_come(server: Server):
    error = failure(server, host="127.0.0.1", port=1)
    assert isinstance(error, PostgresUnavailable)
    assert error.exit_code == 75
    assert str(error).endswith("next: start it, then moviepulse export postgres")


def test_a_database_that_cannot_hold_every_character_is_refused(server: Server):
    with server.connect("postgres") as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    assert "UTF8" in str(failure(server, "latin"))


def test_no_host_means_no_database():
    with pytest.raises(SettingsInvalid, match="MOVIEPULSE_POSTGRES__HOST"):
        door.connect(load(postgres={"host": ""}).postgres)


def test_the_password_is_in_no_log(server: Server):
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        run_once(server, server.database())
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert PASSWORD not in text.getvalue()
    assert redacted(f"password={PASSWORD}") == "password=***"
