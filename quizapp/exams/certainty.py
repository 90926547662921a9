"""What the pages about a learner's certainty read: their own answers that go with a level."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from quizapp.banks.queries import revisions
from quizapp.core.certainty import SURE, Calibration, calibration
from quizapp.core.items import Item
from quizapp.exams.models import ItemResponse
from quizapp.pagination import Page

PAGE_SIZE = 10

_IS_RIGHT = ItemResponse.points == ItemResponse.maximum  # exact numbers, each written in one way only


def has_said(learner_id: int) -> ColumnElement[bool]:
    """The condition that the learner ever said how sure they are."""
    return exists().where(ItemResponse.learner_id == learner_id, ItemResponse.certainty.is_not(None))


def calibration_of(session: Session, learner_id: int) -> tuple[Calibration, ...] | None:
    """A row for each level; None for somebody who never said one.

    Of first answers: an item met before is easier, and easier to be sure of. Items that a running mock holds
    count as well, like in all totals.
    """
    first = func.count().filter(ItemResponse.is_first_exposure.is_(True))
    rows = session.execute(
        select(ItemResponse.certainty, _IS_RIGHT.label("is_right"), first.label("n"))
        .where(ItemResponse.learner_id == learner_id, ItemResponse.certainty.is_not(None))
        .group_by(ItemResponse.certainty, _IS_RIGHT)
    ).all()
    if not rows:
        return None
    return calibration((row.certainty, bool(row.is_right), row.n) for row in rows if row.certainty)


@dataclass(frozen=True, slots=True, kw_only=True)
class SureButNot:
    """An answer that somebody was sure of, to an item that another response fits better."""

    attempt_id: int
    position: int
    item: Item
    answered_at: datetime


def sure_but_not_right(
    session: Session, learner_id: int, hidden: Collection[str], asked: str | None
) -> tuple[Page, tuple[SureButNot, ...]]:
    """One page of such answers, first and later ones, newest first.

    :param hidden: the items that must not show now, as those of a running mock.
    """
    found = and_(
        ItemResponse.learner_id == learner_id,
        ItemResponse.certainty == SURE,
        ~_IS_RIGHT,
        ItemResponse.item_id.not_in(hidden),
    )
    total = session.scalar(select(func.count()).select_from(ItemResponse).where(found)) or 0
    page = Page.of(asked, total, PAGE_SIZE)
    rows = session.scalars(
        select(ItemResponse)
        .where(found)
        .order_by(ItemResponse.saved_at.desc(), ItemResponse.attempt_id.desc(), ItemResponse.position.desc())
        .limit(page.size)
        .offset(page.offset)
    ).all()
    items = revisions(session, [row.revision_id for row in rows])
    return page, tuple(
        SureButNot(
            attempt_id=row.attempt_id,
            position=row.position,
            item=items[row.revision_id],
            answered_at=row.saved_at,
        )
        for row in rows
    )
