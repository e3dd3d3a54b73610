"""The relational star, the viewers' tables, and what an export remembers: 0001_relational_star.sql, as it was then."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, keys and indexes."""
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Remove the tables; the next export fills them again."""
    op.execute(
        "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'moviepulse' "
        "AND tablename <> 'alembic_version' LOOP EXECUTE format('DROP TABLE moviepulse.%I CASCADE', name); "
        "END LOOP; END $$"
    )
