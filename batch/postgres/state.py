"""moviepulse.export_state: what of gold the database has, written in the transaction that writes the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

_INSERT = """
INSERT INTO moviepulse.export_state
VALUES (%(table_name)s, %(delta_id)s, %(version)s, %(columns)s, %(row_count)s, %(checksum)s, %(replaced_count)s,
        %(run_id)s, %(exported_at)s)
"""


@dataclass(frozen=True)
class State:
    """One table: the Delta table and its version, its columns then, and what its rows were together."""

    table_name: str
    delta_id: str
    version: int
    columns: list[str]
    row_count: int
    checksum: Decimal
    replaced_count: int
    run_id: str
    exported_at: datetime


def read(postgres: Connection[Any]) -> Mapping[str, State]:
    """What was exported last, by table."""
    with postgres.cursor(row_factory=class_row(State)) as cursor:
        return {one.table_name: one for one in cursor.execute("SELECT * FROM moviepulse.export_state")}


def write(postgres: Connection[Any], state: State) -> None:
    """Put the state of one table in place of what was known of it."""
    postgres.execute("DELETE FROM moviepulse.export_state WHERE table_name = %s", [state.table_name])
    postgres.execute(_INSERT, vars(state))
