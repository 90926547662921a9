"""Answering in practice: one answer for each item, scored at once."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, literal, select, update
from sqlalchemy.orm import Session

from quizapp.core.items import Answer
from quizapp.db import insert_for
from quizapp.exams.errors import AttemptClosed
from quizapp.exams.handing_in import tell_totals
from quizapp.exams.loading import OpenedItem
from quizapp.exams.models import ANSWERED, BY_LEARNER, SKIPPED, Attempt, ItemResponse
from quizapp.exams.saving import LONGEST_LOOK
from quizapp.exams.scored import OnScored, Scored, scored_answer


def answer_item(
    session: Session,
    opened: OpenedItem,
    answer: Answer,
    milliseconds: int,
    now: datetime,
    on_scored: Sequence[OnScored],
    *,
    certainty: int | None = None,
) -> bool:
    """Score an answer and keep it for good. False when the item was answered before: that answer stays.

    A complete answer is final. Of a type that is answered in steps each step is kept, and stays said.

    :param certainty: how sure the learner is; it changes no score, and no listener hears of it.
    :raises AttemptClosed: when the set has ended.
    """
    look = max(0, min(milliseconds, LONGEST_LOOK))
    rule_id = opened.kind.rule_id(opened.item)
    score = opened.kind.score(opened.item, answer, rule_id)
    is_final = opened.kind.is_complete(opened.item, answer)
    is_new = _insert(
        session,
        opened,
        now,
        answer=answer,
        outcome=ANSWERED if is_final else None,
        milliseconds=look,
        rule_id=rule_id,
        points=score.points,
        maximum=score.maximum,
        certainty=certainty,
    )
    if not is_final:
        return is_new
    if is_new and opened.tells_at_once:
        scored = scored_answer(
            opened.item,
            answer,
            share=score.share,
            is_first_exposure=not opened.was_seen,
            milliseconds=opened.milliseconds + look,
        )
        for listener in on_scored:
            listener(session, Scored(learner_id=opened.learner_id, at=now, answers=(scored,)))
    if is_new:
        _finish_if_last(session, opened, score.share, now, on_scored)
    return is_new


def skip_item(session: Session, opened: OpenedItem, now: datetime, on_scored: Sequence[OnScored]) -> bool:
    """Leave an item out: it counts nowhere."""
    nothing = {"answer": None, "rule_id": None, "points": None, "maximum": None}
    is_new = _insert(session, opened, now, outcome=SKIPPED, **nothing)
    if is_new:
        _finish_if_last(session, opened, None, now, on_scored)
    return is_new


def _insert(session: Session, opened: OpenedItem, now: datetime, **scored: Any) -> bool:
    if opened.outcome is not None:  # a second click on the last item comes after the set has ended
        return False
    if opened.arrival(now) == "closed":
        raise AttemptClosed
    values = scored | {
        "attempt_id": opened.attempt_id,
        "position": opened.position,
        "learner_id": opened.learner_id,
        "item_id": opened.item.id,
        "revision_id": opened.revision_id,
        "mode": opened.mode,
        "option_order": list(opened.order),
        "version": 1,
        "saved_at": now,
        "scored_at": now if scored["outcome"] else None,
        "is_first_exposure": not opened.was_seen,
    }
    connection = session.connection()
    # Answers and the end of a set wait for each other at the attempt's row, so that the totals hold them all.
    row = (
        select(*(literal(value, ItemResponse.__table__.c[name].type) for name, value in values.items()))
        .where(Attempt.id == opened.attempt_id, Attempt.submitted_at.is_(None))
        .with_for_update(of=Attempt)
    )
    insert = insert_for(connection.dialect.name, ItemResponse).from_select(list(values), row)
    # An answer in steps goes on from the step that this one was made on; anything else stays as it is.
    grown: dict[str, Any] = {name: insert.excluded[name] for name in (*scored, "saved_at", "scored_at")}
    grown["version"] = ItemResponse.version + 1
    if "milliseconds" in grown:
        grown["milliseconds"] = ItemResponse.milliseconds + insert.excluded.milliseconds
    statement = insert.on_conflict_do_update(
        index_elements=[ItemResponse.attempt_id, ItemResponse.position],
        set_=grown,
        where=and_(ItemResponse.outcome.is_(None), ItemResponse.version == opened.version),
    ).returning(ItemResponse.version)
    if connection.execute(statement).one_or_none() is not None:
        return True
    if session.get(ItemResponse, (opened.attempt_id, opened.position)) is None:
        raise AttemptClosed
    return False


def _share(done: str) -> Fraction | None:
    """What an answer earned of its item, as `loading` tells it; None for a skipped one."""
    if done == SKIPPED:
        return None
    points, maximum = done.split(":")
    return Fraction(points) / Fraction(maximum)


def _finish_if_last(
    session: Session, opened: OpenedItem, this: Fraction | None, now: datetime, on_scored: Sequence[OnScored]
) -> None:
    """Close the set with its totals once every position is answered or skipped.

    :param this: what the last answer earned of its item; None when it was skipped.
    """
    done = [*(_share(text) for text in opened.done_elsewhere), this]
    if len(done) < opened.item_count:
        return
    shares = [share for share in done if share is not None]
    session.execute(
        update(Attempt)
        .where(Attempt.id == opened.attempt_id, Attempt.submitted_at.is_(None))
        .values(
            submitted_at=now,
            ended_by=BY_LEARNER,
            answered_count=len(shares),
            raw_score=sum(shares, Fraction(0)),
            maximum_score=Fraction(len(shares)),
        )
    )
    if not opened.tells_at_once:
        tell_totals(session, opened.attempt_id, now, on_scored)
