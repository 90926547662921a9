from fractions import Fraction

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import Data, leaks, panel, rating, read, with_option

KIND = ITEM_TYPES["rating"]
RULE = "rating/same_side_half@1"
SHOWN = (1, 3, 0, 2)
ITEM = read(rating((4, 1, 3, 2)))
UNSCORED = read(rating((4, 1, None, 2)))


def fields(*ratings: str) -> dict[str, list[str]]:
    return {f"rate{place}": [each] for place, each in enumerate(ratings, start=1)}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({}, None),
        (fields("", "", "", ""), None),
        ({"rate5": ["1"]}, None),
        (fields("1", "2", "4", "3"), {"ratings": [4, 1, 3, 2]}),
        (fields("4", "4", "4", "4"), {"ratings": [4, 4, 4, 4]}),
        (fields("", "1", "", ""), {"ratings": [None, None, None, 1]}),
    ],
)
def test_ratings_are_kept_in_the_order_of_the_file(sent: dict[str, list[str]], answer: Data | None) -> None:
    assert KIND.parse(ITEM, SHOWN, sent) == answer


@pytest.mark.parametrize("value", ["5", "0", "-1", "01", " 1", "2.5", "١", "\x00", "very", "4" * 100_000])
def test_a_rating_that_is_not_on_the_scale_is_refused(value: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, fields("1", value, "3", "2"))
    assert refusal.value.code == "unknown_rating"


def test_two_ratings_of_one_response_are_refused() -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, {"rate2": ["1", "2"]})
    assert refusal.value.code == "choose_one"


@pytest.mark.parametrize("ratings", [[4, 1, 3, 2], [1, 1, 1, 1], [None, 2, None, None]])
def test_a_page_posts_what_was_answered(ratings: list[int | None]) -> None:
    answer = {"ratings": ratings}
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.is_complete(ITEM, answer) is (None not in ratings)
    assert KIND.posted(ITEM, SHOWN, None) == {}


@pytest.mark.parametrize(
    ("ratings", "points"),
    [
        ([4, 1, 3, 2], 1),
        ([3, 2, 4, 1], Fraction(1, 2)),
        ([1, 4, 2, 3], 0),
        ([4, 4, 4, 4], Fraction(3, 8)),
        ([4, 1, 2, 3], Fraction(1, 2)),
        ([4, None, None, None], Fraction(1, 4)),
    ],
)
def test_a_score_is_the_mean_of_the_credits(ratings: list[int | None], points: Fraction) -> None:
    score = KIND.score(ITEM, {"ratings": ratings}, RULE)
    assert [score.points, score.maximum] == [points, 1]
    assert sum(part.points for part in score.parts) == points


def test_a_response_without_a_key_is_asked_and_not_scored() -> None:
    for third in (1, 2, 3, 4, None):
        score = KIND.score(UNSCORED, {"ratings": [4, 1, third, 1]}, RULE)
        assert score.points == Fraction(5, 6)
        assert [part.name for part in score.parts] == ["option 1", "option 2", "option 4"]
    assert KIND.score(UNSCORED, KIND.key_answer(UNSCORED), RULE).points == 1
    assert not KIND.is_complete(UNSCORED, {"ratings": [4, 1, None, 2]})


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"ratings": None}, {"ratings": [1, 2, 3]}, {"ratings": [1, 2, 3, 5]}, {"ratings": [0] * 4}),
        *({"ratings": ["1"] * 4}, {"ratings": [True] * 4}, {"ratings": [1.0] * 4}, {"ranks": [1, 2, 3, 4]}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"needs 4 ratings|is none of"):
        KIND.score(ITEM, answer, RULE)


def test_missteps_are_those_of_unhelpful_responses_that_were_called_helpful() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes"}
    assert KIND.missteps_chosen(ITEM, {"ratings": [1, 3, 1, 2]}) == {"blame_person"}
    assert KIND.missteps_chosen(ITEM, {"ratings": [4, 2, 4, 1]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, {"ratings": [None, None, 4, 4]}) == {"platitudes"}
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_open_question_says_nothing_about_the_key() -> None:
    question = KIND.question(ITEM, SHOWN, {"ratings": [4, None, 1, 2]}, prefix="p3-")
    assert [row["given"] for row in question["options"]] == [None, "2", "4", "1"]
    assert [row["field"] for row in question["options"]] == [f"p3-rate{place}" for place in range(1, 5)]
    assert not leaks(question)
    sent = KIND.question(ITEM, SHOWN, None, {"rate1": ["5"]})
    assert [row["given"] for row in sent["options"]] == ["5", None, None, None]


def test_the_review_tells_everything() -> None:
    rows = [[4, 4, 3, 4], [1, 1, 1, 2], [3, None, 3, 1], [2, 2, 2, 2]]
    item = read(rating((4, 1, None, 2), panel=panel(n=4, ratings=rows)))
    told = KIND.review(item, SHOWN, {"ratings": [3, 1, 2, None]})["options"]
    assert [row["key"] for row in told] == [1, 2, 4, None]
    assert [row["given"] for row in told] == [1, None, 3, 2]
    assert [row["credit"] for row in told] == [1, 0, Fraction(1, 2), None]
    assert told[3]["panel"] == {"counts": [1, 0, 2, 0], "median": 3, "n": 3, "is_made_up": False}
    assert (told[0]["misstep"], told[0]["rationale"]) == ("blame_person", "Because 1.")
    without = KIND.review(ITEM, SHOWN, None)["options"]
    assert [(row["given"], row["panel"]) for row in without] == [(None, None)] * 4


@pytest.mark.parametrize("ratings", [(4, 1, 3, 2), (4, 1, 1), (3, 2, None), (1, 2, 3, 4, 4, 4)])
def test_a_question_in_shape_has_no_findings(ratings: tuple[int | None, ...]) -> None:
    assert KIND.check(read(rating(ratings))) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (rating((4, 1)), ("options",), "option-count"),
        (rating((4, 1, 1, 1, 1, 1, 1)), ("options",), "option-count"),
        (rating((4, 4, 4)), ("options",), "one-sided"),
        (rating((4, None, None)), ("options",), "one-sided"),
        (rating((None, None, None)), ("options",), "one-sided"),
        (rating(rule="rating/mean@1"), ("rule",), "unknown-rule"),
        (rating(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (with_option(rating(), 0, key=True), ("options", 0, "key"), "key-fields"),
        (with_option(rating(), 1, misstep=None), ("options", 1), "wrong-option-fields"),
        (with_option(rating(), 2, misstep="platitudes"), ("options", 2, "misstep"), "key-fields"),
        (with_option(rating(), 0, shows="platitudes"), ("options", 0, "shows"), "wrong-option-fields"),
        (with_option(rating(), 2, text="Reply 0"), ("options", 2, "text"), "option-repeated"),
        (rating(panel=panel(n=2, ratings=[[1, 2]] * 3)), ("panel", "ratings"), "panel"),
        (rating(panel=panel(n=3, ratings=[[1, 2]] + [[1, 2, 3]] * 3)), ("panel", "ratings", 0), "panel"),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = KIND.check(read(data))
    assert [(each.path, each.rule, each.severity) for each in findings] == [(path, rule, "error")]


@pytest.mark.parametrize("value", [0, 5, "3", 2.5, True])
def test_a_key_is_a_whole_number_from_one_to_four(value: object) -> None:
    with pytest.raises(ValidationError):
        read(with_option(rating(), 0, rating=value))


def test_a_key_cannot_be_forgotten() -> None:
    with pytest.raises(ValidationError, match="rating"):
        read(with_option(rating(), 0, rating=None))  # taken away; null would say that it is not scored


@pytest.mark.parametrize(
    ("key", "row", "is_carried"),
    [
        (4, [4, 4, 4, 3, 3, 4], True),
        (3, [3, 3, 4, 3, 3, 2], True),
        (3, [4, 4, 4, 4, 4, 3], False),
        (3, [3, 3, 2, 3, 2, 3], False),
        (None, [1, 2, 3, 4, 1, 2], True),
    ],
)
def test_a_panel_carries_ratings_near_the_key(key: int | None, row: list[int], is_carried: bool) -> None:
    rows = [row, [1] * 6, [2] * 6]
    doubts = list(KIND.panel_doubts(read(rating((key, 1, 2), panel=panel(n=6, ratings=rows)))))
    assert [each.path for each in doubts] == [("panel", "ratings", 0)] * (not is_carried)
    assert is_carried or "write rating: null" in doubts[0].message


@pytest.mark.parametrize("changes", [{}, {"panel": panel(best=[9, 0, 0, 0])}])
def test_a_panel_without_ratings_carries_nothing(changes: Data) -> None:
    (doubt,) = KIND.panel_doubts(read(rating(**changes)))
    assert (doubt.path, doubt.message) == (("panel",), "the panel has no ratings")
