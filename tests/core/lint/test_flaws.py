from typing import Any

import pytest

from quizapp.core.items import Item
from quizapp.core.lint.linter import lint_item, lint_rules
from tests.core.lint.made import STEM, made, single


def rules(item: Item) -> set[str]:
    return {finding.rule for finding in lint_item(item)}


def numbers(*texts: str) -> dict[str, Any]:
    return {"stem": "How many hours do the rules ask for?", "key": texts[0], "wrong": texts[1:]}


SENTENCES = (
    "Ask her what she would like to do.",
    "Tell her what to do now.",
    "Call her doctor about the sleep.",
)

FLAWED: list[tuple[str, dict[str, Any]]] = [
    ("all-of-the-above", {"wrong": ("All of the above", "Tell her what to do.")}),
    ("all-of-the-above", {"key": "Any of these"}),
    ("all-of-the-above", {"key": "Both A and B"}),
    ("none-of-the-above", {"wrong": ("None of the above", "Tell her what to do.")}),
    ("none-of-the-above", {"key": "None of these"}),
    ("k-type", {"key": "1 and 3", "wrong": ("2 and 3", "1, 2 and 3")}),
    ("k-type", {"key": "B and C"}),
    ("k-type", {"key": "ii only"}),
    ("negative-stem", {"stem": "Ana is tired. Which reply does **not** fit the role of a peer?"}),
    ("negative-stem", {"stem": "Ana is tired. Which of these should a peer **avoid** here?"}),
    ("hidden-negative", {"stem": "Ana is tired. Which reply does not fit the role of a peer?"}),
    ("hidden-negative", {"stem": "Which of these replies is the least **helpful**?"}),
    ("hidden-negative", {"stem": "All of these fit the role of a peer, except which?"}),
    ("hidden-negative", {"stem": "Ana is tired. Which reply isn't a peer's?"}),
    ("double-negative", {"stem": "What should Ben **not** do?", "key": "He should never call her."}),
    ("double-negative", {"stem": "What should Ben **not** do?", "key": "Be unkind to her when she calls."}),
    (
        "duplicate-options",
        {"key": "Call her doctor on Monday.", "wrong": ("On Monday call the doctor", "Go")},
    ),
    ("duplicate-options", {"key": "Call her doctor first.", "wrong": ("Wait, then call her doctor first.",)}),
    ("no-question", {"stem": "Ana did not sleep and worries about her rent."}),
    ("no-question", {"stem": 'Ana did not sleep. She asks Ben, "Can you help me?"'}),
    (
        "blank-in-middle",
        {"stem": "A peer ___ people and never tells them what they should do with their lives?"},
    ),
    ("repeated-start", {"key": SENTENCES[0], "wrong": ("Ask her what is up.", "Ask her what she did.")}),
    ("numeric-order", numbers("20 hours", "10 hours", "30 hours")),
    ("overlapping-ranges", numbers("1 to 3 hours", "3 to 5 hours", "6 to 8 hours")),
    ("overlapping-ranges", numbers("10-20", "15-25", "30-40")),
    ("true-false-in-disguise", {"stem": "Which of the following is true?"}),
    ("true-false-in-disguise", {"stem": "Which statement about peers is correct?"}),
]


@pytest.mark.parametrize(("rule", "fields"), FLAWED)
def test_a_flaw_is_found(rule: str, fields: dict[str, Any]) -> None:
    assert rule in rules(single(**fields))


SOUND: list[tuple[str, dict[str, Any]]] = [
    ("all-of-the-above", {"key": "All of the people above her were kind."}),
    ("all-of-the-above", {"key": '"Both of you matter here."'}),
    ("none-of-the-above", {"key": "None of the staff may read it."}),
    ("k-type", {"key": "Ask her and wait."}),
    ("k-type", {"key": "988 or 911"}),
    ("hidden-negative", {"stem": "Ana will not go home. What is the **best** first response?"}),
    ("hidden-negative", {"stem": 'Ana says, "Do not tell." What is best when she says, "Do not tell"?'}),
    ("hidden-negative", {"stem": "What needs at least one week of notice?"}),
    ("hidden-negative", {"stem": "Ana is tired. Which reply does **not** fit the role of a peer?"}),
    ("negative-stem", {"stem": "Put the replies in order, from most to least helpful."}),
    ("double-negative", {"stem": STEM, "key": "He should never call her."}),
    (
        "double-negative",
        {"stem": "What should Ben **not** do?", "key": "Wait until she understands her uncle."},
    ),
    (
        "duplicate-options",
        {"key": "Call her doctor on Monday.", "wrong": ("Call her doctor Friday.", "Go")},
    ),
    ("duplicate-options", {"key": "Tell her boss today.", "wrong": ("Do not tell her boss today.", "Go")}),
    ("duplicate-options", numbers("10 hours", "20 hours", "30 hours")),
    ("no-question", {"stem": "When somebody returns to use, a peer specialist first"}),
    ("no-question", {"stem": "Put these replies in order."}),
    ("blank-in-middle", {"stem": "Peer support rests on many things, and the first one of them all is ___?"}),
    (
        "repeated-start",
        {"key": '"I hear you. Go on."', "wrong": ('"I hear you. Stop."', '"I hear you. No."')},
    ),
    ("repeated-start", {"key": SENTENCES[0], "wrong": SENTENCES[1:]}),
    ("numeric-order", numbers("10 hours", "20 hours", "30 hours")),
    ("numeric-order", numbers("30 hours", "20 hours", "10 hours")),
    ("overlapping-ranges", numbers("1 to 3 hours", "4 to 5 hours", "6 to 8 hours")),
    (
        "true-false-in-disguise",
        {
            "stem": "Ben leads a group in a jail. His supervisor asks for names. Kai and Lou stay silent"
            " about money, drugs and visits. Which statement is true?"
        },
    ),
]


@pytest.mark.parametrize(("rule", "fields"), SOUND)
def test_what_only_looks_like_a_flaw_is_let_be(rule: str, fields: dict[str, Any]) -> None:
    assert rule not in rules(single(**fields))


def test_an_item_in_order_has_no_findings() -> None:
    assert lint_item(single()) == []


def test_a_finding_says_where_what_and_what_to_do() -> None:
    (found,) = lint_item(single(stem="Ana is tired. Which reply does not fit the role of a peer?"))
    assert found.path == ("stem",)
    assert found.severity == "error"
    assert found.message == "the question has “not”; ask for what is right, or set the word in bold"


def statement(text: str, **fields: Any) -> dict[str, Any]:
    return {"text": text, "rationale": "So it is."} | fields


def test_statements_that_are_judged_one_by_one_may_begin_alike() -> None:
    options = [
        statement("Ana may stop at any time.", key=True),
        statement("Ana may stop at her discharge.", misstep="giving_advice"),
        statement("Ana may stop at the clinic.", misstep="giving_advice"),
    ]
    stem = "Ana asks what is hers to decide in peer support. Which statements are true?"
    assert rules(made("multiple_true_false", {"stem": stem, "options": options})) == set()


def test_the_scene_of_a_conversation_needs_no_question() -> None:
    replies = [
        {"text": '"What kept you awake?"', "key": True, "ends": "She nods.", "rationale": "It asks."},
        {"text": '"Try warm milk."', "misstep": "giving_advice", "ends": "No.", "rationale": "Too early."},
    ]
    turns = [{"id": "start", "says": '"I did not sleep."', "replies": replies}]
    assert rules(made("branching", {"stem": "Ana did not come to group.", "turns": turns})) == set()


def test_parts_of_a_case_are_searched_each() -> None:
    part = {
        "type": "single_best",
        "kind": "next_step",
        "options": [
            statement("Ask what she would like.", key=True),
            statement("Call her doctor today.", misstep="giving_advice"),
            statement("Both A and B", misstep="giving_advice"),
        ],
    }
    parts = [part | {"stem": "What comes **next**?"}, part | {"stem": "What does not fit?"}]
    found = lint_item(made("case", {"stem": "Ana is tired.", "parts": parts}))
    assert {(each.path, each.rule) for each in found if each.severity == "error"} == {
        (("parts", 0, "options", 2, "text"), "all-of-the-above"),
        (("parts", 1, "options", 2, "text"), "all-of-the-above"),
        (("parts", 1, "stem"), "hidden-negative"),
    }


def test_every_rule_says_why_and_what_to_do() -> None:
    for name, rule in lint_rules().items():
        assert rule.id == name
        assert rule.reason.endswith(".")
        assert rule.instead
        assert not rule.instead.endswith(".")
