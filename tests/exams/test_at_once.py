"""Many at the same moment, each in a thread with its own connection."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from quizapp.exams.models import Attempt, Form, ItemResponse, ResponseChange
from quizapp.progress.models import Rollup
from tests.exams.walk import Mock, begin_mock, choices, stored
from tests.factories import make_practice

SignIn = Callable[[FlaskClient, User], None]
Result = TypeVar("Result")
CROWD = 50


def at_once(acts: list[Callable[[], Result]]) -> list[Result]:
    """All of them, begun together."""
    gate = threading.Barrier(len(acts))

    def wait_and(act: Callable[[], Result]) -> Result:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(wait_and, acts))


@pytest.fixture
def browsers(
    app: Flask, session: Session, content: None, alice: User, sign_in: SignIn, now: datetime
) -> Callable[[int], list[FlaskClient]]:
    """Makes browsers that Alice is signed in with."""

    def make(count: int) -> list[FlaskClient]:
        made = [app.test_client() for _browser in range(count)]
        for browser in made:
            sign_in(browser, alice)
        session.commit()  # an open transaction of the test would hold SQLite's only write lock
        return made

    return make


Browsers = Callable[[int], list[FlaskClient]]


def open_mock(browsers: Browsers) -> Mock:
    return begin_mock(browsers(1)[0])


def test_one_of_many_saves_on_the_same_base_wins_and_all_are_kept(
    browsers: Browsers, session: Session
) -> None:
    mock = open_mock(browsers)
    tabs = [Mock(browser, mock.id) for browser in browsers(CROWD)]
    answers = at_once([partial(tab.send, 7, str(1 + n % 3)) for n, tab in enumerate(tabs)])
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: CROWD - 1}
    winner = next(answer for answer in answers if answer.status_code == 200)
    row = stored(session, mock.id, 7)
    assert row
    assert (row.version, winner.json) == (1, winner.json)
    outcomes = Counter(session.scalars(select(ResponseChange.outcome)))
    assert outcomes == {"saved": 1, "conflict": CROWD - 1}
    shown = {str(answer.json["fields"]) for answer in answers if answer.status_code == 409 and answer.json}
    assert len(shown) == 1, "everybody is shown the answer that stands"


def test_one_change_sent_many_times_at_once_is_one_change(browsers: Browsers, session: Session) -> None:
    mock = open_mock(browsers)
    tabs = [Mock(browser, mock.id) for browser in browsers(CROWD)]
    answers = at_once([partial(tab.send, 7, "1", change_id="the-same-change") for tab in tabs])
    assert {(answer.status_code, answer.json and answer.json["version"]) for answer in answers} == {(200, 1)}
    assert session.scalars(select(ResponseChange.outcome)).all() == ["saved"]


def test_acknowledged_answer_is_always_scored(browsers: Browsers, session: Session) -> None:
    """Saves race the hand-in: whichever was told "saved" has its point."""
    mock = open_mock(browsers)
    right = choices(session, mock.id, right=True)
    tabs = [Mock(browser, mock.id) for browser in browsers(12)]

    def save_some(tab: Mock, first: int) -> list[TestResponse]:
        return [tab.send(position, right[position]) for position in range(first, 51, 11)]

    def hand_in_soon(tab: Mock) -> list[TestResponse]:
        return [tab.send(50, None, flagged=True), tab.hand_in()]

    saves = [partial(save_some, tab, first) for first, tab in enumerate(tabs[:-1], start=1)]
    answers = at_once([*saves, partial(hand_in_soon, tabs[-1])])
    told = Counter(answer.status_code for some in answers[:-1] for answer in some)
    assert set(told) <= {200, 409, 410}
    assert answers[-1][-1].status_code == 303
    session.expire_all()
    attempt = session.get(Attempt, mock.id)
    assert attempt
    acknowledged = told[200]
    assert (attempt.answered_count, attempt.raw_score) == (acknowledged, Fraction(acknowledged))
    outcomes = Counter(session.scalars(select(ResponseChange.outcome)))
    assert outcomes["saved"] == acknowledged + (answers[-1][0].status_code == 200)
    assert outcomes["closed"] == told[410]


def test_many_starts_make_one_attempt(browsers: Browsers, session: Session) -> None:
    started = at_once([partial(begin_mock, browser) for browser in browsers(CROWD)])
    assert len({mock.id for mock in started}) == 1
    assert session.scalar(select(func.count()).select_from(Attempt)) == 1
    assert session.scalar(select(func.count()).select_from(Form)) == 1


def test_many_hand_ins_score_once(browsers: Browsers, session: Session) -> None:
    mock = open_mock(browsers)
    for position in range(1, 6):
        mock.save(position, "1")
    tabs = [Mock(browser, mock.id) for browser in browsers(CROWD)]
    answers = at_once([tab.hand_in for tab in tabs])
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, mock.url("results"))}
    domains = select(func.sum(Rollup.n)).where(Rollup.kind == "domain")
    assert session.scalar(domains) == 5
    assert session.scalar(select(func.count()).select_from(ItemResponse)) == 50


def test_practice_answer_posted_many_times_counts_once(
    browsers: Browsers, app: Flask, session: Session, alice: User
) -> None:
    practice = make_practice(app, session, alice, "domain:role_and_values")
    answers = at_once(
        [
            partial(browser.post, f"/practice/{practice}/1", data={"choice": str(1 + n % 3)})
            for n, browser in enumerate(browsers(10))
        ]
    )
    assert {answer.status_code for answer in answers} == {303}
    assert session.scalar(select(func.count()).select_from(ItemResponse)) == 1
    rows = session.execute(select(Rollup.n, Rollup.first_n).where(Rollup.kind == "domain"))
    assert [tuple(row) for row in rows] == [(1, 1)]


def test_last_practice_answer_clicked_twice_ends_the_set_calmly(
    browsers: Browsers, app: Flask, session: Session, alice: User
) -> None:
    practice = make_practice(app, session, alice, "domain:role_and_values")
    browser = browsers(1)[0]
    for position in range(1, 5):
        browser.post(f"/practice/{practice}/{position}", data={"choice": "1"})
    answers = at_once(
        [partial(tab.post, f"/practice/{practice}/5", data={"choice": "1"}) for tab in browsers(6)]
    )
    assert {answer.status_code for answer in answers} == {303}
