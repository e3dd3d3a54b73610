"""Report pages without a browser: every value is text, empty tables say so, charts have names and marks."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from apps.market.page import page
from apps.pages import charts, kinds
from apps.pages.page import Grid, text, written
from tests import report_rows

MADE_AT = datetime(2026, 2, 4, 8, tzinfo=UTC)
EVIL = '<script>alert(1)</script> & "x"'


class Elements(HTMLParser):
    """The names and attributes of all elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(html):
    return Counter(tag for tag, _ in Elements(html).found)


@pytest.fixture(scope="module")
def market():
    return page(report_rows.found(EVIL), made_at=MADE_AT)


def test_a_title_that_is_markup_shows_as_text_in_tables_and_in_charts(market):
    assert tags(market)["script"] == 0
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;x&#34; 1</td>" in market
    assert re.search(r"<text[^>]*>[^<]*&lt;script&gt;alert", market)


def test_the_page_asks_for_nothing_from_outside_and_lets_nothing_run(market):
    asked = [
        (tag, name, value)
        for tag, attrs in Elements(market).found
        for name, value in attrs.items()
        if (name in {"src", "href", "xlink:href", "action", "data"} and not str(value).startswith("#"))
        or name.startswith("on")
    ]  # fmt: skip
    assert asked == []
    assert "url(" not in market
    assert "default-src 'none'" in market


def test_every_section_has_its_charts_and_tables(market):
    assert re.findall(r'<section id="(\w+)">', market) == [
        "top", "momentum", "genres", "companies", "ratings", "budget", "person", "runtime", "success",
    ]  # fmt: skip
    assert tags(market)["figure"] == tags(market)["svg"] == 22
    ids = [attrs["id"] for _, attrs in Elements(market).found if "id" in attrs]
    assert len(set(ids)) == len(ids)


def test_where_no_table_has_rows_yet_every_section_says_so():
    empty = page(report_rows.nothing(), made_at=MADE_AT)
    sections = empty.split("<section ")[1:]
    assert len(sections) == 9
    assert all("no rows yet" in section for section in sections)
    assert tags(empty)["svg"] == 0


def test_a_chart_is_named_and_described_for_those_who_do_not_see_it():
    figure = kinds.bars("A & B", "Score, <no unit>.", [{"label": "x", "value": 1}], kinds.Axes("score"))
    assert 'role="img"><title>A &amp; B</title><desc>Score, &lt;no unit&gt;.</desc>' in str(figure.svg)


def test_two_bars_of_the_same_label_stay_two_bars():
    rows = [{"label": "Emma", "value": 3}, {"label": "Emma", "value": 5}]
    svg = str(kinds.bars("t", "d", rows, kinds.Axes("score")).svg)
    assert (svg.count('aria-roledescription="bar"'), svg.count(">Emma</text>")) == (2, 2)


def test_a_legend_stands_only_where_there_are_several_groups():
    def drawn(*groups):
        rows = [{"x": "2026-01-21", "value": 1, "of": group} for group in groups]
        axes = kinds.Axes("day", "score", {"Movies": charts.ACCENT, "Series": charts.SECOND}, "%d %b")
        return str(kinds.lines("t", "d", rows, axes).svg)

    assert ("role-legend" in drawn("Movies", "Series"), "role-legend" in drawn("Movies")) == (True, False)


def test_a_chart_has_the_colours_of_the_page_and_none_of_its_own():
    svg = str(kinds.intervals("t", "d", [{"label": "x", "value": 0.1, "low": 0.0, "high": 0.2}], kinds.Axes("r")).svg)
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"} <= {
        f"var(--{name})" for name in ("accent", "ink", "muted", "line", "grid")
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"), (True, "yes"), (1234567, "1,234,567"), (12.345, "12.35"), (123456.7, "123,457"), ("x", "x"),
        (date(2026, 1, 21), "2026-01-21"), (MADE_AT, "2026-02-04 08:00 UTC"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_a_person_reads_it(value, shown):
    assert text(value) == shown


def test_a_ratio_is_shown_as_per_cent_and_a_column_may_have_its_own_digits():
    grid = Grid("c", ["title", "share (%)", "minutes"], [("x", 0.1234, 97.25), ("y", None, None)], {"minutes": 1})
    assert (grid.texts, grid.numeric) == ([["x", "12.3", "97.2"], ["y", "-", "-"]], [False, True, True])


def test_a_page_is_written_whole_into_folders_that_are_made(tmp_path: Path):
    out = written("<p>é</p>", tmp_path / "a" / "b.html")
    assert out.read_text(encoding="utf-8") == "<p>é</p>"
    assert [path.name for path in out.parent.iterdir()] == ["b.html"]
