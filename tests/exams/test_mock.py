"""A mock exam from its first page to the hand-in, and its end in time."""

import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp import clock
from quizapp.accounts.models import User
from quizapp.banks import services
from quizapp.banks.files import read_folder
from quizapp.core.receipt import receipt_hash, short_receipt
from quizapp.exams.models import Attempt, Form, ItemResponse, ResponseChange
from quizapp.progress.models import Rollup
from tests.content import FOLDER, SYNCED_AT
from tests.exams.walk import (
    GRACE,
    HOUSE,
    ICRC,
    LIMIT,
    SQLITE_ONLY,
    Mock,
    attempt_items,
    begin_mock,
    begin_practice,
    choices,
    everything,
    forget_catalogue,
    shown_text,
    stored,
)
from tests.factories import PASSWORD

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(
    client: FlaskClient, content: None, alice: User, sign_in: SignIn, clock_hands: Traveller
) -> FlaskClient:
    """Alice's browser."""
    sign_in(client, alice)
    return client


def attempt_row(session: Session, attempt_id: int) -> Attempt:
    session.expire_all()
    found = session.get(Attempt, attempt_id)
    assert found
    return found


# ---- Starting and coming back.


@SQLITE_ONLY
def test_first_page_says_what_it_mirrors_and_where_that_is_from(learner: FlaskClient) -> None:
    text = shown_text(learner.get(f"/mocks/{ICRC}"))
    for words in (
        "Items 75",
        "120 minutes",
        "It is not a percent of items.",
        "Where the facts come from",
        "On 25 November 2026 we compared these facts with stored copies of the pages named here.",
        "no board has confirmed them",
        "Double time",
        "No time limit",
    ):
        assert words in text
    house = shown_text(learner.get(f"/mocks/{HOUSE}"))
    assert "our own weights" in house
    assert "Our study target is 40 of 50." in house


@pytest.mark.parametrize("blueprint", [HOUSE, ICRC])
def test_form_has_the_counts_of_the_blueprint(learner: FlaskClient, session: Session, blueprint: str) -> None:
    mock = begin_mock(learner, blueprint)
    entries = session.scalars(
        select(Form.entries).join(Attempt, Attempt.form_id == Form.id).where(Attempt.id == mock.id)
    ).one()
    counts = sorted(Counter(entry["domain"] for entry in entries).values())
    assert counts == ([16, 16, 16, 27] if blueprint == ICRC else [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 8])
    situations = [item.situation for item, _order in attempt_items(session, mock.id)]
    assert len(set(situations)) == len(situations) == sum(counts)


def test_starting_again_goes_on_in_the_open_one(learner: FlaskClient, session: Session) -> None:
    assert begin_mock(learner).id == begin_mock(learner, multiplier="2").id
    assert session.scalar(select(func.count()).select_from(Attempt)) == 1
    assert "You have one of these open" in shown_text(learner.get(f"/mocks/{HOUSE}"))


def test_both_mocks_may_be_open_and_a_finished_one_makes_way(learner: FlaskClient) -> None:
    first, other = begin_mock(learner), begin_mock(learner, ICRC)
    assert first.id != other.id
    first.hand_in()
    assert begin_mock(learner).id not in (first.id, other.id)


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("multiplier", "minutes"),
    [("1", 75), ("1.25", 93.75), ("1.5", 112.5), ("2", 150), ("untimed", 30 * 24 * 60)],
)
def test_accommodation_sets_the_deadline(
    learner: FlaskClient, session: Session, multiplier: str, minutes: float
) -> None:
    attempt = attempt_row(session, begin_mock(learner, multiplier=multiplier).id)
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=minutes)
    assert attempt.closes_at - attempt.deadline_at == timedelta(seconds=GRACE)


@SQLITE_ONLY
@pytest.mark.parametrize("multiplier", ["", "3", "1.0", "\0"])
def test_time_that_is_not_in_the_list_starts_nothing(
    learner: FlaskClient, session: Session, multiplier: str
) -> None:
    answer = learner.post(f"/mocks/{HOUSE}/start", data={"time_multiplier": multiplier})
    assert (answer.status_code, answer.location) == (303, f"/mocks/{HOUSE}")
    assert session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_coming_back_leads_to_the_first_open_item(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    for position in (1, 2, 4):
        mock.save(position, "1")
    mock.save(3, None, flagged=True)
    assert learner.get(mock.url()).location == mock.url(3)
    for position in {*range(1, 51)} - {1, 2, 4}:
        mock.save(position, "1")
    assert learner.get(mock.url()).location == mock.url(1)
    mock.hand_in()
    assert learner.get(mock.url()).location == mock.url("results")


def test_another_machine_shows_what_was_chosen_flagged_and_when(
    app: Flask, learner: FlaskClient, alice: User, sign_in: SignIn
) -> None:
    mock = begin_mock(learner)
    mock.save(3, "2", flagged=True)
    other = app.test_client()
    sign_in(other, alice)
    page = Mock(other, mock.id).page(3)
    assert 'value="2" checked' in page.text
    assert page.text.count(" checked") == 1
    assert 'name="base" value="1"' in page.text
    assert 'name="flagged" value="1"' in page.text
    assert "Saved 10:00:00" in shown_text(page)
    assert "1 answered, 1 flagged" in shown_text(page)


@pytest.mark.parametrize("tail", ["1", "50", "review", "results", ""])
def test_mock_of_another_learner_is_not_there(
    app: Flask, learner: FlaskClient, charlie: User, bob: User, sign_in: SignIn, tail: str, session: Session
) -> None:
    mock = begin_mock(learner)
    before = everything(session)
    session.rollback()
    for person in (charlie, bob):
        stranger = app.test_client()
        sign_in(stranger, person)
        session.commit()
        theirs = Mock(stranger, mock.id)
        assert theirs.page(tail).status_code == 404
        assert theirs.send(1, "1").status_code == 404
        assert theirs.move(1, "next", choice="1").status_code == 404
        assert theirs.hand_in().status_code == 404
    assert everything(session) == before


@pytest.mark.parametrize("tail", ["0", "51", "2147483647", "2147483648", "-1", "one"])
def test_position_that_is_not_there_is_a_404(learner: FlaskClient, session: Session, tail: str) -> None:
    mock = begin_mock(learner)
    assert mock.page(tail).status_code == 404
    # For some of these no address accepts a POST at all.
    assert learner.post(mock.url(tail), data={"to": "next", "choice": "1"}).status_code in (404, 405)
    assert learner.post(mock.url(f"{tail}/save"), json={}).status_code in (404, 405)
    assert session.scalar(select(func.count()).select_from(ResponseChange)) == 0


def test_practice_and_mock_do_not_answer_for_each_other(learner: FlaskClient) -> None:
    practice = begin_practice(learner, about="domain", domain="role_and_values")
    mock = begin_mock(learner)
    for path in (f"/attempts/{practice}", f"/attempts/{practice}/1", f"/attempts/{practice}/review"):
        assert learner.get(path).status_code == 404
    assert learner.get(f"/attempts/{practice}/results").status_code == 404
    assert Mock(learner, practice).send(1, "1").status_code == 404
    assert Mock(learner, practice).hand_in().status_code == 404
    assert learner.get(f"/practice/{mock.id}").status_code == 404
    assert learner.get(f"/practice/{mock.id}/1").status_code == 404
    assert learner.post(f"/practice/{mock.id}/1", data={"choice": "1"}).status_code == 404


def test_unknown_blueprint_is_a_404(learner: FlaskClient) -> None:
    assert learner.get("/mocks/nothing").status_code == 404
    assert learner.post("/mocks/nothing/start", data={"time_multiplier": "1"}).status_code == 404


@SQLITE_ONLY
def test_review_page_lists_open_and_flagged_items(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    for position in range(1, 48):
        mock.save(position, "1", flagged=position == 5)
    text = shown_text(mock.page("review"))
    assert "Hand in 47 of 50 answers?" in text
    assert "3 items are open. Open: 48, 49, 50." in text
    assert "You can't change them afterwards." in text
    assert text.count("Flagged") == 1


@SQLITE_ONLY
def test_palette_beside_a_complaint_shows_what_is_answered(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    page = mock.move(2, "next", choice="9")
    assert page.status_code == 422
    assert "1 answered, 0 flagged" in shown_text(page)


# ---- The end of time.


def test_pages_after_the_end_are_closed_and_write_nothing(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    before = everything(session)
    session.commit()
    for tail in ("1", "2", "review"):
        page = mock.page(tail)
        assert page.status_code == 410
        assert "Everything that was saved in time counts." in shown_text(page)
    assert mock.page("results").status_code == 404
    assert learner.get("/home").status_code == learner.get("/mocks").status_code == 200
    assert everything(session) == before


def test_answer_after_the_grace_is_refused_with_a_page_and_kept(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    clock_hands.shift(LIMIT[HOUSE] + GRACE + 1)
    assert (mock.send(1, "2").status_code, mock.send(2, "2").status_code) == (410, 410)
    page = mock.move(3, "next", choice="1")
    assert page.status_code == 410
    assert "The last change came too late to count. It is kept in the record of this exam." in shown_text(
        page
    )
    outcomes = session.scalars(select(ResponseChange.outcome).order_by(ResponseChange.id)).all()
    assert outcomes == ["saved", "closed", "closed", "closed"]
    mock.hand_in()
    attempt = attempt_row(session, mock.id)
    assert (attempt.answered_count, attempt.ended_by) == (1, "time")
    assert "The time ran out" in shown_text(mock.page("results"))


def test_answer_within_the_grace_counts_and_is_marked(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    clock_hands.shift(LIMIT[HOUSE] + GRACE)
    answer = mock.send(1, "1")
    assert answer.json
    assert (answer.status_code, answer.json["outcome"], answer.json["left"]) == (200, "late", 0)
    assert mock.page(1).status_code == 200
    mock.hand_in()
    attempt = attempt_row(session, mock.id)
    assert (attempt.answered_count, attempt.ended_by) == (1, "time")
    assert "Arrived late, and counts" in shown_text(mock.page("results"))


def test_signed_in_until_the_deadline_however_long_nothing_is_asked(
    learner: FlaskClient, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner, ICRC, "2")
    mock.page(1)
    clock_hands.shift(2 * LIMIT[ICRC])
    assert mock.send(1, "1").status_code == 200


def test_change_after_handing_in_is_refused_and_kept(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.hand_in()
    before = attempt_row(session, mock.id).receipt
    assert mock.send(1, "2").status_code == 410
    page = mock.move(2, "next", choice="1")
    assert page.status_code == 410
    assert "This exam is handed in" in shown_text(page)
    row = stored(session, mock.id, 1)
    assert row
    assert (row.version, attempt_row(session, mock.id).receipt) == (1, before)
    assert mock.page(1).location == mock.page("review").location == mock.url("results")


# ---- Handing in.


def test_results_before_handing_in_are_not_there(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    page = mock.page("results")
    assert page.status_code == 404
    assert "There is no result yet" in page.text


def test_hand_in_scores_each_item_and_counts_omitted_ones(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    right, wrong = choices(session, mock.id, right=True), choices(session, mock.id, right=False)
    for position in range(1, 11):
        mock.save(position, right[position])
    for position in range(11, 31):
        mock.save(position, wrong[position])
    mock.save(31, None, flagged=True, ms=5000)
    assert mock.hand_in().location == mock.url("results")
    attempt = attempt_row(session, mock.id)
    assert (attempt.raw_score, attempt.maximum_score, attempt.answered_count) == (
        Fraction(10),
        Fraction(50),
        30,
    )
    outcomes = Counter(session.scalars(select(ItemResponse.outcome)))
    assert outcomes == {"answered": 30, "omitted": 20}
    rows = session.scalars(select(ItemResponse)).all()
    assert all(
        row.is_first_exposure and row.rule_id == "single_best/key@1" and row.maximum == 1 for row in rows
    )
    flagged = stored(session, mock.id, 31)
    assert flagged
    assert (flagged.outcome, flagged.milliseconds, flagged.points) == ("omitted", 5000, Fraction(0))
    counted = session.scalar(select(func.sum(Rollup.n)).where(Rollup.kind == "domain"))
    assert counted == 30, "what was omitted enters no total"


def test_receipt_can_be_worked_out_from_what_is_stored(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.save(1, "2")
    mock.save(9, None, flagged=True)
    mock.save(17, "3")
    mock.hand_in()
    attempt = attempt_row(session, mock.id)
    rows = session.scalars(select(ItemResponse).where(ItemResponse.attempt_id == mock.id)).all()
    assert attempt.submitted_at
    answers = [(row.position, row.answer, row.version) for row in rows]
    expected = receipt_hash(mock.id, attempt.submitted_at, answers)
    assert attempt.receipt == expected
    text = shown_text(mock.page("results"))
    assert short_receipt(expected) in text
    assert "Receipt: 2 answers, handed in Tue 3 March, 10:00 EST" in text


@SQLITE_ONLY
def test_receipt_of_one_answer_says_one_answer(learner: FlaskClient) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.hand_in()
    assert "Receipt: 1 answer, handed in" in shown_text(mock.page("results"))


def test_handing_in_twice_changes_nothing(
    learner: FlaskClient, session: Session, clock_hands: Traveller
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    mock.hand_in()
    before = everything(session)
    clock_hands.shift(60)
    assert mock.hand_in().location == mock.url("results")
    assert everything(session) == before


# ---- Editing a bank.


@pytest.fixture
def edit_bank(app: Flask, session: Session, tmp_path: Path) -> Callable[[str, str], None]:
    """Replaces words in all files of a copy of the bank, and loads it."""
    folder = tmp_path / "question_banks"
    shutil.copytree(FOLDER, folder)

    def edit(old: str, new: str) -> None:
        for path in (folder / "core").glob("*.yaml"):
            path.write_text(path.read_text().replace(old, new))
        report = services.sync(session, read_folder(folder, "question_banks"), SYNCED_AT + timedelta(days=1))
        assert not report.withheld, report.problems
        assert report.changed or report.retired
        session.commit()
        forget_catalogue(app)

    return edit


def test_editing_the_bank_changes_neither_open_attempt_nor_old_result(
    learner: FlaskClient, session: Session, edit_bank: Callable[[str, str], None]
) -> None:
    done = begin_mock(learner)
    for position in range(1, 51):
        done.save(position, "1")
    done.hand_in()
    opened = begin_mock(learner, ICRC)
    opened.save(1, "1")
    result, items = done.page("results").data, [opened.page(position).text for position in (1, 2, 40)]
    before = attempt_items(session, opened.id)
    edit_bank("rationale: >-\n        ", "rationale: >-\n        Changed. ")
    edit_bank("    - text: '", "    - text: 'Changed. ")
    assert done.page("results").data == result
    for page, position in zip(items, (1, 2, 40), strict=True):
        assert _without_tokens(opened.page(position).text) == _without_tokens(page)
    assert attempt_items(session, opened.id) == before
    opened.hand_in()
    assert "Changed." not in opened.page("results").text
    assert "Changed." in begin_mock(learner).page(1).text


def _without_tokens(page: str) -> str:
    return re.sub(r'name="(change_id|csrf_token|shown)" value="[^"]*"', "", page)


def test_item_retired_during_an_exam_stays_in_it(
    learner: FlaskClient, session: Session, edit_bank: Callable[[str, str], None]
) -> None:
    mock = begin_mock(learner)
    edit_bank("status: live", "status: retired")
    mock.save(1, "1")
    mock.hand_in()
    assert mock.page("results").status_code == 200
    answer = learner.post(f"/mocks/{HOUSE}/start", data={"time_multiplier": "1"})
    assert answer.status_code == 409
    assert "This mock exam cannot be put together yet" in answer.text
    assert learner.post("/practice", data={"about": "helps", "size": "5"}).location == "/practice"
    for path in ("/home", "/practice", f"/mocks/{HOUSE}", "/principles"):
        assert learner.get(path).status_code == 200


@pytest.mark.parametrize("by", ["the learner", "close-expired"])
def test_exam_whose_time_is_over_ends_at_its_last_moment(
    learner: FlaskClient,
    session: Session,
    alice: User,
    sign_in: SignIn,
    command: Callable[..., Result],
    clock_hands: Traveller,
    by: str,
) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    clock_hands.shift(86400)
    if by == "the learner":
        sign_in(learner, alice)
        mock.hand_in()
    else:
        command("attempts", "close-expired")
    attempt = session.get(Attempt, mock.id)
    assert attempt
    assert attempt.submitted_at == attempt.closes_at < clock.now()
    assert attempt.ended_by == "time"


def test_handing_in_one_exam_signs_nobody_out_of_another(
    learner: FlaskClient, clock_hands: Traveller
) -> None:
    running, short = begin_mock(learner, ICRC, "2"), begin_mock(learner, HOUSE)
    for mock in (running, short):
        assert mock.page(1).status_code == 200
    short.hand_in()
    clock_hands.shift(130 * 60)
    running.save(1, "1")
    running.hand_in()
    clock_hands.shift(130 * 60)
    assert learner.get("/home").status_code == 303, "none runs: idleness counts again"


@SQLITE_ONLY
def test_who_is_signed_out_in_the_middle_comes_back_to_the_same_item(
    client: FlaskClient, session: Session, content: None, alice: User, sign_in: SignIn
) -> None:
    """Without script: what was sent is not saved, which the page says, and signing in leads back."""
    sign_in(client, alice)
    mock = begin_mock(client)
    mock.save(3, "1")
    client.delete_cookie("quizapp")
    where = {"Referer": f"http://localhost{mock.url(3)}"}
    answer = client.post(mock.url(3), data={"choice": "2", "to": "next"}, headers=where)
    assert (answer.status_code, answer.location) == (303, f"/login?next={mock.url(3)}")
    page = client.get(answer.location)
    assert "You were signed out, so what you just sent was not saved." in shown_text(page)
    back = client.post(answer.location, data={"email": alice.email, "password": PASSWORD})
    assert (back.status_code, back.location) == (303, mock.url(3))
    row = stored(session, mock.id, 3)
    assert row
    assert row.version == 1
