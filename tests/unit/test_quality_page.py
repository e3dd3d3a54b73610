"""The quality page in a real browser: all of it shows, as text, on a phone and a desk, by day, by night, on paper."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps.pages.quality import bars, page
from apps.quality_text import printed
from apps.verdicts import RUNS, Check
from tests.unit.quality import NOW, QUALITY, TITLE, check

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium; install it with: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        one = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "quality.html"
    path.write_text(page(QUALITY))
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen_and_every_run_has_its_bar(browser, written, width, scheme):
    opened = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(written.as_uri())
    assert opened.evaluate(SIDEWAYS) == 0
    assert opened.locator(".runs g").count() == sum(len(table.checks) for table in QUALITY.tables)
    heights = opened.locator(".runs rect").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) >= 3
    colours = opened.locator(".runs rect").evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
    assert len(set(colours)) == 3
    newest = opened.locator(".runs g:last-of-type rect").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(newest) <= width, "the newest run is seen without scrolling"
    assert len(opened.screenshot(full_page=True)) > 10_000
    assert asked == [written.as_uri()], "the page needs no network"
    opened.close()


def test_a_title_with_a_script_in_it_shows_as_text(browser, written):
    opened = browser.new_page()
    alerts: list[str] = []
    opened.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    opened.goto(written.as_uri())
    assert TITLE in opened.locator("#failures").inner_text()
    assert (alerts, opened.locator("script").count()) == ([], 0)
    opened.close()


def test_paper_shows_the_whole_of_every_table(browser, written):
    opened = browser.new_page(viewport={"width": 700, "height": 900}, color_scheme="dark")
    opened.emulate_media(media="print")
    opened.goto(written.as_uri())
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.evaluate(SIDEWAYS) == 0
    opened.close()


def test_every_failure_stands_there_with_its_command_and_the_worst_table_first():
    html = page(QUALITY)
    assert re.findall(r'class="badge (\w+)">([\w ]+)</span></td>', html) == [
        ("bad", "held back"), ("warn", "warnings"), ("good", "passed"),
    ]  # fmt: skip
    assert html.count('class="command"') == len(QUALITY.failures) + len(QUALITY.rejects)


def test_a_lake_without_any_check_has_a_page_too():
    nothing = replace(
        QUALITY, tables=(), failures=(), books=(), unknown="the broker does not answer", rejects=(), late=(), newest=()
    )
    assert "nothing was checked yet" in page(nothing)
    assert "There are no books: the broker does not answer" in page(nothing)
    printed(nothing)


def test_what_is_not_met_is_never_hidden_by_what_is():
    many = Check("r1", "staged", NOW, met=500, warnings=1, critical=1)
    ((one, *_), (last, *_)) = bars((many,)), bars(tuple(check(run) for run in range(RUNS + 5)))[-1:]
    heights = {part.kind: part.height for part in one.parts}
    assert (list(heights), sum(heights.values())) == (["critical", "warning", "met"], 24)
    assert min(heights.values()) >= 7
    assert one.x == last.x, "the newest run stands right, however many there are"


def test_the_terminal_says_the_same_and_takes_no_value_for_markup(capsys):
    strange = replace(QUALITY.failures[1], observed="the title [red]x[/red]")
    printed(replace(QUALITY, failures=(*QUALITY.failures, strange)))
    said = capsys.readouterr().out
    for expected in (QUALITY.summary, TITLE, "held back", strange.observed, *(one.command for one in QUALITY.failures)):
        assert expected in said
