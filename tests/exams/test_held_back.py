"""Items of an open mock are met nowhere else before it is handed in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.banks.models import Item
from tests.exams.walk import (
    GRACE,
    HOUSE,
    ICRC,
    LIMIT,
    Mock,
    attempt_items,
    begin_mock,
    begin_practice,
    plain,
    shown_text,
)
from tests.factories import make_mock, make_practice

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(client: FlaskClient, content: None, alice: User, sign_in: SignIn, now: datetime) -> FlaskClient:
    sign_in(client, alice)
    return client


def ids(session: Session, attempt_id: int) -> set[str]:
    return {item.id for item, _order in attempt_items(session, attempt_id)}


def test_practice_offers_what_the_open_mock_does_not_hold(learner: FlaskClient, session: Session) -> None:
    held = ids(session, begin_mock(learner).id)
    text = shown_text(learner.get("/practice"))
    assert "An open mock exam holds 50 items back until you hand it in." in text
    assert "30 other items are here to practise." in text
    served = set()
    for domain in sorted(set(session.scalars(select(Item.domain)))):
        answer = learner.post("/practice", data={"about": "domain", "domain": domain, "size": "20"})
        if answer.status_code == 303:
            served |= ids(session, int(answer.location.split("/")[2]))
    assert len(served) == 30
    assert not served & held


def test_both_mocks_open_still_leave_a_page_that_helps(learner: FlaskClient, session: Session) -> None:
    held = ids(session, begin_mock(learner, ICRC).id) | ids(session, begin_mock(learner, HOUSE).id)
    page = learner.get("/practice")
    assert page.status_code == 200
    text = shown_text(page)
    assert f"holds {len(held)} items back" in text
    answer = learner.post("/practice", data={"about": "helps", "size": "20"})
    if len(held) < 80:
        assert answer.status_code == 303
        assert not ids(session, int(answer.location.split("/")[2])) & held
    else:
        assert "Your open mock exam holds all items back." in text
        assert answer.location == "/practice"


def test_nothing_left_to_practise_says_why(
    learner: FlaskClient, session: Session, app: Flask, alice: User
) -> None:
    """All items but the held ones retire: the page has no form to send, and says what to do."""
    held = ids(session, begin_mock(learner, ICRC).id)
    for row in session.scalars(select(Item).where(Item.id.not_in(held))):
        row.status = "retired"
    session.commit()
    app.extensions.pop("catalogue")
    text = shown_text(learner.get("/practice"))
    assert "Your open mock exam holds all items back. Go on with it, or hand it in" in text
    answer = learner.post("/practice", data={"about": "helps", "size": "5"})
    assert answer.location == "/practice"
    assert "An open mock exam may hold it back" in learner.get("/practice").text


def test_handing_in_gives_the_items_back(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner, ICRC)
    mock.hand_in()
    assert "holds" not in shown_text(learner.get("/practice"))
    attempt = begin_practice(learner, 20, about="domain", domain="ethics_boundaries_privacy")
    assert len(ids(session, attempt)) == 16


def test_mock_of_someone_else_holds_nothing_back(
    learner: FlaskClient, app: Flask, session: Session, charlie: User
) -> None:
    make_mock(app, session, charlie, ICRC)
    assert "holds" not in shown_text(learner.get("/practice"))


def test_paused_practice_set_does_not_show_what_the_mock_holds(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    """A set begun before the mock goes on after it; the key of an exam item must not come out there."""
    practice = make_practice(app, session, alice, "domain:ethics_boundaries_privacy", 10)
    learner.post(f"/practice/{practice}/1", data={"choice": "1"})
    mock = Mock(learner, make_mock(app, session, alice, ICRC))
    held, items = ids(session, mock.id), attempt_items(session, practice)
    for position, (item, _order) in enumerate(items, start=1):
        page = learner.get(f"/practice/{practice}/{position}?show=1")
        assert page.status_code == 200
        is_shown = plain(item.options[0].text) in plain(shown_text(page))
        assert is_shown == (position == 1 or item.id not in held)
    position = next(
        place for place, (item, _order) in enumerate(items, start=1) if place > 1 and item.id in held
    )
    assert learner.post(f"/practice/{practice}/{position}", data={"choice": "1"}).status_code == 409
    page = learner.get(f"/practice/{practice}/{position}")
    assert "It comes back here once you hand the exam in." in shown_text(page)
    mock.hand_in()
    assert learner.post(f"/practice/{practice}/{position}", data={"choice": "1"}).status_code == 303


def test_held_item_can_be_left_out_of_the_set(
    learner: FlaskClient, app: Flask, session: Session, alice: User
) -> None:
    practice = make_practice(app, session, alice, "domain:ethics_boundaries_privacy", 10)
    make_mock(app, session, alice, ICRC)
    answer = learner.post(f"/practice/{practice}/1", data={"skip": "1"})
    assert answer.location == f"/practice/{practice}/2"


# ---- What was scored before, or is scored meanwhile, gives nothing away about a mock that runs.


def rationales(session: Session, attempt_id: int, among: set[str]) -> list[str]:
    return [
        plain(option.rationale)
        for item, _order in attempt_items(session, attempt_id)
        if item.id in among
        for option in item.options
    ]


def test_result_of_one_mock_hides_the_items_of_another_that_runs(
    learner: FlaskClient, session: Session
) -> None:
    running, other = begin_mock(learner, ICRC), begin_mock(learner, HOUSE)
    shared = ids(session, running.id) & ids(session, other.id)
    assert shared
    other.hand_in()
    for show in ("all", "missed", "flagged"):
        text = plain(other.page(f"results?show={show}").text)
        assert not [why for why in rationales(session, other.id, shared) if why in text]
    assert text_count(other, "In your running mock exam") == len(shared)
    running.hand_in()
    text = plain(other.page("results").text)
    assert all(why in text for why in rationales(session, other.id, shared))


def text_count(mock: Mock, words: str) -> int:
    return shown_text(mock.page("results")).count(words)


def test_practice_of_before_hides_the_items_of_a_mock_that_runs(
    learner: FlaskClient, session: Session
) -> None:
    """With 75 of 80 items in the mock, a set of ten shares some."""
    attempt = begin_practice(learner, 10)
    for position in range(1, 11):
        learner.post(f"/practice/{attempt}/{position}", data={"choice": "1"})
    mock = begin_mock(learner, ICRC)
    shared = ids(session, attempt) & ids(session, mock.id)
    assert shared
    pages = [f"/practice/{attempt}"] + [f"/practice/{attempt}/{position}" for position in range(1, 11)]
    hidden = rationales(session, attempt, shared)
    text = " ".join(plain(learner.get(page).text) for page in pages)
    assert not [why for why in hidden if why in text]
    mock.hand_in()
    text = " ".join(plain(learner.get(page).text) for page in pages)
    assert all(why in text for why in hidden)


def test_mock_whose_time_has_passed_holds_nothing(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner, HOUSE)
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    assert "holds" not in shown_text(learner.get("/practice"))
    assert begin_practice(learner, 20, about="domain", domain="ethics_boundaries_privacy")
    assert "Its time is over. See how it went." in shown_text(learner.get("/mocks"))
    assert "The time of your last one is over" in shown_text(learner.get(f"/mocks/{HOUSE}"))
    assert mock.hand_in().location == mock.url("results")
