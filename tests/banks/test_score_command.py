"""`quizapp score` as an author types it, on items of the shipped banks."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quizapp.banks.score_command import percent, score
from quizapp.config import PROJECT
from quizapp.core.bank import load_items
from quizapp.core.item_checks import Checks
from quizapp.core.items import ITEM_TYPES, Item
from tests.content import SYNCED_AT

JUDGEMENT = PROJECT / "question_banks" / "judgement"
BOTH_RIGHT = "case/both_right@1"
PANEL = "  panel: {n: 15, held_on: 2026-01-01, best: [2, 1, 8, 4]}\n"

Edit = Callable[[str, str, str], None]


def run(*words: str | Path) -> Result:
    result = CliRunner().invoke(score, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def score_of(file: Path, item_id: str, answer: Any, *words: str) -> Any:
    """The printed JSON."""
    result = run(file, item_id, "--answer", json.dumps(answer), "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def table_of(file: Path, item_id: str, *words: str) -> Any:
    result = run(file, item_id, "--table", "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*words: str | Path) -> str:
    """What is said by a command that ends with 2."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    return " ".join(result.stderr.split())


def item_of(kind: str) -> tuple[Path, str, Item]:
    """The first shipped item of a type, with its file."""
    file = JUDGEMENT / f"{kind}.yaml"
    if kind == "single_best":
        file = PROJECT / "question_banks" / "core" / "role_and_values.yaml"
    checks = Checks(reference=None, today=SYNCED_AT.date(), strict=False)
    item = load_items(file.read_bytes(), file.name, checks).items[0]
    return file, item.id, item


RULES = [(kind, rule) for kind, each in ITEM_TYPES.items() for rule in each.rules]
RULES.remove(("single_best", "single_best/panel_share@1"))  # needs a panel; see below


@pytest.mark.parametrize(("kind", "rule"), RULES)
def test_every_rule_tells_what_the_key_earns(kind: str, rule: str) -> None:
    file, item_id, item = item_of(kind)
    said = score_of(file, item_id, ITEM_TYPES[kind].key_answer(item), "--rule", rule)
    assert (said["item"], said["type"], said["rule"]) == (item_id, kind, rule)
    assert (said["status"], said["missing"]) == ("complete", [])
    assert said["points"] == said["maximum"]
    assert said["percent"] == "100.00"


@pytest.mark.parametrize(("kind", "rule"), RULES)
def test_every_rule_has_a_table_with_the_best_answer_first(kind: str, rule: str) -> None:
    file, item_id, _item = item_of(kind)
    said = table_of(file, item_id, "--rule", rule)
    points = [Fraction(row["points"]) for row in said["rows"]]
    assert points == sorted(points, reverse=True)
    assert said["rows"][0]["points"] == said["maximum"]
    levels = {Fraction(row["points"]): row["answers"] for row in said["levels"]}
    scored = sum(levels.values())
    assert scored == said["answers"] - said["refused"]
    assert len(points) == min(scored, 1000)
    if not said["refused"] and not ITEM_TYPES[kind].in_steps:  # guessing turn by turn is another mean
        mean = sum(earned * count for earned, count in levels.items()) / scored
        assert mean == Fraction(said["chance"])


# Numbers of the scoring rules on real items. mrs-0001 has the keys 2, 4 and 5 of six options.


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        ("plus_minus", "1/3"),
        ("select_n", "2/3"),
        ("all_or_nothing", "0"),
        ("ripkey", "2/3"),
        ("per_option", "2/3"),
        ("moodle_fractions", "1/3"),
        ("map_response", "2/3"),
    ],
)
def test_two_keys_and_one_other_option_by_each_rule(rule: str, points: str) -> None:
    said = score_of(
        JUDGEMENT / "multiple_response.yaml",
        "mrs-0001",
        {"options": [0, 1, 3]},
        "--rule",
        f"multiple_response/{rule}@1",
    )
    assert said["points"] == points


@pytest.mark.parametrize(
    ("rule", "points"), [("plus_minus", "0"), ("per_option", "1/2"), ("map_response", "1")]
)
def test_what_choosing_everything_earns_is_told(rule: str, points: str) -> None:
    file = JUDGEMENT / "multiple_response.yaml"
    said = table_of(file, "mrs-0001", "--rule", f"multiple_response/{rule}@1")
    (row,) = said["without_reading"]
    assert (row["answer"], row["points"]) == ({"options": [0, 1, 2, 3, 4, 5]}, points)
    assert row["more_than_chance"] == (Fraction(points) > Fraction(said["chance"]))


def test_the_signed_score_goes_below_zero() -> None:
    said = table_of(JUDGEMENT / "best_worst.yaml", "bws-0001", "--rule", "best_worst/signed@1")
    assert (said["maximum"], said["chance"], said["lowest"]) == ("2", "0", "-2")
    assert said["rows"][-1] == {"answer": {"best": 1, "worst": 2}, "points": "-2", "percent": "-100.00"}


def test_the_votes_of_a_panel_can_be_the_score(folder: Path, edit: Edit) -> None:
    file = folder / "core" / "relationship.yaml"
    first = file.read_text("utf-8").split("- id: ")[1].split("\n")[0]
    words = ("--rule", "single_best/panel_share@1")
    assert "needs the votes of a panel" in refused(file, first, "--answer", '{"option": 1}', *words)
    count = file.read_text("utf-8").split("- id: ")[1].count("rationale:")
    panel = PANEL.replace("[2, 1, 8, 4]", str([8, 2, 1, 4][:count]))
    edit("core/relationship.yaml", f"- id: {first}\n", f"- id: {first}\n{panel}")
    assert score_of(file, first, {"option": 1}, *words)["points"] == "1/4"


# What is printed for people


def test_a_score_is_printed_with_what_it_is_made_of() -> None:
    result = run(JUDGEMENT / "rating.yaml", "rat-0002", "--answer", '{"ratings": [3, 1, 2, 2]}')
    assert result.stdout.splitlines() == [
        "Item       rat-0002",
        "Type       rating",
        "Rule       rating/same_side_half@1",
        "Answer     ratings 3, 1, 2, 2",
        "Score      5/8 of 1 (62.50 %)",
        "Chance     3/8",
        "Lowest     0",
        "Part       option 1: 1/8 of 1/4",
        "Part       option 2: 1/4 of 1/4",
        "Part       option 3: 1/4 of 1/4",
        "Part       option 4: 0 of 1/4",
    ]


def test_a_table_is_printed_with_the_share_of_each_score() -> None:
    lines = run(JUDGEMENT / "best_worst.yaml", "bws-0001", "--table").stdout.splitlines()
    assert lines[3:] == [
        "Maximum    1",
        "Chance     1/4",
        "Lowest     0",
        "Answers    12",
        "Earn       1: 1 (8.33 %)",
        "Earn       1/2: 4 (33.33 %)",
        "Earn       0: 7 (58.33 %)",
        "",
        "  1   100.00 %  best 3, worst 2",
        *[line for line in lines if line.startswith("1/2")],
        *[line for line in lines if line.startswith("  0")],
    ]
    assert len(lines) == 11 + 12


def test_one_rating_for_all_is_set_against_guessing() -> None:
    lines = run(JUDGEMENT / "rating.yaml", "rat-0002", "--table").stdout.splitlines()
    assert [line for line in lines if line.startswith("Unread")] == [
        f"Unread     ratings {n}, {n}, {n}, {n}: 3/8 of 1" for n in (1, 2, 3, 4)
    ]


def test_statements_that_are_mostly_true_are_warned_of() -> None:
    result = run(JUDGEMENT / "case.yaml", "cas-0005", "--table")
    assert "part 3: true, true, true, true, true: 1/2 of 1, more than guessing (17/64)" in result.stdout


def test_a_long_table_is_cut_and_says_so() -> None:
    result = run(JUDGEMENT / "case.yaml", "cas-0005", "--table")
    assert result.exit_code == 0
    rows = result.stdout.split("\n\n")[1].splitlines()
    assert len(rows) == 1000
    assert rows[0].startswith("  3   100.00 %")
    assert result.stderr == "3840 answers are possible; the first 1000 are shown.\n"


@pytest.mark.parametrize(
    ("share", "told"), [("1/3", "33.33"), ("2/3", "66.67"), ("-1/2", "-50.00"), ("1", "100.00")]
)
def test_a_share_has_two_decimals(share: str, told: str) -> None:
    assert percent(Fraction(share)) == told


# What is missing


@pytest.mark.parametrize(
    ("kind", "item_id", "answer", "missing"),
    [
        ("multiple_response", "mrs-0002", {"options": [1]}, ["1 of 2 options are chosen"]),
        (
            "multiple_true_false",
            "mtf-0001",
            {"judged": [True, None, False, True, None]},
            ["option 2 is not judged", "option 5 is not judged"],
        ),
        ("best_worst", "bws-0001", {"best": 2, "worst": None}, ["the worst is not chosen"]),
        ("ranking", "rnk-0002", {"ranks": [1, 2, None, 4, 5]}, ["option 3 is not ranked"]),
        ("rating", "rat-0002", {"ratings": [None, 1, 1, 1]}, ["option 1 is not rated"]),
        ("branching", "con-0001", {"path": [0]}, ["turn 2 is not answered"]),
        ("case", "cas-0002", {"parts": [{"option": 0}, None]}, ["part 2 is not answered"]),
        (
            "case",
            "cas-0001",
            {"parts": [None, {"best": 1}, {"options": [1, 4]}]},
            ["part 1 is not answered", "part 2: the worst is not chosen"],
        ),
    ],
)
def test_an_incomplete_answer_says_what_is_missing(
    kind: str, item_id: str, answer: Any, missing: list[str]
) -> None:
    file = JUDGEMENT / f"{kind}.yaml"
    said = score_of(file, item_id, answer)
    assert (said["status"], said["missing"]) == ("incomplete", missing)
    printed = run(file, item_id, "--answer", json.dumps(answer)).stdout
    assert all(f"Missing    {what}\n" in printed for what in missing)


@pytest.mark.parametrize(
    ("kind", "item_id", "answer"),
    [
        ("ranking", "rnk-0001", None),
        ("rating", "rat-0002", {"ratings": [None] * 4}),
        ("case", "cas-0002", {"parts": [None, None]}),
    ],
)
def test_no_answer_is_omitted_and_not_wrong(kind: str, item_id: str, answer: Any) -> None:
    file = JUDGEMENT / f"{kind}.yaml"
    said = score_of(file, item_id, answer, "--certainty", "3")
    assert (said["status"], said["answer"], said["points"], said["parts"]) == ("omitted", None, "0", [])
    assert said["certainty"]["mark"] is None
    printed = run(file, item_id, "--answer", json.dumps(answer), "--certainty", "3").stdout
    assert "Answer     omitted: nothing is answered\n" in printed
    assert "Certainty  3: no mark for what is omitted\n" in printed


# Certainty


@pytest.mark.parametrize(
    ("ratings", "level", "told"),
    [
        ([4, 1, 2, 3], "1", "right, +1"),
        ([4, 1, 2, 3], "3", "right, +3"),
        ([4, 1, 2, 4], "2", "wrong, -2"),
        ([1, 4, 4, 1], "3", "wrong, -6"),
        ([1, 4, 4, 1], "1", "wrong, +0"),
    ],
)
def test_certainty_marks_full_points_as_right(ratings: list[int], level: str, told: str) -> None:
    answer = json.dumps({"ratings": ratings})
    printed = run(JUDGEMENT / "rating.yaml", "rat-0002", "--answer", answer, "--certainty", level).stdout
    assert printed.endswith(f"Certainty  {level}: {told}\n")


# What cannot be read


@pytest.mark.parametrize(
    ("kind", "item_id", "answer", "told"),
    [
        ("rating", "rat-0002", "{'ratings': 1}", "the answer is no JSON"),
        ("rating", "rat-0002", "[" * 100_000, "the answer is no JSON"),
        ("rating", "rat-0002", "7", "it is no object"),
        ("rating", "rat-0002", '{"ratings": [5, 1, 2, 3]}', "5 is none of [1, 2, 3, 4]"),
        ("rating", "rat-0002", '{"ratings": [1.0, 1, 2, 3]}', "1.0 is none of"),
        ("rating", "rat-0002", '{"ratings": [1, 2]}', "needs 4 ratings"),
        ("rating", "rat-0002", '{"rating": [1, 2, 3, 4]}', "this type has no rating."),
        ("ranking", "rnk-0002", '{"ranks": [1, 1, 2, 3, 4]}', "gives one rank twice"),
        ("best_worst", "bws-0001", '{"best": 1, "worst": 1}', "must be different options"),
        ("best_worst", "bws-0001", '{"best": 9}', "no option 9"),
        ("multiple_response", "mrs-0001", '{"options": [0, 0]}', "a list of different options"),
        ("multiple_response", "mrs-0002", '{"options": [0, 1, 2]}', "3 chosen, 2 asked for"),
        ("multiple_true_false", "mtf-0001", '{"judged": ["true", 1, 0, null, null]}', "is none of"),
        ("branching", "con-0001", '{"path": [0, 7]}', "no reply 7 at step 2"),
        ("branching", "con-0001", '{"path": [0, 0, 0, 0, 0, 0, 0]}', "no reply 0 at step"),
        ("case", "cas-0002", '{"parts": [{"option": 0}]}', "needs 2 answers"),
        ("case", "cas-0002", '{"parts": [5, null]}', "mappings or null"),
    ],
)
def test_an_unreadable_answer_is_told_and_not_scored(kind: str, item_id: str, answer: str, told: str) -> None:
    said = refused(JUDGEMENT / f"{kind}.yaml", item_id, "--answer", answer)
    assert told in said
    assert "An answer to this item looks like {" in said or "no JSON" in said


def test_a_mistyped_item_is_guessed() -> None:
    said = refused(JUDGEMENT / "rating.yaml", "rat-002", "--table")
    assert said.endswith("rating.yaml; did you mean rat-0002?")


def test_an_unknown_rule_lists_those_of_the_type() -> None:
    said = refused(JUDGEMENT / "multiple_response.yaml", "mrs-0001", "--table", "--rule", "plus_minus")
    assert "plus_minus is no rule of multiple_response" in said
    assert all(rule in said for rule in ITEM_TYPES["multiple_response"].rules)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--table", "--answer", "null"],
        ["--table", "--certainty", "2"],
        ["--answer", "null", "--certainty", "4"],
        ["--answer"],
    ],
)
def test_wrong_use_ends_with_2(words: list[str]) -> None:
    refused(JUDGEMENT / "rating.yaml", "rat-0002", *words)


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.yaml", "rat-0002", "--table")


# Items with errors


def test_errors_of_the_item_are_told_with_their_place(folder: Path, edit: Edit) -> None:
    edit("core/more.yaml", "principle: active_listening", "principle: activ_listening")
    file = folder / "core" / "more.yaml"
    result = run(file, "rel-0003", "--table")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"{file}:8:3: error unknown-principle: unknown principle 'activ_listening'; "
        "did you mean active_listening?\n"
    )


def test_errors_of_other_items_do_not_matter(folder: Path, edit: Edit) -> None:
    file = folder / "core" / "relationship.yaml"
    first, second = (part.split("\n")[0] for part in file.read_text("utf-8").split("- id: ")[1:3])
    text = file.read_text("utf-8")
    cut = text.index(f"- id: {second}")
    file.write_text(text[:cut] + text[cut:].replace("status: live", "status: lively", 1), "utf-8")
    assert run(file, first, "--table").exit_code == 0
    assert run(file, second, "--table").exit_code == 1


def test_a_file_that_is_no_list_of_items_is_told(folder: Path) -> None:
    file = folder / "core" / "more.yaml"
    file.write_text("a: [", "utf-8")
    result = run(file, "rel-0003", "--table")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}:2:1: error yaml-syntax: ")


def test_two_items_with_one_id_are_told(folder: Path) -> None:
    file = folder / "core" / "more.yaml"
    file.write_text(file.read_text("utf-8") * 2, "utf-8")
    result = run(file, "rel-0003", "--table")
    assert result.exit_code == 1
    assert "error duplicate-id" in result.stderr


@pytest.mark.parametrize("item_id", ["dem-0001", "dem-0002", "dem-0003", "dem-0004"])
def test_items_of_a_demonstration_are_scored_as_such(item_id: str) -> None:
    file = PROJECT / "question_banks" / "demonstration" / "panels.yaml"
    assert run(file, item_id, "--table").exit_code == 0


def test_a_made_up_panel_in_another_bank_is_an_error(folder: Path) -> None:
    file = folder / "core" / "panels.yaml"
    shutil.copy(PROJECT / "question_banks" / "demonstration" / "panels.yaml", file)
    result = run(file, "dem-0001", "--table")
    assert result.exit_code == 1
    assert "error made-up-panel: " in result.stderr


def test_a_file_outside_any_folder_of_banks_is_scored(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_bytes((folder / "core" / "more.yaml").read_bytes())
    assert run(alone, "rel-0003", "--table").exit_code == 0


# Start


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score", str(JUDGEMENT / "rating.yaml"), "rat-0002", "--answer", "null"], "Item       rat-0002"),
        (["bank", "check", str(JUDGEMENT)], "No problems."),
    ],
)
def test_commands_on_files_start_without_flask_and_database(words: list[str], said: str) -> None:
    script = (
        f"import sys; sys.argv = {['quizapp', *words]!r}\n"
        "from quizapp.__main__ import main\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said in (done.stdout + done.stderr).splitlines()
    assert done.stdout.splitlines()[-1] == "[]"


def test_other_commands_start_as_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "quizapp", "secret"], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.strip()) >= 48


def test_the_help_shows_an_answer_of_every_type() -> None:
    said = run("--help").stdout
    assert all(f"  {name} " in said for name in ITEM_TYPES)
