"""Breaks of a mock exam in a browser: by mouse, by keyboard, without script, and with two tabs."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import BROWSER, PHONE, OpenPage, Watch
from tests.browser.site import WITH_BREAKS, Person, Site
from tests.browser.test_exam_page import choose, expect_saved
from tests.browser.test_keyboard import press_tab_to

pytestmark = BROWSER
ON_THE_WAY = ("ERR_ABORTED GET /attempts/",)


@dataclass(frozen=True, slots=True)
class Exam:
    """An open mock with a break after item 2 and one after item 4, at its last item before the first."""

    site: Site
    person: Person
    id: int
    page: Page

    @property
    def path(self) -> str:
        return f"/attempts/{self.id}"


@pytest.fixture
def exam(site: Site, open_page: OpenPage) -> Exam:
    person = site.make_person()
    attempt_id = site.start_mock(person, blueprint=WITH_BREAKS)
    return Exam(site, person, attempt_id, open_page(f"/attempts/{attempt_id}/2", person))


def go_next(page: Page) -> None:
    page.get_by_role("button", name="Next").last.click()


def expect_offer(page: Page, after: int = 2) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"A break after item {after}")


def expect_item(page: Page, position: int) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Item {position} of 50")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_break_is_taken_and_left_early(site: Site, open_page: OpenPage, script: bool) -> None:
    person = site.make_person()
    attempt_id = site.start_mock(person, blueprint=WITH_BREAKS)
    page = open_page(f"/attempts/{attempt_id}/2", person, script=script)
    choose(page, 1)
    go_next(page)
    expect_offer(page)
    expect(page.get_by_text("1 of 2 are answered. 1 item is open. Open: 1.")).to_be_visible()
    page.get_by_role("button", name="Take the break").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"A break until \d\d:\d\d"))
    expect(page.get_by_text("The clock of the exam stands still")).to_be_visible()
    if script:
        expect(page.locator(".break-clock time")).to_have_text(re.compile(r"9:\d\d"))
    else:
        expect(page.locator(".break-clock")).to_be_hidden()
    page.get_by_role("button", name="Go on with the exam").click()
    expect_item(page, 3)
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    assert site.stored(attempt_id, 2) == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_break_is_passed_over_and_what_comes_before_it_is_closed(
    site: Site, open_page: OpenPage, script: bool
) -> None:
    person = site.make_person()
    attempt_id = site.start_mock(person, blueprint=WITH_BREAKS)
    page = open_page(f"/attempts/{attempt_id}/1", person, script=script)
    page.locator(".palette").get_by_role("button", name="30", exact=True).click()
    expect_offer(page)
    page.get_by_role("button", name="Go on without a break").click()
    expect_item(page, 3)
    page.goto(f"/attempts/{attempt_id}/1")
    expect_item(page, 3)
    expect(page.get_by_text("Item 1 is closed since the break. Here you can go on.")).to_be_visible()
    page.locator(".palette").evaluate("palette => { palette.open = true; }")
    closed = page.locator(".palette").get_by_role("button", name=re.compile(r"^\d+ closed, open$"))
    expect(closed).to_have_text(["1 closed, open", "2 closed, open"])
    go_next(page)
    go_next(page)
    expect_offer(page, 4)


def test_the_last_choice_is_saved_before_the_break(exam: Exam) -> None:
    choose(exam.page, 1)
    choose(exam.page, 2)
    go_next(exam.page)
    expect_offer(exam.page)
    assert exam.site.stored(exam.id, 2) == 2
    exam.page.get_by_role("link", name="Go back to the items").click()
    expect_item(exam.page, 1)


def test_by_keyboard_alone(exam: Exam) -> None:
    page = exam.page
    go_next(page)
    expect_offer(page)
    press_tab_to(page, page.get_by_role("button", name="Take the break"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Go on without a break")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="A break until").wait_for()
    press_tab_to(page, page.get_by_role("button", name="Hide countdown"))
    page.keyboard.press("Space")
    expect(page.locator(".break-clock time")).to_be_hidden()
    press_tab_to(page, page.get_by_role("button", name="Go on with the exam"))
    page.keyboard.press("Enter")
    expect_item(page, 3)


def test_a_double_click_takes_one_break(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_ABORTED POST", *ON_THE_WAY)
    go_next(exam.page)
    exam.page.get_by_role("button", name="Take the break").dblclick()
    expect(exam.page.get_by_role("heading", level=1)).to_have_text(re.compile("A break until"))
    assert exam.site.opened(exam.id, 3).stage.break_after == 4


def test_at_the_end_of_the_break_the_page_says_so_and_stays(exam: Exam) -> None:
    exam.site.begin_break(exam.id)
    exam.site.leave_break(exam.id, 4)
    exam.page.goto(f"{exam.path}/break")
    expect(exam.page.get_by_role("heading", level=1)).to_have_text("The break is over")
    expect(exam.page.locator("#clock-said")).to_have_text("The break is over")
    exam.page.wait_for_timeout(5000)  # longer than the page waits until it asks again
    expect(exam.page.get_by_role("heading", level=1)).to_have_text("The break is over")
    exam.page.get_by_role("button", name="Go on with the exam").click()
    expect_item(exam.page, 3)


def test_who_hides_the_clock_sees_no_countdown_either(site: Site, open_page: OpenPage) -> None:
    person = site.make_person(hides_clock=True)
    attempt_id = site.start_mock(person, blueprint=WITH_BREAKS)
    site.begin_break(attempt_id)
    page = open_page(f"/attempts/{attempt_id}/break", person)
    expect(page.get_by_text("min left")).to_have_count(0)
    show = page.get_by_role("button", name="Show countdown")
    expect(show).to_be_visible()
    expect(page.locator(".break-clock time")).to_be_hidden()
    show.click()
    expect(page.locator(".break-clock time")).to_be_visible()


def test_another_tab_follows_into_the_break_and_out_of_what_it_closed(exam: Exam, watch: Watch) -> None:
    watch.expect(*ON_THE_WAY)
    exam.site.begin_break(exam.id)
    expect(exam.page.get_by_role("heading", level=1)).to_have_text(re.compile("A break until"))
    exam.page.get_by_role("button", name="Go on with the exam").click()
    expect_item(exam.page, 3)
    exam.site.begin_break(exam.id, taken=False)
    expect_item(exam.page, 5)
    expect(exam.page.get_by_text("Item 3 is closed since the break.")).to_be_visible()


def test_a_choice_in_an_old_tab_is_refused_and_kept_in_the_record(exam: Exam, watch: Watch) -> None:
    watch.expect("410 POST", *ON_THE_WAY)
    exam.page.route("**/time", lambda route: route.abort())
    watch.expect("ERR_FAILED GET")
    exam.site.begin_break(exam.id, taken=False)
    choose(exam.page, 1)
    expect_item(exam.page, 3)
    expect(exam.page.get_by_text("Item 2 is closed since the break.")).to_be_visible()
    assert exam.site.outcomes(exam.id) == ["closed"]
    assert exam.site.stored(exam.id, 2) is None


def test_an_answer_kept_on_the_device_is_sent_before_its_item_closes(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", "ERR_ABORTED POST", *ON_THE_WAY)
    context = exam.page.context
    context.route("**/save", lambda route: route.abort())
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    other = context.new_page()
    other.goto(f"{exam.path}/break")
    without = other.get_by_role("button", name="Go on without it")
    expect(other.get_by_role("link", name="Look at item 2")).to_be_visible()
    expect(without).to_be_hidden()  # of two buttons none was pressed yet
    with other.expect_event("requestfailed"):
        other.get_by_role("button", name="Take the break").click()
    notice = other.get_by_role("alert").filter(has_text="could not be sent yet")
    expect(notice.get_by_role("link")).to_have_text("Look at item 2")
    expect(without).to_be_visible()
    expect_offer(other)
    context.unroute("**/save")
    other.get_by_role("button", name="Take the break").click()
    expect(other.get_by_role("heading", level=1)).to_have_text(re.compile("A break until"))
    assert exam.site.stored(exam.id, 2) == 2


def test_at_zero_the_page_that_offers_a_break_hands_in(exam: Exam) -> None:
    exam.site.leave(exam.id, 3)
    exam.page.goto(f"{exam.path}/break")
    exam.page.wait_for_url("**/results")
    assert exam.site.submitted_at(exam.id)


def test_the_clock_goes_on_after_the_break_where_it_stood(site: Site, open_page: OpenPage) -> None:
    person = site.make_person()
    attempt_id = site.start_mock(person, blueprint=WITH_BREAKS)
    site.leave(attempt_id, 9 * 60 + 30)
    page = open_page(f"/attempts/{attempt_id}/break", person, width=PHONE)
    expect(page.locator(".exam-clock time")).to_have_text(re.compile(r"9:2\d|9:30"))
    page.get_by_role("button", name="Take the break").click()
    expect(page.get_by_text(re.compile(r"stands still: 9:\d\d left"))).to_be_visible()
    page.wait_for_timeout(2000)
    page.get_by_role("button", name="Go on with the exam").click()
    expect(page.locator(".exam-clock time")).to_have_text(re.compile(r"9:\d\d"))
    choose(page, 1)
    expect_saved(page)
