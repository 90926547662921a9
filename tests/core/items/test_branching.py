import random
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from quizapp.core.items import ITEM_TYPES, InvalidResponse
from tests.core.items.samples import Data, branching, leaks, panel, read, reply, turn, with_reply

KIND = ITEM_TYPES["branching"]
RULE = "branching/credit_per_turn@1"
# start: 0 leads back, 1 (key) on, 2 (1/4) on; back: 0 ends, 1 (key) on; on: 0 (key) and 1 (1/2) end.
ITEM = read(branching())
SHOWN = ((2, 0, 1), (1, 0), (1, 0))


def post(number: int | str, value: str) -> dict[str, list[str]]:
    return {"turn": [str(number)], "reply": [value]}


def test_a_conversation_grows_reply_by_reply() -> None:
    first = KIND.parse(ITEM, SHOWN, post(1, "2"))
    assert first == {"path": [0]}
    second = KIND.parse(ITEM, SHOWN, post(2, "1"), first)
    assert second == {"path": [0, 1]}
    third = KIND.parse(ITEM, SHOWN, post(3, "2"), second)
    assert third == {"path": [0, 1, 0]}
    assert [KIND.is_complete(ITEM, answer) for answer in (first, second, third)] == [False, False, True]


@pytest.mark.parametrize("standing", [None, {"path": [0]}, {"path": [1, 0]}])
@pytest.mark.parametrize("fields", [{}, {"reply": []}, {"turn": ["1"], "reply": [""]}, {"choice": ["1"]}])
def test_without_a_reply_what_was_said_stands(standing: Data | None, fields: dict[str, list[str]]) -> None:
    assert KIND.parse(ITEM, SHOWN, fields, standing) == standing


@pytest.mark.parametrize("path", [[0], [2], [0, 1], [0, 1, 1], [1, 0]])
def test_a_page_posts_the_last_reply(path: list[int]) -> None:
    answer = {"path": path}
    standing = {"path": path[:-1]} if len(path) > 1 else None
    fields = KIND.posted(ITEM, SHOWN, answer)
    assert KIND.parse(ITEM, SHOWN, fields, standing) == answer
    # Sent twice, it is said once.
    assert KIND.parse(ITEM, SHOWN, fields, answer) == answer
    assert KIND.posted(ITEM, SHOWN, None) == {}


@pytest.mark.parametrize(
    ("standing", "fields", "code"),
    [
        (None, post(1, "4"), "unknown_choice"),
        (None, post(1, "01"), "unknown_choice"),
        (None, post(1, " 1"), "unknown_choice"),
        (None, post(1, "\x00"), "unknown_choice"),
        (None, post(1, "1" * 100_000), "unknown_choice"),
        (None, post(2, "1"), "unknown_turn"),
        (None, post("", "1"), "unknown_turn"),
        (None, post("01", "1"), "unknown_turn"),
        (None, post(0, "1"), "unknown_turn"),
        (None, post("9" * 100_000, "1"), "unknown_turn"),
        (None, {"reply": ["1"]}, "unknown_turn"),
        (None, {"turn": ["1"], "reply": ["1", "2"]}, "choose_one"),
        (None, {"turn": ["1", "2"], "reply": ["1"]}, "choose_one"),
        ({"path": [0]}, post(2, "3"), "unknown_choice"),
        ({"path": [0]}, post(1, "1"), "said_already"),
        ({"path": [0]}, post(1, "3"), "said_already"),
        ({"path": [0, 1]}, post(2, "2"), "said_already"),
        ({"path": [1, 0]}, post(2, "1"), "said_already"),
        ({"path": [1, 0]}, post(3, "1"), "unknown_turn"),
    ],
)
def test_a_reply_that_cannot_be_given_is_refused(
    standing: Data | None, fields: dict[str, list[str]], code: str
) -> None:
    with pytest.raises(InvalidResponse) as refusal:
        KIND.parse(ITEM, SHOWN, fields, standing)
    assert refusal.value.code == code
    assert str(refusal.value)


@pytest.mark.parametrize(
    ("path", "points"),
    [
        ([1, 0], 2),
        ([1, 1], Fraction(3, 2)),
        ([2, 1], Fraction(3, 4)),
        ([0, 0], 0),
        ([0, 1, 0], 2),
        ([0], 0),
        ([1], 1),
    ],
)
def test_each_turn_earns_its_credit(path: list[int], points: Fraction) -> None:
    score = KIND.score(ITEM, {"path": path}, RULE)
    assert [score.points, score.maximum] == [points, 2]
    assert [part.name for part in score.parts] == [f"turn {n}" for n in range(1, len(path) + 1)]
    assert sum(part.points for part in score.parts) == points


def test_guessing_is_a_reply_at_random_in_each_turn() -> None:
    on = Fraction(3, 4)
    back = (0 + 1 + on) / 2
    assert KIND.chance(ITEM) == (back + (1 + on) + (Fraction(1, 4) + on)) / 3


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"path": None}, {"path": []}, {"path": [3]}, {"path": [-1]}, {"path": ["1"]}, {"path": [True]}),
        *({"path": [1, 2]}, {"path": [1, 0, 0]}, {"path": [0, 0, 0]}, {"option": 1}),
    ],
)
def test_an_answer_of_another_item_is_not_scored(answer: Data) -> None:
    with pytest.raises(ValueError, match=r"no reply|must be a list"):
        KIND.score(ITEM, answer, RULE)


def test_missteps_are_those_met_on_the_way() -> None:
    assert KIND.missteps_offered(ITEM) == {"blame_person", "fix_it_reflex", "platitudes"}
    assert KIND.missteps_offered(ITEM, {"path": [1]}) == {"blame_person", "fix_it_reflex"}
    assert KIND.missteps_offered(ITEM, {"path": [1, 0]}) == {"blame_person", "fix_it_reflex", "platitudes"}
    assert KIND.missteps_chosen(ITEM, {"path": [2, 1]}) == {"fix_it_reflex", "platitudes"}
    assert KIND.missteps_chosen(ITEM, {"path": [1, 0]}) == frozenset()
    assert KIND.missteps_chosen(ITEM, None) == frozenset()


def test_the_replies_of_each_turn_are_shuffled() -> None:
    orders = {KIND.shuffle(ITEM, random.Random(seed)) for seed in range(200)}
    assert len(orders) == 6 * 2 * 2
    assert all([sorted(each) for each in order] == [[0, 1, 2], [0, 1], [0, 1]] for order in orders)


def test_the_page_tells_what_was_said_and_nothing_of_what_may_come() -> None:
    start = KIND.question(ITEM, SHOWN, None)
    assert (start["says"], start["number"], start["said"], start["ends"]) == ("start is said.", 1, [], None)
    assert [row["text"] for row in start["options"]] == ["Reply 2", "Reply 0", "Reply 1"]
    later = KIND.question(ITEM, SHOWN, {"path": [0]}, {"turn": ["2"], "reply": ["1"]})
    assert later["said"] == [{"says": "start is said.", "text": "Reply 0"}]
    assert (later["says"], later["number"]) == ("back is said.", 2)
    assert [row["chosen"] for row in later["options"]] == [True, False]
    for question in (start, later):
        assert not leaks(question)
        assert not any(word in str(question) for word in ("on is said.", "is tired", "smiles", "next"))


def test_when_it_is_over_the_page_tells_how_it_ended() -> None:
    question = KIND.question(ITEM, SHOWN, {"path": [2, 1]})
    assert question["ends"] == "She nods."
    assert "options" not in question
    assert not leaks(question)


def test_the_review_tells_the_way_taken_and_the_best_one() -> None:
    data = branching()
    data["turns"][0]["panel"] = panel(n=9, best=[1, 8, 0])
    review = KIND.review(read(data), SHOWN, {"path": [2, 1]})
    first, second = review["steps"]
    assert [row["text"] for row in first["options"]] == ["Reply 2", "Reply 0", "Reply 1"]
    assert [row["is_key"] for row in first["options"]] == [False, False, True]
    assert [row["earns"] for row in first["options"]] == [Fraction(1, 4), 0, 1]
    assert [row["chosen"] for row in first["options"]] == [True, False, False]
    assert first["options"][2]["panel"] == {"votes": 8, "n": 9, "is_made_up": False}
    assert (first["options"][1]["misstep"], first["options"][1]["rationale"]) == (
        "blame_person",
        "Because 0.",
    )
    assert (first["earned"], second["earned"]) == (Fraction(1, 4), Fraction(1, 2))
    assert review["ends"] == "She nods."
    assert [step["text"] for step in review["best"]] == ["Reply 1", "Reply 0"]
    assert (review["best_ends"], review["is_best"]) == ("She smiles.", False)
    assert KIND.review(ITEM, SHOWN, {"path": [1, 0]})["is_best"] is True


def test_the_review_without_an_answer_tells_all_turns_and_the_best_way() -> None:
    review = KIND.review(ITEM, SHOWN, None)
    assert (review["is_answered"], review["ends"], review["is_best"]) == (False, None, False)
    assert [step["says"] for step in review["steps"]] == [turn["says"] for turn in branching()["turns"]]
    assert not any(row["chosen"] for step in review["steps"] for row in step["options"])
    assert {step["earned"] for step in review["steps"]} == {None}
    assert review["best_ends"] == "She smiles."


def line(count: int, width: int = 2) -> list[Data]:
    """Turns in a row: every reply leads to the next turn, those of the last one end."""
    return [
        turn(
            f"t{number}",
            *(
                reply(index, **({"key": True} if not index else {}))
                | ({"next": f"t{number + 1}"} if number + 1 < count else {"ends": "The end."})
                for index in range(width)
            ),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("turns", [[], line(2), line(6, 5)])
def test_a_conversation_in_shape_has_no_findings(turns: list[Data]) -> None:
    assert KIND.check(read(branching(*turns))) == []


LOST = turn("lost", reply(0, key=True, ends="Over."), reply(1, ends="Over."))
BACK = (
    turn("a", reply(0, key=True, next="b"), reply(1, ends="Over.")),
    turn("b", reply(0, key=True, next="a"), reply(1, ends="Over.")),
)


@pytest.mark.parametrize(
    ("data", "path", "rule"),
    [
        (branching(*branching()["turns"], LOST), ("turns", 3), "unreachable-turn"),
        (branching(*BACK), ("turns", 1, "replies", 0, "next"), "turn-loop"),
        (
            with_reply(branching(), 2, 1, ends=None, next="on"),
            ("turns", 2, "replies", 1, "next"),
            "turn-loop",
        ),
        (with_reply(branching(), 2, 1, ends=None), ("turns", 2, "replies", 1), "dead-end"),
        (with_reply(branching(), 2, 1, next="back"), ("turns", 2, "replies", 1, "ends"), "next-and-ends"),
        (with_reply(branching(), 0, 0, next="nowhere"), ("turns", 0, "replies", 0, "next"), "unknown-turn"),
        (with_reply(branching(), 0, 1, credit=1), ("turns", 0, "replies", 1, "credit"), "reply-credit"),
        (with_reply(branching(), 0, 0, credit=1), ("turns", 0, "replies", 0, "credit"), "reply-credit"),
        (with_reply(branching(), 0, 0, credit="-1/2"), ("turns", 0, "replies", 0, "credit"), "reply-credit"),
        (with_reply(branching(), 0, 1, key=None, misstep="x"), ("turns", 0, "replies"), "one-key"),
        (
            with_reply(branching(), 0, 2, key=True, misstep=None, credit=None),
            ("turns", 0, "replies", 2, "key"),
            "one-key",
        ),
        (with_reply(branching(), 0, 0, misstep=None), ("turns", 0, "replies", 0), "wrong-option-fields"),
        (with_reply(branching(), 0, 1, misstep="x"), ("turns", 0, "replies", 1, "misstep"), "key-fields"),
        (
            with_reply(branching(), 1, 1, text="REPLY 0"),
            ("turns", 1, "replies", 1, "text"),
            "option-repeated",
        ),
        (branching(*line(1)), ("turns",), "turn-count"),
        (branching(*line(7)), ("turns",), "turn-count"),
        (branching(*line(2), line(2)[0]), ("turns", 2, "id"), "duplicate-id"),
        (branching(turn("a", reply(0, key=True, ends="Over."))), ("turns", 0, "replies"), "reply-count"),
        (branching(*line(2, 6)), ("turns", 0, "replies"), "reply-count"),
        (branching(rule="branching/best@1"), ("rule",), "unknown-rule"),
        (branching(kind="spot_misstep"), ("kind",), "kind-and-type"),
        (branching(panel=panel(best=[1, 2])), ("panel",), "panel"),
    ],
)
def test_a_broken_conversation_is_found_at_its_place(data: Data, path: tuple[object, ...], rule: str) -> None:
    findings = [(each.path, each.rule) for each in KIND.check(read(data))]
    assert (path, rule) in findings
    assert all(each.severity == "error" for each in KIND.check(read(data)))


def test_a_way_round_must_not_pay_more_than_the_key() -> None:
    data = with_reply(branching(), 0, 0, credit="1/2")
    (finding,) = KIND.check(read(data))
    assert (finding.path, finding.rule) == (("turns",), "key-earns-less")
    assert "the key earns less" in finding.message


def test_a_panel_of_a_turn_fits_its_replies() -> None:
    data = branching()
    data["turns"][1]["panel"] = panel(best=[1, 2, 3])
    assert [(each.path, each.rule) for each in KIND.check(read(data))] == [
        (("turns", 1, "panel", "best"), "panel")
    ]


def test_thirty_turns_in_a_row_are_told_at_once() -> None:
    assert [each.rule for each in KIND.check(read(branching(*line(30, 5))))] == ["turn-count"]


@pytest.mark.parametrize("changes", [{"turns": []}, {"turns": line(31)}, {"options": []}, {"turns": "x"}])
def test_wrong_fields_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(branching() | changes)


def test_each_turn_needs_a_panel_that_carries_its_key() -> None:
    data = branching()
    for each, best in zip(data["turns"], ([0, 9, 1], [1, 9], [9, 1]), strict=True):
        each["panel"] = panel(best=best)
    assert not list(KIND.panel_doubts(read(data)))
    data["turns"][1]["panel"] = panel(best=[4, 6])
    del data["turns"][2]["panel"]
    doubts = list(KIND.panel_doubts(read(data)))
    assert [each.path for each in doubts] == [("turns", 1, "panel"), ("turns", 2, "panel")]
    assert {each.rule for each in doubts} == {"panel-doubts-key"}
