"""Breaks of a mock exam: offered, taken, passed over; what closes, and what the clock does meanwhile."""

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from time_machine import Traveller
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from quizapp.exams.models import Attempt, ResponseChange
from tests.exams.walk import (
    GRACE,
    HOUSE,
    LIMIT,
    SQLITE_ONLY,
    Mock,
    attempt_items,
    begin_mock,
    choices,
    everything,
    plain,
    shown_text,
    stored,
)
from tests.factories import NOW, give_breaks

SignIn = Callable[[FlaskClient, User], None]
FIRST, SECOND = 3, 6  # the items that have a break after them
MINUTE = 60


@pytest.fixture
def learner(
    client: FlaskClient,
    content: None,
    session: Session,
    alice: User,
    sign_in: SignIn,
    clock_hands: Traveller,
) -> FlaskClient:
    """Alice's browser; mocks have a break of ten minutes after item 3, and one of five after item 6."""
    give_breaks(session, (SECOND, 5), (FIRST, 10))
    sign_in(client, alice)
    return client


def take(mock: Mock, after: int = FIRST) -> TestResponse:
    return mock.client.post(mock.url("break/take"), data={"after": str(after)})


def pass_over(mock: Mock, after: int = FIRST) -> TestResponse:
    return mock.client.post(mock.url("break/pass-over"), data={"after": str(after)})


def come_back(mock: Mock) -> TestResponse:
    return mock.client.post(mock.url("break/end"))


def break_address(mock: Mock, after: int = FIRST) -> str:
    return mock.url(f"break?after={after}")


def left(mock: Mock) -> int:
    body = mock.page("time").json
    assert body
    return int(body["left"])


def attempt_row(session: Session, mock: Mock) -> Attempt:
    session.expire_all()
    return session.get_one(Attempt, mock.id)


# ---- Before the start.


@SQLITE_ONLY
def test_first_page_says_beforehand_what_a_break_means(learner: FlaskClient) -> None:
    text = shown_text(learner.get(f"/mocks/{HOUSE}"))
    for words in (
        "After item 3 you can take a break of 10 minutes.",
        "After item 6 you can take a break of 5 minutes.",
        "the clock stops in a break",
        "A break is equally long for everybody, also with extra time.",
        "You can come back early",
        "the items before it are closed",
        "You can change it until the next break, or until you hand in.",
    ):
        assert words in text
    assert text.index("After item 3") < text.index("After item 6")


@SQLITE_ONLY
def test_first_page_of_an_exam_without_breaks_does_not_speak_of_them(learner: FlaskClient) -> None:
    text = shown_text(learner.get("/mocks/icrc_pr_2013"))
    assert "a break" not in text
    assert "You can change it until you hand in." in text


# ---- On the way to a break.


@pytest.mark.parametrize("to", ["next", "4", "50"])
def test_moving_on_leads_to_the_break(learner: FlaskClient, session: Session, to: str) -> None:
    mock = begin_mock(learner)
    assert mock.move(FIRST, to, choice="1").location == break_address(mock)
    row = stored(session, mock.id, FIRST)
    assert row
    assert row.answer is not None


def test_items_before_the_break_lead_to_each_other(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    assert mock.move(1, "next").location == mock.url(2)
    assert mock.move(2, "3").location == mock.url(3)
    assert mock.move(FIRST, "previous").location == mock.url(2)
    assert mock.move(FIRST, "review").location == mock.url("review")


def test_items_after_the_break_are_neither_shown_nor_saved_before_it(
    learner: FlaskClient, session: Session
) -> None:
    mock = begin_mock(learner)
    for position in (4, 50):
        assert mock.page(position).location == break_address(mock)
        assert mock.send(position, "1").status_code == 410
        assert mock.move(position, "next", choice="1").status_code == 410
        assert stored(session, mock.id, position) is None
    assert mock.page(51).status_code == mock.page(0).status_code == 404
    session.rollback()
    assert mock.move(4, "next", choice="9").status_code == 410, "not the item with a complaint"


@SQLITE_ONLY
def test_break_page_says_what_is_open_and_leads_back_to_it(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.save(2, "1", flagged=True)
    page = mock.page("break?after=3")
    text = shown_text(page)
    for words in (
        "You can take a break of 10 minutes now. The clock of the exam stops meanwhile.",
        "After this, items 1 to 3 are closed",
        "2 of 3 are answered. 1 item is open. Open: 3.",
        "you can read and change them no more",
        "75 min left",
    ):
        assert words in text
    linked = re.findall(rf'href="{mock.url()}/(\d+)"', page.text)
    assert set(linked) == {"1", "2", "3"}, "1 is where the script's notice leads"
    assert (text.count("Take the break"), text.count("Go on without a break")) == (1, 1)


@SQLITE_ONLY
def test_review_page_shows_no_item_from_behind_a_break(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    page = mock.page("review")
    assert "The items from 4 on come after the break." in shown_text(page)
    assert set(re.findall(rf'href="{mock.url()}/(\d+)"', page.text)) == {"1", "2", "3"}
    pass_over(mock)
    page = mock.page("review")
    text = shown_text(page)
    assert "Items 1 to 3 are closed since the break. 3 of them have no answer." in text
    assert "The items from 7 on come after the break." in text
    assert set(re.findall(rf'href="{mock.url()}/(\d+)"', page.text)) == {"1", "4", "5", "6"}


def test_leaving_and_coming_back_leads_to_the_break_when_all_before_it_is_done(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    assert mock.page("").location == mock.url(1)
    for position in range(1, FIRST + 1):
        mock.save(position, "1")
    page = learner.get(mock.url(), follow_redirects=True)
    assert page.request.full_path.endswith("/break?after=3")


def test_break_page_of_an_exam_without_breaks_leads_to_the_exam(learner: FlaskClient) -> None:
    mock = begin_mock(learner, "icrc_pr_2013")
    assert mock.page("break").location == mock.url()
    for act in (take, pass_over, come_back):
        act(mock)
    assert mock.page(75).status_code == 200


# ---- Taking it.


def test_clock_stands_still_in_a_break_and_runs_again_by_itself(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    clock_hands.shift(5 * MINUTE)
    assert take(mock).location == break_address(mock)
    assert left(mock) == LIMIT[HOUSE] - 5 * MINUTE
    clock_hands.shift(10 * MINUTE - 1)
    assert left(mock) == LIMIT[HOUSE] - 5 * MINUTE
    clock_hands.shift(1 + MINUTE)
    assert left(mock) == LIMIT[HOUSE] - 6 * MINUTE
    attempt = attempt_row(session, mock)
    assert attempt.break_seconds == 10 * MINUTE
    assert attempt.deadline_at == NOW + timedelta(minutes=85)
    assert attempt.closes_at == attempt.deadline_at + timedelta(seconds=GRACE)


@SQLITE_ONLY
def test_break_page_says_until_when_and_that_nothing_happens_by_itself(
    learner: FlaskClient, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    take(mock)
    text = shown_text(mock.page("break?after=3"))
    assert "A break until 10:10" in text
    assert "The clock of the exam stands still: 75 min left." in text
    assert "it runs again by itself, also while you are away" in text
    clock_hands.shift(10 * MINUTE)
    assert mock.page("break?after=3").location == mock.url(), "and not to the next break"


@SQLITE_ONLY
def test_home_says_that_a_break_runs_and_leads_back_to_it(
    learner: FlaskClient, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    assert "break" not in shown_text(learner.get("/home"))
    take(mock)
    clock_hands.shift(MINUTE)
    text = shown_text(learner.get("/home"))
    assert "You are on a break until 10:10. 75 min left." in text
    page = learner.get(mock.url(), follow_redirects=True)
    assert "A break until 10:10" in shown_text(page)
    clock_hands.shift(9 * MINUTE)
    assert "break" not in shown_text(learner.get("/home"))


@pytest.mark.parametrize("multiplier", ["1.5", "2"])
def test_extra_time_makes_no_break_longer(learner: FlaskClient, session: Session, multiplier: str) -> None:
    mock = begin_mock(learner, multiplier=multiplier)
    before = left(mock)
    take(mock)
    assert left(mock) == before
    assert attempt_row(session, mock).break_until == NOW + timedelta(minutes=10)


def test_without_a_time_limit_break_and_closing_are_the_same(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner, multiplier="untimed")
    text = shown_text(mock.page("break?after=3"))
    assert "The clock of the exam stops" not in text
    take(mock)
    assert "You have no time limit." in shown_text(mock.page("break"))
    assert mock.page(4).location == break_address(mock)
    assert mock.send(1, "1").status_code == 410
    come_back(mock)
    assert mock.page(4).status_code == 200
    assert mock.send(4, "1").status_code == 200


def test_in_a_break_no_item_is_shown_or_saved(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    take(mock)
    for tail in (1, 3, 4, 50, "review"):
        assert mock.page(tail).location == break_address(mock)
    for position in (1, 3, 4, 50):
        assert mock.send(position, "2").status_code == 410
    page = mock.move(2, "next", choice="1")
    assert page.status_code == 410
    assert "This item is closed" in shown_text(page)
    assert "It is kept in the record of this exam." in shown_text(page)
    outcomes = session.scalars(select(ResponseChange.outcome).order_by(ResponseChange.id)).all()
    assert outcomes == ["saved", *["closed"] * 5]
    clock_hands.shift(10 * MINUTE)
    assert mock.page(4).status_code == 200
    assert mock.send(4, "1").status_code == 200


def test_who_comes_back_early_keeps_the_time(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    take(mock)
    clock_hands.shift(4 * MINUTE)
    assert come_back(mock).location == mock.url()
    assert mock.page("").location == mock.url(4)
    assert left(mock) == LIMIT[HOUSE]
    assert attempt_row(session, mock).deadline_at == NOW + timedelta(minutes=79)
    assert mock.page(4).status_code == 200
    before = everything(session)
    session.commit()
    clock_hands.shift(1)
    come_back(mock)
    assert everything(session) == before


# ---- Closed afterwards.


@pytest.mark.parametrize("act", [take, pass_over])
def test_items_before_the_break_take_no_more_changes(
    learner: FlaskClient, session: Session, clock_hands: Traveller, act: Callable[[Mock], Any]
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    act(mock)
    clock_hands.shift(10 * MINUTE)
    assert mock.send(1, "2").status_code == 410
    assert mock.send(2, "2").status_code == 410
    assert mock.move(3, "flag").status_code == 410
    row = stored(session, mock.id, 1)
    assert row
    assert row.version == 1
    for position in (2, 3):
        assert stored(session, mock.id, position) is None
        session.rollback()
    mock.move(2, "next", ms="5000")
    assert stored(session, mock.id, 2) is None, "no time is counted on a closed item"


def test_change_that_was_saved_is_still_told_so_when_its_item_is_closed(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    change = {"base": 0, "change_id": "sent-before", "fields": {"choice": ["1"]}, "flagged": False, "ms": 9}
    assert learner.post(mock.url("1/save"), json=change).status_code == 200
    pass_over(mock)
    again = learner.post(mock.url("1/save"), json=change)
    assert again.json
    assert (again.status_code, again.json["outcome"]) == (200, "saved")


def test_closed_item_leads_with_a_message_to_the_first_open_one(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    pass_over(mock)
    mock.save(4, "1")
    answer = mock.page(2)
    assert answer.location == mock.url(5)
    page = learner.get(answer.location)
    assert "Item 2 is closed since the break. Here you can go on." in shown_text(page)


def test_when_all_is_answered_a_closed_item_leads_to_the_first_that_is_not_closed(
    learner: FlaskClient,
) -> None:
    mock = begin_mock(learner)
    for after in (FIRST, SECOND):
        pass_over(mock, after)
    for position in range(SECOND + 1, 51):
        mock.save(position, "1")
    assert mock.page(1).location == mock.page("").location == mock.url(SECOND + 1)


@SQLITE_ONLY
def test_palette_says_of_each_item_whether_it_is_closed(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    assert "closed" not in mock.page(1).text
    mock.save(1, "1")
    mock.save(2, "1", flagged=True)
    pass_over(mock)
    page = mock.page(4)
    squares = re.findall(r'<button name="to" value="(\d+)"([^>]*)>\d+(.*?)</button>', page.text)
    said = [re.sub(r"<[^>]+>", "", words).strip() for _position, _more, words in squares[:5]]
    assert said == ["closed, answered", "closed, answered, flagged", "closed, open", "", ""]
    assert [("closed" in more) for _position, more, _words in squares[:5]] == [True] * 3 + [False] * 2
    assert 'value="previous" disabled' in page.text, "behind it all is closed"
    assert 'value="previous" disabled' not in mock.page(5).text


def test_choice_between_two_answers_that_comes_after_the_break_is_refused(
    learner: FlaskClient, session: Session
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    page = mock.move(1, "next", choice="2", base="0")
    assert page.status_code == 409
    pass_over(mock)
    assert mock.move(1, "stay", choice="2", base="1").status_code == 410
    row = stored(session, mock.id, 1)
    assert row
    assert row.version == 1


def test_closed_items_count_in_the_result(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    right = choices(session, mock.id, right=True)
    session.commit()
    mock.save(1, right[1])
    take(mock)
    come_back(mock)
    mock.save(4, right[4])
    mock.hand_in()
    attempt = attempt_row(session, mock)
    assert (attempt.answered_count, attempt.raw_score) == (2, Fraction(2))
    assert mock.page("results").status_code == 200
    assert mock.page("break").location == mock.page("break?after=6").location == mock.url("results")


# ---- Several breaks, twice, at odd moments.


def test_second_break_comes_after_the_first(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    take(mock)
    come_back(mock)
    assert mock.page(7).location == break_address(mock, SECOND)
    assert "After this, items 4 to 6 are closed" in shown_text(mock.page("break?after=6"))
    take(mock, SECOND)
    attempt = attempt_row(session, mock)
    assert (attempt.closed_through, attempt.break_after) == (SECOND, None)
    assert attempt.break_until == NOW + timedelta(minutes=5)
    clock_hands.shift(5 * MINUTE)
    assert mock.page(7).status_code == 200
    assert left(mock) == LIMIT[HOUSE]


def test_pressing_twice_takes_one_break(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    take(mock)
    before = everything(session)
    session.commit()
    clock_hands.shift(30)
    for act in (take, pass_over):
        assert act(mock).location == break_address(mock)
        assert act(mock, SECOND).location == break_address(mock, SECOND)
    assert everything(session) == before
    assert "A break until" in shown_text(mock.page("break?after=3"))


@pytest.mark.parametrize("after", ["0", "2", "4", "6", "50", "-1", "x", "", "9" * 30])
def test_forged_break_does_nothing(learner: FlaskClient, session: Session, after: str) -> None:
    mock = begin_mock(learner)
    before = everything(session)
    session.commit()
    for act in ("take", "pass-over", "end"):
        assert learner.post(mock.url(f"break/{act}"), data={"after": after}).status_code == 303
    assert learner.post(mock.url("break/take")).status_code == 303
    assert mock.page(f"break?after={after}").status_code == 200
    assert everything(session) == before


def test_break_that_was_passed_over_cannot_be_taken_later(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    assert pass_over(mock).location == break_address(mock)
    assert mock.page("break?after=3").location == mock.url()
    take(mock)
    assert attempt_row(session, mock).break_until is None
    assert mock.page(4).status_code == 200


@pytest.mark.parametrize("late", [0, GRACE])
def test_after_the_deadline_no_break_can_be_taken(
    learner: FlaskClient, session: Session, clock_hands: Traveller, late: int
) -> None:
    mock = begin_mock(learner)
    clock_hands.shift(LIMIT[HOUSE] + late + 1)
    before = everything(session)
    session.commit()
    answer = take(mock)
    assert answer.status_code == 410
    assert "The time is over" in shown_text(answer)
    assert everything(session) == before
    session.commit()
    # Within the grace, what was chosen in time can still arrive.
    assert pass_over(mock).status_code == (410 if late else 303)
    assert mock.page("break").status_code == (410 if late else 200)


def test_handing_in_during_a_break_ends_both(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    take(mock)
    clock_hands.shift(MINUTE)
    assert mock.hand_in().location == mock.url("results")
    attempt = attempt_row(session, mock)
    assert attempt.submitted_at == NOW + timedelta(minutes=1)
    assert attempt.ended_by == "learner"
    assert attempt.receipt
    before = everything(session)
    session.commit()
    for act in (take, pass_over):
        act(mock)
    come_back(mock)
    assert everything(session) == before
    assert mock.page("break").location == mock.page(4).location == mock.url("results")


def test_exam_with_a_break_ends_later_by_itself(
    learner: FlaskClient, session: Session, clock_hands: Traveller, command: Callable[..., Any]
) -> None:
    mock = begin_mock(learner)
    take(mock)
    clock_hands.shift(LIMIT[HOUSE] + 9 * MINUTE)
    session.commit()
    assert "0 closed" in command("attempts", "close-expired").output
    clock_hands.shift(MINUTE + GRACE + 1)
    assert "1 closed" in command("attempts", "close-expired").output
    assert attempt_row(session, mock).submitted_at == NOW + timedelta(minutes=85, seconds=GRACE)


def test_signed_in_until_the_end_that_a_break_has_moved(learner: FlaskClient, clock_hands: Traveller) -> None:
    mock = begin_mock(learner, multiplier="2")
    mock.page("break")
    take(mock)
    mock.page("break")
    clock_hands.shift(2 * LIMIT[HOUSE] + 10 * MINUTE)
    assert mock.send(4, "1").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"closed_through": -1},
        {"closed_through": 50},
        {"break_after": 0},
        {"break_after": 50},
        {"closed_through": 3},
        {"break_until": NOW},
    ],
)
def test_database_refuses_breaks_that_make_no_sense(
    learner: FlaskClient, session: Session, wrong: dict[str, Any]
) -> None:
    attempt = attempt_row(session, begin_mock(learner))
    for name, value in wrong.items():
        setattr(attempt, name, value)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


# ---- Nothing leaks.


@SQLITE_ONLY
def test_break_pages_show_no_option_and_no_item_from_behind_the_break(
    learner: FlaskClient, session: Session
) -> None:
    mock = begin_mock(learner)
    items = [item for item, _order in attempt_items(session, mock.id)]
    session.commit()
    offered = shown_text(mock.page("break"))
    take(mock)
    running = shown_text(mock.page("break"))
    for position, item in enumerate(items, start=1):
        assert (plain(item.stem) in offered) == (position <= FIRST)
        assert plain(item.stem) not in running
        for option in item.options:
            assert plain(option.text) not in offered + running
            assert plain(option.rationale) not in offered + running
