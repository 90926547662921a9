"""Changing the time of attempts in a sitting: only ever to a later end."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from quizapp.accounts.multipliers import MULTIPLIERS
from quizapp.core.deadline import closes_at, deadline
from quizapp.exams.models import Attempt


def move_end(session: Session, sitting_id: int, latest_end: datetime) -> None:
    """Give a sitting's attempts, and results that wait for its end, a later one."""
    for attempt in _held(session, Attempt.sitting_id == sitting_id):
        attempt.latest_end_at = latest_end
        write_end(attempt)
    session.flush()


def change_time(
    session: Session, sitting_id: int, learner_id: int, multiplier: str, added_seconds: int
) -> bool:
    """Give a learner's open mocks in a sitting another time; False when one of them would end earlier."""
    mine = Attempt.sitting_id == sitting_id, Attempt.learner_id == learner_id
    is_later = True
    for attempt in _held(session, *mine, Attempt.submitted_at.is_(None), Attempt.limit_seconds.is_not(None)):
        before = attempt.multiplier_percent, attempt.added_seconds
        attempt.multiplier_percent, attempt.added_seconds = MULTIPLIERS[multiplier], added_seconds
        if deadline(attempt.timing) < attempt.deadline_at:
            attempt.multiplier_percent, attempt.added_seconds = before
            is_later = False
        write_end(attempt)
    session.flush()
    return is_later


def _held(session: Session, *which: ColumnElement[bool]) -> Sequence[Attempt]:
    """Attempts that nobody hands in meanwhile; in one order, as two changes must not block each other."""
    wanted = select(Attempt).where(*which).order_by(Attempt.id).with_for_update()
    return session.scalars(wanted, execution_options={"populate_existing": True}).all()


def write_end(attempt: Attempt) -> None:
    """After a change of its time."""
    attempt.deadline_at, attempt.closes_at = deadline(attempt.timing), closes_at(attempt.timing)
