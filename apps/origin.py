"""The lineage of a version as a tree."""

from collections.abc import Iterator

from rich.markup import escape
from rich.tree import Tree

from batch.lineage import Lineage


def tree(found: Lineage) -> Tree:
    """What the version was made from, down to offsets and files; what was shown once is not shown again."""
    shown: set[tuple[str, int]] = set()

    def grow(one: Lineage, below: Tree | None) -> Tree:
        is_again = (one.table, one.version) in shown and bool(one.inputs or one.offsets or one.files)
        shown.add((one.table, one.version))
        label = f"[bold]{escape(one.table)}[/] version {one.version}{_rows(one)}{', as above' if is_again else ''}"
        branch = Tree(label, highlight=False) if below is None else below.add(label)
        if not is_again:
            for line in _lines(one):
                branch.add(escape(line))
            for each in one.inputs:
                grow(each, branch)
        return branch

    return grow(found, None)


def _rows(one: Lineage) -> str:
    return "" if one.rows is None else f", {one.rows:,} rows"


def _lines(one: Lineage) -> Iterator[str]:
    for back in one.restored:
        by = f"by run {back.run_id}" if back.run_id else "by a statement of a person"
        yield f"set back from version {back.from_version} to {back.to_version} at {back.at:%Y-%m-%d %H:%M:%S} UTC {by}"
    for edit in one.edits:
        yield f"changed by no build: {edit}"
    if build := one.published:
        what = "in full" if build.periods is None else f"{build.periods} periods"
        yield f"published at {build.at:%Y-%m-%d %H:%M:%S} UTC as version {build.version} by run {build.run_id}: {what}"
    for part in one.offsets:
        span = f"offsets {part.first:,} to {part.last:,}"
        yield f"topic {part.topic}, partition {part.partition}: {span}, {part.rows:,} rows"
    for file in one.files:
        digest = f", sha256 {file.sha256}" if file.sha256 else ""
        yield f"file {file.file}, loaded at {file.loaded_at:%Y-%m-%d %H:%M:%S} UTC: {file.rows:,} rows{digest}"
    if one.gone:
        yield one.gone
