"""The check of a bank on items of other types than single_best: problems with their places, and panels."""

from typing import Any

import pytest

from quizapp.core.bank import BANK_FILE, LoadedBank, load_bank
from quizapp.core.problems import Problem
from tests.core.items.samples import (
    Data,
    best_worst,
    branching,
    case,
    multiple_response,
    multiple_true_false,
    panel,
    ranking,
    rating,
    reply,
    single_best,
    turn,
    with_reply,
)
from tests.core.test_bank import META, REFERENCE, TODAY, dump
from tests.core.test_bank import item as plain_item

FILE = "banks/core/items.yaml"
MISSTEPS = {"blame_person": "interrogate", "fix_it_reflex": "giving_advice"}
DEMONSTRATION = META | {"demonstration": True}


def item(sample: Data, **changes: Any) -> Data:
    """A sample with the ids of the reference."""
    common = {name: value for name, value in plain_item().items() if name != "options"}
    own = {name: value for name, value in sample.items() if name not in common or name in ("type", "rule")}
    renamed: Data = _renamed(common | own | changes)
    return renamed


def _renamed(data: Any) -> Any:
    if isinstance(data, list):
        return [_renamed(each) for each in data]
    if isinstance(data, dict):
        return {
            name: MISSTEPS.get(value, value) if name == "misstep" else _renamed(value)
            for name, value in data.items()
        }
    return data


def load(*items: Data, meta: Data = META) -> LoadedBank:
    content = {BANK_FILE: dump(meta), "items.yaml": dump(list(items))}
    return load_bank(content, REFERENCE, TODAY, folder="banks/core/")


def place(items: list[Data], words: str, nth: int = 1) -> tuple[str, int, int]:
    """File, line and column of what begins with these words in the file of the items."""
    lines = dump(items).decode().splitlines()
    found = [(FILE, number, line.index(words) + 1) for number, line in enumerate(lines, 1) if words in line]
    file, line, column = found[nth - 1]
    return file, line, column + len(words) - len(words.lstrip())


def told(problems: list[Problem]) -> list[tuple[str, tuple[str, int, int]]]:
    return [(each.rule, (each.file, each.line, each.column)) for each in problems]


ALL = [
    single_best(),
    multiple_response(),
    multiple_true_false(),
    best_worst(),
    ranking(),
    rating(),
    case(),
    branching(),
]


def test_a_bank_of_all_types_is_loaded() -> None:
    items = [item(sample, id=f"rel-{n:04}", situation=f"scene-{n}") for n, sample in enumerate(ALL)]
    loaded = load(*items)
    assert loaded.problems == []
    assert loaded.bank is not None
    assert [each.type for each in loaded.bank.items] == [sample["type"] for sample in ALL]


LOST = turn("lost", reply(0, key=True, ends="Over."), reply(1, ends="Over."))


@pytest.mark.parametrize(
    ("sample", "words", "rule"),
    [
        (branching(*branching()["turns"], LOST), "id: lost", "unreachable-turn"),
        (with_reply(branching(), 2, 1, text="Hm.", ends=None), "text: Hm.", "dead-end"),
        (with_reply(branching(), 2, 1, ends=None, next="start"), "next: start", "turn-loop"),
        (with_reply(branching(), 0, 0, next="nowhere"), "next: nowhere", "unknown-turn"),
        (with_reply(branching(), 0, 1, credit="3/4"), "credit: 3/4", "reply-credit"),
        (case(rating(), {**rating(), "type": "essay"}), "type: essay", "unknown-item-type"),
        (case(rating(), multiple_response(choose=2)), "choose: 2", "choose-count"),
        (multiple_response(choose=2), "choose: 2", "choose-count"),
        (best_worst(panel=panel(essential=11)), "essential: 11", "panel"),
        (rating(panel=panel(n=2, ratings=[[1, 2]] * 3)), "ratings:", "panel"),
        (single_best(panel=panel(best=[9, 0, 0])), "best:", "panel"),
        (ranking(rule="ranking/best@1"), "rule: ranking", "unknown-rule"),
    ],
)
def test_a_problem_is_told_at_its_line_and_column(sample: Data, words: str, rule: str) -> None:
    items = [plain_item(2), item(sample)]
    problems = load(*items).problems
    assert (rule, place(items, words)) in told(problems)
    assert {each.item for each in problems} == {"rel-0001"}
    assert {each.severity for each in problems} == {"error"}


def test_a_problem_reads_as_one_line() -> None:
    (problem,) = load(item(with_reply(branching(), 0, 0, next="nowhere"))).problems
    assert str(problem) == (
        "banks/core/items.yaml:23:7: error unknown-turn:"
        " there is no turn nowhere; the turns are start, back, on"
    )


@pytest.mark.parametrize("name", ["essay", "branching", "case"])
def test_a_part_of_a_type_that_cannot_be_one_names_those_that_can(name: str) -> None:
    sample = case(rating(), single_best())
    parts = [sample["parts"][0], {**dict(reversed(sample["parts"][1].items())), "type": name}]
    items = [item(sample, parts=parts)]
    (problem,) = load(*items).problems
    assert told([problem]) == [("unknown-item-type", place(items, f"    type: {name}"))]
    assert problem.message.endswith("multiple_true_false, best_worst, ranking, rating")


def test_a_part_without_a_type_is_told_once() -> None:
    sample = case(rating(), single_best())
    del sample["parts"][1]["type"]
    (problem,) = load(item(sample)).problems
    assert (problem.rule, problem.message) == ("missing-field", "the field type is missing")


def test_a_case_of_one_part_is_told() -> None:
    items = [item(case(rating()))]
    (problem,) = load(*items).problems
    assert told([problem]) == [("wrong-value", place(items, "parts:"))]
    assert problem.message == "parts: needs at least 2 entries, and has 1"


# Panels that stand behind a key

CARRYING = panel(n=9, best=[0, 9, 0, 0])
DOUBTFUL = panel(n=9, best=[3, 6, 0, 0])


def test_a_panel_that_carries_the_key_is_no_problem() -> None:
    assert load(item(single_best(panel=CARRYING), key_basis="panel")).problems == []


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (single_best(panel=DOUBTFUL), "panel:"),
        (case(single_best(panel=CARRYING), single_best(panel=DOUBTFUL)), "panel:"),
        (ranking((1, 2, 3), panel=panel(n=5, ranks=[[2] * 5, [1] * 5, [3] * 5])), "ranks:"),
        (rating((4, 1, 2), panel=panel(n=5, ratings=[[4] * 5, [3] * 5, [2] * 5])), "- - 3"),
        (multiple_true_false(panel=panel(n=9, chosen=[9, 0, 5, 0])), "panel:"),
        (multiple_response(), "id:"),
    ],
)
def test_a_live_item_needs_a_panel_that_carries_its_key(sample: Data, words: str) -> None:
    items = [item(sample, key_basis="panel")]
    problems = load(*items).problems
    assert {each.rule for each in problems} == {"panel-doubts-key"}
    nth = 2 if sample["type"] == "case" else 1
    assert told(problems)[0][1][:2] == place(items, words, nth)[:2]
    for changes in ({"status": "in_review"}, {"key_basis": "standards"}):
        assert load(items[0] | changes).problems == []


def test_the_turns_of_a_conversation_are_carried_one_by_one() -> None:
    sample = branching()
    for each, best in zip(sample["turns"], ([0, 9, 0], [0, 9], [9, 0]), strict=True):
        each["panel"] = panel(n=9, best=best)
    assert load(item(sample, key_basis="panel")).problems == []
    sample["turns"][1]["panel"] = panel(n=9, best=[4, 5])
    items = [item(sample, key_basis="panel")]
    assert told(load(*items).problems) == [("panel-doubts-key", place(items, "panel:", 2))]


# Made-up panels

MADE_UP = CARRYING | {"demonstration": True}


@pytest.mark.parametrize(
    ("sample", "nth"),
    [
        (single_best(panel=MADE_UP), 1),
        (case(single_best(panel=CARRYING), single_best(panel=MADE_UP)), 1),
        (
            branching(
                *(
                    each | {"panel": panel(n=9, best=best, demonstration=n == 2)}
                    for n, (each, best) in enumerate(
                        zip(branching()["turns"], ([0, 9, 0], [0, 9], [9, 0]), strict=True)
                    )
                )
            ),
            3,
        ),
    ],
)
def test_a_made_up_panel_carries_no_key_of_a_live_item(sample: Data, nth: int) -> None:
    items = [item(sample, key_basis="panel")]
    loaded = load(*items)
    assert told(loaded.problems) == [("made-up-panel", place(items, "demonstration:", nth))]
    assert "demonstration: true in bank.yaml" in loaded.problems[0].message
    assert loaded.bank is None


@pytest.mark.parametrize(
    "changes", [{"status": "in_review"}, {"status": "retired"}, {"key_basis": "standards"}]
)
def test_a_made_up_panel_may_be_shown_where_no_key_rests_on_it(changes: Data) -> None:
    made = item(single_best(panel=MADE_UP), key_basis="panel")
    assert load(made | changes).problems == []


def test_in_a_bank_for_demonstration_a_made_up_panel_carries_keys() -> None:
    loaded = load(item(single_best(panel=MADE_UP), key_basis="panel"), meta=DEMONSTRATION)
    assert loaded.problems == []
    assert loaded.bank is not None
    assert loaded.bank.meta.demonstration


def test_there_too_it_has_to_carry_the_key() -> None:
    doubtful = DOUBTFUL | {"demonstration": True}
    loaded = load(item(single_best(panel=doubtful), key_basis="panel"), meta=DEMONSTRATION)
    assert [each.rule for each in loaded.problems] == ["panel-doubts-key"]


@pytest.mark.parametrize("changes", [{}, {"key_basis": "panel"}, {"status": "draft"}])
def test_in_a_bank_for_demonstration_every_panel_is_made_up(changes: Data) -> None:
    items = [item(case(single_best(panel=MADE_UP), single_best(panel=CARRYING)), **changes)]
    loaded = load(*items, meta=DEMONSTRATION)
    assert told(loaded.problems) == [("made-up-panel", place(items, "    panel:", 2))]
    assert "every panel is made up" in loaded.problems[0].message


def test_a_bank_for_demonstration_may_have_items_without_a_panel() -> None:
    assert load(item(rating()), meta=DEMONSTRATION).problems == []


@pytest.mark.parametrize("value", ["yes", 1, "true"])
def test_a_bank_says_true_or_false(value: object) -> None:
    problems = load(item(rating()), meta=META | {"demonstration": value}).problems
    assert [(each.file, each.rule) for each in problems] == [("banks/core/bank.yaml", "wrong-type")]


@pytest.mark.parametrize("made", [MADE_UP, CARRYING])
def test_while_the_bank_file_is_broken_panels_may_be_either(made: Data) -> None:
    problems = load(item(single_best(panel=made), key_basis="panel"), meta=META | {"lang": "x"}).problems
    assert [each.file for each in problems] == ["banks/core/bank.yaml"]
