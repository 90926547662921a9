"""Every page that the product has, and how to get there."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from quizapp import clock
from quizapp.accounts import tokens
from quizapp.accounts.models import User
from quizapp.banks.queries import reference
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import invite
from quizapp.exams.models import PRACTICE
from quizapp.progress.models import Rollup
from tests import factories
from tests.browser.conftest import HEIGHTS, PHONE
from tests.browser.site import WITH_BREAKS, Person, Site
from tests.exams.walk import ICRC

DOMAIN = "crisis_trauma_safety"  # most of its items have a content note, but not all
# Who visits: someone of the demo, or a person made for one visit.
HISTORY, FRESH = "rosa@demo.example", "sam@demo.example"
TRAINER, ADMIN = "tess@demo.example", "ada@demo.example"
COORDINATOR = "colin@demo.example"
NEW = "new"


@dataclass(frozen=True, slots=True)
class Visit:
    page: Page
    site: Site
    person: Person | None

    @property
    def visitor(self) -> Person:
        assert self.person is not None
        return self.person


Way = Callable[[Visit], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """One page: who sees it, how they get there, and what is complained about on the way."""

    name: str
    who: str | None
    go: Way
    expected: tuple[str, ...] = ()


def at(path: str) -> Way:
    def go(visit: Visit) -> None:
        visit.page.goto(path)

    return go


def first_link(path: str, selector: str) -> Way:
    """To where the first such link of a page leads."""

    def go(visit: Visit) -> None:
        visit.page.goto(path)
        href = visit.page.locator(selector).first.get_attribute("href")
        assert href
        visit.page.goto(href)

    return go


def first_link_of_first(path: str, selector: str, then: str) -> Way:
    """To where the first such link leads from the page that the first other such link leads to."""

    def go(visit: Visit) -> None:
        first_link(path, selector)(visit)
        first_link(visit.page.url, then)(visit)

    return go


def sent_empty(path: str) -> Way:
    """A form that came back with its problems."""

    def go(visit: Visit) -> None:
        visit.page.goto(path)
        visit.page.get_by_role("main").locator("form button:not([type=button])").first.click()
        visit.page.locator(".error-summary").wait_for()

    return go


# The door


def reset_password(visit: Visit) -> None:
    person = visit.site.make_person()
    with visit.site.working() as session:
        user = session.get_one(User, person.id)
        token = tokens.make_reset_token(visit.site.secret, user.id, user.password_hash)
    visit.page.goto(f"/password/reset/{token}")


def confirm_address(visit: Visit) -> None:
    person = visit.site.make_person()
    visit.page.goto(f"/verify/{tokens.make_verify_token(visit.site.secret, person.id, person.email)}")


# Practice


def practice_ended(visit: Visit) -> None:
    """An answer from a tab that was left open, after the set was ended in another."""
    item(visit)
    other = visit.page.context.new_page()
    other.goto(visit.page.url.rsplit("/", 1)[0])
    with other.expect_navigation():
        other.get_by_role("button", name="End this set here").click()
    visit.page.locator(".option").first.click()
    _check(visit)
    visit.page.get_by_role("heading", name="This set has ended").wait_for()


def _practice_place(visit: Visit, *, has_note: bool) -> tuple[int, int]:
    attempt_id = visit.site.start_practice(visit.visitor, DOMAIN)
    for position in range(1, 6):
        if bool(visit.site.opened(attempt_id, position, PRACTICE).item.content_note) == has_note:
            return attempt_id, position
    return attempt_id, 1


def item(visit: Visit) -> None:
    attempt_id, position = _practice_place(visit, has_note=False)
    visit.page.goto(f"/practice/{attempt_id}/{position}?show=1")


def content_note(visit: Visit) -> None:
    attempt_id, position = _practice_place(visit, has_note=True)
    visit.page.goto(f"/practice/{attempt_id}/{position}")
    visit.page.get_by_role("link", name="Show the item").wait_for()


def choose_beside_a_mock(visit: Visit) -> None:
    """Choosing while an open mock holds items back."""
    visit.site.start_mock(visit.visitor)
    visit.page.goto("/practice")


def held_back(visit: Visit) -> None:
    """An item of a set that a mock, started later, holds too: with 5 and 3 of 7 there is one at least."""
    attempt_id = visit.site.start_practice(visit.visitor, DOMAIN)
    visit.site.start_mock(visit.visitor)
    for position in range(1, 6):
        visit.page.goto(f"/practice/{attempt_id}/{position}?show=1")
        if visit.page.get_by_text("part of your open mock exam").is_visible():
            return
    raise AssertionError("no item was held back")


def item_with_problem(visit: Visit) -> None:
    item(visit)
    _check(visit)
    visit.page.get_by_role("alert").wait_for()


def words_of_an_item(visit: Visit) -> None:
    """Opened; of the items on rights some use words of the glossary."""
    attempt_id = visit.site.start_practice(visit.visitor, "advocacy_rights")
    words = visit.page.locator("details.words")
    for position in range(1, 6):
        visit.page.goto(f"/practice/{attempt_id}/{position}?show=1")
        if words.count():
            words.locator("summary").click()
            return
    raise AssertionError("no item has a word that is explained")


def feedback_best(visit: Visit) -> None:
    _answer(visit, is_best=True)
    visit.page.locator(".verdict-best").wait_for()


def feedback_close(visit: Visit) -> None:
    _answer(visit, is_best=False)
    visit.page.locator(".verdict-close").wait_for()


def feedback_skipped(visit: Visit) -> None:
    item(visit)
    address = visit.page.url
    visit.page.get_by_role("button", name="Leave this one out").click()
    visit.page.wait_for_url(lambda now: now != address)
    visit.page.goto(address)


def summary(visit: Visit) -> None:
    feedback_close(visit)
    visit.page.goto(visit.page.url.rsplit("/", 1)[0])


def _answer(visit: Visit, *, is_best: bool) -> None:
    attempt_id, position = _practice_place(visit, has_note=False)
    visit.page.goto(f"/practice/{attempt_id}/{position}?show=1")
    best = visit.site.best(attempt_id, position, PRACTICE)
    visit.page.locator(".option").nth(best - 1 if is_best else best % 3).click()
    _check(visit)


def _check(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Check my answer").click()


# How sure one is


def item_with_certainty(visit: Visit) -> None:
    """An item of one choice that comes back, as the level was left open."""
    attempt_id = visit.site.start_practice(visit.visitor, "role_and_values", asks_certainty=True)
    opened = (visit.site.opened(attempt_id, position, PRACTICE) for position in range(1, 6))
    position = next(each.position for each in opened if each.asks_certainty and each.kind.picks_one)
    visit.page.goto(f"/practice/{attempt_id}/{position}?show=1")
    visit.page.locator(".option").nth(visit.site.best(attempt_id, position, PRACTICE) % 3).click()
    _check(visit)
    visit.page.get_by_role("alert").wait_for()


def feedback_sure(visit: Visit) -> None:
    """The feedback after being sure of a response when another fits better."""
    item_with_certainty(visit)
    visit.page.get_by_label("Sure", exact=True).check()
    _check(visit)
    visit.page.get_by_text("You were sure, but another response fits better").wait_for()


def certainty_try_out(visit: Visit) -> None:
    """The introduction with one of its answers opened."""
    visit.page.goto("/practice/certainty/intro")
    visit.page.get_by_label("The person").check()
    visit.page.locator(".tryout summary").first.click()


# Mock exams


def exam_open(visit: Visit) -> None:
    """An item that has no answer yet, after some that have."""
    attempt_id = _started(visit)
    visit.page.goto(f"/attempts/{attempt_id}/8")


def exam_answered(visit: Visit) -> None:
    attempt_id = _started(visit)
    visit.page.goto(f"/attempts/{attempt_id}/8")
    visit.page.locator(".option").nth(1).click()
    visit.page.locator(".exam-flag").click()
    visit.page.locator("#saved[data-state=saved]").wait_for()


def exam_last_minutes(visit: Visit) -> None:
    attempt_id = _started(visit)
    visit.site.leave(attempt_id, 9 * 60)
    visit.page.goto(f"/attempts/{attempt_id}/8")


def exam_asks(visit: Visit) -> None:
    """The question that the script asks when another tab has saved something else."""
    attempt_id = visit.site.start_mock(visit.visitor)
    visit.page.goto(f"/attempts/{attempt_id}/1")
    visit.site.answer(attempt_id, 1, 1)
    visit.page.locator(".option").nth(1).click()
    visit.page.locator("#conflict:not([hidden])").wait_for()


def exam_conflict(visit: Visit) -> None:
    """The same question as a page, as it comes without script."""
    attempt_id = visit.site.start_mock(visit.visitor)
    visit.page.goto(f"/attempts/{attempt_id}/1")
    visit.site.answer(attempt_id, 1, 1)
    visit.page.locator("#exam").evaluate("form => { form.elements.choice[1].checked = true; form.submit(); }")
    visit.page.get_by_role("heading", name="Which answer should count?").wait_for()


def exam_review(visit: Visit) -> None:
    visit.page.goto(f"/attempts/{_started(visit)}/review")


def exam_break_offered(visit: Visit) -> None:
    """Before the first break, with an item that is open and one that is flagged."""
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=WITH_BREAKS)
    visit.site.answer(attempt_id, 1, 1, is_flagged=True)
    visit.page.goto(f"/attempts/{attempt_id}/break")


def exam_on_break(visit: Visit) -> None:
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=WITH_BREAKS)
    visit.site.begin_break(attempt_id)
    visit.page.goto(f"/attempts/{attempt_id}/break")
    visit.page.locator(".break-clock time", has_text=":").wait_for()


def exam_after_break(visit: Visit) -> None:
    """An item after the break, with a message and the palette that shows what is closed."""
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=WITH_BREAKS)
    visit.site.answer(attempt_id, 1, 1, is_flagged=True)
    visit.site.begin_break(attempt_id, taken=False)
    visit.page.goto(f"/attempts/{attempt_id}/1")
    visit.page.locator(".palette").evaluate("palette => { palette.open = true; }")


def exam_review_after_break(visit: Visit) -> None:
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=WITH_BREAKS)
    visit.site.begin_break(attempt_id, taken=False)
    visit.page.goto(f"/attempts/{attempt_id}/review")


def exam_item_closed(visit: Visit) -> None:
    """What comes without script of a change that came too late for its item."""
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=WITH_BREAKS)
    visit.page.goto(f"/attempts/{attempt_id}/1")
    visit.site.begin_break(attempt_id, taken=False)
    visit.page.locator("#exam").evaluate("form => { form.elements.choice[1].checked = true; form.submit(); }")
    visit.page.get_by_role("heading", name="This item is closed").wait_for()


def exam_closed(visit: Visit) -> None:
    attempt_id = visit.site.start_mock(visit.visitor)
    visit.site.leave(attempt_id, -60)
    visit.page.goto(f"/attempts/{attempt_id}/1")


def results(visit: Visit) -> None:
    visit.page.goto("/home")
    visit.page.locator(".rows a", has_text="Mock exam").last.click()
    visit.page.wait_for_url("**/results")


def results_two_targets(visit: Visit) -> None:
    """The results of an exam whose board reports a scaled score."""
    attempt_id = visit.site.start_mock(visit.visitor, blueprint=ICRC)
    visit.site.answer(attempt_id, 1, 1)
    visit.page.goto(f"/attempts/{attempt_id}/review")
    visit.page.get_by_role("button", name="Hand in my exam").click()
    visit.page.wait_for_url("**/results")


def results_opened(visit: Visit) -> None:
    """The results with one item opened."""
    results(visit)
    visit.page.goto(visit.page.url + "?show=missed")
    visit.page.locator(".result-item summary").first.click()


def _started(visit: Visit) -> int:
    """A mock with six answers, one of them flagged."""
    attempt_id = visit.site.start_mock(visit.visitor)
    for position in range(1, 7):
        visit.site.answer(attempt_id, position, 1 + position % 3, is_flagged=position == 3)
    return attempt_id


# Home and what it leads to


def menu(visit: Visit) -> None:
    """The opened menu of a phone."""
    visit.page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    visit.page.goto("/home")
    visit.page.locator(".site-nav summary").click()


def home_open_exams(visit: Visit) -> None:
    """One exam that runs, and one whose time is over."""
    visit.site.start_mock(visit.visitor)
    visit.site.leave(visit.site.start_mock(visit.visitor, blueprint=ICRC), -60)
    visit.page.goto("/home")


# Groups


def new_programme(visit: Visit) -> tuple[int, int]:
    """A programme of the visitor's, with one group without members."""
    with visit.site.working() as session:
        programme = factories.make_programme(session)
        user = session.get_one(User, visit.visitor.id)
        factories.make_membership(session, programme, user, "coordinator")
        return programme.id, factories.make_cohort(session, programme, "Spring course", now=clock.now()).id


def groups_empty(visit: Visit) -> None:
    with visit.site.working() as session:
        user = session.get_one(User, visit.visitor.id)
        factories.make_membership(session, factories.make_programme(session), user, "coordinator")
    visit.page.goto("/cohorts")


def group_empty(visit: Visit) -> None:
    visit.page.goto(f"/cohorts/{new_programme(visit)[1]}")


def group_full(visit: Visit) -> None:
    """A group of thirty with longer names than most."""
    _programme_id, cohort_id = new_programme(visit)
    with visit.site.working() as session:
        cohort = session.get_one(Cohort, cohort_id)
        for number in range(30):
            person = factories.make_user(session, f"Maximiliana van der Heijden {number}")
            factories.make_member(session, cohort, person, clock.now())
    visit.page.goto(f"/cohorts/{cohort_id}?sort=joined&order=desc")


def group_archived(visit: Visit) -> None:
    group_empty(visit)
    visit.page.goto(visit.page.url + "/edit")
    visit.page.get_by_role("button", name="Archive the group").click()
    visit.page.get_by_text("Nobody is in this group.").wait_for()


def groups_archived(visit: Visit) -> None:
    group_archived(visit)
    visit.page.goto("/cohorts")
    visit.page.locator("main summary").click()


def report_full(visit: Visit) -> None:
    """A group of twenty with totals of every size, by principle."""
    _programme_id, cohort_id = new_programme(visit)
    rng = random.Random(5)
    with visit.site.working() as session:
        cohort, taxonomy = session.get_one(Cohort, cohort_id), reference(session).taxonomy
        keys = [("domain", each.id) for each in taxonomy.domains]
        keys += [("principle", each.id) for each in taxonomy.principles]
        keys += [("misstep", each.id) for each in taxonomy.missteps]
        for number in range(20):
            person = factories.make_user(session, f"Maximiliana van der Heijden {number}")
            factories.make_member(session, cohort, person, clock.now())
            for kind, key in keys:
                n = rng.randrange(4 if number == 7 else 14)
                hits = sum(rng.random() < (0.2 if kind == "misstep" else 0.4 + number / 40) for _ in range(n))
                counts = {"n": n, "hits": hits, "first_n": n, "first_hits": hits}
                session.add(Rollup(learner_id=person.id, kind=kind, key=key, last_at=clock.now(), **counts))
    visit.page.goto(f"/cohorts/{cohort_id}/report?by=principle&sort=all&order=desc")


def report_full_by_domain(visit: Visit) -> None:
    report_full(visit)
    visit.page.goto(visit.page.url.split("?")[0])


def report_empty(visit: Visit) -> None:
    group_empty(visit)
    visit.page.goto(visit.page.url + "/report")


def report_without_answers(visit: Visit) -> None:
    _programme_id, cohort_id = new_programme(visit)
    with visit.site.working() as session:
        cohort = session.get_one(Cohort, cohort_id)
        factories.make_member(session, cohort, factories.make_user(session, "Dana"), clock.now())
    visit.page.goto(f"/cohorts/{cohort_id}/report")


def invitations(visit: Visit) -> None:
    """Some of each state."""
    _programme_id, cohort_id = new_programme(visit)
    with visit.site.working() as session:
        cohort, now = session.get_one(Cohort, cohort_id), clock.now()
        emails = [f"a-rather-long-address-{number}@example.org" for number in range(4)]
        sent = invite(session, cohort, emails, now=now)
        sent[1].joined_at, sent[2].withdrawn_at, sent[3].sent_at = now, now, now - timedelta(days=30)
    visit.page.goto(f"/cohorts/{cohort_id}/invitations")


def invitations_problem(visit: Visit) -> None:
    group_empty(visit)
    visit.page.goto(visit.page.url + "/invitations")
    visit.page.locator("textarea").fill("dana@example.org\nnot an address\neve@example.org\nnor this")
    visit.page.get_by_role("button", name="Send the invitations").click()
    visit.page.locator(".error-summary").wait_for()


def programme(visit: Visit) -> None:
    first_link("/cohorts", "main a[href^='/programmes/']:not(.button)")(visit)


def staff_remove(visit: Visit) -> None:
    programme(visit)
    first_link(visit.page.url, "tbody a")(visit)


def programme_problem(visit: Visit) -> None:
    programme(visit)
    visit.page.get_by_role("button", name="Add to the staff").click()
    visit.page.locator(".error-summary").wait_for()


def before_joining(visit: Visit) -> None:
    visit.page.goto(f"/join/{_code(visit)}")


def code_unknown(visit: Visit) -> None:
    visit.page.goto("/join")
    visit.page.get_by_label("Code").fill("CCCC-CCCC")
    visit.page.get_by_role("button", name="Go on").click()
    visit.page.locator(".error-summary").wait_for()


def joined(visit: Visit) -> None:
    before_joining(visit)
    visit.page.get_by_role("button", name="Join this group").click()
    visit.page.wait_for_url("**/groups")


def leaving(visit: Visit) -> None:
    joined(visit)
    visit.page.get_by_role("link", name="Leave").click()


def _code(visit: Visit) -> str:
    with visit.site.working() as session:
        return session.scalars(select(Cohort.join_code).order_by(Cohort.id)).first() or ""


STOPS = [
    Stop("landing", None, at("/")),
    Stop("sign-in", None, at("/login")),
    Stop("sign-in-problem", None, sent_empty("/login"), ("422 POST",)),
    Stop("register", None, at("/register")),
    Stop("register-problem", None, sent_empty("/register"), ("422 POST",)),
    Stop("forgot-password", None, at("/password/forgot")),
    Stop("reset-password", None, reset_password),
    Stop("send-confirmation", None, at("/verify")),
    Stop("confirm-address", None, confirm_address),
    Stop("terms", None, at("/terms")),
    Stop("privacy", None, at("/privacy")),
    Stop("licences", None, at("/licences")),
    Stop("support", None, at("/support")),
    Stop("not-found", None, at("/nowhere"), ("404 GET /nowhere",)),
    Stop("home-empty", FRESH, at("/home")),
    Stop("home", HISTORY, at("/home")),
    Stop("home-open-exams", NEW, home_open_exams),
    Stop("menu", TRAINER, menu),
    Stop("attempts", HISTORY, at("/attempts")),
    Stop("attempts-none", NEW, at("/attempts")),
    Stop("practice", HISTORY, at("/practice")),
    Stop("practice-beside-a-mock", NEW, choose_beside_a_mock),
    Stop("held-back", NEW, held_back),
    Stop("item", NEW, item),
    Stop("item-problem", NEW, item_with_problem, ("422 POST",)),
    Stop("content-note", NEW, content_note),
    Stop("feedback-best", NEW, feedback_best),
    Stop("feedback-close", NEW, feedback_close),
    Stop("feedback-skipped", NEW, feedback_skipped),
    Stop("summary", NEW, summary),
    Stop("practice-ended", NEW, practice_ended, ("410 POST",)),
    Stop("item-certainty", NEW, item_with_certainty, ("422 POST",)),
    Stop("feedback-sure", NEW, feedback_sure, ("422 POST",)),
    Stop("certainty", HISTORY, at("/practice/certainty")),
    Stop("certainty-none", NEW, at("/practice/certainty")),
    Stop("certainty-intro", HISTORY, certainty_try_out),
    Stop("mocks", HISTORY, at("/mocks")),
    Stop("mock-first-page", FRESH, first_link("/mocks", ".card-link a")),
    Stop("exam-open", NEW, exam_open),
    Stop("exam-answered", NEW, exam_answered),
    Stop("exam-last-minutes", NEW, exam_last_minutes),
    Stop("exam-asks", NEW, exam_asks, ("409 POST",)),
    Stop("exam-conflict", NEW, exam_conflict, ("409 POST",)),
    Stop("exam-review", NEW, exam_review),
    Stop("exam-first-page-breaks", NEW, at(f"/mocks/{WITH_BREAKS}")),
    Stop("exam-break-offered", NEW, exam_break_offered),
    Stop("exam-on-break", NEW, exam_on_break),
    Stop("exam-after-break", NEW, exam_after_break),
    Stop("exam-review-after-break", NEW, exam_review_after_break),
    Stop("exam-item-closed", NEW, exam_item_closed, ("410 POST",)),
    Stop("exam-closed", NEW, exam_closed, ("410 GET",)),
    Stop("results", HISTORY, results),
    Stop("results-opened", HISTORY, results_opened),
    Stop("results-two-targets", NEW, results_two_targets),
    Stop("principles", HISTORY, at("/principles")),
    Stop("principle", HISTORY, first_link("/principles", "main a[href*='/principles/']")),
    Stop("misstep", HISTORY, first_link("/principles", "main a[href*='/missteps/']")),
    Stop("exams", HISTORY, at("/exams")),
    Stop("exam-facts", HISTORY, at("/exams/texas")),
    Stop("glossary", HISTORY, at("/glossary")),
    Stop("words-of-an-item", NEW, words_of_an_item),
    Stop("account", HISTORY, at("/account")),
    Stop("password", HISTORY, at("/account/password")),
    Stop("people", ADMIN, at("/admin/users")),
    Stop("people-none", ADMIN, at("/admin/users?q=nobody-at-all")),
    Stop("banks", TRAINER, at("/banks")),
    Stop("bank", TRAINER, first_link("/banks", ".card-link a")),
    Stop("bank-none", TRAINER, at("/banks/core?status=draft")),
    Stop("writing-items", TRAINER, at("/writing-items")),
    Stop("coverage", TRAINER, at("/coverage")),
    Stop("bank-item", TRAINER, first_link("/banks/core", "main tbody a")),
    Stop("groups", COORDINATOR, at("/cohorts")),
    Stop("groups-admin", ADMIN, at("/cohorts")),
    Stop("groups-empty", NEW, groups_empty),
    Stop("groups-archived", NEW, groups_archived),
    Stop("group", COORDINATOR, first_link("/cohorts", "main tbody a")),
    Stop("group-empty", NEW, group_empty),
    Stop("group-full", NEW, group_full),
    Stop("group-archived", NEW, group_archived),
    Stop("group-new", COORDINATOR, first_link("/cohorts", "main a.button")),
    Stop("group-edit", COORDINATOR, first_link_of_first("/cohorts", "main tbody a", "nav a[href$='/edit']")),
    Stop(
        "member-remove",
        COORDINATOR,
        first_link_of_first("/cohorts", "main tbody a", "tbody a[href$='/remove']"),
    ),
    Stop(
        "report",
        COORDINATOR,
        first_link_of_first("/cohorts", "main tbody a", "nav a[href$='/report']"),
    ),
    Stop("report-full", NEW, report_full),
    Stop("report-domains", NEW, report_full_by_domain),
    Stop("report-empty", NEW, report_empty),
    Stop("report-no-answers", NEW, report_without_answers),
    Stop("invitations", NEW, invitations),
    Stop("invitations-problem", NEW, invitations_problem, ("422 POST",)),
    Stop("programme", COORDINATOR, programme),
    Stop("programme-problem", COORDINATOR, programme_problem, ("422 POST",)),
    Stop("staff-remove", COORDINATOR, staff_remove),
    Stop("join", FRESH, at("/join")),
    Stop("join-problem", NEW, code_unknown, ("422 POST",)),
    Stop("join-visitor", None, before_joining),
    Stop("before-joining", NEW, before_joining),
    Stop("already-in", HISTORY, before_joining),
    Stop("own-groups", HISTORY, at("/groups")),
    Stop("own-groups-empty", NEW, at("/groups")),
    Stop("group-joined", NEW, joined),
    Stop("group-leave", NEW, leaving),
]
