"""Groups of learners, who is in them, and who was invited."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.accounts.models import Programme
from quizapp.db import Base


class Cohort(Base):
    """A programme's group of learners who train together. On pages it is called a group."""

    __tablename__ = "cohort"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("starts_on <= ends_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    join_code: Mapped[str] = mapped_column(unique=True)  # as it is: staff read it out
    join_code_expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    programme: Mapped[Programme] = relationship(lazy="raise")


class CohortMember(Base):
    """A learner in a group; who has left stays as a row with `left_at`, which no page of staff shows."""

    __tablename__ = "cohort_member"
    __table_args__ = (UniqueConstraint("cohort_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]  # for the last time
    left_at: Mapped[datetime | None]


class CohortInvitation(Base):
    """An address that staff have invited to a group. Whether it has an account stands nowhere."""

    __tablename__ = "cohort_invitation"
    __table_args__ = (UniqueConstraint("cohort_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(index=True)
    sent_at: Mapped[datetime]  # for the last time
    withdrawn_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
