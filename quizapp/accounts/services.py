"""Changes to people. Passwords arrive hashed: hashing is slow, and no transaction should wait for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.accounts import tokens
from quizapp.accounts.access import LEARNER, MANAGER_ROLES, ROLES, STAFF_ROLES
from quizapp.accounts.errors import LinkDead, NoManagerLeft, OwnAccount
from quizapp.accounts.models import Membership, Programme, User
from quizapp.db import insert_for
from quizapp.errors import NotFound


def register(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    time_zone: str,
    now: datetime,
    is_verified: bool = False,
    is_admin: bool = False,
) -> User | None:
    """A new person; None when the address is taken. The unique constraint decides, between two clicks too."""
    user = User(
        email=email,
        name=name,
        password_hash=password_hash,
        time_zone=time_zone,
        created_at=now,
        verified_at=now if is_verified else None,
        is_admin=is_admin,
    )
    return user if _insert(session, user) else None


def _insert(session: Session, row: User | Programme) -> bool:
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def note_sign_in(session: Session, user_id: int, *, now: datetime) -> None:
    """Remember when a person signed in."""
    session.execute(update(User).where(User.id == user_id).values(last_login_at=now))


def strengthen_hash(session: Session, user_id: int, old_hash: str, new_hash: str) -> None:
    """Store the same password hashed by today's profile, unless another was chosen meanwhile."""
    unchanged = (User.id == user_id, User.password_hash == old_hash)
    session.execute(update(User).where(*unchanged).values(password_hash=new_hash))


def change_password(
    session: Session, user_id: int, old_hash: str, new_hash: str, *, now: datetime | None = None
) -> int:
    """The new session version: every session of an older one has ended.

    :param now: given when the change proves that the person reads the mailbox.
    :raises LinkDead: when the password was changed meanwhile.
    """
    values: dict[str, Any] = {"password_hash": new_hash, "session_version": User.session_version + 1}
    if now:
        values["verified_at"] = func.coalesce(User.verified_at, now)
    statement = update(User).where(User.id == user_id, User.password_hash == old_hash).values(values)
    version: int | None = session.scalar(statement.returning(User.session_version))
    if version is None:
        raise LinkDead
    return version


def load_for_reset(session: Session, link: tuple[int, str] | None) -> User:
    """The person whom a reset link belongs to.

    :raises LinkDead: when the link is forged, too old or used, or the account is disabled.
    """
    user = session.get(User, link[0]) if link else None
    if link is None or user is None or user.disabled_at or not tokens.fits(link[1], user.password_hash):
        raise LinkDead
    return user


def verify(session: Session, link: tuple[int, str] | None, *, now: datetime) -> None:
    """Note that a person reads the mail of their address.

    :raises LinkDead: when the link is forged or too old, or the address has changed.
    """
    user = session.get(User, link[0]) if link else None
    if link is None or user is None or user.email != link[1]:
        raise LinkDead
    user.verified_at = user.verified_at or now


def sign_out_everywhere(session: Session, user_id: int) -> None:
    """End every session of this person."""
    _update(session, user_id, session_version=User.session_version + 1)


def update_settings(session: Session, user_id: int, values: Mapping[str, Any]) -> None:
    """Store what a person chose on the account page."""
    _update(session, user_id, **values)


def set_password(session: Session, user_id: int, password_hash: str) -> None:
    """Replace a password without knowing the old one: for operators."""
    _update(session, user_id, password_hash=password_hash, session_version=User.session_version + 1)


def disable(session: Session, user_id: int, *, now: datetime, by: int | None = None) -> None:
    """Shut a person out at once. Nothing of theirs is removed.

    :raises OwnAccount: when somebody would shut themselves out.
    """
    if user_id == by:
        raise OwnAccount
    _update(session, user_id, disabled_at=now, session_version=User.session_version + 1)


def enable(session: Session, user_id: int) -> None:
    """Let a person in again."""
    _update(session, user_id, disabled_at=None)


def _update(session: Session, user_id: int, **values: Any) -> None:
    statement = update(User).where(User.id == user_id).values(values).returning(User.id)
    if session.scalar(statement) is None:
        raise NotFound


def create_programme(session: Session, *, name: str, time_zone: str, now: datetime) -> Programme | None:
    """A new programme; None when the name is taken."""
    programme = Programme(name=name, time_zone=time_zone, created_at=now)
    return programme if _insert(session, programme) else None


def join(session: Session, programme_id: int, user_id: int, role: str, *, now: datetime) -> Membership:
    """Make a person a member of a programme."""
    if role not in ROLES:
        raise ValueError(f"there is no role {role}")
    membership = Membership(programme_id=programme_id, user_id=user_id, role=role, joined_at=now)
    session.add(membership)
    session.flush()
    return membership


def update_programme(session: Session, programme: Programme, *, name: str, time_zone: str) -> bool:
    """Store its name and zone; False when another programme has that name."""
    try:
        with session.begin_nested():
            programme.name, programme.time_zone = name, time_zone
    except IntegrityError:
        return False
    return True


def set_staff_role(session: Session, programme_id: int, user_id: int, role: str, *, now: datetime) -> None:
    """Make a person staff of a programme, or change what they are there.

    :raises NoManagerLeft: when nobody could manage the programme afterwards.
    """
    if role not in STAFF_ROLES:
        raise ValueError(f"there is no role {role} for staff")
    if role not in MANAGER_ROLES:
        _keep_a_manager(session, programme_id, user_id)
    values = {"programme_id": programme_id, "user_id": user_id, "role": role, "joined_at": now}
    statement = insert_for(session.connection().dialect.name, Membership).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Membership.programme_id, Membership.user_id], set_={"role": role}
        )
    )


def remove_staff(session: Session, programme_id: int, user_id: int) -> None:
    """Take a person off the staff of a programme.

    :raises NoManagerLeft: when nobody could manage the programme afterwards.
    :raises NotFound: when they are not of its staff.
    """
    _keep_a_manager(session, programme_id, user_id)
    removed = delete(Membership).where(
        Membership.programme_id == programme_id, Membership.user_id == user_id, Membership.role != LEARNER
    )
    if session.scalar(removed.returning(Membership.id)) is None:
        raise NotFound


def _keep_a_manager(session: Session, programme_id: int, user_id: int) -> None:
    """See that a programme which has managers has one beside this person."""
    # Two managers who leave at one moment wait here for each other (on SQLite, at their first statement).
    session.execute(select(Programme.id).where(Programme.id == programme_id).with_for_update())
    managers = session.scalars(
        select(Membership.user_id).where(
            Membership.programme_id == programme_id, Membership.role.in_(MANAGER_ROLES)
        )
    ).all()
    if list(managers) == [user_id]:
        raise NoManagerLeft


def join_as_learner(session: Session, programme_id: int, user_id: int, *, now: datetime) -> None:
    """Make a person a learner of a programme, unless they have a role there."""
    values = {"programme_id": programme_id, "user_id": user_id, "role": LEARNER, "joined_at": now}
    statement = insert_for(session.connection().dialect.name, Membership).values(values)
    session.execute(statement.on_conflict_do_nothing())


def leave_as_learner(session: Session, programme_id: int, user_id: int) -> None:
    """End being a learner of a programme; whoever is staff there stays it."""
    session.execute(
        delete(Membership).where(
            Membership.programme_id == programme_id, Membership.user_id == user_id, Membership.role == LEARNER
        )
    )
