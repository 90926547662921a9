from fractions import Fraction

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import Data, leaks, multiple_true_false, panel, read, with_option

KIND = ITEM_TYPES["multiple_true_false"]
RULE = "multiple_true_false/ps50@1"
SHOWN = (2, 0, 3, 1)
ITEM = read(multiple_true_false())  # the first and the third are true


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, None),
        ({"judge1": [""], "judge2": []}, None),
        ({"other": ["true"]}, None),
        ({"judge5": ["true"]}, None),
        ({"judge1": ["true"]}, {"judged": [None, None, True, None]}),
        ({"judge2": ["false"], "judge4": ["true"]}, {"judged": [False, True, None, None]}),
        (
            {"judge1": ["true"], "judge2": ["true"], "judge3": ["false"], "judge4": ["false"]},
            {"judged": [True, False, True, False]},
        ),
    ],
)
def test_judgements_are_kept_in_the_order_of_the_file(
    fields: dict[str, list[str]], answer: Data | None
) -> None:
    assert KIND.parse(ITEM, SHOWN, fields) == answer


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (["True"], "unknown_choice"),
        (["1"], "unknown_choice"),
        ([" true"], "unknown_choice"),
        (["yes"], "unknown_choice"),
        (["true\x00"], "unknown_choice"),
        (["t" * 100_000], "unknown_choice"),
        (["true", "false"], "choose_one"),
        (["true", "true"], "choose_one"),
    ],
)
def test_a_judgement_that_is_none_is_refused(values: list[str], code: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, {"judge1": ["false"], "judge3": values})
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "judged", [[True, None, None, None], [None, False, None, True], [False, False, True, True]]
)
def test_a_page_posts_what_was_answered(judged: list[bool | None]) -> None:
    answer = {"judged": judged}
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.posted(ITEM, SHOWN, None) == {}
    assert KIND.is_complete(ITEM, answer) is (None not in judged)


@pytest.mark.parametrize(
    ("judged", "points"),
    [
        ([True, False, True, False], 1),
        ([True, False, True, True], Fraction(1, 2)),
        ([True, False, True, None], Fraction(1, 2)),
        ([True, False, None, None], 0),
        ([True, False, False, True], 0),
        ([False, True, False, True], 0),
        ([True, True, True, True], 0),
    ],
)
def test_more_than_half_right_earns_half(judged: list[bool | None], points: Fraction) -> None:
    score = KIND.score(ITEM, {"judged": judged}, RULE)
    assert [score.points, score.maximum] == [points, 1]


def test_the_share_of_each_statement_is_told_beside() -> None:
    score = KIND.score(ITEM, {"judged": [True, True, None, False]}, RULE)
    assert [part.points for part in score.parts] == [Fraction(1, 4), 0, 0, Fraction(1, 4)]
    assert [part.name for part in score.parts][:2] == ["statement 1", "statement 2"]


@pytest.mark.parametrize(
    ("rule", "points"),
    [("multiple_true_false/per_statement@1", Fraction(3, 4)), ("multiple_true_false/all_or_nothing@1", 0)],
)
def test_other_rules(rule: str, points: Fraction) -> None:
    assert KIND.score(ITEM, {"judged": [True, True, True, False]}, rule).points == points
    assert KIND.score(ITEM, KIND.key_answer(ITEM), rule).points == 1


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"judged": None}, {"judged": "yes"}, {"judged": [True] * 3}, {"judged": [True] * 5}),
        *({"judged": [1, 0, 1, 0]}, {"judged": ["true"] * 4}, {"option": 1}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"needs 4 judged|is none of"):
        KIND.score(ITEM, answer, RULE)


def test_missteps_are_those_taken_for_true() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes"}
    assert KIND.missteps_chosen(ITEM, {"judged": [False, True, None, False]}) == {"blame_person"}
    assert KIND.missteps_chosen(ITEM, {"judged": [True, False, True, None]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_open_question_says_nothing_about_the_key() -> None:
    question = KIND.question(ITEM, SHOWN, {"judged": [True, None, False, None]}, prefix="p1-")
    assert [row["given"] for row in question["options"]] == ["false", "true", None, None]
    assert [row["field"] for row in question["options"]] == [f"p1-judge{place}" for place in range(1, 5)]
    assert not leaks(question)
    sent = KIND.question(ITEM, SHOWN, None, {"judge2": ["maybe"]})
    assert [row["given"] for row in sent["options"]] == [None, "maybe", None, None]


def test_the_review_tells_everything() -> None:
    item = read(multiple_true_false(panel=panel(n=8, chosen=[8, 0, 7, 1])))
    rows = KIND.review(item, SHOWN, {"judged": [True, True, None, False]})["options"]
    assert [row["text"] for row in rows] == ["Reply 2", "Reply 0", "Reply 3", "Reply 1"]
    assert [row["is_key"] for row in rows] == [True, True, False, False]
    assert [row["given"] for row in rows] == [None, True, False, True]
    assert [row["is_right"] for row in rows] == [False, True, True, False]
    assert (rows[3]["misstep"], rows[3]["rationale"]) == ("blame_person", "Because 1.")
    assert rows[2]["panel"] == {"votes": 1, "n": 8, "is_made_up": False}
    assert [row["given"] for row in KIND.review(ITEM, SHOWN, None)["options"]] == [None] * 4


@pytest.mark.parametrize("data", [multiple_true_false(), multiple_true_false((1,), 3)])
def test_a_question_in_shape_has_no_findings(data: Data) -> None:
    assert KIND.check(read(data)) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (multiple_true_false((0,), 2), ("options",), "option-count"),
        (multiple_true_false((0, 1), 9), ("options",), "option-count"),
        (multiple_true_false(()), ("options",), "one-sided"),
        (multiple_true_false(range(4)), ("options",), "one-sided"),
        (multiple_true_false(rule="case/sum@1"), ("rule",), "unknown-rule"),
        (multiple_true_false(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (with_option(multiple_true_false(), 1, misstep=None), ("options", 1), "wrong-option-fields"),
        (
            with_option(multiple_true_false(), 0, misstep="platitudes"),
            ("options", 0, "misstep"),
            "key-fields",
        ),
        (
            with_option(multiple_true_false(), 0, shows="platitudes"),
            ("options", 0, "shows"),
            "wrong-option-fields",
        ),
        (with_option(multiple_true_false(), 1, text="reply 0"), ("options", 1, "text"), "option-repeated"),
        (multiple_true_false(panel=panel(chosen=[9] * 5)), ("panel", "chosen"), "panel"),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = KIND.check(read(data))
    assert [(each.path, each.rule, each.severity) for each in findings] == [(path, rule, "error")]


def test_wrong_fields_are_refused() -> None:
    for changes in ({"key": "yes"}, {"rank": 1}, {"rating": 3}, {"credit": 1}):
        with pytest.raises(ValidationError):
            read(with_option(multiple_true_false(), 0, **changes))


def test_a_panel_carries_what_most_judged_so() -> None:
    assert not list(KIND.panel_doubts(read(multiple_true_false(panel=panel(chosen=[8, 2, 10, 0])))))
    doubts = list(KIND.panel_doubts(read(multiple_true_false(panel=panel(chosen=[8, 3, 7, 0])))))
    assert ["option 2 not true" in doubts[0].message, "option 3 true" in doubts[1].message] == [True, True]
    assert len(doubts) == 2
    (nothing,) = KIND.panel_doubts(ITEM)
    assert (nothing.path, nothing.rule) == (("panel",), "panel-doubts-key")
