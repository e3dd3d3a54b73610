"""How Alembic runs the migrations: on the database of the settings, all in one transaction; `--sql` prints them."""

import sqlalchemy
from alembic import context

from batch.postgres import server
from batch.postgres.star import SCHEMA
from lakehouse import settings


def online() -> None:
    """Run the migrations on the database."""
    chosen = context.config.attributes.get("postgres") or settings.load().postgres
    with server.engine(chosen).begin() as connection:
        if not connection.scalar(sqlalchemy.text("SELECT to_regnamespace(:name) IS NOT NULL"), {"name": SCHEMA}):
            connection.execute(sqlalchemy.schema.CreateSchema(SCHEMA))
        context.configure(connection=connection, version_table_schema=SCHEMA)
        with context.begin_transaction():
            context.run_migrations()


def offline() -> None:
    """Print the migrations as SQL."""
    context.configure(dialect_name="postgresql", version_table_schema=SCHEMA, literal_binds=True)
    with context.begin_transaction():
        context.execute(sqlalchemy.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
