"""Rows of items and of their revisions, a few hundred at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from quizapp.banks.models import Item, ItemRevision
from quizapp.core.canonical import content_hash, plain
from quizapp.core.items import ITEM_TYPES
from quizapp.core.items import Item as ItemContent
from quizapp.db import Base, insert_for

CHUNK = 500

Row = TypeVar("Row")
# Items with the name of their file, by id.
Items = Mapping[str, tuple[ItemContent, str]]


class Written(NamedTuple):
    """The ids of items that are new, and of those that changed or came back."""

    added: list[str]
    changed: list[str]


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists that fit into one statement."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def upsert(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert the rows, or change those that are there."""
    if rows:
        statement = insert_for(session.get_bind().dialect.name, table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
        session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def add(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that are not there yet; another sync may have been faster."""
    if rows:
        statement = insert_for(session.get_bind().dialect.name, table)
        session.execute(statement.on_conflict_do_nothing(), rows)


def write_items(session: Session, bank_id: str, items: Items, now: datetime) -> Written:
    """Add or change items of a bank, with a revision for each content that is new."""
    digests = {name: content_hash(item) for name, (item, _) in items.items()}
    stored = _stored(session, items)
    touched = [
        name
        for name, (item, path) in items.items()
        if stored.get(name, (name,))[1:] != (bank_id, path, item.status, digests[name])
    ]
    rows = {name: _columns(items[name][0]) | {"bank_id": bank_id, "path": items[name][1]} for name in touched}
    fresh = [name for name in touched if name not in stored]
    add(session, Item, [rows[name] | {"current_revision_id": None} for name in fresh])
    revisions = _revisions(session, {name: digests[name] for name in touched}, items, now)
    if touched:
        current = [rows[name] | {"current_revision_id": revisions[name]} for name in touched]
        session.execute(update(Item), current)
    changed = [
        name
        for name in touched
        if name in stored and (stored[name].path is None or stored[name].content_hash != digests[name])
    ]
    return Written(fresh, changed)


def _stored(session: Session, ids: Collection[str]) -> dict[str, Any]:
    """Id, bank, file, status and hash of content of the items as they stand."""
    rows = session.execute(
        select(Item.id, Item.bank_id, Item.path, Item.status, ItemRevision.content_hash)
        .outerjoin(ItemRevision, ItemRevision.id == Item.current_revision_id)
        .where(Item.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _revisions(session: Session, digests: Mapping[str, str], items: Items, now: datetime) -> dict[str, int]:
    """The revision id of each content; made where there is none."""
    found = _find_revisions(session, digests)
    rows = [
        {
            "item_id": name,
            "content_hash": digest,
            "content": plain(items[name][0]),
            "created_at": now,
        }
        for name, digest in digests.items()
        if name not in found
    ]
    if not rows:
        return found
    add(session, ItemRevision, rows)
    return _find_revisions(session, digests)


def _find_revisions(session: Session, digests: Mapping[str, str]) -> dict[str, int]:
    pair = tuple_(ItemRevision.item_id, ItemRevision.content_hash)
    rows = session.execute(
        select(ItemRevision.item_id, ItemRevision.id).where(pair.in_(list(digests.items())))
    )
    return {row.item_id: row.id for row in rows}


def _columns(item: ItemContent) -> dict[str, Any]:
    """What the row of an item repeats of its content, to be searched."""
    return {
        "id": item.id,
        "status": item.status,
        "type": item.type,
        "kind": item.kind,
        "level": item.level,
        "lang": item.lang,
        "domain": item.domain,
        "principle": item.principle,
        "missteps": sorted(ITEM_TYPES[item.type].missteps_offered(item)),
        "situation": item.situation,
        "states": None if item.states is None else list(item.states),
    }
