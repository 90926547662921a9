"""A bank: a folder of items with a bank.yaml, read and checked as a whole."""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import StrictBool

from quizapp.core.fields import ISO_DATE, Document
from quizapp.core.items import ITEM_TYPES, Finding, Item
from quizapp.core.items.base import Language, Path, Slug, Status, Tag, Text
from quizapp.core.limits import over_limits
from quizapp.core.lint.copies import near_copies
from quizapp.core.lint.language import check_item_language
from quizapp.core.lint.linter import lint_item
from quizapp.core.problems import Problem, has_errors
from quizapp.core.reference import (
    VARIABLE,
    VARIABLES,
    Misstep,
    Principle,
    Reference,
    Taxonomy,
)
from quizapp.core.shape import placed, placed_rows, quoted, read_model, unknown_id, unknown_ids, validate
from quizapp.core.states import US_STATES
from quizapp.core.yaml_text import read_yaml

BANK_FILE: Final = "bank.yaml"
# Beyond this a file is read no further: it is no bank with mistakes, it is something else.
MOST_FINDINGS: Final = 5000
BRACES = re.compile(r"[{}]")


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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item is, and what no other item may share with it. `index` is its place in the file."""

    file: str
    index: int
    id: str
    situation: str
    status: Status


@dataclass(frozen=True, slots=True)
class LoadedBank:
    """The bank, unless one of its files has an error; `places` of all items that could be read."""

    bank: Bank | None
    places: list[Place]
    problems: list[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What the items of a bank are checked against."""

    reference: Reference | None  # None when its files have errors: then ids are not looked up
    today: datetime.date
    strict: bool
    demonstration: bool | None = False  # None when bank.yaml has errors: then panels may be either


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
) -> LoadedBank:
    """A bank folder read and checked.

    :param files: the bank's files by name, bank.yaml among them; `folder` stands before names in problems.
    :param others: the items of other banks, whose ids are taken.
    """
    read = read_bank(files, reference, today, folder=folder, others=others)
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
) -> ReadBank:
    """The same of a bank that may have errors; `on_items` is told how many items each file had."""
    meta, problems = load_meta(files[BANK_FILE], folder + BANK_FILE, reference)
    checks = Checks(
        reference=reference,
        today=today,
        strict=meta is not None and meta.strict,
        demonstration=None if meta is None else meta.demonstration,
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
            path=(place.index, "stem"), message=finding.message.format(f"{other.id} in {other.file}")
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
    problems = placed_rows(reading.findings, data, file)
    return LoadedItems(file, tuple(reading.items), tuple(reading.places), problems)


def _read_item(reading: _Reading, entry: object, index: int, checks: Checks) -> None:
    name = _id_of(entry)
    item, findings = read_item(entry)
    if item is not None:
        findings += check_item(item, checks)
        reading.items.append(item)
        reading.places.append(Place(reading.file, index, item.id, item.situation, item.status))
    reading.findings += [(each._replace(path=(index, *each.path)), name) for each in findings]


def _id_of(entry: object) -> str | None:
    name = entry.get("id") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else None


def read_item(entry: object) -> tuple[Item | None, list[Finding]]:
    """One entry of an items file as an item of its type, or what is wrong with its fields."""
    if not isinstance(entry, Mapping):
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


def check_item(item: Item, checks: Checks) -> list[Finding]:
    """What is wrong with an item by itself; its lint_ok waives what only warns, and what the linter says."""
    flaws = ITEM_TYPES[item.type].check(item)
    findings = [
        *flaws,
        *(() if flaws else _check_key_basis(item)),
        *_check_made_up(item, checks.demonstration),
        *_check_states(item),
        *_check_dates(item, checks.today),
        *_check_texts(item),
    ]
    if checks.reference:
        findings += _check_ids(item, checks.reference.taxonomy)
    if checks.strict and item.status != "retired":
        findings += over_limits(item)
    waived = {waiver.rule for waiver in item.lint_ok}
    found = [each for each in findings if each.severity == "error" or each.rule not in waived]
    return found + [each for each in _lint(item, checks) if each.rule not in waived]


def _lint(item: Item, checks: Checks) -> Iterator[Finding]:
    """What the linter finds and reports; in a bank that is not strict only words, and they only warn."""
    if item.status == "retired":
        return
    language = checks.reference.language if checks.reference else None
    if not checks.strict:
        for each in check_item_language(item, language) if language else ():
            yield each._replace(severity="warning")
        return
    known = checks.reference.glossary.words if checks.reference else frozenset()
    yield from (each for each in lint_item(item, language, known) if each.severity != "info")


def _check_key_basis(item: Item) -> Iterator[Finding]:
    """A live item that says a panel chose its key has a panel that did."""
    if item.key_basis == "panel" and item.status == "live":
        yield from ITEM_TYPES[item.type].panel_doubts(item)


def _check_made_up(item: Item, demonstration: bool | None) -> Iterator[Finding]:
    """Only in a bank for demonstration do made-up panels carry the keys of live items; it has no others."""
    for path, panel in item.panels():
        is_relied_on = item.key_basis == "panel" and item.status == "live"
        if demonstration is False and panel.demonstration and is_relied_on:
            message = (
                "a made-up panel carries no key of a live item; ask working peers, write"
                " key_basis: standards, or say demonstration: true in bank.yaml"
            )
            yield Finding((*path, "demonstration"), "error", "made-up-panel", message)
        if demonstration and not panel.demonstration:
            message = (
                "in a bank with demonstration: true every panel is made up and says demonstration: true; keep"
                " the answers of working peers in another bank"
            )
            yield Finding(path, "error", "made-up-panel", message)


def _check_states(item: Item) -> Iterator[Finding]:
    yield from unknown_ids(item.states or (), US_STATES, "state", ("jurisdiction",))


def _check_ids(item: Item, taxonomy: Taxonomy) -> Iterator[Finding]:
    if taxonomy.knows(item):
        return
    yield from unknown_id(item.domain, taxonomy.domain_by_id, "domain", ("domain",))
    yield from unknown_id(item.principle, taxonomy.principle_by_id, "principle", ("principle",))
    yield from unknown_ids(item.standards, taxonomy.standard_by_id, "standard", ("standards",))
    yield from unknown_ids(item.sources, taxonomy.sources, "source", ("sources",))
    yield from _check_retired(item.principle, taxonomy.principle_by_id, ("principle",))
    for path, option in item.every_option():
        for name in ("misstep", "shows"):
            known = taxonomy.misstep_by_id
            yield from unknown_id(getattr(option, name), known, "misstep", (*path, name))
            yield from _check_retired(getattr(option, name), known, (*path, name))
        yield from unknown_id(option.fits, taxonomy.principle_by_id, "principle", (*path, "fits"))


def _check_retired(
    name: str | None, known: Mapping[str, Principle] | Mapping[str, Misstep], path: Path
) -> Iterator[Finding]:
    entry = known.get(name) if name else None
    if entry and entry.retired:
        instead = f"; use {entry.replaced_by}" if entry.replaced_by else ""
        yield Finding(path, "warning", "retired-id", f"{entry.id} is retired{instead}")


def _check_dates(item: Item, today: datetime.date) -> Iterator[Finding]:
    """Facts that change need a source and a date; state items state such facts."""
    if item.states is not None:
        for name in ("sources", "checked_on", "review_by"):
            if not getattr(item, name):
                message = f"an item that holds in some states only needs {name}"
                yield Finding(("jurisdiction",), "error", "state-item", message)
    if item.checked_on and not item.review_by:
        message = "a checked fact grows old: say by when to check it again, in review_by"
        yield Finding(("checked_on",), "error", "review-date", message)
    if item.review_by and not item.checked_on:
        message = "say when the facts were checked, in checked_on"
        yield Finding(("review_by",), "error", "review-date", message)
    if item.checked_on and item.checked_on > today:
        yield Finding(("checked_on",), "error", "review-date", "checked_on is in the future")
    if item.checked_on and item.review_by and item.review_by <= item.checked_on:
        yield Finding(("review_by",), "error", "review-date", "review_by must be later than checked_on")
    if item.review_by and item.review_by < today and item.status != "retired":
        message = f"the facts should have been checked by {item.review_by}; check them and move both dates"
        yield Finding(("review_by",), "warning", "review-overdue", message)


def _check_texts(item: Item) -> Iterator[Finding]:
    """Dates where no date belongs, and variables that nothing replaces."""
    for path, text in ((("situation",), item.situation), *texts(item)):
        if ISO_DATE.fullmatch(text):
            yield Finding(path, "error", "date-as-text", "a date belongs in checked_on and review_by only")
        if "{" not in text and "}" not in text:
            continue
        for name in VARIABLE.findall(text):
            if name not in VARIABLES:
                message = (
                    f"unknown variable {{{name}}}; known: {', '.join(f'{{{each}}}' for each in VARIABLES)}"
                )
                yield Finding(path, "error", "unknown-variable", message)
        if BRACES.search(VARIABLE.sub("", text)):
            message = "a brace that is no variable; write a variable as {crisis_line}"
            yield Finding(path, "error", "unknown-variable", message)


def texts(item: Item) -> Iterator[tuple[Path, str]]:
    """Every text of an item that learners read, with its path."""
    yield from item.every_text()
    if item.content_note:
        yield ("content_note",), item.content_note


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
    finding = Finding((place.index, name), "error", rule, message)
    rows.setdefault(place.file, []).append((finding, place.id))
