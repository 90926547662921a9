"""A programme's page: its settings and its staff."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Membership, Programme, User
from tests.exams.test_at_once import at_once
from tests.factories import make_membership, make_programme, make_user

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def staff(client: FlaskClient, bob: User, sign_in: SignIn) -> FlaskClient:
    """Bob's browser: the trainer of Riverside."""
    sign_in(client, bob)
    return client


def role_of(session: Session, user: User) -> str | None:
    return session.scalar(select(Membership.role).where(Membership.user_id == user.id))


def test_name_and_zone_are_changed(staff: FlaskClient, programme: Programme) -> None:
    form = {"name": " Riverside Peers ", "time_zone": "America/Chicago"}
    assert staff.post(f"/programmes/{programme.id}", data=form).status_code == 303
    assert (programme.name, programme.time_zone) == ("Riverside Peers", "America/Chicago")


@pytest.mark.parametrize(
    ("name", "zone", "said"),
    [
        ("", "America/Chicago", "Please enter a name for the programme."),
        ("Riverside", "Mars", "Please choose one from the list."),
        ("x" * 81, "America/Chicago", "at most 80 letters"),
        ("a\x00b", "America/Chicago", "letters, numbers and signs only"),
        ("Hilltop", "America/Chicago", "There is already a programme with that name."),
    ],
)
def test_wrong_settings_come_back(
    staff: FlaskClient, programme: Programme, session: Session, name: str, zone: str, said: str
) -> None:
    make_programme(session, "Hilltop")
    answer = staff.post(f"/programmes/{programme.id}", data={"name": name, "time_zone": zone})
    assert answer.status_code == 422
    assert said in answer.text
    assert programme.name == "Riverside"


def test_person_with_an_account_joins_the_staff(
    staff: FlaskClient, programme: Programme, session: Session
) -> None:
    dana = make_user(session, "Dana")
    form = {"email": dana.email.upper(), "role": "author"}
    page = staff.post(f"/programmes/{programme.id}/staff", data=form, follow_redirects=True).text
    assert "Dana is on the staff now." in page
    assert role_of(session, dana) == "author"


def test_learner_becomes_staff_of_the_same_programme(
    staff: FlaskClient, programme: Programme, alice: User, session: Session
) -> None:
    staff.post(f"/programmes/{programme.id}/staff", data={"email": alice.email, "role": "coordinator"})
    assert role_of(session, alice) == "coordinator"


def test_staff_here_and_learner_elsewhere(
    staff: FlaskClient, programme: Programme, charlie: User, session: Session
) -> None:
    staff.post(f"/programmes/{programme.id}/staff", data={"email": charlie.email, "role": "trainer"})
    roles = session.scalars(select(Membership.role).where(Membership.user_id == charlie.id)).all()
    assert sorted(roles) == ["learner", "trainer"]


@pytest.mark.parametrize(
    ("email", "role", "said"),
    [
        ("nobody@example.org", "trainer", "Nobody has an account with this address."),
        ("no address", "trainer", "such as name@example.org"),
        ("", "trainer", "Please enter the email address of their account."),
        ("dana@example.org", "learner", "Please choose one from the list."),
        ("dana@example.org", "king", "Please choose one from the list."),
        ("bob@example.org", "author", "This person is on the list already."),
    ],
)
def test_wrong_staff_come_back(
    staff: FlaskClient, programme: Programme, session: Session, bob: User, email: str, role: str, said: str
) -> None:
    make_user(session, "Dana", email="dana@example.org")
    bob.email = "bob@example.org"
    answer = staff.post(f"/programmes/{programme.id}/staff", data={"email": email, "role": role})
    assert answer.status_code == 422
    assert said in answer.text
    assert session.scalars(select(Membership.role)).all() == ["trainer"]


def test_role_of_a_colleague_is_changed(staff: FlaskClient, programme: Programme, session: Session) -> None:
    dana = make_user(session, "Dana")
    make_membership(session, programme, dana, "author")
    assert (
        staff.post(f"/programmes/{programme.id}/staff/{dana.id}", data={"role": "trainer"}).status_code == 303
    )
    assert role_of(session, dana) == "trainer"
    page = staff.post(
        f"/programmes/{programme.id}/staff/{dana.id}", data={"role": "king"}, follow_redirects=True
    ).text
    assert "Choose a role from the list." in page
    assert role_of(session, dana) == "trainer"


def test_nobody_changes_their_own_role(
    staff: FlaskClient, programme: Programme, bob: User, session: Session
) -> None:
    staff.post(f"/programmes/{programme.id}/staff/{bob.id}", data={"role": "coordinator"})
    assert role_of(session, bob) == "trainer"


def test_learners_are_no_staff(staff: FlaskClient, programme: Programme, alice: User) -> None:
    assert alice.name not in staff.get(f"/programmes/{programme.id}").text
    for act in ("", "/remove"):
        answer = staff.post(f"/programmes/{programme.id}/staff/{alice.id}{act}", data={"role": "author"})
        assert answer.status_code == 404


def test_colleague_is_removed_after_a_question(
    staff: FlaskClient, programme: Programme, session: Session
) -> None:
    dana = make_user(session, "Dana")
    make_membership(session, programme, dana, "coordinator")
    address = f"/programmes/{programme.id}/staff/{dana.id}/remove"
    assert "Take Dana off the staff of Riverside?" in staff.get(address).text
    assert role_of(session, dana) == "coordinator"
    assert staff.post(address).location == f"/programmes/{programme.id}"
    assert role_of(session, dana) is None


def test_last_manager_cannot_go(
    staff: FlaskClient, programme: Programme, bob: User, session: Session
) -> None:
    author = make_user(session, "Dana")
    make_membership(session, programme, author, "author")
    address = f"/programmes/{programme.id}/staff/{bob.id}/remove"
    answer = staff.post(address)
    assert answer.status_code == 409
    assert "Somebody has to look after this programme" in answer.text
    assert role_of(session, bob) == "trainer"
    make_membership(session, programme, make_user(session, "Eve"), "coordinator")
    assert staff.post(address).location == "/", "the programme is closed to them now"
    assert role_of(session, bob) is None


def test_admin_cannot_leave_a_programme_without_a_manager_either(
    client: FlaskClient, programme: Programme, bob: User, session: Session, sign_in: SignIn
) -> None:
    sign_in(client, make_user(session, "Root", is_admin=True))
    address = f"/programmes/{programme.id}/staff/{bob.id}"
    assert client.post(address, data={"role": "author"}).status_code == 409
    assert client.post(f"{address}/remove").status_code == 409


def test_of_managers_who_leave_at_one_moment_one_stays(
    app: Flask, programme: Programme, bob: User, session: Session, sign_in: SignIn
) -> None:
    managers = [bob, *(make_user(session, f"Manager {number}") for number in range(7))]
    for manager in managers[1:]:
        make_membership(session, programme, manager, "coordinator")
    browsers = [app.test_client() for _manager in managers]
    for browser, manager in zip(browsers, managers, strict=True):
        sign_in(browser, manager)
    addresses = [f"/programmes/{programme.id}/staff/{manager.id}/remove" for manager in managers]
    session.commit()
    answers = at_once(
        [partial(browser.post, address) for browser, address in zip(browsers, addresses, strict=True)]
    )
    assert sorted(answer.status_code for answer in answers) == [303] * 7 + [409]
    session.expire_all()
    assert len(session.scalars(select(Membership.id)).all()) == 1


def test_cost_of_the_page_does_not_grow(
    staff: FlaskClient, programme: Programme, session: Session, statements: list[str]
) -> None:
    for number in range(30):
        make_membership(session, programme, make_user(session, f"Person {number}"), "author")
    session.commit()
    statements.clear()
    assert staff.get(f"/programmes/{programme.id}").status_code == 200
    assert len(statements) == 3


@pytest.fixture
def coordinator(client: FlaskClient, programme: Programme, session: Session, sign_in: SignIn) -> FlaskClient:
    """The browser of one who manages learners and reads no bank."""
    person = make_user(session, "Cora")
    make_membership(session, programme, person, "coordinator")
    sign_in(client, person)
    return client


def test_nobody_gives_more_rights_than_they_have(
    coordinator: FlaskClient, programme: Programme, bob: User, session: Session
) -> None:
    dana = make_user(session, "Dana")
    page = coordinator.get(f"/programmes/{programme.id}").text
    assert 'value="coordinator"' in page
    assert 'value="trainer"' not in page
    assert 'value="author"' not in page
    for role in ("trainer", "author"):
        answer = coordinator.post(
            f"/programmes/{programme.id}/staff", data={"email": dana.email, "role": role}
        )
        assert answer.status_code == 422
        assert "Please choose one from the list." in answer.text
    assert role_of(session, dana) is None
    coordinator.post(f"/programmes/{programme.id}/staff/{bob.id}", data={"role": "coordinator"})
    assert role_of(session, bob) == "trainer", "nor is the role of one who has more theirs to change"
    answer = coordinator.post(
        f"/programmes/{programme.id}/staff", data={"email": dana.email, "role": "coordinator"}
    )
    assert answer.status_code == 303
    assert role_of(session, dana) == "coordinator"
