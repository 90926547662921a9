"""What may arrive at the two ways of saving, and what is answered."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts.models import User
from quizapp.exams.models import ItemResponse, ResponseChange
from tests.exams.walk import (
    SQLITE_ONLY,
    Mock,
    attempt_items,
    begin_mock,
    change_id,
    everything,
    plain,
    shown_text,
    stored,
)

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def mock(client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller) -> Mock:
    sign_in(client, alice)
    return begin_mock(client)


def history(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(select(ResponseChange.outcome, ResponseChange.version).order_by(ResponseChange.id))
    return [(row.outcome, row.version) for row in rows]


def test_saved_answer_is_stored_in_the_items_own_option_indexes(mock: Mock, session: Session) -> None:
    mock.save(1, "2", flagged=True, ms=4200)
    row = stored(session, mock.id, 1)
    item, order = attempt_items(session, mock.id)[0]
    assert row
    assert (row.answer, row.is_flagged, row.milliseconds) == ({"option": order[1]}, True, 4200)
    assert (row.item_id, row.option_order, row.version, row.is_late) == (item.id, order, 1, False)
    assert (row.outcome, row.points) == (None, None)  # nothing is scored before handing in


def test_answer_says_when_and_how_much_time_is_left(mock: Mock, clock_hands: Traveller) -> None:
    clock_hands.shift(61.5)
    answer = mock.send(1, "1")
    # Alice lives in New York: noon UTC + 5 hours.
    assert answer.json
    told = answer.json.pop("hash") if answer.json else ""
    body = {key: value for key, value in answer.json.items() if key != "hash"}
    assert body == {"outcome": "saved", "version": 1, "at": "10:01:01", "left": 4439}
    assert re.fullmatch(r"[0-9a-f]{12}", told)


def test_the_hash_of_a_save_tells_answers_apart(mock: Mock) -> None:
    told = [
        (mock.send(1, choice, base=base).json or {})["hash"] for base, choice in enumerate(["1", "2", "1"])
    ]
    assert told[0] == told[2] != told[1]


@pytest.mark.parametrize("blueprint", ["house_readiness"])
def test_the_time_of_a_mock_can_be_asked_for_in_one_statement(
    mock: Mock, clock_hands: Traveller, statements: list[str], blueprint: str
) -> None:
    clock_hands.shift(60)
    statements.clear()
    answer = mock.page("time")
    told = {"closed": False, "left": 4440, "until": "11:15", "paused": False, "through": 0}
    assert answer.json == told
    assert len(statements) == 1
    clock_hands.shift(75 * 60)
    assert (mock.page("time").json or {})["closed"]
    assert mock.client.get("/attempts/999/time").status_code == 404


def test_answer_of_a_save_is_small(mock: Mock) -> None:
    answer = mock.send(1, "1")
    assert len(answer.data) <= 110
    assert len(str(answer.headers)) + len(answer.data) <= 600


def test_untimed_mock_has_no_time_left_to_tell(client: FlaskClient, mock: Mock) -> None:
    untimed = begin_mock(client, "icrc_pr_2013", "untimed")
    answer = untimed.send(1, "1").json
    assert answer
    assert answer["left"] is None


def test_conflict_tells_what_stands_so_that_the_page_can_ask(mock: Mock, session: Session) -> None:
    mock.save(1, "2", flagged=True)
    answer = mock.send(1, "3", base=0)
    assert answer.status_code == 409
    assert answer.json
    assert answer.json["outcome"] == "conflict"
    assert (answer.json["fields"], answer.json["flagged"], answer.json["version"]) == (
        {"choice": ["2"]},
        True,
        1,
    )
    mock.save(1, "3", base=1)
    assert history(session) == [("saved", 1), ("conflict", 1), ("saved", 2)]


def test_base_of_an_answer_that_never_was_is_a_conflict(mock: Mock, session: Session) -> None:
    answer = mock.send(1, "1", base=4)
    assert (answer.status_code, answer.json and answer.json["fields"]) == (409, {})
    assert stored(session, mock.id, 1) is None


def test_repeated_request_gets_the_same_answer(mock: Mock, session: Session, clock_hands: Traveller) -> None:
    same = {"change_id": change_id(), "base": 0}
    first = mock.send(1, "2", **same).json
    clock_hands.shift(20)
    second = mock.send(1, "2", **same).json
    assert first
    assert second
    assert second == first | {"left": first["left"] - 20}
    assert history(session) == [("saved", 1)]


@SQLITE_ONLY
@pytest.mark.parametrize(
    "changed",
    [
        {"base": "1"},
        {"base": -1},
        {"base": 1.0},
        {"base": True},
        {"base": 10**12},
        {"base": None},
        {"change_id": "short"},
        {"change_id": "x" * 65},
        {"change_id": "with a space"},
        {"change_id": "with\0null0"},
        {"change_id": "new-line-1\n"},
        {"change_id": 12345678},
        {"fields": {"choice": ["9"]}},
        {"fields": {"choice": ["0"]}},
        {"fields": {"choice": ["1", "2"]}},
        {"fields": {"choice": ["1\0"]}},
        {"fields": {"choice": ["\ud800"]}},
        {"fields": {"choice": ["x" * 201]}},
        {"fields": {"choice": "1"}},
        {"fields": {"choice": [1]}},
        {"fields": {f"field{number}": ["1"] for number in range(51)}},
        {"fields": None},
        {"flagged": 1},
        {"ms": -1},
        {"ms": "1000"},
        {"more": 1},
    ],
)
def test_unreadable_save_changes_nothing(mock: Mock, session: Session, changed: dict[str, Any]) -> None:
    answer = mock.send(1, "1", **changed)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["error"]["code"] == "unreadable"
    assert session.scalar(select(func.count()).select_from(ItemResponse)) == 0
    assert history(session) == []


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 50_000, "application/json", 422),
        (b"9" * 5_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"NaN", "application/json", 422),
        (b"", "application/json", 400),
        (b"choice=1&base=0", "application/x-www-form-urlencoded", 415),
        (b'"' + b"x" * 1_000_000 + b'"', "application/json", 413),
    ],
)
def test_body_that_is_no_save_is_refused(
    mock: Mock, session: Session, body: bytes, content_type: str, status: int
) -> None:
    answer = mock.client.post(mock.url("1/save"), data=body, content_type=content_type)
    assert answer.status_code == status
    assert history(session) == []


def test_save_without_the_token_of_the_page_is_refused(
    make_app: Callable[..., Flask],
    new_client: Any,
    mock: Mock,
    alice: User,
    sign_in: SignIn,
    session: Session,
) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    client = new_client(app)
    sign_in(client, alice)
    guarded = Mock(client, mock.id)
    answer = guarded.send(1, "1")
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"]["code"] == "stale_form"
    assert guarded.move(1, "next", choice="1").status_code == 400
    assert guarded.hand_in().status_code == 400
    assert history(session) == []


# ---- The item's form, which works without script.


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("position", "to", "lands"),
    [
        (3, "next", "4"),
        (3, "previous", "2"),
        (1, "previous", "1"),
        (50, "next", "review"),
        (3, "review", "review"),
        (3, "17", "17"),
        (3, "flag", "3"),
        (3, "clear", "3"),
        (3, "99", "50"),
        (3, "0", "3"),
        (3, "-5", "3"),
        (3, "²", "3"),
        (3, "9" * 5000, "3"),
        (3, "https://evil.example", "3"),
        (3, "\0", "3"),
    ],
)
def test_button_leads_where_it_says(mock: Mock, position: int, to: str, lands: str) -> None:
    answer = mock.move(position, to)
    assert (answer.status_code, answer.location) == (303, mock.url(lands))


@pytest.mark.parametrize("to", ["next", "previous", "review", "17", "flag"])
def test_every_way_off_an_item_saves_what_was_chosen(mock: Mock, session: Session, to: str) -> None:
    mock.move(3, to, choice="2")
    row = stored(session, mock.id, 3)
    assert row
    assert row.answer is not None
    assert row.is_flagged == (to == "flag")


def test_moving_without_a_change_writes_nothing(mock: Mock, session: Session) -> None:
    mock.save(3, "2")
    before = everything(session)
    mock.move(3, "next", choice="2")
    mock.move(4, "next")
    assert everything(session) == before


def test_answer_can_be_taken_back(mock: Mock, session: Session) -> None:
    mock.save(3, "2")
    mock.move(3, "clear", choice="2")
    row = stored(session, mock.id, 3)
    assert row
    assert (row.answer, row.version) == (None, 2)


def test_flag_is_put_and_taken_away_with_the_answer_kept(mock: Mock, session: Session) -> None:
    for flagged, base in (("0", "0"), ("1", "1")):
        mock.move(3, "flag", choice="2", flagged=flagged, base=base)
        row = stored(session, mock.id, 3)
        assert row
        assert (row.is_flagged, row.answer is None) == (flagged == "0", False)


def test_double_click_on_flag_flags_once(mock: Mock, session: Session) -> None:
    twice = {"change_id": change_id(), "choice": "2", "base": "0"}
    for _click in range(2):
        assert mock.move(3, "flag", **twice).status_code == 303
    row = stored(session, mock.id, 3)
    assert row
    assert (row.is_flagged, row.version) == (True, 1)


def test_second_tab_is_asked_and_either_choice_goes_through(mock: Mock, session: Session) -> None:
    mock.save(3, "2")
    page = mock.move(3, "next", choice="3", base="0")
    assert page.status_code == 409
    text = shown_text(page)
    assert "Nothing is lost: choose the one to keep." in text
    item, order = attempt_items(session, mock.id)[2]
    for value in (2, 3):
        assert plain(item.options[order[value - 1]].text) in plain(text)
    assert mock.move(3, "stay", choice="2", base="1").location == mock.url(3)
    assert mock.move(3, "stay", choice="3", base="1").location == mock.url(3)
    row = stored(session, mock.id, 3)
    assert row
    assert (row.answer, row.version) == ({"option": order[2]}, 2)


@SQLITE_ONLY
@pytest.mark.parametrize("choice", ["9", "", "1\0", "x" * 10_000])
def test_choice_that_is_not_on_the_page_changes_nothing(mock: Mock, session: Session, choice: str) -> None:
    answer = mock.move(3, "next", choice=choice)
    assert answer.status_code == (422 if choice else 303)
    if choice:
        assert "That response is not on this page. Please choose again." in shown_text(answer)
    assert stored(session, mock.id, 3) is None


@SQLITE_ONLY
@pytest.mark.parametrize("base", ["", "abc", "-1", "1e3", "٣", "9" * 40])
def test_base_that_is_no_number_cannot_overwrite(mock: Mock, session: Session, base: str) -> None:
    mock.save(3, "2")
    assert mock.move(3, "next", choice="3", base=base).status_code == 409
    row = stored(session, mock.id, 3)
    assert row
    assert row.version == 1


def test_unusable_change_id_of_a_form_is_replaced(mock: Mock, session: Session) -> None:
    for number, name in enumerate(["", "no", "with\0null", "x" * 500, "<script>"], start=1):
        assert mock.move(number, "next", choice="1", change_id=name).status_code == 303
    kept = session.scalars(select(ResponseChange.change_id)).all()
    assert len(set(kept)) == 5
    assert all(len(name) == 16 for name in kept)
