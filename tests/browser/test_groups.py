"""A group from its making to a learner's leaving, as staff and as a stranger who follows its link."""

import pytest
from playwright.sync_api import Page, expect

from quizapp.accounts.models import User
from tests import factories
from tests.browser.conftest import BROWSER, DESK, PHONE, OpenPage
from tests.browser.site import Person, Site
from tests.factories import PASSWORD

pytestmark = BROWSER


@pytest.fixture
def coordinator(site: Site) -> Person:
    """The coordinator of a programme without groups."""
    person = site.make_person("Cora")
    with site.working() as session:
        programme = factories.make_programme(session)
        factories.make_membership(session, programme, session.get_one(User, person.id), "coordinator")
    return person


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_stranger_follows_the_link_of_a_new_group_joins_and_leaves(
    open_page: OpenPage, coordinator: Person, script: bool
) -> None:
    staff = open_page("/cohorts", coordinator, width=DESK, script=script)
    staff.get_by_role("link", name="Make the first group").click()
    staff.get_by_label("Name").fill("Spring course")
    staff.get_by_label("First day").fill("2026-03-02")
    staff.get_by_label("Last day").fill("2026-06-30")
    staff.get_by_role("button", name="Make the group").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Spring course")
    link = staff.locator("main .code").last.inner_text()

    learner = open_page(link, width=PHONE, script=script)
    learner.get_by_role("main").get_by_role("link", name="Register").click()
    register(learner, f"joins-{script}@example.org".lower())
    expect(learner.get_by_role("heading", level=1)).to_have_text("Spring course")
    expect(learner.get_by_text("They do not see")).to_be_visible()
    learner.get_by_role("button", name="Join this group").click()
    expect(learner.get_by_role("status")).to_have_text("Welcome. You are now in Spring course.")

    staff.reload()
    expect(staff.get_by_role("rowheader")).to_have_text("Robin")
    learner.get_by_role("link", name="Leave this group: Spring course").click()
    learner.get_by_role("button", name="Leave this group").click()
    expect(learner.get_by_role("heading", name="You are in no group")).to_be_visible()
    staff.reload()
    expect(staff.get_by_role("heading", name="Nobody has joined yet")).to_be_visible()


def register(page: Page, email: str) -> None:
    page.get_by_label("Name shown").fill("Robin")
    page.get_by_label("Email").fill(email)
    page.locator("[autocomplete=new-password]").fill(PASSWORD)
    page.get_by_label("I have read the terms").check()
    page.get_by_role("button", name="Register").click()
    page.locator("[autocomplete=current-password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_heading_of_a_long_list_stays_in_sight(open_page: OpenPage, site: Site, coordinator: Person) -> None:
    with site.working() as session:
        programme = factories.make_programme(session)
        factories.make_membership(session, programme, session.get_one(User, coordinator.id), "trainer")
        cohort = factories.make_cohort(session, programme)
        for number in range(40):
            factories.make_member(session, cohort, factories.make_user(session, f"Person {number}"))
        cohort_id = cohort.id
    page = open_page(f"/cohorts/{cohort_id}", coordinator)
    page.get_by_role("rowheader").nth(35).scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    expect(page.get_by_role("columnheader", name="Hours on task")).to_be_in_viewport()
