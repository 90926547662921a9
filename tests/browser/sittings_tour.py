"""The pages of sittings, and how to get there."""

from datetime import timedelta
from typing import Any

from quizapp import clock
from quizapp.accounts.login import read_person
from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_services import set_time
from quizapp.cohorts.sitting_services import start as start_sitting
from quizapp.exams import handing_in
from tests import factories
from tests.browser.tour import COORDINATOR, NEW, Stop, Visit, Way, first_link_of_first, new_programme

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def window(opens: timedelta, closes: timedelta) -> dict[str, Any]:
    """From now."""
    return {"opens_at": clock.now() + opens, "closes_at": clock.now() + closes}


def new_sitting(
    visit: Visit, *, opens: timedelta = -MINUTE, closes: timedelta = 2 * DAY, **changed: Any
) -> tuple[int, int]:
    """A group of the visitor's with 30 members, some of whom are in the middle of a sitting."""
    now = clock.now()
    _programme_id, cohort_id = new_programme(visit)
    with visit.site.working() as session:
        cohort = session.get_one(Cohort, cohort_id)
        people = [
            factories.make_user(session, f"Maximiliana van der Heijden {number}") for number in range(30)
        ]
        for person in people:
            factories.make_member(session, cohort, person, now)
        sitting = factories.make_sitting(session, cohort, **window(opens, closes), **changed)
        if sitting.opens_at < now:
            listeners = visit.site.app.extensions["on_scored"]
            for number, person in enumerate(people[:12]):
                viewer = read_person(session, person.id)
                assert viewer
                attempt_id = start_sitting(session, sitting.id, viewer, now=now).id
                if number % 3 == 0:
                    handing_in.submit_attempt(session, attempt_id, now, listeners)
        set_time(session, sitting, people[1].id, "1.5", 10)
        return cohort_id, sitting.id


def sittings_empty(visit: Visit) -> None:
    visit.page.goto(f"/cohorts/{new_programme(visit)[1]}/sittings")


def sittings_some(visit: Visit) -> None:
    visit.page.goto(f"/cohorts/{new_sitting(visit)[0]}/sittings")


def of_sitting(tail: str, **changed: Any) -> Way:
    """One of the staff's pages of a sitting."""

    def go(visit: Visit) -> None:
        cohort_id, sitting_id = new_sitting(visit, **changed)
        visit.page.goto(f"/cohorts/{cohort_id}/sittings/{sitting_id}{tail}")

    return go


def sitting_time_added(visit: Visit) -> None:
    of_sitting("/time?amount=10&unit=minutes&whom=")(visit)
    visit.page.get_by_role("button", name="Add 10 minutes").click()
    visit.page.get_by_role("button", name="Undo").wait_for()


def sitting_empty(visit: Visit) -> None:
    cohort_id = new_programme(visit)[1]
    with visit.site.working() as session:
        sitting = factories.make_sitting(session, session.get_one(Cohort, cohort_id))
        sitting_id = sitting.id
    visit.page.goto(f"/cohorts/{cohort_id}/sittings/{sitting_id}")


def sitting_new(visit: Visit) -> None:
    visit.page.goto(f"/cohorts/{new_sitting(visit)[0]}/sittings/new")


def sitting_problem(visit: Visit) -> None:
    sitting_new(visit)
    visit.page.get_by_label("Only these members:").check()
    visit.page.get_by_role("button", name="Make the sitting").click()
    visit.page.locator(".error-summary").wait_for()


def sitting_person(visit: Visit) -> None:
    of_sitting("")(visit)
    visit.page.get_by_role("link", name="Time for").first.click()
    visit.page.get_by_role("heading", name="Time for").wait_for()


def given(visit: Visit, *, opens: timedelta = -MINUTE, closes: timedelta = 2 * DAY, **changed: Any) -> int:
    """A sitting for the visitor, who is in a group of a programme in another zone."""
    now = clock.now()
    with visit.site.working() as session:
        programme = factories.make_programme(session, time_zone="America/Chicago")
        cohort = factories.make_cohort(session, programme, "Spring course", now=now)
        factories.make_member(session, cohort, session.get_one(User, visit.visitor.id), now)
        return factories.make_sitting(session, cohort, **window(opens, closes), **changed).id


def own_sitting(**changed: Any) -> Way:
    """Its first page."""

    def go(visit: Visit) -> None:
        visit.page.goto(f"/sittings/{given(visit, **changed)}")

    return go


def own_sitting_waits(visit: Visit) -> None:
    given(visit, attempt_limit=3)
    own_sitting(opens=DAY)(visit)


def own_sittings_at_home(visit: Visit) -> None:
    given(visit, attempt_limit=3)
    given(visit, opens=DAY, name="A practice set with a longer name")
    given(visit, opens=-DAY, closes=-MINUTE)
    visit.page.goto("/home")


def own_sittings_in_groups(visit: Visit) -> None:
    own_sittings_at_home(visit)
    visit.page.goto("/groups")


def own_sitting_other_open(visit: Visit) -> None:
    visit.site.start_mock(visit.visitor)
    own_sitting()(visit)


def sitting_begun(visit: Visit) -> None:
    """An exam that ends with the window of its sitting."""
    own_sitting(closes=30 * MINUTE)(visit)
    visit.page.get_by_role("button", name="Start").click()
    visit.page.locator("#exam").wait_for()


def sitting_go_on(visit: Visit) -> None:
    own_sitting()(visit)
    address = visit.page.url
    visit.page.get_by_role("button", name="Start").click()
    visit.page.locator("#exam").wait_for()
    visit.page.goto(address)


def sitting_withheld(visit: Visit) -> None:
    own_sitting(feedback="window", attempt_limit=2)(visit)
    visit.page.get_by_role("button", name="Start").click()
    visit.page.locator("#exam").wait_for()
    visit.page.goto(visit.page.url.rsplit("/", 1)[0] + "/review")
    visit.page.get_by_role("button", name="Hand in my exam").click()
    visit.page.get_by_role("heading", name="Your exam is handed in").wait_for()


def sitting_handed_in(visit: Visit) -> None:
    sitting_withheld(visit)
    visit.page.goto("/home")
    visit.page.get_by_role("link", name="Mock exam in week 6", exact=True).click()
    visit.page.locator("h1", has_text="Mock exam in week 6").wait_for()


def sitting_practice_item(visit: Visit) -> None:
    own_sitting(mode="practice", feedback="window")(visit)
    visit.page.get_by_role("button", name="Start").click()
    visit.page.wait_for_url("**/practice/*/1")
    visit.page.goto(visit.page.url + "?show=1")


def sitting_practice_saved(visit: Visit) -> None:
    sitting_practice_item(visit)
    visit.page.locator(".option").first.click()
    visit.page.get_by_role("button", name="Save my answer").click()
    visit.page.wait_for_url("**/2")
    visit.page.goto(visit.page.url.rsplit("/", 1)[0] + "/1")


def sitting_practice_summary(visit: Visit) -> None:
    sitting_practice_saved(visit)
    visit.page.goto(visit.page.url.rsplit("/", 1)[0])


SITTING_STOPS = [
    Stop("sittings", NEW, sittings_some),
    Stop(
        "sittings-demo",
        COORDINATOR,
        first_link_of_first("/cohorts", "main tbody a", "nav a[href$='/sittings']"),
    ),
    Stop("sittings-empty", NEW, sittings_empty),
    Stop("sitting-new", NEW, sitting_new),
    Stop("sitting-problem", NEW, sitting_problem, ("422 POST",)),
    Stop("sitting-live", NEW, of_sitting("")),
    Stop(
        "sitting-live-later",
        NEW,
        of_sitting("", attempt_limit=3, opens=DAY),
    ),
    Stop("sitting-live-empty", NEW, sitting_empty),
    Stop("sitting-extend", NEW, of_sitting("/edit")),
    Stop("sitting-edit", NEW, of_sitting("/edit", opens=DAY)),
    Stop("sitting-cancel", NEW, of_sitting("/cancel")),
    Stop("sitting-person", NEW, sitting_person),
    Stop("sitting-time", NEW, of_sitting("/time")),
    Stop("sitting-time-look", NEW, of_sitting("/time?amount=10&unit=minutes&whom=")),
    Stop("sitting-time-cut", NEW, of_sitting("/time?amount=100&unit=percent&whom=", closes=80 * MINUTE)),
    Stop("sitting-time-added", NEW, sitting_time_added),
    Stop("own-sittings-at-home", NEW, own_sittings_at_home),
    Stop("own-sittings-in-groups", NEW, own_sittings_in_groups),
    Stop("own-sitting", NEW, own_sitting(closes=50 * MINUTE)),
    Stop("own-sitting-waits", NEW, own_sitting_waits),
    Stop("own-sitting-missed", NEW, own_sitting(opens=-DAY, closes=-MINUTE)),
    Stop("own-sitting-other-open", NEW, own_sitting_other_open),
    Stop("own-sitting-go-on", NEW, sitting_go_on),
    Stop("own-sitting-handed-in", NEW, sitting_handed_in),
    Stop("exam-window", NEW, sitting_begun),
    Stop("results-withheld", NEW, sitting_withheld),
    Stop("practice-without-feedback", NEW, sitting_practice_item),
    Stop("practice-saved", NEW, sitting_practice_saved),
    Stop("practice-withheld", NEW, sitting_practice_summary),
]
