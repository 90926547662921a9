"""The account page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import User

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def exams(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    choices = [("house", "House check"), ("icrc", "IC&RC")]
    monkeypatch.setitem(app.extensions, "exam_choices", lambda _session: choices)


def form(**changed: Any) -> dict[str, Any]:
    filled = {
        "name": "Ally",
        "target_blueprint_id": "icrc",
        "state": "GA",
        "time_zone": "America/Chicago",
        "time_multiplier": "1.5",
        "hides_clock": "y",
    }
    return {name: value for name, value in (filled | changed).items() if value is not None}


@pytest.mark.usefixtures("exams")
def test_settings_are_kept_and_shown(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    sign_in(client, alice)
    assert client.post("/account", data=form()).status_code == 303
    assert alice.name == "Ally"
    assert (alice.target_blueprint_id, alice.state, alice.time_zone) == ("icrc", "GA", "America/Chicago")
    assert (alice.time_multiplier, alice.hides_clock, alice.uses_shortcuts) == ("1.5", True, False)
    page = client.get("/account").text
    assert '<option selected translate="no" value="icrc">' in page
    assert '<option selected translate="no" value="America/Chicago">' in page


@pytest.mark.usefixtures("exams")
def test_undecided_is_stored_as_nothing(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    sign_in(client, alice)
    client.post("/account", data=form(target_blueprint_id="", state=""))
    assert alice.target_blueprint_id is None
    assert alice.state is None


@pytest.mark.usefixtures("exams")
@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"name": "A\x00"},
        {"target_blueprint_id": "unknown"},
        {"state": "XX"},
        {"time_zone": "Mars/Olympus"},
        {"time_multiplier": "3"},
    ],
)
def test_unknown_choice_is_refused(
    client: FlaskClient, alice: User, sign_in: SignIn, changed: dict[str, Any]
) -> None:
    sign_in(client, alice)
    assert client.post("/account", data=form(**changed)).status_code == 422
    assert alice.name == "Alice"


def test_nobody_becomes_admin_by_a_field_of_their_own(
    client: FlaskClient, alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    more = {"is_admin": "y", "email": "x@example.org", "verified_at": "", "session_version": "9"}
    client.post("/account", data=form(target_blueprint_id="") | more)
    assert alice.name == "Ally"
    assert not alice.is_admin
    assert alice.email.startswith("alice")
    assert alice.session_version == 1


def test_zone_outside_our_list_stays_when_nothing_else_is_chosen(
    client: FlaskClient, alice: User, sign_in: SignIn
) -> None:
    alice.time_zone = "UTC"
    sign_in(client, alice)
    assert '<option selected translate="no" value="UTC">' in client.get("/account").text


def test_no_field_asks_about_lived_experience(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    sign_in(client, alice)
    for path in ("/account", "/register"):
        page = client.get(path).text.lower()
        assert not any(word in page for word in ('name="diagnos', 'name="recover', 'name="lived', "sobriety"))


def test_page_works_before_any_content_is_loaded(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    sign_in(client, alice)
    assert "Not decided yet" in client.get("/account").text


@pytest.mark.usefixtures("exams")
def test_boxes_show_what_is_stored(
    client: FlaskClient, session: Session, alice: User, sign_in: SignIn
) -> None:
    alice.uses_shortcuts, alice.hides_clock = True, False
    sign_in(client, alice)
    page = client.get("/account").text
    assert 'checked id="uses_shortcuts"' in page
    assert 'checked id="hides_clock"' not in page
