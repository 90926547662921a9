"""A sitting from its making to its results: staff follow it while a learner works."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from quizapp import clock
from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from tests import factories
from tests.browser.conftest import BROWSER, DESK, PHONE, OpenPage
from tests.browser.site import Person, Site

pytestmark = BROWSER


@pytest.fixture
def people(site: Site) -> tuple[Person, Person, int]:
    """A coordinator, a learner, and the group of both."""
    staff, learner = site.make_person("Cora"), site.make_person("Lea")
    with site.working() as session:
        programme = factories.make_programme(session)
        factories.make_membership(session, programme, session.get_one(User, staff.id), "coordinator")
        cohort = factories.make_cohort(session, programme, "Spring course", now=clock.now())
        factories.make_member(session, cohort, session.get_one(User, learner.id), clock.now())
        return staff, learner, cohort.id


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_sitting_is_given_followed_and_done(
    open_page: OpenPage, people: tuple[Person, Person, int], script: bool
) -> None:
    coordinator, person, cohort_id = people
    staff = open_page(f"/cohorts/{cohort_id}/sittings", coordinator, width=DESK, script=script)
    staff.get_by_role("link", name="Make the first sitting").click()
    staff.get_by_label("Name").fill("Week 6")
    staff.get_by_label("What they do").select_option("domain:role_and_values")
    staff.get_by_label("Items, if it is practice").select_option("5")
    now = clock.now()
    staff.get_by_label("Opens").fill((now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    staff.get_by_label("Closes", exact=True).fill((now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    staff.get_by_label("Once it is handed in").check()
    staff.get_by_label("Only these members:").check()
    staff.get_by_label("Lea").check()
    staff.get_by_role("button", name="Make the sitting").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Week 6")
    expect(staff.get_by_role("row", name="Lea")).to_contain_text("Not started")

    learner = open_page("/home", person, width=PHONE, script=script)
    learner.get_by_role("link", name="Start: Week 6").click()
    learner.get_by_role("button", name="Start").click()
    for position in range(1, 6):
        learner.wait_for_url(f"**/{position}")
        learner.goto(learner.url + "?show=1")
        learner.locator(".option").first.click()
        learner.get_by_role("button", name="Save my answer").click()
        if position == 2:
            learner.wait_for_url("**/3")
            staff.reload()
            expect(staff.get_by_role("row", name="Lea")).to_contain_text("2 of 5")
    expect(learner.get_by_role("heading", level=1)).to_contain_text("You chose the best response in")
    staff.reload()
    expect(staff.get_by_role("row", name="Lea")).to_contain_text("Handed in")


def test_staff_page_follows_by_itself(
    open_page: OpenPage, site: Site, people: tuple[Person, Person, int]
) -> None:
    coordinator, person, cohort_id = people
    with site.working() as session:
        sitting = factories.make_sitting(
            session,
            session.get_one(Cohort, cohort_id),
            opens_at=clock.now() - timedelta(hours=1),
            closes_at=clock.now() + timedelta(days=1),
        )
        sitting_id = sitting.id
    staff = open_page(None, coordinator)
    staff.clock.install()
    staff.goto(f"/cohorts/{cohort_id}/sittings/{sitting_id}")
    row = staff.get_by_role("row", name="Lea")
    expect(row).to_contain_text("Not started")
    focused = staff.get_by_role("link", name="Time for Lea")
    focused.focus()
    learner = open_page(f"/sittings/{sitting_id}", person, width=PHONE)
    learner.get_by_role("button", name="Start").click()
    learner.locator(".option").first.click()
    learner.locator("#saved[data-state=saved]").wait_for()
    staff.clock.fast_forward(16_000)
    expect(row).to_contain_text("In progress")
    expect(row).to_contain_text("1 of 50")
    expect(staff.get_by_role("status")).to_have_text("0 of 1 have handed in, 1 are at work.")
    expect(focused).to_be_focused()
    with site.working() as session:
        newcomer = factories.make_user(session, "Newcomer")
        factories.make_member(session, session.get_one(Cohort, cohort_id), newcomer, clock.now())
    staff.clock.fast_forward(16_000)
    expect(staff.get_by_role("row", name="Newcomer")).to_have_count(0)
    focused.blur()
    staff.clock.fast_forward(16_000)
    expect(staff.get_by_role("row", name="Newcomer")).to_contain_text("Not started")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_time_for_everybody_reaches_a_running_clock(
    open_page: OpenPage, site: Site, people: tuple[Person, Person, int], script: bool
) -> None:
    coordinator, person, cohort_id = people
    with site.working() as session:
        group = session.get_one(Cohort, cohort_id)
        opens_at, closes_at = clock.now() - timedelta(hours=1), clock.now() + timedelta(days=1)
        sitting_id = factories.make_sitting(session, group, opens_at=opens_at, closes_at=closes_at).id
    learner = open_page(f"/sittings/{sitting_id}", person, width=PHONE)
    learner.get_by_role("button", name="Start").click()
    shown = learner.locator("#clock time")
    expect(shown).to_have_text(re.compile("^7[45] min left$"))
    staff = open_page(f"/cohorts/{cohort_id}/sittings/{sitting_id}", coordinator, width=DESK, script=script)
    staff.get_by_role("link", name="Add time").click()
    staff.get_by_label("How much").fill("10")
    staff.get_by_role("button", name="Show the new ends").click()
    expect(staff.get_by_role("columnheader", name="Will end")).to_be_visible()
    staff.get_by_role("button", name="Add 10 minutes").click()
    expect(shown).to_have_text(re.compile("^8[45] min left$"), timeout=5000)
    staff.get_by_role("button", name="Undo").click()
    expect(staff.get_by_text("The added time is taken back.")).to_be_visible()
    expect(shown).to_have_text(re.compile("^7[45] min left$"), timeout=5000)
