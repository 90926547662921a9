"""What is checked in an item by itself, beside what its type checks, and what the linter says of it."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from quizapp.core.fields import ISO_DATE
from quizapp.core.items import ITEM_TYPES, Finding, Item
from quizapp.core.items.base import Path
from quizapp.core.limits import over_limits
from quizapp.core.lint.language import LanguageRules, check_item_language
from quizapp.core.lint.linter import lint_item
from quizapp.core.reference import VARIABLE, VARIABLES, Misstep, Principle, Reference, Taxonomy
from quizapp.core.shape import unknown_id, unknown_ids
from quizapp.core.states import US_STATES

BRACES = re.compile(r"[{}]")

DATE_LENGTH = len("2026-11-21")

LintRows = list[tuple[Finding, str | None]]  # what the linter found in a file, each with the id of its item
MakeRows = Callable[[], LintRows]
# Gives what the linter finds in a file (its bytes, whether its bank is strict), or has it made.
Notes = Callable[[bytes, bool, MakeRows], LintRows]


def no_notes(_data: bytes, _strict: bool, make: MakeRows) -> LintRows:
    """Lint every file anew."""
    return make()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What the items of a bank are checked against."""

    reference: Reference | None  # None when its files have errors: then ids are not looked up
    today: datetime.date
    strict: bool
    demonstration: bool | None = False  # None when bank.yaml has errors: then panels may be either
    notes: Notes = no_notes

    @property
    def language(self) -> LanguageRules | None:
        """The rules on words, if there are any."""
        return self.reference.language if self.reference else None

    @property
    def lints(self) -> bool:
        """Whether the linter has anything to say: beyond words it looks at strict banks only."""
        return self.strict or self.language is not None


def check_item(item: Item, checks: Checks) -> list[Finding]:
    """What is wrong with an item by itself, but for the linter's part; its lint_ok waives what only warns."""
    findings = ITEM_TYPES[item.type].check(item)
    if not findings and item.key_basis == "panel":
        findings += _check_key_basis(item)
    if checks.demonstration or item.key_basis == "panel":
        findings += _check_made_up(item, checks.demonstration)
    if item.states is not None or item.checked_on or item.review_by:
        findings += _check_states(item)
        findings += _check_dates(item, checks.today)
    findings += _check_texts(item)
    if checks.reference and not checks.reference.taxonomy.knows(item):
        findings += _check_ids(item, checks.reference.taxonomy)
    if checks.strict and item.status != "retired":
        findings += over_limits(item)
    if not item.lint_ok:
        return findings
    waived = {waiver.rule for waiver in item.lint_ok}
    return [each for each in findings if each.severity == "error" or each.rule not in waived]


def lint(item: Item, checks: Checks) -> Iterator[Finding]:
    """What the linter finds, but for what the item waives."""
    found = _linted(item, checks)
    if not item.lint_ok:
        return found
    waived = {waiver.rule for waiver in item.lint_ok}
    return (each for each in found if each.rule not in waived)


def _linted(item: Item, checks: Checks) -> Iterator[Finding]:
    """What the linter reports; in a bank that is not strict only words, and they only warn."""
    if item.status == "retired":
        return
    language = checks.language
    if not checks.strict:
        for each in check_item_language(item, language) if language else ():
            yield each._replace(severity="warning")
        return
    known = checks.reference.glossary.words if checks.reference else frozenset()
    yield from (each for each in lint_item(item, language, known) if each.severity != "info")


def _check_key_basis(item: Item) -> Iterator[Finding]:
    """A live item that says a panel chose its key, as this one does, has a panel that did."""
    if item.status == "live":
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
    words = item.every_word()
    if item.content_note:
        words.append(item.content_note)
    joined = "".join(words)
    may_be_date = DATE_LENGTH in map(len, words) or ISO_DATE.match(item.situation)
    if not may_be_date and "{" not in joined and "}" not in joined:
        return  # so it is with most items, and this is quicker to see
    for path, text in [(("situation",), item.situation), *texts(item)]:
        if len(text) == DATE_LENGTH and ISO_DATE.fullmatch(text):
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


def texts(item: Item) -> list[tuple[Path, str]]:
    """Every text of an item that learners read, with its path."""
    note = [(("content_note",), item.content_note)] if item.content_note else []
    return [*item.every_text(), *note]
