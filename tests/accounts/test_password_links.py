"""Choosing a new password: by a mailed link, or knowing the old one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller

from quizapp.accounts import services
from quizapp.accounts.errors import LinkDead
from quizapp.accounts.models import User
from tests.factories import PASSWORD

Outbox = Callable[[], list[EmailMessage]]
SignIn = Callable[[FlaskClient, User], None]
NEW = "another quiet morning"


def mailed_link(client: FlaskClient, outbox: Outbox, user: User) -> str:
    client.post("/password/forgot", data={"email": user.email})
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", outbox()[-1].get_content())
    assert found
    return found[1]


def signs_in_with(client: FlaskClient, user: User, password: str) -> bool:
    client.post("/logout")
    client.post("/login", data={"email": user.email, "password": password})
    return client.get("/account").status_code == 200


def test_mailed_link_sets_a_new_password(client: FlaskClient, alice: User, outbox: Outbox) -> None:
    link = mailed_link(client, outbox, alice)
    assert client.get(link).status_code == 200
    assert client.post(link, data={"new_password": NEW}).headers["Location"] == "/login"
    assert not signs_in_with(client, alice, PASSWORD)
    assert signs_in_with(client, alice, NEW)


def test_link_works_once(client: FlaskClient, alice: User, outbox: Outbox) -> None:
    link = mailed_link(client, outbox, alice)
    client.post(link, data={"new_password": NEW})
    again = client.post(link, data={"new_password": "somebody else chose this"})
    assert again.status_code == client.get(link).status_code == 410
    assert "no longer works" in again.text
    assert signs_in_with(client, alice, NEW)


def test_link_that_lost_a_race_changes_nothing(session: Session, alice: User, now: datetime) -> None:
    seen = alice.password_hash
    services.change_password(session, alice.id, seen, "first", now=now)
    with pytest.raises(LinkDead):
        services.change_password(session, alice.id, seen, "second", now=now)


def test_link_expires_after_an_hour(
    client: FlaskClient, alice: User, outbox: Outbox, clock_hands: Traveller
) -> None:
    link = mailed_link(client, outbox, alice)
    clock_hands.shift(timedelta(hours=1))
    assert client.get(link).status_code == 200
    clock_hands.shift(1)
    assert client.get(link).status_code == 410
    assert client.post(link, data={"new_password": NEW}).status_code == 410


def test_looking_at_the_link_does_not_use_it_up(client: FlaskClient, alice: User, outbox: Outbox) -> None:
    link = mailed_link(client, outbox, alice)
    assert client.get(link).status_code == 200
    assert client.post(link, data={"new_password": "short"}).status_code == 422
    assert client.post(link, data={"new_password": alice.email}).status_code == 422
    assert client.post(link, data={"new_password": NEW}).status_code == 303


def test_link_of_a_disabled_person_is_dead(
    client: FlaskClient, alice: User, outbox: Outbox, now: datetime
) -> None:
    link = mailed_link(client, outbox, alice)
    alice.disabled_at = now
    assert client.post(link, data={"new_password": NEW}).status_code == 410
    client.post("/password/forgot", data={"email": alice.email})
    assert len(outbox()) == 1


def test_answer_is_the_same_whether_the_address_is_known(
    client: FlaskClient, alice: User, outbox: Outbox
) -> None:
    answers = []
    for address in (alice.email, "nobody@example.org"):
        sent = client.post("/password/forgot", data={"email": address})
        shown = client.get(sent.headers["Location"]).text.replace(address, "")
        answers.append((sent.status_code, re.sub(r'name="csrf_token" value="[^"]*"', "", shown)))
    assert answers[0] == answers[1]
    assert [mail["To"] for mail in outbox()] == [alice.email]


def test_link_goes_to_our_own_address_whatever_the_browser_says(
    client: FlaskClient, alice: User, outbox: Outbox
) -> None:
    client.post("/password/forgot", data={"email": alice.email}, headers={"Host": "evil.example"})
    assert "evil.example" not in outbox()[0].get_content()


def test_new_password_by_link_ends_all_sessions_and_confirms_the_address(
    app: Flask,
    client: FlaskClient,
    new_client: Callable[[Flask], FlaskClient],
    alice: User,
    sign_in: SignIn,
    outbox: Outbox,
) -> None:
    alice.verified_at = None
    phone = new_client(app)
    sign_in(phone, alice)
    client.post(mailed_link(client, outbox, alice), data={"new_password": NEW})
    assert phone.get("/account").status_code == 303
    assert alice.verified_at is not None


# Knowing the old one


def test_change_ends_all_other_sessions_and_keeps_this_one(
    app: Flask, client: FlaskClient, new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn
) -> None:
    phone = new_client(app)
    sign_in(phone, alice)
    sign_in(client, alice)
    changed = client.post("/account/password", data={"password": PASSWORD, "new_password": NEW})
    assert changed.headers["Location"] == "/account"
    assert client.get("/account").status_code == 200
    assert phone.get("/account").status_code == 303
    assert signs_in_with(client, alice, NEW)


@pytest.mark.parametrize(
    ("now_password", "new_password", "message"),
    [
        ("not the right one", NEW, "not the password you use now"),
        ("", NEW, "enter your password"),
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, "1234567890", "easy to guess"),
    ],
)
def test_refused_change_changes_nothing(
    client: FlaskClient, alice: User, sign_in: SignIn, now_password: str, new_password: str, message: str
) -> None:
    before = alice.password_hash
    sign_in(client, alice)
    refused = client.post("/account/password", data={"password": now_password, "new_password": new_password})
    assert refused.status_code == 422
    assert message in refused.text
    assert alice.password_hash == before
    assert client.get("/account").status_code == 200


def test_sign_out_everywhere_ends_this_session_too(
    app: Flask, client: FlaskClient, new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn
) -> None:
    phone = new_client(app)
    sign_in(phone, alice)
    sign_in(client, alice)
    client.post("/account/sign-out-everywhere")
    assert phone.get("/account").status_code == client.get("/account").status_code == 303


def test_old_cookie_kept_by_somebody_is_worth_nothing_after_a_change(
    app: Flask, client: FlaskClient, new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    kept = client.get_cookie("quizapp")
    assert kept is not None
    client.post("/account/password", data={"password": PASSWORD, "new_password": NEW})
    thief = new_client(app)
    thief.set_cookie("quizapp", kept.value)
    assert thief.get("/account").status_code == 303
