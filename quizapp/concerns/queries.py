"""What the pages about reports read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from quizapp.banks.models import Item as ItemRow
from quizapp.banks.models import ItemRevision, ItemWithdrawal
from quizapp.banks.queries import withdrawal_in_force
from quizapp.concerns.errors import ConcernNotFound, ItemNotReportable
from quizapp.concerns.models import Concern
from quizapp.core.items import Item, parse_item
from quizapp.exams.models import ANSWERED, OMITTED, Attempt, ItemResponse
from quizapp.exams.starting import held_back
from quizapp.pagination import Page

PAGE_SIZE = 25
STATES: dict[str, tuple[ColumnElement[bool], ...]] = {
    "open": (Concern.answer.is_(None), Concern.closed_at.is_(None)),
    "answered": (Concern.answer.is_not(None), Concern.closed_at.is_(None)),
    "closed": (Concern.closed_at.is_not(None),),
    "all": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reportable:
    """An item where a learner has seen its rationale, with their report of it if there is one."""

    attempt_id: int
    mode: str
    position: int
    item: Item
    revision_id: int
    concern: Concern | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConcern:
    """A learner's report; without item and answer while an exam of theirs holds the item."""

    concern: Concern
    item: Item | None
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffConcern:
    """A report as staff see it: what was said of which revision, and not by whom."""

    concern: Concern
    bank_id: str
    item: Item
    is_current: bool  # whether the revision is the one that stands
    withdrawn_at: datetime | None


def reportable(
    session: Session, learner_id: int, attempt_id: int, position: int, now: datetime
) -> Reportable:
    """:raises ItemNotReportable: also for what the learner left out, or may not see the key of yet."""
    row = session.execute(
        select(Attempt.mode, ItemResponse.revision_id, ItemRevision.content, Concern)
        .join(ItemResponse, ItemResponse.attempt_id == Attempt.id)
        .join(ItemRevision, ItemRevision.id == ItemResponse.revision_id)
        .outerjoin(
            Concern,
            (Concern.revision_id == ItemResponse.revision_id) & (Concern.learner_id == Attempt.learner_id),
        )
        .where(
            Attempt.id == attempt_id,
            Attempt.learner_id == learner_id,
            ItemResponse.position == position,
            ItemResponse.outcome.in_((ANSWERED, OMITTED)),
        )
    ).one_or_none()
    if row is None:
        raise ItemNotReportable
    item = parse_item(row.content)
    # This holds for the attempt itself, too, while its own results wait.
    if item.id in held_back(session, learner_id, now):
        raise ItemNotReportable
    return Reportable(
        attempt_id=attempt_id,
        mode=row.mode,
        position=position,
        item=item,
        revision_id=row.revision_id,
        concern=row.Concern,
    )


def own_concerns(
    session: Session, learner_id: int, asked: str | None, now: datetime
) -> tuple[Page, tuple[OwnConcern, ...]]:
    """One page of a learner's reports, newest first."""
    own = Concern.learner_id == learner_id
    page = Page.of(
        asked, session.scalar(select(func.count()).select_from(Concern).where(own)) or 0, PAGE_SIZE
    )
    rows = session.execute(
        select(Concern, ItemRevision.content, ItemWithdrawal.withdrawn_at)
        .join(ItemRevision, ItemRevision.id == Concern.revision_id)
        .outerjoin(ItemWithdrawal, withdrawal_in_force(Concern.item_id))
        .where(own)
        .order_by(Concern.reported_at.desc(), Concern.id.desc())
        .limit(page.size)
        .offset(page.offset)
    ).all()
    hidden = held_back(session, learner_id, now)
    return page, tuple(
        OwnConcern(
            concern=row.Concern,
            item=None if row.Concern.item_id in hidden else parse_item(row.content),
            is_withdrawn=row.withdrawn_at is not None,
        )
        for row in rows
    )


def concerns(
    session: Session, state: str, item_id: str | None, asked: str | None
) -> tuple[Page, tuple[StaffConcern, ...]]:
    """One page of all reports in a state, of one item or of all, newest first."""
    wanted = (*STATES[state], *(() if item_id is None else (Concern.item_id == item_id,)))
    total = session.scalar(select(func.count()).select_from(Concern).where(*wanted)) or 0
    page = Page.of(asked, total, PAGE_SIZE)
    rows = _staff_rows(
        session,
        *wanted,
        page=page,
    )
    return page, rows


def concern(session: Session, concern_id: int) -> StaffConcern:
    """:raises ConcernNotFound: when there is none."""
    found = _staff_rows(session, Concern.id == concern_id)
    if not found:
        raise ConcernNotFound
    return found[0]


def _staff_rows(
    session: Session, *wanted: ColumnElement[bool], page: Page | None = None
) -> tuple[StaffConcern, ...]:
    page = page or Page(number=1, pages=1, size=1)
    rows = session.execute(
        select(
            Concern,
            ItemRow.bank_id,
            ItemRow.current_revision_id,
            ItemRevision.content,
            ItemWithdrawal.withdrawn_at,
        )
        .join(ItemRow, ItemRow.id == Concern.item_id)
        .join(ItemRevision, ItemRevision.id == Concern.revision_id)
        .outerjoin(ItemWithdrawal, withdrawal_in_force(Concern.item_id))
        .where(*wanted)
        .order_by(Concern.reported_at.desc(), Concern.id.desc())
        .limit(page.size)
        .offset(page.offset)
    )
    return tuple(
        StaffConcern(
            concern=row.Concern,
            bank_id=row.bank_id,
            item=parse_item(row.content),
            is_current=row.current_revision_id == row.Concern.revision_id,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    )


def past_withdrawals(session: Session, item_id: str) -> list[ItemWithdrawal]:
    """When and why an item was put back before, the last time first."""
    return list(
        session.scalars(
            select(ItemWithdrawal)
            .where(ItemWithdrawal.item_id == item_id, ItemWithdrawal.put_back_at.is_not(None))
            .order_by(ItemWithdrawal.id.desc())
            .limit(PAGE_SIZE)
        )
    )
