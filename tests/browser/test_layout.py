"""Where things stand on a page: what a picture of it shows at a glance, and no other test notices."""

from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.browser.conftest import BROWSER, DESK, PHONE, OpenPage, Watch
from tests.browser.site import Site
from tests.browser.tour import ADMIN, HISTORY, TRAINER, Visit, item_with_problem

pytestmark = BROWSER

# The place of each element: left, top, right, bottom.
BOXES = """elements => elements.map(element => {
    const box = element.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom].map(Math.round);
})"""


def boxes(found: Locator) -> list[list[int]]:
    measured: list[list[int]] = found.evaluate_all(BOXES)
    return measured


def test_an_opened_menu_stays_where_it_was_pressed(open_page: OpenPage, site: Site) -> None:
    page = open_page("/home", site.find_person(TRAINER), width=PHONE)
    button = page.locator(".site-nav summary")
    before = boxes(button)
    button.click()
    assert boxes(button) == before
    entries = boxes(page.locator(".site-nav li"))
    assert len(entries) > 5
    assert {(left, right) for left, _top, right, _bottom in entries} == {(16, PHONE - 16)}
    assert len({left for left, *_rest in boxes(page.locator(".site-nav li a, .site-nav li button"))}) == 1
    page.get_by_role("link", name="quizapp").click()
    expect(page).to_have_url(f"{site.url}/home")


def test_the_magnifier_leaves_room_for_what_is_typed(open_page: OpenPage, site: Site) -> None:
    page = open_page("/admin/users", site.find_person(ADMIN))
    room = page.locator("#q").evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)")
    assert room >= 40


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_attempts_on_home_stand_in_columns(open_page: OpenPage, site: Site, width: int) -> None:
    page = open_page("/home", site.find_person(HISTORY), width=width)
    rows = page.locator(".attempts > li")
    assert rows.count() == 8
    assert len({left for left, *_rest in boxes(rows.locator("> .muted"))}) == 1
    assert len({right for _left, _top, right, _bottom in boxes(rows.locator("> .number"))}) == 1
    days = boxes(rows.locator("> .muted"))
    titles = boxes(rows.locator("> a"))
    assert all(title[3] <= day[1] + 1 for title, day in zip(titles, days, strict=True))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_chips_of_missteps_keep_a_distance(open_page: OpenPage, site: Site, width: int) -> None:
    page = open_page("/home", site.find_person(HISTORY), width=width)
    chips = boxes(page.locator(".chips a"))
    assert len(chips) == 3
    for one, next_one in pairwise(chips):
        assert next_one[0] - one[2] >= 8 or next_one[1] - one[3] >= 8
    table = boxes(page.locator(".figure-chart:has(+ .chips)"))
    assert chips[0][1] - table[0][3] >= 12


def test_a_label_has_one_line_where_there_is_room(open_page: OpenPage, site: Site) -> None:
    label = "Culture, language, and harm reduction"
    page = open_page("/home", site.find_person(HISTORY), width=DESK)
    chart = page.get_by_role("img", name="Success by domain")
    expect(chart).to_have_count(1)
    expect(chart.get_by_text(label, exact=True)).to_be_visible()
    assert all(right <= boxes(chart)[0][2] for _left, _top, right, _bottom in boxes(chart.locator("text")))
    page.set_viewport_size({"width": PHONE, "height": 844})
    expect(chart).to_have_count(1)
    expect(chart.get_by_text(label, exact=True)).to_have_count(0)


def test_people_are_read_and_disabled_on_a_phone(open_page: OpenPage, site: Site) -> None:
    site.make_person("Pat")
    page = open_page("/admin/users?q=pat", site.find_person(ADMIN), width=PHONE)
    row = page.get_by_role("row").filter(has_text="pat")
    expect(row.get_by_role("button", name="Disable")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('.table-wrap').scrollWidth") <= PHONE - 32


@pytest.mark.parametrize("path", ["/admin/users", "/banks/core"])
def test_the_head_of_a_long_table_stays_in_sight(open_page: OpenPage, site: Site, path: str) -> None:
    with site.working() as session:
        for number in range(25):
            factories.make_user(session, f"Person {number}")
    page = open_page(path, site.find_person(ADMIN))
    page.get_by_role("rowheader").nth(20).scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    expect(page.get_by_role("columnheader").first).to_be_in_viewport()


def test_a_complaint_keeps_a_distance_to_the_question(open_page: OpenPage, site: Site, watch: Watch) -> None:
    watch.expect("422 POST")
    person = site.make_person()
    page = open_page(None, person, width=PHONE)
    item_with_problem(Visit(page, site, person))
    assert gap(page, ".form-error", ".options legend h2") >= 12


def gap(page: Page, above: str, below: str) -> int:
    return boxes(page.locator(below))[0][1] - boxes(page.locator(above))[0][3]
