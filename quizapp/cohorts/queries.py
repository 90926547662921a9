"""What pages about groups read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from quizapp.accounts.access import Act, Learners, Viewer, can
from quizapp.accounts.models import Programme, User
from quizapp.accounts.queries import own_programmes
from quizapp.cohorts.errors import CodeUnknown, CohortClosed, CohortNotFound, InvitationDead
from quizapp.cohorts.models import Cohort, CohortInvitation, CohortMember
from quizapp.exams.models import MOCK, Attempt

# When each of these learners last scored an answer, and the milliseconds of all of them.
ReadActivity = Callable[[Session, Sequence[int]], Mapping[int, tuple[datetime, int]]]
_WITH_PROGRAMME = select(Cohort).options(joinedload(Cohort.programme))


def is_active_member() -> ColumnElement[bool]:
    """The condition for being in a group now."""
    return CohortMember.left_at.is_(None)


# For staff


def own_cohort(session: Session, viewer: Viewer, cohort_id: int, act: Act) -> Cohort:
    """A group with its programme.

    :raises CohortNotFound: when it is not there, or this person may not do this with its learners.
    """
    cohort = session.scalars(_WITH_PROGRAMME.where(Cohort.id == cohort_id)).one_or_none()
    if cohort is None or not can(viewer, act, Learners(cohort.programme_id)):
        raise CohortNotFound
    return cohort


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A group with the number of people in it."""

    cohort: Cohort
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeCohorts:
    """A programme with its groups; the latest start comes first."""

    programme: Programme
    current: Sequence[CohortLine]
    archived: Sequence[CohortLine]


def cohorts_of_programmes(session: Session, viewer: Viewer) -> list[ProgrammeCohorts]:
    """Every programme whose learners this person may see, in two statements."""
    programmes = own_programmes(session, viewer, "view")
    rows = session.execute(
        select(Cohort, func.count(CohortMember.id))
        .outerjoin(CohortMember, and_(CohortMember.cohort_id == Cohort.id, is_active_member()))
        .where(Cohort.programme_id.in_([programme.id for programme in programmes]))
        .group_by(Cohort.id)
        .order_by(Cohort.starts_on.desc(), Cohort.name)
    ).all()
    return [
        ProgrammeCohorts(
            programme=programme,
            current=[
                CohortLine(*row) for row in rows if _is_of(row[0], programme) and not row[0].archived_at
            ],
            archived=[CohortLine(*row) for row in rows if _is_of(row[0], programme) and row[0].archived_at],
        )
        for programme in programmes
    ]


def _is_of(cohort: Cohort, programme: Programme) -> bool:
    return cohort.programme_id == programme.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One line of the members of a group."""

    user_id: int
    name: str
    joined_at: datetime
    last_active_at: datetime | None
    finished: int
    milliseconds: int

    @property
    def hours(self) -> float:
        return self.milliseconds / 3_600_000


def members(session: Session, cohort_id: int, activity: ReadActivity) -> list[Member]:
    """Who is in a group now, by name: two statements, whose cost is the size of the group."""
    rows = session.execute(_members(cohort_id)).all()
    scored = activity(session, [row.id for row in rows])
    found = []
    for row in rows:
        last_at, milliseconds = scored.get(row.id, (None, 0))
        found.append(
            Member(
                user_id=row.id,
                name=row.name,
                joined_at=row.joined_at,
                last_active_at=max(filter(None, (last_at, row.last_start)), default=None),
                finished=row.finished or 0,
                milliseconds=milliseconds,
            )
        )
    return sorted(found, key=lambda member: member.name.casefold())


def _members(cohort_id: int) -> Select[int, str, datetime, Any, Any]:
    in_group = CohortMember.cohort_id == cohort_id, is_active_member()
    # A set that was ended without an answer is none; a mock that was handed in empty is one.
    is_finished = and_(
        Attempt.submitted_at.is_not(None), (Attempt.mode == MOCK) | (Attempt.answered_count > 0)
    )
    attempts = (
        select(
            Attempt.learner_id,
            func.count().filter(is_finished).label("finished"),
            func.max(Attempt.started_at).label("last_start"),
        )
        .where(Attempt.learner_id.in_(select(CohortMember.user_id).where(*in_group)))
        .group_by(Attempt.learner_id)
        .subquery()
    )
    return (
        select(User.id, User.name, CohortMember.joined_at, attempts.c.finished, attempts.c.last_start)
        .join(CohortMember, CohortMember.user_id == User.id)
        .outerjoin(attempts, attempts.c.learner_id == User.id)
        .where(*in_group)
    )


def member_name(session: Session, cohort_id: int, user_id: int) -> str:
    """:raises CohortNotFound: when this person is not in the group now."""
    name = session.scalar(
        select(User.name)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(CohortMember.cohort_id == cohort_id, CohortMember.user_id == user_id, is_active_member())
    )
    if name is None:
        raise CohortNotFound
    return name


def invitations(session: Session, cohort_id: int) -> Sequence[CohortInvitation]:
    """Everybody who was invited to a group, by address."""
    return session.scalars(
        select(CohortInvitation)
        .where(CohortInvitation.cohort_id == cohort_id)
        .order_by(CohortInvitation.email)
    ).all()


# For learners


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A group that a learner is in, with its programme."""

    cohort: Cohort
    joined_at: datetime


def own_groups(session: Session, user_id: int) -> list[OwnGroup]:
    """The groups that a learner is in, the last joined first."""
    rows = session.execute(
        select(Cohort, CohortMember.joined_at)
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .options(joinedload(Cohort.programme))
        .where(CohortMember.user_id == user_id, is_active_member())
        .order_by(CohortMember.joined_at.desc(), Cohort.name)
    )
    return [OwnGroup(*row) for row in rows]


def own_group(session: Session, user_id: int, cohort_id: int) -> OwnGroup:
    """:raises CohortNotFound: when this person is not in the group now."""
    found = next((group for group in own_groups(session, user_id) if group.cohort.id == cohort_id), None)
    if found is None:
        raise CohortNotFound
    return found


def is_in(session: Session, cohort_id: int, user_id: int) -> bool:
    """Whether this person is in the group now."""
    return any(group.cohort.id == cohort_id for group in own_groups(session, user_id))


def cohort_of_code(session: Session, code: str, now: datetime, *, for_joining: bool = False) -> Cohort:
    """The group that a code, in its stored form, lets people into.

    :param for_joining: whether the group stays as it is until the transaction ends.
    :raises CodeUnknown: when there is no such code now.
    :raises CohortClosed: when the group is archived.
    """
    wanted = _WITH_PROGRAMME.where(Cohort.join_code == code, Cohort.join_code_expires_at > now)
    return _open(session, wanted, for_joining=for_joining, otherwise=CodeUnknown)


def cohort_of_invitation(
    session: Session, invitation_id: int | None, *, for_joining: bool = False
) -> tuple[Cohort, CohortInvitation]:
    """The group that an invitation lets one person into; perhaps it is used already.

    :raises InvitationDead: when there is no such invitation now.
    :raises CohortClosed: when the group is archived.
    """
    invitation = session.get(CohortInvitation, invitation_id) if invitation_id is not None else None
    if invitation is None or invitation.withdrawn_at:
        raise InvitationDead
    wanted = _WITH_PROGRAMME.where(Cohort.id == invitation.cohort_id)
    return _open(session, wanted, for_joining=for_joining, otherwise=InvitationDead), invitation


def _open(
    session: Session,
    wanted: Select[Cohort],
    *,
    for_joining: bool,
    otherwise: type[CodeUnknown | InvitationDead],
) -> Cohort:
    if for_joining:  # many may join at one moment, but nobody archives it or replaces its code meanwhile
        wanted = wanted.with_for_update(read=True, of=Cohort)
    cohort = session.scalars(wanted).one_or_none()
    if cohort is None:
        raise otherwise
    if cohort.archived_at:
        raise CohortClosed
    return cohort
