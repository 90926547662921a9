"""Tables that mirror the content files. What people did points at revisions, which never change."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.db import Base

# NULL, not the JSON value null, where there is no list.
OPTIONAL_LIST = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Bank(Base):
    """One bank folder."""

    __tablename__ = "bank"

    id: Mapped[str] = mapped_column(primary_key=True)
    folder: Mapped[str]
    title: Mapped[str]
    lang: Mapped[str]
    licence: Mapped[str]
    meta: Mapped[dict[str, Any]]  # the whole bank.yaml
    synced_hash: Mapped[str]  # of all that its items were checked against
    synced_at: Mapped[datetime]


class Item(Base):
    """One item as it stands now: what a search asks for, and which revision holds the text."""

    __tablename__ = "item"
    __table_args__ = (
        Index("ix_item_status_domain", "status", "domain"),
        Index("ix_item_bank_id_path", "bank_id", "path"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    bank_id: Mapped[str] = mapped_column(ForeignKey("bank.id"))
    path: Mapped[str | None]  # the file within the bank's folder; None when no file has the item any more
    # No foreign key: item and revision would each need the other first. Revisions are never deleted.
    current_revision_id: Mapped[int | None]
    status: Mapped[str]  # draft, in_review, live or retired; also retired when no file has it
    type: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    lang: Mapped[str]
    domain: Mapped[str]
    principle: Mapped[str] = mapped_column(index=True)
    missteps: Mapped[list[str]]  # those that a learner could choose
    situation: Mapped[str]
    states: Mapped[list[str] | None] = mapped_column(OPTIONAL_LIST)  # None: everywhere


class ItemRevision(Base):
    """An item's content at one time. Rows are never changed."""

    __tablename__ = "item_revision"
    __table_args__ = (UniqueConstraint("item_id", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ItemWithdrawal(Base):
    """From when nobody new met an item, whatever its files say, and why it may be met again.

    It stands apart from `item`, which a sync writes: only a person puts an item back.
    """

    __tablename__ = "item_withdrawal"
    __table_args__ = (
        # One at a time: of two reports at once one withdraws.
        Index(
            "uq_item_withdrawal_in_force",
            "item_id",
            unique=True,
            sqlite_where=text("put_back_at IS NULL"),
            postgresql_where=text("put_back_at IS NULL"),
        ),
        CheckConstraint("(put_back_at IS NULL) = (reason IS NULL)", name="put_back_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    withdrawn_at: Mapped[datetime]
    put_back_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class ContentFile(Base):
    """A file as it was last synced, so that an unchanged one costs only its hash."""

    __tablename__ = "content_file"

    folder: Mapped[str] = mapped_column(primary_key=True)  # of the bank; "" for the files at the top
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]


class ReferenceDocument(Base):
    """The taxonomy or the support file, as last read without errors."""

    __tablename__ = "reference_document"

    name: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]


class Blueprint(Base):
    """An exam blueprint. Gone from the files it has no current revision; attempts keep the one they have."""

    __tablename__ = "blueprint"

    id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]  # the file within the folder of blueprints
    current_revision_id: Mapped[int | None]  # no foreign key, as with items


class BlueprintRevision(Base):
    """A blueprint's content at one time. Rows are never changed."""

    __tablename__ = "blueprint_revision"
    __table_args__ = (UniqueConstraint("blueprint_id", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_id: Mapped[str] = mapped_column(ForeignKey("blueprint.id"))
    content_hash: Mapped[str]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
