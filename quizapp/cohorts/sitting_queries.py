"""What pages about sittings read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from quizapp.accounts.access import Act, Viewer
from quizapp.accounts.models import Programme, User
from quizapp.cohorts.errors import SittingNotFound
from quizapp.cohorts.models import Cohort, CohortMember
from quizapp.cohorts.queries import is_active_member, own_cohort
from quizapp.cohorts.sitting_models import PreparedForm, Sitting, SittingPerson
from quizapp.core.breaks import is_on_break
from quizapp.core.deadline import Added, is_timed, seconds_left
from quizapp.exams.models import AFTER_WINDOW, MOCK, Attempt, ItemResponse

SHOWN_AFTER_CLOSE = timedelta(days=30)
State = Literal["go_on", "hand_in", "cancelled", "waits", "archived", "start", "done", "missed"]

_earlier = aliased(Attempt)
# A learner's last attempt in a sitting; its number is how many there are.
_is_last_attempt = and_(
    Attempt.sitting_id == Sitting.id,
    Attempt.learner_id == CohortMember.user_id,
    Attempt.sitting_number
    == select(func.max(_earlier.sitting_number))
    .where(_earlier.sitting_id == Sitting.id, _earlier.learner_id == CohortMember.user_id)
    .correlate(Sitting, CohortMember)
    .scalar_subquery(),
)


def _given(*columns: Any) -> Select[Any]:
    """Every pair of a sitting and a present member of its group whom it is for, with the last attempt."""
    return (
        select(*columns)
        .select_from(Sitting)
        .join(CohortMember, and_(CohortMember.cohort_id == Sitting.cohort_id, is_active_member()))
        .outerjoin(
            SittingPerson,
            and_(SittingPerson.sitting_id == Sitting.id, SittingPerson.user_id == CohortMember.user_id),
        )
        .outerjoin(Attempt, _is_last_attempt)
        .where(or_(Sitting.is_for_all, SittingPerson.is_chosen))
    )


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(Sitting.cancelled_at.is_(None), Sitting.opens_at <= now, Sitting.closes_at > now)


# For learners


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAttempt:
    """A learner's latest attempt in a sitting."""

    id: int
    number: int
    submitted_at: datetime | None
    closes_at: datetime
    shows_at: datetime | None  # None: once it is handed in

    def shows_from(self, now: datetime) -> datetime | None:
        """From when its results show, if that is still to come."""
        return self.shows_at if self.shows_at is not None and self.shows_at > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSitting:
    """A sitting as the learner has it whom it is for."""

    sitting: Sitting  # with its cohort, and that with its programme
    time_multiplier: str | None
    added: Added
    attempt: LastAttempt | None

    @property
    def used(self) -> int:
        return self.attempt.number if self.attempt else 0

    @property
    def left(self) -> int:
        """How many attempts can still be started."""
        return self.sitting.attempt_limit - self.used

    def state(self, now: datetime) -> State:
        """What the learner can do here now."""
        if self.attempt is not None and self.attempt.submitted_at is None:
            return "go_on" if now <= self.attempt.closes_at else "hand_in"
        if self.sitting.cancelled_at is not None:
            return "cancelled"
        if now >= self.sitting.closes_at or self.left <= 0:
            return "done" if self.attempt else "missed"
        if self.sitting.cohort.archived_at is not None:
            return "archived"
        return "waits" if now < self.sitting.opens_at else "start"


_OWN = (
    Sitting,
    SittingPerson.time_multiplier,
    SittingPerson.added_minutes,
    SittingPerson.added_percent,
    Attempt.id.label("attempt_id"),
    Attempt.sitting_number,
    Attempt.submitted_at,
    Attempt.closes_at.label("attempt_closes_at"),
    Attempt.feedback,
    Attempt.latest_end_at,
)


def _own(user_id: int) -> Select[Any]:
    return (
        _given(*_OWN)
        .join(Cohort, Cohort.id == Sitting.cohort_id)
        .join(Programme, Programme.id == Cohort.programme_id)
        .options(contains_eager(Sitting.cohort).contains_eager(Cohort.programme))
        .where(CohortMember.user_id == user_id)
    )


def _own_from_row(row: Row[Any]) -> OwnSitting:
    attempt = None
    if row.attempt_id is not None:
        attempt = LastAttempt(
            id=row.attempt_id,
            number=row.sitting_number,
            submitted_at=row.submitted_at,
            closes_at=row.attempt_closes_at,
            shows_at=row.latest_end_at if row.feedback == AFTER_WINDOW else None,
        )
    return OwnSitting(
        sitting=row.Sitting,
        time_multiplier=row.time_multiplier,
        added=Added(
            minutes=row.added_minutes or 0,
            percent=row.added_percent or 0,
            shared_minutes=row.Sitting.added_minutes,
            shared_percent=row.Sitting.added_percent,
        ),
        attempt=attempt,
    )


def own_sittings(session: Session, user_id: int, now: datetime) -> list[OwnSitting]:
    """A learner's sittings: those to come and open, the next to close first, then the latest that are over.

    One that was called off is shown only to who began it.
    """
    wanted = (
        _own(user_id)
        .where(
            Sitting.closes_at > now - SHOWN_AFTER_CLOSE,
            or_(Sitting.cancelled_at.is_(None), Attempt.id.is_not(None)),
        )
        .order_by(Sitting.closes_at, Sitting.id)
    )
    found = [_own_from_row(row) for row in session.execute(wanted)]
    ended = [own for own in found if own.sitting.closes_at <= now]
    return [own for own in found if own.sitting.closes_at > now] + ended[::-1]


def own_sitting(session: Session, user_id: int, sitting_id: int, *, for_starting: bool = False) -> OwnSitting:
    """One of them.

    :param for_starting: whether sitting and group stay as they are until the transaction ends.
    :raises SittingNotFound: when it is not there, or not for this person now.
    """
    wanted = _own(user_id).where(Sitting.id == sitting_id)
    if for_starting:
        wanted = wanted.with_for_update(read=True, of=[Sitting, Cohort])
    row = session.execute(wanted, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise SittingNotFound
    return _own_from_row(row)


# For staff


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting with how many it is for, and how many of them have begun and handed in."""

    sitting: Sitting
    people: int
    begun: int
    done: int


def sittings(session: Session, cohort_id: int) -> list[SittingLine]:
    """A group's sittings, the last to open first."""
    counts = (
        _given(
            Sitting.id,
            func.count().label("people"),
            func.count(Attempt.id).label("begun"),
            func.count(Attempt.submitted_at).label("done"),
        )
        .where(Sitting.cohort_id == cohort_id)
        .group_by(Sitting.id)
        .subquery()
    )
    rows = session.execute(
        select(Sitting, counts.c.people, counts.c.begun, counts.c.done)
        .outerjoin(counts, counts.c.id == Sitting.id)
        .where(Sitting.cohort_id == cohort_id)
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    )
    return [SittingLine(row[0], row[1] or 0, row[2] or 0, row[3] or 0) for row in rows]


def staff_sitting(
    session: Session, viewer: Viewer, cohort_id: int, sitting_id: int, act: Act
) -> tuple[Cohort, Sitting]:
    """A group of the viewer's programme, with one of its sittings.

    :raises CohortNotFound: when there is no such group, or not for this person.
    :raises SittingNotFound: when the group has no such sitting.
    """
    cohort = own_cohort(session, viewer, cohort_id, act)
    sitting = session.get(Sitting, sitting_id)
    if sitting is None or sitting.cohort_id != cohort.id:
        raise SittingNotFound
    return cohort, sitting


def is_begun(session: Session, sitting_id: int) -> bool:
    """Whether anybody has started it, also somebody who has left since."""
    return bool(session.scalar(select(exists().where(Attempt.sitting_id == sitting_id))))


@dataclass(frozen=True, slots=True)
class Name:
    """A member to choose."""

    user_id: int
    name: str


def names(session: Session, cohort_id: int) -> list[Name]:
    """The members of a group, by name."""
    rows = session.execute(
        select(User.id, User.name)
        .join(CohortMember, CohortMember.user_id == User.id)
        .where(CohortMember.cohort_id == cohort_id, is_active_member())
    )
    return sorted((Name(*row) for row in rows), key=lambda each: each.name.casefold())


def chosen(session: Session, sitting_id: int) -> set[int]:
    """Whom a sitting is for, if it is not for all."""
    return set(
        session.scalars(
            select(SittingPerson.user_id).where(
                SittingPerson.sitting_id == sitting_id, SittingPerson.is_chosen
            )
        )
    )


Progress = Literal["not_begun", "running", "over", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """How far one person is in a sitting. It holds no answer and, before its time, no result."""

    user_id: int
    name: str
    time_multiplier: str | None
    added_minutes: int
    added_percent: int
    progress: Progress
    number: int
    item_count: int
    answered: int
    seconds_left: int | None
    break_until: datetime | None  # while a break runs
    submitted_at: datetime | None
    ended_by: str | None
    right: Any
    counted: int


def people(session: Session, sitting: Sitting, now: datetime) -> list[PersonLine]:
    """Everybody whom a sitting is for, by name: one statement."""
    answered = (
        select(func.count())
        .where(ItemResponse.attempt_id == Attempt.id, ItemResponse.answer.is_not(None))
        .correlate(Attempt)
        .scalar_subquery()
    )
    columns = (
        CohortMember.user_id,
        User.name,
        SittingPerson.time_multiplier,
        SittingPerson.added_minutes,
        SittingPerson.added_percent,
        Attempt,
        # Once handed in it stands in the attempt.
        case((Attempt.submitted_at.is_(None), answered), else_=Attempt.answered_count).label("answered"),
    )
    rows = session.execute(
        _given(*columns).join(User, User.id == CohortMember.user_id).where(Sitting.id == sitting.id)
    )
    return sorted((_person_line(row, now) for row in rows), key=lambda line: line.name.casefold())


def _person_line(row: Row[Any], now: datetime) -> PersonLine:
    attempt: Attempt | None = row.Attempt
    may_show = attempt is not None and attempt.submitted_at is not None and not attempt.is_withheld(now)
    return PersonLine(
        user_id=row.user_id,
        name=row.name,
        time_multiplier=row.time_multiplier,
        added_minutes=row.added_minutes or 0,
        added_percent=row.added_percent or 0,
        progress=_progress(attempt, now),
        number=(attempt.sitting_number or 0) if attempt else 0,
        item_count=attempt.item_count if attempt else 0,
        answered=row.answered or 0,
        seconds_left=seconds_left(attempt.timing, now) if attempt and is_timed(attempt.timing) else None,
        break_until=_break_until(attempt, now),
        submitted_at=attempt.submitted_at if attempt else None,
        ended_by=attempt.ended_by if attempt else None,
        right=attempt.raw_score if attempt and may_show else None,
        counted=_counted(attempt) if attempt and may_show else 0,
    )


def _counted(attempt: Attempt) -> int:
    """In a mock every item counts, answered or not."""
    return attempt.item_count if attempt.mode == MOCK else attempt.answered_count or 0


def _break_until(attempt: Attempt | None, now: datetime) -> datetime | None:
    is_paused = attempt is not None and attempt.submitted_at is None
    return attempt.break_until if attempt and is_paused and is_on_break(attempt.break_until, now) else None


def _progress(attempt: Attempt | None, now: datetime) -> Progress:
    if attempt is None:
        return "not_begun"
    if attempt.submitted_at is not None:
        return "done"
    return "running" if now <= attempt.closes_at else "over"


def person_line(session: Session, sitting: Sitting, user_id: int, now: datetime) -> PersonLine:
    """:raises SittingNotFound: when the sitting is not for this person now."""
    found = next((line for line in people(session, sitting, now) if line.user_id == user_id), None)
    if found is None:
        raise SittingNotFound
    return found


@dataclass(frozen=True, slots=True)
class NextSitting:
    """What a member is to do next in a group."""

    id: int
    name: str
    opens_at: datetime
    closes_at: datetime


def next_sittings(session: Session, cohort_id: int, now: datetime) -> Mapping[int, NextSitting]:
    """For each member the first sitting to close that they have not handed in: one statement."""
    is_waiting = and_(
        Sitting.cohort_id == cohort_id,
        Sitting.cancelled_at.is_(None),
        Sitting.closes_at > now,
        Attempt.submitted_at.is_(None),
    )
    columns = (CohortMember.user_id, Sitting.id, Sitting.name, Sitting.opens_at, Sitting.closes_at)
    rows = session.execute(_given(*columns).where(is_waiting).order_by(Sitting.closes_at, Sitting.id))
    found: dict[int, NextSitting] = {}
    for user_id, *rest in rows:
        found.setdefault(user_id, NextSitting(*rest))
    return found


# For the command that tells people


@dataclass(frozen=True, slots=True)
class Announcement:
    """Somebody who is to hear that a sitting is open."""

    sitting_id: int
    user_id: int


def to_announce(session: Session, now: datetime) -> Sequence[Announcement]:
    """Who has not been told yet that a sitting is open for them."""
    rows = session.execute(
        _given(Sitting.id, CohortMember.user_id)
        .join(Cohort, Cohort.id == Sitting.cohort_id)
        .join(User, User.id == CohortMember.user_id)
        .where(
            _is_open(now),
            Cohort.archived_at.is_(None),
            User.disabled_at.is_(None),
            Attempt.id.is_(None),
            SittingPerson.announced_at.is_(None),
        )
        .order_by(Sitting.id, CohortMember.user_id)
    )
    return [Announcement(*row) for row in rows]


# For the command that makes forms ahead


@dataclass(frozen=True, slots=True)
class ToPrepare:
    """Somebody who has not started a sitting, with the form that is ready for them, if there is one."""

    learner_id: int
    state: str | None
    form_id: int | None


def not_begun(session: Session, sitting_id: int, learner_id: int | None = None) -> list[ToPrepare]:
    """Whom a sitting is for and who has not started it: everybody, or one person if it is theirs."""
    wanted = (
        _given(CohortMember.user_id, User.state, PreparedForm.form_id)
        .join(Cohort, Cohort.id == Sitting.cohort_id)
        .join(User, User.id == CohortMember.user_id)
        .outerjoin(
            PreparedForm,
            and_(PreparedForm.sitting_id == Sitting.id, PreparedForm.learner_id == CohortMember.user_id),
        )
        .where(Sitting.id == sitting_id, Attempt.id.is_(None), Cohort.archived_at.is_(None))
        .where(User.disabled_at.is_(None))
        .order_by(CohortMember.user_id)
    )
    if learner_id is not None:
        wanted = wanted.where(CohortMember.user_id == learner_id)
    return [ToPrepare(*row) for row in session.execute(wanted)]
