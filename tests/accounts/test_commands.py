"""`quizapp user`, `quizapp programme` and `quizapp accounts`."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts import passwords
from quizapp.accounts.models import Membership, Programme, RateLimit, User
from tests.factories import NOW, PASSWORD

Command = Callable[..., Result]


def create(command: Command, *words: str, password: str = PASSWORD) -> Result:
    return command("user", "create", "eve@example.org", *words, "--password-stdin", stdin=password + "\n")


def test_created_person_can_sign_in(command: Command, client: FlaskClient) -> None:
    assert create(command, "--name", "Eve").exit_code == 0
    client.post("/login", data={"email": "eve@example.org", "password": PASSWORD})
    assert client.get("/account").status_code == 200


def test_password_is_asked_twice_when_not_given(command: Command, session: Session) -> None:
    result = command("user", "create", "eve@example.org", "--admin", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    eve = session.scalars(select(User)).one()
    assert eve.is_admin
    assert eve.verified_at
    assert eve.name == "eve"


def test_created_person_joins_a_programme(command: Command, session: Session) -> None:
    assert command("programme", "create", "Riverside").exit_code == 0
    create(command, "--programme", "Riverside", "--role", "trainer")
    assert session.scalars(select(Membership.role)).one() == "trainer"


@pytest.mark.parametrize(
    ("words", "password", "exit_code", "message"),
    [
        (["--programme", "Riverside"], PASSWORD, 2, "go together"),
        (["--role", "trainer"], PASSWORD, 2, "go together"),
        (["--programme", "Nowhere", "--role", "trainer"], PASSWORD, 1, "no programme Nowhere"),
        (["--programme", "Nowhere", "--role", "king"], PASSWORD, 2, "king"),
        ([], "short", 1, "10 to 256 characters"),
        ([], "password123", 1, "easy to guess"),
    ],
)
def test_refused_person_is_not_made(
    command: Command, session: Session, words: list[str], password: str, exit_code: int, message: str
) -> None:
    result = create(command, *words, password=password)
    assert result.exit_code == exit_code
    assert message in result.output
    assert session.scalar(select(func.count()).select_from(User)) == 0


def test_address_must_be_one_and_be_free(command: Command) -> None:
    assert command("user", "create", "eve", "--password-stdin", stdin=PASSWORD).exit_code == 2
    create(command)
    again = create(command)
    assert again.exit_code == 1
    assert "already has an account" in again.output


def test_list_as_text_and_json(command: Command, alice: User, bob: User) -> None:
    bob.disabled_at = NOW
    text = command("user", "list").output
    assert f"{alice.email}\tAlice\tlearner in Riverside" in text
    assert "disabled" in text
    rows = json.loads(command("user", "list", "--format", "json").output)
    assert [row["email"] for row in rows] == [alice.email, bob.email]
    assert rows[1]["roles"] == {"Riverside": "trainer"}
    assert rows[1]["disabled"] is True
    assert "password" not in json.dumps(rows)


def test_set_password_ends_sessions(command: Command, alice: User) -> None:
    command("user", "set-password", alice.email, "--password-stdin", stdin="a new long password\n")
    assert passwords.matches(passwords.CHEAP, alice.password_hash, "a new long password")
    assert alice.session_version == 2


def test_disable_and_enable(command: Command, alice: User) -> None:
    command("user", "disable", alice.email)
    assert alice.disabled_at
    command("user", "enable", alice.email.upper())
    assert alice.disabled_at is None


@pytest.mark.parametrize("act", ["disable", "enable", "set-password"])
def test_unknown_person_is_said(command: Command, act: str) -> None:
    result = command("user", act, "nobody@example.org", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 1
    assert "has no account" in result.output


def test_programme_is_made_once(command: Command, session: Session) -> None:
    command("programme", "create", "Riverside")
    assert command("programme", "create", " Riverside ").exit_code == 1
    assert session.scalar(select(func.count()).select_from(Programme)) == 1


def test_purge_limits_keeps_open_windows(command: Command, session: Session, app: Flask) -> None:
    for number in range(450):
        session.add(RateLimit(key=f"old {number}", hits=1, expires_at=NOW - timedelta(days=3)))
    session.add(RateLimit(key="open", hits=1, expires_at=NOW + timedelta(days=36500)))
    assert "removed 450" in command("accounts", "purge-limits").output
    assert session.scalars(select(RateLimit.key)).all() == ["open"]


def test_programme_has_a_zone_of_its_own(command: Command, session: Session) -> None:
    command("programme", "create", "Riverside", "--time-zone", "America/Chicago")
    assert session.scalars(select(Programme.time_zone)).one() == "America/Chicago"
    assert command("programme", "create", "Hilltop", "--time-zone", "Mars").exit_code == 2


def test_staff_are_added_and_changed(command: Command, session: Session, programme: Programme) -> None:
    create(command)
    for role in ("coordinator", "trainer"):
        result = command("programme", "add-staff", "Riverside", "Eve@example.org", "--role", role)
        assert result.output == f"eve@example.org is {role} of Riverside\n"
        assert session.scalars(select(Membership.role)).one() == role
    assert (
        command("programme", "add-staff", "Riverside", "eve@example.org", "--role", "learner").exit_code == 2
    )
    assert command("programme", "add-staff", "Nowhere", "eve@example.org", "--role", "author").exit_code == 1
    assert (
        command("programme", "add-staff", "Riverside", "dan@example.org", "--role", "author").exit_code == 1
    )
    last = command("programme", "add-staff", "Riverside", "eve@example.org", "--role", "author")
    assert "nobody left to manage it" in last.output
    assert session.scalars(select(Membership.role)).one() == "trainer"


def test_programmes_are_listed(command: Command, alice: User, bob: User) -> None:
    command("programme", "create", "Hilltop")
    lines = command("programme", "list").output.splitlines()
    assert lines == ["Hilltop\tAmerica/New_York\t", "Riverside\tAmerica/New_York\tlearner: 1, trainer: 1"]
    rows = json.loads(command("programme", "list", "--format", "json").output)
    assert rows[1] == {
        "name": "Riverside",
        "time_zone": "America/New_York",
        "roles": {"learner": 1, "trainer": 1},
    }
