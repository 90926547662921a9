"""Every page in both schemes: nothing for axe to find, no sideways scrolling, targets large enough.

SHOTS=FOLDER also saves a picture of each page at phone and desk width, light and dark.
"""

from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.concerns_tour import CONCERN_STOPS
from tests.browser.conftest import BROWSER, DESK, HEIGHTS, PHONE, OpenPage, Watch
from tests.browser.site import Person, Site
from tests.browser.sittings_tour import SITTING_STOPS
from tests.browser.tour import NEW, STOPS, Stop, Visit, report_full, results

pytestmark = BROWSER

AXE = Axe()
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
# In the other scheme nothing differs but colours.
RULES: dict[Scheme, list[str]] = {"light": EVERYTHING, "dark": ["color-contrast", "link-in-text-block"]}
NARROWEST = 320

# What sticks out at the right, and what to press or follow that is smaller than 24 by 24 px. A link in a line
# of text may be as small as its words (axe looks at the space around it); a radio counts with its label.
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-wrap, .figure-chart"))
    .slice(0, 5).map(e => `${e.tagName}.${e.className}`)"""
TOO_SMALL = """() => [...document.querySelectorAll("a[href], button, summary, input, select")]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.matches(".skip-link, .default-button"))
    .filter(e => !(e.matches("a") && getComputedStyle(e).display === "inline"))
    .map(e => [e.closest("label") ?? e, e])
    .map(([box, e]) => [box.getBoundingClientRect(), e])
    .filter(([box]) => box.width && (box.width < 24 || box.height < 24))
    .map(([box, e]) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`)"""


@pytest.mark.parametrize("stop", [*STOPS, *SITTING_STOPS, *CONCERN_STOPS], ids=lambda stop: stop.name)
def test_a_page_is_for_everybody(
    stop: Stop, open_page: OpenPage, site: Site, watch: Watch, shots: Path | None
) -> None:
    watch.expect(*stop.expected)
    person = visitor(site, stop.who)
    page = open_page(None, person)
    stop.go(Visit(page, site, person))
    problems = [*frame_problems(page)]
    for scheme in RULES:
        page.emulate_media(color_scheme=scheme)
        problems += axe_problems(page, scheme)
    if shots:
        save_shots(page, shots, stop.name)
    problems += narrow_problems(page)
    assert not problems


def visitor(site: Site, who: str | None) -> Person | None:
    if who is None:
        return None
    return site.make_person() if who == NEW else site.find_person(who)


def frame_problems(page: Page) -> list[str]:
    """What every page has: a language, a title of its own, one main heading."""
    problems = []
    if page.locator("html").get_attribute("lang") != "en":
        problems.append("no language")
    if not page.title().removesuffix(" · quizapp").strip():
        problems.append("no title")
    if page.locator("h1").count() != 1:
        problems.append(f"{page.locator('h1').count()} main headings")
    return problems


def axe_problems(page: Page, scheme: Scheme) -> list[str]:
    options = {
        "runOnly": RULES[scheme],
        "resultTypes": ["violations"],
        "preload": False,  # else axe writes style sheets into the page, which its policy refuses
    }
    found: list[dict[str, Any]] = AXE.run(page, options=options).response["violations"]
    return [
        f"{scheme}: {violation['id']}: {[node['target'] for node in violation['nodes'][:3]]} "
        f"{violation['nodes'][0].get('failureSummary', '')}"
        for violation in found
    ]


def narrow_problems(page: Page) -> list[str]:
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    problems = []
    if page.evaluate("document.documentElement.scrollWidth") > NARROWEST:
        problems.append(f"scrolls sideways: {page.evaluate(TOO_WIDE)}")
    if small := page.evaluate(TOO_SMALL):
        problems.append(f"too small to press: {small}")
    return problems


def save_shots(page: Page, folder: Path, name: str) -> None:
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for scheme in RULES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def test_printed_report_has_its_tables_open_and_no_navigation(open_page: OpenPage, site: Site) -> None:
    person = site.make_person()
    page = open_page(None, person)
    report_full(Visit(page, site, person))
    page.emulate_media(media="print")
    for gone in (".site-nav", ".site-footer", ".tabs >> nth=0", ".actions >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator(".heat-map")).to_be_visible()
    for table in page.locator(".as-table table").all():
        expect(table).to_be_visible()
    expect(page.locator(".only-print")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_printed_results_hold_the_answers_and_no_navigation(open_page: OpenPage, site: Site) -> None:
    person = site.find_person("rosa@demo.example")
    page = open_page(None, person)
    results(Visit(page, site, person))
    page.emulate_media(media="print")
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.locator(".site-footer")).to_be_hidden()
    expect(page.locator(".tabs")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
