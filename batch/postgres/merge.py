"""Rows go into temporary tables first, and from there in one transaction into their places.

A key that rows point at and gold does not have gets a placeholder: a row with that key, `is_placeholder`, and nothing
else. So no row is left out and every foreign key holds; gold's own row takes the place over when it comes. A row that
gold removes, and that others still point at, becomes one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from batch.postgres import canonical
from batch.postgres.server import one
from batch.postgres.source import IS_THERE
from batch.postgres.star import PLACEHOLDER, SCHEMA, TARGETS, pointing_at
from lakehouse.tables import Reference, Table


@dataclass(frozen=True)
class Merged:
    """Rows that a merge has inserted, updated and deleted."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


def stage(postgres: Connection[Any], table: Table, batches: Iterable[list[tuple[Any, ...]]]) -> int:
    """Copy the rows into a temporary table of this connection; returns how many."""
    fields = {"staged": _staged(table), "columns": _listed(table.names), "table": _place(table)}
    postgres.execute(SQL("DROP TABLE IF EXISTS {staged}").format(**fields))
    postgres.execute(SQL("CREATE TEMP TABLE {staged} AS SELECT {columns} FROM {table} WITH NO DATA").format(**fields))
    added = SQL("ALTER TABLE {staged} ADD COLUMN {there} boolean").format(there=Identifier(IS_THERE), **fields)
    postgres.execute(added)
    into = SQL("COPY {staged} ({columns}, {there}) FROM STDIN").format(there=Identifier(IS_THERE), **fields)
    count = 0
    with postgres.cursor() as cursor, cursor.copy(into) as copy:
        for batch in batches:
            for row in batch:
                copy.write_row(row)
            count += len(batch)
    postgres.execute(SQL("ANALYZE {staged}").format(**fields))
    return count


def merge(postgres: Connection[Any], table: Table, *, is_whole: bool) -> Merged:
    """Write what the staged rows differ in; with `is_whole` they are all, and what they do not name is removed."""
    rest = [name for name in table.names if name not in table.key]
    is_target = table in TARGETS
    changes = [SQL("{0} = excluded.{0}").format(Identifier(name)) for name in rest]
    changes += [SQL("{} = false").format(Identifier(PLACEHOLDER))] if is_target else []
    before, after = ([_of(alias, name) for name in rest] for alias in ("t", "excluded"))
    differs = SQL("ROW({}) IS DISTINCT FROM ROW({})").format(SQL(", ").join(before), SQL(", ").join(after))
    differs = SQL("{} OR {}").format(differs, _of("t", PLACEHOLDER)) if is_target else differs
    upsert = SQL(
        "WITH done AS (INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM {staged} WHERE {there} "
        "ON CONFLICT ({key}) DO UPDATE SET {changes} WHERE {differs} RETURNING xmax = 0 AS is_new) "
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM done"
    ).format(
        table=_place(table), columns=_listed(table.names), staged=_staged(table), there=Identifier(IS_THERE),
        key=_listed(table.key), changes=SQL(", ").join(changes), differs=differs,
    )  # fmt: skip
    inserted, updated = one(postgres, upsert)
    return Merged(inserted, updated, _delete(postgres, table, is_whole=is_whole))


def defer(postgres: Connection[Any]) -> None:
    """Have the foreign keys checked at the end of the transaction."""
    postgres.execute("SET CONSTRAINTS ALL DEFERRED")


def hold(postgres: Connection[Any], tables: Iterable[Table]) -> None:
    """Give placeholders to the keys that the tables, or others that point at them, name in vain; remove idle ones."""
    touched = {table.name for table in tables}
    for target in TARGETS:
        keys = [(table, one) for table, one in pointing_at(target) if {table.name, target.name} & touched]
        for table, reference in keys:
            _fill(postgres, table, reference, target)
        if keys:
            unused = SQL(" AND ").join(
                SQL("NOT EXISTS (SELECT FROM {} AS s WHERE {})").format(_place(table), _same(reference))
                for table, reference in pointing_at(target)
            )
            postgres.execute(
                SQL("DELETE FROM {} AS t WHERE {} AND {}").format(_place(target), Identifier(PLACEHOLDER), unused)
            )


def placeholders(postgres: Connection[Any], table: Table) -> int:
    """How many keys of the table gold does not have."""
    if table not in TARGETS:
        return 0
    asked = SQL("SELECT count(*) FROM {} WHERE {}").format(_place(table), Identifier(PLACEHOLDER))
    (count,) = one(postgres, asked)
    return int(count)


def tally(postgres: Connection[Any], table: Table) -> tuple[int, Decimal]:
    """Rows and checksum of what gold has in the table."""
    own = SQL("NOT {}").format(Identifier(PLACEHOLDER)) if table in TARGETS else SQL("true")
    bits = SQL(canonical.in_postgres(table))  # made of the contract's names alone
    asked = SQL("SELECT count(*), coalesce(sum({bits}), 0) FROM {table} WHERE {own}")
    rows, checksum = one(postgres, asked.format(own=own, bits=bits, table=_place(table)))
    return rows, checksum


def _delete(postgres: Connection[Any], table: Table, *, is_whole: bool) -> int:
    same = SQL(" AND ").join(SQL("{} = {}").format(_of("t", name), _of("s", name)) for name in table.key)
    own = SQL("NOT {}").format(_of("t", PLACEHOLDER)) if table in TARGETS else SQL("true")
    if is_whole:
        gone = SQL("NOT EXISTS (SELECT FROM {} AS s WHERE {})").format(_staged(table), same)
    else:
        gone = SQL("EXISTS (SELECT FROM {} AS s WHERE NOT s.is_there AND {})").format(_staged(table), same)
    return postgres.execute(SQL("DELETE FROM {} AS t WHERE {} AND {}").format(_place(table), own, gone)).rowcount


def _fill(postgres: Connection[Any], table: Table, reference: Reference, target: Table) -> None:
    own = [_of("s", name) for name in reference.columns]
    fields: dict[str, Composable] = {
        "target": _place(target), "table": _place(table), "same": _same(reference),
        "keys": _listed(reference.keys), "own": SQL(", ").join(own), "placeholder": Identifier(PLACEHOLDER),
        "named": SQL(" AND ").join(SQL("{} IS NOT NULL").format(one) for one in own),
    }  # fmt: skip
    asked = SQL(
        "INSERT INTO {target} ({keys}, {placeholder}) SELECT DISTINCT {own}, true FROM {table} AS s "
        "WHERE {named} AND NOT EXISTS (SELECT FROM {target} AS t WHERE {same}) ON CONFLICT DO NOTHING"
    )
    postgres.execute(asked.format(**fields))


def _same(reference: Reference) -> Composed:
    pairs = zip(reference.keys, reference.columns, strict=True)
    return SQL(" AND ").join(SQL("{} = {}").format(_of("t", key), _of("s", name)) for key, name in pairs)


def _place(table: Table) -> Identifier:
    return Identifier(SCHEMA, table.entity)


def _staged(table: Table) -> Identifier:
    return Identifier("pg_temp", table.entity)


def _of(alias: str, name: str) -> Composed:
    return SQL("{}.{}").format(SQL(alias), Identifier(name))


def _listed(names: Iterable[str]) -> Composed:
    return SQL(", ").join(Identifier(name) for name in names)
