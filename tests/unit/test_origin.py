"""The tree of a lineage says all of it, whatever the terminal's width, and each version once."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from apps.origin import tree
from batch.lineage import Lineage, LoadedFile, Offsets, Published, Restored

AT = datetime(2026, 1, 21, 7, 30, tzinfo=UTC)
RUN = "c277ec3b-1be9-4291-8c20-7d9e12ed03c5"
EVENTS = Lineage("silver.e", 12, rows=1440, offsets=(Offsets("topic.e", 0, 0, 1499, 1440),))


def printed(found: Lineage, width: int = 300) -> list[str]:
    out = StringIO()
    Console(file=out, width=width).print(tree(found))
    return [line.strip("│├└─ ") for line in out.getvalue().splitlines()]


def of_a_build(*inputs: Lineage, periods: int | None = 3, **more: object) -> Lineage:
    build = Published(7, AT, RUN, periods is None, periods, 30)
    return Lineage("gold.d", 8, rows=1030, published=build, inputs=inputs, **more)  # type: ignore[arg-type]


def test_a_build_its_inputs_and_their_offsets_are_told():
    assert printed(of_a_build(EVENTS)) == [
        "gold.d version 8, 1,030 rows",
        f"published at 2026-01-21 07:30:00 UTC as version 7 by run {RUN}: 3 periods",
        "silver.e version 12, 1,440 rows",
        "topic topic.e, partition 0: offsets 0 to 1,499, 1,440 rows",
    ]


def test_a_rollback_an_edit_by_hand_and_what_is_gone_are_told():
    back = (Restored(8, AT, RUN, 7, 5), Restored(4, AT, None, 3, 1))
    gone = Lineage("silver.f", 3, gone="the history before version 9 is gone")
    assert printed(of_a_build(gone, periods=None, restored=back, edits=("DELETE as version 6",)))[1:] == [
        f"set back from version 7 to 5 at 2026-01-21 07:30:00 UTC by run {RUN}",
        "set back from version 3 to 1 at 2026-01-21 07:30:00 UTC by a statement of a person",
        "changed by no build: DELETE as version 6",
        f"published at 2026-01-21 07:30:00 UTC as version 7 by run {RUN}: in full",
        "silver.f version 3",
        "the history before version 9 is gone",
    ]


def test_a_version_that_two_tables_read_is_shown_once():
    reader = Lineage("gold.c", 2, rows=1, published=Published(2, AT, RUN, True, None, 1), inputs=(EVENTS,))
    lines = printed(of_a_build(EVENTS, reader))
    assert lines.count("silver.e version 12, 1,440 rows") == 1
    assert lines[-1] == "silver.e version 12, 1,440 rows, as above"


def test_a_narrow_terminal_loses_nothing_and_a_file_s_name_is_no_markup():
    file = LoadedFile("[red]a.tsv", "5" * 64, AT, 9)
    wide, narrow = (printed(Lineage("bronze.f", 1, rows=9, files=(file,)), width) for width in (300, 40))
    assert wide[1] == f"file [red]a.tsv, loaded at 2026-01-21 07:30:00 UTC: 9 rows, sha256 {'5' * 64}"
    assert "".join(narrow).replace(" ", "") == "".join(wide).replace(" ", "")
