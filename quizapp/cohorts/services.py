"""Changes to groups: making them, inviting, joining and leaving."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.accounts.services import join_as_learner, leave_as_learner
from quizapp.accounts.tokens import INVITATION_LIFE
from quizapp.cohorts import codes
from quizapp.cohorts.errors import CohortClosed, CohortNotFound, InvitationDead
from quizapp.cohorts.models import Cohort, CohortInvitation, CohortMember
from quizapp.cohorts.queries import cohort_of_code, cohort_of_invitation, is_active_member
from quizapp.db import insert_for


def create_cohort(
    session: Session, programme_id: int, *, name: str, starts_on: date, ends_on: date, now: datetime
) -> Cohort | None:
    """A new group with a code to join it; None when the programme has one of that name."""
    cohort = Cohort(
        programme_id=programme_id, name=name, starts_on=starts_on, ends_on=ends_on, created_at=now
    )
    replace_code(cohort, now=now)
    try:
        with session.begin_nested():
            session.add(cohort)
    except IntegrityError:
        return None
    return cohort


def update_cohort(session: Session, cohort: Cohort, *, name: str, starts_on: date, ends_on: date) -> bool:
    """Store name and dates; False when the programme has another group of that name."""
    try:
        with session.begin_nested():
            cohort.name, cohort.starts_on, cohort.ends_on = name, starts_on, ends_on
    except IntegrityError:
        return False
    return True


def replace_code(cohort: Cohort, *, now: datetime) -> None:
    """Give a group a new code; the one before ends."""
    cohort.join_code, cohort.join_code_expires_at = codes.new_code(), now + codes.LIFE


def archive(cohort: Cohort, *, now: datetime) -> None:
    """Close a group: nobody joins it any more, and it moves out of the way."""
    cohort.archived_at = cohort.archived_at or now


def unarchive(cohort: Cohort) -> None:
    """Open a group again."""
    cohort.archived_at = None


# Joining and leaving


def join_by_code(session: Session, code: str, user_id: int, *, now: datetime) -> tuple[Cohort, bool]:
    """The group, and whether the person is new in it.

    :raises CodeUnknown: when there is no such code now.
    :raises CohortClosed: when the group is archived.
    """
    _one_at_a_time(session, user_id)
    cohort = cohort_of_code(session, code, now, for_joining=True)
    return cohort, _enter(session, cohort, user_id, now)


def join_by_invitation(
    session: Session, invitation_id: int | None, user_id: int, *, now: datetime
) -> tuple[Cohort, bool]:
    """The group, and whether the person is new in it.

    :raises InvitationDead: when it was withdrawn, or somebody else has used it.
    :raises CohortClosed: when the group is archived.
    """
    _one_at_a_time(session, user_id)
    cohort, invitation = cohort_of_invitation(session, invitation_id, for_joining=True)
    used = (
        update(CohortInvitation)
        .where(
            CohortInvitation.id == invitation.id,
            CohortInvitation.withdrawn_at.is_(None),
            or_(CohortInvitation.user_id.is_(None), CohortInvitation.user_id == user_id),
        )
        .values(joined_at=func.coalesce(CohortInvitation.joined_at, now), user_id=user_id)
        .returning(CohortInvitation.id)
    )
    if session.scalar(used) is None:
        raise InvitationDead
    return cohort, _enter(session, cohort, user_id, now)


def _one_at_a_time(session: Session, user_id: int) -> None:
    """Let one person's joining and leaving wait for each other, and nothing else wait for them."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _enter(session: Session, cohort: Cohort, user_id: int, now: datetime) -> bool:
    join_as_learner(session, cohort.programme_id, user_id, now=now)
    values = {"cohort_id": cohort.id, "user_id": user_id, "joined_at": now, "left_at": None}
    statement = insert_for(session.connection().dialect.name, CohortMember).values(values)
    entered = statement.on_conflict_do_update(
        index_elements=[CohortMember.cohort_id, CohortMember.user_id],
        set_={"joined_at": now, "left_at": None},
        where=CohortMember.left_at.is_not(None),
    )
    return session.scalar(entered.returning(CohortMember.id)) is not None


def leave(session: Session, cohort: Cohort, user_id: int, *, now: datetime) -> None:
    """End a person's being in a group, by their own wish or by that of its staff.

    Staff then see nothing of them: the invitation that they used goes, and with the programme's last group
    their being its learner ends.

    :raises CohortNotFound: when they are not in it now.
    """
    _one_at_a_time(session, user_id)
    left = (
        update(CohortMember)
        .where(CohortMember.cohort_id == cohort.id, CohortMember.user_id == user_id, is_active_member())
        .values(left_at=now)
    )
    if session.scalar(left.returning(CohortMember.id)) is None:
        raise CohortNotFound
    session.execute(
        delete(CohortInvitation).where(
            CohortInvitation.cohort_id == cohort.id, CohortInvitation.user_id == user_id
        )
    )
    in_another = exists().where(
        CohortMember.cohort_id == Cohort.id,
        Cohort.programme_id == cohort.programme_id,
        CohortMember.user_id == user_id,
        is_active_member(),
    )
    if not session.scalar(select(in_another)):
        leave_as_learner(session, cohort.programme_id, user_id)


# Invitations


def invite(
    session: Session, cohort: Cohort, emails: Sequence[str], *, now: datetime
) -> Sequence[CohortInvitation]:
    """Invite canonical addresses; the invitations to be mailed now. One that waits or was used is let be.

    :raises CohortClosed: when the group is archived.
    """
    if cohort.archived_at:
        raise CohortClosed
    new = {"cohort_id": cohort.id, "sent_at": now}
    statement = insert_for(session.connection().dialect.name, CohortInvitation)
    has_run_out = CohortInvitation.joined_at.is_(None) & (CohortInvitation.sent_at <= now - INVITATION_LIFE)
    sent = session.scalars(
        statement.values([new | {"email": email} for email in sorted(emails)])
        .on_conflict_do_update(
            index_elements=[CohortInvitation.cohort_id, CohortInvitation.email],
            set_={"sent_at": now, "withdrawn_at": None},
            where=CohortInvitation.withdrawn_at.is_not(None) | has_run_out,
        )
        .returning(CohortInvitation.id)
    ).all()
    wanted = select(CohortInvitation).where(CohortInvitation.id.in_(sent)).order_by(CohortInvitation.email)
    return session.scalars(wanted, execution_options={"populate_existing": True}).all()


def resend(session: Session, cohort: Cohort, invitation_id: int, *, now: datetime) -> CohortInvitation:
    """Send an invitation once more, also one that was withdrawn.

    :raises CohortClosed: when the group is archived.
    :raises CohortNotFound: when it is not there, or was used.
    """
    if cohort.archived_at:
        raise CohortClosed
    return _change(session, cohort, invitation_id, sent_at=now, withdrawn_at=None)


def withdraw(session: Session, cohort: Cohort, invitation_id: int, *, now: datetime) -> CohortInvitation:
    """Let an invitation end. :raises CohortNotFound: when it is not there, or was used."""
    return _change(session, cohort, invitation_id, withdrawn_at=now)


def _change(
    session: Session, cohort: Cohort, invitation_id: int, **values: datetime | None
) -> CohortInvitation:
    changed = (
        update(CohortInvitation)
        .where(
            CohortInvitation.id == invitation_id,
            CohortInvitation.cohort_id == cohort.id,
            CohortInvitation.joined_at.is_(None),
        )
        .values(values)
        .returning(CohortInvitation)
    )
    found = session.scalars(changed, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise CohortNotFound
    return found
