"""The list of all that a learner has finished."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from tests.exams.walk import SQLITE_ONLY, begin_mock, begin_practice, choices, shown_text

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    """Alice's browser."""
    sign_in(client, alice)
    return client


def finish_practice(learner: FlaskClient, clock_hands: Traveller, **fields: str) -> int:
    clock_hands.shift(60)
    attempt = begin_practice(learner, 5, **fields)
    for position in range(1, 6):
        learner.post(f"/practice/{attempt}/{position}", data={"choice": "1"})
    return attempt


def test_old_mock_is_still_reached_from_home(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.hand_in()
    for _set in range(8):
        finish_practice(learner, clock_hands)
    home = learner.get("/home").text
    assert mock.url("results") not in home
    assert 'href="/attempts"' in home
    page = learner.get("/attempts").text
    assert mock.url("results") in page
    assert learner.get(mock.url("results")).status_code == 200


def test_each_attempt_has_its_kind_topic_day_and_result(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, choices(session, mock.id, right=True)[1])
    mock.hand_in()
    practice = finish_practice(learner, clock_hands, about="domain", domain="role_and_values")
    page = learner.get("/attempts")
    text = shown_text(page)
    assert "Mock exam: Readiness check 3 March 2026 1 of 50" in text
    assert "Practice: Role and values 3 March 2026" in text
    assert page.text.index(f'href="/practice/{practice}"') < page.text.index(f'href="{mock.url("results")}"')


def test_sets_ended_without_an_answer_hide_nothing(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.hand_in()
    for _set in range(12):
        clock_hands.shift(60)
        practice = begin_practice(learner, 5)
        learner.post(f"/practice/{practice}/end")
    for address in ("/home", "/attempts"):
        page = learner.get(address).text
        assert mock.url("results") in page
        assert f"/practice/{practice}" not in page


@SQLITE_ONLY
def test_long_list_has_pages(learner: FlaskClient, clock_hands: Traveller) -> None:
    finished = [finish_practice(learner, clock_hands) for _set in range(26)]
    first, second = learner.get("/attempts").text, learner.get("/attempts?page=2").text
    assert first.count('href="/practice/') == 25
    assert f'href="/practice/{finished[0]}"' in second
    assert f'href="/practice/{finished[0]}"' not in first
    assert learner.get("/attempts?page=99999999999").status_code == 200


def test_nothing_finished_leads_to_practice(learner: FlaskClient) -> None:
    begin_mock(learner)
    text = shown_text(learner.get("/attempts"))
    assert "Nothing is finished yet" in text


def test_nobody_sees_the_attempts_of_another(
    learner: FlaskClient, charlie: User, sign_in: SignIn, clock_hands: Traveller
) -> None:
    practice = finish_practice(learner, clock_hands)
    sign_in(learner, charlie)
    assert f"/practice/{practice}" not in learner.get("/attempts").text
