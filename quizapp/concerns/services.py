"""Reporting an item, and what staff do about a report."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.withdrawing import withdraw
from quizapp.concerns.errors import ConcernChanged, ConcernSettled, TooManyConcerns
from quizapp.concerns.models import SEEN, Concern
from quizapp.concerns.queries import STATES, Reportable

MOST_A_DAY = 10
DAY = timedelta(days=1)


def report(
    session: Session, learner_id: int, found: Reportable, kind: str, words: str | None, now: datetime
) -> Concern:
    """What this learner says about the item: a new report, or their open one of this revision changed.

    What was seen in a real exam is withdrawn at once.

    :raises TooManyConcerns: when a day's worth is sent.
    :raises ConcernSettled: when staff have answered or closed it.
    """
    # Reports of one person wait for each other: else two at once would pass the limit, or be made twice.
    session.execute(select(User.id).where(User.id == learner_id).with_for_update())
    is_same = Concern.learner_id == learner_id, Concern.revision_id == found.revision_id
    concern = session.scalar(select(Concern).where(*is_same).execution_options(populate_existing=True))
    if concern is None:
        concern = _add(session, learner_id, found, kind, words, now)
    else:
        _change(session, concern, kind, words, now)
    if kind == SEEN:
        withdraw(session, found.item.id, now)
    return concern


def _add(
    session: Session, learner_id: int, found: Reportable, kind: str, words: str | None, now: datetime
) -> Concern:
    of_the_day = Concern.learner_id == learner_id, Concern.reported_at > now - DAY
    if (session.scalar(select(func.count()).select_from(Concern).where(*of_the_day)) or 0) >= MOST_A_DAY:
        raise TooManyConcerns
    concern = Concern(
        learner_id=learner_id,
        item_id=found.item.id,
        revision_id=found.revision_id,
        kind=kind,
        words=words,
        reported_at=now,
        changed_at=now,
    )
    session.add(concern)
    session.flush()
    return concern


def _change(session: Session, concern: Concern, kind: str, words: str | None, now: datetime) -> None:
    statement = (
        update(Concern)
        .where(Concern.id == concern.id, *STATES["open"])
        .values(kind=kind, words=words, changed_at=now, version=Concern.version + 1)
        .returning(Concern.id)
    )
    if session.execute(statement).scalar_one_or_none() is None:
        raise ConcernSettled


def answer(session: Session, concern_id: int, version: int, text: str, now: datetime) -> None:
    """Answer a report as it was read, or change the answer.

    :raises ConcernChanged: when it changed since, or is closed.
    """
    _settle(session, concern_id, version, answer=text, answered_at=now)


def close(session: Session, concern_id: int, version: int, now: datetime) -> None:
    """Close a report as it was read, answered or not.

    :raises ConcernChanged: when it changed since, or is closed.
    """
    _settle(session, concern_id, version, closed_at=now)


def _settle(session: Session, concern_id: int, version: int, **columns: str | datetime) -> None:
    statement = (
        update(Concern)
        .where(Concern.id == concern_id, Concern.version == version, Concern.closed_at.is_(None))
        .values(version=Concern.version + 1, **columns)
        .returning(Concern.id)
    )
    if session.execute(statement).scalar_one_or_none() is None:
        raise ConcernChanged
