"""What pages about attempts read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from quizapp.banks.models import BlueprintRevision
from quizapp.banks.queries import catalogue, revisions
from quizapp.core.blueprint import Break, ExamBlueprint
from quizapp.core.breaks import Stage, is_on_break, next_break
from quizapp.core.deadline import Arrival, Timing, arrival, deadline, is_timed, seconds_left
from quizapp.core.items import ITEM_TYPES, Answer, Item, ItemType, Order
from quizapp.db import joined_text
from quizapp.exams.certainty import has_said
from quizapp.exams.errors import AttemptNotFound
from quizapp.exams.models import (
    MOCK,
    PRACTICE,
    Attempt,
    Form,
    ItemResponse,
    is_running,
    results_may_show,
    withholds_keys,
)
from quizapp.pagination import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMock:
    """A learner's own mock, for the pages about the whole of it."""

    id: int
    blueprint: ExamBlueprint
    item_count: int
    timing: Timing
    stage: Stage
    submitted_at: datetime | None
    revision_ids: tuple[int, ...]

    def arrival(self, now: datetime) -> Arrival:
        return "closed" if self.submitted_at is not None else arrival(self.timing, now)

    def is_on_break(self, now: datetime) -> bool:
        return is_on_break(self.timing.break_until, now)

    @property
    def next_break(self) -> Break | None:
        """The break that was neither taken nor passed over yet, and comes next."""
        is_to_come = self.stage.break_after is not None
        return next_break(self.blueprint.breaks, self.stage.closed_through) if is_to_come else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedItem:
    """One position of a scored attempt, with everything that may be shown afterwards."""

    position: int
    board_domain: str
    item: Item
    order: Order
    answer: Answer | None
    outcome: str | None
    points: Fraction
    maximum: Fraction
    is_flagged: bool
    is_late: bool
    milliseconds: int
    certainty: int | None
    is_held_back: bool

    @property
    def is_right(self) -> bool:
        return self.points == self.maximum

    @property
    def share(self) -> Fraction:
        """What was earned of the item, 0 to 1."""
        return self.points / self.maximum

    @property
    def kind(self) -> ItemType:
        return ITEM_TYPES[self.item.type]

    @property
    def review(self) -> dict[str, Any]:
        return self.kind.review(self.item, self.order, self.answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An attempt of the learner's own with its items."""

    attempt: Attempt
    blueprint: ExamBlueprint | None
    items: tuple[ReviewedItem, ...]

    @property
    def answered(self) -> tuple[ReviewedItem, ...]:
        return tuple(entry for entry in self.items if entry.answer is not None)

    @property
    def first_open(self) -> int:
        """The position to go on at."""
        return _first_open(self.attempt.item_count, [entry.position for entry in self.items])

    @property
    def right(self) -> tuple[ReviewedItem, ...]:
        return tuple(entry for entry in self.answered if entry.is_right)

    @property
    def earned(self) -> Fraction:
        """The shares of all items added up: each item is worth one."""
        return sum((entry.share for entry in self.answered), Fraction(0))

    @property
    def picks_one(self) -> bool:
        """Whether every item is right or not by one choice."""
        return all(entry.kind.picks_one for entry in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPractice:
    """A practice set that can be gone on with, at its first open position."""

    id: int
    focus: dict[str, Any] | None
    item_count: int
    done: int
    position: int
    started_at: datetime


def own_mock(session: Session, learner_id: int, attempt_id: int) -> OpenMock:
    """:raises AttemptNotFound: when there is no such mock, or it is someone else's."""
    row = session.execute(
        select(Attempt, Form.entries, BlueprintRevision.content)
        .join(Form, Form.id == Attempt.form_id)
        .join(BlueprintRevision, BlueprintRevision.id == Attempt.blueprint_revision_id)
        .where(Attempt.id == attempt_id, Attempt.learner_id == learner_id, Attempt.mode == MOCK)
    ).one_or_none()
    if row is None:
        raise AttemptNotFound
    attempt: Attempt = row.Attempt
    return OpenMock(
        id=attempt.id,
        blueprint=ExamBlueprint.model_validate(row.content),
        item_count=attempt.item_count,
        timing=attempt.timing,
        stage=attempt.stage,
        submitted_at=attempt.submitted_at,
        revision_ids=tuple(entry["revision"] for entry in row.entries),
    )


def runs_until(session: Session, learner_id: int, now: datetime) -> datetime | None:
    """When the last of this learner's running timed mocks takes no more answers; None when none runs."""
    is_timed = and_(Attempt.limit_seconds.is_not(None), Attempt.multiplier_percent.is_not(None))
    return session.scalar(
        select(func.max(Attempt.closes_at)).where(
            Attempt.learner_id == learner_id, Attempt.mode == MOCK, is_running(Attempt, now), is_timed
        )
    )


def own_practice(session: Session, learner_id: int, attempt_id: int) -> int:
    """The id again. :raises AttemptNotFound: when it is no practice set, or someone else's."""
    found = session.scalar(
        select(Attempt.id).where(
            Attempt.id == attempt_id, Attempt.learner_id == learner_id, Attempt.mode == PRACTICE
        )
    )
    if found is None:
        raise AttemptNotFound
    return found


def open_stems(session: Session, mock: OpenMock, positions: list[int]) -> dict[int, Item]:
    """The items at some positions of a form: for the page before handing in."""
    wanted = {position: mock.revision_ids[position - 1] for position in positions}
    items = revisions(session, list(wanted.values()))
    return {position: items[revision] for position, revision in wanted.items()}


def reviewed(session: Session, learner_id: int, attempt_id: int, mode: str, now: datetime) -> Reviewed:
    """An attempt with the items that were answered, skipped or handed in, in order.

    Items of another attempt whose keys must not show yet, as of a running mock, are marked as held back.

    :raises AttemptNotFound: when there is no such attempt, or it is someone else's.
    """
    rows = session.execute(
        select(Attempt, Form.entries, BlueprintRevision.content)
        .join(Form, Form.id == Attempt.form_id)
        .outerjoin(BlueprintRevision, BlueprintRevision.id == Attempt.blueprint_revision_id)
        .where(Attempt.learner_id == learner_id, or_(Attempt.id == attempt_id, withholds_keys(Attempt, now)))
    ).all()
    row = next((row for row in rows if row.Attempt.id == attempt_id and row.Attempt.mode == mode), None)
    if row is None:
        raise AttemptNotFound
    held_back = {entry["item"] for other in rows if other is not row for entry in other.entries}
    stored = session.scalars(
        select(ItemResponse)
        .where(ItemResponse.attempt_id == attempt_id, ItemResponse.outcome.is_not(None))
        .order_by(ItemResponse.position)
    ).all()
    items = revisions(session, [response.revision_id for response in stored])
    return Reviewed(
        attempt=row.Attempt,
        blueprint=ExamBlueprint.model_validate(row.content) if row.content else None,
        items=tuple(
            ReviewedItem(
                position=response.position,
                board_domain=row.entries[response.position - 1]["domain"],
                item=items[response.revision_id],
                order=tuple(response.option_order),
                answer=response.answer,
                outcome=response.outcome,
                points=response.points or Fraction(0),
                maximum=response.maximum or Fraction(1),
                is_flagged=response.is_flagged,
                is_late=response.is_late,
                milliseconds=response.milliseconds,
                certainty=response.certainty,
                is_held_back=response.item_id in held_back,
            )
            for response in stored
        ),
    )


def open_practice(session: Session, learner_id: int, now: datetime) -> tuple[OpenPractice, ...]:
    """The learner's practice sets that are not finished, newest first."""
    return overview(session, learner_id, now).open_practice


@dataclass(frozen=True, slots=True, kw_only=True)
class MockOffer:
    """A blueprint that can be sat, with the learner's own open attempt if there is one."""

    blueprint: ExamBlueprint
    open_attempt: Attempt | None


def mock_offers(session: Session, learner_id: int) -> list[MockOffer]:
    """Every blueprint; in the order of their ids."""
    rows = session.scalars(
        select(Attempt).where(
            Attempt.learner_id == learner_id, Attempt.mode == MOCK, Attempt.submitted_at.is_(None)
        )
    )
    opened = {row.blueprint_id: row for row in rows}
    return [
        MockOffer(blueprint=current.blueprint, open_attempt=opened.get(blueprint_id))
        for blueprint_id, current in catalogue(session).blueprints.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMockLine:
    """A mock that waits to be gone on with."""

    id: int
    blueprint_id: str | None
    item_count: int
    answered: int
    started_at: datetime
    closes_at: datetime
    timing: Timing

    @property
    def ends_at(self) -> datetime:
        return deadline(self.timing)

    def break_until(self, now: datetime) -> datetime | None:
        """Until when a break runs; None when none does."""
        return self.timing.break_until if is_on_break(self.timing.break_until, now) else None

    def left(self, now: datetime) -> int | None:
        """The seconds until its end; None without a limit."""
        return seconds_left(self.timing, now) if is_timed(self.timing) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One line of the list of finished attempts. In a mock every item counts, answered or not."""

    id: int
    mode: str
    blueprint_id: str | None
    focus: dict[str, Any] | None
    submitted_at: datetime
    right: Fraction
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A learner's open attempts, and the latest finished ones; newest first."""

    open_mocks: tuple[OpenMockLine, ...]
    open_practice: tuple[OpenPractice, ...]
    past: tuple[PastAttempt, ...]
    has_said_certainty: bool  # in any attempt, if there is one to list


MOST_OPEN, MOST_PAST = 10, 12
PAGE_SIZE = 25


def overview(session: Session, learner_id: int, now: datetime) -> Overview:
    """In one statement, by an index that makes it cost the same after any number of attempts."""
    own = select(Attempt.id).where(Attempt.learner_id == learner_id)
    # Mocks first: no number of paused practice sets may hide an exam whose clock runs.
    still_open = (
        own.where(Attempt.submitted_at.is_(None), or_(Attempt.mode == MOCK, Attempt.closes_at >= now))
        .order_by(Attempt.mode != MOCK, Attempt.id.desc())
        .limit(MOST_OPEN)
    )
    past = own.where(_is_past(now)).order_by(Attempt.submitted_at.desc()).limit(MOST_PAST)
    # In a mock a position may hold nothing but a flag; in practice a skipped one is done, and a conversation
    # that was begun is not.
    is_done = or_(
        and_(ItemResponse.mode == MOCK, ItemResponse.answer.is_not(None)), ItemResponse.outcome.is_not(None)
    )
    done = (
        select(joined_text(cast(ItemResponse.position, String), " "))
        .where(ItemResponse.attempt_id == Attempt.id, is_done)
        .correlate(Attempt)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Attempt,
            case((Attempt.submitted_at.is_(None), done), else_=None).label("done"),
            has_said(learner_id).label("has_said"),
        )
        .where(or_(Attempt.id.in_(still_open.subquery().select()), Attempt.id.in_(past.subquery().select())))
        .order_by(func.coalesce(Attempt.submitted_at, Attempt.started_at).desc(), Attempt.id.desc())
    ).all()
    return Overview(
        open_mocks=tuple(
            _mock_line(row.Attempt, _positions(row.done)) for row in rows if _is_open(row.Attempt, MOCK)
        ),
        # A set whose last two items were answered at one moment is complete, though nothing has closed it.
        open_practice=tuple(
            _practice_line(row.Attempt, _positions(row.done))
            for row in rows
            if _is_open(row.Attempt, PRACTICE) and len(_positions(row.done)) < row.Attempt.item_count
        ),
        past=tuple(
            _past_line(row.Attempt, row.Attempt.submitted_at)
            for row in rows
            if row.Attempt.submitted_at is not None
        ),
        has_said_certainty=any(row.has_said for row in rows),
    )


def past_attempts(
    session: Session, learner_id: int, asked: str | None, now: datetime
) -> tuple[Page, tuple[PastAttempt, ...]]:
    """One page of all that a learner has finished, newest first."""
    own = Attempt.learner_id == learner_id, _is_past(now)
    page = Page.of(asked, session.scalar(select(func.count()).where(*own)) or 0, PAGE_SIZE)
    rows = session.scalars(
        select(Attempt)
        .where(*own)
        .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
        .limit(page.size)
        .offset(page.offset)
    )
    return page, tuple(_past_line(row, row.submitted_at) for row in rows if row.submitted_at is not None)


def _is_past(now: datetime) -> ColumnElement[bool]:
    """Finished, and with a result that may show: a practice set that was ended without an answer has none."""
    has_result = or_(Attempt.mode == MOCK, Attempt.answered_count > 0)
    return and_(Attempt.submitted_at.is_not(None), has_result, results_may_show(Attempt, now))


def _is_open(attempt: Attempt, mode: str) -> bool:
    return attempt.submitted_at is None and attempt.mode == mode


def _positions(joined: str | None) -> frozenset[int]:
    return frozenset(int(position) for position in joined.split()) if joined else frozenset()


def _first_open(item_count: int, done: Collection[int]) -> int:
    return next((position for position in range(1, item_count + 1) if position not in done), item_count)


def _mock_line(attempt: Attempt, done: Collection[int]) -> OpenMockLine:
    return OpenMockLine(
        id=attempt.id,
        blueprint_id=attempt.blueprint_id,
        item_count=attempt.item_count,
        answered=len(done),
        started_at=attempt.started_at,
        closes_at=attempt.closes_at,
        timing=attempt.timing,
    )


def _practice_line(attempt: Attempt, done: Collection[int]) -> OpenPractice:
    return OpenPractice(
        id=attempt.id,
        focus=attempt.focus,
        item_count=attempt.item_count,
        done=len(done),
        position=_first_open(attempt.item_count, done),
        started_at=attempt.started_at,
    )


def _past_line(attempt: Attempt, submitted_at: datetime) -> PastAttempt:
    return PastAttempt(
        id=attempt.id,
        mode=attempt.mode,
        blueprint_id=attempt.blueprint_id,
        focus=attempt.focus,
        submitted_at=submitted_at,
        right=attempt.raw_score or Fraction(0),
        counted=attempt.item_count if attempt.mode == MOCK else attempt.answered_count or 0,
    )
