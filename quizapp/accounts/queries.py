"""Reads about people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from quizapp.accounts.models import Membership, Programme, User
from quizapp.pagination import Page

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What is needed to check a password."""

    user_id: int
    password_hash: str
    session_version: int
    is_active: bool
    is_verified: bool


def credentials_of(session: Session, email: str) -> Credentials | None:
    """The credentials behind a canonical address."""
    return _credentials(session, User.email == email)


def own_credentials(session: Session, user_id: int) -> Credentials | None:
    return _credentials(session, User.id == user_id)


def _credentials(session: Session, wanted: ColumnElement[bool]) -> Credentials | None:
    columns = (User.id, User.password_hash, User.session_version, User.disabled_at, User.verified_at)
    row = session.execute(select(*columns).where(wanted)).one_or_none()
    if row is None:
        return None
    return Credentials(
        user_id=row.id,
        password_hash=row.password_hash,
        session_version=row.session_version,
        is_active=row.disabled_at is None,
        is_verified=row.verified_at is not None,
    )


def find_user(session: Session, email: str | None) -> User | None:
    """The person with this canonical address."""
    return session.scalars(select(User).where(User.email == email)).one_or_none()


def find_programme(session: Session, name: str) -> Programme | None:
    return session.scalars(select(Programme).where(Programme.name == name)).one_or_none()


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the admin's list."""

    id: int
    email: str
    name: str
    is_admin: bool
    disabled_at: datetime | None
    verified_at: datetime | None
    created_at: datetime
    last_login_at: datetime | None
    roles: Sequence[tuple[str, str]]
    """Names of programmes, with the role there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One page of people, and how many there are in all."""

    people: Sequence[Person]
    total: int
    page: Page


def list_people(session: Session, search: str, asked: str | None) -> People:
    """A page of people by address, in three statements whatever the number of people."""
    total = session.scalar(select(func.count()).select_from(User).where(_matching(search))) or 0
    page = Page.of(asked, total, PAGE_SIZE)
    people = _people(session, search, limit=PAGE_SIZE, offset=page.offset)
    return People(people=people, total=total, page=page)


def all_people(session: Session) -> Sequence[Person]:
    return _people(session, "", limit=None, offset=0)


def _people(session: Session, search: str, *, limit: int | None, offset: int) -> Sequence[Person]:
    statement = select(User).where(_matching(search)).order_by(User.email).limit(limit).offset(offset)
    users = session.scalars(statement).all()
    roles = _roles_of(session, [user.id for user in users])
    return [
        Person(
            id=user.id,
            email=user.email,
            name=user.name,
            is_admin=user.is_admin,
            disabled_at=user.disabled_at,
            verified_at=user.verified_at,
            created_at=user.created_at,
            last_login_at=user.last_login_at,
            roles=roles[user.id],
        )
        for user in users
    ]


def _matching(search: str) -> ColumnElement[bool]:
    if not search:
        return true()
    return or_(User.email.icontains(search, autoescape=True), User.name.icontains(search, autoescape=True))


def _roles_of(session: Session, user_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    statement = (
        select(Membership.user_id, Programme.name, Membership.role)
        .join(Programme, Programme.id == Membership.programme_id)
        .where(Membership.user_id.in_(user_ids))
        .order_by(Programme.name)
    )
    for user_id, name, role in session.execute(statement):
        found[user_id].append((name, role))
    return found
