"""What each request costs in SQL statements, whatever the length of the exam or of the history."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.models import ItemRevision
from quizapp.exams.models import Attempt, Form, ItemResponse
from quizapp.progress.models import Rollup
from tests.exams.walk import HOUSE, ICRC, SQLITE_ONLY, Mock, begin_mock, forget_catalogue
from tests.factories import NOW, give_breaks, make_practice

SignIn = Callable[[FlaskClient, User], None]
Cost = Callable[..., int]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: object
) -> FlaskClient:
    """Alice's browser, with the catalogue warm."""
    sign_in(client, alice)
    client.get("/practice")
    return client


@pytest.fixture
def cost(learner: FlaskClient, session: Session, statements: list[str]) -> Cost:
    """How many statements a request takes."""

    def count(method: str, path: str, status: int, **more: Any) -> int:
        session.commit()
        statements.clear()
        answer = learner.open(path, method=method, **more)
        assert answer.status_code == status, answer.text
        return len(statements)

    return count


@pytest.mark.parametrize("blueprint", [HOUSE, ICRC])
def test_mock_exam(learner: FlaskClient, cost: Cost, blueprint: str) -> None:
    assert cost("GET", "/mocks", 200) <= 4
    assert cost("GET", f"/mocks/{blueprint}", 200) <= 4
    mock = begin_mock(learner, blueprint)
    assert cost("GET", mock.url(3), 200) <= 4
    save = {"base": 0, "change_id": "first-change", "fields": {"choice": ["1"]}, "flagged": False, "ms": 1}
    assert cost("POST", mock.url("3/save"), 200, json=save) <= 3
    assert cost("POST", mock.url("3/save"), 409, json=save | {"change_id": "other-change"}) <= 4
    assert cost("POST", mock.url("3/save"), 200, json=save) <= 4  # sent again
    assert cost("POST", mock.url(4), 303, data={"to": "next", "choice": "1", "base": "0"}) <= 3
    assert cost("POST", mock.url(4), 303, data={"to": "next", "choice": "1", "base": "1"}) <= 3  # no change
    assert cost("POST", mock.url(4), 409, data={"to": "next", "choice": "2", "base": "0"}) <= 4
    for position in range(5, 40):
        mock.save(position, "1", flagged=True)
    assert cost("GET", mock.url(3), 200) <= 4
    assert cost("GET", mock.url(), 303) <= 4
    assert cost("GET", mock.url("review"), 200) <= 4
    mock.hand_in()
    assert cost("GET", mock.url("results"), 200) <= 4
    assert cost("GET", "/home", 200) <= 4


@pytest.mark.parametrize("blueprint", [HOUSE, ICRC])
def test_breaks_of_a_mock_exam(
    learner: FlaskClient, app: Flask, session: Session, cost: Cost, blueprint: str
) -> None:
    give_breaks(session, (3, 10), (40, 5), blueprint=blueprint)
    forget_catalogue(app)
    assert cost("GET", f"/mocks/{blueprint}", 200) <= 7  # it reads the content again
    mock = begin_mock(learner, blueprint)
    save = {"base": 0, "change_id": "first-change", "fields": {"choice": ["1"]}, "flagged": False, "ms": 1}
    assert cost("POST", mock.url("3/save"), 200, json=save) <= 3
    assert cost("POST", mock.url(3), 303, data={"to": "next", "choice": "1", "base": "1"}) <= 3
    assert cost("GET", mock.url(4), 303) <= 1, "to the break"
    assert cost("POST", mock.url("4/save"), 410, json=save) <= 4
    assert cost("GET", mock.url("break"), 200) <= 5
    assert cost("POST", mock.url("break/take"), 303, data={"after": "3"}) <= 4
    assert cost("GET", mock.url("break"), 200) <= 2
    assert cost("POST", mock.url("break/end"), 303) <= 4
    assert cost("POST", mock.url("break/pass-over"), 303, data={"after": "40"}) <= 4
    assert cost("GET", mock.url(1), 303) <= 1, "closed: to the first open one"
    assert cost("GET", mock.url(41), 200) <= 4
    assert cost("POST", mock.url("41/save"), 200, json=save) <= 3
    assert cost("POST", mock.url("3/save"), 410, json=save | {"change_id": "other-change"}) <= 4
    assert cost("GET", mock.url("time"), 200) <= 1


def test_practice(learner: FlaskClient, app: Flask, session: Session, alice: User, cost: Cost) -> None:
    assert cost("GET", "/practice", 200) <= 4
    practice = make_practice(app, session, alice, "domain:role_and_values")
    for position in range(1, 6):
        path = f"/practice/{practice}/{position}"
        assert cost("GET", f"{path}?show=1", 200) <= 4
        assert cost("POST", path, 422) <= 4
        assert cost("POST", path, 303, data={"choice": "1"}) <= 4, "the last one ends the set"
        assert cost("GET", path, 200) <= 4
        assert cost("GET", f"/practice/{practice}", 200) <= 4
    assert cost("GET", "/practice", 200) <= 4


@SQLITE_ONLY
def test_skipping_the_last_item(
    learner: FlaskClient, app: Flask, session: Session, alice: User, cost: Cost
) -> None:
    practice = make_practice(app, session, alice, "domain:role_and_values")
    for position in range(1, 6):
        assert cost("POST", f"/practice/{practice}/{position}", 303, data={"skip": "1"}) <= 4


def test_home_costs_the_same_after_any_history(session: Session, alice: User, cost: Cost) -> None:
    assert cost("GET", "/home", 200) <= 4
    add_history(session, alice, attempts=2)
    short = cost("GET", "/home", 200)
    add_history(session, alice, attempts=200)
    assert cost("GET", "/home", 200) == short <= 4


def test_list_of_attempts_costs_the_same_after_any_history(session: Session, alice: User, cost: Cost) -> None:
    add_history(session, alice, attempts=2)
    assert cost("GET", "/attempts", 200) <= 3
    add_history(session, alice, attempts=200)
    assert cost("GET", "/attempts", 200) <= 3
    assert cost("GET", "/attempts?page=4", 200) <= 3


def add_history(session: Session, learner: User, attempts: int, length: int = 10) -> None:
    """Finished practice sets, as rows."""
    revisions = session.execute(select(ItemRevision.id, ItemRevision.item_id).limit(length)).all()
    for number in range(attempts):
        at = NOW - timedelta(hours=attempts - number)
        form = Form(seed=1, entries=[], created_at=at)
        session.add(form)
        session.flush()
        attempt = Attempt(
            learner_id=learner.id,
            mode="practice",
            form_id=form.id,
            item_count=length,
            started_at=at,
            deadline_at=at + timedelta(days=30),
            closes_at=at + timedelta(days=30),
            submitted_at=at,
            ended_by="learner",
            answered_count=length,
            raw_score=Fraction(7),
            maximum_score=Fraction(length),
        )
        session.add(attempt)
        session.flush()
        session.execute(
            insert(ItemResponse),
            [
                {
                    "attempt_id": attempt.id,
                    "position": position,
                    "learner_id": learner.id,
                    "item_id": revision.item_id,
                    "revision_id": revision.id,
                    "mode": "practice",
                    "option_order": [0, 1, 2, 3],
                    "version": 1,
                    "answer": {"option": 0},
                    "saved_at": at,
                    "outcome": "answered",
                }
                for position, revision in enumerate(revisions, start=1)
            ],
        )
    row = {"kind": "domain", "key": "role_and_values", "n": 10, "hits": 7, "first_n": 10, "first_hits": 7}
    if not session.scalar(select(Rollup.n).where(Rollup.learner_id == learner.id)):
        session.add(Rollup(learner_id=learner.id, last_at=NOW, **row))
    session.commit()


@SQLITE_ONLY
def test_question_page_stays_small(learner: FlaskClient) -> None:
    """At 75 items, all answered and flagged, whatever the item."""
    mock = Mock(learner, begin_mock(learner, ICRC).id)
    for position in range(1, 76):
        mock.save(position, "1", flagged=True)
    assert max(len(mock.page(position).data) for position in range(1, 76, 6)) <= 17_500
