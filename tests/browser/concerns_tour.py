"""The pages of reports about items, and how to get there."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp import clock
from quizapp.accounts.models import User
from quizapp.banks.models import Item
from quizapp.banks.withdrawing import put_back, withdraw
from tests import factories
from tests.browser.tour import NEW, TRAINER, Stop, Visit, at, feedback_close

WORDS = "The second response would help her more, I think.\nWhere I work we always ask first."
ANSWER = "Thank you. It now says who asks."


def report_form(visit: Visit) -> None:
    feedback_close(visit)
    visit.page.get_by_role("link", name="Report this item").click()
    visit.page.get_by_role("heading", name="Report this item").wait_for()


def report_problem(visit: Visit) -> None:
    report_form(visit)
    visit.page.get_by_role("button", name="Send the report").click()
    visit.page.locator(".error-summary").wait_for()


def report_again(visit: Visit) -> None:
    report_form(visit)
    address = visit.page.url
    visit.page.get_by_label("It is unclear").check()
    visit.page.get_by_role("button", name="Send the report").click()
    visit.page.get_by_role("heading", name="Your reports").wait_for()
    visit.page.goto(address)


def _all_kinds(session: Session, person: User) -> list[int]:
    """The ids of a person's reports: open, answered, closed without an answer, and of a withdrawn item."""
    now = clock.now()
    # Of items that no set takes anyway, so that others on this server miss nothing.
    items = session.scalars(
        select(Item.id).where(Item.status == "in_review").order_by(Item.id).limit(4)
    ).all()
    made = [
        factories.make_concern(session, person, items[0], words=WORDS),
        factories.make_concern(
            session,
            person,
            items[1],
            kind="unclear",
            answer="Thank you. It now says who asks.",
            answered_at=now,
        ),
        factories.make_concern(session, person, items[2], kind="hurtful", words="It hurt.", closed_at=now),
        factories.make_concern(session, person, items[3], kind="seen"),
    ]
    for _ in range(2):
        put_back(session, items[3], "Our own, and older than that exam.", now - timedelta(days=3))
        withdraw(session, items[3], now - timedelta(days=5))
    return [concern.id for concern in made]


def own_reports(visit: Visit) -> None:
    with visit.site.working() as session:
        _all_kinds(session, session.get_one(User, visit.visitor.id))
    visit.page.goto("/reports")


def _look(visit: Visit, number: int) -> None:
    with visit.site.working() as session:
        ids = _all_kinds(session, factories.make_user(session))
    visit.page.goto(f"/item-reports/{ids[number]}")


def all_reports(visit: Visit) -> None:
    _look(visit, 0)
    visit.page.goto("/item-reports?state=all")


def report_open(visit: Visit) -> None:
    _look(visit, 0)


def report_closed(visit: Visit) -> None:
    _look(visit, 2)


def report_of_withdrawn(visit: Visit) -> None:
    _look(visit, 3)


def answer_problem(visit: Visit) -> None:
    _look(visit, 3)
    visit.page.get_by_role("button", name="Send the answer").click()
    visit.page.locator(".error-summary").wait_for()


def put_back_problem(visit: Visit) -> None:
    _look(visit, 3)
    visit.page.get_by_role("button", name="Put the item back").click()
    visit.page.locator(".error-summary").wait_for()


CONCERN_STOPS = [
    Stop("item-report", NEW, report_form),
    Stop("item-report-problem", NEW, report_problem, ("422 POST",)),
    Stop("item-report-again", NEW, report_again),
    Stop("own-reports", NEW, own_reports),
    Stop("own-reports-none", NEW, at("/reports")),
    Stop("item-reports", TRAINER, all_reports),
    Stop("item-reports-none", TRAINER, at("/item-reports?item=nothing")),
    Stop("item-report-open", TRAINER, report_open),
    Stop("item-report-closed", TRAINER, report_closed),
    Stop("item-report-withdrawn", TRAINER, report_of_withdrawn),
    Stop("item-report-answer-problem", TRAINER, answer_problem, ("422 POST",)),
    Stop("item-report-put-back-problem", TRAINER, put_back_problem, ("422 POST",)),
]
