"""Rows with working defaults. Each is flushed, so that it has its id; the client commits before a request."""

import itertools
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from quizapp.accounts import passwords
from quizapp.accounts.models import Membership, Programme, User

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
PASSWORD = "a calm river walk"
PASSWORD_HASH = passwords.CHEAP.hash(PASSWORD)

Row = TypeVar("Row")

_numbers = itertools.count(1)


def make_user(session: Session, name: str = "Alex", **columns: Any) -> User:
    """A verified person whose password is PASSWORD."""
    defaults: dict[str, Any] = {
        "email": f"{name.lower()}-{next(_numbers)}@example.org",
        "password_hash": PASSWORD_HASH,
        "time_zone": "America/New_York",
        "verified_at": NOW,
        "created_at": NOW,
    }
    return _add(session, User(name=name, **(defaults | columns)))


def make_programme(session: Session, name: str | None = None, **columns: Any) -> Programme:
    defaults: dict[str, Any] = {"time_zone": "America/New_York", "created_at": NOW}
    return _add(session, Programme(name=name or f"Programme {next(_numbers)}", **(defaults | columns)))


def make_membership(session: Session, programme: Programme, user: User, role: str = "learner") -> Membership:
    return _add(session, Membership(programme_id=programme.id, user_id=user.id, role=role, joined_at=NOW))


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
