"""The schema in PostgreSQL belongs to Alembic: migrations/versions, each a step, none ever changed once it is out."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from batch.postgres import server
from batch.postgres.star import SCHEMA
from lakehouse.errors import SchemaNewer
from lakehouse.settings import Postgres

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(settings: Postgres) -> str:
    """Bring the schema to the newest migration, all of it in one transaction; returns that migration's name.

    Raises SchemaNewer where the database has one that is not known here.
    """
    config = Config(attributes={"postgres": settings})
    config.set_main_option("script_location", str(MIGRATIONS))
    known = ScriptDirectory.from_config(config)
    newest = known.get_current_head() or ""
    have = _have(settings)
    if have == newest:
        return newest
    try:
        if have is not None:
            known.get_revision(have)
    except CommandError:
        raise SchemaNewer(
            f"the schema {SCHEMA} is at migration {have}, which this MoviePulse does not know",
            where=f"{SCHEMA}.alembic_version",
            expected=f"{newest} or older",
            hint="bring MoviePulse up to date, then moviepulse export postgres",
        ) from None
    command.upgrade(config, "head")
    return newest


def _have(settings: Postgres) -> str | None:
    """The migration that the database is at; None before the first."""
    with server.engine(settings).connect() as connection:
        return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()
