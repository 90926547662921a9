"""`quizapp bank lint-report`: banks read and checked, and all that the linter has to say of each."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from quizapp import clock
from quizapp.banks.files import FolderContent, find_root, read_folder, read_reference
from quizapp.core.bank import BANK_FILE, Place, read_bank
from quizapp.core.lint.page import lint_page
from quizapp.core.lint.report import BankReport, as_data, as_text, bank_report

ITEMS_FOR_BAR = 1000


def print_report(path: Path, shown: str, html: Path | None, as_json: bool) -> None:
    """Print the report on the banks at a path, or write it as a page; `shown` is the folder in problems."""
    root = find_root(path.resolve())
    if root is None:
        raise click.UsageError(f"there is no taxonomy.yaml in {path} or above it")
    content = read_folder(root, shown)
    wanted = [name for name in content.banks if (root / name).is_relative_to(path.resolve())]
    if not wanted:
        raise click.UsageError(f"{path} is no bank and holds none")
    reports = _reports(content, wanted)
    if html:
        html.write_text(lint_page(reports, clock.now().date().isoformat()), "utf-8")
    if as_json:
        click.echo(json.dumps([as_data(report) for report in reports], ensure_ascii=False, indent=2))
    elif html:
        click.echo(f"{html} written")
    else:
        click.echo("\n\n".join(map(as_text, reports)))


def _reports(content: FolderContent, wanted: list[str]) -> list[BankReport]:
    today = clock.now().date()
    reference = read_reference(content, today).reference
    taxonomy = reference.taxonomy if reference else None
    items = sum(_items_in(data) for name in wanted for data in content.banks[name].values())
    found: list[BankReport] = []
    places: list[Place] = []
    with _progress(items) as told:
        for name in wanted:
            read = read_bank(
                content.banks[name],
                reference,
                today,
                folder=content.folder(name),
                others=places,
                on_items=told,
            )
            places += read.places
            meta = read.meta
            found.append(
                bank_report(
                    meta.id if meta else name,
                    meta.title if meta else f"{name} ({BANK_FILE} has errors)",
                    read.items,
                    read.problems,
                    taxonomy,
                )
            )
    return found


def _items_in(data: bytes) -> int:
    """How many items a file seems to have: near enough for a progress bar."""
    return data.count(b"\n- id:") + data.startswith(b"- id:")


@contextmanager
def _progress(items: int) -> Iterator[Callable[[int], None]]:
    """What is called with each number of items that were read; it moves a bar when there are many."""
    if items <= ITEMS_FOR_BAR:
        yield lambda count: None
        return
    with click.progressbar(length=items, label="Reading items", file=sys.stderr) as bar:
        yield bar.update
