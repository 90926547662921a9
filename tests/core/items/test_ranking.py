from fractions import Fraction

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import Data, leaks, panel, ranking, read, with_option

KIND = ITEM_TYPES["ranking"]
RULE = "ranking/distance@1"
SHOWN = (3, 0, 2, 1)
ITEM = read(ranking((2, 1, 3, 4)))


def fields(*ranks: str) -> dict[str, list[str]]:
    return {f"rank{place}": [rank] for place, rank in enumerate(ranks, start=1)}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ({}, None),
        (fields("", "", "", ""), None),
        ({"rank5": ["1"]}, None),
        (fields("4", "2", "3", "1"), {"ranks": [2, 1, 3, 4]}),
        (fields("", "1", "", "4"), {"ranks": [1, 4, None, None]}),
    ],
)
def test_ranks_are_kept_in_the_order_of_the_file(sent: dict[str, list[str]], answer: Data | None) -> None:
    assert KIND.parse(ITEM, SHOWN, sent) == answer


@pytest.mark.parametrize("rank", ["5", "0", "-1", "01", " 1", "1.0", "1st", "²", "\x00", "9" * 100_000])
def test_a_rank_that_is_not_in_the_list_is_refused(rank: str) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, fields("1", rank, "", ""))
    assert refusal.value.code == "unknown_rank"


def test_two_ranks_alike_are_refused() -> None:
    with pytest.raises(InvalidResponse, match="same number") as refusal:
        KIND.parse(ITEM, SHOWN, fields("1", "2", "3", "2"))
    assert refusal.value.code == "same_rank"


def test_two_ranks_for_one_response_are_refused() -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, {"rank1": ["1", "2"]})
    assert refusal.value.code == "choose_one"


@pytest.mark.parametrize("ranks", [[2, 1, 3, 4], [4, 3, 2, 1], [None, 1, None, None], [3, None, 1, 2]])
def test_a_page_posts_what_was_answered(ranks: list[int | None]) -> None:
    answer = {"ranks": ranks}
    assert KIND.parse(ITEM, SHOWN, KIND.posted(ITEM, SHOWN, answer)) == answer
    assert KIND.is_complete(ITEM, answer) is (None not in ranks)
    assert KIND.posted(ITEM, SHOWN, None) == {}


@pytest.mark.parametrize(
    ("ranks", "points"),
    [
        ([2, 1, 3, 4], 1),
        ([1, 2, 3, 4], Fraction(3, 4)),
        ([2, 1, 4, 3], Fraction(3, 4)),
        ([3, 4, 2, 1], Fraction(0)),
        ([2, 1, 3, None], 0),
        ([None, 1, None, None], 0),
    ],
)
def test_the_nearer_the_more_it_earns_and_an_unfinished_order_nothing(
    ranks: list[int | None], points: Fraction
) -> None:
    score = KIND.score(ITEM, {"ranks": ranks}, RULE)
    assert [score.points, score.maximum] == [points, 1]


def test_the_parts_tell_how_far_each_response_is_off() -> None:
    score = KIND.score(ITEM, {"ranks": [1, 3, 2, 4]}, RULE)
    assert [part.points for part in score.parts] == [Fraction(-1, 8), Fraction(-2, 8), Fraction(-1, 8), 0]
    assert score.points == 1 + sum(part.points for part in score.parts)


def test_with_ties_either_order_of_the_tied_earns_the_maximum() -> None:
    item = read(ranking((1, 1, 3)))
    assert KIND.check(item) == []
    both = [KIND.score(item, {"ranks": ranks}, RULE) for ranks in ([1, 2, 3], [2, 1, 3])]
    assert {(score.points, score.share) for score in both} == {(KIND.maximum(item), Fraction(1))}
    # D is 1 for these, and 4 for the farthest orders.
    assert KIND.maximum(item) == Fraction(3, 4)
    assert KIND.score(item, {"ranks": [3, 2, 1]}, RULE).share == 0


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"ranks": None}, {"ranks": [1, 2, 3]}, {"ranks": [1, 2, 3, 3]}, {"ranks": [1, 2, 3, 5]}),
        *({"ranks": [None] * 4}, {"ranks": ["1", "2", "3", "4"]}, {"ranks": [True, 2, 3, 4]}, {"option": 1}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"needs 4 ranks|is none of|one rank twice"):
        KIND.score(ITEM, answer, RULE)


def test_the_misstep_is_that_of_what_was_put_first() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "platitudes"}
    assert KIND.missteps_chosen(ITEM, {"ranks": [2, 3, 1, 4]}) == {"blame_person"}
    assert KIND.missteps_chosen(ITEM, {"ranks": [2, 1, 3, 4]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, {"ranks": [2, None, 3, 4]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_open_question_says_nothing_about_the_order() -> None:
    question = KIND.question(ITEM, SHOWN, {"ranks": [2, None, None, 1]}, prefix="p1-")
    assert [row["text"] for row in question["options"]] == ["Reply 3", "Reply 0", "Reply 2", "Reply 1"]
    assert [row["given"] for row in question["options"]] == ["1", "2", None, None]
    assert [row["field"] for row in question["options"]] == [f"p1-rank{place}" for place in range(1, 5)]
    assert not leaks(question)


def test_an_order_that_is_whole_is_shown_in_it() -> None:
    question = KIND.question(ITEM, SHOWN, {"ranks": [3, 1, 4, 2]})
    assert [row["text"] for row in question["options"]] == ["Reply 1", "Reply 3", "Reply 0", "Reply 2"]
    # The fields keep their names, so that sending the page again changes nothing.
    sent = {row["field"]: [row["given"]] for row in question["options"]}
    assert KIND.parse(ITEM, SHOWN, sent) == {"ranks": [3, 1, 4, 2]}


def test_what_was_refused_is_shown_again() -> None:
    rows = KIND.question(ITEM, SHOWN, None, fields("2", "2", "x", ""))["options"]
    assert [row["given"] for row in rows] == ["2", "2", "x", ""]


def test_the_review_tells_everything_in_the_keyed_order() -> None:
    ranks = [[2, 2, 2, 1, 2], [1, 1, 1, 2, 1], [3, 3, 3, 3, 3], [4, 4, 4, 4, 4]]
    item = read(ranking((2, 1, 3, 4), panel=panel(n=5, ranks=ranks, demonstration=True)))
    rows = KIND.review(item, SHOWN, {"ranks": [1, 2, 3, None]})["options"]
    assert [row["text"] for row in rows] == ["Reply 1", "Reply 0", "Reply 2", "Reply 3"]
    assert [row["key"] for row in rows] == [1, 2, 3, 4]
    assert [row["given"] for row in rows] == [2, 1, 3, None]
    assert [row["off"] for row in rows] == [1, 1, 0, None]
    assert rows[0]["panel"] == {"median": 1, "n": 5, "is_made_up": True}
    assert (rows[2]["misstep"], rows[2]["rationale"]) == ("blame_person", "Because 2.")
    without = KIND.review(ITEM, SHOWN, None)["options"]
    assert [(row["given"], row["panel"]) for row in without] == [(None, None)] * 4


@pytest.mark.parametrize("ranks", [(1, 2, 3), (2, 1, 3, 4), (6, 5, 4, 3, 2, 1), (1, 2, 2, 4), (1, 1, 3, 3)])
def test_a_question_in_shape_has_no_findings(ranks: tuple[int, ...]) -> None:
    assert KIND.check(read(ranking(ranks))) == []


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (ranking((1, 2)), ("options",), "option-count"),
        (ranking((1, 2, 3, 4, 5, 6, 6)), ("options",), "option-count"),
        (ranking((1, 2, 4)), ("options",), "rank-places"),
        (ranking((1, 1, 2, 3)), ("options",), "rank-places"),
        (ranking((2, 2, 3, 4)), ("options",), "rank-places"),
        (ranking((1, 1, 1)), ("options",), "rank-places"),
        (ranking(rule="ranking/distance@2"), ("rule",), "unknown-rule"),
        (ranking(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (with_option(ranking(), 0, key=True), ("options", 0, "key"), "key-fields"),
        (with_option(ranking(), 3, misstep=None), ("options", 3), "wrong-option-fields"),
        (with_option(ranking((1, 2, 3, 4)), 2, misstep=None), ("options", 2), "wrong-option-fields"),
        (with_option(ranking(), 1, misstep="platitudes"), ("options", 1, "misstep"), "key-fields"),
        (with_option(ranking(), 0, shows="platitudes"), ("options", 0, "shows"), "wrong-option-fields"),
        (with_option(ranking(), 0, fits="listening"), ("options", 0, "fits"), "wrong-option-fields"),
        (with_option(ranking(), 3, misstep="fact_error"), ("options", 3, "misstep"), "fact-error"),
        (with_option(ranking(), 4, text=" reply 3"), ("options", 4, "text"), "option-repeated"),
        (ranking(panel=panel(n=2, ranks=[[1, 2]] * 3)), ("panel", "ranks"), "panel"),
        (ranking((1, 2, 3), panel=panel(n=2, ranks=[[1, 2]] * 3)), ("panel", "ranks", 0, 1), "panel"),
    ],
)
def test_a_broken_question_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = [(each.path, each.rule, each.severity) for each in KIND.check(read(data))]
    assert (path, rule, "error") in findings
    assert {found for _path, found, _severity in findings} <= {rule, "rank-places"}


@pytest.mark.parametrize("rank", [0, 7, "1", 1.5, True, None])
def test_a_rank_is_a_whole_number_from_one(rank: object) -> None:
    data = ranking()
    row = {name: value for name, value in (data["options"][0] | {"rank": rank}).items() if value is not None}
    with pytest.raises(ValidationError):
        read(data | {"options": [row, *data["options"][1:]]})


AGREED = [[2] * 6, [1] * 6, [3] * 6, [4] * 6]


@pytest.mark.parametrize(
    ("key", "ranks", "told"),
    [
        ((2, 1, 3, 4), AGREED, None),
        ((1, 1, 3, 4), AGREED, None),
        ((1, 2, 3, 4), AGREED, "the panel's order is another"),
        (
            (2, 1, 3, 4),
            [[1, 1, 1, 2, 2, 2], [2, 2, 2, 1, 1, 1], [3] * 6, [4] * 6],
            "does not agree enough on one order",
        ),
        ((2, 1, 3, 4), [row[:4] for row in AGREED], "does not agree enough on one order"),
    ],
)
def test_a_panel_carries_the_order_that_it_agrees_on(
    key: tuple[int, ...], ranks: list[list[int]], told: str | None
) -> None:
    doubts = list(KIND.panel_doubts(read(ranking(key, panel=panel(n=len(ranks[0]), ranks=ranks)))))
    assert [(each.path, each.rule) for each in doubts] == [(("panel", "ranks"), "panel-doubts-key")] * bool(
        told
    )
    assert not told or told in doubts[0].message


@pytest.mark.parametrize("changes", [{}, {"panel": panel(best=[9, 0, 0, 0])}])
def test_a_panel_without_ranks_carries_nothing(changes: Data) -> None:
    (doubt,) = KIND.panel_doubts(read(ranking((2, 1, 3, 4), **changes)))
    assert (doubt.path, doubt.message) == (("panel",), "the panel has no ranks")
