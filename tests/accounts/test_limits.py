"""How often something may be tried."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from subprocess import PIPE

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from time_machine import Traveller
from werkzeug.exceptions import TooManyRequests

from quizapp.accounts import limits
from quizapp.accounts.limits import SqlStorage
from quizapp.accounts.models import RateLimit, User
from tests.factories import NOW, PASSWORD, make_user

SignIn = Callable[[FlaskClient, User], None]


def guess(client: FlaskClient, email: str, password: str = "not the right one") -> int:
    return client.post("/login", data={"email": email, "password": password}).status_code


def test_eleventh_guess_is_stopped_for_known_and_unknown_alike(
    client: FlaskClient, alice: User, clock_hands: Traveller
) -> None:
    for email in (alice.email, "nobody@example.org", "no address"):
        assert [guess(client, email) for _try in range(12)] == [422] * 10 + [429] * 2


def test_right_password_does_not_help_after_too_many_guesses(
    client: FlaskClient, alice: User, clock_hands: Traveller
) -> None:
    for _try in range(10):
        guess(client, alice.email)
    assert guess(client, alice.email, PASSWORD) == 429
    clock_hands.shift(timedelta(minutes=15))
    assert guess(client, alice.email, PASSWORD) == 303


def test_spelling_of_an_address_gives_no_further_guesses(
    client: FlaskClient, alice: User, clock_hands: Traveller
) -> None:
    for spelling in (alice.email, alice.email.upper(), f" {alice.email} ") * 4:
        last = guess(client, spelling)
    assert last == 429


def test_success_starts_afresh(client: FlaskClient, alice: User, clock_hands: Traveller) -> None:
    for _round in range(3):
        for _try in range(9):
            assert guess(client, alice.email) == 422
        assert guess(client, alice.email, PASSWORD) == 303
        client.post("/logout")


def test_page_says_kindly_to_wait(client: FlaskClient, alice: User, clock_hands: Traveller) -> None:
    for _try in range(10):
        guess(client, alice.email)
    page = client.post("/login", data={"email": alice.email, "password": PASSWORD})
    assert "Please wait a moment" in page.text


def test_own_password_cannot_be_guessed_either(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    sign_in(client, alice)
    form = {"password": "not the right one", "new_password": "another quiet morning"}
    statuses = [client.post("/account/password", data=form).status_code for _try in range(11)]
    assert statuses == [422] * 10 + [429]


@pytest.mark.parametrize("path", ["/password/forgot", "/verify"])
def test_nobody_floods_a_mailbox(client: FlaskClient, alice: User, clock_hands: Traveller, path: str) -> None:
    statuses = [client.post(path, data={"email": alice.email}).status_code for _try in range(4)]
    assert statuses == [303] * 3 + [429]


@pytest.mark.parametrize(
    ("addresses", "networks"),
    [
        (["203.0.113.7", "203.0.113.8"], 2),
        (["203.0.113.7", "::ffff:203.0.113.7"], 1),
        (["::ffff:203.0.113.7", "::ffff:203.0.113.8"], 2),
        (["2001:db8:0:1::7", "2001:db8:0:1:ffff::8"], 1),
        (["2001:db8:0:1::7", "2001:db8:0:2::7"], 2),
        (["", "nonsense"], 2),
    ],
)
def test_each_network_is_counted_for_itself(
    app: Flask, session: Session, addresses: list[str], networks: int
) -> None:
    for address in addresses:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            limits.count(limits.SIGN_IN, "one account")
    assert session.scalar(select(func.count()).select_from(RateLimit)) == networks + 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_asking_for_a_count_waits_for_nobody(storage: SqlStorage, session: Session) -> None:
    storage.incr("a", 60)
    session.connection()  # SQLite's one writer
    assert storage.get("a") == 1
    assert storage.get_expiry("a") > 0
    assert storage.check()


def test_table_holds_no_address(client: FlaskClient, alice: User, session: Session) -> None:
    guess(client, alice.email)
    assert all(len(key) == 64 for key in session.scalars(select(RateLimit.key)))


@pytest.fixture
def storage(app: Flask) -> SqlStorage:
    found = app.extensions["limiter"].storage
    assert isinstance(found, SqlStorage)
    return found


def test_counts_end_with_their_window(storage: SqlStorage, clock_hands: Traveller) -> None:
    assert [storage.incr("a", 60), storage.incr("a", 60), storage.incr("b", 60)] == [1, 2, 1]
    assert storage.get("a") == 2
    assert storage.get_expiry("a") == (NOW + timedelta(seconds=60)).timestamp()
    clock_hands.shift(60)
    assert storage.get("a") == 0
    assert storage.incr("a", 60) == 1


def test_windows_that_are_over_go_away_on_the_way(
    storage: SqlStorage, session: Session, clock_hands: Traveller
) -> None:
    for number in range(30):
        storage.incr(str(number), 60)
    clock_hands.shift(61)
    storage.incr("new", 60)
    assert session.scalar(select(func.count()).select_from(RateLimit)) == 1


def test_storage_can_be_cleared(storage: SqlStorage) -> None:
    storage.incr("a", 60)
    storage.incr("b", 60)
    storage.clear("a")
    assert [storage.get("a"), storage.get("b")] == [0, 1]
    assert storage.check()
    assert storage.reset() == 1


@pytest.mark.slow
def test_two_processes_share_the_counts_and_a_class_gets_in(session: Session, database_url: str) -> None:
    people = [make_user(session).email for _person in range(100)]
    session.commit()
    tries = [f"{email}={PASSWORD}" for email in people] + ["nobody@example.org=not the right one"] * 24
    shares = [tries[half::2] for half in range(2)]
    command = [sys.executable, "-m", "tests.accounts.knock", database_url]
    with ExitStack() as at_end:
        processes = [
            at_end.enter_context(subprocess.Popen([*command, *share], stdin=PIPE, stdout=PIPE, text=True))
            for share in shares
        ]
        for process in processes:
            assert process.stdout
            process.stdout.readline()  # both are ready before one begins
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        statuses = Counter(status for process in processes for status in process.communicate()[0].split())
    assert statuses == {"303": 100, "422": 10, "429": 14}


def test_many_accounts_from_one_network_are_stopped_too(app: Flask, clock_hands: Traveller) -> None:
    few = limits.Act("few", limits.SIGN_IN.per_account, parse("3 per hour"))
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.7"}):
        for number in range(3):
            limits.count(few, f"account {number}")
        with pytest.raises(TooManyRequests):
            limits.count(few, "one more account")
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.8"}):
        limits.count(few, "one more account")
