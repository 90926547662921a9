"""The admin's list of people."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from tests.factories import NOW, make_membership, make_programme, make_user

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, "Root", is_admin=True)


@pytest.fixture
def admin_client(client: FlaskClient, admin: User, sign_in: SignIn, now: datetime) -> FlaskClient:
    sign_in(client, admin)
    return client


def test_everybody_is_listed_with_their_roles(admin_client: FlaskClient, alice: User, bob: User) -> None:
    page = admin_client.get("/admin/users").text
    assert "3 people" in page
    assert alice.email in page
    assert "trainer" in page
    assert "Riverside" in page


@pytest.mark.parametrize("search", ["ALICE", "alice-", "@", "Bo"])
def test_search_finds_by_part_of_name_or_address(
    admin_client: FlaskClient, alice: User, bob: User, search: str
) -> None:
    page = admin_client.get("/admin/users", query_string={"q": search}).text
    assert (alice.email in page) == (search != "Bo")


@pytest.mark.parametrize("search", ["%", "_", "\x00%", "'; DROP TABLE account; --", "x" * 5000, "ÄÖ", "\\"])
def test_odd_search_is_only_text(admin_client: FlaskClient, alice: User, search: str) -> None:
    response = admin_client.get("/admin/users", query_string={"q": search})
    assert response.status_code == 200
    assert alice.email not in response.text


@pytest.mark.parametrize(("page", "shown"), [("1", 50), ("2", 11), ("99", 11), ("0", 50), ("-3", 50)])
def test_pages_hold_fifty_and_cost_the_same(
    admin_client: FlaskClient, session: Session, statements: list[str], page: str, shown: int
) -> None:
    programme = make_programme(session)
    for _number in range(60):
        make_membership(session, programme, make_user(session))
    session.commit()
    statements.clear()
    text = admin_client.get("/admin/users", query_string={"page": page}).text
    assert text.count('<th scope="row"') == shown
    assert len(statements) == 4


def test_odd_page_numbers_are_no_error(admin_client: FlaskClient) -> None:
    assert admin_client.get("/admin/users?page=" + "9" * 40).status_code == 200
    assert admin_client.get("/admin/users?page=x").status_code == 200


def test_disabled_person_is_signed_out_and_may_come_back(
    admin_client: FlaskClient, alice: User, session: Session
) -> None:
    place = {"q": "ali", "page": "1"}
    sent = admin_client.post(f"/admin/users/{alice.id}/disable", data=place)
    assert sent.headers["Location"] == "/admin/users?q=ali&page=1"
    assert alice.disabled_at is not None
    assert alice.session_version == 2
    admin_client.post(f"/admin/users/{alice.id}/enable")
    assert alice.disabled_at is None


def test_admins_cannot_lock_themselves_out(admin_client: FlaskClient, admin: User) -> None:
    assert admin_client.post(f"/admin/users/{admin.id}/disable").status_code == 400
    assert admin.disabled_at is None


def test_unknown_person_is_not_found(admin_client: FlaskClient) -> None:
    for act in ("disable", "enable"):
        assert admin_client.post(f"/admin/users/999999/{act}").status_code == 404
        assert admin_client.post(f"/admin/users/{10**30}/{act}").status_code == 404


def test_times_are_shown_in_the_zone_of_the_reader(
    admin_client: FlaskClient, admin: User, alice: User
) -> None:
    alice.last_login_at = NOW
    admin.time_zone = "America/Los_Angeles"
    assert "Tue 3 March, 07:00 PST" in admin_client.get("/admin/users").text


def test_strange_words_in_the_address_do_no_harm(admin_client: FlaskClient, session: Session) -> None:
    for number in range(51):
        make_user(session, f"Person {number}")
    page = admin_client.get("/admin/users?endpoint=x&_method=POST&q=")
    assert page.status_code == 200
    assert "page=2" in page.text
