"""The contracts for a person: on the terminal, and as docs/tables.md."""

from apps.show import console, grid
from lakehouse import contracts
from lakehouse.tables import Column, Kind, Table, by_name


def show(name: str | None) -> None:
    """Print all tables, or one with its columns; raises ContractBroken for an unknown name."""
    if name is None:
        rows = [(t.name, t.grain, ", ".join(t.key), ", ".join(t.reads) or None) for t in contracts.TABLES]
        grid("Tables", ["table", "one row per", "key", "reads"], rows)
        return
    table = by_name(contracts.TABLES, name)
    console.print(f"[bold]{table.name}[/]: one row per {table.grain}")
    columns = [(c.name, c.type.simpleString(), bounds(c) or None, c.doc) for c in table.columns]
    grid("", ["column", "type", "values", "meaning"], columns)


def markdown() -> str:
    """docs/tables.md, whole."""
    head = "# Tables\n\nGenerated from `lakehouse/contracts` by `moviepulse tables --markdown`; do not edit.\n"
    return head + "".join(_section(table) for table in contracts.TABLES)


def bounds(column: Column) -> str:
    """What the values may be, in short."""
    low = f"from {column.low:g}" if column.low is not None else ""
    high = f"to {column.high:g}" if column.high is not None else ""
    words = ", ".join(column.one_of) or column.form.replace("|", " or ")
    longest = f"at most {column.longest:,} characters" if column.longest else ""
    found = [words, f"{low} {high}".strip(), longest, "may be NULL" if column.optional else ""]
    return "; ".join(part for part in found if part)


def _kind(kind: Kind) -> str:
    needs = ", ".join(f"`{name}`" for name in kind.needs)
    may_have = ", ".join(f"`{name}`" for name in kind.may_have)
    return f"{kind.name} needs {needs}" + (f" and may have {may_have}" if may_have else "")


def _section(table: Table) -> str:
    facts = [f"Key: {', '.join(f'`{name}`' for name in table.key)}."]
    if table.reads:
        facts.append(f"Made from {', '.join(f'`{name}`' for name in table.reads)}.")
    if table.stream:
        facts.append(
            f"Event time `{table.stream.event_at}`; late after {table.stream.late_after}; repeats are recognised by"
            f" state for {table.stream.watermark}, by the table itself for ever."
        )
    if table.kinds:
        facts.append(f"Kinds: {'; '.join(_kind(kind) for kind in table.kinds)}.")
    rows = "".join(
        f"| `{c.name}` | {c.type.simpleString().replace('|', ' ')} | {bounds(c)} | {c.doc} |\n" for c in table.columns
    )
    return (
        f"\n## {table.name}\n\nOne row per {table.grain}. {' '.join(facts)}\n\n"
        f"| column | type | values | meaning |\n|---|---|---|---|\n{rows}"
    )
