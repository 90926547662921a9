"""Sittings: a mock exam or a practice set that a group is given, with its window and rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.cohorts.models import Cohort
from quizapp.db import Base, JsonOrNull
from quizapp.exams.models import Form

MOST_ATTEMPTS = 5
MOST_ADDED_MINUTES = 240
MOST_ADDED_PERCENT = 100


class Sitting(Base):
    """What a group, or some of its members, are to do between two moments."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="window_in_order"),
        CheckConstraint(f"attempt_limit >= 1 AND attempt_limit <= {MOST_ATTEMPTS}", name="limit_in_range"),
        CheckConstraint("feedback IN ('each', 'end', 'window')", name="feedback_known"),
        CheckConstraint(
            "(mode = 'mock' AND blueprint_id IS NOT NULL AND feedback <> 'each')"
            " OR (mode = 'practice' AND focus IS NOT NULL AND size IS NOT NULL)",
            name="mode_complete",
        ),
        CheckConstraint(
            f"added_minutes >= 0 AND added_minutes <= {MOST_ADDED_MINUTES}", name="added_in_range"
        ),
        CheckConstraint(
            f"added_percent >= 0 AND added_percent <= {MOST_ADDED_PERCENT}", name="percent_in_range"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    mode: Mapped[str]  # as of an attempt
    blueprint_id: Mapped[str | None] = mapped_column(ForeignKey("blueprint.id"))
    focus: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)  # {"kind": "domain", "key": ...}
    size: Mapped[int | None]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    attempt_limit: Mapped[int]
    feedback: Mapped[str]
    is_for_all: Mapped[bool]  # also for those who join later
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    # On top of everybody's own time: minutes of standard time, and a share of the own limit.
    added_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    added_percent: Mapped[int] = mapped_column(default=0, server_default="0")

    cohort: Mapped[Cohort] = relationship(lazy="raise")


class SittingPerson(Base):
    """What concerns one learner in a sitting: being chosen for it, their time, and whether they were told."""

    __tablename__ = "sitting_person"
    __table_args__ = (
        UniqueConstraint("sitting_id", "user_id"),
        CheckConstraint(
            f"added_minutes >= 0 AND added_minutes <= {MOST_ADDED_MINUTES}", name="added_in_range"
        ),
        CheckConstraint(
            f"added_percent >= 0 AND added_percent <= {MOST_ADDED_PERCENT}", name="percent_in_range"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    is_chosen: Mapped[bool] = mapped_column(default=False)  # matters unless the sitting is for all
    time_multiplier: Mapped[str | None]  # a key of multipliers.MULTIPLIERS; None: the learner's own
    added_minutes: Mapped[int] = mapped_column(default=0)
    added_percent: Mapped[int] = mapped_column(default=0, server_default="0")  # of the learner's own limit
    announced_at: Mapped[datetime | None]


class TimeAdded(Base):
    """Time that staff have added while a sitting ran, for everybody or for one learner; kept to be undone."""

    __tablename__ = "sitting_time_added"
    __table_args__ = (CheckConstraint("(minutes > 0) <> (percent > 0)", name="one_amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[int]
    percent: Mapped[int]
    added_at: Mapped[datetime]


class PreparedForm(Base):
    """The form of one learner's first attempt in a sitting, made ahead. The start takes it from here."""

    __tablename__ = "prepared_form"
    __table_args__ = (UniqueConstraint("sitting_id", "learner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("form.id"), unique=True)
    blueprint_revision_id: Mapped[int] = mapped_column(ForeignKey("blueprint_revision.id"))
    made_at: Mapped[datetime]

    form: Mapped[Form] = relationship(lazy="raise")
