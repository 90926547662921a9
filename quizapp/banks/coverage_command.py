"""`quizapp blueprint`: what the files have for each exam; without database, Flask and settings."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from quizapp import clock
from quizapp.banks.commands import default_folder
from quizapp.banks.files import Content, load_content, read_folder
from quizapp.core.blueprint import ExamBlueprint
from quizapp.core.coverage import Coverage, Usable, cover
from quizapp.core.items import Item


@click.group("blueprint")
def blueprint() -> None:
    """Exam blueprints: what the banks have for them."""


@blueprint.command()
@click.argument("blueprint_id", metavar="[ID]", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: a list with one object for each blueprint."
)
def coverage(blueprint_id: str | None, as_json: bool) -> None:
    """Tell for each blueprint how many separate forms the banks fill, and what is missing for one more.

    ID is one blueprint; without it all are told. Live items that hold in every state count; a form has no two
    of one situation, and an item counts for one domain only. Ends with 0 also when a form cannot be filled.
    """
    today = clock.now().date()
    content = load_content(read_folder(default_folder()), today)
    if blueprint_id and blueprint_id not in content.blueprints:
        known = ", ".join(content.blueprints) or "none"
        raise click.UsageError(f"there is no blueprint {blueprint_id} without errors; there are: {known}")
    wanted = [blueprint_id] if blueprint_id else list(content.blueprints)
    exams = [content.blueprints[name] for name in wanted]
    items = list(_live_items(content))
    found = [(exam, cover(exam.form, exam.board_map, _usable(items, exam))) for exam in exams]
    if as_json:
        told = [_as_data(exam, each) | {"is_old": exam.is_old(today)} for exam, each in found]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo("\n\n".join(_as_text(exam, each) for exam, each in found))
    for exam in exams:
        if exam.is_old(today):
            click.echo(
                f"\n{exam.id}: facts last checked on {exam.checked_on}, more than a year ago", err=True
            )


def _live_items(content: Content) -> Iterable[Item]:
    for bank in content.banks.values():
        if not bank.meta.demonstration:
            yield from (item for item in bank.items if item.status == "live" and item.states is None)


def _usable(items: Iterable[Item], exam: ExamBlueprint) -> list[Usable]:
    return [
        Usable(item.id, item.domain, item.situation, item.standards)
        for item in items
        if item.type in exam.item_types
    ]


def _as_data(exam: ExamBlueprint, found: Coverage) -> dict[str, Any]:
    return {"id": exam.id, "items": exam.items, "checked_on": exam.checked_on.isoformat(), **asdict(found)}


def _as_text(exam: ExamBlueprint, found: Coverage) -> str:
    width = max(len(domain.domain) for domain in found.domains)
    lines = [
        f"{exam.name} ({exam.id}): {exam.items} items",
        f"Separate forms that the banks fill: {found.forms}. Items missing for one more: {found.missing}.",
        f"{'domain':{width}}  in a form  able to serve  only there  missing for one more",
    ]
    for domain in found.domains:
        numbers = f"{domain.wanted:9}  {domain.able:13}  {domain.only:10}  {domain.missing:20}"
        lines.append(f"{domain.domain:{width}}  {numbers}")
    return "\n".join(lines)
