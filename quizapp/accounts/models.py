"""Tables of people, programmes, and what each person may do where."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base


class User(Base):
    """A person. `user` is a reserved word in SQL, so the table is called `account`."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower case, see accounts/addresses.py
    password_hash: Mapped[str]
    name: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    session_version: Mapped[int] = mapped_column(default=1)  # raising it signs out everywhere
    time_zone: Mapped[str]
    state: Mapped[str | None]  # two capital letters, as in the banks
    target_blueprint_id: Mapped[str | None]  # blueprints live in files: no foreign key
    time_multiplier: Mapped[str] = mapped_column(default="1")  # a key of multipliers.MULTIPLIERS
    hides_clock: Mapped[bool] = mapped_column(default=False)
    uses_shortcuts: Mapped[bool] = mapped_column(default=True)
    asks_certainty: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class Programme(Base):
    """A training programme: the unit inside which staff see learners."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str]
    created_at: Mapped[datetime]


class Membership(Base):
    """One person's one role in a programme."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("programme_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]  # a key of access.ROLES
    joined_at: Mapped[datetime]


class RateLimit(Base):
    """How often something was tried in the window that ends at `expires_at`."""

    __tablename__ = "rate_limit"

    key: Mapped[str] = mapped_column(primary_key=True)  # a hash: no address is kept
    hits: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
