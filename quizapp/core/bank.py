"""A bank: a folder of items with a bank.yaml, read and checked as a whole."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pydantic import StrictBool

from quizapp.core.fields import Document
from quizapp.core.item_checks import Checks, LintRows, Notes, check_item, lint, no_notes
from quizapp.core.items import ITEM_TYPES, Finding, Item
from quizapp.core.items.base import Language, Path, Slug, Status, Tag, Text
from quizapp.core.lint.copies import near_copies
from quizapp.core.problems import Problem, has_errors
from quizapp.core.reference import (
    Reference,
)
from quizapp.core.shape import placed, placed_rows, quoted, read_model, unknown_ids, validate
from quizapp.core.yaml_text import read_yaml

BANK_FILE: Final = "bank.yaml"
# Beyond this a file is read no further: it is no bank with mistakes, it is something else.
MOST_FINDINGS: Final = 5000


class BankMeta(Document):
    """What bank.yaml says about its bank."""

    id: Slug
    title: Text
    lang: Language
    licence: Text
    description: Text | None = None
    strict: StrictBool = False
    demonstration: StrictBool = False  # its panels are made up, to show how they look
    maintainers: tuple[Text, ...] = ()
    sources: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank without errors; `items` by file name."""

    meta: BankMeta
    files: Mapping[str, tuple[Item, ...]]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for items in self.files.values() for item in items)


class Place(NamedTuple):
    """Where an item is, and what no other item may share with it. `entry` counts from 0."""

    file: str
    entry: int
    id: str
    situation: str
    status: Status


@dataclass(frozen=True, slots=True)
class LoadedBank:
    """The bank, unless one of its files has an error; `places` of all items that could be read."""

    bank: Bank | None
    places: list[Place]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class LoadedItems:
    """One items file; an item with an error is not among `items`."""

    file: str
    items: tuple[Item, ...]
    places: tuple[Place, ...]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class ReadBank:
    """The files of a bank read and checked, one with errors as far as it can be read."""

    meta: BankMeta | None
    files: Mapping[str, LoadedItems]
    problems: list[Problem]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for each in self.files.values() for item in each.items)

    @property
    def places(self) -> list[Place]:
        return [place for each in self.files.values() for place in each.places]


def load_bank(
    files: Mapping[str, bytes],
    reference: Reference | None,
    today: datetime.date,
    *,
    folder: str = "",
    others: Iterable[Place] = (),
    on_items: Callable[[int], None] = lambda count: None,
    notes: Notes = no_notes,
) -> LoadedBank:
    """A bank folder read and checked.

    :param files: the bank's files by name, bank.yaml among them; `folder` stands before names in problems.
    :param others: the items of other banks, whose ids are taken.
    :param on_items: is told how many items each file had.
    """
    read = read_bank(files, reference, today, folder=folder, others=others, on_items=on_items, notes=notes)
    if read.meta is None or has_errors(read.problems):
        return LoadedBank(None, read.places, read.problems)
    bank = Bank(read.meta, {name: each.items for name, each in read.files.items()})
    return LoadedBank(bank, read.places, read.problems)


def read_bank(
    files: Mapping[str, bytes],
    reference: Reference | None,
    today: datetime.date,
    *,
    folder: str = "",
    others: Iterable[Place] = (),
    on_items: Callable[[int], None] = lambda count: None,
    notes: Notes = no_notes,
) -> ReadBank:
    """The same of a bank that may have errors."""
    meta, problems = load_meta(files[BANK_FILE], folder + BANK_FILE, reference)
    checks = Checks(
        reference=reference,
        today=today,
        strict=meta is not None and meta.strict,
        demonstration=None if meta is None else meta.demonstration,
        notes=notes if reference else no_notes,
    )
    content = {folder + name: files[name] for name in sorted(files) if name != BANK_FILE}
    loaded: dict[str, LoadedItems] = {}
    for name in sorted(files.keys() - {BANK_FILE}):
        loaded[name] = load_items(files[name], folder + name, checks)
        problems += loaded[name].problems
        on_items(len(loaded[name].items))
    read = ReadBank(meta, loaded, problems)
    problems += check_places(read.places, content, others=others, strict=checks.strict)
    if checks.strict:
        problems += check_copies(read, content)
    return read


def check_copies(read: ReadBank, content: Mapping[str, bytes]) -> list[Problem]:
    """Live items that say nearly what another one of the bank says."""
    items = [
        (item, place)
        for each in read.files.values()
        for item, place in zip(each.items, each.places, strict=True)
        if item.status == "live"
    ]
    rows: dict[str, list[tuple[Finding, str | None]]] = {}
    for copy, first, finding in near_copies([item for item, _place in items]):
        place, other = items[copy][1], items[first][1]
        told = finding._replace(
            path=(place.entry, "stem"), message=finding.message.format(f"{other.id} in {other.file}")
        )
        rows.setdefault(place.file, []).append((told, place.id))
    return [problem for file, found in rows.items() for problem in placed_rows(found, content[file], file)]


def load_meta(data: bytes, file: str, reference: Reference | None) -> tuple[BankMeta | None, list[Problem]]:
    """What bank.yaml says."""
    meta, problems = read_model(data, file, BankMeta)
    if meta and reference:
        findings = unknown_ids(meta.sources, reference.taxonomy.sources, "source", ("sources",))
        problems += placed(findings, data, file)
    return meta, problems


@dataclass(slots=True)
class _Reading:
    """What came of the items of a file so far."""

    file: str
    items: list[Item] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    findings: list[tuple[Finding, str | None]] = field(default_factory=list)


def load_items(data: bytes, file: str, checks: Checks) -> LoadedItems:
    """One file of items read and checked."""
    parsed = read_yaml(data, file)
    if parsed.problems:
        return LoadedItems(file, (), (), parsed.problems)
    if not isinstance(parsed.data, list):
        finding = Finding(
            (), "error", "items-file", "an items file is a list: begin each item with '- id: ...'"
        )
        return LoadedItems(file, (), (), placed([finding], data, file))
    reading = _Reading(file)
    for index, entry in enumerate(parsed.data):
        if len(reading.findings) >= MOST_FINDINGS:
            message = f"more than {MOST_FINDINGS} problems; the items from here on were not checked"
            reading.findings.append((Finding((index,), "error", "too-many-problems", message), None))
            break
        _read_item(reading, entry, index, checks)
    reading.findings += checks.notes(data, checks.strict, lambda: _lint_rows(reading, checks))
    problems = placed_rows(reading.findings, data, file)
    return LoadedItems(file, tuple(reading.items), tuple(reading.places), problems)


def _read_item(reading: _Reading, entry: object, index: int, checks: Checks) -> None:
    item, findings = read_item(entry)
    if item is not None:
        findings += check_item(item, checks)
        reading.items.append(item)
        reading.places.append(Place(reading.file, index, item.id, item.situation, item.status))
    if findings:
        name = _id_of(entry)
        reading.findings += [(each._replace(path=(index, *each.path)), name) for each in findings]


def _lint_rows(reading: _Reading, checks: Checks) -> LintRows:
    rows: LintRows = []
    if not checks.lints:
        return rows
    for item, place in zip(reading.items, reading.places, strict=True):
        if len(reading.findings) + len(rows) >= MOST_FINDINGS:
            break
        rows += [(each._replace(path=(place.entry, *each.path)), item.id) for each in lint(item, checks)]
    return rows


def _id_of(entry: object) -> str | None:
    name = entry.get("id") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else None


def read_item(entry: object) -> tuple[Item | None, list[Finding]]:
    """One entry of an items file as an item of its type, or what is wrong with its fields."""
    if not isinstance(entry, dict):
        return None, [Finding((), "error", "wrong-type", "an item is a mapping of fields: - id: ...")]
    name = entry.get("type")
    if not isinstance(name, str) or name not in ITEM_TYPES:
        # The fields that all types share are checked all the same.
        shared = {field: entry[field] for field in Item.model_fields if field in entry}
        _, findings = validate(Item, shared | {"type": "?"})
        path: Path = ("type",) if "type" in entry else ()
        known = ", ".join(ITEM_TYPES)
        told = f"type: {quoted(name)} is not one of {known}" if path else "the field type is missing"
        return None, [Finding(path, "error", "unknown-item-type", told), *findings]
    return validate(ITEM_TYPES[name].model, entry)


def check_places(
    places: Sequence[Place],
    content: Mapping[str, bytes],
    *,
    others: Iterable[Place] = (),
    neighbours: Iterable[Place] = (),
    strict: bool,
) -> list[Problem]:
    """Ids that are used twice and, in a strict bank, live items that share a situation.

    :param places: the items to check, in files whose `content` is at hand.
    :param others: items of other banks; `neighbours`: items of this bank in files that were not read again.
    """
    before = list(neighbours)
    rows: dict[str, list[tuple[Finding, str | None]]] = {}
    ids = {place.id: place for place in (*others, *before)}
    situations = {place.situation: place for place in before if place.status == "live"}
    for place in places:
        first = ids.setdefault(place.id, place)
        if first is not place:
            message = f"the id {place.id} is used already in {first.file}; every item has its own"
            _note(rows, place, "id", "duplicate-id", message)
        if not strict or place.status != "live":
            continue
        first = situations.setdefault(place.situation, place)
        if first is not place and first.id != place.id:
            message = f"live items of a strict bank share no situation; {first.id} in {first.file} has it too"
            _note(rows, place, "situation", "shared-situation", message)
    return [problem for file, found in rows.items() for problem in placed_rows(found, content[file], file)]


def _note(
    rows: dict[str, list[tuple[Finding, str | None]]], place: Place, name: str, rule: str, message: str
) -> None:
    finding = Finding((place.entry, name), "error", rule, message)
    rows.setdefault(place.file, []).append((finding, place.id))
