"""The exam page with its script: nothing that it called saved or kept is ever lost."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect

from quizapp.accounts.models import User
from tests.browser.conftest import (
    ARGUMENTS,
    BROWSER,
    OpenPage,
    Watch,
    chromium_path,
    close_page,
    context_options,
    prepare,
)
from tests.browser.site import COOKIE, Person, Site
from tests.factories import PASSWORD

pytestmark = BROWSER

SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
NETWORK_IS_OFF = ("ERR_INTERNET_DISCONNECTED",)
# A page that is closed or left drops what it was asking for.
ON_ITS_WAY = ("ERR_ABORTED POST", "ERR_ABORTED GET /attempts/")
KEPT_COUNT = """() => new Promise((resolve) => {
    const request = indexedDB.open("quizapp");
    request.onupgradeneeded = () => request.transaction.abort(); // nothing was ever kept
    request.onerror = () => resolve(0);
    request.onsuccess = () => {
        const database = request.result;
        const store = database.transaction("kept").objectStore("kept").count();
        store.onsuccess = () => { resolve(store.result); database.close(); };
    };
})"""


@dataclass(frozen=True, slots=True)
class Exam:
    """An open mock in the database and in a browser."""

    site: Site
    person: Person
    id: int
    page: Page

    def path(self, position: int) -> str:
        return f"/attempts/{self.id}/{position}"

    def stored(self, position: int = 1) -> int | None:
        return self.site.stored(self.id, position)


@pytest.fixture
def exam(site: Site, open_page: OpenPage) -> Exam:
    person = site.make_person()
    attempt_id = site.start_mock(person)
    return Exam(site, person, attempt_id, open_page(f"/attempts/{attempt_id}/1", person))


def choose(page: Page, number: int) -> None:
    page.locator(".option").nth(number - 1).click()


def expect_chosen(page: Page, number: int | None) -> None:
    expect(page.locator(".option input:checked")).to_have_count(0 if number is None else 1)
    if number is not None:
        expect(page.locator(".option input").nth(number - 1)).to_be_checked()


def expect_saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text(SAVED)


def current_square(page: Page) -> Any:
    return page.locator(".palette [aria-current]")


def test_a_choice_is_saved_at_once_and_is_there_after_reloading(exam: Exam) -> None:
    choose(exam.page, 2)
    expect_saved(exam.page)
    assert exam.stored() == 2
    choose(exam.page, 3)
    expect_saved(exam.page)
    exam.page.reload()
    expect_chosen(exam.page, 3)
    expect(current_square(exam.page)).to_have_class(re.compile("done"))
    assert exam.site.outcomes(exam.id) == ["saved", "saved"]


def test_a_fast_change_of_mind_ends_with_the_last_choice(exam: Exam) -> None:
    for number in (1, 2, 3, 1, 2):
        choose(exam.page, number)
    exam.page.get_by_role("button", name="Next").last.click()
    exam.page.wait_for_url("**/2")
    assert exam.stored() == 2
    assert set(exam.site.outcomes(exam.id)) == {"saved"}


def test_taking_an_answer_back_leaves_the_item_open(exam: Exam) -> None:
    take_back = exam.page.get_by_role("button", name="Take my answer back")
    expect(take_back).to_be_hidden()
    choose(exam.page, 2)
    expect_saved(exam.page)
    take_back.click()
    expect(take_back).to_be_hidden()
    expect_chosen(exam.page, None)
    expect_saved(exam.page)
    exam.page.reload()
    expect_chosen(exam.page, None)
    assert exam.stored() is None


def test_a_flag_is_saved_and_said_without_leaving_the_item(exam: Exam) -> None:
    page = exam.page
    page.get_by_role("button", name="Flag for review").click()
    expect(page.get_by_role("button", name="Flagged", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(current_square(page)).to_have_class(re.compile("flag"))
    expect_saved(page)
    page.reload()
    page.get_by_role("button", name="Flagged", exact=True).click()
    expect(page.get_by_role("button", name="Flag for review")).to_have_attribute("aria-pressed", "false")
    expect_saved(page)
    assert not exam.site.opened(exam.id, 1).is_flagged


@pytest.mark.parametrize(
    ("button", "kept"), [("Keep the saved one", 1), ("Use my choice here", 2)], ids=["saved one", "mine"]
)
def test_a_second_tab_with_an_old_page_is_asked_which_answer_counts(
    exam: Exam, watch: Watch, button: str, kept: int
) -> None:
    watch.expect("409 POST")
    second = exam.page.context.new_page()
    second.goto(exam.path(1))
    choose(exam.page, 1)
    expect_saved(exam.page)
    choose(second, 2)
    question = second.get_by_role("alert").filter(has_text="changed somewhere else")
    expect(question).to_be_visible()
    expect(second.get_by_role("button", name="Keep the saved one")).to_be_focused()
    expect(second.locator("#exam button:enabled:visible")).to_have_text(
        ["Keep the saved one", "Use my choice here"]
    )
    second.get_by_role("button", name=button).click()
    expect(question).to_be_hidden()
    expect_chosen(second, kept)
    if button == "Use my choice here":
        expect(second.locator(".option input").nth(kept - 1)).to_be_focused()
    expect(second.get_by_role("button", name="Next").last).to_be_enabled()
    expect(second.get_by_role("button", name="Previous")).to_be_disabled()
    expect_saved(second)
    assert exam.stored() == kept
    second.reload()
    expect_chosen(second, kept)


@pytest.mark.parametrize(
    ("button", "kept"), [("Keep the saved one", 1), ("Use my choice here", 2)], ids=["saved one", "mine"]
)
def test_without_script_the_same_question_is_a_page(
    site: Site, open_page: OpenPage, watch: Watch, button: str, kept: int
) -> None:
    watch.expect("409 POST")
    person = site.make_person()
    attempt_id = site.start_mock(person)
    first = open_page(f"/attempts/{attempt_id}/1", person, script=False)
    second = open_page(f"/attempts/{attempt_id}/1", person, script=False)
    choose(first, 1)
    first.get_by_role("button", name="Next").last.click()
    choose(second, 2)
    second.get_by_role("button", name="Next").last.click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Which answer should count?")
    second.get_by_role("button", name=button).click()
    expect_chosen(second, kept)
    assert site.stored(attempt_id, 1) == kept


def test_offline_a_choice_is_kept_and_sent_when_the_network_is_back(exam: Exam, watch: Watch) -> None:
    watch.expect(*NETWORK_IS_OFF)
    exam.page.context.set_offline(True)
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    expect(current_square(exam.page)).to_have_class(re.compile("waiting"))
    choose(exam.page, 3)
    assert exam.stored() is None
    exam.page.context.set_offline(False)
    expect_saved(exam.page)
    expect(current_square(exam.page)).not_to_have_class(re.compile("waiting"))
    assert exam.stored() == 3


def test_offline_the_page_stays_rather_than_lose_the_choice(exam: Exam, watch: Watch) -> None:
    watch.expect(*NETWORK_IS_OFF, *ON_ITS_WAY)  # at the end it may be on its way to the next item
    exam.page.context.set_offline(True)
    choose(exam.page, 2)
    exam.page.get_by_role("button", name="Next").last.click()
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    expect_chosen(exam.page, 2)
    with exam.page.expect_response("**/1/save"):
        exam.page.context.set_offline(False)
    assert exam.stored() == 2


@pytest.fixture
def reopenable(
    playwright: Playwright, site: Site, watch: Watch, tmp_path: Path
) -> Iterator[Callable[[Person], BrowserContext]]:
    """Opens a browser with the same profile each time it is called."""

    def open_(person: Person) -> BrowserContext:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium_path(), args=ARGUMENTS, **context_options(site)
        )
        prepare(context, site, watch, person)
        return context

    yield open_
    kill_browser(tmp_path / "profile")


def test_closing_right_after_a_click_is_asked_about_until_the_answer_is_saved(exam: Exam) -> None:
    held: list[Route] = []
    exam.page.route("**/save", lambda route: held.append(route))
    with exam.page.expect_request("**/save"):
        choose(exam.page, 2)
    with exam.page.expect_event("dialog") as asked:
        exam.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    held[0].continue_()
    expect_saved(exam.page)
    assert exam.stored() == 2
    with exam.page.expect_event("close"):
        exam.page.close(run_before_unload=True)


def test_a_browser_killed_while_an_answer_is_on_its_way_still_has_it(
    reopenable: Callable[[Person], BrowserContext], site: Site, watch: Watch, tmp_path: Path
) -> None:
    watch.expect("ERR_ABORTED POST")
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = reopenable(person).new_page()
    page.goto(f"/attempts/{attempt_id}/1")
    page.route("**/save", lambda route: None)
    choose(page, 2)
    expect_kept(page, 1)
    kill_browser(tmp_path / "profile")
    again = reopenable(person).new_page()
    again.goto(f"/attempts/{attempt_id}/1")
    expect_chosen(again, 2)
    expect_saved(again)
    assert site.stored(attempt_id, 1) == 2


def test_a_killed_browser_sends_later_what_it_called_kept(
    reopenable: Callable[[Person], BrowserContext], site: Site, watch: Watch, tmp_path: Path
) -> None:
    watch.expect(*NETWORK_IS_OFF)
    person = site.make_person()
    attempt_id = site.start_mock(person)
    first = reopenable(person)
    page = first.new_page()
    page.goto(f"/attempts/{attempt_id}/1")
    first.set_offline(True)
    choose(page, 2)
    expect(page.locator("#saved")).to_contain_text("Kept on this device")
    kill_browser(tmp_path / "profile")
    assert site.stored(attempt_id, 1) is None
    again = reopenable(person).new_page()
    with again.expect_response(re.compile(r"/1/save$")):
        again.goto(f"/attempts/{attempt_id}/2")  # another item: kept changes are sent from any of them
    assert site.stored(attempt_id, 1) == 2


def kill_browser(profile: Path) -> None:
    """End the browser that this test started, as a dead battery would."""
    mark = f"--user-data-dir={profile}"
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if mark in words and not any(word.startswith("--type=") for word in words):
            os.kill(int(folder.name), signal.SIGKILL)


def test_signed_out_in_the_middle_the_answer_waits_until_signing_in_again(exam: Exam, watch: Watch) -> None:
    watch.expect("401 POST", "401 GET", "400 POST")
    context = exam.page.context
    context.clear_cookies(name=COOKIE)
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device. Sign in again in another tab")
    assert exam.stored() is None
    door = context.new_page()
    door.goto("/login")
    door.get_by_label("Email").fill(exam.person.email)
    door.locator("[autocomplete=current-password]").fill(PASSWORD)
    door.get_by_role("main").get_by_role("button", name="Sign in").click()
    door.wait_for_url("**/home")
    exam.page.bring_to_front()
    expect(exam.page.locator("#saved")).to_have_text(SAVED, timeout=20_000)
    assert exam.stored() == 2


def test_another_person_who_signs_in_never_sends_the_answer(exam: Exam, site: Site, watch: Watch) -> None:
    watch.expect("401 POST", "401 GET", "400 POST", "404 GET")
    context = exam.page.context
    context.clear_cookies(name=COOKIE)
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    context.add_cookies([{"name": COOKIE, "value": site.make_person("Sasha").cookie, "url": site.url}])
    with exam.page.expect_response(lambda response: response.status == 404):
        exam.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    assert exam.site.outcomes(exam.id) == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_back_after_next_shows_what_was_chosen(site: Site, open_page: OpenPage, script: bool) -> None:
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = open_page(f"/attempts/{attempt_id}/1", person, script=script)
    choose(page, 1)
    choose(page, 2)
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url("**/2")
    choose(page, 3)
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url("**/3")
    page.go_back()
    expect_chosen(page, 3)
    page.go_back()
    expect_chosen(page, 2)
    choose(page, 1)  # on top of what stands, so no conflict
    page.get_by_role("button", name="Next").last.click()
    page.wait_for_url("**/2")
    expect_chosen(page, 3)
    assert site.stored(attempt_id, 1) == 1
    assert "conflict" not in site.outcomes(attempt_id)


# Changes kept on this device


def expect_kept(page: Page, count: int) -> None:
    """So many answers are, or will soon be, on this device only."""
    page.wait_for_function(f"async () => (await ({KEPT_COUNT})()) === {count}")


def close_at_once(page: Page) -> None:
    """As a browser that ends: nothing more is sent. A page that closes is online again for a moment."""
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    close_page(page)


def keep_offline(exam: Exam, choice: int) -> None:
    """An answer on item 1 that only the device has, and no page any more."""
    exam.page.context.set_offline(True)
    choose(exam.page, choice)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    close_at_once(exam.page)
    exam.page.context.set_offline(False)


def test_two_tabs_keep_their_answers_apart(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", "409 POST")
    context = exam.page.context
    second = context.new_page()
    second.goto(exam.path(1))
    held: list[Route] = []
    exam.page.route("**/save", lambda route: held.append(route))
    second.route("**/save", lambda route: route.abort())
    with exam.page.expect_request("**/save"):
        choose(exam.page, 1)
    choose(second, 2)
    expect(second.locator("#saved")).to_contain_text("Kept on this device")
    held[0].continue_()
    expect_saved(exam.page)
    close_at_once(second)
    exam.page.unroute("**/save")
    exam.page.reload()
    question = exam.page.get_by_role("alert").filter(has_text="changed somewhere else")
    expect(question).to_be_visible()
    exam.page.get_by_role("button", name="Use my choice here").click()
    expect_kept(exam.page, 0)
    expect_saved(exam.page)
    assert exam.stored() == 2


def test_a_change_behind_a_lost_answer_is_no_conflict_with_oneself(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", "ERR_ABORTED POST")
    context = exam.page.context

    arrived: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if not arrived:
            arrived.append(route.fetch().text())
        route.abort()

    exam.page.route("**/save", lose_the_answer)
    choose(exam.page, 1)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    close_at_once(exam.page)
    again = context.new_page()
    again.goto(exam.path(1))
    expect_saved(again)
    expect_chosen(again, 2)
    assert exam.stored() == 2
    assert exam.site.outcomes(exam.id) == ["saved", "saved"]


@pytest.mark.parametrize("multiplier", ["1", "untimed"])
def test_the_review_page_sends_what_is_kept_before_handing_in(
    site: Site, open_page: OpenPage, watch: Watch, multiplier: str
) -> None:
    watch.expect(*NETWORK_IS_OFF, "ERR_FAILED POST", *ON_ITS_WAY)
    person = site.make_person()
    attempt_id = site.start_mock(person, multiplier)
    exam = Exam(site, person, attempt_id, open_page(f"/attempts/{attempt_id}/1", person))
    keep_offline(exam, site.best(attempt_id, 1))
    page = exam.page.context.new_page()
    page.route("**/save", lambda route: route.abort())
    page.goto(f"/attempts/{attempt_id}/review")
    expect(page.get_by_role("alert").filter(has_text="kept on this device")).to_be_visible()
    with page.expect_event("requestfailed"):  # the button tries again by itself
        page.get_by_role("button", name="Hand in my exam").click()
    assert site.submitted_at(attempt_id) is None
    page.unroute("**/save")
    page.get_by_role("button", name="Hand in my exam").click()
    page.wait_for_url("**/results")
    expect(page.get_by_role("heading", level=1)).to_have_text("You chose the keyed response in 1 of 50.")


def test_who_cannot_send_what_is_kept_can_hand_in_without_it(exam: Exam, watch: Watch) -> None:
    watch.expect(*NETWORK_IS_OFF, "ERR_FAILED POST", *ON_ITS_WAY)
    keep_offline(exam, 2)
    page = exam.page.context.new_page()
    page.route("**/save", lambda route: route.abort())
    page.goto(f"/attempts/{exam.id}/review")
    page.get_by_role("button", name="Hand in without it").click()
    page.wait_for_url("**/results")
    assert exam.stored() is None


@pytest.mark.parametrize("path", ["/attempts/{id}/1", "/home"], ids=["closed", "home"])
def test_an_expired_exam_sends_what_is_kept_for_its_record(exam: Exam, watch: Watch, path: str) -> None:
    watch.expect(*NETWORK_IS_OFF, "410 ", *ON_ITS_WAY)
    keep_offline(exam, 2)
    exam.site.leave(exam.id, -60)
    page = exam.page.context.new_page()
    page.goto(path.format(id=exam.id))
    page.get_by_role("button", name="Hand in what was saved").click()
    page.wait_for_url("**/results")
    assert exam.site.outcomes(exam.id) == ["closed"]
    expect_kept(page, 0)


STRANGE = {
    "portal": {"status": 200, "content_type": "text/html", "body": "<h1>Welcome to our Wi-Fi</h1>"},
    "cut": {"status": 200, "content_type": "application/json", "body": '{"outcome": "sa'},
    "other JSON": {"status": 200, "content_type": "application/json", "body": '{"ok": true}'},
    "null": {"status": 200, "content_type": "application/json", "body": "null"},
} | {
    str(status): {"status": status, "content_type": "text/html", "body": "a proxy"}
    for status in (400, 401, 403, 404, 408, 409, 410, 421, 422, 425, 500)
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_an_answer_that_is_not_ours_changes_nothing_and_is_tried_again(
    exam: Exam, watch: Watch, strange: dict[str, Any]
) -> None:
    watch.expect(r"\d\d\d POST")
    exam.page.route("**/save", lambda route: route.fulfill(**strange))
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device, will send")
    expect_kept(exam.page, 1)
    exam.page.unroute("**/save")
    exam.page.evaluate("dispatchEvent(new Event('online'))")
    expect_kept(exam.page, 0)
    expect_saved(exam.page)
    assert exam.stored() == 2


def test_where_nothing_can_be_kept_the_page_does_not_say_so(exam: Exam, watch: Watch) -> None:
    watch.expect(*NETWORK_IS_OFF)
    exam.page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('forbidden'); }")
    exam.page.reload()
    exam.page.context.set_offline(True)
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_have_text("Not saved yet: keep this page open")
    exam.page.context.set_offline(False)
    expect_saved(exam.page)
    assert exam.stored() == 2


def test_a_store_that_never_opens_does_not_hold_up_saving(exam: Exam) -> None:
    exam.page.add_init_script("IDBFactory.prototype.open = () => ({})")
    exam.page.reload()
    choose(exam.page, 2)
    expect_saved(exam.page)
    exam.page.get_by_role("button", name="Next").last.click()
    exam.page.wait_for_url("**/2")


def test_an_older_browser_saves_and_moves_on(exam: Exam) -> None:
    exam.page.add_init_script(
        """delete AbortSignal.timeout; delete Crypto.prototype.randomUUID;
        delete HTMLFormElement.prototype.requestSubmit; delete SubmitEvent.prototype.submitter;"""
    )
    exam.page.reload()
    choose(exam.page, 2)
    expect_saved(exam.page)
    exam.page.get_by_role("button", name="Flag for review").click()
    expect(exam.page.get_by_role("button", name="Flagged", exact=True)).to_be_visible()
    choose(exam.page, 3)
    exam.page.get_by_role("button", name="Next").last.click()
    exam.page.wait_for_url("**/2")
    assert exam.stored() == 3


def test_while_a_question_is_open_no_other_choice_slips_through(exam: Exam, watch: Watch) -> None:
    watch.expect("409 POST")
    second = exam.page.context.new_page()
    second.goto(exam.path(1))
    choose(exam.page, 1)
    expect_saved(exam.page)
    choose(second, 2)
    question = second.get_by_role("alert").filter(has_text="changed somewhere else")
    expect(question).to_be_visible()
    second.locator(".option").nth(2).click(force=True)
    second.keyboard.press("3")
    expect_chosen(second, 2)
    with second.expect_navigation():
        second.get_by_role("button", name="Keep the saved one").click()
    expect_chosen(second, 1)
    expect_saved(second)
    assert exam.stored() == 1
    expect_kept(second, 0)


def test_after_five_seconds_offline_the_page_says_until_when_answers_count(exam: Exam, watch: Watch) -> None:
    watch.expect(*NETWORK_IS_OFF)
    exam.page.clock.install()
    exam.page.reload()
    exam.page.context.set_offline(True)
    choose(exam.page, 2)
    sign = exam.page.locator("#saved")
    expect(sign).to_contain_text("Kept on this device")
    expect(sign).not_to_contain_text("must arrive")
    exam.page.clock.fast_forward(6_000)
    expect(sign).to_have_text(re.compile(r"Kept on this device.* Answers must arrive by \d\d:\d\d\.$"))


@pytest.mark.parametrize("path", ["1", "review"])
def test_offline_at_zero_the_page_stays_and_hands_in_when_the_network_is_back(
    exam: Exam, watch: Watch, path: str
) -> None:
    watch.expect(*NETWORK_IS_OFF, "ERR_FAILED POST", *ON_ITS_WAY)
    page = exam.page
    page.clock.install()
    page.route("**/save", lambda route: route.abort())
    page.reload()
    choose(page, exam.site.best(exam.id, 1))
    expect(page.locator("#saved")).to_contain_text("Kept on this device")
    if path == "review":
        close_at_once(page)
        page = exam.page.context.new_page()
        page.clock.install()
        page.goto(f"/attempts/{exam.id}/review")
        expect_answered = page.get_by_role("heading", name="Hand in 1 of 50 answers?")
        expect(expect_answered).to_be_visible()
    page.context.set_offline(True)
    page.clock.fast_forward("01:15:05")
    said = page.locator("#saved, #over").get_by_text(re.compile(r"[Aa]nswers must arrive by \d\d:\d\d"))
    expect(said).to_be_visible()
    page.clock.fast_forward(15_000)
    page.clock.fast_forward(40_000)
    expect(page.locator("#clock")).to_contain_text("Time is over")
    assert exam.site.submitted_at(exam.id) is None
    page.unroute("**/save")
    page.context.set_offline(False)
    page.wait_for_url("**/results", timeout=20_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("You chose the keyed response in 1 of 50.")


# The clock


def test_the_clock_can_be_hidden_and_shown(exam: Exam) -> None:
    time = exam.page.locator("#clock time")
    expect(time).to_have_text(re.compile(r"^7\d min left$"))
    exam.page.get_by_role("button", name="Hide clock").click()
    expect(time).to_be_hidden()
    exam.page.get_by_role("button", name="Show clock").click()
    expect(time).to_be_visible()


def test_who_hides_the_clock_starts_without_it(site: Site, open_page: OpenPage) -> None:
    person = site.make_person(hides_clock=True)
    page = open_page(f"/attempts/{site.start_mock(person)}/1", person)
    expect(page.locator("#clock time")).to_be_hidden()
    page.get_by_role("button", name="Show clock").click()
    expect(page.locator("#clock time")).to_have_text(re.compile(r"^7\d min left$"))


def test_an_untimed_exam_has_no_clock(site: Site, open_page: OpenPage) -> None:
    person = site.make_person()
    page = open_page(f"/attempts/{site.start_mock(person, 'untimed')}/1", person)
    expect(page.get_by_text("No time limit")).to_be_visible()
    choose(page, 1)
    expect_saved(page)


@pytest.mark.parametrize("minutes", [10, 5])
def test_a_screen_reader_hears_when_ten_and_five_minutes_are_left(exam: Exam, minutes: int) -> None:
    exam.site.leave(exam.id, minutes * 60 + 3)
    exam.page.reload()
    said = exam.page.get_by_role("status").filter(has_text=f"{minutes} minutes left")
    expect(said).to_be_attached()
    expect(exam.page.locator("#clock time")).to_have_text(re.compile(rf"^{minutes - 1}:5\d"))


def test_at_zero_the_last_choice_is_saved_and_the_exam_hands_itself_in(exam: Exam) -> None:
    exam.site.leave(exam.id, 3)
    exam.page.reload()
    choose(exam.page, exam.site.best(exam.id, 1))
    exam.page.wait_for_url("**/results")
    expect(exam.page.get_by_role("heading", level=1)).to_have_text("You chose the keyed response in 1 of 50.")
    assert exam.site.submitted_at(exam.id) is not None


def test_at_zero_the_review_page_hands_in_too(exam: Exam) -> None:
    exam.site.leave(exam.id, 2)
    exam.page.goto(f"/attempts/{exam.id}/review")
    exam.page.wait_for_url("**/results")


def test_an_answer_after_the_end_is_refused_with_a_clear_page(exam: Exam, watch: Watch) -> None:
    watch.expect("410 ", "ERR_ABORTED POST")  # the page leaves without reading the answer's body
    exam.site.leave(exam.id, -60)
    choose(exam.page, 2)
    expect(exam.page.get_by_role("heading", level=1)).to_have_text("The time is over")
    exam.page.get_by_role("button", name="Hand in what was saved").click()
    exam.page.wait_for_url("**/results")
    assert exam.site.outcomes(exam.id) == ["closed"]


def test_hiding_the_clock_lasts_over_items_and_review(exam: Exam) -> None:
    page = exam.page
    time = page.locator("#clock time")
    page.get_by_role("button", name="Hide clock").click()
    for path in (exam.path(2), f"/attempts/{exam.id}/review"):
        page.goto(path)
        expect(page.get_by_role("button", name="Show clock")).to_be_visible()
        expect(time).to_be_hidden()
    page.get_by_role("button", name="Show clock").click()
    expect(time).to_be_visible()
    page.goto(exam.path(3))
    expect(page.get_by_role("button", name="Hide clock")).to_be_visible()


def test_who_hides_the_clock_does_not_see_it_on_the_review_page(site: Site, open_page: OpenPage) -> None:
    person = site.make_person(hides_clock=True)
    page = open_page(f"/attempts/{site.start_mock(person)}/review", person)
    expect(page.get_by_role("button", name="Show clock")).to_be_visible()
    expect(page.locator("#clock time")).to_be_hidden()


def test_ten_minutes_are_announced_once_though_a_page_was_loading_just_then(exam: Exam) -> None:
    exam.site.leave(exam.id, 10 * 60 - 2)
    exam.page.reload()
    said = exam.page.get_by_role("status").filter(has_text="10 minutes left")
    expect(said).to_be_attached()
    exam.page.goto(exam.path(2))
    expect(exam.page.locator("#clock time")).to_have_text(re.compile(r"^9:5\d"))
    exam.page.wait_for_timeout(1500)
    expect(said).not_to_be_attached()


def test_choice_that_is_made_before_the_script_is_there_is_saved(
    site: Site, open_page: OpenPage, watch: Watch
) -> None:
    person = site.make_person()
    attempt_id = site.start_mock(person)
    page = open_page(None, person)
    held: list[Route] = []
    page.route("**/js/exam.js", lambda route: held.append(route))
    page.goto(f"/attempts/{attempt_id}/1", wait_until="commit")
    page.locator(".option").nth(1).click()
    assert site.stored(attempt_id, 1) is None
    held[0].continue_()
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert site.stored(attempt_id, 1) == 2


def test_added_time_is_on_the_clock_within_five_seconds(exam: Exam) -> None:
    exam.site.leave(exam.id, 8 * 60)
    exam.page.reload()
    expect(exam.page.locator("#clock time")).to_have_text(re.compile(r"^7:5\d$|^8:00$"))
    exam.site.leave(exam.id, 14 * 60 - 1)
    expect(exam.page.locator("#clock time")).to_have_text("13 min left", timeout=5000)
    expect(exam.page.locator("#clock-said")).to_have_text("You have more time: 13 minutes left")


def test_a_lost_connection_is_told_once_with_the_time_by_which_answers_count(
    exam: Exam, watch: Watch
) -> None:
    watch.expect(*NETWORK_IS_OFF)
    banner = exam.page.locator("#offline")
    expect(banner).to_be_hidden()
    exam.page.context.set_offline(True)
    expect(banner).to_be_visible(timeout=12_000)
    expect(banner).to_contain_text("No connection. Your answers are kept on this device")
    expect(banner).to_contain_text(re.compile(r"Answers must arrive by \d\d:\d\d\."))
    exam.page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=6000)


def test_a_mock_handed_in_elsewhere_leads_to_its_results(exam: Exam, open_page: OpenPage) -> None:
    other = open_page(f"/attempts/{exam.id}/review", exam.person)
    with other.expect_navigation():
        other.get_by_role("button", name="Hand in my exam").click()
    exam.page.wait_for_url("**/results", timeout=6000)


def test_signing_out_first_sends_what_is_kept_or_says_that_it_cannot(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", *ON_ITS_WAY)
    context = exam.page.context
    context.route("**/save", lambda route: route.abort())
    choose(exam.page, 3)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    exam.page.close(run_before_unload=False)
    home = context.new_page()
    home.goto("/home")
    home.get_by_role("button", name="Sign out").click()
    notice = home.get_by_role("alert").filter(has_text="could not be sent yet")
    expect(notice).to_be_visible()
    assert home.url.endswith("/home")
    context.unroute("**/save")
    with home.expect_navigation():
        home.get_by_role("button", name="Sign out", exact=True).click()
    assert exam.stored() == 3
    expect_kept(home, 0)


def test_who_signs_out_all_the_same_finds_the_answer_again(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", *ON_ITS_WAY)
    context = exam.page.context
    context.route("**/save", lambda route: route.abort())
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    exam.page.close(run_before_unload=False)
    home = context.new_page()
    home.goto("/home")
    home.get_by_role("button", name="Sign out", exact=True).click()
    with home.expect_navigation():
        home.get_by_role("button", name="Sign out all the same").click()
    expect_kept(home, 1)
    context.unroute("**/save")
    home.goto("/login?next=" + exam.path(1))
    home.get_by_label("Email").fill(exam.person.email)
    home.get_by_label("Password", exact=True).fill(PASSWORD)
    with home.expect_navigation():
        home.locator("main form button[type=submit], main form button:not([type])").last.click()
    home.wait_for_url(f"**{exam.path(1)}")
    expect_saved(home)
    assert exam.stored() == 2


def test_nothing_of_an_exam_stays_on_the_device_after_handing_in(exam: Exam, watch: Watch) -> None:
    watch.expect("ERR_FAILED POST", "410 POST", *ON_ITS_WAY)
    context = exam.page.context
    context.route("**/save", lambda route: route.abort())
    choose(exam.page, 2)
    expect(exam.page.locator("#saved")).to_contain_text("Kept on this device")
    exam.page.close(run_before_unload=False)
    review = context.new_page()
    review.goto(f"/attempts/{exam.id}/review")
    review.get_by_role("button", name="Hand in my exam").click()
    with review.expect_navigation():
        review.get_by_role("button", name="Hand in without it").click()
    # The page of the result tries again by itself: then nothing may be left for the reload to send.
    with review.expect_response(re.compile(r"/1/save$")):
        context.unroute("**/save")
        review.reload()
    expect_kept(review, 0)
    assert exam.site.outcomes(exam.id) == ["closed"]


def test_a_password_changed_in_the_middle_loses_no_answer(exam: Exam, watch: Watch) -> None:
    """On another device, which signs out here: the answer waits until signing in again."""
    watch.expect("401 POST", "401 GET", "400 POST", *ON_ITS_WAY)
    with exam.site.working() as session:
        user = session.get_one(User, exam.person.id)
        user.session_version += 1
    choose(exam.page, 3)
    expect(exam.page.locator("#saved")).to_contain_text("Sign in again in another tab")
    assert exam.stored() is None
    other = exam.page.context.new_page()
    other.goto("/login")
    other.get_by_label("Email").fill(exam.person.email)
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    with other.expect_navigation():
        other.locator("main form button:not([type]), main form button[type=submit]").last.click()
    exam.page.bring_to_front()
    expect_saved(exam.page)
    assert exam.stored() == 3
