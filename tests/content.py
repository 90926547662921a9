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
# Tests see so many items of each domain: a bank of 80 that stays small while the shipped one grows.
SMALL = {
    "role_and_values": 6,
    "relationship_communication": 6,
    "lived_experience_modeling": 6,
    "choice_and_planning": 8,
    "wellness_relapse_resilience": 9,
    "resources_community": 6,
    "advocacy_rights": 7,
    "ethics_boundaries_privacy": 16,
    "crisis_trauma_safety": 7,
    "culture_language_harm_reduction": 4,
    "professional_practice": 5,
}
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


@functools.cache
def small_core() -> frozenset[str]:
    """The ids of the first items of each domain of the core bank."""
    rows = next(rows for table, rows in shipped_rows() if table.name == "item")
    chosen: set[str] = set()
    for domain, count in SMALL.items():
        of_domain = [row["id"] for row in rows if (row["bank_id"], row["domain"]) == (CORE, domain)]
        chosen |= set(sorted(of_domain)[:count])
    return frozenset(chosen)


def load(session: Session, *, others: str | None = None) -> None:
    """Fill the content tables of this database: with 80 core items, each of which one choice answers.

    :param others: the status of the items of the other banks, which have every type; None: without them.
    """
    core = small_core()
    for table, rows in shipped_rows():
        if table.name == "item":
            rows = [row if row["bank_id"] == CORE else row | {"status": others} for row in rows]
            taken = {row["id"] for row in rows if row["id"] in core or (others and row["bank_id"] != CORE)}
        if table.name in ("item", "item_revision"):
            rows = [row for row in rows if row.get("item_id", row["id"]) in taken]
        session.execute(insert(table), rows)
        if session.get_bind().dialect.name == "postgresql" and isinstance(table.c[0].type, Integer):
            # The rows bring their ids: the next new row comes after them.
            sequence = func.pg_get_serial_sequence(table.name, "id")
            session.execute(select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery())))
    session.commit()
