"""Signing in and out, and what ends a session."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic, process_time
from typing import Any

import flask
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from time_machine import Traveller
from werkzeug.test import TestResponse

from quizapp.accounts import login, passwords, services
from quizapp.accounts.models import User
from tests.factories import PASSWORD, make_user

SignIn = Callable[[FlaskClient, User], None]


def send(client: FlaskClient, email: str, password: str = PASSWORD, url: str = "/login") -> TestResponse:
    return client.post(url, data={"email": email, "password": password})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_right_password_signs_in(client: FlaskClient, alice: User, session: Session, now: datetime) -> None:
    assert send(client, alice.email).headers["Location"] == "/"
    assert is_signed_in(client)
    assert alice.last_login_at == now


def test_address_may_be_typed_in_capitals(client: FlaskClient, alice: User) -> None:
    send(client, f"  {alice.email.upper()} ")
    assert is_signed_in(client)


def without_what_differs(response: TestResponse, email: str) -> str:
    page = re.sub(r'name="csrf_token" value="[^"]*"', "", response.text.replace(email, ""))
    return re.sub(r"<code[^>]*>.*?</code>", "", page)


def test_every_refusal_looks_the_same(client: FlaskClient, session: Session, now: datetime) -> None:
    known = make_user(session, "Known")
    disabled = make_user(session, "Disabled", disabled_at=now)
    refused = [
        (known.email, "not the right one"),
        (known.email, "x" * 100_000),
        (known.email, PASSWORD + "\x00"),
        (disabled.email, PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("nobody", PASSWORD),
        ("a\x00b@example.org", PASSWORD),
        ("ünïcode@exämple.org", PASSWORD),
        ("\ud800@example.org".encode("utf-8", "replace").decode(), PASSWORD),
        ("x" * 100_000 + "@example.org", PASSWORD),
    ]
    answers = [(send(client, email, password), email) for email, password in refused]
    assert {answer.status_code for answer, _email in answers} == {422}
    assert len({without_what_differs(answer, email) for answer, email in answers[:5]}) == 1
    assert all("do not go together" in answer.text for answer, _email in answers)
    assert not is_signed_in(client)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_unknown_address_costs_as_much_as_a_wrong_password(
    make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient], alice: User
) -> None:
    app = make_app()
    app.extensions["password_hasher"] = passwords.STRONG
    alice.password_hash = passwords.STRONG.hash(PASSWORD)
    client = new_client(app)

    def cost(email: str) -> float:
        times = []
        for _try in range(4):
            began = process_time()
            send(client, email, "not the right one")
            times.append(process_time() - began)
        return min(times)

    assert 0.5 < cost("nobody@example.org") / cost(alice.email) < 2


def test_old_hash_is_renewed_at_sign_in(client: FlaskClient, alice: User, session: Session) -> None:
    alice.password_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    send(client, alice.email)
    assert not passwords.CHEAP.check_needs_rehash(alice.password_hash)
    assert passwords.matches(passwords.CHEAP, alice.password_hash, PASSWORD)
    assert is_signed_in(client)


def test_old_hash_is_not_put_back_over_a_new_password(session: Session, alice: User) -> None:
    """Somebody signs in with the old password while a reset is under way."""
    old_hash, reset_hash = alice.password_hash, passwords.CHEAP.hash("another quiet morning")
    services.change_password(session, alice.id, old_hash, reset_hash)
    services.strengthen_hash(session, alice.id, old_hash, passwords.CHEAP.hash(PASSWORD))
    session.refresh(alice)
    assert alice.password_hash == reset_hash


def test_outdated_cookie_does_not_stand_in_the_way(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session
) -> None:
    """Reading its person locks SQLite, and counting the try would wait for that lock."""
    session.commit()
    sign_in(client, alice)
    services.sign_out_everywhere(session, alice.id)
    began = monotonic()
    assert send(client, alice.email).headers["Location"] == "/"
    assert monotonic() - began < 4
    assert is_signed_in(client)


@pytest.mark.parametrize("path", ["/register", "/password/forgot", "/verify"])
def test_outdated_cookie_does_not_lock_other_pages(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, path: str
) -> None:
    session.commit()
    sign_in(client, alice)
    services.sign_out_everywhere(session, alice.id)
    filled = {"name": "Dana", "email": "dana@example.org", "new_password": PASSWORD, "agrees": "y"}
    assert client.post(path, data=filled).status_code == 303


def test_session_is_renewed_at_sign_in(client: FlaskClient, alice: User) -> None:
    client.get("/login")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        before = dict(cookie)
    send(client, alice.email)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before["csrf_token"]


def test_a_session_planted_before_is_not_signed_in_afterwards(
    app: Flask, client: FlaskClient, new_client: Callable[[Flask], FlaskClient], alice: User
) -> None:
    attacker = new_client(app)
    attacker.get("/login")
    planted = attacker.get_cookie("quizapp")
    assert planted is not None
    client.set_cookie("quizapp", planted.value)
    send(client, alice.email)
    assert is_signed_in(client)
    assert not is_signed_in(attacker)


@pytest.mark.parametrize("target", ["/account", "/account?tab=2", "/exams/4/7#item"])
def test_sign_in_returns_to_the_page(client: FlaskClient, alice: User, target: str) -> None:
    response = client.post("/login", query_string={"next": target}, data=form(alice))
    assert response.headers["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_sign_in_never_leads_to_another_site(client: FlaskClient, alice: User, target: str) -> None:
    response = client.post("/login", query_string={"next": target}, data=form(alice))
    assert response.headers["Location"] == "/"


def form(user: User) -> dict[str, str]:
    return {"email": user.email, "password": PASSWORD}


def test_closed_page_asks_to_sign_in_and_is_remembered(client: FlaskClient, app: Flask) -> None:
    response = client.get("/account?tab=2")
    assert response.status_code == 303
    assert response.headers["Location"] == "/login?next=/account?tab%3D2"


def test_sent_form_is_remembered_by_the_page_it_stood_on(client: FlaskClient) -> None:
    here = client.post("/account", headers={"Referer": "http://localhost/account/password?x=1"})
    elsewhere = client.post("/account", headers={"Referer": "http://evil.example/account"})
    assert here.headers["Location"] == "/login?next=/account/password?x%3D1"
    assert elsewhere.headers["Location"] == "/login"


def test_script_is_told_in_json(client: FlaskClient) -> None:
    response = client.post("/account", json={})
    assert response.status_code == 401
    assert response.json is not None
    assert response.json["error"]["code"] == "sign_in"


def test_sign_out_forgets_everything(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session
) -> None:
    session.commit()
    sign_in(client, alice)
    assert client.post("/logout").status_code == 303
    assert not is_signed_in(client)


def test_sign_out_by_a_link_does_nothing(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    send(client, alice.email)
    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


def test_disabled_person_is_out_at_once(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, now: datetime
) -> None:
    sign_in(client, alice)
    assert is_signed_in(client)
    alice.disabled_at = now
    assert not is_signed_in(client)


@pytest.mark.parametrize("endpoint", ["/", "/login", "/account"])
def test_session_of_a_removed_person_is_no_error(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, endpoint: str
) -> None:
    sign_in(client, alice)
    session.delete(alice)
    assert client.get(endpoint).status_code in (200, 303)


# Idleness


@pytest.fixture
def signed_in(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, now: datetime
) -> FlaskClient:
    session.commit()
    sign_in(client, alice)
    return client


def test_two_idle_hours_sign_out_and_say_so(signed_in: FlaskClient, clock_hands: Traveller) -> None:
    clock_hands.shift(timedelta(hours=2, seconds=1))
    assert signed_in.get("/account").headers["Location"] == "/login?next=/account"
    page = signed_in.get("/login?next=/account").text
    assert "You were signed out after 2 hours without activity" in page
    assert "Your answers are saved" in page
    assert "signed out after" not in signed_in.get("/login").text


def test_activity_keeps_signed_in(signed_in: FlaskClient, clock_hands: Traveller) -> None:
    for _step in range(5):
        clock_hands.shift(timedelta(hours=1, minutes=50))
        assert is_signed_in(signed_in)


def test_time_is_stamped_at_most_once_a_minute(signed_in: FlaskClient, clock_hands: Traveller) -> None:
    is_signed_in(signed_in)  # the page puts its token into the session
    clock_hands.shift(59)
    assert "Set-Cookie" not in signed_in.get("/account").headers
    clock_hands.shift(1)
    assert "Set-Cookie" in signed_in.get("/account").headers


def test_requests_by_a_script_alone_do_not_count(signed_in: FlaskClient, clock_hands: Traveller) -> None:
    for _step in range(3):
        clock_hands.shift(timedelta(minutes=50))
        answer = signed_in.get("/account", headers={"X-Quizapp-Background": "1"})
    assert answer.status_code == 401


def test_timed_mock_keeps_signed_in_until_its_end(
    signed_in: FlaskClient, clock_hands: Traveller, app: Flask, now: datetime
) -> None:
    with signed_in.session_transaction() as cookie:
        cookie["stay_until"] = int((now + timedelta(hours=4)).timestamp())
    clock_hands.shift(timedelta(hours=4))
    with signed_in.session_transaction() as cookie:
        cookie["stay_until"] = int((now + timedelta(hours=4)).timestamp())
    assert is_signed_in(signed_in)
    clock_hands.shift(timedelta(hours=2, seconds=1))
    assert not is_signed_in(signed_in)


def test_end_of_a_mock_signs_out_who_was_idle(
    signed_in: FlaskClient, clock_hands: Traveller, now: datetime
) -> None:
    with signed_in.session_transaction() as cookie:
        cookie["stay_until"] = int((now + timedelta(hours=4)).timestamp())
    clock_hands.shift(timedelta(hours=4, seconds=1))
    assert not is_signed_in(signed_in)


def test_later_of_two_ends_counts(app: Flask, now: datetime) -> None:
    with app.test_request_context("/"):
        login.keep_signed_in_until(now + timedelta(hours=4))
        login.keep_signed_in_until(now + timedelta(hours=1))
        assert flask.session["stay_until"] == int((now + timedelta(hours=4)).timestamp())


def test_idle_limit_is_a_setting(
    make_app: Callable[..., Flask],
    new_client: Callable[[Flask], FlaskClient],
    sign_in: SignIn,
    alice: User,
    clock_hands: Traveller,
) -> None:
    client = new_client(make_app(idle_minutes=30))
    send(client, alice.email)
    clock_hands.shift(timedelta(minutes=31))
    client.get("/account")
    assert "after 30 minutes without" in client.get("/login").text


# One statement for the person


def test_person_with_roles_is_read_in_one_statement(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, statements: list[str]
) -> None:
    session.commit()
    sign_in(client, alice)
    statements.clear()
    client.get("/account/password")
    assert len(statements) == 1


def test_companion_reads_the_person_instead(
    client: FlaskClient, alice: User, sign_in: SignIn, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def companion(opened: Session, user_id: int, arguments: Any) -> Any:
        asked.append((user_id, dict(arguments)))
        return login.read_person(opened, user_id)

    monkeypatch.setitem(login.companions, "accounts.settings", companion)
    session.commit()
    sign_in(client, alice)
    assert is_signed_in(client)
    assert asked == [(alice.id, {})]


def test_companion_cannot_let_a_disabled_person_in(
    client: FlaskClient,
    alice: User,
    sign_in: SignIn,
    session: Session,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        login.companions, "accounts.settings", lambda opened, who, _: login.read_person(opened, who)
    )
    alice.disabled_at = now
    session.commit()
    sign_in(client, alice)
    assert not is_signed_in(client)


def test_csrf_is_checked(
    make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient], alice: User
) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    client = new_client(app)
    refused = client.post("/login", data=form(alice))
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert refused.status_code == 400
    assert token is not None
    assert client.post("/login", data=form(alice) | {"csrf_token": token[1]}).status_code == 303


def test_signing_out_twice_is_no_problem_and_nobody_is_signed_out_by_others(
    make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn
) -> None:
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = True
    client = new_client(app)
    sign_in(client, alice)
    assert client.post("/logout").status_code == 400
    assert is_signed_in(client)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert token is not None
    for _tab in range(2):
        answer = client.post("/logout", data={"csrf_token": token[1]}, follow_redirects=True)
        assert answer.status_code == 200
        assert "You are signed out." in answer.text
    assert not is_signed_in(client)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_broken_database_still_gives_our_own_error_page(
    make_app: Callable[..., Flask], new_client: Callable[[Flask], FlaskClient], alice: User, sign_in: SignIn
) -> None:
    client = new_client(make_app(database_url="sqlite:////nowhere/at/all.sqlite3"))
    sign_in(client, alice)
    response = client.get("/account")
    assert response.status_code == 503
    assert "We will be right back" in response.text
