"""`quizapp sittings announce`."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.accounts.services import disable
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.services import archive, leave
from quizapp.cohorts.sitting_queries import to_announce
from quizapp.cohorts.sitting_services import cancel_sitting, mark_announced
from tests.factories import NOW, make_member, make_sitting, make_user

pytestmark = pytest.mark.usefixtures("content", "now")
Command = Callable[..., Result]
Outbox = Callable[[], list[EmailMessage]]


@pytest.fixture
def group(session: Session, cohort: Cohort, alice: User) -> Cohort:
    make_member(session, cohort, alice)
    return cohort


def test_everybody_is_told_once(
    command: Command, session: Session, group: Cohort, alice: User, outbox: Outbox
) -> None:
    alice.time_zone = "America/Los_Angeles"
    sitting = make_sitting(session, group)
    assert command("sittings", "announce").output == "1 told\n"
    assert command("sittings", "announce").output == "0 told\n"
    [mail] = outbox()
    assert mail["To"] == alice.email
    assert mail["Subject"] == "Now open: Mock exam in week 6"
    text = mail.get_content()
    assert f"http://127.0.0.1:8000/sittings/{sitting.id}" in text.split()
    assert "until Wed 4 March, 07:00 PST" in text
    dana = make_user(session, "Dana")
    make_member(session, group, dana)
    command("sittings", "announce")
    assert outbox()[-1]["To"] == dana.email, "who joins later hears of it, too"
    assert len(outbox()) == 2


@pytest.mark.parametrize("reason", ["later", "over", "cancelled", "archived", "left", "disabled", "others"])
def test_nobody_is_told_without_reason(
    command: Command, session: Session, group: Cohort, alice: User, outbox: Outbox, reason: str
) -> None:
    hour = timedelta(hours=1)
    window = {
        "later": {"opens_at": NOW + hour},
        "over": {"opens_at": NOW - 2 * hour, "closes_at": NOW},
    }.get(reason, {})
    people = [make_user(session, "Dana")] if reason == "others" else None
    sitting = make_sitting(session, group, people, **window)
    if reason == "cancelled":
        cancel_sitting(session, sitting, now=NOW)
    elif reason == "archived":
        archive(group, now=NOW)
    elif reason == "left":
        leave(session, group, alice.id, now=NOW)
    elif reason == "disabled":
        disable(session, alice.id, now=NOW)
    assert command("sittings", "announce").output == "0 told\n"
    assert outbox() == []


def test_of_two_hosts_one_tells(app: Flask, session: Session, group: Cohort) -> None:
    """Both have read who is to be told before one of them marks them."""
    make_sitting(session, group)
    seen = to_announce(session, NOW)
    assert len(mark_announced(session, seen, now=NOW)) == 1
    session.commit()
    assert mark_announced(session, seen, now=NOW) == []
    assert mark_announced(session, [], now=NOW) == []


def test_whole_group_is_told_in_few_statements(
    command: Command, session: Session, group: Cohort, statements: list[str], outbox: Outbox
) -> None:
    for number in range(100):
        make_member(session, group, make_user(session, f"Person {number}"))
    make_sitting(session, group)
    session.commit()
    statements.clear()
    assert command("sittings", "announce").output == "101 told\n"
    assert len(statements) <= 5
    assert len(outbox()) == 101
