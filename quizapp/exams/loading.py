"""One statement that loads the person, the attempt, the item at a position and its answer.

It also serves as the user loader of these pages, so that a save needs no statement of its own for the person.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask import g
from sqlalchemy import (
    JSON,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from quizapp import direct
from quizapp.accounts.access import Viewer
from quizapp.accounts.login import PERSON_COLUMNS, viewer_from_row
from quizapp.accounts.models import User
from quizapp.banks.models import ItemRevision
from quizapp.core.breaks import Place, Stage, place
from quizapp.core.deadline import Arrival, Timing, arrival
from quizapp.core.items import ITEM_TYPES, Answer, Item, ItemType, Order, parse_item
from quizapp.db import joined_text
from quizapp.direct import Direct, Prepared
from quizapp.exams.errors import AttemptNotFound
from quizapp.exams.models import (
    AFTER_EACH,
    AFTER_END,
    AFTER_WINDOW,
    MOCK,
    SKIPPED,
    Attempt,
    Form,
    ItemResponse,
)
from quizapp.exams.palette import Palette, palette_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedItem:
    """One position of a learner's own attempt, with the item as pinned and the answer as it stands."""

    attempt_id: int
    learner_id: int
    mode: str
    item_count: int
    blueprint_id: str | None
    timing: Timing
    stage: Stage
    submitted_at: datetime | None
    position: int
    board_domain: str
    order: Order
    revision_id: int
    item: Item
    version: int
    answer: Answer | None
    is_flagged: bool
    saved_at: datetime | None
    outcome: str | None
    milliseconds: int
    points: Fraction | None
    maximum: Fraction | None
    was_seen: bool
    held_until: datetime | None
    done_elsewhere: tuple[str, ...]
    feedback: str | None  # of an attempt in a sitting
    is_set_with_certainty: bool
    certainty: int | None
    palette: Palette | None  # of a mock's page

    @property
    def kind(self) -> ItemType:
        return ITEM_TYPES[self.item.type]

    @property
    def is_right(self) -> bool:
        """Whether all points were earned."""
        return self.points is not None and self.points == self.maximum

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the answer is missing."""
        return self.answer is not None and self.kind.is_complete(self.item, self.answer)

    @property
    def asks_certainty(self) -> bool:
        """Whether the answer goes with how sure the learner is.

        Not that of a conversation: each reply shows what comes of it before all of it is answered.
        """
        return self.is_set_with_certainty and not self.kind.in_steps

    def is_held_back(self, now: datetime) -> bool:
        """Whether a running mock holds the item, so that it shows nowhere else."""
        return self.held_until is not None and now <= self.held_until

    @property
    def tells_at_once(self) -> bool:
        """Whether each answer is followed by its feedback."""
        return self.feedback in (None, AFTER_EACH)

    def is_withheld(self, now: datetime) -> bool:
        """Whether what was answered must not be shown as right or wrong."""
        if self.feedback == AFTER_WINDOW:
            return self.timing.latest_end is not None and now < self.timing.latest_end
        return self.feedback == AFTER_END and self.arrival(now) != "closed"

    def arrival(self, now: datetime) -> Arrival:
        return "closed" if self.submitted_at is not None else arrival(self.timing, now)

    def place(self, now: datetime) -> Place:
        """What the breaks of the exam make of this position."""
        return place(self.stage, self.timing.break_until, self.position, now)


_entry = Form.entries[bindparam("index", type_=JSON.JSONIntIndexType())]
_earlier = aliased(ItemResponse)
_sibling = aliased(ItemResponse)
_was_seen = (
    select(_earlier.position)
    .where(
        _earlier.learner_id == Attempt.learner_id,
        _earlier.item_id == ItemRevision.item_id,
        _earlier.attempt_id != Attempt.id,
        _earlier.outcome != SKIPPED,  # left out, it showed no key: the first answer is still to come
    )
    .limit(1)
    .scalar_subquery()
)
_other, _other_form = aliased(Attempt), aliased(Form)
_tells_after_window = _other.feedback == AFTER_WINDOW
_runs_without_feedback = and_(
    _other.submitted_at.is_(None), or_(_other.mode == MOCK, _other.feedback == AFTER_END)
)
# Until when another attempt of this learner's withholds the item; it may have begun after the set. Which ones
# do is said in `models.withholds_keys`.
_held_until = (
    select(
        func.max(
            case(
                (and_(_tells_after_window, _other.submitted_at.is_not(None)), _other.latest_end_at),
                (
                    and_(_tells_after_window, _other.latest_end_at > _other.closes_at),
                    _other.latest_end_at,
                ),
                else_=_other.closes_at,
            )
        )
    )
    .where(
        _other.learner_id == Attempt.learner_id,
        _other.id != Attempt.id,
        or_(_tells_after_window, _runs_without_feedback),
        _other_form.id == _other.form_id,
        cast(_other_form.entries, Text).contains(literal('"').concat(ItemRevision.item_id).concat('"')),
    )
    .scalar_subquery()
)
# What the other positions earned, as one text: by it a practice set knows whether this answer ends it.
_points, _maximum = (type_coerce(column, Text) for column in (_sibling.points, _sibling.maximum))
_earned = _points.concat(literal_column("':'")).concat(_maximum)
_done_elsewhere = (
    select(joined_text(func.coalesce(_earned, _sibling.outcome), " "))
    .where(
        _sibling.attempt_id == Attempt.id,
        _sibling.position != bindparam("position"),
        _sibling.outcome.is_not(None),
    )
    .scalar_subquery()
)
_CLOCK_COLUMNS = (
    Attempt.started_at,
    Attempt.limit_seconds,
    Attempt.multiplier_percent,
    Attempt.added_seconds,
    Attempt.break_seconds,
    Attempt.grace_seconds,
    Attempt.latest_end_at,
    Attempt.break_until,
    Attempt.closed_through,
    Attempt.break_after,
    Attempt.submitted_at,
)
_ATTEMPT_COLUMNS = (
    Attempt.id.label("attempt_id"),
    Attempt.learner_id,
    Attempt.mode,
    Attempt.item_count,
    Attempt.blueprint_id,
    *_CLOCK_COLUMNS,
    Attempt.feedback,
    _entry.label("entry"),
    ItemRevision.id.label("revision_id"),
    cast(ItemRevision.content, Text).label("content"),
    ItemResponse.version,
    ItemResponse.answer,
    ItemResponse.is_flagged,
    ItemResponse.saved_at,
    ItemResponse.outcome,
    ItemResponse.milliseconds,
    ItemResponse.points,
    ItemResponse.maximum,
)
_JOINED = (
    select(*PERSON_COLUMNS, *_ATTEMPT_COLUMNS)
    .select_from(User)
    .outerjoin(Attempt, and_(Attempt.learner_id == User.id, Attempt.id == bindparam("attempt_id")))
    .outerjoin(Form, Form.id == Attempt.form_id)
    .outerjoin(ItemRevision, ItemRevision.id == _entry["revision"].as_integer())
    .outerjoin(
        ItemResponse,
        and_(ItemResponse.attempt_id == Attempt.id, ItemResponse.position == bindparam("position")),
    )
    .where(User.id == bindparam("user_id"))
)
_CLOCK = Prepared(
    lambda _dialect: (
        select(*PERSON_COLUMNS, *_CLOCK_COLUMNS)
        .select_from(User)
        .outerjoin(
            Attempt,
            and_(
                Attempt.learner_id == User.id,
                Attempt.id == bindparam("attempt_id"),
                Attempt.mode == MOCK,
            ),
        )
        .where(User.id == bindparam("user_id"))
    )
)
_MOCK = Prepared(lambda _dialect: _JOINED)
_MOCK_PAGE = Prepared(lambda _dialect: _JOINED.add_columns(palette_codes(Attempt.id).label("palette")))
_PRACTICE = Prepared(
    lambda _dialect: _JOINED.add_columns(
        _was_seen.label("was_seen"),
        _held_until.label("held_until"),
        _done_elsewhere.label("done_elsewhere"),
        Attempt.asks_certainty,
        ItemResponse.certainty,
    )
)


def load_mock(_session: Session, user_id: int, view_args: Mapping[str, Any]) -> Viewer | None:
    """The person, with the position of their mock remembered for `opened_item`."""
    return _load(direct.connection(), _MOCK, user_id, view_args)


def load_mock_page(_session: Session, user_id: int, view_args: Mapping[str, Any]) -> Viewer | None:
    """The same with the palette."""
    return _load(direct.connection(), _MOCK_PAGE, user_id, view_args)


def load_clock(_session: Session, user_id: int, view_args: Mapping[str, Any]) -> Viewer | None:
    """The person, with the time of their mock for `opened_clock`: a page asks every few seconds."""
    keys = {"user_id": user_id, "attempt_id": view_args["attempt_id"]}
    row = direct.connection().run_one(_CLOCK, keys)
    if row is None:
        return None
    g.opened_clock = row
    return viewer_from_row(row)


def opened_clock() -> tuple[Timing, Stage, datetime | None]:
    """What decides the end and the breaks of the mock that the user loader found, and when it was handed in.

    :raises AttemptNotFound: if there is none, it is someone else's, or no mock.
    """
    row = g.get("opened_clock")
    if row is None or row.started_at is None:
        raise AttemptNotFound
    return _timing(row), _stage(row), row.submitted_at


def load_practice(session: Session, user_id: int, view_args: Mapping[str, Any]) -> Viewer | None:
    """The same for practice, which also needs to know what was seen and done before."""
    return _load(Direct.within(session), _PRACTICE, user_id, view_args)


def _load(
    connection: Direct, statement: Prepared, user_id: int, view_args: Mapping[str, Any]
) -> Viewer | None:
    row = _read(connection, statement, user_id, view_args["attempt_id"], view_args["position"])
    if row is None:
        return None
    g.opened = row, view_args["position"]
    return viewer_from_row(row)


def _read(
    connection: Direct, statement: Prepared, user_id: int, attempt_id: int, position: int
) -> Any | None:
    keys = {"user_id": user_id, "attempt_id": attempt_id, "position": position, "index": position - 1}
    return connection.run_one(statement, keys)


def opened_item(mode: str) -> OpenedItem:
    """The position that the user loader of this request found.

    :raises AttemptNotFound: if there is none, it is someone else's, or of another mode.
    """
    row, position = g.get("opened", (None, 0))
    return _checked(row, position, mode)


def open_item(session: Session, mode: str, learner_id: int, attempt_id: int, position: int) -> OpenedItem:
    """The same outside a request."""
    statement = _MOCK if mode == MOCK else _PRACTICE
    return _checked(
        _read(Direct.within(session), statement, learner_id, attempt_id, position), position, mode
    )


def _checked(row: Any | None, position: int, mode: str) -> OpenedItem:
    if row is None or row.entry is None or row.mode != mode:
        raise AttemptNotFound
    return _from_row(row, position)


@functools.lru_cache(maxsize=4096)
def _read_item(content: str) -> Item:
    """The item of a revision's JSON text, by which it is kept: the same text is the same item for ever."""
    return parse_item(json.loads(content))


def _timing(row: Any) -> Timing:
    return Timing(
        started_at=row.started_at,
        limit_seconds=row.limit_seconds,
        multiplier_percent=row.multiplier_percent,
        added_seconds=row.added_seconds,
        break_seconds=row.break_seconds,
        grace_seconds=row.grace_seconds,
        latest_end=row.latest_end_at,
        break_until=row.break_until,
    )


def _stage(row: Any) -> Stage:
    return Stage(closed_through=row.closed_through, break_after=row.break_after)


def _from_row(row: Any, position: int) -> OpenedItem:
    done, stage = getattr(row, "done_elsewhere", None), _stage(row)
    return OpenedItem(
        attempt_id=row.attempt_id,
        learner_id=row.learner_id,
        mode=row.mode,
        item_count=row.item_count,
        blueprint_id=row.blueprint_id,
        timing=_timing(row),
        stage=stage,
        submitted_at=row.submitted_at,
        position=position,
        board_domain=row.entry["domain"],
        order=tuple(row.entry["order"]),
        revision_id=row.revision_id,
        item=_read_item(row.content),
        version=row.version or 0,
        answer=row.answer,
        is_flagged=bool(row.is_flagged),
        saved_at=row.saved_at,
        outcome=row.outcome,
        milliseconds=row.milliseconds or 0,
        points=row.points,
        maximum=row.maximum,
        was_seen=getattr(row, "was_seen", None) is not None,
        held_until=getattr(row, "held_until", None),
        done_elsewhere=tuple(done.split()) if done else (),
        feedback=row.feedback,
        is_set_with_certainty=bool(getattr(row, "asks_certainty", False)),
        certainty=getattr(row, "certainty", None),
        palette=_palette(row, stage) if hasattr(row, "palette") else None,
    )


def _palette(row: Any, stage: Stage) -> Palette:
    return Palette.from_codes(row.item_count, row.palette.split() if row.palette else (), stage)
