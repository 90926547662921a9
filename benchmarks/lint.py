"""What linting costs: all rules on every item, the figures of the bank, its report; 300 and 10,000 items."""

import datetime
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks import machine
from benchmarks.report import Row, at_most, figure
from benchmarks.sampling import Plan
from benchmarks.sync import BANK, NOW, make_folder
from quizapp.banks.files import read_folder, read_reference
from quizapp.banks.lint_notes import LintNotes
from quizapp.config import PROJECT
from quizapp.core.bank import BANK_FILE, load_bank, load_items
from quizapp.core.item_checks import Checks
from quizapp.core.items import Item
from quizapp.core.limits import over_limits
from quizapp.core.lint.copies import near_copies
from quizapp.core.lint.linter import lint_item
from quizapp.core.lint.page import lint_page
from quizapp.core.lint.report import bank_report
from quizapp.core.lint.words import stem
from quizapp.core.reference import Taxonomy

SMALL, LARGE = 300, 10_000
MOST_SECONDS = {SMALL: 2.0, LARGE: 45.0}
REPLACED = 0.25  # of the words of an item, so that it is no near copy of the one that it was made from


def run(plan: Plan) -> list[Row]:
    """Measure, and hand back the figures."""
    taxonomy, shipped = shipped_items()
    sizes = (SMALL,) if plan.responses[0] < LARGE else (SMALL, LARGE)
    print(f"{machine.describe()}; {plan.rounds} rounds", flush=True)
    rows: list[Row] = []
    for size in sizes:
        items = varied(shipped, size, random.Random(7))
        took = []
        with click.progressbar(range(plan.rounds), label=f"Linting {size:,}", file=sys.stderr) as rounds:
            for _ in rounds:
                stem.cache_clear()
                took.append(_lint(items, taxonomy))
        rules, copies, whole = (statistics.median(column) for column in zip(*took, strict=True))
        total = rules + copies + whole
        rows.append(at_most(f"lint of {size:,} items", total, "s", MOST_SECONDS[size]))
        rows.append(figure(f"of it: rules and limits, {size:,} items", rules, "s"))
        rows.append(figure(f"of it: near copies, {size:,} items", copies, "s"))
        rows.append(figure(f"of it: figures and page, {size:,} items", whole, "s"))
        anew, again = _noted(size)
        rows.append(figure(f"files read, checked and linted, {size:,} items", anew, "s"))
        rows.append(figure(f"the same once nothing has changed, {size:,} items", again, "s"))
    return rows


def _noted(size: int) -> tuple[float, float]:
    """Processor time of reading, checking and linting files for the first time, and with notes on them."""
    with tempfile.TemporaryDirectory() as name:
        content = read_folder(make_folder(Path(name) / "banks", size))
        notes = LintNotes(Path(name) / "notes", content)
        reference = read_reference(content, NOW.date()).reference
        checks = Checks(reference=reference, today=NOW.date(), strict=True, notes=notes)
        took = []
        for _ in range(2):
            stem.cache_clear()
            began = time.process_time()
            for file, data in content.banks[BANK].items():
                if file != BANK_FILE:
                    load_items(data, file, checks)
            took.append(time.process_time() - began)
    return took[0], took[1]


def shipped_items() -> tuple[Taxonomy, list[Item]]:
    """The taxonomy, and the items of all shipped banks."""
    today = datetime.datetime.now(datetime.UTC).date()
    content = read_folder(PROJECT / "question_banks")
    reference = read_reference(content, today).reference
    assert reference, "the reference has an error; see `quizapp bank check`"
    items: list[Item] = []
    for files in content.banks.values():
        bank = load_bank(files, reference, today).bank
        assert bank, "the shipped banks have an error; see `quizapp bank check`"
        items += bank.items
    return reference.taxonomy, items


def varied(shipped: Sequence[Item], count: int, rng: random.Random) -> list[Item]:
    """So many items with ids of their own: the shipped ones in turns, each time with other words in them."""
    vocabulary = sorted(
        {word for item in shipped for _path, text in item.every_text() for word in text.split()}
    )
    made = []
    for number in range(count):
        item = shipped[number % len(shipped)]
        data = _replaced(item.model_dump(by_alias=True), vocabulary, rng)
        name = {"id": f"gen-{number:05}", "situation": f"scene-{number}", "status": "live"}
        made.append(type(item).model_validate({**item.model_dump(by_alias=True), **data, **name}))
    return made


def _replaced(data: dict[str, object], vocabulary: Sequence[str], rng: random.Random) -> dict[str, object]:
    """The texts of an item, with some words replaced."""
    changed: dict[str, object] = {}
    for name, value in data.items():
        if name in ("stem", "text", "rationale") and isinstance(value, str):
            said = value.split()
            changed[name] = " ".join(
                rng.choice(vocabulary) if rng.random() < REPLACED else word for word in said
            )
        elif name in ("options", "parts", "turns", "replies") and isinstance(value, list | tuple):
            changed[name] = [{**each, **_replaced(each, vocabulary, rng)} for each in value]
    return changed


def _lint(items: Sequence[Item], taxonomy: Taxonomy) -> tuple[float, float, float]:
    """Processor time of the rules, of the search for near copies, and of the report with its page."""
    began = time.process_time()
    for item in items:
        lint_item(item)
        list(over_limits(item))
    ruled = time.process_time()
    list(near_copies(items))
    compared = time.process_time()
    lint_page([bank_report("all", "All", items, [], taxonomy)], "2026-11-26")
    return ruled - began, compared - ruled, time.process_time() - compared
