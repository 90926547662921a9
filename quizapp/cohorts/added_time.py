"""Time added while a sitting runs, for everybody or for one learner, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.cohorts.errors import CannotUndo, SittingFixed, SittingNotFound, TooMuchTime
from quizapp.cohorts.sitting_models import (
    MOST_ADDED_MINUTES,
    MOST_ADDED_PERCENT,
    Sitting,
    SittingPerson,
    TimeAdded,
)
from quizapp.cohorts.sitting_services import extend_sitting, may_change
from quizapp.core.deadline import NOTHING_ADDED, Added, deadline, ends_early, own_end
from quizapp.exams import retiming
from quizapp.exams.models import Attempt

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What is added: minutes, which grow with a learner's multiplier, or a share of the own limit.

    :param user_id: the only one who gets it, and then the minutes as they are; None: everybody.
    """

    user_id: int | None
    minutes: int = 0
    percent: int = 0

    @property
    def added(self) -> Added:
        if self.user_id is not None:
            return Added(minutes=self.minutes, percent=self.percent)
        return Added(shared_minutes=self.minutes, shared_percent=self.percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLine:
    """When somebody's clock ends now, and when it will; `is_cut` if the window's end comes first then."""

    name: str
    ends_at: datetime
    will_end_at: datetime
    is_cut: bool
    own_end_at: datetime  # without the window


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Time that was added, and whose clock has passed the end before it: then it stays."""

    row: TimeAdded
    name: str | None  # None: for everybody
    used_by: Sequence[str]


def end_lines(
    session: Session, sitting: Sitting, now: datetime, amount: Amount | None = None
) -> list[EndLine]:
    """Everybody on whom a clock runs, by name, with the end after an amount is added; two statements."""
    attempts = retiming.running(session, sitting.id, now)
    names = _names(session, [attempt.learner_id for attempt in attempts])
    lines = [_end_line(attempt, names[attempt.learner_id], amount) for attempt in attempts]
    return sorted(lines, key=lambda line: line.name.casefold())


def _end_line(attempt: Attempt, name: str, amount: Amount | None) -> EndLine:
    gets_it = amount is not None and amount.user_id in (None, attempt.learner_id)
    timing = attempt.timing
    if amount is not None and gets_it:
        timing = retiming.retimed(timing, NOTHING_ADDED, amount.added)
    return EndLine(
        name=name,
        ends_at=attempt.deadline_at,
        will_end_at=deadline(timing),
        is_cut=gets_it and ends_early(timing),
        own_end_at=own_end(timing),
    )


def end_for_all(lines: Sequence[EndLine]) -> datetime | None:
    """The full minute at which the window would have to end to cut nobody; None when it cuts nobody."""
    cut = [line.own_end_at for line in lines if line.is_cut]
    if not cut:
        return None
    whole = max(cut).replace(second=0, microsecond=0)
    return whole if whole == max(cut) else whole + MINUTE


def add_time(
    session: Session, sitting: Sitting, amount: Amount, *, moves_end: bool, now: datetime
) -> TimeAdded:
    """Add it to every clock that runs, and for who starts later.

    :param moves_end: whether the window ends later, if it would else cut somebody short.
    :raises SittingFixed: when the sitting is over or called off.
    :raises TooMuchTime: when it would be too much in all.
    """
    session.refresh(sitting, with_for_update={"of": Sitting})
    if not may_change(sitting, now):
        raise SittingFixed
    if moves_end:
        closes_at = end_for_all(end_lines(session, sitting, now, amount))
        if closes_at is not None:
            extend_sitting(session, sitting, closes_at, (), now=now)
    holder = sitting if amount.user_id is None else _person(session, sitting, amount.user_id)
    _change(holder, amount.minutes, amount.percent)
    retiming.shift_time(session, sitting.id, NOTHING_ADDED, amount.added, now, amount.user_id)
    row = TimeAdded(
        sitting_id=sitting.id,
        user_id=amount.user_id,
        minutes=amount.minutes,
        percent=amount.percent,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return row


def additions(session: Session, sitting: Sitting, now: datetime) -> list[Addition]:
    """What was added and not taken back, the last first."""
    rows = session.scalars(
        select(TimeAdded).where(TimeAdded.sitting_id == sitting.id).order_by(TimeAdded.id.desc())
    ).all()
    if not rows:
        return []
    attempts = session.scalars(select(Attempt).where(Attempt.sitting_id == sitting.id)).all()
    people = {attempt.learner_id for attempt in attempts} | {row.user_id for row in rows if row.user_id}
    names = _names(session, people)
    return [
        Addition(
            row=row,
            name=names.get(row.user_id) if row.user_id else None,
            used_by=sorted({names[each.learner_id] for each in attempts if _has_used(each, row, now)}),
        )
        for row in rows
    ]


def undo(session: Session, sitting: Sitting, added_id: int, *, now: datetime) -> TimeAdded:
    """Take added time back: every end is again where it would be without it. The window's end stays.

    :raises SittingFixed: when the sitting is over or called off.
    :raises SittingNotFound: when nothing like it was added, or it is taken back already.
    :raises CannotUndo: when somebody has worked past the end that would come back.
    """
    session.refresh(sitting, with_for_update={"of": Sitting})
    if not may_change(sitting, now):
        raise SittingFixed
    row = session.get(TimeAdded, added_id)
    if row is None or row.sitting_id != sitting.id:
        raise SittingNotFound
    touched = retiming.touched_since(session, sitting.id, row.added_at, row.user_id)
    if any(_has_used(attempt, row, now) for attempt in touched):
        raise CannotUndo
    holder = sitting if row.user_id is None else _person(session, sitting, row.user_id)
    _change(holder, -row.minutes, -row.percent)
    retiming.shift_time(session, sitting.id, _amount(row).added, NOTHING_ADDED, now, row.user_id)
    session.delete(row)
    session.flush()
    return row


def _has_used(attempt: Attempt, row: TimeAdded, now: datetime) -> bool:
    """Whether somebody to whom time was added went on working after the end without it."""
    last = attempt.submitted_at or now
    is_touched = (
        row.user_id in (None, attempt.learner_id)
        and attempt.limit_seconds is not None
        and attempt.multiplier_percent is not None
        and attempt.closes_at >= row.added_at
        and last > row.added_at
    )
    if not is_touched:
        return False
    end_without = deadline(retiming.retimed(attempt.timing, _amount(row).added, NOTHING_ADDED))
    return last >= end_without and end_without < attempt.deadline_at


def _amount(row: TimeAdded) -> Amount:
    return Amount(user_id=row.user_id, minutes=row.minutes, percent=row.percent)


def _person(session: Session, sitting: Sitting, user_id: int) -> SittingPerson:
    """What concerns one person in a sitting, as a row that stays as it is until the transaction ends."""
    found = session.scalar(
        select(SittingPerson)
        .where(SittingPerson.sitting_id == sitting.id, SittingPerson.user_id == user_id)
        .with_for_update()
    )
    if found is None:
        found = SittingPerson(sitting_id=sitting.id, user_id=user_id, added_minutes=0, added_percent=0)
        session.add(found)
    return found


def _change(holder: Sitting | SittingPerson, minutes: int, percent: int) -> None:
    """:raises TooMuchTime: when it would be too much in all."""
    minutes, percent = holder.added_minutes + minutes, holder.added_percent + percent
    if minutes > MOST_ADDED_MINUTES or percent > MOST_ADDED_PERCENT:
        raise TooMuchTime
    holder.added_minutes, holder.added_percent = max(0, minutes), max(0, percent)


def _names(session: Session, user_ids: Sequence[int] | set[int]) -> Mapping[int, str]:
    rows = session.execute(select(User.id, User.name).where(User.id.in_(list(user_ids))))
    return {row.id: row.name for row in rows}
