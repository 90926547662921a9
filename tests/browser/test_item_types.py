"""One item of every type in practice and in a mock: for everybody, by keyboard, without script, offline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from quizapp import clock
from quizapp.core.items import ITEM_TYPES, Answer
from quizapp.exams.models import MOCK, PRACTICE
from tests.browser.conftest import BROWSER, DESK, PHONE, OpenPage, Watch, close
from tests.browser.site import COOKIE, Person, Site
from tests.browser.test_keyboard import assert_focus_shows, press_tab_to
from tests.browser.test_pages import RULES, axe_problems, frame_problems, narrow_problems
from tests.exams.test_item_types import one_of_each
from tests.factories import make_set

pytestmark = BROWSER

TYPES = list(ITEM_TYPES)
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
Fields = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Set:
    """An attempt with one item of each type, in the order of TYPES."""

    site: Site
    person: Person
    id: int
    mode: str

    def path(self, name: str) -> str:
        place = TYPES.index(name) + 1
        return f"/{'attempts' if self.mode == MOCK else 'practice'}/{self.id}/{place}"

    def opened(self, name: str) -> Any:
        return self.site.opened(self.id, TYPES.index(name) + 1, self.mode)

    def steps(self, name: str, answer: Answer) -> list[Fields]:
        opened = self.opened(name)
        if not opened.kind.in_steps:
            return [opened.kind.posted(opened.item, opened.order, answer)]
        path = answer["path"]
        return [
            opened.kind.posted(opened.item, opened.order, {"path": path[:length]})
            for length in range(1, len(path) + 1)
        ]

    def key(self, name: str) -> list[Fields]:
        opened = self.opened(name)
        return self.steps(name, opened.kind.key_answer(opened.item))

    def other(self, name: str) -> list[Fields]:
        """An answer that does not earn everything."""
        opened = self.opened(name)
        key = opened.kind.key_answer(opened.item)
        return self.steps(
            name, next(each for each in islice(opened.kind.patterns(opened.item), 9) if each != key)
        )

    def stored(self, name: str) -> Answer | None:
        answer: Answer | None = self.opened(name).answer
        return answer


def make(site: Site, mode: str) -> Set:
    person = site.make_person()
    with site.working() as session:
        attempt_id = make_set(session, person.id, one_of_each(session), mode=mode, now=clock.now())
    return Set(site, person, attempt_id, mode)


@pytest.fixture
def practice(site: Site) -> Set:
    return make(site, PRACTICE)


@pytest.fixture
def exam(site: Site) -> Set:
    return make(site, MOCK)


def fill(page: Page, fields: Fields) -> None:
    """Answer by pointing at labels and typing numbers."""
    for name, values in fields.items():
        for value in values:
            control = page.locator(f".options [name='{name}']").first
            if control.get_attribute("type") == "number":
                page.locator(f".options [name='{name}']").fill(value)
            elif control.get_attribute("type") != "hidden":
                page.locator(f".options label:has([name='{name}'][value='{value}'])").click()


def send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("form#item > .actions button").first.click()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_set_of_every_type_from_first_to_last(open_page: OpenPage, practice: Set, width: int) -> None:
    page = open_page(practice.path(TYPES[0]), practice.person, width=width)
    for name in TYPES:
        page.wait_for_url(f"**{practice.path(name)}")
        for fields in practice.key(name):
            fill(page, fields)
            send(page)
        expect(page.locator("#result")).to_contain_text("Yes, that")
        expect(page.locator("#result")).to_be_focused()
        with page.expect_navigation():
            page.locator("main a.button").last.click()
    expect(page.locator("h1")).to_have_text(f"You earned {len(TYPES)} of {len(TYPES)}.")


@pytest.fixture
def plain_page(browser: Browser, site: Site, practice: Set) -> Iterator[Page]:
    """A page in which scripts do not run."""
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    context.add_cookies([{"name": COOKIE, "value": practice.person.cookie, "url": site.url}])
    yield context.new_page()
    close(context)


def test_a_set_of_every_type_without_script(plain_page: Page, practice: Set) -> None:
    page = plain_page
    page.goto(practice.path(TYPES[0]))
    for name in TYPES:
        for fields in practice.other(name):
            fill(page, fields)
            page.locator("form#item > .actions button").first.click()
            page.wait_for_load_state()
        expect(page.locator("#result")).to_be_visible()
        page.locator("main a.button").last.click()
        page.wait_for_load_state()
    expect(page.locator("h1")).to_contain_text("You earned")


def press_through(page: Page, fields: Fields) -> None:
    """Answer with Tab, arrows, Space and digits alone."""
    for name, values in fields.items():
        controls = page.locator(f".options [name='{name}']:not([type=hidden])")
        for value in values:
            if not controls.count():
                continue
            kind = controls.first.get_attribute("type")
            if kind == "number":
                press_tab_to(page, controls.first)
                page.keyboard.type(value)
            elif kind == "checkbox":
                press_tab_to(page, page.locator(f".options [name='{name}'][value='{value}']"))
                page.keyboard.press("Space")
            else:
                _press_to_radio(page, controls, name, value)
            assert_focus_shows(page)


def _press_to_radio(page: Page, controls: Locator, name: str, value: str) -> None:
    """Tab stops once in a group of radios that has no choice; arrows go on from there."""
    group = f"[...document.querySelectorAll(\".options [name='{name}']\")]"
    for _ in range(60):
        if page.evaluate(f"{group}.includes(document.activeElement)"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    target = page.locator(f".options [name='{name}'][value='{value}']")
    for _ in range(controls.count()):
        if target.is_checked():
            return
        page.keyboard.press("ArrowDown")
    expect(target).to_be_checked()


def test_a_set_of_every_type_by_keyboard_alone(open_page: OpenPage, practice: Set) -> None:
    page = open_page(practice.path(TYPES[0]), practice.person)
    for name in TYPES:
        page.wait_for_url(f"**{practice.path(name)}")
        for fields in practice.key(name):
            press_through(page, fields)
            button = page.locator("form#item > .actions button").first
            press_tab_to(page, button)
            with page.expect_navigation():
                page.keyboard.press("Enter")
        expect(page.locator("#result")).to_contain_text("Yes, that")
        press_tab_to(page, page.locator("main a.button").last)
        with page.expect_navigation():
            page.keyboard.press("Enter")


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_for_everybody(
    open_page: OpenPage, practice: Set, exam: Set, watch: Watch, name: str
) -> None:
    """Before and after the answer, in practice and in a mock, and with a message."""
    watch.expect("422 POST")
    page = open_page(practice.path(name), practice.person)
    problems = check(page, "asked")
    if name != "branching":
        page.locator("form#item > .actions button").first.click()
        page.locator("#choose").wait_for()
        problems += check(page, "message")
    for fields in practice.other(name):
        fill(page, fields)
        send(page)
    problems += check(page, "told")
    page = open_page(exam.path(name), exam.person)
    problems += check(page, "exam")
    assert not problems


def check(page: Page, where: str) -> list[str]:
    found = [*frame_problems(page)]
    for scheme in RULES:
        page.emulate_media(color_scheme=scheme)
        found += axe_problems(page, scheme)
    found += narrow_problems(page)
    page.set_viewport_size({"width": DESK, "height": 900})
    return [f"{where}: {each}" for each in found]


# With the script


def test_buttons_put_a_ranking_in_order_and_say_so(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("ranking"), exam.person)
    rows = page.locator(".rank-row")
    count = rows.count()
    third = rows.nth(2).locator(".option-text").inner_text()
    up = page.get_by_role("button", name=f"Move up: {third}")
    up.focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1).locator(".option-text")).to_have_text(third)
    expect(up).to_be_focused()
    expect(page.locator(".ranking [role=status]")).to_have_text(f"Now number 2 of {count}: {third}")
    page.keyboard.press("Enter")
    expect(rows.nth(0).locator(".option-text")).to_have_text(third)
    expect(rows.nth(0).locator("input")).to_have_value("1")
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.reload()
    expect(page.locator(".rank-row").nth(0).locator(".option-text")).to_have_text(third)
    stored = exam.stored("ranking")
    assert stored
    assert sorted(stored["ranks"]) == list(range(1, count + 1))


def test_a_row_can_be_dragged(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("ranking"), exam.person, width=DESK)
    rows = page.locator(".rank-row")
    last = rows.last.locator(".option-text").inner_text()
    rows.last.drag_to(rows.first)
    expect(rows.first.locator(".option-text")).to_have_text(last)
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_the_order_as_it_stands_can_be_taken(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("ranking"), exam.person)
    page.get_by_role("button", name="Number them as they stand here").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.get_by_role("button", name="Take my answer back").click()
    expect(page.locator(".rank-row input").first).to_have_value("")
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_numbers_alike_are_not_saved_until_they_differ(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("ranking"), exam.person)
    fields = page.locator(".rank-row input")
    fields.nth(0).fill("1")
    fields.nth(1).fill("1")
    fields.nth(1).blur()
    expect(page.get_by_role("alert").filter(has_text="Two responses have the same number")).to_be_visible()
    fields.nth(1).fill("2")
    fields.nth(1).blur()
    expect(page.locator(".answer-problem")).to_be_hidden()
    expect(page.locator("#saved")).to_have_text(SAVED)
    stored = exam.stored("ranking")
    assert stored
    assert sorted(rank for rank in stored["ranks"] if rank) == [1, 2]


def test_the_best_is_not_the_worst_as_well(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("best_worst"), exam.person)
    page.locator("label:has([name=best][value='2'])").click()
    page.locator("label:has([name=worst][value='2'])").click()
    expect(page.locator("[name=best]:checked")).to_have_count(0)
    expect(page.locator("[name=worst][value='2']")).to_be_checked()
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_arrow_keys_pass_by_the_best_without_taking_it_back(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("best_worst"), exam.person)
    page.locator("label:has([name=best][value='2'])").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    first = page.locator(".judged [name=worst]").first
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=best][value='2']")).to_be_checked()
    expect(page.locator(".answer-problem")).to_be_hidden()
    page.wait_for_function("() => !document.querySelector('.palette .waiting')")
    stored = exam.stored("best_worst")
    assert stored
    assert None not in stored.values()


@pytest.mark.parametrize("name", [name for name in TYPES if not ITEM_TYPES[name].in_steps])
def test_every_type_is_saved_at_once_and_shown_again(open_page: OpenPage, exam: Set, name: str) -> None:
    page = open_page(exam.path(name), exam.person)
    [fields] = exam.key(name)
    fill(page, fields)
    page.locator("h1").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.wait_for_function("() => !document.querySelector('.palette .waiting')")
    opened = exam.opened(name)
    assert opened.answer == opened.kind.key_answer(opened.item)
    page.reload()
    posted = opened.kind.posted(opened.item, opened.order, opened.answer)
    for field, values in posted.items():
        for value in values:
            control = page.locator(f".options [name='{field}']").first
            if control.get_attribute("type") == "number":
                expect(page.locator(f".options [name='{field}']")).to_have_value(value)
            else:
                expect(page.locator(f".options [name='{field}'][value='{value}']")).to_be_checked()


@pytest.mark.parametrize("name", ["multiple_response", "ranking", "case"])
def test_an_answer_made_offline_arrives_after_a_reload(
    open_page: OpenPage, exam: Set, watch: Watch, name: str
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "ERR_ABORTED")
    page = open_page(exam.path(name), exam.person)
    page.context.set_offline(True)
    [fields] = exam.key(name)
    fill(page, fields)
    page.locator("h1").click()
    expect(page.locator("#saved")).to_contain_text("Kept on this device")
    assert exam.stored(name) is None
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text(SAVED)
    opened = exam.opened(name)
    assert opened.answer == opened.kind.key_answer(opened.item)


def test_two_answers_are_told_apart_in_words(open_page: OpenPage, exam: Set, watch: Watch) -> None:
    watch.expect("409 POST")
    page = open_page(exam.path("rating"), exam.person)
    other = open_page(exam.path("rating"), exam.person)
    other.locator("label:has([name=rate1][value='4'])").click()
    expect(other.locator("#saved")).to_have_text(SAVED)
    page.locator("label:has([name=rate1][value='1'])").click()
    box = page.locator("#conflict")
    expect(box).to_contain_text("Very helpful")
    expect(box).to_contain_text("Very unhelpful")
    page.get_by_role("button", name="Use my choice here").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    stored = exam.stored("rating")
    assert stored
    assert [rating for rating in stored["ratings"] if rating] == [1]


def test_a_conversation_in_a_mock_goes_on_reply_by_reply(open_page: OpenPage, exam: Set) -> None:
    page = open_page(exam.path("branching"), exam.person)
    steps = exam.key("branching")
    for number, fields in enumerate(steps, start=1):
        expect(page.locator("[name=turn]")).to_have_value(str(number))
        fill(page, fields)
        assert len((exam.stored("branching") or {"path": []})["path"]) == number - 1, "chosen is not said"
        with page.expect_navigation():
            page.get_by_role("button", name="Say this").last.click()
    expect(page.locator(".talk-end")).to_be_visible()
    expect(page.get_by_role("button", name="Say this")).to_have_count(0)
    opened = exam.opened("branching")
    assert opened.answer == opened.kind.key_answer(opened.item)


def test_a_reply_said_offline_is_kept_and_goes_on_later(open_page: OpenPage, exam: Set, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "ERR_ABORTED")
    page = open_page(exam.path("branching"), exam.person)
    first = exam.key("branching")[0]
    page.context.set_offline(True)
    fill(page, first)
    page.get_by_role("button", name="Say this").last.click()
    expect(page.locator("#saved")).to_contain_text("Kept on this device")
    page.context.set_offline(False)
    expect(page.locator("[name=turn]")).to_have_value("2")
    assert len((exam.stored("branching") or {})["path"]) == 1
