"""The receipt of a mock that was handed in, and whether one that somebody brings still holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.banks.queries import exam_name
from quizapp.core.receipt import Receipt, receipt_hash
from quizapp.exams.errors import AttemptNotFound, NotFinished
from quizapp.exams.models import MOCK, Attempt, ItemResponse

Finding = Literal["holds", "no_attempt", "not_handed_in", "other_time", "other_count", "other_answers"]


def code_over(attempt_id: int, at: datetime, item_count: int, stored: Iterable[ItemResponse]) -> str:
    """The hash over the answers of all positions, those that were not answered too."""
    by_position = {row.position: row for row in stored}
    rows = ((position, by_position.get(position)) for position in range(1, item_count + 1))
    answers = [(position, row.answer if row else None, row.version if row else 0) for position, row in rows]
    return receipt_hash(attempt_id, at, answers)


def own_receipt(session: Session, learner_id: int, attempt_id: int) -> Receipt:
    """:raises AttemptNotFound: when there is no such mock, or it is someone else's.

    :raises NotFinished: as long as it is not handed in.
    """
    attempt = session.scalar(
        select(Attempt).where(
            Attempt.id == attempt_id, Attempt.learner_id == learner_id, Attempt.mode == MOCK
        )
    )
    if attempt is None:
        raise AttemptNotFound
    if attempt.submitted_at is None:
        raise NotFinished
    return Receipt(
        attempt=attempt.id,
        exam=exam_name(session, attempt.blueprint_id),
        submitted_at=attempt.submitted_at,
        answered=attempt.answered_count or 0,
        items=attempt.item_count,
        code=attempt.receipt or "",
    )


def verify(session: Session, receipt: Receipt) -> Finding:
    """Whether the answers that are stored now are those of the receipt."""
    attempt = session.get(Attempt, receipt.attempt)
    if attempt is None or attempt.mode != MOCK:
        return "no_attempt"
    if attempt.submitted_at is None:
        return "not_handed_in"
    if attempt.submitted_at != receipt.submitted_at:
        return "other_time"
    stored = session.scalars(select(ItemResponse).where(ItemResponse.attempt_id == attempt.id)).all()
    answered = sum(row.answer is not None for row in stored)
    if (answered, attempt.item_count) != (receipt.answered, receipt.items):
        return "other_count"
    code = code_over(attempt.id, attempt.submitted_at, attempt.item_count, stored)
    return "holds" if code == receipt.code else "other_answers"
