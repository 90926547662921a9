"""Forgetting a person."""

from collections.abc import Callable

from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.db import Base
from tests.factories import make_user


def rows_about(session: Session, user_id: int) -> dict[str, int]:
    """How many rows of each table point at the person."""
    found = {}
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "account":
                found[table.name] = len(session.execute(select(table).where(key.parent == user_id)).all())
    return found


def test_forgetting_leaves_nothing_of_one_person_and_all_of_another(
    client: FlaskClient,
    session: Session,
    content: None,
    alice: User,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
    command: Callable[..., Result],
) -> None:
    for person in (alice, bob):
        sign_in(client, person)
        client.post("/mocks/house_readiness/start", data={"time_multiplier": "1"})
        attempt = client.get("/mocks").text.split("/attempts/")[1].split('"')[0]
        client.post(f"/attempts/{attempt}/1", data={"choice": "1", "base": "0", "to": "next"})
        client.post(f"/attempts/{attempt}/hand-in")
    before = rows_about(session, bob.id)
    assert all(rows_about(session, alice.id).values())
    alice_id, address = alice.id, alice.email

    result = command("forget", address, "--yes")

    assert result.exit_code == 0, result.output
    assert not any(rows_about(session, alice_id).values())
    assert session.get(User, alice_id) is None
    assert rows_about(session, bob.id) == before


def test_an_address_may_be_typed_as_at_sign_in(session: Session, command: Callable[..., Result]) -> None:
    person_id = make_user(session, email="dana@xn--exmple-cua.org").id
    assert command("forget", " Dana@EXÄMPLE.org", "--yes").exit_code == 0
    assert session.get(User, person_id) is None
    assert "nobody has the address" in command("forget", "no address", "--yes").output
