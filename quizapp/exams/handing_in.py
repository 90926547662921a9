"""Handing in a mock exam: close it, score what was saved, and write the receipt. Safe to do twice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from quizapp.banks.queries import revisions
from quizapp.core.items import ITEM_TYPES, Item
from quizapp.exams.models import (
    ANSWERED,
    BY_LEARNER,
    BY_TIME,
    MOCK,
    OMITTED,
    PRACTICE,
    SKIPPED,
    Attempt,
    Form,
    ItemResponse,
    results_may_show,
)
from quizapp.exams.receipts import code_over
from quizapp.exams.scored import OnScored, Scored, ScoredAnswer, scored_answer


def submit_attempt(
    session: Session, attempt_id: int, at: datetime, on_scored: Sequence[OnScored], by: str = BY_LEARNER
) -> bool:
    """Hand in a mock, as of `at`. False when it was handed in before: nothing is done twice.

    The attempt's row is closed first, so that a save under way either came before or is refused.
    """
    closed = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.mode == MOCK, Attempt.submitted_at.is_(None))
        .values(submitted_at=at, ended_by=by)
        .returning(Attempt.learner_id, Attempt.form_id, Attempt.totals_wait)
    ).one_or_none()
    if closed is None:
        return False
    now_told = () if closed.totals_wait else on_scored
    _score(session, attempt_id, closed.learner_id, closed.form_id, at, now_told)
    if closed.totals_wait:
        tell_totals(session, attempt_id, at, on_scored)
    return True


def tell_totals(session: Session, attempt_id: int, now: datetime, on_scored: Sequence[OnScored]) -> bool:
    """Hand on the answers of an attempt in a sitting, once its results may show. False when not now."""
    told = session.execute(
        update(Attempt)
        .where(
            Attempt.id == attempt_id,
            Attempt.totals_wait,
            Attempt.submitted_at.is_not(None),
            results_may_show(Attempt, now),
        )
        .values(totals_wait=False)
        .returning(Attempt.learner_id)
    ).one_or_none()
    if told is None:
        return False
    rows = session.scalars(
        select(ItemResponse)
        .where(ItemResponse.attempt_id == attempt_id, ItemResponse.outcome == ANSWERED)
        .order_by(ItemResponse.scored_at, ItemResponse.position)
    ).all()
    items = revisions(session, [row.revision_id for row in rows])
    for at, together in groupby(rows, key=lambda row: row.scored_at or now):
        scored = Scored(learner_id=told.learner_id, at=at, answers=_scored_answers(together, items))
        for listener in on_scored:
            listener(session, scored)
    return True


def waiting_totals(session: Session, now: datetime) -> list[int]:
    """The attempts whose answers can be handed on now."""
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.totals_wait, Attempt.submitted_at.is_not(None), results_may_show(Attempt, now))
            .order_by(Attempt.id)
        )
    )


def end_practice(session: Session, attempt_id: int, at: datetime, by: str = BY_LEARNER) -> bool:
    """End a practice set with what is answered in it. False when it had ended before."""
    ended = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.mode == PRACTICE, Attempt.submitted_at.is_(None))
        .values(submitted_at=at, ended_by=by)
        .returning(Attempt.id)
    ).one_or_none()
    if ended is None:
        return False
    answered = session.scalars(
        select(ItemResponse).where(ItemResponse.attempt_id == attempt_id, ItemResponse.outcome == ANSWERED)
    ).all()
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id)
        .values(
            answered_count=len(answered),
            raw_score=sum((row.share for row in answered), Fraction(0)),
            maximum_score=Fraction(len(answered)),
        )
    )
    return True


def expired_attempts(session: Session, now: datetime) -> list[int]:
    """Every open attempt whose time has passed, and practice sets that are complete but were not closed."""
    done = (
        select(func.count())
        .where(ItemResponse.attempt_id == Attempt.id, ItemResponse.outcome.is_not(None))
        .correlate(Attempt)
        .scalar_subquery()
    )
    is_complete = and_(Attempt.mode == PRACTICE, done == Attempt.item_count)
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.submitted_at.is_(None), or_(Attempt.closes_at < now, is_complete))
            .order_by(Attempt.id)
        )
    )


def close_attempt(session: Session, attempt_id: int, now: datetime, on_scored: Sequence[OnScored]) -> bool:
    """Hand in what was saved, as of the last moment that counted. False when another was faster."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        return False
    at = min(now, attempt.closes_at)
    if attempt.mode == MOCK:
        return submit_attempt(session, attempt_id, at, on_scored, by=BY_TIME)
    is_ended = end_practice(session, attempt_id, at, by=BY_TIME)
    tell_totals(session, attempt_id, at, on_scored)
    return is_ended


def _score(
    session: Session,
    attempt_id: int,
    learner_id: int,
    form_id: int,
    now: datetime,
    on_scored: Sequence[OnScored],
) -> None:
    entries = session.scalars(select(Form.entries).where(Form.id == form_id)).one()
    items = revisions(session, [entry["revision"] for entry in entries])
    stored = {
        row.position: row
        for row in session.scalars(select(ItemResponse).where(ItemResponse.attempt_id == attempt_id))
    }
    seen = _seen_before(session, learner_id, attempt_id, [entry["item"] for entry in entries])
    omitted: list[dict[str, Any]] = []
    for position, entry in enumerate(entries, start=1):
        item = items[entry["revision"]]
        if position in stored:
            _score_response(stored[position], item, now, is_first=item.id not in seen)
        else:
            omitted.append(_omitted_row(attempt_id, learner_id, position, entry, item, seen, now))
    if omitted:
        session.execute(insert(ItemResponse), omitted)
    session.flush()
    _write_totals(session, attempt_id, len(entries), stored.values(), now)
    answers = _scored_answers(stored.values(), items)
    for listener in on_scored:
        listener(session, Scored(learner_id=learner_id, at=now, answers=answers))


def _scored_answers(rows: Iterable[ItemResponse], items: Mapping[int, Item]) -> tuple[ScoredAnswer, ...]:
    return tuple(
        scored_answer(
            items[row.revision_id],
            row.answer,
            share=row.share,
            is_first_exposure=bool(row.is_first_exposure),
            milliseconds=row.milliseconds,
        )
        for row in rows
        if row.answer is not None
    )


def _score_response(row: ItemResponse, item: Item, now: datetime, *, is_first: bool) -> None:
    kind = ITEM_TYPES[item.type]
    row.outcome = OMITTED if row.answer is None else ANSWERED
    row.rule_id = kind.rule_id(item)
    row.points = Fraction(0) if row.answer is None else kind.score(item, row.answer, row.rule_id).points
    row.maximum = kind.maximum(item)
    row.is_first_exposure = is_first
    row.scored_at = now


def _omitted_row(
    attempt_id: int,
    learner_id: int,
    position: int,
    entry: dict[str, Any],
    item: Item,
    seen: Iterable[str],
    now: datetime,
) -> dict[str, Any]:
    kind = ITEM_TYPES[item.type]
    return {
        "attempt_id": attempt_id,
        "position": position,
        "learner_id": learner_id,
        "item_id": item.id,
        "revision_id": entry["revision"],
        "mode": MOCK,
        "option_order": entry["order"],
        "version": 0,
        "answer": None,
        "is_flagged": False,
        "is_late": False,
        "milliseconds": 0,
        "saved_at": now,
        "outcome": OMITTED,
        "is_first_exposure": item.id not in seen,
        "rule_id": kind.rule_id(item),
        "points": Fraction(0),
        "maximum": kind.maximum(item),
        "scored_at": now,
    }


def _seen_before(
    session: Session, learner_id: int, attempt_id: int, item_ids: Sequence[str]
) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(ItemResponse.item_id)
            .where(
                ItemResponse.learner_id == learner_id,
                ItemResponse.item_id.in_(item_ids),
                ItemResponse.attempt_id != attempt_id,
                ItemResponse.outcome != SKIPPED,
            )
            .distinct()
        )
    )


def _write_totals(
    session: Session,
    attempt_id: int,
    item_count: int,
    stored: Iterable[ItemResponse],
    now: datetime,
) -> None:
    rows = list(stored)
    answered = [row for row in rows if row.answer is not None]
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id)
        .values(
            answered_count=len(answered),
            raw_score=sum((row.share for row in rows), Fraction(0)),
            maximum_score=Fraction(item_count),
            receipt=code_over(attempt_id, now, item_count, rows),
        )
    )
