from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from quizapp.core.items.multiple_response import MAP_RESPONSE, MOODLE, PLUS_MINUS, SELECT_N
from tests.core.items.samples import Data, leaks, multiple_response, panel, read, with_option

KIND = ITEM_TYPES["multiple_response"]
SHOWN = (5, 4, 3, 2, 1, 0)  # the keys 0, 2 and 5 stand at 6, 4 and 1
ITEM = read(multiple_response())
THREE = read(multiple_response(choose=3))


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ([], None),
        ([""], None),
        (["1"], {"options": [5]}),
        (["6", "1", "4"], {"options": [0, 2, 5]}),
        (["1", "2", "3", "4", "5", "6"], {"options": [0, 1, 2, 3, 4, 5]}),
    ],
)
def test_choices_are_kept_in_the_order_of_the_file(values: list[str], answer: Data | None) -> None:
    assert KIND.parse(ITEM, SHOWN, {"choice": values}) == answer


def test_fields_of_something_else_are_no_answer() -> None:
    assert KIND.parse(ITEM, SHOWN, {"other": ["1"]}) is None


@pytest.mark.parametrize("value", ["7", "0", "-1", "01", " 1", "1.0", "١", "\x00", "key", "9" * 100_000])
def test_a_choice_that_is_not_on_the_page_is_refused(value: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, {"choice": ["1", value]})
    assert refusal.value.code == "unknown_choice"


def test_the_same_choice_twice_is_refused() -> None:
    with pytest.raises(InvalidResponse, match="choose again"):
        KIND.parse(ITEM, SHOWN, {"choice": ["1", "1"]})


def test_more_than_are_asked_for_are_refused() -> None:
    assert KIND.parse(THREE, SHOWN, {"choice": ["1", "2", "3"]}) == {"options": [3, 4, 5]}
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(THREE, SHOWN, {"choice": ["1", "2", "3", "4"]})
    assert refusal.value.code == "too_many"


@pytest.mark.parametrize("chosen", [[0], [1, 5], [0, 2, 5], [0, 1, 2, 3, 4, 5]])
def test_a_page_posts_what_was_answered(chosen: list[int]) -> None:
    answer = {"options": chosen}
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.posted(ITEM, SHOWN, None) == {}


def test_an_answer_is_complete_with_as_many_as_are_asked_for() -> None:
    assert KIND.is_complete(ITEM, {"options": [1]})
    assert not KIND.is_complete(THREE, {"options": [0, 2]})
    assert KIND.is_complete(THREE, {"options": [0, 1, 2]})


def test_each_item_is_scored_by_the_rule_that_fits_how_it_asks() -> None:
    answer = {"options": [0, 1]}
    assert KIND.score(ITEM, answer, KIND.rule_id(ITEM)).points == 0
    assert KIND.score(THREE, answer, KIND.rule_id(THREE)).points == Fraction(1, 3)
    assert KIND.rule_id(read(multiple_response(rule=MOODLE))) == MOODLE


def test_the_parts_of_a_score_tell_what_each_choice_added() -> None:
    score = KIND.score(ITEM, {"options": [0, 1, 2]}, PLUS_MINUS)
    assert [(part.name, part.points) for part in score.parts] == [
        ("option 1", Fraction(1, 3)),
        ("option 2", Fraction(-1, 3)),
        ("option 3", Fraction(1, 3)),
    ]
    assert score.points == sum(part.points for part in score.parts)


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"options": None}, {"options": 1}, {"options": []}, {"options": [6]}, {"options": [-1]}),
        *({"options": ["1"]}, {"options": [True]}, {"options": [1, 1]}, {"options": [[1]]}, {"option": 1}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"option"):
        KIND.score(ITEM, answer, PLUS_MINUS)


def test_more_than_were_asked_for_are_not_scored() -> None:
    with pytest.raises(ValueError, match="4 chosen, 3 asked for"):
        KIND.score(THREE, {"options": [0, 1, 2, 3]}, SELECT_N)


def test_missteps_are_those_of_chosen_options() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes", "fix_it_reflex"}
    assert KIND.missteps_chosen(ITEM, {"options": [0, 1, 4]}) == {"blame_person", "fix_it_reflex"}
    assert KIND.missteps_chosen(ITEM, {"options": [0, 2, 5]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_open_question_says_how_many_and_nothing_about_the_key() -> None:
    question = KIND.question(THREE, SHOWN, {"options": [3, 5]})
    assert question["choose"] == 3
    assert [row["text"] for row in question["options"] if row["chosen"]] == ["Reply 5", "Reply 3"]
    assert [row["value"] for row in question["options"]] == ["1", "2", "3", "4", "5", "6"]
    assert not leaks(question)


def test_what_was_refused_is_shown_again() -> None:
    question = KIND.question(THREE, SHOWN, None, {"choice": ["1", "2", "3", "4"]}, "p2-")
    assert [row["chosen"] for row in question["options"]] == [True, True, True, True, False, False]
    assert question["field"] == "p2-choice"


def test_the_review_tells_everything() -> None:
    item = read(multiple_response(panel=panel(n=8, chosen=[7, 1, 8, 0, 2, 6])))
    rows = KIND.review(item, SHOWN, {"options": [1, 5]})["options"]
    assert [row["is_key"] for row in rows] == [True, False, False, True, False, True]
    assert [row["chosen"] for row in rows] == [True, False, False, False, True, False]
    assert rows[4]["misstep"] == "blame_person"
    assert rows[4]["rationale"] == "Because 1."
    assert rows[4]["panel"] == {"votes": 1, "n": 8, "is_made_up": False}
    assert not any(row["chosen"] for row in KIND.review(ITEM, SHOWN, None)["options"])


@pytest.mark.parametrize(
    "data",
    [
        multiple_response(),
        multiple_response(choose=3),
        multiple_response((0, 1, 2), 4, choose=3),
        multiple_response((0, 1, 2, 3), 5, rule="multiple_response/all_or_nothing@1"),
        multiple_response(range(4), 8),
        with_option(multiple_response((0, 1), 4, rule=MOODLE), 0, credit="1"),
        multiple_response(rule=MAP_RESPONSE, mapping={"lower": 0, "upper": 1, "default": "-1/3"}),
    ],
)
def test_a_question_in_shape_has_no_findings(data: Data) -> None:
    assert KIND.check(read(data)) == []


MAPPED = multiple_response((0, 1), 4, rule=MAP_RESPONSE)


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (multiple_response((0,), 3), ("options",), "option-count"),
        (multiple_response((0,), 9), ("options",), "option-count"),
        (multiple_response(()), ("options",), "no-key"),
        (multiple_response((0, 1, 2, 3)), ("options",), "too-many-keys"),
        (multiple_response((0, 1, 2, 3), rule=PLUS_MINUS), ("options",), "too-many-keys"),
        (multiple_response(choose=2), ("choose",), "choose-count"),
        (multiple_response(rule=SELECT_N), ("rule",), "choose-count"),
        (multiple_response(rule="single_best/key@1"), ("rule",), "unknown-rule"),
        (multiple_response(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (with_option(multiple_response(), 1, credit="1/2"), ("options", 1, "credit"), "credit-without-rule"),
        (multiple_response(mapping={"lower": 0}), ("mapping",), "credit-without-rule"),
        (multiple_response(rule=MOODLE, mapping={"lower": 0}), ("mapping",), "credit-without-rule"),
        (with_option(MAPPED, 2, credit="1"), ("options",), "key-earns-less"),
        (with_option(multiple_response(), 3, text="REPLY 0"), ("options", 3, "text"), "option-repeated"),
        (with_option(multiple_response(), 1, misstep=None), ("options", 1), "wrong-option-fields"),
        (
            with_option(multiple_response(), 0, misstep="platitudes"),
            ("options", 0, "misstep"),
            "key-fields",
        ),
        (
            with_option(multiple_response(), 0, shows="platitudes"),
            ("options", 0, "shows"),
            "wrong-option-fields",
        ),
        (
            with_option(multiple_response(), 1, fits="active_listening"),
            ("options", 1, "fits"),
            "wrong-option-fields",
        ),
        (with_option(multiple_response(), 1, misstep="fact_error"), ("options", 1, "misstep"), "fact-error"),
        (multiple_response(panel=panel(chosen=[1, 2, 3])), ("panel", "chosen"), "panel"),
        (multiple_response(panel=panel(chosen=[11, 0, 9, 0, 0, 9])), ("panel", "chosen", 0), "panel"),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = KIND.check(read(data))
    assert [(each.path, each.rule, each.severity) for each in findings] == [(path, rule, "error")]


@pytest.mark.parametrize(
    "changes",
    [{"choose": 0}, {"choose": "3"}, {"choose": True}, {"mapping": {"low": 0}}, {"turns": []}],
)
def test_wrong_fields_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(multiple_response(**changes))


@pytest.mark.parametrize("credit", ["one", "1/0", "1e3", "nan", True, None, "--1", "1/3/3"])
def test_a_credit_is_an_exact_number(credit: object) -> None:
    data = multiple_response(rule=MOODLE)
    row = data["options"][0] | {"credit": credit}
    if credit is None:
        assert read(data | {"options": [row, *data["options"][1:]]})
        return
    with pytest.raises(ValidationError):
        read(data | {"options": [row, *data["options"][1:]]})


def test_a_written_tenth_is_exactly_a_tenth() -> None:
    data = with_option(multiple_response(rule=MOODLE), 0, credit=0.1)
    assert KIND.score(read(data), {"options": [0]}, MOODLE).points == Fraction(1, 10)


def test_a_panel_carries_keys_that_most_chose_and_the_rest_that_most_left() -> None:
    carrying = multiple_response(panel=panel(chosen=[10, 1, 9, 2, 0, 8]))
    assert list(KIND.panel_doubts(read(carrying))) == []
    doubtful = multiple_response(panel=panel(chosen=[10, 5, 9, 2, 0, 6]))
    doubts = list(KIND.panel_doubts(read(doubtful)))
    assert [(each.path, each.rule) for each in doubts] == [(("panel",), "panel-doubts-key")] * 2
    assert "5 of 10 called option 2 not fitting" in doubts[0].message
    assert "6 of 10 called option 6 fitting" in doubts[1].message


@pytest.mark.parametrize("changes", [{}, {"panel": panel(best=[9, 1, 0, 0, 0, 0])}])
def test_without_such_votes_a_panel_carries_nothing(changes: Data) -> None:
    (doubt,) = KIND.panel_doubts(read(multiple_response(**changes)))
    assert "no votes" in doubt.message
