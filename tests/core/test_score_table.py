"""What every answer earns, as a table."""

from fractions import Fraction
from typing import Any

import pytest

from quizapp.core.items import ITEM_TYPES, Item, ItemType, parse_item
from quizapp.core.score_table import MOST_ROWS, ScoreTable, score_table

FIELDS: dict[str, Any] = {
    "id": "tab-0001",
    "kind": "first_response",
    "status": "live",
    "lang": "en",
    "jurisdiction": "national",
    "domain": "role_and_values",
    "principle": "active_listening",
    "level": "application",
    "situation": "tab-one",
    "stem": "What fits?",
}
PER_OPTION, SELECT_N = "multiple_response/per_option@1", "multiple_response/select_n@1"


def options(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"text": f"Option {n}", "rationale": "Because."} | each for n, each in enumerate(fields)]


KEY, OTHER = {"key": True}, {"misstep": "fix_it_reflex"}
TWO_OF_FOUR: dict[str, Any] = {"type": "multiple_response", "options": options(KEY, OTHER, KEY, OTHER)}
STATEMENTS: dict[str, Any] = {"type": "multiple_true_false", "options": options(KEY, KEY, KEY, OTHER)}
BALANCED: dict[str, Any] = {"type": "multiple_true_false", "options": options(KEY, KEY, OTHER, OTHER)}


def item(**fields: Any) -> tuple[ItemType, Item]:
    made = parse_item(FIELDS | fields)
    return ITEM_TYPES[made.type], made


def table(rule: str | None = None, **fields: Any) -> ScoreTable:
    kind, made = item(**fields)
    return score_table(kind, made, rule or kind.rule_id(made))


def rating(*keys: int | None) -> dict[str, Any]:
    wrong = {"misstep": "fix_it_reflex"}
    rows = [{"rating": key} | (wrong if key is not None and key <= 2 else {}) for key in keys]
    return {"type": "rating", "options": options(*rows)}


def test_every_answer_has_a_row_and_the_best_come_first() -> None:
    found = table(**TWO_OF_FOUR)
    assert len(found.rows) == found.pattern_count == 15
    assert found.rows[0].answer == {"options": [0, 2]}
    assert [row.points for row in found.rows] == sorted((row.points for row in found.rows), reverse=True)
    assert found.left_out == 0


def test_answers_with_the_same_points_are_counted() -> None:
    levels = [(str(points), answers) for points, answers in table(**TWO_OF_FOUR).levels]
    assert levels == [("1", 1), ("1/2", 4), ("0", 10)]


@pytest.mark.parametrize("fields", [TWO_OF_FOUR, STATEMENTS, rating(4, None, 1)])
def test_what_guessing_earns_is_that_of_the_type(fields: dict[str, Any]) -> None:
    kind, made = item(**fields)
    assert table(**fields).chance == kind.chance(made)


def test_guessing_in_a_conversation_is_a_reply_at_random_in_each_turn() -> None:
    ending = {"ends": "They nod."}
    first = {"id": "a", "says": "Hello.", "replies": options(KEY | {"next": "b"}, OTHER | ending)}
    second = {"id": "b", "says": "And?", "replies": options(KEY | ending, OTHER | ending)}
    assert table(type="branching", turns=[first, second]).chance == Fraction(3, 4)


def test_rows_are_cut_but_all_answers_are_counted() -> None:
    found = table(**rating(4, 3, 2, 1, 1))
    assert (found.pattern_count, len(found.rows), found.left_out) == (1024, MOST_ROWS, 24)
    assert sum(level.answers for level in found.levels) == 1024
    assert found.rows[0].points == 1


def test_of_very_many_answers_only_the_first_are_scored() -> None:
    part = rating(4, 3, 2, 1) | {"kind": "first_response", "stem": "And here?"}
    found = table(type="case", parts=[part, part])
    assert (found.pattern_count, len(found.rows), found.levels) == (4**8, MOST_ROWS, ())
    assert found.chance == Fraction(3, 4)


def test_answers_that_a_rule_refuses_are_counted_apart() -> None:
    found = table(SELECT_N, **TWO_OF_FOUR)
    assert (found.pattern_count, found.refused, len(found.rows)) == (15, 5, 10)
    assert found.chance is None
    assert found.blanket == ()


@pytest.mark.parametrize(
    ("fields", "rule", "points", "pays"),
    [
        (TWO_OF_FOUR, None, "0", False),
        (TWO_OF_FOUR, PER_OPTION, "1/2", False),  # guessing earns 8/15
        (STATEMENTS, None, "1/2", True),
        (BALANCED, None, "0", False),
    ],
)
def test_choosing_everything_is_set_against_guessing(
    fields: dict[str, Any], rule: str | None, points: str, pays: bool
) -> None:
    (found,) = table(rule, **fields).blanket
    assert (found.points, found.pays, found.part) == (Fraction(points), pays, None)


def test_one_rating_for_all_is_set_against_guessing() -> None:
    balanced = table(**rating(4, 3, 2, 1)).blanket
    assert [(each.points, each.pays) for each in balanced] == [(Fraction(3, 8), False)] * 4
    helpful = table(**rating(4, 4, 3, 1)).blanket
    paying = {each.answer["ratings"][0]: each.points for each in helpful if each.pays}
    assert paying == {3: Fraction(1, 2), 4: Fraction(5, 8)}


def test_the_parts_of_a_case_are_looked_at_by_themselves() -> None:
    shared = {"kind": "first_response", "stem": "And here?"}
    found = table(type="case", parts=[BALANCED | shared, STATEMENTS | shared]).blanket
    assert [(each.part, each.pays) for each in found] == [(1, False), (2, True)]


def test_where_so_many_are_asked_for_everything_is_no_answer() -> None:
    assert table(choose=2, **TWO_OF_FOUR).blanket == ()
