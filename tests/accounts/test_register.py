"""Making an account."""

import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.accounts.models import User
from tests.factories import PASSWORD

Outbox = Callable[[], list[EmailMessage]]


def form(**changed: Any) -> dict[str, Any]:
    filled = {"name": "Dana", "email": "dana@example.org", "new_password": PASSWORD, "agrees": "y"}
    return {name: value for name, value in (filled | changed).items() if value is not None}


def text_of(response: TestResponse) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", response.text)


def people(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def test_registered_person_can_sign_in(client: FlaskClient, session: Session, now: datetime) -> None:
    client.post("/register", data=form(email="Dana@Example.org "))
    user = session.scalars(select(User)).one()
    assert (user.email, user.name, user.created_at) == ("dana@example.org", "Dana", now)
    assert user.verified_at is None
    client.post("/login", data={"email": "dana@example.org", "password": PASSWORD})
    assert client.get("/account").status_code == 200


def test_terms_and_privacy_are_linked_before_registering(client: FlaskClient) -> None:
    page = client.get("/register").text
    assert page.index('href="/terms"') < page.index("<form method")
    assert page.index('href="/privacy"') < page.index("<form method")


def test_known_address_gets_the_same_answer(client: FlaskClient, alice: User, outbox: Outbox) -> None:
    answers = []
    for address in ("dana@example.org", alice.email):
        sent = client.post("/register", data=form(email=address))
        shown = client.get(sent.headers["Location"])
        answers.append((sent.status_code, sent.headers["Location"], text_of(shown).replace(address, "")))
    assert answers[0] == answers[1]
    assert [mail["Subject"] for mail in outbox()] == ["Welcome", "You already have an account"]
    assert [mail["To"] for mail in outbox()] == ["dana@example.org", alice.email]


def test_known_address_changes_nothing(client: FlaskClient, alice: User, session: Session) -> None:
    before = alice.password_hash
    client.post("/register", data=form(email=alice.email, name="Not Alice", new_password="another long one"))
    assert (alice.name, alice.password_hash) == ("Alice", before)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"agrees": None}, "tick the box"),
        ({"email": ""}, "enter your email address"),
        ({"email": "dana"}, "such as name@example.org"),
        ({"email": "dana@example.org\x00"}, "such as name@example.org"),
        ({"email": "dana@example.org\nBcc: x@example.org"}, "such as name@example.org"),
        ({"email": "x" * 100_000 + "@example.org"}, "such as name@example.org"),
        ({"name": ""}, "name that we should show"),
        ({"name": "   "}, "name that we should show"),
        ({"name": "D\x00ana"}, "letters, numbers and signs"),
        ({"name": "\u200b"}, "letters, numbers and signs"),
        ({"name": "\u3164"}, "letters, numbers and signs"),
        ({"name": "\u0301\ufe0f"}, "letters, numbers and signs"),
        ({"name": "Dana \u202enimda"}, "letters, numbers and signs"),
        ({"name": "Dana \u2066nimda"}, "letters, numbers and signs"),
        ({"name": "Dana\u2028Admin"}, "letters, numbers and signs"),
        ({"name": "Da\u200dna"}, "letters, numbers and signs"),
        ({"name": "D" * 81}, "at most 80"),
        ({"new_password": "too short"}, "at least 10 characters"),
        ({"new_password": "x" * 257}, "at most 256"),
        ({"new_password": "password123"}, "easy to guess"),
        ({"new_password": "Dana@example.org"}, "easy to guess"),
        ({"new_password": "aaaaaaaaaaaa"}, "easy to guess"),
    ],
)
def test_form_with_a_problem_comes_back(
    client: FlaskClient, session: Session, changed: dict[str, Any], message: str
) -> None:
    response = client.post("/register", data=form(**changed))
    assert response.status_code == 422
    assert message in response.text
    assert people(session) == 0


def test_what_was_typed_is_kept_but_not_the_password(client: FlaskClient) -> None:
    page = client.post("/register", data=form(email="dana at example", name="<b>Dana</b>")).text
    assert 'value="dana at example"' in page
    assert "&lt;b&gt;Dana" in page
    assert PASSWORD not in page


@pytest.mark.parametrize("name", ["Zoë O'Neil-Ruiz", "علی\u200cرضا", "क्\u200dष", "陳 😀", "J"])
def test_names_of_all_scripts_work(client: FlaskClient, session: Session, name: str) -> None:
    client.post("/register", data=form(name=name))
    assert session.scalars(select(User.name)).one() == name


@pytest.mark.parametrize("email", ["jürgen@exämple.org", "用户@例子.广告", "o'brien+quiz@example.org"])
def test_unusual_addresses_work(client: FlaskClient, session: Session, outbox: Outbox, email: str) -> None:
    client.post("/register", data=form(email=email))
    client.post("/login", data={"email": email, "password": PASSWORD})
    assert client.get("/account").status_code == 200
    assert len(outbox()) == 1


def test_unicode_password_may_be_typed_in_another_form(client: FlaskClient) -> None:
    client.post("/register", data=form(new_password="cafe\u0301 am fluss"))
    client.post("/login", data={"email": "dana@example.org", "password": "caf\u00e9 am fluss"})
    assert client.get("/account").status_code == 200


def test_two_clicks_at_once_make_one_account(app: Flask, session: Session, outbox: Outbox) -> None:
    session.commit()
    start, answers = Barrier(8), []

    def click() -> None:
        client = app.test_client()
        start.wait()
        answers.append(client.post("/register", data=form()))

    threads = [Thread(target=click) for _click in range(5)]
    start = Barrier(len(threads))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(303, "/login")}
    assert people(session) == 1
    assert len(outbox()) == 5


# Where addresses must be confirmed


@pytest.fixture
def strict(make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient]) -> FlaskClient:
    return new_client(make_app(require_verified_email=True))


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", mail.get_content())
    assert found
    return found[1]


def sign_in_works(client: FlaskClient) -> bool:
    client.post("/login", data={"email": "dana@example.org", "password": PASSWORD})
    return client.get("/account").status_code == 200


def test_unconfirmed_person_must_open_the_link_first(
    strict: FlaskClient, session: Session, outbox: Outbox
) -> None:
    strict.post("/register", data=form())
    assert not sign_in_works(strict)
    link = link_in(outbox()[0])
    assert "Yes, this is my address" in strict.get(link).text
    assert session.scalars(select(User.verified_at)).one() is None
    strict.post(link)
    assert session.scalars(select(User.verified_at)).one() is not None
    assert sign_in_works(strict)


def test_unconfirmed_person_is_refused_like_a_wrong_password(strict: FlaskClient) -> None:
    strict.post("/register", data=form())
    strict.get("/login")  # shows the message of the registration
    unconfirmed = strict.post("/login", data={"email": "dana@example.org", "password": PASSWORD})
    unknown = strict.post("/login", data={"email": "nobody@example.org", "password": PASSWORD})
    assert unconfirmed.status_code == unknown.status_code
    assert text_of(unconfirmed).replace("dana", "nobody") == text_of(unknown)


def test_link_is_sent_again_with_the_same_answer_for_all(
    strict: FlaskClient, alice: User, outbox: Outbox
) -> None:
    strict.post("/register", data=form())
    strict.get("/login")
    answers = set()
    for address in ("dana@example.org", alice.email, "nobody@example.org"):
        sent = strict.post("/verify", data={"email": address})
        shown = text_of(strict.get(sent.headers["Location"]))
        answers.add((sent.status_code, sent.headers["Location"], shown.replace(address, "")))
    assert len(answers) == 1
    assert [mail["To"] for mail in outbox()] == ["dana@example.org"] * 2
    strict.post(link_in(outbox()[1]))
    assert sign_in_works(strict)


def test_link_for_another_address_is_dead(strict: FlaskClient, session: Session, outbox: Outbox) -> None:
    strict.post("/register", data=form())
    session.scalars(select(User)).one().email = "other@example.org"
    assert strict.post(link_in(outbox()[0])).status_code == 410


@pytest.mark.parametrize("token", ["x", "x.y.z", "%00", "W10.x.y"])
def test_forged_link_is_dead(client: FlaskClient, token: str) -> None:
    for path in ("/verify/", "/password/reset/"):
        assert client.get(path + token).status_code == 410
        assert client.post(path + token).status_code == 410


def test_page_that_a_person_came_for_is_kept_all_the_way(
    client: FlaskClient, alice: User, outbox: Outbox
) -> None:
    assert 'href="/register?next=/join/ABCD"' in client.get("/login?next=/join/ABCD").text
    assert 'href="/login?next=/join/ABCD"' in client.get("/register?next=/join/ABCD").text
    sent = client.post("/register?next=/join/ABCD", data=form())
    assert sent.location == "/login?next=/join/ABCD"
    right = {"email": "dana@example.org", "password": PASSWORD}
    assert client.post(sent.location, data=right).location == "/join/ABCD"
    assert client.get("/register?next=/join/ABCD").location == "/join/ABCD"
    (mail,) = outbox()
    link = re.search(r"/verify/\S+", mail.get_content())
    assert link
    assert link[0].endswith("?next=/join/ABCD")
    assert client.post(link[0]).location == "/join/ABCD"
    client.post("/logout")
    assert client.post(link[0]).location == "/login?next=/join/ABCD"


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_registering_leads_to_no_other_site(client: FlaskClient, target: str, outbox: Outbox) -> None:
    assert client.post("/register", query_string={"next": target}, data=form()).location == "/login"
    assert "evil" not in outbox()[0].get_content()
