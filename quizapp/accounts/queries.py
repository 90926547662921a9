"""Reads about people."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from quizapp.accounts.access import LEARNER, Act, Learners, Viewer, can, within_reach
from quizapp.accounts.models import Membership, Programme, User
from quizapp.errors import NotFound
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


def own_programme(session: Session, viewer: Viewer, programme_id: int, act: Act) -> Programme:
    """:raises NotFound: when it is not there, or this person may not do this with its learners."""
    programme = session.get(Programme, programme_id) if can(viewer, act, Learners(programme_id)) else None
    if programme is None:
        raise NotFound
    return programme


def own_programmes(session: Session, viewer: Viewer, act: Act) -> Sequence[Programme]:
    """The programmes with whose learners this person may do this, by name."""
    ids = within_reach(viewer, act)
    wanted = true() if ids is None else Programme.id.in_(ids)
    return session.scalars(select(Programme).where(wanted).order_by(Programme.name)).all()


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One line of a programme's staff."""

    user_id: int
    name: str
    email: str
    role: str


def staff(session: Session, programme_id: int) -> list[StaffMember]:
    """The staff of a programme by name."""
    rows = session.execute(
        select(User.id, User.name, User.email, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.programme_id == programme_id, Membership.role != LEARNER)
        .order_by(User.name, User.email)
    )
    return [StaffMember(*row) for row in rows]


def staff_member(session: Session, programme_id: int, user_id: int) -> StaffMember:
    """:raises NotFound: when this person is not of the programme's staff."""
    found = next((each for each in staff(session, programme_id) if each.user_id == user_id), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """A programme with the number of people in each role."""

    name: str
    time_zone: str
    roles: dict[str, int]


def all_programmes(session: Session) -> list[ProgrammeLine]:
    """Every programme by name."""
    rows = session.execute(
        select(
            Programme.name, Programme.time_zone, Membership.role, func.count(Membership.id).label("people")
        )
        .outerjoin(Membership, Membership.programme_id == Programme.id)
        .group_by(Programme.name, Programme.time_zone, Membership.role)
        .order_by(Programme.name, Membership.role)
    )
    lines: dict[str, ProgrammeLine] = {}
    for row in rows:
        line = lines.setdefault(row.name, ProgrammeLine(row.name, row.time_zone, {}))
        if row.role:
            line.roles[row.role] = row.people
    return list(lines.values())
