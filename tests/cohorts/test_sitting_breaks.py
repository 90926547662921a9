"""Breaks of a mock in a sitting: what staff see, and that no break goes beyond the end of the window."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.sitting_models import Sitting
from quizapp.cohorts.sitting_services import set_time
from quizapp.core.deadline import closes_at, deadline
from quizapp.exams import retiming
from quizapp.exams.models import Attempt
from tests.cohorts.test_members import rows
from tests.cohorts.test_sitting_start import begin_exam, first_page
from tests.exams.walk import GRACE, Mock, shown_text
from tests.factories import NOW, give_breaks, make_member, make_sitting

BREAK_AFTER, MINUTE = 25, timedelta(minutes=1)


@pytest.fixture
def group(session: Session, content: None, cohort: Cohort, alice: User) -> Cohort:
    give_breaks(session, (BREAK_AFTER, 10))
    make_member(session, cohort, alice)
    return cohort


def take(mock: Mock) -> None:
    assert mock.client.post(mock.url("break/take"), data={"after": BREAK_AFTER}).status_code == 303


def come_back(mock: Mock) -> None:
    assert mock.client.post(mock.url("break/end")).status_code == 303


def checked_row(session: Session, mock: Mock) -> Attempt:
    """The attempt, whose columns say what the rule says."""
    session.expire_all()
    attempt = session.get_one(Attempt, mock.id)
    assert attempt.deadline_at == deadline(attempt.timing)
    assert attempt.closes_at == closes_at(attempt.timing)
    return attempt


def live_row(staff: FlaskClient, sitting: Sitting) -> str:
    page = staff.get(f"/cohorts/{sitting.cohort_id}/sittings/{sitting.id}")
    [row] = rows(page.text)
    return " ".join(row)


def test_first_page_of_a_sitting_says_what_a_break_means(
    learner: FlaskClient, group: Cohort, session: Session
) -> None:
    text = first_page(learner, make_sitting(session, group))
    assert "After item 25 you can take a break of 10 minutes." in text
    assert "the items before it are closed" in text
    assert "A break never goes beyond the end of the sitting." in text
    practice = first_page(learner, make_sitting(session, group, mode="practice"))
    assert "break" not in practice


def test_staff_see_who_is_on_a_break_and_until_when(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, session: Session, clock_hands: Traveller
) -> None:
    sitting = make_sitting(session, group)
    mock = begin_exam(learner, sitting)
    assert "In progress" in live_row(staff, sitting)
    take(mock)
    clock_hands.shift(5 * MINUTE)
    row = live_row(staff, sitting)
    assert "On a break until 10:10" in row
    assert "75 minutes" in row, "the clock stands still"
    clock_hands.shift(5 * MINUTE)
    assert "In progress" in live_row(staff, sitting)


def test_staff_see_that_somebody_came_back_or_handed_in(
    staff: FlaskClient, learner: FlaskClient, group: Cohort, session: Session, clock_hands: Traveller
) -> None:
    sitting = make_sitting(session, group)
    mock = begin_exam(learner, sitting)
    take(mock)
    clock_hands.shift(MINUTE)
    come_back(mock)
    assert "In progress" in live_row(staff, sitting)
    other = make_sitting(session, group, attempt_limit=2)
    mock.hand_in()
    again = begin_exam(learner, other)
    take(again)
    again.hand_in()
    row = live_row(staff, other)
    assert "Handed in" in row
    assert "break" not in row


def test_no_break_goes_beyond_the_window(
    learner: FlaskClient, group: Cohort, session: Session, clock_hands: Traveller
) -> None:
    end = NOW + 20 * MINUTE
    mock = begin_exam(learner, make_sitting(session, group, closes_at=end))
    clock_hands.shift(15 * MINUTE)
    offer = shown_text(mock.page("break"))
    assert "The sitting closes Tue 3 March, 10:20 EST. A break does not change that" in offer
    take(mock)
    attempt = checked_row(session, mock)
    assert (attempt.break_until, attempt.deadline_at) == (end, end)
    session.commit()
    assert "This break lasts until the sitting closes." in shown_text(mock.page("break"))
    clock_hands.shift(2 * MINUTE)
    come_back(mock)
    assert checked_row(session, mock).deadline_at == end
    session.commit()
    assert mock.page(26).status_code == 200
    clock_hands.shift(3 * MINUTE + timedelta(seconds=GRACE + 1))
    assert mock.page(26).status_code == mock.page("break").status_code == 410


def test_more_time_and_a_later_end_reach_somebody_on_a_break(
    learner: FlaskClient, group: Cohort, session: Session, alice: User, clock_hands: Traveller
) -> None:
    sitting = make_sitting(session, group, closes_at=NOW + 60 * MINUTE)
    mock = begin_exam(learner, sitting)
    take(mock)
    clock_hands.shift(4 * MINUTE)
    assert set_time(session, sitting, alice.id, "2", 10)
    retiming.move_end(session, sitting.id, NOW + timedelta(days=1))
    session.commit()
    attempt = checked_row(session, mock)
    assert attempt.break_until == NOW + 10 * MINUTE
    assert attempt.deadline_at == NOW + (150 + 10 + 10) * MINUTE
    session.commit()
    come_back(mock)
    assert checked_row(session, mock).deadline_at == NOW + (150 + 10 + 4) * MINUTE


@pytest.mark.parametrize("minutes_used", [3, 10])
def test_time_set_after_a_break_does_not_take_it_away(
    learner: FlaskClient,
    group: Cohort,
    session: Session,
    alice: User,
    clock_hands: Traveller,
    minutes_used: int,
) -> None:
    sitting = make_sitting(session, group)
    mock = begin_exam(learner, sitting)
    take(mock)
    clock_hands.shift(minutes_used * MINUTE)
    come_back(mock)
    assert set_time(session, sitting, alice.id, "1", 5)
    session.commit()
    assert checked_row(session, mock).deadline_at == NOW + (75 + 5 + minutes_used) * MINUTE


def test_untimed_learner_takes_the_same_break(
    learner: FlaskClient, group: Cohort, session: Session, alice: User, now: datetime
) -> None:
    sitting = make_sitting(session, group)
    set_time(session, sitting, alice.id, "untimed", 0)
    session.commit()
    mock = begin_exam(learner, sitting)
    take(mock)
    attempt = checked_row(session, mock)
    assert (attempt.break_until, attempt.deadline_at) == (now + 10 * MINUTE, sitting.closes_at)
    session.commit()
    assert "You have no time limit." in shown_text(mock.page("break"))
