"""Changing the time of attempts in a sitting: to a later end, or back to the one before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from quizapp.accounts.multipliers import MULTIPLIERS
from quizapp.core.deadline import Added, Timing, added_seconds, closes_at, deadline
from quizapp.exams.models import Attempt, is_running


def move_end(session: Session, sitting_id: int, latest_end: datetime) -> None:
    """Give a sitting's attempts, and results that wait for its end, a later one."""
    for attempt in _held(session, Attempt.sitting_id == sitting_id):
        attempt.latest_end_at = latest_end
        write_end(attempt)
    session.flush()


def change_time(session: Session, sitting_id: int, learner_id: int, multiplier: str, added: Added) -> bool:
    """Give a learner's open mocks in a sitting another time; False when one of them would end earlier."""
    mine = Attempt.sitting_id == sitting_id, Attempt.learner_id == learner_id
    is_later = True
    for attempt in _held(session, *mine, Attempt.submitted_at.is_(None), Attempt.limit_seconds.is_not(None)):
        before = attempt.multiplier_percent, attempt.added_seconds
        attempt.multiplier_percent = MULTIPLIERS[multiplier]
        attempt.added_seconds = added_seconds(attempt.limit_seconds, attempt.multiplier_percent, added)
        if deadline(attempt.timing) < attempt.deadline_at:
            attempt.multiplier_percent, attempt.added_seconds = before
            is_later = False
        write_end(attempt)
    session.flush()
    return is_later


def retimed(timing: Timing, before: Added, after: Added) -> Timing:
    """The timing of an attempt once what was added to it is another."""
    old, new = (
        added_seconds(timing.limit_seconds, timing.multiplier_percent, added) for added in (before, after)
    )
    return replace(timing, added_seconds=max(0, timing.added_seconds + new - old))


def running(
    session: Session, sitting_id: int, now: datetime, learner_id: int | None = None
) -> Sequence[Attempt]:
    """Mocks in a sitting on which a clock runs: of everybody, or of one learner."""
    return session.scalars(
        select(Attempt)
        .where(Attempt.sitting_id == sitting_id, is_running(Attempt, now), *_timed(learner_id))
        .order_by(Attempt.id)
    ).all()


def touched_since(
    session: Session, sitting_id: int, moment: datetime, learner_id: int | None = None
) -> Sequence[Attempt]:
    """Mocks in a sitting that were running at a moment or began after it, with those that have ended since.

    They stay as they are until the transaction ends.
    """
    has_gone_on = or_(Attempt.submitted_at.is_(None), Attempt.submitted_at > moment)
    return _held(
        session,
        *(Attempt.sitting_id == sitting_id, Attempt.closes_at >= moment, has_gone_on),
        *_timed(learner_id),
    )


def shift_time(
    session: Session,
    sitting_id: int,
    before: Added,
    after: Added,
    now: datetime,
    learner_id: int | None = None,
) -> None:
    """Give the running mocks in a sitting what is added to their time now instead of before."""
    which = (Attempt.sitting_id == sitting_id, is_running(Attempt, now), *_timed(learner_id))
    for attempt in _held(session, *which):
        attempt.added_seconds = retimed(attempt.timing, before, after).added_seconds
        write_end(attempt)
    session.flush()


def _timed(learner_id: int | None) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [
        Attempt.limit_seconds.is_not(None),
        Attempt.multiplier_percent.is_not(None),
    ]
    return which if learner_id is None else [*which, Attempt.learner_id == learner_id]


def _held(session: Session, *which: ColumnElement[bool]) -> Sequence[Attempt]:
    """Attempts that nobody hands in meanwhile; in one order, as two changes must not block each other."""
    wanted = select(Attempt).where(*which).order_by(Attempt.id).with_for_update()
    return session.scalars(wanted, execution_options={"populate_existing": True}).all()


def write_end(attempt: Attempt) -> None:
    """After a change of its time."""
    attempt.deadline_at, attempt.closes_at = deadline(attempt.timing), closes_at(attempt.timing)
