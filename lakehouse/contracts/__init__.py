"""Every table and topic of the lake. A new stem is a file here and its name in `ALL`."""

from lakehouse.contracts import (
    bridge,
    budget,
    catalogue,
    comment,
    company,
    credit,
    discover,
    erasure,
    genre,
    imdb,
    person,
    popular,
    quality,
    rating,
    recommendation,
    reject,
    runtime,
    session,
    star,
    success,
    title,
    title_id_export,
    trending,
    user_event,
    viewing,
)
from lakehouse.tables import Table, Topic, bronze_table

SOURCES = (trending, popular, discover, title, title_id_export, user_event, imdb, catalogue)
RECEIVED = (user_event,)
"""Those whose events are sent to the collector; nobody polls them."""
ANSWERS = (
    star,
    bridge,
    credit,
    genre,
    company,
    rating,
    budget,
    person,
    runtime,
    success,
    session,
    comment,
    viewing,
    recommendation,
)
FILED = (imdb, catalogue)
"""Those that read files; each says in `LINES` which."""
ALL = (*SOURCES, *ANSWERS, reject, quality, erasure)

DECLARED: tuple[Table, ...] = tuple(table for stem in ALL for table in stem.TABLES)
TOPICS: tuple[Topic, ...] = tuple(dict.fromkeys(table.stream.topic for table in DECLARED if table.stream))
TABLES: tuple[Table, ...] = (*(bronze_table(topic) for topic in TOPICS), *DECLARED)
BUILT: tuple[Table, ...] = tuple(table for table in TABLES if table.is_built)
PUBLISHED: tuple[Table, ...] = tuple(table for table in TABLES if table.is_built or table.trained_by)
"""Those whose rows are staged and checked before anyone sees them."""
STREAMED: tuple[Table, ...] = tuple(table for table in TABLES if table.stream)


def made_by(table: Table) -> str:
    """The command that makes the rows of a published table."""
    return f"moviepulse {table.trained_by or f'build {table.name}'}"


def stem(table: Table) -> str:
    """The name of the contract file that declares the table; its functions lie in files of the same name."""
    return next(module.__name__.rsplit(".", 1)[1] for module in ALL if table in module.TABLES)
