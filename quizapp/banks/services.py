"""Bringing the content files into the database: what changed, and nothing else.

The files are the master copy. A bank with an error is left out whole, and what the database has of it stays;
so is a blueprint, and so is everything when the taxonomy or the help lines have an error. Revisions are only
ever added. Running it twice, or two of them at once, changes nothing more.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from quizapp.banks.files import BLUEPRINT_FOLDER, FolderContent, read_reference
from quizapp.banks.item_rows import add, chunks, upsert, write_items
from quizapp.banks.models import (
    Bank,
    Blueprint,
    BlueprintRevision,
    ContentFile,
    Item,
    ReferenceDocument,
)
from quizapp.banks.reference_rows import AGAINST, top_files, write_reference
from quizapp.core.bank import (
    BANK_FILE,
    BankMeta,
    LoadedItems,
    Place,
    ReadBank,
    check_copies,
    check_places,
    load_items,
    load_meta,
)
from quizapp.core.blueprint import load_blueprint
from quizapp.core.canonical import content_hash, plain
from quizapp.core.exam_facts import EXAMS_FILE, RealExams, load_exams
from quizapp.core.item_checks import Checks
from quizapp.core.items import Item as ItemContent
from quizapp.core.problems import Problem, has_errors
from quizapp.core.reference import SUPPORT_FILE, TAXONOMY_FILE, Reference, Taxonomy
from quizapp.core.yaml_walk import no_garbage_collection

# The folder under which the files at the top are noted.
TOP = ""
# Raise it when a rule on items becomes stricter: then unchanged files are checked again too.
RULES_VERSION = 3


@dataclass(slots=True, kw_only=True)
class SyncReport:
    """What a sync did: item ids by what became of them, and what was left out because of errors."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    unchanged: int = 0
    blueprints: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    demonstrations: list[str] = field(default_factory=list)  # folders left out because people use this server
    problems: list[Problem] = field(default_factory=list)

    def summary(self) -> str:
        """One line for the person who runs it."""
        done = (
            f"Items: {len(self.added)} added, {len(self.changed)} changed, {self.unchanged} unchanged, "
            f"{len(self.retired)} retired. Blueprints changed: {len(self.blueprints)}."
        )
        if self.demonstrations:
            done += f" Left out as demonstration: {', '.join(self.demonstrations)}."
        return f"{done} Left out because of errors: {', '.join(self.withheld)}." if self.withheld else done


@dataclass(kw_only=True)
class _BankWork:
    """One bank folder during a sync: the files that were read again, and those that were not."""

    folder: str
    meta: BankMeta
    synced_hash: str
    loaded: dict[str, LoadedItems]
    kept: frozenset[str]
    gone: frozenset[str]
    stored: list[str] = field(default_factory=list)  # ids of the items that the files read had before

    @cached_property
    def items(self) -> dict[str, tuple[ItemContent, str]]:
        """The items of the files that were read, with their file names, by id."""
        return {item.id: (item, name) for name, each in sorted(self.loaded.items()) for item in each.items}

    @property
    def places(self) -> list[Place]:
        return [place for each in self.loaded.values() for place in each.places]


def count_files(content: FolderContent) -> int:
    """How often `on_file` is called by a sync of this content."""
    return 1 + len(content.blueprints) + sum(map(len, content.banks.values()))


def sync(
    session: Session,
    content: FolderContent,
    now: datetime,
    on_file: Callable[[], object] = lambda: None,
    *,
    demonstrations: bool = False,
) -> SyncReport:
    """Bring the database to what the files say. The caller commits.

    :param demonstrations: whether banks that are made up to show something come in, too.
    """
    work = _Sync(session=session, content=content, now=now, on_file=on_file, demonstrations=demonstrations)
    with no_garbage_collection():
        return work.run()


@dataclass(slots=True, kw_only=True)
class _Sync:
    session: Session
    content: FolderContent
    now: datetime
    on_file: Callable[[], object]
    demonstrations: bool
    report: SyncReport = field(default_factory=SyncReport)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    against: list[str] = field(default_factory=list)  # hashes of the files every bank is checked against

    def run(self) -> SyncReport:
        # On PostgreSQL a second sync waits here for the first; on SQLite it has waited at BEGIN IMMEDIATE.
        self.session.execute(select(ReferenceDocument.name).with_for_update()).all()
        files = select(ContentFile.folder, ContentFile.name, ContentFile.sha256)
        self.known = {(folder, name): sha256 for folder, name, sha256 in self.session.execute(files)}
        self.report.problems += self.content.problems
        reference = self.reference()
        self.on_file()
        if reference is None:
            self.report.withheld += [
                TAXONOMY_FILE,
                SUPPORT_FILE,
                *self.content.blueprints,
                *self.content.banks,
            ]
            return self.report
        self.blueprints(reference.taxonomy)
        self.banks(reference)
        present = self.session.scalar(select(func.count()).where(Item.path.is_not(None))) or 0
        self.report.unchanged = present - len(self.report.added) - len(self.report.changed)
        return self.report

    def is_known(self, folder: str, name: str, data: bytes) -> bool:
        return self.known.get((folder, name)) == _sha256(data)

    def remember(self, folder: str, files: Mapping[str, bytes], kept: Collection[str]) -> None:
        """Note the files as synced, but for those that were so before, and forget those that are gone."""
        gone = [name for (where, name) in self.known if where == folder and name not in files]
        rows = [
            {"folder": folder, "name": name, "sha256": _sha256(data)}
            for name, data in sorted(files.items())
            if name not in kept
        ]
        upsert(self.session, ContentFile, rows, ["folder", "name"])
        for names in chunks(gone):
            self.session.execute(
                delete(ContentFile).where(ContentFile.folder == folder, ContentFile.name.in_(names))
            )

    # Taxonomy and help lines.

    def reference(self) -> Reference | None:
        """What the items are checked against; None when it has errors."""
        loaded = read_reference(self.content, self.now.date())
        self.report.problems += loaded.problems
        if loaded.reference is None:
            return None
        files = top_files(self.content)
        self.against = [_sha256(files[name]) for name in AGAINST if name in files]
        exams = self.exams(loaded.reference.taxonomy)
        if exams is None:
            self.report.withheld.append(EXAMS_FILE)
            del files[EXAMS_FILE]
        known = {name for folder, name in self.known if folder == TOP}
        kept = {name for name, data in files.items() if self.is_known(TOP, name, data)}
        if kept == files.keys() == known:
            return loaded.reference
        removed = write_reference(
            self.session, loaded.reference, exams, self.content.folder() + TAXONOMY_FILE
        )
        self.report.problems += removed
        if removed:
            return None
        self.remember(TOP, files, kept)
        return loaded.reference

    def exams(self, taxonomy: Taxonomy) -> RealExams | None:
        """Those of the file; None when it has an error, which is told."""
        if self.content.exams is None:
            return RealExams()
        loaded = load_exams(self.content.exams, self.content.folder() + EXAMS_FILE, taxonomy, self.now.date())
        self.report.problems += loaded.problems
        return None if has_errors(loaded.problems) else loaded.exams

    # Blueprints.

    def blueprints(self, taxonomy: Taxonomy) -> None:
        stored = {row.id: row for row in self.session.scalars(select(Blueprint))}
        seen: set[str] = set()
        for name, data in sorted(self.content.blueprints.items()):
            self.on_file()
            file = self.content.folder(BLUEPRINT_FOLDER) + name
            loaded = load_blueprint(data, file, taxonomy, self.now.date())
            self.report.problems += loaded.problems
            found = loaded.blueprint
            if found is not None and found.id in seen:
                self.taken(found.id, file)
            if found is None or found.id in seen:
                self.report.withheld.append(name)
                seen |= {row.id for row in stored.values() if row.path == name}
                continue
            seen.add(found.id)
            self.blueprint(found.id, name, content_hash(found), plain(found), stored.get(found.id))
        for row in stored.values():
            if row.id not in seen and row.current_revision_id is not None:
                row.current_revision_id = None
                self.report.blueprints.append(row.id)
        self.session.flush()

    def blueprint(
        self, blueprint_id: str, name: str, digest: str, content: dict[str, Any], row: Blueprint | None
    ) -> None:
        """One blueprint: a new revision when its content is new."""
        if row is None:
            add(self.session, Blueprint, [{"id": blueprint_id, "path": name, "current_revision_id": None}])
        revision = {
            "blueprint_id": blueprint_id,
            "content_hash": digest,
            "content": content,
            "created_at": self.now,
        }
        is_same = and_(
            BlueprintRevision.blueprint_id == blueprint_id, BlueprintRevision.content_hash == digest
        )
        known = self.session.scalar(select(BlueprintRevision.id).where(is_same))
        if known is None:
            add(self.session, BlueprintRevision, [revision])
            known = self.session.scalars(select(BlueprintRevision.id).where(is_same)).one()
        if row is None or row.current_revision_id != known or row.path != name:
            columns = {"id": blueprint_id, "current_revision_id": known, "path": name}
            self.session.execute(update(Blueprint), [columns])
            self.report.blueprints.append(blueprint_id)

    # Banks.

    def banks(self, reference: Reference) -> None:
        stored = {row.id: row for row in self.session.scalars(select(Bank))}
        works: dict[str, _BankWork] = {}
        for folder in sorted(self.content.banks):
            work = self.examined(folder, reference, stored)
            if folder in self.report.demonstrations:
                continue
            if work is not None and work.meta.id in works:
                self.taken(work.meta.id, self.content.folder(folder) + BANK_FILE)
            if work is not None and work.meta.id not in works:
                works[work.meta.id] = work
            else:
                self.report.withheld.append(folder)
        self.check_across(works)
        all_read = len(works) + len(self.report.demonstrations) == len(self.content.banks)
        arriving = {name for work in works.values() for name in work.items}
        for work in works.values():
            self.write(work, stored.get(work.meta.id), arriving)
        # A folder that could not be read may be a bank under a new name: then nothing is taken for gone.
        for row in stored.values() if all_read else ():
            if row.id not in works:
                self.retire(self.items_of(row.id), arriving)
                self.session.execute(delete(ContentFile).where(ContentFile.folder == row.folder))

    def taken(self, name: str, file: str) -> None:
        message = f"the id {name} is used by another one; every bank and every blueprint has its own"
        self.report.problems.append(Problem(file, 1, 1, "error", "duplicate-id", None, message))

    def examined(self, folder: str, reference: Reference, stored: Mapping[str, Bank]) -> _BankWork | None:
        """A bank with its changed files read; None when it has an error, or is for demonstration only."""
        files = self.content.banks[folder]
        prefix = self.content.folder(folder)
        meta, problems = load_meta(files[BANK_FILE], prefix + BANK_FILE, reference)
        self.on_file()
        self.report.problems += problems
        if meta is None or has_errors(problems):
            return None
        if meta.demonstration and not self.demonstrations:
            self.report.demonstrations.append(folder)
            for _file in files.keys() - {BANK_FILE}:
                self.on_file()
            return None
        before = stored.get(meta.id)
        synced_hash = _sha256(" ".join((str(RULES_VERSION), *self.against, content_hash(meta))).encode())
        is_current = before is not None and (before.synced_hash, before.folder) == (synced_hash, folder)
        checks = Checks(
            reference=reference, today=self.now.date(), strict=meta.strict, demonstration=meta.demonstration
        )
        loaded: dict[str, LoadedItems] = {}
        for name in sorted(files.keys() - {BANK_FILE}):
            if not (is_current and self.is_known(folder, name, files[name])):
                loaded[name] = load_items(files[name], prefix + name, checks)
                self.report.problems += loaded[name].problems
            self.on_file()
        copies: list[Problem] = []
        if meta.strict:
            # Among the files that are read; `quizapp bank check` compares all of them.
            copies = check_copies(ReadBank(meta, loaded, []), {prefix + name: files[name] for name in loaded})
            self.report.problems += copies
        if has_errors(copies) or any(has_errors(each.problems) for each in loaded.values()):
            return None
        return _BankWork(
            folder=folder,
            meta=meta,
            synced_hash=synced_hash,
            loaded=loaded,
            kept=frozenset(files.keys() - loaded.keys() - {BANK_FILE}),
            gone=frozenset(name for (where, name) in self.known if where == folder and name not in files),
        )

    def check_across(self, works: dict[str, _BankWork]) -> None:
        """Leave out the banks whose new items clash with others."""
        arrived: list[Place] = []
        for bank_id, work in sorted(works.items(), key=lambda pair: pair[1].folder):
            neighbours, others = self.settled(work, works)
            prefix = self.content.folder(work.folder)
            content = {prefix + name: data for name, data in self.content.banks[work.folder].items()}
            problems = check_places(
                work.places,
                content,
                others=[*others, *arrived],
                neighbours=neighbours,
                strict=work.meta.strict,
            )
            self.report.problems += problems
            arrived += work.places
            if problems:
                self.report.withheld.append(work.folder)
                del works[bank_id]

    def settled(self, work: _BankWork, works: Mapping[str, _BankWork]) -> tuple[list[Place], list[Place]]:
        """Stored items that new ones could clash with, in files not read again: of this bank, of others."""
        here: list[Place] = []
        elsewhere: list[Place] = []
        for places in chunks(self.moved(work)):
            could_clash = or_(
                Item.id.in_([place.id for place in places]),
                and_(Item.bank_id == work.meta.id, Item.situation.in_([place.situation for place in places])),
            )
            for row in self.session.scalars(select(Item).where(Item.path.is_not(None), could_clash)):
                home = works.get(row.bank_id)
                if home is None or row.path not in home.kept:
                    continue
                file = self.content.folder(home.folder) + str(row.path)
                place = Place(file, 0, row.id, row.situation, row.status)  # type: ignore[arg-type]
                (here if home is work else elsewhere).append(place)
        return here, elsewhere

    def moved(self, work: _BankWork) -> list[Place]:
        """The items read that are not stored as they are: only these could clash with others."""
        prefix = self.content.folder(work.folder)
        stored: set[tuple[str | None, str, str, str]] = set()
        for names in chunks(sorted(work.loaded)):
            here = (Item.bank_id == work.meta.id, Item.path.in_(names))
            rows = self.session.execute(select(Item.path, Item.id, Item.situation, Item.status).where(*here))
            stored |= {(path, name, situation, status) for path, name, situation, status in rows}
        work.stored = [name for _path, name, _situation, _status in stored]
        return [
            place
            for place in work.places
            if (place.file.removeprefix(prefix), place.id, place.situation, place.status) not in stored
        ]

    def write(self, work: _BankWork, before: Bank | None, arriving: Collection[str]) -> None:
        """One bank without errors."""
        bank_id, files = work.meta.id, self.content.banks[work.folder]
        mark = work.synced_hash, work.folder
        is_same_bank = before is not None and (before.synced_hash, before.folder) == mark
        if is_same_bank and not work.loaded and not work.gone:
            return
        row = {
            "id": bank_id,
            "folder": work.folder,
            "title": work.meta.title,
            "lang": work.meta.lang,
            "licence": work.meta.licence,
            "meta": plain(work.meta),
            "synced_hash": work.synced_hash,
            "synced_at": self.now,
        }
        upsert(self.session, Bank, [row], ["id"])
        left: Sequence[str] = work.stored
        if work.gone or not is_same_bank:
            # Where the bank was not stored like this before, its items may have any file.
            anywhere = () if is_same_bank else (Item.path.not_in(files),)
            left = self.items_of(bank_id, or_(Item.path.in_(work.loaded.keys() | work.gone), *anywhere))
        for names in chunks(sorted(work.items)):
            written = write_items(self.session, bank_id, {name: work.items[name] for name in names}, self.now)
            self.report.added += written.added
            self.report.changed += written.changed
        self.retire([name for name in left if name not in work.items], arriving)
        self.remember(work.folder, files, work.kept)

    def items_of(self, bank_id: str, *wanted: ColumnElement[bool]) -> Sequence[str]:
        """The ids of the bank's items that a file had."""
        has_file = (Item.bank_id == bank_id, Item.path.is_not(None))
        return self.session.scalars(select(Item.id).where(*has_file, *wanted)).all()

    def retire(self, items: Iterable[str], arriving: Collection[str]) -> None:
        """Retire the items, but for those that come in with another bank."""
        gone = sorted(name for name in items if name not in arriving)
        self.report.retired += gone
        if gone:
            rows = [{"id": name, "status": "retired", "path": None} for name in gone]
            self.session.execute(update(Item), rows)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
