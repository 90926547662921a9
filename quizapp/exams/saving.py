"""Saving one change of a mock answer: the protocol that loses nothing.

`core.versions` states the rule; here one guarded statement carries it out. It writes only while the attempt
is open, only on top of the version that the sender last saw, and never for a change that came before.
Whatever becomes of a change, one history row says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, case, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from quizapp.core.breaks import Stage, place
from quizapp.core.items import Answer
from quizapp.core.versions import Outcome
from quizapp.db import insert_for
from quizapp.direct import Direct, Prepared
from quizapp.exams.loading import OpenedItem
from quizapp.exams.models import Attempt, ItemResponse, ResponseChange

MOST_REFUSED = 200  # of one item: a page that sends without end must not fill the disk
SHORTEST_LOOK = 250  # milliseconds: passing through is not looking
LONGEST_LOOK = 24 * 3600 * 1000  # a browser left open over night is not a day of thought


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change as it arrives. `base` is the version that its sender last saw; 0 for none."""

    base: int
    change_id: str
    answer: Answer | None
    is_flagged: bool
    milliseconds: int

    @property
    def body(self) -> dict[str, Any]:
        return {"answer": self.answer, "flagged": self.is_flagged}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveResult:
    """What became of a change. For a conflict, `answer` and `is_flagged` are what stands instead."""

    outcome: Outcome
    version: int
    at: datetime
    answer: Answer | None = None
    is_flagged: bool = False
    is_replay: bool = False


_response = cast(Table, ItemResponse.__table__)
_history = cast(Table, ResponseChange.__table__)
_attempt = cast(Table, Attempt.__table__)
_base = bindparam("base", type_=_response.c.version.type)
_now = bindparam("now", type_=_attempt.c.deadline_at.type)
_position_key = and_(
    _response.c.attempt_id == bindparam("attempt_id"), _response.c.position == bindparam("position")
)
_came_before = exists(
    select(_history.c.id).where(
        _history.c.attempt_id == bindparam("attempt_id"),
        _history.c.position == bindparam("position"),
        _history.c.change_id == bindparam("change_id"),
    )
)
_values: dict[str, ColumnElement[Any]] = {
    "attempt_id": _attempt.c.id,
    "position": bindparam("position", type_=_response.c.position.type),
    "learner_id": _attempt.c.learner_id,
    "mode": _attempt.c.mode,
    "item_id": bindparam("item_id", type_=_response.c.item_id.type),
    "revision_id": bindparam("revision_id", type_=_response.c.revision_id.type),
    "option_order": bindparam("option_order", type_=_response.c.option_order.type),
    "version": literal(1),  # `_row_while_open` says which
    "answer": bindparam("answer", type_=_response.c.answer.type),
    "is_flagged": bindparam("is_flagged", type_=_response.c.is_flagged.type),
    "is_late": case((_attempt.c.deadline_at < _now, True), else_=False),
    "milliseconds": bindparam("milliseconds", type_=_response.c.milliseconds.type),
    "saved_at": _now,
}
_position = bindparam("position", type_=_response.c.position.type)
# The last three say what `core.breaks.place` does: no break lies between this item and now.
_is_open = and_(
    _attempt.c.id == bindparam("attempt_id"),
    _attempt.c.submitted_at.is_(None),
    _attempt.c.closes_at >= _now,
    _attempt.c.closed_through < _position,
    or_(_attempt.c.break_after.is_(None), _attempt.c.break_after >= _position),
    or_(_attempt.c.break_until.is_(None), _attempt.c.break_until <= _now),
)
_is_guarded = and_(or_(_base == 0, exists(select(_response.c.version).where(_position_key))), ~_came_before)


def _row_while_open(version: int, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The row to write, as long as the attempt takes answers.

    On PostgreSQL it waits for a hand-in that is under way and then sees that the attempt is closed.
    """
    row = _values | {"version": literal(version)}
    return select(*row.values()).where(_is_open, *conditions).with_for_update(read=True, of=_attempt)


def _guarded_write(dialect_name: str) -> ReturningInsert[Any]:
    statement = insert_for(dialect_name, ItemResponse).from_select(
        list(_values), _row_while_open(1, _is_guarded)
    )
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=[_response.c.attempt_id, _response.c.position],
        set_={
            "version": _response.c.version + 1,
            "answer": new.answer,
            "is_flagged": new.is_flagged,
            "is_late": new.is_late,
            "milliseconds": _response.c.milliseconds + new.milliseconds,
            "saved_at": new.saved_at,
        },
        where=_response.c.version == _base,
    ).returning(_response.c.version, _response.c.is_late)


def _look_write(dialect_name: str) -> Insert:
    """A row of version 0 holds the time on an item that nobody has answered."""
    statement = insert_for(dialect_name, ItemResponse).from_select(list(_values), _row_while_open(0))
    more = _response.c.milliseconds + statement.excluded.milliseconds
    return statement.on_conflict_do_update(
        index_elements=[_response.c.attempt_id, _response.c.position], set_={"milliseconds": more}
    )


def _record(dialect_name: str) -> Insert:
    """The history row of a change, unless it has one."""
    values = {name: bindparam(name, type_=_history.c[name].type) for name in _HISTORY_NAMES}
    return insert_for(dialect_name, ResponseChange).values(values).on_conflict_do_nothing().inline()


def _write_and_record(dialect_name: str) -> ReturningInsert[Any]:
    """Both in one statement: one way to PostgreSQL and back."""
    written = _guarded_write(dialect_name).cte("written")
    values = {name: bindparam(name, type_=_history.c[name].type) for name in _HISTORY_NAMES} | {
        "outcome": case((written.c.is_late, "late"), else_="saved"),
        "version": written.c.version,
    }
    insert = insert_for(dialect_name, ResponseChange)
    row = select(*values.values()).select_from(written)
    return insert.from_select(list(values), row).returning(_history.c.version, _history.c.outcome)


_HISTORY_NAMES = (
    *("attempt_id", "position", "change_id", "base", "body", "outcome", "version"),
    *("milliseconds", "received_at"),
)
_WRITE = Prepared(_guarded_write)
_RECORD = Prepared(_record)
_WRITE_AND_RECORD = Prepared(_write_and_record)
_LOOK = Prepared(_look_write)
_refused = (
    select(func.count())
    .where(
        _history.c.attempt_id == bindparam("attempt_id"),
        _history.c.position == bindparam("position"),
        or_(_history.c.outcome == "conflict", _history.c.outcome == "closed"),
    )
    .scalar_subquery()
)
_STANDING = (
    select(
        _refused.label("refused"),
        _attempt.c.submitted_at,
        _attempt.c.closes_at,
        _attempt.c.closed_through,
        _attempt.c.break_after,
        _attempt.c.break_until,
        _response.c.version,
        _response.c.answer,
        _response.c.is_flagged,
        _history.c.body,
        _history.c.outcome,
        _history.c.version.label("recorded_version"),
        _history.c.received_at,
    )
    .select_from(_attempt)
    .outerjoin(_response, _position_key)
    .outerjoin(
        _history,
        and_(
            _history.c.attempt_id == _attempt.c.id,
            _history.c.position == bindparam("position"),
            _history.c.change_id == bindparam("change_id"),
        ),
    )
    .where(_attempt.c.id == bindparam("attempt_id"))
)
_WHAT_STANDS = Prepared(lambda _dialect: _STANDING)


def add_look(connection: Direct, opened: OpenedItem, milliseconds: int, now: datetime) -> None:
    """Count time on an item that was left as it stood; this makes no version and no history."""
    if milliseconds < SHORTEST_LOOK:
        return
    values = _row_values(opened, answer=None, is_flagged=False)
    connection.run(_LOOK, values | {"milliseconds": min(milliseconds, LONGEST_LOOK), "now": now})


def record_change(connection: Direct, opened: OpenedItem, change: Change, now: datetime) -> SaveResult:
    """Write the change if the rule allows it, and its history row in any case (but see MOST_REFUSED).

    A refusal is a value, not an error: the caller commits either way, so that the history row stays.
    """
    values = _row_values(opened, answer=change.answer, is_flagged=change.is_flagged) | {
        "base": change.base,
        "change_id": change.change_id,
        "body": change.body,
        "milliseconds": max(0, min(change.milliseconds, LONGEST_LOOK)),
        "now": now,
        "received_at": now,
    }
    result = _write(connection, values, now)
    if result is None:
        result, is_kept = _why_not(connection, values, change, now)
        if is_kept:
            connection.run(_RECORD, values | {"outcome": result.outcome, "version": result.version})
    return result


def _row_values(opened: OpenedItem, *, answer: Answer | None, is_flagged: bool) -> dict[str, Any]:
    return {
        "attempt_id": opened.attempt_id,
        "position": opened.position,
        "item_id": opened.item.id,
        "revision_id": opened.revision_id,
        "option_order": opened.order,
        "answer": answer,
        "is_flagged": is_flagged,
    }


def _write(connection: Direct, values: dict[str, Any], now: datetime) -> SaveResult | None:
    """The change and its history row; None when the rule does not allow it."""
    if connection.dialect.name == "postgresql":
        try:
            row = connection.run_one(_WRITE_AND_RECORD, values)
        except IntegrityError:  # the same change came twice at once, and the other was just refused
            return None
        return SaveResult(outcome=row.outcome, version=row.version, at=now) if row else None
    row = connection.run_one(_WRITE, values)
    if row is None:
        return None
    outcome: Outcome = "late" if row.is_late else "saved"
    connection.run(_RECORD, values | {"outcome": outcome, "version": row.version})
    return SaveResult(outcome=outcome, version=row.version, at=now)


def _why_not(
    connection: Direct, values: dict[str, Any], change: Change, now: datetime
) -> tuple[SaveResult, bool]:
    """The stored outcome of a change that came before, else closed or conflict; and whether to record it."""
    [row] = connection.run(_WHAT_STANDS, values)
    standing = {"answer": row.answer, "is_flagged": bool(row.is_flagged)}
    if row.body == change.body:
        told_again = {"outcome": row.outcome, "version": row.recorded_version, "at": row.received_at}
        return SaveResult(is_replay=True, **told_again, **standing), False
    stage = Stage(closed_through=row.closed_through, break_after=row.break_after)
    is_open = place(stage, row.break_until, values["position"], now) == "open"
    is_closed = row.submitted_at is not None or now > row.closes_at or not is_open
    outcome: Outcome = "closed" if is_closed else "conflict"
    result = SaveResult(outcome=outcome, version=row.version or 0, at=now, **standing)
    return result, row.refused < MOST_REFUSED
