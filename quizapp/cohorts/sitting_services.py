"""Changes to sittings: giving, changing and calling them off, starting an attempt, telling people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from quizapp.accounts.access import Viewer
from quizapp.accounts.models import User
from quizapp.cohorts.errors import OtherMockOpen, SittingFixed, SittingNotOpen
from quizapp.cohorts.models import Cohort
from quizapp.cohorts.preparing import take
from quizapp.cohorts.sitting_models import MOST_ATTEMPTS, Sitting, SittingPerson, TimeAdded
from quizapp.cohorts.sitting_queries import Announcement, OwnSitting, is_begun, own_sitting
from quizapp.core.deadline import Added
from quizapp.db import insert_for
from quizapp.exams import retiming
from quizapp.exams.models import MOCK
from quizapp.exams.starting import PracticeFocus, insert_mock, insert_practice, open_mock
from quizapp.exams.terms import SittingTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What staff say about a sitting; `people` are the ids of those it is for, None is the whole group."""

    name: str
    mode: str
    blueprint_id: str | None
    focus: dict[str, Any] | None
    size: int | None
    opens_at: datetime
    closes_at: datetime
    attempt_limit: int
    feedback: str
    people: Collection[int] | None

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "mode": self.mode,
            "blueprint_id": self.blueprint_id,
            "focus": self.focus,
            "size": self.size,
            "opens_at": self.opens_at,
            "closes_at": self.closes_at,
            "attempt_limit": self.attempt_limit,
            "feedback": self.feedback,
            "is_for_all": self.people is None,
        }


def create_sitting(session: Session, cohort: Cohort, plan: Plan, *, now: datetime) -> Sitting:
    """Give a group a sitting."""
    sitting = Sitting(cohort_id=cohort.id, created_at=now, **plan.columns)
    session.add(sitting)
    session.flush()
    _choose(session, sitting.id, plan.people or ())
    return sitting


def change_sitting(session: Session, sitting: Sitting, plan: Plan, *, now: datetime) -> None:
    """Change anything, as long as nobody has begun.

    :raises SittingFixed: when somebody has, or it is over or called off.
    """
    _hold(session, sitting)
    if not may_change(sitting, now) or is_begun(session, sitting.id):
        raise SittingFixed
    for name, value in plan.columns.items():
        setattr(sitting, name, value)
    session.execute(
        update(SittingPerson).where(SittingPerson.sitting_id == sitting.id).values(is_chosen=False)
    )
    _choose(session, sitting.id, plan.people or ())


def extend_sitting(
    session: Session, sitting: Sitting, closes_at: datetime, more_people: Collection[int], *, now: datetime
) -> None:
    """Let a sitting that was begun close later, and add people to it.

    :raises SittingFixed: when it would close earlier, or is over or called off.
    """
    _hold(session, sitting)
    if not may_change(sitting, now) or closes_at < sitting.closes_at:
        raise SittingFixed
    if closes_at > sitting.closes_at:
        sitting.closes_at = closes_at
        session.flush()
        retiming.move_end(session, sitting.id, closes_at)
    _choose(session, sitting.id, more_people)


def may_change(sitting: Sitting, now: datetime) -> bool:
    """Whether it is still to come or open: later its results are out."""
    return sitting.cancelled_at is None and now < sitting.closes_at


def cancel_sitting(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Call a sitting off: nobody starts it any more. What was begun can be finished.

    :raises SittingFixed: when it is over.
    """
    _hold(session, sitting)
    if sitting.cancelled_at is None and now >= sitting.closes_at:
        raise SittingFixed
    sitting.cancelled_at = sitting.cancelled_at or now


def set_time(
    session: Session,
    sitting: Sitting,
    user_id: int,
    multiplier: str | None,
    added_minutes: int,
    added_percent: int = 0,
) -> bool:
    """Give one person another time in a sitting, also in what they have open if that ends no earlier.

    What was added for them while the sitting ran cannot be undone after that: this stands instead.

    :param multiplier: None for the learner's own setting.
    :returns: whether an open attempt, if there is one, has the new time.
    """
    _hold(session, sitting)
    values = {
        "time_multiplier": multiplier,
        "added_minutes": added_minutes,
        "added_percent": added_percent,
    }
    insert = insert_for(session.connection().dialect.name, SittingPerson)
    row = {"sitting_id": sitting.id, "user_id": user_id, "is_chosen": False}
    session.execute(
        insert.values(row | values).on_conflict_do_update(
            index_elements=[SittingPerson.sitting_id, SittingPerson.user_id], set_=values
        )
    )
    own = session.scalars(select(User.time_multiplier).where(User.id == user_id)).one()
    session.execute(delete(TimeAdded).where(TimeAdded.sitting_id == sitting.id, TimeAdded.user_id == user_id))
    added = Added(
        minutes=added_minutes,
        percent=added_percent,
        shared_minutes=sitting.added_minutes,
        shared_percent=sitting.added_percent,
    )
    return retiming.change_time(session, sitting.id, user_id, multiplier or own, added)


def _hold(session: Session, sitting: Sitting) -> None:
    """Let nobody start or change it until the transaction ends, and see it as it is now."""
    session.refresh(sitting, with_for_update={"of": Sitting})


def _choose(session: Session, sitting_id: int, people: Collection[int]) -> None:
    if not people:
        return
    insert = insert_for(session.connection().dialect.name, SittingPerson)
    rows = [
        {"sitting_id": sitting_id, "user_id": user_id, "is_chosen": True, "added_minutes": 0}
        for user_id in sorted(people)
    ]
    session.execute(
        insert.values(rows).on_conflict_do_update(
            index_elements=[SittingPerson.sitting_id, SittingPerson.user_id], set_={"is_chosen": True}
        )
    )


# Starting


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An attempt to work on, which may have been open already."""

    id: int
    mode: str
    is_new: bool


def start(session: Session, sitting_id: int, person: Viewer, *, now: datetime) -> Started:
    """The person's open attempt in a sitting; a new one if none is open.

    Each attempt takes the next number, and a number is given once: of many starts at the same moment one
    makes the attempt, and the others go on in it.

    :raises SittingNotFound: when it is not there, or not for this person.
    :raises SittingNotOpen: when it cannot be started now.
    :raises OtherMockOpen: when a mock of the same exam is open that is not of this sitting.
    :raises NothingToPractise, BankTooSmall: when there are no items for it.
    """
    for _try in range(MOST_ATTEMPTS + 1):
        found = own_sitting(session, person.id, sitting_id, for_starting=True)
        state = found.state(now)
        if found.attempt is not None and state in ("go_on", "hand_in"):
            return Started(id=found.attempt.id, mode=found.sitting.mode, is_new=False)
        if state != "start":
            raise SittingNotOpen
        started = _insert(session, found, person, now)
        if started is not None:
            return Started(id=started, mode=found.sitting.mode, is_new=True)
    raise SittingNotOpen  # each try saw an attempt come and go


def _insert(session: Session, found: OwnSitting, person: Viewer, now: datetime) -> int | None:
    sitting = found.sitting
    terms = SittingTerms(
        sitting_id=sitting.id,
        number=found.used + 1,
        limit=sitting.attempt_limit,
        latest_end=sitting.closes_at,
        feedback=sitting.feedback,
        added=found.added,
    )
    if sitting.mode == MOCK:
        blueprint_id = sitting.blueprint_id or ""
        other = open_mock(session, person.id, blueprint_id)
        if other is not None and other.sitting_id != sitting.id:
            raise OtherMockOpen
        multiplier = found.time_multiplier or person.time_multiplier
        ready = take(session, found, person, now)
        return insert_mock(session, person.id, person.state, blueprint_id, multiplier, now, terms, ready)
    focus = PracticeFocus(**(sitting.focus or {}))
    return insert_practice(session, person.id, person.state, focus, sitting.size or 0, now, terms)


# Telling people


def mark_announced(
    session: Session, people: Sequence[Announcement], *, now: datetime
) -> list[tuple[Sitting, User]]:
    """Those of these people who are told by this transaction: send their mail after its commit."""
    if not people:
        return []
    insert = insert_for(session.connection().dialect.name, SittingPerson)
    rows = [
        {
            "sitting_id": each.sitting_id,
            "user_id": each.user_id,
            "is_chosen": False,
            "added_minutes": 0,
            "announced_at": now,
        }
        for each in people
    ]
    marked = session.execute(
        insert.values(rows)
        .on_conflict_do_update(
            index_elements=[SittingPerson.sitting_id, SittingPerson.user_id],
            set_={"announced_at": now},
            where=SittingPerson.announced_at.is_(None),
        )
        .returning(SittingPerson.sitting_id, SittingPerson.user_id)
    ).all()
    pairs = [tuple(row) for row in marked]
    found = session.execute(
        select(Sitting, User)
        .join(SittingPerson, SittingPerson.sitting_id == Sitting.id)
        .join(User, User.id == SittingPerson.user_id)
        .where(tuple_(SittingPerson.sitting_id, SittingPerson.user_id).in_(pairs))
        .order_by(Sitting.id, User.id)
    )
    return [(row[0], row[1]) for row in found]
