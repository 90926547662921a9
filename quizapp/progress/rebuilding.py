"""Running totals from the answers themselves: what they must be, and mending those that are not."""

import json
from collections import defaultdict
from dataclasses import astuple, dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import Table, Text, bindparam, case, delete, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from quizapp.accounts.models import User
from quizapp.banks.queries import revisions
from quizapp.core.items import Item
from quizapp.db import insert_for
from quizapp.exams.models import ANSWERED, Attempt, ItemResponse
from quizapp.exams.scored import ScoredAnswer, scored_answer
from quizapp.progress.models import Rollup
from quizapp.progress.services import LONGEST_ON_TASK, SUMS, counted_in

COLUMNS = (*SUMS, "last_at")  # as in Totals


@dataclass(slots=True)
class Totals:
    """One running total."""

    n: int = 0
    hits: Fraction | int = 0
    first_n: int = 0
    first_hits: Fraction | int = 0
    milliseconds: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A running total that is not what the answers add up to; None stands for a row that is not there."""

    learner_id: int
    kind: str
    key: str
    stored: Totals | None
    right: Totals | None

    def __str__(self) -> str:
        return (
            f"learner {self.learner_id}, {self.kind} {self.key}: "
            f"is {_said(self.stored, self.right)}, should be {_said(self.right, self.stored)}"
        )


def _said(totals: Totals | None, other: Totals | None) -> str:
    """What of these totals differs from the others, in words."""
    if totals is None:
        return "missing"
    told = [
        f"{name} {value if not isinstance(value, datetime) else value.isoformat()}"
        for name, value in zip(COLUMNS, astuple(totals), strict=True)
        if other is None or value != getattr(other, name)
    ]
    return ", ".join(told)


class Recount:
    """Counts answers again, learner by learner; keeps the items that it has read, which never change."""

    def __init__(self) -> None:
        self._items: dict[int, Item] = {}

    def differences(self, session: Session, learner_id: int) -> list[Difference]:
        """What is wrong with one learner's totals. The session must see one moment throughout."""
        stored, right = _stored(session, learner_id), self._count(session, learner_id)
        return [
            Difference(
                learner_id=learner_id,
                kind=kind,
                key=key,
                stored=stored.get((kind, key)),
                right=right.get((kind, key)),
            )
            for kind, key in sorted(stored.keys() | right.keys())
            if stored.get((kind, key)) != right.get((kind, key))
        ]

    def _count(self, session: Session, learner_id: int) -> dict[tuple[str, str], Totals]:
        """The totals that this learner's answers add up to, by (kind, key)."""
        groups = session.execute(_GROUPED.where(ItemResponse.learner_id == learner_id)).all()
        missing = {group.revision_id for group in groups} - self._items.keys()
        if missing:
            self._items.update(revisions(session, missing))
        totals: dict[tuple[str, str], Totals] = defaultdict(Totals)
        for group in groups:
            for key, hit in counted_in(_answer(self._items[group.revision_id], group)):
                _add(totals[key], group, hit)
        return dict(totals)


# Answers that count alike, so that a long history comes back as a few rows: same revision, same answer.
_capped = case(
    (ItemResponse.milliseconds < LONGEST_ON_TASK, ItemResponse.milliseconds), else_=LONGEST_ON_TASK
)
_answer_text = sql_cast(ItemResponse.answer, Text)
_GROUPED = (
    select(
        ItemResponse.revision_id,
        _answer_text.label("answer"),
        ItemResponse.points,
        ItemResponse.maximum,
        ItemResponse.is_first_exposure,
        func.count().label("n"),
        func.sum(_capped).label("milliseconds"),
        func.max(ItemResponse.scored_at).label("last_at"),
    )
    .where(
        ItemResponse.outcome == ANSWERED,
        # What waits for the end of a sitting is handed on later, as a whole.
        ItemResponse.attempt_id.not_in(select(Attempt.id).where(Attempt.totals_wait)),
    )
    .group_by(
        ItemResponse.revision_id,
        _answer_text,
        ItemResponse.points,
        ItemResponse.maximum,
        ItemResponse.is_first_exposure,
    )
)


def _answer(item: Item, group: Any) -> ScoredAnswer:
    return scored_answer(
        item,
        json.loads(group.answer),
        share=group.points / group.maximum,
        is_first_exposure=bool(group.is_first_exposure),
        milliseconds=0,
    )


def _add(totals: Totals, group: Any, hit: Fraction | int) -> None:
    n, first_n = group.n, group.n if group.is_first_exposure else 0
    totals.n += n
    totals.hits += n * hit
    totals.first_n += first_n
    totals.first_hits += first_n * hit
    totals.milliseconds += int(group.milliseconds)
    totals.last_at = max(filter(None, (totals.last_at, group.last_at)), default=None)


def _stored(session: Session, learner_id: int) -> dict[tuple[str, str], Totals]:
    columns = [_ROLLUP[name] for name in COLUMNS]
    rows = session.execute(
        select(_ROLLUP.kind, _ROLLUP.key, *columns).where(_ROLLUP.learner_id == learner_id)
    )
    return {(row[0], row[1]): Totals(*row[2:]) for row in rows}


def learner_ids(session: Session) -> list[int]:
    """Everybody whose totals there could be."""
    return list(session.scalars(select(User.id).order_by(User.id)))


def mend(session: Session, differences: list[Difference]) -> None:
    """Write the right totals, in the order in which scoring takes its rows."""
    wrong = [
        {"learner": one.learner_id, "kind_": one.kind, "key_": one.key}
        for one in differences
        if one.right is None
    ]
    right = [
        {"learner_id": one.learner_id, "kind": one.kind, "key": one.key}
        | dict(zip(COLUMNS, astuple(one.right), strict=True))
        for one in differences
        if one.right is not None
    ]
    connection = session.connection()
    if wrong:
        connection.execute(_DELETE, wrong)
    if right:
        statement = insert_for(connection.dialect.name, Rollup)
        new = {name: statement.excluded[name] for name in COLUMNS}
        keys = [_ROLLUP.learner_id, _ROLLUP.kind, _ROLLUP.key]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), right)


_ROLLUP = cast(Table, Rollup.__table__).c
_DELETE = delete(Rollup).where(
    _ROLLUP.learner_id == bindparam("learner"),
    _ROLLUP.kind == bindparam("kind_"),
    _ROLLUP.key == bindparam("key_"),
)
