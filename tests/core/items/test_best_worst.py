import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import Data, best_worst, leaks, panel, read, with_option

KIND = ITEM_TYPES["best_worst"]
HALVES, SIGNED = "best_worst/half_each@1", "best_worst/signed@1"
SHOWN = (3, 2, 1, 0)
ITEM = read(best_worst(best=1, worst=3))


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, None),
        ({"best": [""], "worst": []}, None),
        ({"choice": ["1"]}, None),
        ({"best": ["3"], "worst": ["1"]}, {"best": 1, "worst": 3}),
        ({"best": ["4"]}, {"best": 0, "worst": None}),
        ({"best": [""], "worst": ["2"]}, {"best": None, "worst": 2}),
    ],
)
def test_the_two_choices_are_kept_as_places_in_the_file(
    fields: dict[str, list[str]], answer: Data | None
) -> None:
    assert KIND.parse(ITEM, SHOWN, fields) == answer


@pytest.mark.parametrize(
    ("best", "worst", "code"),
    [
        (["1"], ["1"], "same_response"),
        (["5"], ["1"], "unknown_choice"),
        (["1"], ["0"], "unknown_choice"),
        (["01"], [], "unknown_choice"),
        ([" 1"], [], "unknown_choice"),
        (["1\x00"], [], "unknown_choice"),
        (["1" * 100_000], [], "unknown_choice"),
        (["1", "2"], ["3"], "choose_one"),
        ([], ["3", "3"], "choose_one"),
    ],
)
def test_a_post_that_is_no_answer_is_refused(best: list[str], worst: list[str], code: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, {"best": best, "worst": worst})
    assert refusal.value.code == code
    assert str(refusal.value)


@pytest.mark.parametrize(("best", "worst"), [(1, 3), (0, 2), (None, 3), (2, None)])
def test_a_page_posts_what_was_answered(best: int | None, worst: int | None) -> None:
    answer = {"best": best, "worst": worst}
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.is_complete(ITEM, answer) is (None not in (best, worst))
    assert KIND.posted(ITEM, SHOWN, None) == {}


def test_half_an_answer_earns_at_most_half() -> None:
    for answer in ({"best": 1, "worst": None}, {"best": None, "worst": 3}, {"worst": 3}):
        score = KIND.score(ITEM, answer, HALVES)
        assert [score.points * 2, score.maximum] == [1, 1]


def test_the_parts_tell_which_half_was_right() -> None:
    halves = KIND.score(ITEM, {"best": 1, "worst": 0}, HALVES)
    assert {part.name: part.points * 2 for part in halves.parts} == {"best": 1, "worst": 0}
    signed = KIND.score(ITEM, {"best": 3, "worst": 0}, SIGNED)
    assert {part.name: part.points for part in signed.parts} == {"best": -1, "worst": 0}
    assert [signed.points, signed.maximum] == [-1, 2]


def test_the_signed_score_goes_from_minus_two_to_two() -> None:
    assert [KIND.lowest(ITEM, SIGNED), KIND.maximum(ITEM, SIGNED)] == [-2, 2]
    assert KIND.score(ITEM, {"best": 3, "worst": 1}, SIGNED).points == -2
    assert KIND.score(ITEM, KIND.key_answer(ITEM), SIGNED).points == 2
    assert KIND.chance(ITEM, SIGNED) == 0


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"best": None, "worst": None}, {"best": 1, "worst": 1}, {"best": 4, "worst": 1}),
        *({"best": -1}, {"best": "1", "worst": 2}, {"best": True, "worst": 2}, {"option": 1}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"has no option|must be different"):
        KIND.score(ITEM, answer, HALVES)


def test_the_misstep_is_that_of_what_was_taken_for_the_best() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes", "fix_it_reflex"}
    assert KIND.missteps_chosen(ITEM, {"best": 3, "worst": 0}) == {"fix_it_reflex"}
    assert KIND.missteps_chosen(ITEM, {"best": 1, "worst": 0}) == frozenset()
    assert KIND.missteps_chosen(ITEM, {"best": None, "worst": 0}) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_open_question_says_nothing_about_the_keys() -> None:
    question = KIND.question(ITEM, SHOWN, {"best": 0, "worst": 2}, prefix="p1-")
    assert [row["is_best"] for row in question["options"]] == [False, False, False, True]
    assert [row["is_worst"] for row in question["options"]] == [False, True, False, False]
    assert question["fields"] == {"best": "p1-best", "worst": "p1-worst"}
    assert {frozenset(row) for row in question["options"]} == {
        frozenset({"value", "text", "is_best", "is_worst"})
    }
    assert not leaks(question)


def test_what_was_refused_is_shown_again() -> None:
    rows = KIND.question(ITEM, SHOWN, None, {"best": ["2"], "worst": ["2"]})["options"]
    assert [(row["is_best"], row["is_worst"]) for row in rows][1] == (True, True)


def test_the_review_tells_everything() -> None:
    item = read(best_worst(panel=panel(n=9, best=[1, 8, 0, 0], worst=[0, 0, 2, 7])))
    rows = KIND.review(item, SHOWN, {"best": 0, "worst": 3})["options"]
    assert [row["text"] for row in rows] == ["Reply 3", "Reply 2", "Reply 1", "Reply 0"]
    assert [row["is_key"] for row in rows] == [False, False, True, False]
    assert [row["is_worst_key"] for row in rows] == [True, False, False, False]
    assert [row["is_best"] for row in rows] == [False, False, False, True]
    assert [row["is_worst"] for row in rows] == [True, False, False, False]
    assert (rows[0]["misstep"], rows[0]["rationale"]) == ("fix_it_reflex", "Because 3.")
    assert rows[0]["panel"] == {"votes": 0, "n": 9, "is_made_up": False}
    assert rows[0]["panel_worst"] == {"votes": 7, "n": 9, "is_made_up": False}
    assert not any(row["is_best"] or row["is_worst"] for row in KIND.review(ITEM, SHOWN, None)["options"])


@pytest.mark.parametrize("data", [best_worst(), best_worst(0, 2, 3), best_worst(5, 0, 6)])
def test_a_question_in_shape_has_no_findings(data: Data) -> None:
    assert KIND.check(read(data)) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (best_worst(0, 1, 2), ("options",), "option-count"),
        (best_worst(0, 1, 7), ("options",), "option-count"),
        (best_worst(9), ("options",), "one-key"),
        (with_option(best_worst(), 0, key=True, misstep=None), ("options", 1, "key"), "one-key"),
        (best_worst(worst=9), ("options",), "one-worst"),
        (with_option(best_worst(), 0, worst=True), ("options",), "one-worst"),
        (best_worst(best=1, worst=1), ("options",), "one-worst"),
        (best_worst(rule="best_worst/signed@2"), ("rule",), "unknown-rule"),
        (best_worst(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (with_option(best_worst(), 3, misstep=None), ("options", 3), "wrong-option-fields"),
        (with_option(best_worst(), 1, misstep="platitudes"), ("options", 1, "misstep"), "key-fields"),
        (with_option(best_worst(), 0, fits="listening"), ("options", 0, "fits"), "wrong-option-fields"),
        (with_option(best_worst(), 2, text="Reply  1"), ("options", 2, "text"), "option-repeated"),
        (best_worst(panel=panel(best=[9, 2, 0, 0])), ("panel", "best"), "panel"),
        (best_worst(panel=panel(worst=[1, 2, 3])), ("panel", "worst"), "panel"),
        (best_worst(panel=panel(best=[6, 0, 0, 0], worst=[6, 0, 0, 0])), ("panel", "worst", 0), "panel"),
        (best_worst(panel=panel()), ("panel",), "panel"),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = KIND.check(read(data))
    assert [(each.path, each.rule, each.severity) for each in findings] == [(path, rule, "error")]


def test_wrong_fields_are_refused() -> None:
    for changes in ({"worst": "yes"}, {"worst": 1}, {"rank": 1}):
        with pytest.raises(ValidationError):
            read(with_option(best_worst(), 0, **changes))


def test_a_panel_carries_both_keys() -> None:
    carrying = panel(best=[1, 8, 1, 0], worst=[1, 0, 0, 9])
    assert not list(KIND.panel_doubts(read(best_worst(panel=carrying))))


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        ({"best": [3, 7, 0, 0], "worst": [0, 0, 0, 9]}, ["7 of 10 chose option 2 as the best"]),
        ({"best": [0, 9, 0, 0], "worst": [0, 0, 4, 6]}, ["6 of 10 chose option 4 as the worst"]),
        ({"best": [0, 9, 0, 0]}, ["no votes"]),
        ({"ratings": [[1] * 10] * 4}, ["no votes", "no votes"]),
    ],
)
def test_a_doubtful_panel_is_told_for_each_half(votes: Data, told: list[str]) -> None:
    doubts = list(KIND.panel_doubts(read(best_worst(panel=panel(**votes)))))
    assert len(doubts) == len(told)
    for doubt, words in zip(doubts, told, strict=True):
        assert words in doubt.message
        assert (doubt.path, doubt.rule) == (("panel",), "panel-doubts-key")


def test_no_panel_carries_nothing() -> None:
    assert len(list(KIND.panel_doubts(ITEM))) == 2
