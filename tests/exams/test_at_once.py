"""Many at the same moment, each in a thread with its own connection."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
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
from tests.factories import give_breaks, make_practice

SignIn = Callable[[FlaskClient, User], None]
Result = TypeVar("Result")
CROWD = 50


def at_once(acts: Sequence[Callable[[], Result]]) -> list[Result]:
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


@pytest.fixture
def mock_with_breaks(browsers: Browsers, session: Session) -> Mock:
    give_breaks(session, (25, 10), (40, 5))
    return open_mock(browsers)


def press(act: str, tab: Mock, after: int = 25) -> TestResponse:
    """One of the buttons of a break."""
    return tab.client.post(tab.url(f"break/{act}"), data={"after": str(after)})


def test_break_taken_many_times_at_once_is_one_break(
    browsers: Browsers, session: Session, mock_with_breaks: Mock
) -> None:
    tabs = [Mock(browser, mock_with_breaks.id) for browser in browsers(CROWD)]
    answers = at_once([partial(press, "take", tab) for tab in tabs])
    assert {answer.status_code for answer in answers} == {303}
    attempt = session.get_one(Attempt, mock_with_breaks.id)
    assert (attempt.closed_through, attempt.break_after, attempt.break_seconds) == (25, 40, 600)
    session.commit()
    answers = at_once([partial(press, "end", tab) for tab in tabs])
    assert {answer.location for answer in answers} == {mock_with_breaks.url()}
    session.expire_all()
    attempt = session.get_one(Attempt, mock_with_breaks.id)
    assert (attempt.closed_through, attempt.break_after, attempt.break_seconds) == (25, 40, 0)


def test_break_is_either_taken_or_passed_over(
    browsers: Browsers, session: Session, mock_with_breaks: Mock
) -> None:
    tabs = [Mock(browser, mock_with_breaks.id) for browser in browsers(CROWD)]
    acts = ("take", "pass-over")
    at_once([partial(press, acts[number % 2], tab) for number, tab in enumerate(tabs)])
    attempt = session.get_one(Attempt, mock_with_breaks.id)
    assert (attempt.closed_through, attempt.break_after) == (25, 40)
    assert attempt.break_seconds == (600 if attempt.break_until else 0)


@pytest.mark.parametrize("act", ["take", "pass-over"])
def test_acknowledged_answer_stands_and_a_refused_one_does_not_when_a_break_begins(
    browsers: Browsers, session: Session, mock_with_breaks: Mock, act: str
) -> None:
    """Saves race the break: what was told "saved" is written, and nothing else."""
    tabs = [Mock(browser, mock_with_breaks.id) for browser in browsers(12)]

    def save_some(tab: Mock, first: int) -> list[tuple[int, int]]:
        positions = range(first, 26, 11)
        return [(position, tab.send(position, "1").status_code) for position in positions]

    def begin_soon(tab: Mock) -> list[tuple[int, int]]:
        return [(25, tab.send(25, "1").status_code), (0, press(act, tab).status_code)]

    saves = [partial(save_some, tab, first) for first, tab in enumerate(tabs[:-1], start=1)]
    answers = at_once([*saves, partial(begin_soon, tabs[-1])])
    told = [each for some in answers for each in some if each[0]]
    assert {status for _position, status in told} <= {200, 409, 410}
    session.expire_all()
    written = set(session.scalars(select(ItemResponse.position)))
    assert written == {position for position, status in told if status == 200}
    outcomes = Counter(session.scalars(select(ResponseChange.outcome)))
    assert outcomes["closed"] == sum(status == 410 for _position, status in told)


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
