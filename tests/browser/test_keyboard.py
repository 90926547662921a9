"""By keyboard alone: each stop is seen, keys 1 to 5 and Enter work, focus goes where one reads on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from quizapp.progress.queries import HOUSE
from tests.browser.conftest import BROWSER, PHONE, OpenPage, Watch
from tests.browser.site import Site
from tests.browser.tour import DOMAIN

pytestmark = BROWSER

# The ring of what has the focus: its own, or that of the label that stands for it.
FOCUS = """() => {
    const at = document.activeElement;
    const ring = element => {
        const style = getComputedStyle(element);
        return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
    };
    return [at.tagName, (at.closest("label") ?? at).innerText?.trim().slice(0, 60) ?? "",
            Math.max(ring(at), at.closest("label") ? ring(at.closest("label")) : 0)];
}"""
MOST_STOPS = 60
NOTE = re.compile(r"Keys 1 to \d choose a response")


def press_tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Tab until the target has the focus; every stop on the way must show that it has it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        assert_focus_shows(page)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {target}")


def assert_focus_shows(page: Page) -> None:
    tag, text, ring = page.evaluate(FOCUS)
    assert tag == "BODY" or ring > 0, f"no ring around {tag} {text!r}"


def test_the_first_stop_leads_past_the_navigation(open_page: OpenPage, site: Site) -> None:
    page = open_page("/home", site.make_person())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    assert_focus_shows(page)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start with 5 scenes")).to_be_focused()


def test_from_home_to_an_answered_item_with_tab_space_and_enter(open_page: OpenPage, site: Site) -> None:
    page = open_page("/home", site.make_person())
    press_tab_to(page, page.get_by_role("button", name="Start with 5 scenes"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/*/1")
    note = page.get_by_role("link", name="Show the item")
    if note.is_visible():
        press_tab_to(page, note)
        page.keyboard.press("Enter")
        page.wait_for_url("**?show=1")
    press_tab_to(page, page.locator(".option input").first)
    page.keyboard.press("Space")
    expect(page.locator(".option input").first).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".option input").nth(1)).to_be_checked()
    assert_focus_shows(page)
    press_tab_to(page, page.get_by_role("button", name="Check my answer"))
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_focused()
    press_tab_to(page, page.get_by_role("link", name="Next"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/*/2")


Begin = Callable[..., Page]


@pytest.fixture
def begin(open_page: OpenPage, site: Site) -> Begin:
    """Opens the first item of a new practice set."""

    def begin_(**columns: Any) -> Page:
        person = site.make_person(**columns)
        attempt_id = site.start_practice(person, DOMAIN)
        return open_page(f"/practice/{attempt_id}/1?show=1", person)

    return begin_


def test_keys_choose_and_enter_checks_from_anywhere_on_the_page(begin: Begin) -> None:
    page = begin()
    page.keyboard.press("3")
    expect(page.locator(".option input").nth(2)).to_be_checked()
    assert_focus_shows(page)
    page.keyboard.press("1")
    expect(page.locator(".option input").first).to_be_checked()
    page.keyboard.press("9")
    page.keyboard.press("Control+2")
    expect(page.locator(".option input").first).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_focused()


def test_keys_do_nothing_when_the_person_switched_them_off(begin: Begin) -> None:
    page = begin(uses_shortcuts=False)
    expect(page.get_by_text(NOTE)).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".option input:checked")).to_have_count(0)
    expect(page.get_by_role("button", name="Check my answer")).to_be_visible()


def test_the_note_about_keys_tells_how_many_there_are(begin: Begin) -> None:
    page = begin()
    count = page.locator(".option").count()
    expect(page.get_by_text(NOTE)).to_contain_text(f"Keys 1 to {count} choose")


def test_a_touch_phone_is_not_told_about_keys(open_page: OpenPage, site: Site) -> None:
    person = site.make_person()
    attempt_id = site.start_practice(person, DOMAIN)
    page = open_page(None, person, width=PHONE, has_touch=True, is_mobile=True)
    page.goto(f"/practice/{attempt_id}/1?show=1")
    expect(page.get_by_role("button", name="Check my answer")).to_be_visible()
    expect(page.get_by_text(NOTE)).to_be_hidden()


def test_three_items_of_a_mock_by_keys_alone(open_page: OpenPage, site: Site) -> None:
    person = site.make_person()
    page = open_page(f"/mocks/{HOUSE}", person)
    press_tab_to(page, page.get_by_role("button", name="Start the mock exam"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/attempts/\d+/1$"))
    attempt_id = int(page.url.split("/")[-2])
    for position, key in ((1, "2"), (2, "1"), (3, "3")):
        page.keyboard.press(key)
        expect(page.locator(".option input").nth(int(key) - 1)).to_be_checked()
        assert_focus_shows(page)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{position + 1}")
    assert [site.stored(attempt_id, position) for position in (1, 2, 3)] == [2, 1, 3]
    flag = page.locator(".exam-flag")
    press_tab_to(page, flag)
    page.keyboard.press("Space")
    expect(flag).to_have_attribute("aria-pressed", "true")
    expect(flag).to_be_focused()
    press_tab_to(page, page.get_by_role("button", name="Review and hand in"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hand in 3 of 50 answers?")).to_be_visible()
    press_tab_to(page, page.get_by_role("button", name="Hand in my exam"))


def test_an_error_summary_takes_the_focus_and_leads_to_the_field(open_page: OpenPage, watch: Watch) -> None:
    watch.expect("422 POST")
    page = open_page("/register")
    press_tab_to(page, page.get_by_role("main").get_by_role("button", name="Register"))
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    press_tab_to(page, page.locator(".error-summary a").nth(1))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
