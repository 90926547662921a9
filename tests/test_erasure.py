"""Forgetting a person."""

from collections.abc import Callable
from datetime import datetime

from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Programme, User
from quizapp.accounts.tokens import make_invitation_token
from quizapp.cohorts.added_time import Amount, add_time
from quizapp.cohorts.models import CohortInvitation
from quizapp.cohorts.services import invite
from quizapp.cohorts.sitting_services import set_time
from quizapp.concerns.models import Concern
from quizapp.db import Base
from tests.conftest import SETTINGS
from tests.factories import NOW, make_cohort, make_sitting, make_user


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
    programme: Programme,
    alice: User,
    bob: User,
    sign_in: Callable[[FlaskClient, User], None],
    command: Callable[..., Result],
    now: datetime,
) -> None:
    cohort = make_cohort(session, programme)
    sitting = make_sitting(session, cohort)
    for person in (alice, bob):
        sign_in(client, person)
        (invitation,) = invite(session, cohort, [person.email], now=now)
        client.post(f"/invitations/{make_invitation_token(SETTINGS['secret_key'], invitation.id)}")
        client.post("/mocks/house_readiness/start", data={"time_multiplier": "1"})
        attempt = client.get("/mocks").text.split("/attempts/")[1].split('"')[0]
        client.post(f"/attempts/{attempt}/1", data={"choice": "1", "base": "0", "to": "next"})
        client.post(f"/attempts/{attempt}/hand-in")
        client.post(f"/attempts/{attempt}/1/report", data={"kind": "wrong", "words": "Look at B."})
        set_time(session, sitting, person.id, "2", 10)
        add_time(session, sitting, Amount(user_id=person.id, minutes=5), moves_end=False, now=now)
    assert command("attempts", "prepare", str(sitting.id)).stdout.startswith("2 made")
    before = rows_about(session, bob.id)
    assert all(rows_about(session, alice.id).values())
    alice_id, address = alice.id, alice.email

    result = command("forget", address, "--yes")

    assert result.exit_code == 0, result.output
    assert not any(rows_about(session, alice_id).values())
    assert session.get(User, alice_id) is None
    assert rows_about(session, bob.id) == before
    # What is said of the item stays, and tells no longer who said it.
    said = session.scalars(select(Concern).where(Concern.learner_id.is_(None))).one()
    assert (said.kind, said.words) == ("wrong", "Look at B.")


def test_an_address_may_be_typed_as_at_sign_in(session: Session, command: Callable[..., Result]) -> None:
    person_id = make_user(session, email="dana@xn--exmple-cua.org").id
    assert command("forget", " Dana@EXÄMPLE.org", "--yes").exit_code == 0
    assert session.get(User, person_id) is None
    assert "nobody has the address" in command("forget", "no address", "--yes").output


def test_an_address_without_account_is_taken_off_the_invitations(
    session: Session, programme: Programme, command: Callable[..., Result]
) -> None:
    cohort = make_cohort(session, programme)
    invite(session, cohort, ["dana@example.org", "eve@example.org"], now=NOW)
    assert "invitations to Dana@example.org are gone" in command("forget", "Dana@example.org", "--yes").output
    assert session.scalars(select(CohortInvitation.email)).all() == ["eve@example.org"]
    assert command("forget", "dana@example.org", "--yes").exit_code == 1
