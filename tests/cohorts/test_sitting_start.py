"""A learner's sitting: when it can be started, how long it lasts, and what happens when the window closes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from time_machine import Traveller
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import archive, leave
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_services import cancel_sitting, set_time
from quizapp.core.deadline import closes_at, deadline
from quizapp.exams.models import Attempt
from tests.exams.walk import GRACE, HOUSE, LIMIT, Mock, begin_mock, shown_text
from tests.factories import NOW, make_cohort, make_member, make_programme, make_sitting

pytestmark = pytest.mark.usefixtures("content")
HOUR = timedelta(hours=1)


@pytest.fixture
def member(session: Session, cohort: Cohort, alice: User) -> User:
    make_member(session, cohort, alice)
    return alice


@pytest.fixture
def sitting(session: Session, cohort: Cohort, member: User) -> Sitting:
    return make_sitting(session, cohort)


def begin(learner: FlaskClient, sitting: Sitting) -> TestResponse:
    return learner.post(f"/sittings/{sitting.id}/start")


def begin_exam(learner: FlaskClient, sitting: Sitting) -> Mock:
    answer = begin(learner, sitting)
    assert answer.location.startswith("/attempts/"), answer.location
    return Mock(learner, int(answer.location.rsplit("/", 1)[1]))


def first_page(learner: FlaskClient, sitting: Sitting) -> str:
    return shown_text(learner.get(f"/sittings/{sitting.id}"))


def attempts(session: Session) -> list[Attempt]:
    return list(session.scalars(select(Attempt).order_by(Attempt.id)))


def test_start_goes_on_and_ends_in_results(learner: FlaskClient, session: Session, sitting: Sitting) -> None:
    page = first_page(learner, sitting)
    assert "Mock exam: 50 items in 75 minutes" in page
    assert "0 of 1 used" in page
    mock = begin_exam(learner, sitting)
    [attempt] = attempts(session)
    assert (attempt.sitting_id, attempt.sitting_number, attempt.feedback) == (sitting.id, 1, "end")
    assert attempt.latest_end_at == sitting.closes_at
    assert begin(learner, sitting).location == mock.url(), "a second click goes on in it"
    assert "You have begun" in first_page(learner, sitting)
    mock.save(1, "1")
    mock.hand_in()
    assert "You chose the keyed response in" in shown_text(mock.page("results"))
    assert "You have handed it in" in first_page(learner, sitting)
    assert begin(learner, sitting).location == f"/sittings/{sitting.id}"
    assert "This cannot be started now." in first_page(learner, sitting)
    assert len(attempts(session)) == 1


@pytest.mark.parametrize(
    ("shift", "is_open"),
    [
        (-HOUR - timedelta(seconds=1), False),
        (-HOUR, True),
        (timedelta(days=1) - timedelta(seconds=1), True),
        (timedelta(days=1), False),
    ],
)
def test_starts_only_inside_the_window(
    learner: FlaskClient,
    session: Session,
    sitting: Sitting,
    member: User,
    sign_in: Callable[..., None],
    clock_hands: Traveller,
    shift: timedelta,
    is_open: bool,
) -> None:
    clock_hands.move_to(NOW + shift)
    sign_in(learner, member)
    begin(learner, sitting)
    assert len(attempts(session)) == is_open


def test_page_says_when_it_opens_in_both_zones(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User
) -> None:
    member.time_zone = "America/Los_Angeles"
    later = make_sitting(session, cohort, opens_at=NOW + HOUR)
    page = first_page(learner, later)
    assert "Not open yet" in page
    assert "Tue 3 March, 08:00 PST (Tue 3 March, 11:00 EST at the programme)" in page


def test_attempts_are_counted(learner: FlaskClient, session: Session, cohort: Cohort, member: User) -> None:
    sitting = make_sitting(session, cohort, attempt_limit=2)
    for number in (1, 2):
        mock = begin_exam(learner, sitting)
        mock.hand_in()
        assert f"{number} of 2 used" in first_page(learner, sitting)
    begin(learner, sitting)
    assert [attempt.sitting_number for attempt in attempts(session)] == [1, 2]


@pytest.mark.parametrize("number", [0, 2, None])
def test_database_itself_keeps_the_limit(
    learner: FlaskClient, session: Session, sitting: Sitting, number: int | None
) -> None:
    begin_exam(learner, sitting).hand_in()
    [attempt] = attempts(session)
    attempt.sitting_number = number
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


# The window and the clock


def test_attempt_ends_with_the_window_and_says_so_beforehand(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User, clock_hands: Traveller
) -> None:
    closes = NOW + timedelta(minutes=30)
    sitting = make_sitting(session, cohort, closes_at=closes)
    page = first_page(learner, sitting)
    assert "What you have open then ends, and everything saved until then counts." in page
    assert "If you start now, that is before your 75 minutes are over." in page
    mock = begin_exam(learner, sitting)
    [attempt] = attempts(session)
    assert attempt.deadline_at == closes
    assert attempt.closes_at == closes + timedelta(seconds=GRACE)
    shown = shown_text(mock.page(1))
    assert "30 min left" in shown
    assert "The sitting closes Tue 3 March, 10:30 EST. The clock ends then." in shown
    assert "The sitting closes" in shown_text(mock.page("review"))
    clock_hands.move_to(closes + timedelta(seconds=GRACE))
    answer = mock.send(1, "1")
    assert answer.json
    assert (answer.status_code, answer.json["outcome"]) == (200, "late")
    clock_hands.shift(1)
    assert mock.send(2, "1").status_code == 410
    assert "The time is over" in shown_text(mock.page(2))
    mock.hand_in()
    session.expire_all()
    [attempt] = attempts(session)
    assert (attempt.answered_count, attempt.submitted_at) == (1, closes + timedelta(seconds=GRACE))


def test_own_deadline_holds_inside_a_long_window(
    learner: FlaskClient, session: Session, sitting: Sitting
) -> None:
    mock = begin_exam(learner, sitting)
    [attempt] = attempts(session)
    assert attempt.deadline_at == NOW + timedelta(seconds=LIMIT[HOUSE])
    assert "The sitting closes" not in shown_text(mock.page(1))


def test_untimed_learner_has_until_the_window_closes(
    learner: FlaskClient, session: Session, sitting: Sitting, member: User
) -> None:
    member.time_multiplier = "untimed"
    mock = begin_exam(learner, sitting)
    assert attempts(session)[0].deadline_at == sitting.closes_at
    shown = shown_text(mock.page(1))
    assert "No time limit" in shown
    assert "The sitting closes Wed 4 March, 10:00 EST." in shown
    assert "The sitting closes" in shown_text(mock.page("review"))


def test_columns_agree_with_the_rule(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User
) -> None:
    for minutes in (10, 75, 200):
        sitting = make_sitting(session, cohort, closes_at=NOW + timedelta(minutes=minutes))
        begin_exam(learner, sitting).hand_in()
    practice = make_sitting(session, cohort, mode="practice")
    begin(learner, practice)
    for attempt in attempts(session):
        assert attempt.deadline_at == deadline(attempt.timing)
        assert attempt.closes_at == closes_at(attempt.timing)
    assert len(attempts(session)) == 4


def test_time_set_by_staff_replaces_the_own_setting(
    learner: FlaskClient, session: Session, sitting: Sitting, member: User
) -> None:
    member.time_multiplier = "2"
    assert "150 minutes" in first_page(learner, sitting)
    set_time(session, sitting, member.id, "1.5", 10)
    page = first_page(learner, sitting)
    assert "122 minutes" in page
    assert "Your programme has set this for you." in page
    begin_exam(learner, sitting)
    [attempt] = attempts(session)
    assert (attempt.multiplier_percent, attempt.added_seconds) == (150, 600)
    assert attempt.deadline_at == NOW + timedelta(minutes=122.5)


# Beside other exams


def test_own_mock_of_the_same_exam_is_to_be_handed_in_first(
    learner: FlaskClient, session: Session, sitting: Sitting
) -> None:
    mock = begin_mock(learner)
    assert "It is not part of this sitting: you started it on your own" in first_page(learner, sitting)
    assert begin(learner, sitting).location == f"/sittings/{sitting.id}"
    assert "You have another one of these exams open." in first_page(learner, sitting)
    mock.hand_in()
    assert begin_exam(learner, sitting).id != mock.id


def test_starting_on_ones_own_leads_on_to_the_open_sitting(
    learner: FlaskClient, session: Session, sitting: Sitting
) -> None:
    mock = begin_exam(learner, sitting)
    assert begin_mock(learner).id == mock.id
    assert len(attempts(session)) == 1


# Who may


def test_sitting_for_some_is_for_nobody_else(
    learner: FlaskClient,
    browser: Callable[[User], FlaskClient],
    session: Session,
    cohort: Cohort,
    member: User,
    charlie: User,
) -> None:
    make_member(session, cohort, charlie)
    sitting = make_sitting(session, cohort, [charlie])
    assert learner.get(f"/sittings/{sitting.id}").status_code == 404
    assert begin(learner, sitting).status_code == 404
    assert sitting.name not in learner.get("/home").text
    assert sitting.name not in learner.get("/groups").text
    begin_exam(browser(charlie), sitting)
    session.expire_all()
    assert session.scalars(select(Attempt.learner_id)).all() == [charlie.id]


def test_learner_who_leaves_finishes_what_was_started(
    learner: FlaskClient,
    staff: FlaskClient,
    session: Session,
    cohort: Cohort,
    sitting: Sitting,
    member: User,
) -> None:
    mock = begin_exam(learner, sitting)
    address = f"/cohorts/{cohort.id}/sittings/{sitting.id}"
    assert "Alice" in staff.get(address).text
    leave(session, cohort, member.id, now=NOW)
    assert learner.get(f"/sittings/{sitting.id}").status_code == 404
    assert begin(learner, sitting).status_code == 404
    mock.save(1, "1")
    assert "Go on with your mock exam" in shown_text(learner.get("/home"))
    mock.hand_in()
    assert mock.page("results").status_code == 200
    for page in (address, f"{address}/progress", f"/cohorts/{cohort.id}"):
        assert "Alice" not in staff.get(page).text
    assert staff.get(f"{address}/people/{member.id}").status_code == 404


def test_archived_group_starts_nothing(
    learner: FlaskClient, session: Session, cohort: Cohort, sitting: Sitting
) -> None:
    archive(cohort, now=NOW)
    assert "Its sittings can no longer be started." in first_page(learner, sitting)
    begin(learner, sitting)
    assert not attempts(session)


def test_called_off_sitting_can_be_finished_but_not_started(
    learner: FlaskClient,
    browser: Callable[[User], FlaskClient],
    session: Session,
    cohort: Cohort,
    sitting: Sitting,
    charlie: User,
) -> None:
    make_member(session, cohort, charlie)
    mock = begin_exam(learner, sitting)
    cancel_sitting(session, sitting, now=NOW)
    other = browser(charlie)
    assert "Called off" in shown_text(other.get(f"/sittings/{sitting.id}"))
    begin(other, sitting)
    assert session.scalar(select(func.count()).select_from(Attempt)) == 1
    assert begin(learner, sitting).location == mock.url()
    mock.save(1, "1")
    assert mock.hand_in().status_code == 303
    assert "called this sitting off" in first_page(learner, sitting)


# Home


def test_home_and_groups_say_what_is_next(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User, now: datetime
) -> None:
    make_sitting(session, cohort, name="Open one", attempt_limit=2)
    make_sitting(session, cohort, name="Next one", opens_at=NOW + HOUR)
    make_sitting(session, cohort, name="Missed one", opens_at=NOW - 2 * HOUR, closes_at=NOW - HOUR)
    cancelled = make_sitting(session, cohort, name="Cancelled one")
    cancel_sitting(session, cancelled, now=NOW)
    for path in ("/home", "/groups"):
        page = shown_text(learner.get(path))
        assert "Open one" in page
        assert "2 attempts left." in page
        assert "Opens Tue 3 March, 11:00 EST." in page
        assert "Not started" in page
        assert "Cancelled one" not in page


def test_group_of_another_programme_shows_its_own(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User
) -> None:
    other = make_cohort(session, make_programme(session, "Lakeside"), "Other course")
    make_member(session, other, member)
    make_sitting(session, other, name="Lakeside exam")
    page = shown_text(learner.get("/groups"))
    assert page.count("Lakeside exam") == 1


def test_home_costs_the_same_with_many_sittings(
    learner: FlaskClient, session: Session, cohort: Cohort, member: User, statements: list[str]
) -> None:
    learner.get("/home")
    counts = []
    for wanted in (1, 30):
        for _number in range(wanted):
            make_sitting(session, cohort)
        session.commit()
        for path in ("/home", "/groups"):
            statements.clear()
            learner.get(path)
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 4
