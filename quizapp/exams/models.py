"""Attempts and what was answered in them."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    and_,
    false,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.core.breaks import Stage
from quizapp.core.deadline import Timing
from quizapp.db import Base, JsonDocument, JsonOrNull

# SQLite counts up only in an INTEGER key.
BIG_KEY = BigInteger().with_variant(Integer, "sqlite")
PRACTICE, MOCK = "practice", "mock"
ANSWERED, OMITTED, SKIPPED = "answered", "omitted", "skipped"
BY_LEARNER, BY_TIME = "learner", "time"
# When keys and results show: after each answer (practice), once handed in, or after the sitting's window.
AFTER_EACH, AFTER_END, AFTER_WINDOW = "each", "end", "window"


class Form(Base):
    """The items of one attempt in order: one row, so that starting costs the same for any length.

    `entries` is a list of {"revision": id, "item": id, "domain": board domain, "order": [option indexes]}.
    """

    __tablename__ = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[list[Any]] = mapped_column(JsonDocument)
    created_at: Mapped[datetime]


class Attempt(Base):
    """One learner's practice set or exam, from its start to its result."""

    __tablename__ = "attempt"
    __table_args__ = (
        # One open mock per learner and blueprint: fifty clicks on "Start" make one attempt.
        Index(
            "uq_attempt_open_mock",
            "learner_id",
            "blueprint_id",
            unique=True,
            sqlite_where=text("mode = 'mock' AND submitted_at IS NULL"),
            postgresql_where=text("mode = 'mock' AND submitted_at IS NULL"),
        ),
        Index("ix_attempt_learner_id_submitted_at", "learner_id", "submitted_at"),
        Index(
            "ix_attempt_closes_at_open",
            "closes_at",
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index(
            "ix_attempt_totals_wait",
            "latest_end_at",
            sqlite_where=text("totals_wait = 1"),
            postgresql_where=text("totals_wait"),
        ),
        CheckConstraint("mode IN ('practice', 'mock')", name="mode_known"),
        CheckConstraint("deadline_at <= closes_at", name="deadline_before_close"),
        # Attempts of a sitting are counted by their number: of many starts at once one gets it.
        Index("uq_attempt_sitting_number", "sitting_id", "learner_id", "sitting_number", unique=True),
        CheckConstraint(
            "sitting_id IS NULL OR (sitting_number IS NOT NULL AND sitting_limit IS NOT NULL"
            " AND sitting_number >= 1 AND sitting_number <= sitting_limit)",
            name="within_sitting_limit",
        ),
        CheckConstraint("feedback IN ('each', 'end', 'window')", name="feedback_known"),
        CheckConstraint("feedback <> 'window' OR latest_end_at IS NOT NULL", name="window_has_end"),
        CheckConstraint("closed_through >= 0 AND closed_through < item_count", name="closed_in_range"),
        CheckConstraint("break_after > closed_through AND break_after < item_count", name="break_is_ahead"),
        CheckConstraint("break_until IS NULL OR closed_through > 0", name="break_closes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    mode: Mapped[str]
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), unique=True)
    item_count: Mapped[int]
    blueprint_id: Mapped[str | None] = mapped_column(ForeignKey("blueprint.id"))
    blueprint_revision_id: Mapped[int | None] = mapped_column(ForeignKey("blueprint_revision.id"))
    focus: Mapped[dict[str, Any] | None] = mapped_column(
        JsonOrNull
    )  # practice: {"kind": "domain", "key": ...}
    started_at: Mapped[datetime]
    limit_seconds: Mapped[int | None]
    multiplier_percent: Mapped[int | None]
    added_seconds: Mapped[int] = mapped_column(default=0)
    break_seconds: Mapped[int] = mapped_column(default=0)
    grace_seconds: Mapped[int] = mapped_column(default=30)
    # Both follow from the columns above (core.deadline) and are written with them, for the guarded save.
    deadline_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    # Of an attempt in a sitting alone; the number counts from 1 for each learner. No foreign key: sittings
    # belong to a feature above this one, and are called off but never removed.
    sitting_id: Mapped[int | None]
    sitting_number: Mapped[int | None]
    sitting_limit: Mapped[int | None]
    latest_end_at: Mapped[datetime | None]  # the end of the sitting's window
    feedback: Mapped[str | None]
    # Of a mock with breaks. The guarded save reads them; `core.breaks` says what they mean.
    closed_through: Mapped[int] = mapped_column(default=0, server_default="0")
    break_after: Mapped[int | None]
    break_until: Mapped[datetime | None]
    # Practice of one's own alone: whether each answer goes with how sure the learner is.
    asks_certainty: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Scored, but not in the learner's totals as long as they would tell what must not show yet.
    totals_wait: Mapped[bool] = mapped_column(default=False, server_default=false())
    submitted_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    answered_count: Mapped[int | None]
    # Each item is worth one, whatever the points of its type: an answer adds its share of them.
    raw_score: Mapped[Fraction | None]
    maximum_score: Mapped[Fraction | None]
    receipt: Mapped[str | None]

    form: Mapped[Form] = relationship(lazy="raise")

    @property
    def timing(self) -> Timing:
        return Timing(
            started_at=self.started_at,
            limit_seconds=self.limit_seconds,
            multiplier_percent=self.multiplier_percent,
            added_seconds=self.added_seconds,
            break_seconds=self.break_seconds,
            grace_seconds=self.grace_seconds,
            latest_end=self.latest_end_at,
            break_until=self.break_until,
        )

    @property
    def stage(self) -> Stage:
        return Stage(closed_through=self.closed_through, break_after=self.break_after)

    def shows_from(self, now: datetime) -> datetime | None:
        """From when results may show, if that is still to come."""
        if self.feedback == AFTER_WINDOW and self.latest_end_at is not None and self.latest_end_at > now:
            return self.latest_end_at
        return None

    def is_withheld(self, now: datetime) -> bool:
        """Whether what was answered so far must not be shown as right or wrong."""
        is_open = self.submitted_at is None and self.closes_at >= now
        return self.shows_from(now) is not None or (is_open and self.feedback == AFTER_END)


def is_running(attempt: type[Attempt], now: Any) -> ColumnElement[bool]:
    """The condition for an attempt that still takes answers."""
    return and_(attempt.submitted_at.is_(None), attempt.closes_at >= now)


def withholds_keys(attempt: type[Attempt], now: Any) -> ColumnElement[bool]:
    """The condition for an attempt whose keys must show nowhere.

    It is a mock that runs, a practice set without feedback that runs, or one in a sitting that tells only
    after its window.
    """
    return or_(
        and_(or_(attempt.mode == MOCK, attempt.feedback == AFTER_END), is_running(attempt, now)),
        and_(attempt.feedback == AFTER_WINDOW, attempt.latest_end_at > now),
    )


def results_may_show(attempt: type[Attempt], now: Any) -> ColumnElement[bool]:
    """The condition for an attempt that need not wait for the end of its sitting's window."""
    return or_(attempt.feedback.is_(None), attempt.feedback != AFTER_WINDOW, attempt.latest_end_at <= now)


class ItemResponse(Base):
    """What stands answered at one position, and, once scored, all that cannot be recovered later."""

    __tablename__ = "item_response"
    __table_args__ = (
        Index("ix_item_response_learner_id_item_id", "learner_id", "item_id"),
        Index(
            "ix_item_response_said_certainty",
            "learner_id",
            "saved_at",
            sqlite_where=text("certainty IS NOT NULL"),
            postgresql_where=text("certainty IS NOT NULL"),
        ),
        CheckConstraint("certainty >= 1 AND certainty <= 3", name="certainty_known"),
        # So that the rows of one attempt lie together: a page reads them all, for its palette.
        {"sqlite_with_rowid": False},
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    learner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("item_revision.id"))
    mode: Mapped[str]
    option_order: Mapped[list[Any]] = mapped_column(JsonDocument)
    version: Mapped[int]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    # How sure the learner was, a level of core.certainty; None where nobody asked. It changes no score.
    certainty: Mapped[int | None] = mapped_column(SmallInteger)
    is_flagged: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    saved_at: Mapped[datetime]
    outcome: Mapped[str | None]  # answered, omitted or skipped, once scored
    is_first_exposure: Mapped[bool | None]
    rule_id: Mapped[str | None]
    points: Mapped[Fraction | None]
    maximum: Mapped[Fraction | None]
    scored_at: Mapped[datetime | None]

    @property
    def share(self) -> Fraction:
        """What was earned of the item, 0 to 1; nothing before it is scored."""
        return self.points / self.maximum if self.points and self.maximum else Fraction(0)


class ResponseChange(Base):
    """Every change of a mock answer that arrived, accepted or refused. Rows are never changed."""

    __tablename__ = "response_change"
    __table_args__ = (UniqueConstraint("attempt_id", "position", "change_id"),)

    id: Mapped[int] = mapped_column(BIG_KEY, primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    change_id: Mapped[str]
    base: Mapped[int]
    body: Mapped[dict[str, Any]]
    outcome: Mapped[str]  # saved, late, conflict or closed
    version: Mapped[int]  # the one made, or for a refusal the one that stood
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
