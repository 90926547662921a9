from collections.abc import Sequence
from typing import Any

import pytest

from quizapp.core.items import Item
from quizapp.core.lint.bank_level import alike_situations, bank_figures, shares
from quizapp.core.lint.figures import Figure
from quizapp.core.reference import Taxonomy
from tests.core.lint.made import made, single


def picked(place: int, number: int, *, texts: Sequence[str] | None = None, **changes: Any) -> Item:
    """An item of four options with the key at a place."""
    said = texts or [f"Option number {index} of these" for index in range(4)]
    options = [
        {"text": text, "rationale": "So it is."}
        | ({"key": True} if index == place else {"misstep": "giving_advice"})
        for index, text in enumerate(said)
    ]
    return made("single_best", {"stem": f"Scene {number}?", "options": options} | changes, number)


def figures(items: Sequence[Item], group: str, taxonomy: Taxonomy | None = None) -> list[Figure]:
    return [each for each in bank_figures(items, taxonomy) if each.group == group]


def test_keys_spread_over_all_places_hold() -> None:
    found = figures([picked(number % 4, number) for number in range(40)], "key-position")
    assert [each.written(each.value) for each in found] == ["25.0 %"] * 4 + ["0.00", "1"]
    assert all(each.holds for each in found)


def test_keys_at_one_place_do_not() -> None:
    found = figures([picked(2, number) for number in range(40)], "key-position")
    assert [each.holds for each in found] == [False] * 6
    assert found[-1].value == 40


def test_the_band_is_that_of_chance_and_never_less_than_three_points() -> None:
    few, many = (
        figures([picked(number % 4, number) for number in range(count)], "key-position")[0]
        for count in (48, 4000)
    )
    assert few.bound == "12.5 % to 37.5 %"  # 25 % and 2 standard errors of 6.25 points
    assert many.bound == "22.0 % to 28.0 %"


def test_a_share_of_few_items_has_no_bounds() -> None:
    found = figures([picked(0, number) for number in range(9)], "key-position")
    assert found[0].value == 1
    assert [each.holds for each in found] == [None] * 5 + [False]  # a run is a run


def test_places_are_counted_for_each_number_of_options() -> None:
    items = [picked(number % 4, number) for number in range(12)]
    items += [picked(number % 3, 100 + number, texts=["One", "Two", "Three"]) for number in range(12)]
    names = {each.name for each in figures(items, "key-position")}
    assert {"3 options: the key stands at place 3", "4 options: the key stands at place 4"} <= names
    assert "3 options: the key stands at place 4" not in names


LONG_KEY = ["A long option with more words than others", "A short one", "Another short one", "One more"]


def test_a_habit_of_long_keys_shows() -> None:
    longest, shortest = figures([picked(0, number, texts=LONG_KEY) for number in range(20)], "key-length")
    assert (longest.value, longest.holds) == (1, False)
    assert (shortest.value, shortest.holds) == (0, False)


def test_options_of_one_length_count_in_part() -> None:
    longest, shortest = figures([picked(0, number) for number in range(20)], "key-length")
    assert (longest.value, longest.holds) == (0.25, True)
    assert (shortest.value, shortest.holds) == (0.25, True)


@pytest.mark.parametrize(
    ("verbs", "share", "holds"),
    [
        (("Ask", "Tell", "Call", "Wait"), 1.0, [False, False]),
        (("Ask", "Help", "Explore", "Support"), 1.0, [False, True]),
        (("Tell", "Call", "Wait", "Go"), 0.0, [True, True]),
        (('"Help', "Call", "Wait", "Go"), 1.0, [False, False]),
    ],
)
def test_first_verbs_of_keys_are_counted(verbs: Sequence[str], share: float, holds: list[bool]) -> None:
    texts = [f"{verb} her now" for verb in verbs]
    found = figures([picked(0, number, texts=texts) for number in range(20)], "first-verb")
    assert found[0].value == share
    assert [each.holds for each in found] == holds


def test_only_live_items_and_only_lists_with_one_key_count() -> None:
    items = [picked(0, number, status="draft") for number in range(20)]
    assert figures(items, "key-position") == []
    assert [each.value for each in figures(items, "key-length")] == [None, None]


def test_stems_and_situations_that_are_alike_are_counted() -> None:
    stem = "Ana did not sleep and worries about her rent and her job. What is the **best** first response?"
    items = [
        single(stem, number=1, situation="rel-rent-worry"),
        single(stem.replace("job", "son"), number=2, situation="rel-party"),
        single("Which reply fits a peer?", number=3, situation="rel-worry-rent"),
    ]
    assert [(each.value, each.holds) for each in figures(items, "alike")] == [(1, False), (1, False)]


@pytest.mark.parametrize(
    ("first", "second", "is_alike"),
    [
        ("rel-rent-worry", "rel-worry-rent", True),
        ("rent-worry", "rel-rent-worry", True),
        ("rel-rent-worry", "rel-rent", False),
        ("rel-rent", "rel-rent", False),  # that is the error shared-situation already
    ],
)
def test_situations_are_alike_in_any_order_of_words(first: str, second: str, is_alike: bool) -> None:
    items = [single(number=1, situation=first), single(number=2, situation=second)]
    assert bool(alike_situations(items)) == is_alike


def test_levels_and_kinds_are_held_against_their_targets() -> None:
    levels = ["recall"] * 2 + ["comprehension"] * 4 + ["application"] * 14
    items = [single(number=number, level=level) for number, level in enumerate(levels, 1)]
    assert [each.holds for each in figures(items, "level")] == [True] * 3
    kinds = {each.name: each.holds for each in figures(items, "kind")}
    assert kinds["first_response"] is False
    assert len(kinds) == 5


def test_a_target_holds_within_five_points() -> None:
    (found,) = shares("level", {"recall": 15, "application": 85}, {"recall": 0.10})
    assert found.holds
    (found,) = shares("level", {"recall": 16, "application": 84}, {"recall": 0.10})
    assert found.holds is False


def taxonomy() -> Taxonomy:
    principle = {"name": "n", "definition": "d", "looks_like": "l", "why_it_matters": "w"}
    misstep = {"name": "n", "tag": "t", "definition": "d", "looks_like": "l", "instead": "i", "near": None}
    domain = {"name": "n", "short_name": "s", "description": "d"}
    return Taxonomy.model_validate(
        {
            "principles": [
                {"id": "active_listening", **principle},
                {"id": "seed_principle", "from_seed": True, **principle},
                {"id": "old_principle", "retired": True, **principle},
            ],
            "missteps": [
                {"id": "giving_advice", **misstep},
                {"id": "seed_misstep", "from_seed": True, **misstep},
            ],
            "domains": [{"id": "relationship_communication", "house_share": 5, **domain}],
            "standards": [],
            "sources": {},
        }
    )


@pytest.mark.parametrize(("count", "held"), [(1, []), (4, ["P"]), (5, ["D", "P"]), (16, ["D", "P"])])
def test_floors_are_those_of_the_taxonomy(count: int, held: list[str]) -> None:
    items = [single(number=number) for number in range(1, count + 1)]
    found = bank_figures(items, taxonomy())
    holds = {(each.group, each.name): each.holds for each in found if each.unit == "count"}
    assert holds["domain", "relationship_communication"] == ("D" in held)
    assert holds["principle", "active_listening"] == ("P" in held)
    assert holds["principle", "seed_principle"] is False
    assert ("principle", "old_principle") not in holds
    # Three wrong options each: at least 8, at most 45.
    assert holds["misstep-floor", "giving_advice"] == (3 * count >= 8)
    assert holds["misstep-ceiling", "giving_advice"] == (3 * count <= 45)


def test_a_plain_wrong_fact_is_no_misstep() -> None:
    options = [
        {"text": "One", "key": True, "rationale": "Yes."},
        {"text": "Two", "misstep": "fact_error", "rationale": "No."},
        {"text": "Three", "misstep": "giving_advice", "rationale": "No."},
    ]
    item = made("single_best", {"kind": "recall", "level": "recall", "stem": "How many?", "options": options})
    (floor,) = [each for each in figures([item], "misstep-floor", taxonomy()) if each.name == "giving_advice"]
    assert floor.value == 1
