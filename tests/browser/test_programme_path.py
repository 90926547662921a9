"""A programme's whole path, for its staff and two learners: from nothing to a printed report."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from quizapp import clock
from quizapp.accounts.models import User
from tests import factories
from tests.browser.conftest import BROWSER, PHONE, OpenPage, Watch
from tests.browser.site import Person, Site
from tests.factories import PASSWORD

pytestmark = BROWSER


@pytest.fixture
def trainer(site: Site) -> Person:
    """The first of the staff of a new programme, as `quizapp programme add-staff` makes them."""
    person = site.make_person("Tess")
    with site.working() as session:
        programme = factories.make_programme(session, "Harbor Peers")
        factories.make_membership(session, programme, session.get_one(User, person.id), "trainer")
    return person


def test_from_an_empty_programme_to_a_printed_report(
    open_page: OpenPage, site: Site, watch: Watch, trainer: Person, tmp_path: Path
) -> None:
    watch.expect("ERR_ABORTED GET /cohorts/")  # a download is no page
    coordinator, second = site.make_person("Cora"), site.make_person("Lea")
    staff = open_page("/cohorts", trainer)
    expect(staff.get_by_role("heading", name="No group yet")).to_be_visible()
    add_to_the_staff(staff, coordinator)

    office = open_page("/cohorts", coordinator)
    link, code = make_the_group(office)
    first = open_page(link, width=PHONE)
    register_and_join(first)
    other = open_page("/groups", second, width=PHONE, script=False)
    other.get_by_label("Code").fill(code.lower())
    other.get_by_role("button", name="Go on").click()
    other.get_by_role("button", name="Join this group").click()
    expect(other.get_by_role("heading", name="Autumn course")).to_be_visible()

    give_a_mock(staff)
    sit_it(first)
    practise(other, site)

    office.reload()
    expect(office.get_by_role("row", name="Lea")).to_contain_text("Week 6")
    expect(office.get_by_role("row", name="Robin")).not_to_contain_text("Week 6")
    office.get_by_role("link", name="Sittings").click()
    office.get_by_role("link", name="Week 6").click()
    expect(office.get_by_role("row", name="Robin")).to_contain_text("Handed in")
    expect(office.get_by_role("row", name="Lea")).to_contain_text("Not started")

    office.get_by_role("link", name="Autumn course").click()
    office.get_by_role("link", name="Report").click()
    table = office.get_by_role("region", name="Learners by domain")
    for name in ("Whole group", "Robin", "Lea"):
        expect(table.get_by_role("rowheader", name=name)).to_be_visible()
    expect(table.get_by_role("row", name="Lea")).to_contain_text("(4)")
    with office.expect_download() as download:
        office.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "report.csv"
    download.value.save_as(file)
    assert "Robin" in file.read_text("utf-8-sig")
    printed = tmp_path / "report.pdf"
    print_out(office, printed)
    assert printed.read_bytes().startswith(b"%PDF-")


def add_to_the_staff(staff: Page, coordinator: Person) -> None:
    staff.get_by_role("link", name="Programme and staff").click()
    staff.get_by_label("Email").fill(coordinator.email)
    staff.get_by_label("Role", exact=True).select_option("coordinator")
    staff.get_by_role("button", name="Add to the staff").click()
    expect(staff.get_by_role("status")).to_have_text("Cora is on the staff now.")


def make_the_group(office: Page) -> tuple[str, str]:
    """Its link and its code."""
    office.get_by_role("link", name="Make the first group").click()
    office.get_by_label("Name").fill("Autumn course")
    office.get_by_label("First day").fill("2026-09-07")
    office.get_by_label("Last day").fill("2026-12-18")
    office.get_by_role("button", name="Make the group").click()
    expect(office.get_by_role("heading", level=1)).to_have_text("Autumn course")
    return office.locator("main .code").last.inner_text(), office.locator(".code-large").inner_text()


def register_and_join(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Register").click()
    page.get_by_label("Name shown").fill("Robin")
    page.get_by_label("Email").fill("robin.of.harbor@example.org")
    page.locator("[autocomplete=new-password]").fill(PASSWORD)
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Register").click()
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Trainers and coordinators of Harbor Peers see your name")).to_be_visible()
    page.get_by_role("button", name="Join this group").click()
    expect(page.get_by_role("heading", name="Autumn course")).to_be_visible()


def give_a_mock(staff: Page) -> None:
    staff.goto("/cohorts")
    staff.get_by_role("link", name="Autumn course").click()
    staff.get_by_role("link", name="Sittings").click()
    staff.get_by_role("link", name="Make the first sitting").click()
    staff.get_by_label("Name").fill("Week 6")
    staff.get_by_label("What they do").select_option("mock:house_readiness")
    for label, days in (("Opens", -1), ("Closes", 2)):
        moment = clock.now() + timedelta(days=days)
        staff.get_by_label(label, exact=True).fill(moment.strftime("%Y-%m-%dT%H:%M"))
    staff.get_by_label("Once it is handed in").check()
    staff.get_by_role("button", name="Make the sitting").click()
    expect(staff.get_by_role("row", name="Robin")).to_contain_text("Not started")


def sit_it(learner: Page) -> None:
    learner.goto("/home")
    learner.get_by_role("link", name="Start: Week 6").click()
    learner.get_by_role("button", name="Start").click()
    for position in range(1, 13):
        expect(learner.get_by_role("heading", level=1)).to_have_text(f"Item {position} of 50")
        learner.locator(".option").first.click()
        expect(learner.locator("#saved")).to_contain_text("Saved")
        learner.locator(".exam-moves").get_by_role("button", name="Next").click()
    expect(learner.get_by_role("heading", level=1)).to_have_text("Item 13 of 50")
    learner.locator(".palette summary").click()
    learner.get_by_role("button", name="Review and hand in").click()
    learner.get_by_role("button", name="Hand in my exam").click()
    expect(learner.get_by_role("heading", level=1)).to_contain_text("of 50.")


def practise(learner: Page, site: Site) -> None:
    """Four items of a domain, without script."""
    learner.goto("/practice?about=domain&domain=culture_language_harm_reduction")
    learner.get_by_label("5 about").check()
    learner.get_by_role("button", name="Start practising").click()
    for position in range(1, 5):
        learner.wait_for_url(f"**/{position}")
        learner.goto(f"{learner.url}?show=1")
        learner.locator(".option").first.click()
        learner.get_by_role("button", name="Check my answer").click()
        learner.locator("main .actions a.button").click()
    expect(learner.get_by_role("heading", level=1)).to_contain_text("of 4.")


def print_out(office: Page, file: Path) -> None:
    """What a printer gets: the tables are open, and what only a screen needs is not there."""
    office.emulate_media(media="print")
    expect(office.locator(".site-header")).to_be_hidden()
    expect(office.get_by_role("link", name="Export as CSV")).to_be_hidden()
    expect(office.get_by_role("heading", name="Attempts")).to_be_visible()
    office.pdf(path=file)
