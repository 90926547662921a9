"""`quizapp bank`: check the files, write their schema, and bring them into the database.

Flask and SQLAlchemy are imported inside `sync` only: checking needs no database and starts fast.
"""

import functools
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from quizapp import clock
from quizapp.banks.files import find_root, load_content, read_folder
from quizapp.banks.lint_notes import notes_on
from quizapp.banks.reading_bar import reading_bar
from quizapp.core.item_schema import SCHEMA_FILE, schema_text
from quizapp.core.problems import Problem, has_errors, shortened

NO_CACHE = click.option("--no-cache", is_flag=True, help="Lint every file anew, also the known ones.")


@click.group()
def bank() -> None:
    """Question banks: check them, and bring them into the database."""


@bank.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@NO_CACHE
def check(paths: tuple[Path, ...], form: str, strict: bool, no_cache: bool) -> None:
    """Check content files: a question_banks folder, a bank in it, or single files.

    What the linter found in a file is remembered until the file, the language or the linter changes.

    Exits with 0 when there are no errors, 1 when there are, and 2 when the command is used wrongly.
    """
    problems = shortened(_problems_in(paths or (default_folder(),), no_cache))
    if form == "json":
        click.echo(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(_summary(problems), err=True)
    sys.exit(1 if has_errors(problems) or (strict and problems) else 0)


def default_folder() -> Path:
    """The folder that the server uses, without the settings that only a server needs."""
    from quizapp.config import PREFIX, Settings

    folder = Path(os.environ.get(PREFIX + "BANK_FOLDER") or Settings.model_fields["bank_folder"].default)
    if not folder.is_dir():
        raise click.UsageError(f"there is no folder {folder}")
    return folder


def _problems_in(paths: tuple[Path, ...], no_cache: bool) -> list[Problem]:
    """The problems of the files at the paths. Their whole folder is read, for rules that join files."""
    found: list[Problem] = []
    by_root: dict[Path, list[Path]] = {}
    for path in paths:
        root = find_root(path.resolve())
        if root is None:
            raise click.UsageError(f"there is no taxonomy.yaml in {path} or above it")
        by_root.setdefault(root, []).append(path.resolve())
    for root, wanted in by_root.items():
        content = read_folder(root, _shown(root))
        notes = notes_on(content, no_cache)
        with reading_bar(data for files in content.banks.values() for data in files.values()) as told:
            loaded = load_content(content, clock.now().date(), on_items=told, notes=notes)
        for problem in loaded.problems:
            file = root / problem.file.removeprefix(content.folder())
            if any(file.is_relative_to(path) for path in wanted):
                found.append(problem)
    return found


def _shown(path: Path) -> str:
    """A folder as the person would type it; nothing for the one they are in."""
    here = Path.cwd()
    if path == here:
        return ""
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _summary(problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    if not problems:
        return "No problems."
    return f"Errors: {errors}. Warnings: {len(problems) - errors}."


@bank.command("lint-report")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--html", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a page.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list with one object for each bank.")
@NO_CACHE
def lint_report(path: Path | None, html: Path | None, as_json: bool, no_cache: bool) -> None:
    """Report on a bank as a whole: counts, figures with their bounds, and findings by rule.

    PATH is a bank, or a question_banks folder for all of its banks. A figure that does not hold is told and
    ends nothing: the command exits with 0, and with 2 when it is used wrongly.
    """
    from quizapp.banks.lint_report import print_report

    path = path or default_folder()
    root = find_root(path.resolve())
    print_report(path, _shown(root) if root else "", html, as_json, no_cache)


@bank.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if the file is old.")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def schema(only_check: bool, folder: Path | None) -> None:
    """Write the JSON Schema that gives editors completion in items files."""
    path = (folder or default_folder()) / SCHEMA_FILE
    is_current = path.is_file() and path.read_text("utf-8") == schema_text()
    if only_check:
        click.echo(f"{path} is {'current' if is_current else 'old: run quizapp bank schema'}")
        sys.exit(0 if is_current else 1)
    if not is_current:
        path.write_text(schema_text(), "utf-8")
    click.echo(f"{path} {'is current' if is_current else 'written'}")


@bank.command()
@click.option("--quiet", is_flag=True, help="Print problems only.")
@click.pass_context
def sync(context: click.Context, quiet: bool) -> None:
    """Bring the content files into the database. Unchanged files cost nothing."""
    from flask.cli import with_appcontext

    everything_fits = context.invoke(with_appcontext(sync_banks), quiet=quiet)
    sys.exit(0 if everything_fits else 1)


def sync_banks(quiet: bool = False) -> bool:
    """Sync the folder of the settings; False when something was left out because of errors."""
    from flask import current_app

    from quizapp import db
    from quizapp.banks import services
    from quizapp.config import Settings

    settings: Settings = current_app.config["SETTINGS"]
    content = read_folder(settings.bank_folder, _shown(settings.bank_folder.resolve()))
    run = functools.partial(
        services.sync, content=content, now=clock.now(), demonstrations=settings.environment == "development"
    )
    with db.database().working_session() as session:
        if quiet:
            report = run(session)
        else:
            with click.progressbar(length=services.count_files(content), label="Reading banks") as bar:
                report = run(session, on_file=lambda: bar.update(1))
        session.commit()
    for problem in shortened(report.problems):
        click.echo(str(problem), err=True)
    if not quiet:
        click.echo(report.summary())
    return not report.withheld
