import random
from fractions import Fraction

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import (
    Data,
    best_worst,
    branching,
    case,
    leaks,
    multiple_response,
    multiple_true_false,
    panel,
    ranking,
    rating,
    read,
    single_best,
    with_option,
)

KIND = ITEM_TYPES["case"]
SUM, PAIR = "case/sum@1", "case/both_right@1"
SHOWN = ((3, 2, 1, 0), (1, 0, 2, 3))
ITEM = read(case(single_best(), multiple_true_false()))
RIGHT = {"parts": [{"option": 1}, {"judged": [True, False, True, False]}]}
HALF = {"parts": [{"option": 0}, {"judged": [True, False, True, True]}]}
FIRST = {"parts": [{"option": 1}, None]}


def test_each_part_reads_the_fields_with_its_own_prefix() -> None:
    fields = {"p1-choice": ["1"], "p2-judge2": ["true"], "choice": ["9"], "p3-choice": ["9"]}
    answer = {"parts": [{"option": 3}, {"judged": [True, None, None, None]}]}
    assert KIND.parse(ITEM, SHOWN, fields) == answer


@pytest.mark.parametrize(
    "fields", [{}, {"p1-choice": [""]}, {"choice": ["1"]}, {"p2-judge1": []}, {"p12-choice": ["1"]}]
)
def test_nothing_answered_is_no_answer(fields: dict[str, list[str]]) -> None:
    assert KIND.parse(ITEM, SHOWN, fields) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"p1-choice": ["5"]}, "unknown_choice"),
        ({"p1-choice": [" 1"]}, "unknown_choice"),
        ({"p1-choice": ["1", "2"]}, "choose_one"),
        ({"p1-choice": ["1"], "p2-judge1": ["\x00"]}, "unknown_choice"),
        ({"p1-choice": ["1"], "p2-judge1": ["true"] * 1000}, "choose_one"),
    ],
)
def test_a_post_that_one_part_cannot_read_is_refused(fields: dict[str, list[str]], code: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, fields)
    assert refusal.value.code == code


@pytest.mark.parametrize("answer", [RIGHT, HALF, FIRST, {"parts": [None, HALF["parts"][1]]}])
def test_a_page_posts_what_was_answered(answer: Data) -> None:
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.posted(ITEM, SHOWN, None) == {}


def test_a_case_is_complete_when_all_its_parts_are() -> None:
    assert KIND.is_complete(ITEM, RIGHT)
    assert not KIND.is_complete(ITEM, FIRST)
    assert not KIND.is_complete(ITEM, {"parts": [{"option": 1}, {"judged": [True, None, True, False]}]})


def test_the_parts_are_added_up() -> None:
    assert KIND.maximum(ITEM) == 2
    for answer, points in ((RIGHT, 2), (HALF, Fraction(1, 2)), (FIRST, 1)):
        score = KIND.score(ITEM, answer, SUM)
        assert [score.points, score.maximum] == [points, 2]
    assert [(part.name, part.points) for part in KIND.score(ITEM, HALF, SUM).parts] == [
        ("part 1", 0),
        ("part 2", Fraction(1, 2)),
    ]


def test_a_part_may_name_its_own_rule_and_lower_the_sum() -> None:
    item = read(case(single_best(), best_worst(rule="best_worst/signed@1")))
    assert KIND.check(item) == []
    assert [KIND.lowest(item), KIND.maximum(item)] == [-2, 3]
    assert KIND.score(item, {"parts": [None, {"best": 3, "worst": 1}]}, SUM).points == -2


def test_a_rationale_pair_is_right_only_when_both_are() -> None:
    pair = read(case(single_best(), single_best(key=2, kind="why"), rule=PAIR))
    assert KIND.check(pair) == []
    assert KIND.maximum(pair) == 1
    both = [{"parts": [{"option": first}, {"option": second}]} for first in range(4) for second in range(4)]
    earned = [KIND.score(pair, answer, PAIR).points for answer in both]
    assert sum(earned) == 1
    assert KIND.score(pair, {"parts": [{"option": 1}, {"option": 2}]}, PAIR).points == 1
    assert KIND.score(pair, {"parts": [{"option": 1}, None]}, PAIR).points == 0
    assert KIND.chance(pair) == Fraction(1, 16)


@pytest.mark.parametrize(("first", "second", "points"), [(1, 2, 1), (1, 0, 0), (0, 2, 0), (0, 0, 0)])
def test_what_and_why_earn_a_point_together(first: int, second: int, points: int) -> None:
    """Both right 1 point; one right and the other wrong, as in the example there, 0.

    Source: Achieve, Ultimate Credit-by-Exam Guide, NCLEX-PN (2025), page 4, on the rationale scoring rule.
    """
    pair = read(case(single_best(key=1), single_best(key=2, kind="why"), rule=PAIR))
    assert KIND.score(pair, {"parts": [{"option": first}, {"option": second}]}, PAIR).points == points


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"parts": None}, {"parts": [None]}, {"parts": [None, None, None]}, {"option": 1}),
        *({"parts": [1, 2]}, {"parts": [[], "x"]}, {"parts": [{"judged": [True]}, None]}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"needs 2 answers|are mappings or null|has no option"):
        KIND.score(ITEM, answer, SUM)


def test_missteps_are_those_of_all_parts() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes", "fix_it_reflex"}
    assert KIND.missteps_chosen(ITEM, {"parts": [{"option": 3}, {"judged": [None, True, None, None]}]}) == {
        "fix_it_reflex",
        "blame_person",
    }
    assert KIND.missteps_chosen(ITEM, FIRST) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_parts_stay_in_order_and_their_options_are_shuffled() -> None:
    orders = {KIND.shuffle(ITEM, random.Random(seed)) for seed in range(50)}
    assert len(orders) > 40
    assert all(sorted(order[0]) == sorted(order[1]) == [0, 1, 2, 3] for order in orders)


def test_the_open_question_says_nothing_about_the_keys() -> None:
    question = KIND.question(ITEM, SHOWN, HALF)
    assert [part["type"] for part in question["parts"]] == ["single_best", "multiple_true_false"]
    assert question["parts"][0]["data"]["field"] == "p1-choice"
    assert [row["chosen"] for row in question["parts"][0]["data"]["options"]] == [False, False, False, True]
    assert question["parts"][1]["data"]["options"][0]["field"] == "p2-judge1"
    assert not leaks(question)
    sent = KIND.question(ITEM, SHOWN, None, {"p1-choice": ["2"], "p2-judge1": ["x"]})
    assert sent["parts"][0]["data"]["options"][1]["chosen"]
    assert sent["parts"][1]["data"]["options"][0]["given"] == "x"


def test_the_review_tells_everything() -> None:
    review = KIND.review(ITEM, SHOWN, {"parts": [{"option": 0}, None]})
    assert [part["points"] for part in review["parts"]] == [0, 0]
    assert [part["maximum"] for part in review["parts"]] == [1, 1]
    assert [part["is_answered"] for part in review["parts"]] == [True, False]
    first = review["parts"][0]["data"]["options"]
    assert [row["is_key"] for row in first] == [False, False, True, False]
    assert [row["chosen"] for row in first] == [False, False, False, True]
    assert first[3]["rationale"] == "Because 0."
    assert not any(part["is_answered"] for part in KIND.review(ITEM, SHOWN, None)["parts"])


def test_a_case_says_whether_all_must_be_right() -> None:
    pair = read(case(single_best(), single_best(), rule=PAIR))
    assert KIND.question(pair, KIND.plain_order(pair), None)["all_right"] is True
    assert KIND.question(ITEM, SHOWN, None)["all_right"] is False
    assert KIND.review(pair, KIND.plain_order(pair), None)["all_right"] is True


@pytest.mark.parametrize(
    "data",
    [
        case(),
        case(ranking(), rating(), best_worst(), multiple_true_false(), multiple_response(choose=3)),
        case(single_best(panel=panel(best=[0, 9, 0, 0])), rating()),
    ],
)
def test_a_question_in_shape_has_no_findings(data: Data) -> None:
    assert KIND.check(read(data)) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (case(rule="case/mean@1"), ("rule",), "unknown-rule"),
        (case(panel=panel(best=[9, 0, 0, 0])), ("panel",), "panel"),
        (case(rating(), multiple_response(())), ("parts", 1, "options"), "no-key"),
        (case(multiple_response(choose=2), rating()), ("parts", 0, "choose"), "choose-count"),
        (
            case(rating(), with_option(ranking(), 3, misstep=None)),
            ("parts", 1, "options", 3),
            "wrong-option-fields",
        ),
        (case(rating(rule="case/sum@1"), rating()), ("parts", 0, "rule"), "unknown-rule"),
        (case(rating(), rating(kind="spot_misstep")), ("parts", 1, "kind"), "kind-and-type"),
        (
            case(rating(), single_best(panel=panel(best=[1, 2]))),
            ("parts", 1, "panel", "best"),
            "panel",
        ),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = KIND.check(read(data))
    assert [(each.path, each.rule, each.severity) for each in findings] == [(path, rule, "error")]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [single_best()],
        [single_best()] * 6,
        [single_best(), {"type": "essay", "kind": "why", "stem": "Why?"}],
        [single_best(), branching()],
        [single_best(), case()],
    ],
)
def test_two_to_five_parts_of_types_that_can_be_parts(parts: list[Data]) -> None:
    with pytest.raises(ValidationError):
        read(case() | {"parts": [{name: value for name, value in each.items()} for each in parts]})


def test_a_part_says_nothing_of_where_it_belongs() -> None:
    with pytest.raises(ValidationError, match="domain"):
        read(case() | {"parts": [single_best(), single_best()]})


def test_each_part_needs_a_panel_that_carries_its_key() -> None:
    carrying = single_best(panel=panel(best=[0, 9, 1, 0]))
    doubtful = best_worst(panel=panel(best=[0, 9, 1, 0], worst=[0, 0, 5, 5]))
    assert not list(KIND.panel_doubts(read(case(carrying, carrying))))
    doubts = list(KIND.panel_doubts(read(case(carrying, doubtful, rating()))))
    assert [(each.path, each.rule) for each in doubts] == [
        (("parts", 1, "panel"), "panel-doubts-key"),
        (("parts", 2, "panel"), "panel-doubts-key"),
    ]
