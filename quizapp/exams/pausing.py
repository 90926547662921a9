"""Breaks of a running mock: beginning one, going on without it, and coming back early. Safe to do twice."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.core.breaks import begin, come_back, is_on_break, next_break, stage_from
from quizapp.core.deadline import Timing
from quizapp.exams.models import Attempt
from quizapp.exams.queries import OpenMock
from quizapp.exams.retiming import write_end


def take_break(session: Session, mock: OpenMock, after: int, now: datetime) -> bool:
    """Begin the break after an item and close what comes before it.

    False, and nothing is done, when it is not the next break, one runs, or the time is over.
    """
    attempt = _held(session, mock)
    if attempt is None or not _is_next(attempt, after, now) or now > attempt.deadline_at:
        return False
    pause = next_break(mock.blueprint.breaks, attempt.closed_through)
    assert pause, "an attempt pins the blueprint that its breaks are from"
    _close_through(attempt, mock, after)
    _write(attempt, begin(attempt.timing, timedelta(minutes=pause.minutes), now))
    session.flush()
    return True


def pass_over_break(session: Session, mock: OpenMock, after: int, now: datetime) -> bool:
    """Close what comes before a break without taking it. False as for `take_break`, but in the grace, too."""
    attempt = _held(session, mock)
    if attempt is None or not _is_next(attempt, after, now) or now > attempt.closes_at:
        return False
    _close_through(attempt, mock, after)
    session.flush()
    return True


def end_break(session: Session, mock: OpenMock, now: datetime) -> bool:
    """Come back from a break before its end. False when none runs."""
    attempt = _held(session, mock)
    if attempt is None or not is_on_break(attempt.break_until, now):
        return False
    _write(attempt, come_back(attempt.timing, now))
    session.flush()
    return True


def _held(session: Session, mock: OpenMock) -> Attempt | None:
    """The attempt as it stands, kept as it is by others until the transaction ends; None once handed in.

    A save that is under way comes first; a later one waits, and then finds its item closed.
    """
    wanted = select(Attempt).where(Attempt.id == mock.id, Attempt.submitted_at.is_(None)).with_for_update()
    return session.scalar(wanted, execution_options={"populate_existing": True})


def _is_next(attempt: Attempt, after: int, now: datetime) -> bool:
    return attempt.break_after == after and not is_on_break(attempt.break_until, now)


def _close_through(attempt: Attempt, mock: OpenMock, after: int) -> None:
    stage = stage_from(mock.blueprint.breaks, after)
    attempt.closed_through, attempt.break_after = stage.closed_through, stage.break_after


def _write(attempt: Attempt, timing: Timing) -> None:
    attempt.break_until, attempt.break_seconds = timing.break_until, timing.break_seconds
    write_end(attempt)
