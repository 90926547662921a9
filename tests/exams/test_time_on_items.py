"""How long an item was looked at, whether or not it was answered then."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.exams.models import Attempt, ResponseChange
from tests.exams.walk import HOUSE, LIMIT, begin_mock, stored


@pytest.fixture
def learner(
    client: FlaskClient,
    content: None,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
    clock_hands: Traveller,
) -> FlaskClient:
    sign_in(client, alice)
    return client


def test_looks_add_up_and_make_no_change(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    mock.move(1, "next", ms="3000")
    mock.move(1, "next", ms="2000")
    row = stored(session, mock.id, 1)
    assert row
    assert (row.milliseconds, row.version, row.answer) == (5000, 0, None)
    assert session.scalar(select(func.count()).select_from(ResponseChange)) == 0

    mock.save(1, "1", ms=1000)
    mock.move(1, "next", choice="1", ms="4000")
    row = stored(session, mock.id, 1)
    assert row
    assert (row.milliseconds, row.version) == (10_000, 1)


def test_item_that_was_only_looked_at_is_open_and_omitted(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    mock.move(1, "next", ms="3000")
    assert "Saved" not in mock.page(1).text.split('id="saved"')[1].split("</p>")[0].split("<span>")[-1]
    assert learner.get(mock.url()).location == mock.url(1)
    mock.hand_in()
    row = stored(session, mock.id, 1)
    assert row
    assert (row.outcome, row.milliseconds) == ("omitted", 3000)


def test_without_a_script_the_time_counts_from_the_page(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    shown = mock.page(1).text.split('name="shown" value="')[1].split('"')[0]
    mock.move(1, "next", shown=str(int(shown) - 7000))
    row = stored(session, mock.id, 1)
    assert row
    assert row.milliseconds == 7000


def test_looks_after_the_end_count_nothing(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    clock_hands.shift(LIMIT[HOUSE] + 31)
    mock.move(1, "next", ms="3000")
    assert stored(session, mock.id, 1) is None


def test_handed_in_at_zero_is_ended_by_time(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    clock_hands.shift(LIMIT[HOUSE] + 2)
    mock.hand_in()
    attempt = session.get(Attempt, mock.id)
    assert attempt
    assert (attempt.ended_by, attempt.submitted_at) == ("time", attempt.deadline_at.replace(second=2))


def test_idleness_counts_again_after_handing_in(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner, multiplier="2")
    mock.page(1)
    mock.hand_in()
    clock_hands.shift(2 * 3600 + 1)
    assert "/login" in learner.get("/home").location
