"""`quizapp score`: what one answer to an item earns, or every one; without database, Flask and settings."""

import json
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from quizapp import clock
from quizapp.banks.files import find_root, read_folder, read_reference
from quizapp.core.bank import BANK_FILE, check_places, load_items, load_meta
from quizapp.core.item_checks import Checks
from quizapp.core.items import ITEM_TYPES, Answer, InvalidResponse, Item, ItemType, Score
from quizapp.core.problems import has_errors, in_order
from quizapp.core.score_table import Blanket, ScoreTable, chance, score_table
from quizapp.core.scoring import ZERO, certainty_mark
from quizapp.core.yaml_text import MAX_BYTES

_WIDTH = max(map(len, ITEM_TYPES))
_FORMS = "\n".join(f"  {name:{_WIDTH}}  {kind.example}" for name, kind in ITEM_TYPES.items())
EPILOG = f"""
\b
An answer is JSON as it is stored, in the order of the file. Options count from 0:
{_FORMS}
null is what nobody chose; null alone is an item that was left out.

\b
Examples:
  quizapp score question_banks/judgement/rating.yaml rat-0002 --answer '{{"ratings": [4, 1, 2, 4]}}'
  quizapp score question_banks/core/role_and_values.yaml rav-0001 --answer '{{"option": 0}}' --certainty 3
  quizapp score question_banks/judgement/multiple_response.yaml mrs-0001 --table
  quizapp score question_banks/judgement/multiple_response.yaml mrs-0001 --table \\
      --rule multiple_response/per_option@1

Ends with 0, with 1 when the item has errors (as `quizapp bank check` tells them), and with 2 when the answer
cannot be read or the command is used wrongly.
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("item_id")
@click.option("--answer", "answer_text", metavar="JSON", help="The answer to score.")
@click.option("--table", "wants_table", is_flag=True, help="What every answer earns, best first.")
@click.option("--rule", "rule_id", help="Another rule of the item's type than its own.")
@click.option(
    "--certainty", type=click.IntRange(1, 3), help="Add the mark for being right or wrong this surely."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with exact numbers as text.")
def score(
    file: Path,
    item_id: str,
    answer_text: str | None,
    wants_table: bool,
    rule_id: str | None,
    certainty: int | None,
    as_json: bool,
) -> None:
    """Score an answer to the item ITEM_ID of the items file FILE, or tell what every answer earns."""
    if wants_table == (answer_text is not None):
        raise click.UsageError("say either --answer JSON or --table")
    if wants_table and certainty is not None:
        raise click.UsageError("--certainty goes with --answer")
    item = _read_item(file, item_id)
    kind = ITEM_TYPES[item.type]
    rule = rule_id or kind.rule_id(item)
    _check_rule(kind, item, rule)
    about = {"item": item.id, "type": item.type, "rule": rule}
    if answer_text is None:
        table = score_table(kind, item, rule)
        _print(_table_data(table), _table_lines(kind, item, table), about, as_json)
        if table.left_out:
            note = f"{table.pattern_count} answers are possible; the first {len(table.rows)} are shown."
            click.echo(note, err=True)
        return
    answer = _read_answer(kind, item, answer_text)
    try:
        scored = Score(ZERO, kind.maximum(item, rule)) if answer is None else kind.score(item, answer, rule)
    except ValueError as error:
        raise _unreadable(kind, item, str(error)) from None
    data = _answer_data(kind, item, rule, answer, scored, certainty)
    _print(data, _answer_lines(kind, item, data), about, as_json)


# What is read


def _read_item(file: Path, item_id: str) -> Item:
    """The item without errors; else its errors are told, and the command ends."""
    root = find_root(file.resolve())
    today = clock.now().date()
    content = None if root is None else read_folder(root)
    reference = None if content is None else read_reference(content, today).reference
    meta_file = file.resolve().parent / BANK_FILE
    meta = load_meta(meta_file.read_bytes(), str(meta_file), None)[0] if meta_file.is_file() else None
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    checks = Checks(
        reference=reference,
        today=today,
        strict=meta is not None and meta.strict,
        demonstration=None if meta is None else meta.demonstration,
    )
    loaded = load_items(data, str(file), checks)
    problems = [*loaded.problems, *check_places(loaded.places, {str(file): data}, strict=False)]
    wrong = [each for each in problems if each.severity == "error" and each.item in (item_id, None)]
    found = next((item for item in loaded.items if item.id == item_id), None)
    if wrong and (found is None or has_errors(each for each in wrong if each.item == item_id)):
        for problem in in_order(wrong):
            click.echo(str(problem), err=True)
        sys.exit(1)
    if found is None:
        known = [*(item.id for item in loaded.items), *(each.item for each in problems if each.item)]
        raise click.UsageError(f"there is no item {item_id} in {file}{_did_you_mean(item_id, known)}")
    return found


def _check_rule(kind: ItemType, item: Item, rule: str) -> None:
    if rule not in kind.rules:
        known = "\n  ".join(kind.rules)
        raise click.UsageError(f"{rule} is no rule of {kind.name}; its rules are\n  {known}")
    try:
        kind.score(item, kind.key_answer(item), rule)
    except ValueError as error:
        raise click.UsageError(f"{rule} does not fit this item: {error}") from None


def _read_answer(kind: ItemType, item: Item, text: str) -> Answer | None:
    """The answer; None when nothing was answered."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"the answer is no JSON: {error}") from None
    if answer is None:
        return None
    if not isinstance(answer, dict):
        raise _unreadable(kind, item, "it is no object")
    foreign = sorted(answer.keys() - kind.key_answer(item).keys())
    if foreign:
        raise _unreadable(kind, item, f"this type has no {foreign[0]}")
    try:
        kind.score(item, answer, kind.rule_id(item))
        if kind.in_steps:
            return answer
        # As a page would send it, with the limits of a page; nothing comes back when nothing is chosen.
        order = kind.plain_order(item)
        is_empty = kind.parse(item, order, kind.posted(item, order, answer)) is None
    except (ValueError, InvalidResponse) as error:
        raise _unreadable(kind, item, str(error)) from None
    return None if is_empty else answer


def _unreadable(kind: ItemType, item: Item, why: str) -> click.UsageError:
    example = json.dumps(next(kind.patterns(item)))
    return click.UsageError(
        f"the answer cannot be read: {why.rstrip('.')}. An answer to this item looks like {example}"
    )


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(set(known)), n=1)
    return f"; did you mean {near[0]}?" if near else ""


# What is printed


def _print(data: dict[str, Any], lines: Iterable[str], about: dict[str, str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(about | data, ensure_ascii=False, indent=2))
        return
    for name, value in about.items():
        click.echo(_line(name, value))
    for line in lines:
        click.echo(line)


def _line(name: str, value: object) -> str:
    return f"{name.capitalize():<10} {value}"


def _answer_data(
    kind: ItemType, item: Item, rule: str, answer: Answer | None, scored: Score, certainty: int | None
) -> dict[str, Any]:
    missing = [] if answer is None else list(kind.missing(item, answer))
    is_right = scored.points == scored.maximum
    guessed = chance(kind, item, rule)
    data = {
        "answer": answer,
        "status": "omitted" if answer is None else "incomplete" if missing else "complete",
        "missing": missing,
        "points": str(scored.points),
        "maximum": str(scored.maximum),
        "percent": percent(scored.share),
        "chance": None if guessed is None else str(guessed),
        "lowest": str(kind.lowest(item, rule)),
        "parts": [
            {"name": part.name, "points": str(part.points), "maximum": str(part.maximum)}
            for part in scored.parts
        ],
    }
    if certainty is not None:
        mark = None if answer is None else str(certainty_mark(certainty, is_right=is_right))
        data["certainty"] = {"level": certainty, "right": is_right, "mark": mark}
    return data


def _answer_lines(kind: ItemType, item: Item, data: dict[str, Any]) -> Iterator[str]:
    answer = data["answer"]
    told = "omitted: nothing is answered" if answer is None else kind.in_words(item, answer)
    yield _line("answer", told)
    for what in data["missing"]:
        yield _line("missing", what)
    yield _line("score", f"{data['points']} of {data['maximum']} ({data['percent']} %)")
    yield _line("chance", data["chance"] or "none: the rule does not score all answers to this item")
    yield _line("lowest", data["lowest"])
    for part in data["parts"]:
        # Some rules take off what is wrong, and have no maximum for a part.
        most = "" if part["maximum"] == "0" else f" of {part['maximum']}"
        yield _line("part", f"{part['name']}: {part['points']}{most}")
    if "certainty" in data:
        found = data["certainty"]
        said = "right" if found["right"] else "wrong"
        mark = "no mark for what is omitted" if answer is None else f"{said}, {int(found['mark']):+d}"
        yield _line("certainty", f"{found['level']}: {mark}")


def _table_data(table: ScoreTable) -> dict[str, Any]:
    return {
        "maximum": str(table.maximum),
        "chance": None if table.chance is None else str(table.chance),
        "lowest": str(table.lowest),
        "answers": table.pattern_count,
        "refused": table.refused,
        "levels": [
            {"points": str(points), "answers": count, "percent": _share_of(table, count)}
            for points, count in table.levels
        ],
        "without_reading": [
            {"answer": each.answer, "points": str(each.points), "more_than_chance": each.pays}
            | ({} if each.part is None else {"part": each.part})
            for each in table.blanket
        ],
        "rows": [
            {"answer": row.answer, "points": str(row.points), "percent": percent(row.points / table.maximum)}
            for row in table.rows
        ],
    }


def _table_lines(kind: ItemType, item: Item, table: ScoreTable) -> Iterator[str]:
    yield _line("maximum", table.maximum)
    refuses = "none: the rule does not score all answers to this item"
    yield _line("chance", refuses if table.chance is None else table.chance)
    yield _line("lowest", table.lowest)
    refused = f", of which the rule refuses {table.refused}" if table.refused else ""
    yield _line("answers", f"{table.pattern_count}{refused}")
    for points, count in table.levels:
        yield _line("earn", f"{points}: {count} ({_share_of(table, count)} %)")
    for each in table.blanket:
        yield _line("unread", _blanket_line(kind, item, each))
    width = max((len(str(row.points)) for row in table.rows), default=0)
    yield ""
    for row in table.rows:
        share = percent(row.points / table.maximum)
        yield f"{row.points!s:>{width}}  {share:>7} %  {kind.in_words(item, row.answer)}"


def _blanket_line(kind: ItemType, item: Item, each: Blanket) -> str:
    """What an answer that needs no reading earns, such as choosing every option."""
    owner = (kind, item) if each.part is None else kind.parts(item)[each.part - 1]
    part = "" if each.part is None else f"part {each.part}: "
    warning = f", more than guessing ({each.chance})" if each.pays else ""
    return f"{part}{owner[0].in_words(owner[1], each.answer)}: {each.points} of {each.maximum}{warning}"


def _share_of(table: ScoreTable, count: int) -> str:
    return percent(Fraction(count, table.pattern_count - table.refused))


def percent(share: Fraction) -> str:
    """A share with two decimals, such as "33.33"; a half is rounded to even."""
    hundredths = round(share * 10_000)
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}"
