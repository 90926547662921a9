from typing import Any

import pytest

from quizapp.core.items import Item
from quizapp.core.lint.linter import lint_item
from tests.core.lint.made import made, single

ACTIONS = (
    "Ask her what she wants.",
    "Tell her what to do.",
    "Call her doctor today.",
    "Wait until next week.",
)


def rules(item: Item) -> set[str]:
    return {finding.rule for finding in lint_item(item)}


def actions(key: str = ACTIONS[0], *wrong: str) -> dict[str, Any]:
    return {"key": key, "wrong": (*wrong, *ACTIONS[1 : 4 - len(wrong)])}


SINGULAR = "The first thing that a peer specialist offers is"

CUES: list[tuple[str, dict[str, Any]]] = [
    ("longest-key", actions("Ask her what she wants and then plan the next week together.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Always call her doctor.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Do all the work for her.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Only talk about her rent.")),
    ("vague-in-key", actions("Ask what usually helps her.")),
    ("vague-in-key", actions("Say that rest may help her.")),
    (
        "article-cue",
        {"stem": "What Ben needs to offer here is an", **actions("open ear", "quick tip", "old plan")},
    ),
    ("article-cue", {"stem": "What Ben needs to offer her is a ___:", **actions("story", "answer", "unit")}),
    ("mixed-forms", actions('"What would help you?"')),
    ("mixed-forms", actions("Asking her what she wants.")),
    ("mixed-forms", actions("To ask her what she wants.")),
    ("mixed-forms", {"stem": SINGULAR, **actions("an open ear", "two plans", "these tips")}),
    ("clang", {"stem": "Ana plays guitar again. What is **best**?", **actions("Ask about her guitar.")}),
    ("convergence", actions("Ask her, call her doctor, and wait until next week.")),
    ("opposite-pair", actions("Tell her boss.", "Do not tell her boss.")),
    ("opposite-pair", actions("Meet before the group.", "Meet after the group.")),
    ("absurd-wrong", actions(ACTIONS[0], "Juggle purple bananas.")),
    (
        "absurd-wrong",
        actions(
            "Ask her what she wants to do.",
            "Run.",
            "Tell her what to do about it.",
            "Go on with the group and wait.",
        ),
    ),
]


@pytest.mark.parametrize(("rule", "fields"), CUES)
def test_a_cue_is_found(rule: str, fields: dict[str, Any]) -> None:
    assert rule in rules(single(**fields))


NO_CUES: list[tuple[str, dict[str, Any]]] = [
    ("longest-key", actions("Ask her what she wants to do now.")),
    ("absolute-in-wrong", actions("Always ask her first.", "Always call her doctor.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Call her doctor every week.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Call her every other Monday.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Tell her that it is all right.")),
    ("absolute-in-wrong", actions(ACTIONS[0], "Tell her to wait all day.")),
    ("absolute-in-wrong", {"wrong": ('"You must never do that again."', '"It will all pass soon."')}),
    ("absolute-in-wrong", actions("Never have sex with her.")),
    ("vague-in-key", actions("Ask what usually helps her.", "Say what often helps.")),
    ("vague-in-key", {"key": '"That sounds hard. May I sit down with you?"'}),
    ("vague-in-key", actions("Ask her to wait until May.")),
    (
        "article-cue",
        {"stem": "What Ben can offer her here is an", **actions("open ear", "hour", "old plan", "idea")},
    ),
    (
        "article-cue",
        {
            "stem": "What Ben can offer her here is a",
            **actions("story", "useful tip", "union", "one-page plan"),
        },
    ),
    ("article-cue", {"stem": "What Ben can offer her here is a(n)", **actions("story", "answer", "plan")}),
    ("mixed-forms", actions("Ask her what she wants.", "Asking is not his role.")),
    ("mixed-forms", {"stem": "What helps?", **actions("Housing that she can pay.")}),
    ("mixed-forms", {"stem": SINGULAR, **actions("an open ear", "a plan", "one tip")}),
    (
        "clang",
        {
            "stem": "Ana plays guitar again. What is **best**?",
            **actions("Ask about her guitar.", "Play guitar, too."),
        },
    ),
    ("clang", {"stem": "Ben and Odalys talk. What is **best**?", **actions("Ask what Odalys wants.")}),
    ("clang", {"stem": "Ana leaves the group. What is **best**?", **actions("Ask about the group.")}),
    ("convergence", actions("Ask her what to do.", "Tell her what to do.")),
    ("opposite-pair", actions("Tell her boss.", "Tell her doctor.")),
    ("absurd-wrong", {"wrong": ('"I felt like that in March."', '"My boss read it aloud."')}),
    ("absurd-wrong", actions(ACTIONS[0], "Walk with her to the clinic.")),
]


@pytest.mark.parametrize(("rule", "fields"), NO_CUES)
def test_what_only_looks_like_a_cue_is_let_be(rule: str, fields: dict[str, Any]) -> None:
    assert rule not in rules(single(**fields))


def test_an_absolute_word_in_a_false_statement_is_a_cue_too() -> None:
    options = [
        {"text": "Ana chooses who hears it.", "key": True, "rationale": "It is hers."},
        {"text": "Her notes are hers to read.", "key": True, "rationale": "She has that right."},
        {"text": "Her family always hears of it.", "misstep": "giving_advice", "rationale": "No."},
    ]
    stem = "Ana asks what stays private in peer support. Which statements are true?"
    assert rules(made("multiple_true_false", {"stem": stem, "options": options})) == {"absolute-in-wrong"}


def test_a_ranking_has_no_key_that_could_be_given_away() -> None:
    texts = ("Ask Ana what she wants to do about her rent, and then plan it together.", *ACTIONS[1:3])
    options = [
        {"text": text, "rank": place, "rationale": "So it is."}
        | ({"misstep": "giving_advice"} if place > 1 else {})
        for place, text in enumerate(texts, 1)
    ]
    stem = "Ana worries about her rent. Put the steps in order, from **best** to least fitting."
    assert rules(made("ranking", {"stem": stem, "options": options})) == set()


def test_the_finding_is_at_the_option() -> None:
    (found,) = lint_item(single(**actions(ACTIONS[0], "Always call her doctor.")))
    assert found.path == ("options", 1, "text")
    assert found.message.startswith("this wrong option says “always”; ")


def test_in_a_scene_with_a_misstep_the_other_options_are_what_peers_do() -> None:
    options = [
        {"text": "She tells her boss.", "key": True, "shows": "giving_advice", "rationale": "It tells."},
        {"text": "She bakes two pies.", "fits": "active_listening", "rationale": "It is fine."},
        {"text": "She waits for Ana.", "fits": "active_listening", "rationale": "It is fine."},
    ]
    stem = "Which part of the visit goes **against** listening?"
    assert rules(made("single_best", {"kind": "spot_misstep", "stem": stem, "options": options})) == set()
