"""The main job from end to end as a stranger: on a phone and at a desk, with and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from quizapp.exams.models import PRACTICE
from tests.browser.conftest import BROWSER, DESK, PHONE, OpenPage, Watch
from tests.browser.site import Site
from tests.factories import PASSWORD

pytestmark = BROWSER


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_a_stranger_registers_practises_sits_a_mock_and_sees_progress(
    open_page: OpenPage, watch: Watch, site: Site, width: int, script: bool
) -> None:
    watch.expect("422 POST /practice/")  # checked without an answer
    page = open_page("/", width=width, script=script)
    register(page, f"stranger-{width}-{script}@example.org".lower())
    expect(page.get_by_role("heading", name="Your first ten minutes")).to_be_visible()

    practise(page, site)
    expect(page.get_by_role("heading", level=1)).to_have_text("You chose the best response in 3 of 4.")

    go(page, "Mock exams")
    page.get_by_role("link", name="House readiness check").click()
    page.get_by_role("button", name="Start the mock exam").click()
    right = sit(page, site, script)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        f"You chose the keyed response in {right} of 50."
    )
    expect(page.locator(".result-item")).to_have_count(50)

    go(page, "Home")
    expect(page.get_by_role("heading", name="By domain")).to_be_visible()
    recent = page.locator("section", has=page.get_by_role("heading", name="Recent attempts"))
    expect(recent).to_contain_text("3 of 4")
    expect(recent).to_contain_text("Mock exam: Readiness check")


def go(page: Page, name: str) -> None:
    """Through the main navigation, which is behind a button on a phone."""
    menu = page.locator(".site-nav summary")
    if menu.is_visible():
        menu.click()
    page.locator(".site-nav").get_by_role("link", name=name).click()


def register(page: Page, email: str) -> None:
    page.locator("main").get_by_role("link", name="Register").click()
    page.get_by_label("Name shown").fill("Robin")
    page.get_by_label("Email").fill(email)
    page.locator("[autocomplete=new-password]").fill(PASSWORD)
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("Email")).to_have_value(email)
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def practise(page: Page, site: Site) -> None:
    """Five items: right, not the best, skipped, right, right; most of them with a content note."""
    go(page, "Practise")
    page.get_by_label("One domain").check()
    page.get_by_label("Domain", exact=True).select_option("crisis_trauma_safety")
    page.get_by_label("5 about").check()
    page.get_by_role("button", name="Start practising").click()
    notes = 0
    for position in range(1, 6):
        page.wait_for_url(
            re.compile(rf"/\d+/{position}(\?|$)")
        )  # a click does not wait for the page it leads to
        attempt_id, _ = place(page)
        if page.get_by_role("heading", name="Before you read this one").is_visible():
            notes += 1
            page.get_by_role("link", name="Show the item").click()
        if position == 3:
            page.get_by_role("button", name="Leave this one out").click()
            continue
        best = site.best(attempt_id, position, PRACTICE)
        if position == 1:
            check(page)
            expect(page.get_by_role("alert")).to_have_text("Please choose one response before checking.")
        choose(page, best if position != 2 else best % 3 + 1)
        check(page)
        words = "Close. Another response fits better." if position == 2 else "Yes, that's the best response."
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        expect(page.locator(".answer-why").first).to_be_visible()
        page.locator("main .actions a.button").click()
    assert notes >= 3


def check(page: Page) -> None:
    page.get_by_role("button", name="Check my answer").click()


def choose(page: Page, number: int) -> None:
    page.locator(".option").nth(number - 1).click()


def place(page: Page) -> tuple[int, int]:
    """The attempt and position in the address."""
    found = re.search(r"/(\d+)/(\d+)(\?|$)", page.url)
    assert found, page.url
    return int(found[1]), int(found[2])


def sit(page: Page, site: Site, script: bool) -> int:
    """Answers some items of a mock in several ways and hands in; how many were right."""
    page.wait_for_url(re.compile(r"/attempts/\d+/1$"))
    attempt_id, position = place(page)
    assert position == 1
    best = {number: site.best(attempt_id, number) for number in (1, 2, 3, 7)}
    choose(page, best[1])
    page.get_by_role("button", name="Flag for review").click()
    expect(page.get_by_role("button", name="Flagged", exact=True)).to_have_attribute("aria-pressed", "true")
    move(page, "Next", 2)
    choose(page, best[2])
    move(page, "Next", 3)
    choose(page, best[3] % 3 + 1)
    move(page, "Previous", 2)
    expect(page.locator(".option").nth(best[2] - 1).get_by_role("radio")).to_be_checked()
    to_square(page, 7)
    expect(page.get_by_role("heading", level=1)).to_have_text("Item 7 of 50")
    choose(page, best[7])
    if script:
        expect(page.locator("#saved")).to_contain_text("Saved")
    open_palette(page)
    page.get_by_role("button", name="Review and hand in").click()
    expect(page.get_by_role("heading", name="Hand in 4 of 50 answers?")).to_be_visible()
    expect(page.get_by_text("46 items are open.")).to_be_visible()
    expect(page.locator(".review-list li").first).to_contain_text("Flagged")
    expect(page.locator(".review-list li")).to_have_count(47)
    assert site.answer_count(attempt_id) == 4
    page.get_by_role("button", name="Hand in my exam").click()
    return 3


def move(page: Page, name: str, position: int) -> None:
    page.locator(".exam-moves").get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Item {position} of 50")


def open_palette(page: Page) -> None:
    if not page.locator(".palette ol").is_visible():
        page.locator(".palette summary").click()


def to_square(page: Page, position: int) -> None:
    open_palette(page)
    page.locator(f".palette button[value='{position}']").click()
