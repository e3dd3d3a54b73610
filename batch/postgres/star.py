"""What is exported: which gold tables, which of them together, and the foreign keys that hold among them.

A group is what is replaced in one transaction. Titles and what they have point at each other in all directions, and so
do visits, events and what is made of them: each is one group. Viewers' tables point at titles too, yet they are a group
of their own: a foreign key between groups holds after each of the two, as a key that gold does not have gets a
placeholder (merge.py), and a run that fails at the viewers keeps the star that it has brought.
"""

from collections.abc import Iterator, Mapping

from lakehouse import contracts
from lakehouse.contracts.comment import COMMENT, COMMENT_VOTE
from lakehouse.contracts.session import DIM_SESSION, FACT_USER_EVENT
from lakehouse.contracts.star import TO_COUNTRY, TO_TITLE
from lakehouse.tables import Reference, Table

SCHEMA = "moviepulse"
PLACEHOLDER = "is_placeholder"
"""The column, in tables that others point at, of rows that gold does not have."""

GROUPS: Mapping[str, tuple[Table, ...]] = {
    "star": (*contracts.star.TABLES, *contracts.bridge.TABLES, *contracts.credit.TABLES),
    "viewers": (DIM_SESSION, FACT_USER_EVENT, COMMENT, COMMENT_VOTE, *contracts.viewing.TABLES),
}
TABLES = tuple(table for group in GROUPS.values() for table in group)

_TO_COMMENT = Reference(("comment_id",), COMMENT.name, ("comment_id",))
_TO_PARENT = Reference(("parent_comment_id",), COMMENT.name, ("comment_id",))
# Gold's own contracts promise these not: viewers name titles, and answer comments, that have not arrived.
_MORE: Mapping[str, tuple[Reference, ...]] = {
    contracts.bridge.DIM_COMPANY.name: (TO_COUNTRY,),
    FACT_USER_EVENT.name: (TO_TITLE, _TO_COMMENT),
    COMMENT.name: (TO_TITLE, _TO_PARENT),
    **{table.name: (TO_TITLE,) for table in contracts.viewing.TABLES},
}


def references(table: Table) -> tuple[Reference, ...]:
    """The table's foreign keys in PostgreSQL."""
    return (*table.references, *_MORE.get(table.name, ()))


def pointing_at(target: Table) -> Iterator[tuple[Table, Reference]]:
    """Each foreign key to the table, with the table that has it."""
    yield from ((table, one) for table in TABLES for one in references(table) if one.table == target.name)


TARGETS = tuple(table for table in TABLES if any(pointing_at(table)))
"""The tables that others, or they themselves, point at."""
