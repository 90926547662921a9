"""Reports of items: what learners send, what staff make of it, and what is withdrawn."""

import html
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.accounts.models import Programme, User
from quizapp.banks.models import Item, ItemWithdrawal
from quizapp.concerns.models import Concern
from tests.exams.test_at_once import at_once
from tests.exams.walk import attempt_items, begin_mock, begin_practice, choices, shown_text
from tests.factories import make_concern, make_membership, make_set, make_user

pytestmark = pytest.mark.usefixtures("content", "now")
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def learner(client: FlaskClient, alice: User, sign_in: SignIn) -> FlaskClient:
    sign_in(client, alice)
    return client


@pytest.fixture
def trainer(
    app: Flask, new_client: Callable[[Flask], FlaskClient], bob: User, sign_in: SignIn
) -> FlaskClient:
    made = new_client(app)
    sign_in(made, bob)
    return made


def answered(client: FlaskClient, session: Session, position: int = 1) -> str:
    """The address where the learner may report an item that they just answered in practice."""
    attempt_id = begin_practice(client)
    choice = choices(session, attempt_id, right=True)[position]
    client.post(f"/practice/{attempt_id}/{position}", data={"choice": choice})
    return f"/attempts/{attempt_id}/{position}/report"


def item_at(session: Session, address: str) -> str:
    """The id of the item that an address of a report is about."""
    _, _, attempt_id, position, _ = address.split("/")
    item, _ = attempt_items(session, int(attempt_id))[int(position) - 1]
    return item.id


def report(client: FlaskClient, address: str, kind: str = "unclear", words: str = "") -> TestResponse:
    return client.post(address, data={"kind": kind, "words": words})


def only(session: Session) -> Concern:
    return session.scalars(select(Concern)).one()


# What learners send


def test_a_report_is_read_and_answered_without_a_name(
    learner: FlaskClient, trainer: FlaskClient, session: Session, alice: User
) -> None:
    address = answered(learner, session)
    feedback = learner.get(address.removesuffix("/report").replace("attempts", "practice"))
    assert f'href="{address}"' in feedback.text
    page = learner.get(address)
    assert "Report this item" in page.text

    sent = report(learner, address, "hurtful", "It says <he> failed.\r\nTwice.")

    assert (sent.status_code, sent.location) == (303, "/reports")
    mine = html.unescape(learner.get("/reports").text)
    assert "It is hurtful" in mine
    assert "It says <he> failed.\nTwice." in mine
    assert "It waits to be read." in mine

    shown = trainer.get("/item-reports").text
    assert item_at(session, address) in shown
    look = f"/item-reports/{only(session).id}"
    assert f'href="{look}"' in shown
    page = trainer.get(look)
    assert "It says &lt;he&gt; failed." in page.text
    assert alice.name not in page.text + shown
    assert alice.email not in page.text + shown

    trainer.post(f"{look}/answer", data={"version": "1", "answer": "Thank you: we changed the word."})
    mine = learner.get("/reports").text
    assert "Thank you: we changed the word." in mine
    assert "It waits to be read." not in mine
    assert look not in trainer.get("/item-reports").text
    assert look in trainer.get("/item-reports?state=answered").text

    trainer.post(f"{look}/close", data={"version": "2"})
    assert look in trainer.get("/item-reports?state=closed").text
    assert "None" not in shown_text(trainer.get(look))
    assert "Thank you: we changed the word." in trainer.get(look).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Please choose what you want to tell us."),
        ({"kind": "boring"}, "Please choose what you want to tell us."),
        ({"kind": "wrong", "words": "a" * 501}, "at most 500 characters"),
        ({"kind": "wrong", "words": "a\x00b"}, "letters, numbers and signs only"),
    ],
    ids=["nothing", "no kind of ours", "too long", "control character"],
)
def test_what_is_no_report_comes_back_with_what_to_do(
    learner: FlaskClient, session: Session, fields: dict[str, str], told: str
) -> None:
    address = answered(learner, session)
    back = learner.post(address, data=fields)
    assert back.status_code == 422
    assert told in shown_text(back)
    assert session.scalar(select(func.count()).select_from(Concern)) == 0


def test_a_second_report_of_an_item_takes_the_place_of_the_first_until_it_is_looked_at(
    learner: FlaskClient, trainer: FlaskClient, session: Session
) -> None:
    address = answered(learner, session)
    report(learner, address, "wrong", "first")
    assert "What you send now takes its place" in learner.get(address).text
    report(learner, address, "unclear", "second")
    assert (only(session).kind, only(session).words) == ("unclear", "second")

    trainer.post(f"/item-reports/{only(session).id}/answer", data={"version": "2", "answer": "Thanks."})
    assert "it was looked at" in learner.get(address).text
    sent = learner.post(address, data={"kind": "wrong", "words": "third"}, follow_redirects=True)
    assert "This report stays as it is" in sent.text
    assert (only(session).kind, only(session).words) == ("unclear", "second")


def test_ten_a_day_are_enough_and_the_words_stay_on_the_page(
    learner: FlaskClient, session: Session, alice: User, clock_hands: time_machine.Traveller
) -> None:
    items = list(session.scalars(select(Item.id).order_by(Item.id).limit(12)))
    attempt_id = make_set(session, alice.id, items)
    for position in range(1, 13):
        learner.post(f"/practice/{attempt_id}/{position}", data={"choice": "1"})
    addresses = [f"/attempts/{attempt_id}/{position}/report" for position in range(1, 13)]
    for address in addresses[:10]:
        assert report(learner, address).status_code == 303
    refused = report(learner, addresses[10], words="one more thing")
    assert refused.status_code == 429
    assert "That is enough for today" in refused.text
    assert "one more thing" in refused.text
    assert report(learner, addresses[0], words="changed").status_code == 303  # an open one may change

    clock_hands.shift(timedelta(days=1, seconds=1))
    assert report(learner, addresses[10]).status_code == 303


def test_reports_at_once_are_ten_in_all(
    app: Flask, session: Session, alice: User, sign_in: SignIn, learner: FlaskClient
) -> None:
    items = list(session.scalars(select(Item.id).order_by(Item.id).limit(12)))
    attempt_id = make_set(session, alice.id, items)
    for position in range(1, 13):
        learner.post(f"/practice/{attempt_id}/{position}", data={"choice": "1"})
    addresses = [f"/attempts/{attempt_id}/{position}/report" for position in range(1, 13)]
    for address in addresses[:8]:
        report(learner, address)

    browsers: list[FlaskClient] = [app.test_client() for _ in addresses[8:]]
    for browser in browsers:
        sign_in(browser, alice)
    session.commit()
    sends = [partial(report, *each) for each in zip(browsers, addresses[8:], strict=True)]
    assert sorted(answer.status_code for answer in at_once(sends)) == [303, 303, 429, 429]
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Concern)) == 10


# Which items


def test_only_what_one_has_seen_with_its_rationale_can_be_reported(
    app: Flask,
    learner: FlaskClient,
    session: Session,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: SignIn,
) -> None:
    address = answered(learner, session)
    stranger = new_client(app)
    sign_in(stranger, make_user(session, "Dana"))
    for browser, path in (
        (learner, address.replace("/1/", "/2/")),  # not answered yet
        (learner, address.replace("/1/", "/99/")),
        (stranger, address),
    ):
        assert browser.get(path).status_code == 404
        assert report(browser, path, "seen").status_code == 404
    assert session.scalar(select(func.count()).select_from(Concern)) == 0
    assert session.scalar(select(func.count()).select_from(ItemWithdrawal)) == 0


def test_in_an_exam_only_after_handing_in_left_out_items_too(learner: FlaskClient, session: Session) -> None:
    mock = begin_mock(learner)
    mock.save(1, "1")
    assert learner.get(mock.url("1/report")).status_code == 404
    assert report(learner, mock.url("1/report")).status_code == 404
    mock.hand_in()
    results = learner.get(mock.url("results")).text
    for position in (1, 2):
        assert f'href="{mock.url(position)}/report"' in results
        assert report(learner, mock.url(f"{position}/report")).status_code == 303


def test_what_a_running_exam_holds_waits_for_it(learner: FlaskClient, session: Session) -> None:
    address = answered(learner, session)
    report(learner, address, words="my own words")
    item, _ = attempt_items(session, int(address.split("/")[2]))[0]
    make_set(session, only(session).learner_id or 0, [item.id], mode="mock")
    assert learner.get(address).status_code == 404
    mine = html.unescape(learner.get("/reports").text)
    assert "my own words" in mine
    assert item.stem.split(".")[0] not in mine
    assert "A running exam of yours holds this item" in mine


# Withdrawn


@pytest.fixture
def withdrawn(learner: FlaskClient, session: Session) -> str:
    """The id of an item that Alice knows from a real exam."""
    address = answered(learner, session)
    thanks = learner.post(address, data={"kind": "seen"}, follow_redirects=True)
    assert "no new practice or exam takes it until staff have looked" in thanks.text
    return item_at(session, address)


def offered(browser: FlaskClient, session: Session, withdrawn: str) -> bool:
    """Whether a new set that asks for the item's whole domain has it."""
    domain = session.get_one(Item, withdrawn).domain
    attempt_id = begin_practice(browser, about="domain", domain=domain, size="20")
    return withdrawn in {item.id for item, _ in attempt_items(session, attempt_id)}


def test_what_was_seen_in_a_real_exam_is_taken_by_nothing_new(
    app: Flask,
    session: Session,
    withdrawn: str,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: SignIn,
    command: Callable[..., Result],
    trainer: FlaskClient,
) -> None:
    dana = new_client(app)
    sign_in(dana, make_user(session, "Dana"))
    for _ in range(3):
        mock = begin_mock(dana)
        assert withdrawn not in {item.id for item, _ in attempt_items(session, mock.id)}
        mock.hand_in()
    assert not offered(dana, session, withdrawn)

    synced = command("bank", "sync")
    assert synced.exit_code == 0, synced.output
    assert session.get_one(Item, withdrawn).status == "live"
    assert not offered(dana, session, withdrawn)
    domain = session.get_one(Item, withdrawn).domain
    assert ", withdrawn" in trainer.get(f"/banks/core?domain={domain}").text
    assert "Withdrawn since" in trainer.get(f"/banks/core/{withdrawn}").text


def test_staff_put_it_back_for_a_reason(
    learner: FlaskClient,
    trainer: FlaskClient,
    session: Session,
    withdrawn: str,
) -> None:
    look = f"/item-reports/{only(session).id}"
    assert "The item is withdrawn" in trainer.get(look).text
    back = trainer.post(f"{look}/put-back", data={"reason": "  "})
    assert back.status_code == 422
    assert "Please say why" in back.text
    assert session.scalars(select(ItemWithdrawal)).one().put_back_at is None

    done = trainer.post(f"{look}/put-back", data={"reason": "Ours, and older."}, follow_redirects=True)
    assert "The item is back." in done.text
    assert "Ours, and older." in done.text
    assert "The item is withdrawn" not in done.text
    again = trainer.post(f"{look}/put-back", data={"reason": "Twice."}, follow_redirects=True)
    assert "The item was put back before." in again.text
    assert "Twice." not in again.text

    session.commit()
    trainer_sees = trainer.get(f"/banks/core/{withdrawn}").text
    assert "Withdrawn since" not in trainer_sees


def test_what_runs_goes_on_as_it_is(
    app: Flask,
    session: Session,
    learner: FlaskClient,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: SignIn,
) -> None:
    address = answered(learner, session)
    item_id = item_at(session, address)
    dana = make_user(session, "Dana")
    browser = new_client(app)
    sign_in(browser, dana)
    attempt_id = make_set(session, dana.id, [item_id, "wrr-0001"])
    report(learner, address, "seen")
    assert browser.get(f"/practice/{attempt_id}/1").status_code == 200
    browser.post(f"/practice/{attempt_id}/1", data={"choice": "1"})
    assert browser.get(f"/practice/{attempt_id}/2").status_code == 200


# Staff


def test_nobody_answers_words_that_they_did_not_read(
    learner: FlaskClient, trainer: FlaskClient, session: Session
) -> None:
    address = answered(learner, session)
    report(learner, address, words="first")
    look = f"/item-reports/{only(session).id}"
    report(learner, address, words="second")
    stale = trainer.post(f"{look}/answer", data={"version": "1", "answer": "No."}, follow_redirects=True)
    assert "The report has changed" in stale.text
    assert "second" in stale.text
    assert only(session).answer is None
    for version in ("", "1", "many"):
        trainer.post(f"{look}/close", data={"version": version})
        assert only(session).closed_at is None


def test_an_author_answers_and_only_who_publishes_puts_back(
    app: Flask,
    session: Session,
    programme: Programme,
    withdrawn: str,
    new_client: Callable[[Flask], FlaskClient],
    sign_in: SignIn,
) -> None:
    author = make_user(session, "Ada")
    make_membership(session, programme, author, "author")
    browser = new_client(app)
    sign_in(browser, author)
    look = f"/item-reports/{only(session).id}"
    assert "Put the item back" not in browser.get(look).text
    assert browser.post(f"{look}/put-back", data={"reason": "Mine."}).status_code == 404
    assert browser.post(f"{look}/answer", data={"version": "1", "answer": "Thanks."}).status_code == 303
    assert only(session).answer == "Thanks."


def test_pages_cost_the_same_for_many_reports(
    learner: FlaskClient, trainer: FlaskClient, session: Session, alice: User, statements: list[str]
) -> None:
    items = session.scalars(select(Item.id).order_by(Item.id).limit(20)).all()

    def counts(paths: tuple[tuple[FlaskClient, str], ...]) -> list[int]:
        found = []
        for browser, path in paths:
            statements.clear()
            assert browser.get(path).status_code == 200
            found.append(len(statements))
        return found

    make_concern(session, alice, items[0])
    pages = ((learner, "/reports"), (trainer, "/item-reports"))
    counts(pages)
    few = counts(pages)
    for item_id in items[1:]:
        make_concern(session, alice, item_id)
    session.commit()
    assert counts(pages) == few
