"""The report pages in a real browser: marks in every chart, nothing too wide, nothing asked from outside.

`apt-get install chromium` brings the browser on Debian; without one these tests are skipped.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from apps.market.page import page as market_page
from apps.pages.page import written
from tests import report_rows

EVIL = "<script>alert(1)</script>"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt-get install chromium")
MADE_AT = datetime(2026, 2, 4, 8, tzinfo=UTC)
PAGES = {
    "market": lambda: market_page(report_rows.found(EVIL), made_at=MADE_AT),
    "market-empty": lambda: market_page(report_rows.nothing(), made_at=MADE_AT),
}
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(one => !one.closest('.table, svg') && one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => `${one.tagName} ${one.className}`)"""
MARKS = """() => [...document.querySelectorAll('figure')].map(figure => [
    figure.querySelector('h3').textContent,
    [...figure.querySelectorAll('svg .role-mark path, svg .role-mark line')].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width > 0 || box.height > 0;
    }).length])"""
CUT = """() => [...document.querySelectorAll('svg text')].filter(one => {
        const box = one.getBoundingClientRect(), svg = one.closest('svg').getBoundingClientRect();
        const shown = one.getAttribute('opacity') !== '0' && box.width;
        return shown && (box.left < svg.left - 2 || box.right > svg.right + 2);
    }).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: written(make(), folder / f"{name}.html") for name, make in PAGES.items()}


@pytest.fixture(params=[(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")], ids=str)
def opened(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An empty tab of a phone's or a screen's width, light or dark, that notes every request."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def show(tab: Page, file: Path) -> list[str]:
    """Open the file; what the page asked for besides itself, and what its console said."""
    noted: list[str] = []
    tab.on("request", lambda request: noted.append(request.url))
    tab.on("console", lambda message: noted.append(message.text))
    tab.on("dialog", lambda dialog: noted.append(f"dialog {dialog.message}"))
    tab.goto(file.as_uri())
    return [one for one in noted if one != file.as_uri()]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_screen_and_asks_for_nothing(opened, files, name, tmp_path):
    assert show(opened, files[name]) == []
    width = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], opened.evaluate(TOO_WIDE)
    assert opened.evaluate(TOO_WIDE) == []
    assert len(opened.screenshot(path=tmp_path / "page.png", full_page=True)) > 20_000


def test_every_chart_has_marks_and_no_letter_is_cut_off(opened, files):
    show(opened, files["market"])
    marks = opened.evaluate(MARKS)
    assert len(marks) == 22
    assert [title for title, count in marks if count == 0] == []
    assert opened.evaluate(CUT) == []


def test_a_title_that_is_markup_shows_as_text(opened, files):
    show(opened, files["market"])
    assert opened.evaluate("document.querySelectorAll('script').length") == 0
    assert EVIL in opened.locator("td").first.inner_text()


def test_letters_stand_out_from_the_page_in_light_and_dark(opened, files):
    """WCAG's contrast of 4.5 for text; axes, captions and notes have the palest letters."""
    show(opened, files["market"])
    contrast = opened.evaluate("""() => {
        const parts = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = colour => parts(colour).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const paper = light(getComputedStyle(document.body).backgroundColor);
        const of = (one, property) => {
            const ink = light(getComputedStyle(one)[property]);
            return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        };
        return [of(document.body, 'color'), of(document.querySelector('.note'), 'color'),
            of(document.querySelector('nav a'), 'color'),
            of(document.querySelector('svg .role-axis-label text'), 'fill')];
    }""")
    assert min(contrast) >= 4.5
