"""What other features read of banks."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from quizapp import markup
from quizapp.banks.errors import NothingLoaded
from quizapp.banks.models import Blueprint, BlueprintRevision, ItemRevision, ItemWithdrawal, ReferenceDocument
from quizapp.banks.models import Item as ItemRow
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.exam_facts import RealExam, RealExams
from quizapp.core.glossary import Glossary
from quizapp.core.items import Item, parse_item
from quizapp.core.reference import Reference, Support, Taxonomy

LIVE = "live"
CATALOGUE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveItem:
    """An item that may be served, and what it is found by."""

    item_id: str
    revision_id: int
    type: str
    domain: str
    principle: str
    missteps: tuple[str, ...]
    situation: str
    standards: tuple[str, ...]
    states: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentBlueprint:
    """A blueprint as it stands, with the revision that a new attempt pins."""

    revision_id: int
    blueprint: ExamBlueprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All content that stands now, kept by a process for a minute: it changes with a sync or a withdrawal.

    What must not be a minute late, as which items a new set takes, also asks for the withdrawals themselves.
    """

    reference: Reference
    blueprints: Mapping[str, CurrentBlueprint]
    exams: tuple[RealExam, ...]
    items: tuple[LiveItem, ...]


def catalogue(session: Session) -> Catalogue:
    """:raises NothingLoaded: when no content was synced yet."""
    kept: tuple[float, Catalogue] | None = current_app.extensions.get("catalogue")
    now = time.monotonic()
    if kept is None or now - kept[0] > CATALOGUE_SECONDS:
        kept = current_app.extensions["catalogue"] = now, read_catalogue(session)
    return kept[1]


def forget_catalogue() -> None:
    """Let this process read the content anew."""
    current_app.extensions.pop("catalogue", None)


def reference(session: Session) -> Reference:
    """The taxonomy and the help lines."""
    return catalogue(session).reference


def authored(session: Session, text: str) -> Markup:
    """One line of authored text, with its variables filled in."""
    return markup.inline(reference(session).fill(text))


def exam_name(session: Session, blueprint_id: str | None) -> str:
    """What people call an exam; its id when it is gone."""
    found = catalogue(session).blueprints.get(blueprint_id or "")
    return found.blueprint.short_name if found else str(blueprint_id)


def live_items(session: Session, state: str | None) -> list[LiveItem]:
    """The live items that hold everywhere or in this state."""
    items = catalogue(session).items
    return [item for item in items if item.states is None or state in item.states]


def read_catalogue(session: Session) -> Catalogue:
    rows = session.execute(select(ReferenceDocument.name, ReferenceDocument.content))
    documents = {row.name: row.content for row in rows}
    if not documents:
        raise NothingLoaded
    return Catalogue(
        reference=_reference_of(documents),
        blueprints=_read_blueprints(session),
        exams=RealExams.model_validate(documents.get("exams", {})).exams,
        items=_read_items(session),
    )


def _reference_of(documents: Mapping[str, Any]) -> Reference:
    return Reference(
        taxonomy=Taxonomy.model_validate(documents["taxonomy"]),
        support=Support.model_validate(documents["support"]),
        glossary=Glossary.model_validate(documents.get("glossary", {})),
    )


def _read_blueprints(session: Session) -> dict[str, CurrentBlueprint]:
    rows = session.execute(
        select(Blueprint.id, BlueprintRevision.id.label("revision_id"), BlueprintRevision.content)
        .join(BlueprintRevision, BlueprintRevision.id == Blueprint.current_revision_id)
        .order_by(Blueprint.id)
    )
    found = [
        CurrentBlueprint(revision_id=row.revision_id, blueprint=ExamBlueprint.model_validate(row.content))
        for row in rows
    ]
    # Our own check comes first: it suits everybody.
    found.sort(key=lambda each: (each.blueprint.weights != "house", each.blueprint.name))
    return {each.blueprint.id: each for each in found}


def _read_items(session: Session) -> tuple[LiveItem, ...]:
    rows = session.execute(
        select(
            ItemRow.id,
            ItemRow.current_revision_id,
            ItemRow.type,
            ItemRow.domain,
            ItemRow.principle,
            ItemRow.missteps,
            ItemRow.situation,
            ItemRow.states,
            ItemRevision.content["standards"].label("standards"),
        )
        .join(ItemRevision, ItemRevision.id == ItemRow.current_revision_id)
        .where(
            ItemRow.status == LIVE,
            ~exists().where(withdrawal_in_force(ItemRow.id)),
        )
        .order_by(ItemRow.id)
    )
    return tuple(
        LiveItem(
            item_id=row.id,
            revision_id=row.current_revision_id,
            type=row.type,
            domain=row.domain,
            principle=row.principle,
            missteps=tuple(row.missteps),
            situation=row.situation,
            standards=tuple(row.standards),
            states=None if row.states is None else tuple(row.states),
        )
        for row in rows
    )


def withdrawal_in_force(item_id: Any) -> ColumnElement[bool]:
    """The condition for the withdrawal that keeps an item from everybody new."""
    return and_(ItemWithdrawal.item_id == item_id, ItemWithdrawal.put_back_at.is_(None))


def revisions(session: Session, ids: Collection[int]) -> dict[int, Item]:
    """Items as pinned, by revision id."""
    rows = session.execute(
        select(ItemRevision.id, ItemRevision.content).where(ItemRevision.id.in_(list(ids)))
    )
    return {row.id: parse_item(row.content) for row in rows}
