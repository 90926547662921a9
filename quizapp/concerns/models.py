"""What learners report about items."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base

WRONG, UNCLEAR, HURTFUL, SEEN = "wrong", "unclear", "hurtful", "seen"
KINDS = (WRONG, UNCLEAR, HURTFUL, SEEN)
State = Literal["open", "answered", "closed"]


class Concern(Base):
    """What one learner says about one revision of an item, and what staff answered."""

    __tablename__ = "concern"
    __table_args__ = (
        # Once each; a report without a person is of somebody whose account is erased.
        UniqueConstraint("learner_id", "revision_id"),
        Index(
            "ix_concern_open",
            "reported_at",
            sqlite_where=text("answer IS NULL AND closed_at IS NULL"),
            postgresql_where=text("answer IS NULL AND closed_at IS NULL"),
        ),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_has_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("item_revision.id"))
    kind: Mapped[str]
    words: Mapped[str | None]
    # Counts up with every change, so that nobody answers words that they did not read.
    version: Mapped[int] = mapped_column(default=1)
    reported_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # by the learner
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def state(self) -> State:
        if self.closed_at is not None:
            return "closed"
        return "open" if self.answer is None else "answered"
