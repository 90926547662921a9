"""The shipped banks as rows: synced once for each test process, then copied into emptied tables."""

import functools
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Table, func, insert, select
from sqlalchemy.orm import Session

from quizapp.banks import services
from quizapp.banks.files import read_folder
from quizapp.banks.models import (
    Bank,
    Blueprint,
    BlueprintRevision,
    ContentFile,
    Item,
    ItemRevision,
    ReferenceDocument,
)
from quizapp.config import PROJECT
from quizapp.db import Base, make_engine

FOLDER = PROJECT / "question_banks"
CORE = "core"
SYNCED_AT = datetime(2026, 12, 1, tzinfo=UTC)  # after the dates in the files
# In an order that suits foreign keys.
TABLES = (ReferenceDocument, ContentFile, Bank, Item, ItemRevision, Blueprint, BlueprintRevision)


@functools.cache
def shipped_rows() -> list[tuple[Table, list[dict[str, Any]]]]:
    """Every content row of the shipped banks."""
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        report = services.sync(session, read_folder(FOLDER, "question_banks"), SYNCED_AT)
        assert not report.withheld, report.problems
        session.flush()
        rows = []
        for model in TABLES:
            table = model.__table__
            assert isinstance(table, Table)
            rows.append((table, [dict(row) for row in session.execute(select(table)).mappings()]))
    engine.dispose()
    return rows


def load(session: Session, *, others: str | None = None) -> None:
    """Fill the content tables of this database: with the core bank, in which one choice answers each item.

    :param others: the status of the items of the other banks, which have every type; None: without them.
    """
    items = {row["id"] for table, rows in shipped_rows() for row in rows if row.get("bank_id") == CORE}
    for table, rows in shipped_rows():
        if table.name == "item":
            rows = [row if row["id"] in items else row | {"status": others} for row in rows]
        if table.name in ("item", "item_revision") and others is None:
            rows = [row for row in rows if row.get("item_id", row["id"]) in items]
        session.execute(insert(table), rows)
        if session.get_bind().dialect.name == "postgresql" and isinstance(table.c[0].type, Integer):
            # The rows bring their ids: the next new row comes after them.
            sequence = func.pg_get_serial_sequence(table.name, "id")
            session.execute(select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery())))
    session.commit()
