"""`quizapp attempts close-expired`."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts import login
from quizapp.accounts.models import User
from quizapp.exams.models import Attempt, ItemResponse
from quizapp.progress.models import Rollup
from tests.exams.hosts import on_hosts
from tests.exams.walk import GRACE, HOUSE, ICRC, LIMIT, Mock, choices, everything, shown_text
from tests.factories import NOW, make_mock, make_practice, make_user

SignIn = Callable[[FlaskClient, User], None]
Command = Callable[..., Result]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    sign_in(client, alice)
    return client


def closed(session: Session) -> dict[int, str | None]:
    rows = session.execute(select(Attempt.id, Attempt.ended_by).where(Attempt.submitted_at.is_not(None)))
    return {row.id: row.ended_by for row in rows}


def test_closes_what_is_over_and_nothing_else(
    learner: FlaskClient, app: Flask, session: Session, alice: User, command: Command, clock_hands: Traveller
) -> None:
    house, icrc = make_mock(app, session, alice, HOUSE), make_mock(app, session, alice, ICRC)
    mock = Mock(learner, house)
    for position, choice in choices(session, house, right=True).items():
        if position <= 7:
            mock.save(position, choice)
    clock_hands.shift(LIMIT[HOUSE] + GRACE)
    assert command("attempts", "close-expired").output == "0 closed\n"
    clock_hands.shift(1)
    result = command("attempts", "close-expired")
    assert (result.exit_code, result.output) == (0, "1 closed\n")
    assert closed(session) == {house: "time"}
    attempt = session.get(Attempt, house)
    assert attempt
    assert (str(attempt.raw_score), attempt.answered_count) == ("7", 7)
    assert attempt.receipt
    assert mock.page("results").status_code == 200
    assert icrc not in closed(session)


def test_running_it_again_changes_nothing(
    learner: FlaskClient, app: Flask, session: Session, alice: User, command: Command, clock_hands: Traveller
) -> None:
    Mock(learner, make_mock(app, session, alice)).save(1, "1")
    clock_hands.shift(timedelta(hours=3))
    command("attempts", "close-expired")
    before = everything(session)
    clock_hands.shift(60)
    assert command("attempts", "close-expired").output == "0 closed\n"
    assert everything(session) == before


def test_practice_ends_after_thirty_days_with_what_was_answered(
    learner: FlaskClient,
    app: Flask,
    session: Session,
    alice: User,
    command: Command,
    clock_hands: Traveller,
    sign_in: SignIn,
) -> None:
    practice = make_practice(app, session, alice, "domain:role_and_values")
    untimed = make_mock(app, session, alice, multiplier="untimed")
    right = choices(session, practice, right=True)
    held = learner.post(f"/practice/{practice}/1", data={"choice": right[1]}).status_code == 409
    learner.post(f"/practice/{practice}/2", data={"skip": "1"})
    clock_hands.shift(timedelta(days=30, seconds=GRACE + 1))
    assert command("attempts", "close-expired").output == "2 closed\n"
    assert closed(session) == {practice: "time", untimed: "time"}
    attempt = session.get(Attempt, practice)
    assert attempt
    assert attempt.answered_count == 1 - held
    sign_in(learner, alice)
    assert learner.get(f"/practice/{practice}").status_code == 200
    assert learner.get("/home").status_code == 200


@pytest.mark.slow
def test_four_hosts_close_everything_once(
    app: Flask, content: None, session: Session, database_url: str, clock_hands: Traveller
) -> None:
    people = [make_user(session) for _person in range(12)]
    attempts = [make_mock(app, session, person) for person in people]
    browser = app.test_client()
    for person, attempt in zip(people, attempts, strict=True):
        with browser.session_transaction() as cookie:
            login.begin_session(cookie, person.id, person.session_version, NOW)
        session.commit()
        Mock(browser, attempt).save(1, "1")
    answers = on_hosts(4, database_url, NOW + timedelta(days=1), "attempts", "close-expired")
    session.expire_all()
    assert {answer.split()[0] for answer in answers} == {"0"}, answers
    assert sum(int(answer.split()[1]) for answer in answers) == len(people)
    assert closed(session) == dict.fromkeys(attempts, "time")
    assert session.scalar(select(func.count()).select_from(ItemResponse)) == 50 * len(people)
    assert session.scalar(select(func.sum(Rollup.n)).where(Rollup.kind == "domain")) == len(people)


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("", "The time is over"),
        ("1", "The time is over"),
        ("50", "The time is over"),
        ("review", "The time is over"),
        ("results", "Hand in first"),
        ("time", '"closed":true'),
    ],
)
def test_an_expired_attempt_shows_closed_and_looking_writes_nothing(
    learner: FlaskClient,
    app: Flask,
    session: Session,
    alice: User,
    clock_hands: Traveller,
    sign_in: SignIn,
    tail: str,
    said: str,
) -> None:
    mock = Mock(learner, make_mock(app, session, alice))
    mock.save(1, "1")
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    sign_in(learner, alice)
    before = everything(session)
    assert said in shown_text(learner.get(mock.url(tail), follow_redirects=True))
    assert learner.get("/home").status_code == learner.get("/attempts").status_code == 200
    assert everything(session) == before
    assert closed(session) == {}
