"""When results of a sitting show, and that nothing gives them away before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_models import Sitting
from quizapp.exams.models import Attempt
from quizapp.progress.models import Rollup
from tests.cohorts.test_sitting_start import begin, begin_exam
from tests.exams.walk import Mock, attempt_items, begin_practice, choices, plain, shown_text
from tests.factories import NOW, make_member, make_sitting

pytestmark = pytest.mark.usefixtures("content")
Command = Callable[..., Result]
DAY = timedelta(days=1)


@pytest.fixture
def group(session: Session, cohort: Cohort, alice: User) -> Cohort:
    make_member(session, cohort, alice)
    return cohort


def rationales(session: Session, attempt_id: int) -> list[str]:
    return [
        plain(option.rationale)
        for item, _order in attempt_items(session, attempt_id)
        for option in item.options
    ]


def told(learner: FlaskClient, secrets: list[str], *pages: str) -> list[tuple[str, str]]:
    texts = [(page, plain(shown_text(learner.get(page)))) for page in pages]
    return [(page, secret) for page, text in texts for secret in secrets if secret in text]


def totals(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.sum(Rollup.n)).where(Rollup.kind == "domain")) or 0


def later(
    hands: Traveller, learner: FlaskClient, alice: User, sign_in: Callable[..., None], by: timedelta
) -> None:
    hands.move_to(NOW + by)
    sign_in(learner, alice)


def test_results_of_a_mock_wait_for_the_end_of_the_window(
    learner: FlaskClient,
    session: Session,
    group: Cohort,
    alice: User,
    sign_in: Callable[..., None],
    clock_hands: Traveller,
    command: Command,
) -> None:
    sitting = make_sitting(session, group, feedback="window")
    assert "when it is over for everybody" in shown_text(learner.get(f"/sittings/{sitting.id}"))
    mock = begin_exam(learner, sitting)
    for position, value in choices(session, mock.id, right=True).items():
        mock.save(position, value)
    mock.hand_in()
    secrets = rationales(session, mock.id)
    pages = [
        "/home",
        "/attempts",
        "/groups",
        f"/sittings/{sitting.id}",
        mock.url("results"),
        mock.url(),
        mock.url(1),
    ]
    held = ["keyed response in", "of 50 items", "Best response", "By domain", "By principle", "50 of 50."]
    for page in pages:
        text = plain(shown_text(learner.get(page, follow_redirects=True)))
        assert not [secret for secret in [*secrets, *held] if secret in text], page
    calm = shown_text(mock.page("results"))
    assert "Your exam is handed in" in calm
    assert "Yours are here from Wed 4 March, 10:00 EST." in calm
    assert "Results from Wed 4 March, 10:00 EST" in shown_text(learner.get("/home"))
    assert command("attempts", "close-expired").exit_code == 0
    assert totals(session) == 0, "nor do the totals tell"

    later(clock_hands, learner, alice, sign_in, DAY - timedelta(seconds=1))
    assert "Your exam is handed in" in shown_text(mock.page("results"))
    later(clock_hands, learner, alice, sign_in, DAY)
    assert "You chose the keyed response in 50 of 50." in shown_text(mock.page("results"))
    assert command("attempts", "close-expired").exit_code == 0
    assert totals(session) == 50
    command("attempts", "close-expired")
    assert totals(session) == 50, "once"
    home = shown_text(learner.get("/home"))
    assert "By domain" in home
    assert "See results" in home


def test_waiting_items_are_met_nowhere_else(
    learner: FlaskClient,
    session: Session,
    group: Cohort,
    alice: User,
    sign_in: Callable[..., None],
    clock_hands: Traveller,
) -> None:
    """Practice from before shows an item's key again only after the window, and no new set serves it."""
    before = begin_practice(learner, 20)
    for position in range(1, 21):
        learner.post(f"/practice/{before}/{position}", data={"choice": "1"})
    open_set = begin_practice(learner, 20)
    mock = begin_exam(learner, make_sitting(session, group, feedback="window"))
    mock.hand_in()
    held = {item.id for item, _order in attempt_items(session, mock.id)}
    secrets = rationales(session, mock.id)
    pages = [f"/practice/{before}", *(f"/practice/{before}/{n}" for n in range(1, 21))]
    shared = [item.id for item, _order in attempt_items(session, before) if item.id in held]
    waiting = [item.id for item, _order in attempt_items(session, open_set) if item.id in held]
    assert shared
    assert waiting
    assert not told(learner, secrets, *pages)
    for position, (item, _order) in enumerate(attempt_items(session, open_set), start=1):
        answer = learner.post(f"/practice/{open_set}/{position}", data={"choice": "1"})
        assert answer.status_code == (409 if item.id in held else 303)
    new = begin_practice(learner, 20)
    assert not {item.id for item, _order in attempt_items(session, new)} & held
    other = Mock(
        learner,
        int(
            learner.post("/mocks/icrc_pr_2013/start", data={"time_multiplier": "1"}).location.rsplit("/", 1)[
                1
            ]
        ),
    )
    other.hand_in()
    assert not told(learner, secrets, other.url("results"))

    later(clock_hands, learner, alice, sign_in, DAY)
    assert told(learner, secrets, *pages)
    assert told(learner, secrets, other.url("results"))


def test_staff_see_no_item_of_a_running_exam(
    learner: FlaskClient, staff: FlaskClient, session: Session, group: Cohort
) -> None:
    sitting = make_sitting(session, group)
    mock = begin_exam(learner, sitting)
    mock.save(1, "1")
    items = [item for item, _order in attempt_items(session, mock.id)]
    secrets = [plain(option.text) for item in items for option in item.options]
    secrets += rationales(session, mock.id)
    base = f"/cohorts/{group.id}/sittings"
    pages = [base, f"{base}/{sitting.id}", f"{base}/{sitting.id}/progress", f"/cohorts/{group.id}"]
    assert not told(staff, secrets, *pages)


@pytest.fixture
def practice(session: Session, group: Cohort) -> Callable[[str], Sitting]:
    def give(feedback: str) -> Sitting:
        return make_sitting(session, group, mode="practice", feedback=feedback)

    return give


def begin_set(learner: FlaskClient, sitting: Sitting) -> int:
    location = begin(learner, sitting).location
    assert location.startswith("/practice/"), location
    return int(location.split("/")[2])


def test_practice_with_feedback_after_each_answer(
    learner: FlaskClient, session: Session, practice: Callable[[str], Sitting]
) -> None:
    attempt_id = begin_set(learner, practice("each"))
    answer = learner.post(f"/practice/{attempt_id}/1", data={"choice": "1"})
    assert answer.location == f"/practice/{attempt_id}/1"
    assert told(learner, rationales(session, attempt_id), answer.location)
    assert totals(session) == 1


@pytest.mark.parametrize("feedback", ["end", "window"])
def test_practice_without_feedback_tells_nothing_on_the_way(
    learner: FlaskClient,
    session: Session,
    alice: User,
    practice: Callable[[str], Sitting],
    sign_in: Callable[..., None],
    clock_hands: Traveller,
    command: Command,
    feedback: str,
) -> None:
    sitting = practice(feedback)
    attempt_id = begin_set(learner, sitting)
    secrets = rationales(session, attempt_id)
    base = f"/practice/{attempt_id}"
    assert "Save my answer" in learner.get(f"{base}/1?show=1").text
    for position in range(1, 5):
        answer = learner.post(f"{base}/{position}", data={"choice": "1"})
        assert answer.location == f"{base}/{position + 1}"
        pages = ["/home", base, f"{base}/{position}", f"/sittings/{sitting.id}"]
        assert not told(learner, [*secrets, "best response in", "Close.", "Yes, that's"], *pages)
    assert "4 of 5 done" in shown_text(learner.get(base))
    assert "Your answer is saved." in shown_text(learner.get(f"{base}/1"))
    assert totals(session) == 0
    other = begin_practice(learner, 20)
    served = {item.id for item, _order in attempt_items(session, other)}
    assert not served & {item.id for item, _order in attempt_items(session, attempt_id)}
    assert learner.post(f"{base}/5", data={"choice": "1"}).location == base
    if feedback == "end":
        assert totals(session) == 5
        assert told(learner, secrets, base)
        return
    assert not told(learner, [*secrets, "best response in", " of 5 "], "/attempts")
    assert not told(learner, [*secrets, "best response in"], base, "/home", f"{base}/5")
    assert "Results show once the sitting is over for everybody" in shown_text(learner.get(base))
    assert totals(session) == 0
    later(clock_hands, learner, alice, sign_in, DAY)
    command("attempts", "close-expired")
    assert totals(session) == 5
    assert told(learner, secrets, base)


@pytest.mark.parametrize("mode", ["mock", "practice"])
def test_counting_again_and_the_report_leave_out_what_waits(
    learner: FlaskClient,
    staff: FlaskClient,
    session: Session,
    group: Cohort,
    alice: User,
    bob: User,
    sign_in: Callable[..., None],
    clock_hands: Traveller,
    command: Command,
    mode: str,
) -> None:
    begin_set(learner, make_sitting(session, group, mode="practice", feedback="end"))
    sitting = make_sitting(session, group, mode=mode, feedback="window")
    location = begin(learner, sitting).location
    if mode == "mock":
        learner.post(f"{location}/1", data={"choice": "1", "base": "0", "to": "next"})
        learner.post(f"{location}/hand-in")
    else:
        learner.post(location, data={"choice": "1"})
        clock_hands.shift(60)
        learner.post(f"{location.rsplit('/', 1)[0]}/end")
    assert command("rollups", "rebuild", "--check").exit_code == 0
    assert totals(session) == 0
    before = shown_text(staff.get(f"/cohorts/{group.id}/report"))
    later(clock_hands, learner, alice, sign_in, DAY + timedelta(minutes=1))
    sign_in(staff, bob)
    command("attempts", "close-expired")
    assert totals(session) == 1
    assert command("rollups", "rebuild", "--check").exit_code == 0
    assert shown_text(staff.get(f"/cohorts/{group.id}/report")) != before


def test_practice_ended_early_tells_then(
    learner: FlaskClient, session: Session, practice: Callable[[str], Sitting]
) -> None:
    attempt_id = begin_set(learner, practice("end"))
    learner.post(f"/practice/{attempt_id}/1", data={"choice": "1"})
    learner.post(f"/practice/{attempt_id}/2", data={"skip": "1"})
    learner.post(f"/practice/{attempt_id}/end")
    assert totals(session) == 1
    assert "You chose the best response in" in shown_text(learner.get(f"/practice/{attempt_id}"))


def test_practice_that_the_window_ends_is_closed_and_told(
    learner: FlaskClient,
    session: Session,
    alice: User,
    practice: Callable[[str], Sitting],
    sign_in: Callable[..., None],
    clock_hands: Traveller,
    command: Command,
) -> None:
    attempt_id = begin_set(learner, practice("end"))
    learner.post(f"/practice/{attempt_id}/1", data={"choice": "1"})
    later(clock_hands, learner, alice, sign_in, DAY + timedelta(seconds=1))
    assert learner.post(f"/practice/{attempt_id}/2", data={"choice": "1"}).status_code == 410
    assert command("attempts", "close-expired").output == "1 closed\n"
    attempt = session.scalars(select(Attempt)).one()
    assert (attempt.ended_by, attempt.answered_count) == ("time", 1)
    assert totals(session) == 1
