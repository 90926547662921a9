"""`quizapp bank lint-report`: banks read and checked, and all that the linter has to say of each."""

import json
from pathlib import Path

import click

from quizapp import clock
from quizapp.banks.files import FolderContent, find_root, read_folder, read_reference
from quizapp.banks.lint_notes import notes_on
from quizapp.banks.reading_bar import reading_bar
from quizapp.core.bank import BANK_FILE, Place, read_bank
from quizapp.core.item_checks import Notes
from quizapp.core.lint.page import lint_page
from quizapp.core.lint.report import BankReport, as_data, as_text, bank_report


def print_report(path: Path, shown: str, html: Path | None, as_json: bool, no_cache: bool) -> None:
    """Print the report on the banks at a path, or write it as a page; `shown` is the folder in problems."""
    root = find_root(path.resolve())
    if root is None:
        raise click.UsageError(f"there is no taxonomy.yaml in {path} or above it")
    content = read_folder(root, shown)
    wanted = [name for name in content.banks if (root / name).is_relative_to(path.resolve())]
    if not wanted:
        raise click.UsageError(f"{path} is no bank and holds none")
    reports = _reports(content, wanted, notes_on(content, no_cache))
    if html:
        html.write_text(lint_page(reports, clock.now().date().isoformat()), "utf-8")
    if as_json:
        click.echo(json.dumps([as_data(report) for report in reports], ensure_ascii=False, indent=2))
    elif html:
        click.echo(f"{html} written")
    else:
        click.echo("\n\n".join(map(as_text, reports)))


def _reports(content: FolderContent, wanted: list[str], notes: Notes) -> list[BankReport]:
    today = clock.now().date()
    reference = read_reference(content, today).reference
    taxonomy = reference.taxonomy if reference else None
    found: list[BankReport] = []
    places: list[Place] = []
    with reading_bar(data for name in wanted for data in content.banks[name].values()) as told:
        for name in wanted:
            read = read_bank(
                content.banks[name],
                reference,
                today,
                folder=content.folder(name),
                others=places,
                on_items=told,
                notes=notes,
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
