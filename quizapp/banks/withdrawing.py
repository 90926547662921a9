"""Taking an item out of all that starts from now on, and putting it back."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.banks.models import ItemWithdrawal
from quizapp.banks.queries import withdrawal_in_force
from quizapp.db import insert_for


def withdrawn_items(session: Session) -> frozenset[str]:
    """The ids of what is withdrawn now: what a process keeps of the content may be a minute old."""
    in_force = select(ItemWithdrawal.item_id).where(ItemWithdrawal.put_back_at.is_(None))
    return frozenset(session.scalars(in_force))


def withdraw(session: Session, item_id: str, now: datetime) -> bool:
    """Let no new set or exam take the item; False when it was withdrawn before. Forms that hold it stay."""
    insert = insert_for(session.get_bind().dialect.name, ItemWithdrawal)
    row = insert.values(item_id=item_id, withdrawn_at=now).on_conflict_do_nothing()
    return session.execute(row.returning(ItemWithdrawal.id)).scalar_one_or_none() is not None


def put_back(session: Session, item_id: str, reason: str, now: datetime) -> bool:
    """Let it be met again, for a reason that is kept; False when nothing withholds it."""
    statement = (
        update(ItemWithdrawal)
        .where(withdrawal_in_force(item_id))
        .values(put_back_at=now, reason=reason)
        .returning(ItemWithdrawal.id)
    )
    return session.execute(statement).scalar_one_or_none() is not None
